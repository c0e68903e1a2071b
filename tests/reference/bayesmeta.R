# What package bayesmeta says of the cases of bayes.json. Debian does not package it: where it is not installed, the file
# stays as it is. It integrates tau as exactly as integrate() does; averages it takes from a discretised mixture, whose
# error `delta` bounds.
if (!requireNamespace("bayesmeta", quietly = TRUE)) {
  message("Package bayesmeta is not installed: bayesmeta.json stays as it is. In R: install.packages('bayesmeta')")
  quit(status = 0)
}
source("tests/reference/lib/reference.R")
suppressMessages(library(bayesmeta))

cases <- fromJSON("tests/reference/bayes.json")$cases
describe <- function(case) {
  density <- list("half-normal" = dhalfnormal, "half-cauchy" = dhalfcauchy)[[case$tau_prior]]
  tau_prior <- function(tau) density(tau, scale = case$scale)
  ends <- c(0.5 - case$level / 2, 0.5 + case$level / 2)
  if (is.null(case$x)) {
    fit <- bayesmeta(case$yi, sqrt(case$vi), mu.prior = c(0, case$mu_sd), tau.prior = tau_prior,
                     interval.type = "central", delta = 1e-4, epsilon = 1e-6)
    tested <- fit$summary[, "mu"]
    pi <- fit$qposterior(theta = ends, predict = TRUE)
    bf10 <- 1 / fit$bayesfactor["actual", "mu=0"]
  } else {
    X <- cbind(intercept = 1, slope = case$x - mean(case$x))
    fit <- bmr(case$yi, sqrt(case$vi), X = X, tau.prior = tau_prior, beta.prior.mean = c(0, 0),
               beta.prior.sd = c(case$mu_sd, case$slope_sd), interval.type = "central", delta = 1e-4, epsilon = 1e-6)
    tested <- fit$summary[, "slope"]
    pi <- fit$qpredict(ends, x = c(1, 0), mean = FALSE)
    bf10 <- 1 / fit$bayesfactor["actual", "slope=0"]
  }
  list(estimate = tested[["mean"]], sd = tested[["sd"]], tau = fit$summary[["mean", "tau"]],
       tau_median = fit$summary[["median", "tau"]], bf10 = bf10, pi = I(pi))
}

write_reference("bayesmeta", bayesmeta = as.character(packageVersion("bayesmeta")), cases = lapply(cases, describe))
