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

# Effects from counts by this project's conventions, all from escalc: tables without events in both arms (and of odds
# ratios those with nothing but events) are not estimable (drop00); a risk ratio where everybody had the event is 1, with
# the half in its variance alone; no half in a risk difference, and in its variance only where that would be 0.
by_counts <- function(measure, ai, n1i, ci, n2i) {
  arms <- list(measure = measure, ai = ai, n1i = n1i, ci = ci, n2i = n2i)
  bare <- list(add = 0, to = "none")
  halved <- do.call(escalc, c(arms, list(drop00 = FALSE)))
  if (measure == "RD") {
    found <- do.call(escalc, c(arms, bare))
    none <- !is.na(found$vi) & found$vi == 0
    found$vi[none] <- halved$vi[none]
    return(list(yi = as.numeric(found$yi), vi = found$vi))
  }
  found <- do.call(escalc, c(arms, list(drop00 = TRUE), if (measure == "PETO") bare))
  yi <- as.numeric(found$yi)
  vi <- found$vi
  all_events <- measure == "RR" & ai == n1i & ci == n2i
  yi[all_events] <- 0
  vi[all_events] <- halved$vi[all_events]
  list(yi = yi, vi = vi)
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
