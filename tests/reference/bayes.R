# Bayesian pools and regressions on one moderator: the multivariate normal density of the data at a given tau, written out
# with its whole covariance matrix, integrated over tau by R's integrate(), and quantiles by uniroot().
source("tests/reference/lib/reference.R")
source("tests/reference/lib/datasets.R")

# Integrals over tau in pieces, all on the scale of the largest value of the integrand; what lies beyond a million is below
# 1e-11 of them, of half-Cauchy priors too.
pieces <- c(0, 10^seq(-3, 6, by = 0.25))
over_tau <- function(f, from = 0, to = 1e6) {
  ends <- c(from, pieces[pieces > from & pieces < to], to)
  sum(mapply(function(low, high) integrate(f, low, high, rel.tol = 1e-11, abs.tol = 1e-14, subdivisions = 1000)$value,
             ends[-length(ends)], ends[-1]))
}

priors <- list(
  "half-normal" = function(scale) function(tau) 2 * dnorm(tau, 0, scale),
  "half-cauchy" = function(scale) function(tau) 2 * dcauchy(tau, 0, scale)
)

describe <- function(set, moderator = NULL, prior = "half-normal", scale = 0.5, mu_sd = 1, slope_sd = 0.5, level = 0.95) {
  y <- set$yi
  x <- if (is.null(moderator)) NULL else set$mods[[moderator]]
  X <- cbind(rep(1, length(y)), if (is.null(x)) NULL else x - mean(x))
  P <- diag(c(mu_sd, slope_sd)[seq_len(ncol(X))]^2, ncol(X))
  density <- priors[[prior]](scale)
  log_normal <- function(S) {
    root <- chol(S)
    -0.5 * (length(y) * log(2 * pi) + 2 * sum(log(diag(root))) + sum(backsolve(root, y, transpose = TRUE)^2))
  }
  covariance <- function(tau, X, P) X %*% P %*% t(X) + diag(tau^2 + set$vi, length(y))
  free <- Vectorize(function(tau) log_normal(covariance(tau, X, P)))
  last <- ncol(X)
  less <- function(tau) {
    if (last == 1) return(log_normal(diag(tau^2 + set$vi, length(y))))
    log_normal(covariance(tau, X[, -last, drop = FALSE], P[-last, -last, drop = FALSE]))
  }
  at_zero <- Vectorize(less)
  grid <- c(0, 10^seq(-4, 3, length.out = 400))
  top <- max(free(grid))
  kernel <- function(tau) exp(free(tau) - top) * density(tau)
  evidence <- over_tau(kernel)
  null <- over_tau(function(tau) exp(at_zero(tau) - top) * density(tau))
  # Given tau, coefficients and data are jointly normal.
  given_tau <- function(tau) {
    S <- covariance(tau, X, P)
    gain <- P %*% t(X) %*% solve(S)
    list(mean = c(gain %*% y), var = diag(P - gain %*% X %*% P))
  }
  conditional <- function(what, j) Vectorize(function(tau) given_tau(tau)[[what]][j])
  posterior <- function(g) over_tau(function(tau) kernel(tau) * g(tau)) / evidence
  moments <- function(j) {
    m <- conditional("mean", j)
    v <- conditional("var", j)
    mean <- posterior(m)
    c(mean, sqrt(posterior(function(tau) v(tau) + (m(tau) - mean)^2)))
  }
  quantile_of <- function(p, j, extra) {
    m <- conditional("mean", j)
    v <- conditional("var", j)
    uniroot(function(z) posterior(function(tau) pnorm(z, m(tau), sqrt(v(tau) + extra * tau^2))) - p, c(-6, 6), tol = 1e-10)$root
  }
  quantile_of_tau <- function(p) uniroot(function(z) over_tau(kernel, 0, z) / evidence - p, c(1e-6, 30), tol = 1e-11)$root
  ends <- c(0.5 - level / 2, 0.5 + level / 2)
  tested <- moments(last)
  intercept <- moments(1)
  list(source = set$source, yi = y, vi = set$vi, x = x, tau_prior = prior, scale = scale, mu_sd = mu_sd, slope_sd = slope_sd,
       level = level, estimate = tested[1], sd = tested[2], ci = I(sapply(ends, quantile_of, j = last, extra = 0)),
       prob_positive = posterior(function(tau) pnorm(conditional("mean", last)(tau) / sqrt(conditional("var", last)(tau)))),
       bf10 = evidence / null, tau = posterior(function(tau) tau),
       tau_quantiles = I(sapply(c(ends[1], 0.5, ends[2]), quantile_of_tau)),
       pi = I(sapply(ends, quantile_of, j = 1, extra = 1)), intercept = intercept[1], intercept_sd = intercept[2],
       log_evidence = log(evidence) + top)
}

d <- datasets
one <- list(source = "constructed: one trial", yi = 0.4, vi = 0.03)
cases <- list(
  raudenbush = describe(d$raudenbush),
  raudenbush_cauchy = describe(d$raudenbush, prior = "half-cauchy"),
  raudenbush_weeks = describe(d$raudenbush, "weeks_capped"),
  raudenbush_weeks_cauchy = describe(d$raudenbush, "weeks_capped", prior = "half-cauchy", scale = 0.3, slope_sd = 0.25),
  bcg_latitude = describe(d$bcg, "ablat", scale = 1, mu_sd = 2, slope_sd = 0.05),
  normand = describe(d$normand_smd, scale = 1, level = 0.9),
  homogeneous = describe(d$homogeneous),
  homogeneous_fidelity = describe(d$homogeneous, "fidelity", slope_sd = 1),
  three_unequal = describe(d$three_unequal),
  two_cauchy = describe(d$two_trials, prior = "half-cauchy"),
  four_fidelity = describe(d$four_trials, "fidelity"),
  molloy = describe(d$molloy, scale = 0.1),
  one = describe(one)
)
write_reference("bayes", cases = cases)
