# Two thousand small meta-analyses fitted by metafor run tightly: tau2, last coefficient and its standard error, for what
# the package's solver is checked against to the tenth digit. The data are not written: both sides draw them from the same
# whole numbers (Park and Miller's generator, exact in double precision); tests/statistics/test_solver.py does the same.
suppressMessages({
  library(metafor)
  library(jsonlite)
})
state <- 20150101
draw <- function(n) {
  out <- numeric(n)
  for (i in seq_len(n)) {
    state <<- (16807 * state) %% 2147483647
    out[i] <- state / 2147483647
  }
  out
}
# About normal: what is asked of it is only that it is the same on both sides.
wave <- function(n) colSums(matrix(draw(12 * n), 12)) - 6
sizes <- c(5, 9, 16, 30, 100)
spread <- c(0, 0.02, 0.1, 0.5)
methods <- c("REML", "ML", "PM", "DL")
one <- function(i) {
  k <- sizes[(i - 1) %% 5 + 1]
  p <- (i - 1) %/% 5 %% 2 + 1
  tau <- spread[(i - 1) %/% 10 %% 4 + 1]
  method <- methods[(i - 1) %/% 40 %% 4 + 1]
  vi <- exp(-5 + 4 * draw(k))
  yi <- 0.2 + sqrt(vi + tau^2) * wave(k)
  x <- draw(k)
  # Fisher's steps may overshoot; shorter ones reach the same place.
  for (step in c(1, 0.5, 0.1)) {
    control <- list(threshold = 1e-14, maxiter = 20000, stepadj = step, tol = .Machine$double.eps)
    fit <- tryCatch(suppressWarnings(
      if (p == 1) rma(yi, vi, method = method, control = control)
      else rma(yi, vi, mods = ~ x, method = method, control = control)
    ), error = function(condition) NULL)
    if (!is.null(fit)) return(c(fit$tau2, fit$beta[p], fit$se[p]))
  }
  rep(NA, 3)
}
found <- t(vapply(seq_len(2000), one, numeric(3)))
versions <- list(R = paste(R.version$major, R.version$minor, sep = "."), metafor = as.character(packageVersion("metafor")))
write_json(list(versions = versions, seed = 20150101, last = state, tau2 = found[, 1], estimate = found[, 2], se = found[, 3]),
           "tests/reference/solver.json", auto_unbox = TRUE, digits = 15, na = "null")
