# One slope for all outcomes by Bayes: the multivariate normal density of all data with their whole covariance matrix at every
# node of Simpson's rule over both standard deviations, on the scale of asinh.
source("tests/reference/lib/reference.R")

simpson <- function(top, n, scale) {
  x <- seq(0, asinh(top / scale), length.out = n)
  weight <- c(1, rep(c(4, 2), length.out = n - 2), 1) * (x[2] - x[1]) / 3
  list(at = scale * sinh(x), weight = weight * scale * cosh(x))
}
priors <- list(
  "half-normal" = function(scale) function(sd) 2 * dnorm(sd, 0, scale),
  "half-cauchy" = function(scale) function(sd) 2 * dcauchy(sd, 0, scale)
)

describe <- function(set, rho, tau_prior = "half-normal", tau_scale = 0.5, omega_prior = "half-normal", omega_scale = 0.5,
                     mu_sd = 1, slope_sd = 0.5, top = 6, n = 321) {
  y <- set$yi
  k <- length(y)
  kinds <- unique(set$outcome)
  X <- cbind(sapply(kinds, function(kind) as.numeric(set$outcome == kind)), set$x - mean(set$x))
  P <- diag(c(rep(mu_sd, length(kinds)), slope_sd)^2)
  p <- ncol(X)
  same <- outer(set$cluster, set$cluster, "==")
  s <- sqrt(set$vi)
  V <- ifelse(same, rho * outer(s, s), 0)
  diag(V) <- set$vi
  fixed <- V + X %*% P %*% t(X)
  null <- V + X[, -p, drop = FALSE] %*% P[-p, -p, drop = FALSE] %*% t(X[, -p, drop = FALSE])
  density <- list(priors[[tau_prior]](tau_scale), priors[[omega_prior]](omega_scale))
  nodes <- simpson(top, n, 0.1)
  log_normal <- function(S) {
    root <- chol(S)
    list(log = -0.5 * (k * log(2 * pi) + 2 * sum(log(diag(root))) + sum(backsolve(root, y, transpose = TRUE)^2)), root = root)
  }
  weight <- free <- at_zero <- mean <- var <- tau <- omega <- numeric(n * n)
  means <- matrix(0, n * n, p - 1)
  PX <- P %*% t(X)
  i <- 0
  for (a in seq_len(n)) {
    for (b in seq_len(n)) {
      i <- i + 1
      more <- nodes$at[a]^2 * same + diag(nodes$at[b]^2, k)
      fit <- log_normal(fixed + more)
      half <- backsolve(fit$root, cbind(y, t(PX)), transpose = TRUE)
      free[i] <- fit$log
      at_zero[i] <- log_normal(null + more)$log
      both <- crossprod(half[, -1], half[, 1])
      mean[i] <- both[p]
      means[i, ] <- both[-p]
      var[i] <- P[p, p] - sum(half[, p + 1]^2)
      tau[i] <- nodes$at[a]
      omega[i] <- nodes$at[b]
      weight[i] <- nodes$weight[a] * nodes$weight[b] * density[[1]](tau[i]) * density[[2]](omega[i])
    }
  }
  highest <- max(free)
  w <- weight * exp(free - highest)
  evidence <- sum(w)
  w <- w / evidence
  average <- function(z) sum(w * z)
  estimate <- average(mean)
  ci <- sapply(c(0.025, 0.975), function(q) uniroot(function(z) average(pnorm(z, mean, sqrt(var))) - q, c(-4, 4), tol = 1e-11)$root)
  list(source = set$source, yi = y, vi = set$vi, cluster = set$cluster, outcome = set$outcome, x = set$x, rho = rho,
       tau_prior = list(tau_prior, tau_scale), omega_prior = list(omega_prior, omega_scale), mu_sd = mu_sd, slope_sd = slope_sd,
       estimate = estimate, sd = sqrt(average(var + (mean - estimate)^2)), ci = I(ci), prob_positive = average(pnorm(mean / sqrt(var))),
       bf10 = evidence / sum(weight * exp(at_zero - highest)), tau = average(tau), tau_sd = sqrt(average(tau^2) - average(tau)^2),
       omega = average(omega), omega_sd = sqrt(average(omega^2) - average(omega)^2), intercepts = I(apply(means, 2, average)),
       log_evidence = log(evidence) + highest)
}

drawn <- function(seed, m, kinds, tau, omega, rho, slope) {
  set.seed(seed)
  size <- sample(seq_len(kinds), m, replace = TRUE)
  cluster <- rep(seq_len(m), size)
  outcome <- letters[unlist(lapply(size, function(n) sample(kinds, n)))]
  k <- length(cluster)
  s <- rep(sqrt(4 / sample(60:300, m, replace = TRUE)), size) * runif(k, 0.95, 1.05)
  x <- runif(m)[cluster]
  y <- 0.2 + slope * x + rnorm(m, 0, tau)[cluster] + rnorm(k, 0, omega) + s * (sqrt(rho) * rnorm(m)[cluster] + sqrt(1 - rho) * rnorm(k))
  list(source = paste("drawn with seed", seed), yi = y, vi = s^2, cluster = cluster, outcome = outcome, x = x)
}

cases <- list(
  three = describe(drawn(1, 8, 3, 0.1, 0.1, 0.6, 0.5), rho = 0.6),
  two_cauchy = describe(drawn(2, 8, 2, 0.2, 0.05, 0.4, 0), rho = 0.4, tau_prior = "half-cauchy", tau_scale = 0.3, slope_sd = 0.25,
                        top = 3000, n = 481),
  one = describe(drawn(3, 9, 1, 0.1, 0, 0.6, -0.5), rho = 0.6, omega_scale = 0.2),
  independent = describe(drawn(4, 7, 3, 0.1, 0.1, 0, 1), rho = 0, slope_sd = 1, mu_sd = 0.5)
)
write_reference("bayes_joint", cases = cases)
