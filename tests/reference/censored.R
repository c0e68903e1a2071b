# Effects of which only an interval is known, in one likelihood with effects that have numbers: R's own dnorm and pnorm,
# optim from several starts, settled by Newton's steps on numDeriv's derivatives; profiles by uniroot.
source("tests/reference/lib/reference.R")
source("tests/reference/lib/datasets.R")
source("tests/reference/lib/likelihood.R")

# Which effects are to be known by an interval: those inside of (or, where `beyond`, above) `by` standard errors.
hide <- function(set, rows, by = 1.96, mods = NULL, beyond = integer()) {
  bound <- by * sqrt(set$vi)
  yi <- set$yi
  lower <- upper <- rep(NA_real_, length(yi))
  lower[rows] <- -bound[rows]
  upper[rows] <- bound[rows]
  lower[beyond] <- bound[beyond]
  upper[beyond] <- Inf
  yi[c(rows, beyond)] <- NA
  X <- cbind(rep(1, length(yi)), if (is.null(mods)) NULL else as.matrix(set$mods[mods]))
  list(source = set$source, yi = yi, vi = set$vi, lower = lower, upper = upper, X = unname(X))
}

within <- function(set, by = 1.96) which(abs(set$yi) < by * sqrt(set$vi))
above <- function(set, by = 1.96) which(set$yi > by * sqrt(set$vi))
d <- datasets
odd <- function(rows) rows[seq_along(rows) %% 2 == 1]
invented <- list(source = "constructed: comparators favoured too, bounds far from the rest",
                 yi = c(0.3, -0.1, 0.6, 0.15, 0.2, -0.5, 0.4, 0.05), vi = c(0.02, 0.03, 0.05, 0.01, 0.04, 0.03, 0.02, 0.06))
mixed <- hide(invented, c(2, 8), beyond = 7)
mixed$yi[6] <- NA
mixed$lower[6] <- -Inf
mixed$upper[6] <- -1.64 * sqrt(0.03)
cases <- list(
  raudenbush = hide(d$raudenbush, odd(within(d$raudenbush))),
  raudenbush_all_silent = hide(d$raudenbush, within(d$raudenbush)),
  raudenbush_weeks = hide(d$raudenbush, odd(within(d$raudenbush)), mods = "weeks_capped"),
  bangertdrowns = hide(d$bangertdrowns, odd(within(d$bangertdrowns)), beyond = odd(above(d$bangertdrowns))),
  bangertdrowns_two = hide(d$bangertdrowns, odd(within(d$bangertdrowns)), beyond = odd(above(d$bangertdrowns)),
                           mods = c("length", "feedback")),
  normand = hide(d$normand_smd, odd(within(d$normand_smd)), by = 1.64),
  homogeneous = hide(d$homogeneous, c(2, 6)),
  homogeneous_fidelity = hide(d$homogeneous, c(2, 6), mods = "fidelity"),
  three_unequal = hide(d$three_unequal, 1),
  bimodal = hide(d$bimodal_likelihood, 2),
  two = hide(d$two_trials, 1),
  molloy_none = hide(d$molloy, integer()),
  molloy_quality = hide(d$molloy, within(d$molloy), mods = "quality"),
  mixed = mixed
)

log_likelihood <- function(case) {
  seen <- !is.na(case$yi)
  function(theta) {
    p <- ncol(case$X)
    mu <- c(case$X %*% theta[seq_len(p)])
    r <- sqrt(theta[p + 1] + case$vi)
    sum(dnorm(case$yi[seen], mu[seen], r[seen], log = TRUE)) +
      sum(log_between((case$lower - mu)[!seen] / r[!seen], (case$upper - mu)[!seen] / r[!seen]))
  }
}

describe <- function(case) {
  seen <- !is.na(case$yi)
  start <- unname(coef(lm(case$yi[seen] ~ case$X[seen, ] - 1, weights = 1 / case$vi[seen])))
  found <- describe_fit(log_likelihood(case), start, spread = var(c(case$yi[seen], 0)) + mean(case$vi), variances = 1)
  c(case, found)
}

write_reference("censored", cases = lapply(cases, describe))
