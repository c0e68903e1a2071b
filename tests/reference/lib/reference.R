# What the generators share: exact settings for metafor and one way to write JSON.
# Each generator runs from the repository's root: Rscript tests/reference/NAME.R

suppressMessages({
  library(metafor)
  library(clubSandwich)
  library(jsonlite)
})
options(warn = 2)

# metafor stops at 1e-5 by default; a reference needs the optimum itself. `tol` is left alone for REML
# and ML, where it would also tighten the comparison of likelihoods that guards against tau2 = 0.
tight_control <- function(method, yi) {
  scale <- max(1, var(yi))
  if (method == "PM") return(list(tol = .Machine$double.eps * scale, maxiter = 10000, tau2.max = 1e6))
  if (method %in% c("REML", "ML")) return(list(threshold = 1e-12 * scale, maxiter = 100000))
  list()
}

# Two warnings are wanted: Knapp-Hartung on an equal-effects model, and the fallback to tau2 = 0 where the
# likelihood has a second, lower maximum (data set bimodal_likelihood). Any other stops the script.
expected <- "not meant to be used in the context of EE models|stuck at a local maximum"
allow_expected <- function(expression) {
  withCallingHandlers(expression, warning = function(w) {
    if (grepl(expected, conditionMessage(w))) invokeRestart("muffleWarning")
  })
}

# Fisher scoring halves its way towards a boundary solution and never lands on it; started at 0 it stays there.
fit_exactly <- function(yi, vi, method, test, level = 95, mods = NULL) {
  arguments <- list(yi = yi, vi = vi, method = method, test = test, level = level,
                    control = tight_control(method, yi))
  if (!is.null(mods)) arguments$mods <- as.matrix(mods)
  fit <- allow_expected(do.call(rma, arguments))
  if (method %in% c("REML", "ML") && fit$tau2 < 1e-9) {
    arguments$control$tau2.init <- 0
    fit <- allow_expected(do.call(rma, arguments))
  }
  fit
}

write_reference <- function(stem, ...) {
  versions <- list(
    R = paste(R.version$major, R.version$minor, sep = "."),
    metafor = as.character(packageVersion("metafor")),
    metadat = as.character(packageVersion("metadat")),
    clubSandwich = as.character(packageVersion("clubSandwich"))
  )
  json <- toJSON(list(versions = versions, ...), digits = NA, auto_unbox = TRUE, na = "null", null = "null",
                 dataframe = "columns", pretty = 1)
  flat_arrays <- gregexpr("\\[[^][{}]*\\]", json)
  regmatches(json, flat_arrays) <- lapply(regmatches(json, flat_arrays), gsub, pattern = "\n *", replacement = " ")
  writeLines(json, file.path("tests", "reference", paste0(stem, ".json")), useBytes = TRUE)
}
