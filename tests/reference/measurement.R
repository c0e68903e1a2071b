# The measurement model drawn by JAGS, which shares nothing with the package's sampler: its own rules of sampling from a
# model written down as a graph, one number at a time. Two reviews drawn from the priors, small enough for a test to draw
# again, and the shipped trials at both ends of the grid of delta.
#
# What is drawn from is printed by measurement_given.py; SYNTHESIS_PYTHON names the interpreter that has the package, by
# default that of `make setup`. Debian: jags, r-cran-rjags. Takes an hour on two cores; FEWER=20 looks whether it runs.
suppressMessages({
  library(jsonlite)
  library(parallel)
})
options(warn = 2)

source("tests/reference/lib/jags.R")

watched <- c("slope", "tau", "omega", "mean_score", "spread", "average", "discrimination", "threshold", "reporting",
             "confusion", "score", "r12", "r13")
draw <- function(set, sweeps, thin, seed) {
  data <- laid_out(set)
  one <- function(chain) {
    fitted <- jags.model(textConnection(model), data, started(data, seed + chain), n.adapt = 2000, quiet = TRUE)
    update(fitted, sweeps %/% 10, progress.bar = "none")
    coda.samples(fitted, watched, n.iter = sweeps, thin = thin, progress.bar = "none")[[1]]
  }
  as.mcmc.list(mclapply(1:4, one, mc.cores = 2))
}
told <- function(chains) {
  all <- do.call(rbind, lapply(chains, as.matrix))
  sd <- apply(all, 2, sd)
  moving <- sd > 0
  effective <- rep(NA_real_, length(sd))
  effective[moving] <- effectiveSize(chains[, moving])
  list(mean = as.list(colMeans(all)), sd = as.list(sd), mc_error = as.list(setNames(sd / sqrt(effective), names(sd))))
}

python <- Sys.getenv("SYNTHESIS_PYTHON", ".venv/bin/python")
printed <- system2(python, "tests/reference/measurement_given.py", stdout = TRUE)
sets <- fromJSON(paste(printed, collapse = "\n"))
fewer <- as.numeric(Sys.getenv("FEWER", "1"))
results <- lapply(names(sets), function(name) {
  set <- sets[[name]]
  small <- length(set$yi) < 50
  began <- proc.time()[["elapsed"]]
  chains <- draw(set, sweeps = (if (small) 60000 else 8000) %/% fewer, thin = if (small) 10 else 4, seed = 2015)
  cat(sprintf("%s: %.0f seconds\n", name, proc.time()[["elapsed"]] - began))
  c(if (small) list(given = set) else list(evidence = set$evidence, delta = set$delta), told(chains))
})
names(results) <- names(sets)
versions <- list(R = paste(R.version$major, R.version$minor, sep = "."), rjags = as.character(packageVersion("rjags")),
                 jags = as.character(rjags::jags.version()))
if (fewer > 1) {
  print(sapply(results, function(one) c(unlist(one$mean[1:3]), unlist(one$mc_error[1:3]))))
} else {
  write_json(list(versions = versions, sets = results), "tests/reference/measurement.json", auto_unbox = TRUE, digits = 6, na = "null")
}
