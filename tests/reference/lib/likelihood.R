# Maximum likelihood as exactly as R gives it: optim, settled by Newton's steps on numDeriv's derivatives, and profiles.

suppressMessages(library(numDeriv))

# log(pnorm(b) - pnorm(a)), from whichever tail keeps its digits.
log_between <- function(a, b) {
  turned <- a + b > 0
  low <- ifelse(turned, -b, a)
  high <- ifelse(turned, -a, b)
  top <- pnorm(high, log.p = TRUE)
  top + log1p(-exp(pnorm(low, log.p = TRUE) - top))
}

# Newton's steps on the free parameters; numDeriv's derivatives are good to about 1e-11.
settle <- function(f, theta) {
  for (step in 1:20) {
    move <- solve(hessian(f, theta), grad(f, theta))
    if (!all(is.finite(move)) || f(theta - move) < f(theta) - 1e-10) break
    theta <- theta - move
    if (max(abs(move)) < 1e-11) break
  }
  theta
}

# The last `variances` parameters are not below 0: each is tried free, as the square of a standard deviation, and at 0.
maximise <- function(f, start, scales, variances) {
  p <- length(start)
  best <- list(value = -Inf)
  for (zero in rev(0:(2^variances - 1))) {
    at_zero <- bitwAnd(zero, 2^(seq_len(variances) - 1)) > 0
    if (variances == 0) at_zero <- logical()
    full <- function(free) {
      theta <- numeric(p + variances)
      theta[c(rep(TRUE, p), !at_zero)] <- free
      theta
    }
    g <- function(free) f(full(free))
    squared <- function(z) ifelse(seq_along(z) > p, z^2, z)
    for (scale in scales) {
      z <- c(start, rep(sqrt(scale), sum(!at_zero)))
      if (length(z) == 0) {
        theta <- full(z)
      } else {
        minus <- function(z) {
          value <- f(full(squared(z)))
          if (is.finite(value)) -value else 1e10
        }
        fit <- optim(z, minus, method = "BFGS", control = list(reltol = 1e-16, maxit = 2000))
        free <- squared(fit$par)
        inside <- all(free[seq_along(free) > p] > 1e-6)
        if (inside) free <- tryCatch(settle(g, free), error = function(e) free)
        theta <- full(free)
      }
      if (f(theta) > best$value + 1e-11) best <- list(value = f(theta), theta = theta, at_zero = at_zero)
      if (!any(!at_zero)) break
    }
  }
  best
}

# Estimates, standard errors from the observed information, profile-likelihood intervals and likelihood-ratio tests.
describe_fit <- function(f, start, spread, variances, level = 0.95, columns = seq_along(start)) {
  p <- length(start)
  scales <- spread * c(0.02, 0.3, 2)
  best <- maximise(f, start, scales, variances)
  free <- c(rep(TRUE, p), !best$at_zero)
  information <- -hessian(function(z) {
    theta <- best$theta
    theta[free] <- z
    f(theta)
  }, best$theta[free])
  se <- sqrt(diag(solve(information)))[seq_len(p)]
  target <- qchisq(level, 1)
  drop_beta <- function(j, value) {
    g <- function(theta) f(append(theta, value, j - 1))
    2 * (best$value - maximise(g, best$theta[seq_len(p)][-j], scales, variances)$value)
  }
  drop_variance <- function(j, value) {
    g <- function(theta) f(append(theta, value, p + j - 1))
    others <- best$theta[p + seq_len(variances)][-j]
    2 * (best$value - maximise(g, best$theta[seq_len(p)], scales, variances - 1)$value)
  }
  end <- function(drop, from, step) {
    to <- from + step
    while (drop(to) < target) {
      step <- 2 * step
      to <- from + step
    }
    uniroot(function(z) sqrt(max(drop(z), 0)) - sqrt(target), sort(c(from, to)), tol = 1e-11)$root
  }
  ends <- sapply(columns, function(j) {
    c(end(function(z) drop_beta(j, z), best$theta[j], -2 * se[j]), end(function(z) drop_beta(j, z), best$theta[j], 2 * se[j]))
  })
  of_variances <- sapply(seq_len(variances), function(j) {
    drop <- function(z) drop_variance(j, z)
    at <- best$theta[p + j]
    low <- if (at > 0 && drop(0) > target) uniroot(function(z) sqrt(max(drop(z), 0)) - sqrt(target), c(0, at), tol = 1e-11)$root else 0
    c(low, end(drop, at, spread))
  })
  list(beta = I(best$theta[seq_len(p)]), variances = I(best$theta[-seq_len(p)]), log_likelihood = best$value, se = I(se),
       columns = I(columns - 1), ci_lb = I(ends[1, ]), ci_ub = I(ends[2, ]), variances_ci_lb = I(of_variances[1, ]),
       variances_ci_ub = I(of_variances[2, ]),
       pval = I(sapply(columns, function(j) pchisq(drop_beta(j, 0), 1, lower.tail = FALSE))))
}
