# Effects and intervals in clusters: the density of a cluster's effects with numbers times the multivariate normal
# probability of its intervals given them (mvtnorm, exact in two and three dimensions), maximised by optim. No integral over
# what a cluster shares is taken anywhere.
source("tests/reference/lib/reference.R")
source("tests/reference/lib/likelihood.R")
suppressMessages(library(mvtnorm))

log_cluster <- function(y, mu, S, lower, upper) {
  seen <- !is.na(y)
  total <- 0
  if (any(seen)) {
    root <- chol(S[seen, seen, drop = FALSE])
    left <- backsolve(root, (y - mu)[seen], transpose = TRUE)
    total <- -sum(log(diag(root))) - 0.5 * sum(left^2) - 0.5 * sum(seen) * log(2 * pi)
    if (!all(seen)) {
      gain <- S[!seen, seen, drop = FALSE] %*% solve(S[seen, seen, drop = FALSE])
      mean <- mu[!seen] + c(gain %*% (y - mu)[seen])
      S <- S[!seen, !seen, drop = FALSE] - gain %*% S[seen, !seen, drop = FALSE]
    } else {
      return(total)
    }
  } else {
    mean <- mu
  }
  a <- lower[!seen] - mean
  b <- upper[!seen] - mean
  r <- sqrt(diag(S))
  if (length(mean) == 1) return(total + log_between(a / r, b / r))
  S <- (S + t(S)) / 2
  total + log(rectangle(a / r, b / r, cov2cor(S)))
}

# The probability of a rectangle as a signed sum of the orthants below its corners, which is what TVPACK takes.
rectangle <- function(a, b, R) {
  m <- length(a)
  corners <- as.matrix(expand.grid(rep(list(0:1), m)))
  sum(apply(corners, 1, function(low) {
    corner <- ifelse(low == 1, a, b)
    if (any(corner == -Inf)) return(0)
    sign <- (-1)^sum(low)
    finite <- is.finite(corner)
    if (!any(finite)) return(sign)
    if (sum(finite) == 1) return(sign * pnorm(corner[finite]))
    how <- if (sum(finite) <= 3) TVPACK(abseps = 1e-14) else Miwa(steps = 4000)
    sign * pmvnorm(upper = corner[finite], corr = R[finite, finite], algorithm = how)[1]
  }))
}

log_likelihood <- function(case) {
  groups <- split(seq_along(case$yi), case$cluster)
  function(theta) {
    p <- ncol(case$X)
    mu <- c(case$X %*% theta[seq_len(p)])
    sum(sapply(groups, function(rows) {
      s <- sqrt(case$vi[rows])
      S <- theta[p + 1] + case$rho * outer(s, s)
      diag(S) <- theta[p + 1] + theta[p + 2] + case$vi[rows]
      log_cluster(case$yi[rows], mu[rows], S, case$lower[rows], case$upper[rows])
    }))
  }
}

# Variances as squares of what is searched, so that nought is within reach.
climb <- function(f, start, p) {
  squared <- function(z) ifelse(seq_along(z) > p, z^2, z)
  minus <- function(z) {
    value <- f(squared(z))
    if (is.finite(value)) -value else 1e10
  }
  fit <- optim(start, minus, method = "BFGS", control = list(reltol = 1e-15, maxit = 1000))
  list(value = -fit$value, theta = squared(fit$par))
}

describe <- function(case, columns = integer()) {
  f <- log_likelihood(case)
  p <- ncol(case$X)
  seen <- !is.na(case$yi)
  start <- unname(coef(lm(case$yi[seen] ~ case$X[seen, ] - 1)))
  best <- list(value = -Inf)
  for (scale in c(0.1, 0.3)) {
    found <- climb(f, c(start, scale, scale), p)
    if (found$value > best$value) best <- found
  }
  free <- c(rep(TRUE, p), best$theta[p + 1:2] > 1e-5)
  full <- function(z) {
    theta <- numeric(p + 2)
    theta[free] <- z
    theta
  }
  g <- function(z) f(full(z))
  theta <- settle(g, best$theta[free])
  best <- list(value = g(theta), theta = full(theta))
  se <- sqrt(diag(solve(-hessian(g, theta))))[seq_len(p)]
  drop <- function(j, value) {
    held <- function(theta) f(append(theta, value, j - 1))
    from <- c(best$theta[seq_len(p)][-j], sqrt(pmax(best$theta[p + 1:2], 0.001)))
    2 * (best$value - climb(held, from, p - 1)$value)
  }
  end <- function(j, side) {
    to <- best$theta[j] + side * c(1.5, 4) * se[j]
    uniroot(function(z) sqrt(max(drop(j, z), 0)) - sqrt(qchisq(0.95, 1)), sort(to), tol = 1e-9)$root
  }
  # The likelihood elsewhere too, where nothing was optimised.
  elsewhere <- list(c(rep(0, p), 0.01, 0.01), c(rep(0.1, p), 0.2, 0), c(rep(-0.2, p), 0, 0.05), c(rep(0.3, p), 0.5, 0.001))
  c(case, list(beta = I(best$theta[seq_len(p)]), variances = I(best$theta[p + 1:2]), log_likelihood = best$value, se = I(se),
               columns = I(columns - 1), ci_lb = I(sapply(columns, end, side = -1)), ci_ub = I(sapply(columns, end, side = 1)),
               pval = I(sapply(columns, function(j) pchisq(drop(j, 0), 1, lower.tail = FALSE))),
               elsewhere = lapply(elsewhere, function(theta) list(theta = I(theta), log_likelihood = f(theta)))))
}

# Drawn trials of one to four outcomes, some of which only say where their effect lies.
drawn <- function(seed, m, tau, omega, rho, most = 3, hidden = 0.6) {
  set.seed(seed)
  cluster <- rep(seq_len(m), sample(seq_len(most), m, replace = TRUE))
  k <- length(cluster)
  s <- rep(sqrt(4 / sample(60:300, m, replace = TRUE)), tabulate(cluster, m)) * runif(k, 0.95, 1.05)
  x <- runif(m)[cluster]
  y <- 0.1 + 0.3 * x + rnorm(m, 0, tau)[cluster] + rnorm(k, 0, omega) + s * (sqrt(rho) * rnorm(m)[cluster] + sqrt(1 - rho) * rnorm(k))
  says <- runif(k) < hidden
  nothing <- says & abs(y) < 1.96 * s
  peer <- says & y > 1.96 * s
  other <- says & y < -1.96 * s
  lower <- ifelse(nothing, -1.96 * s, ifelse(peer, 1.96 * s, -Inf))
  upper <- ifelse(nothing, 1.96 * s, ifelse(other, -1.96 * s, Inf))
  hide <- nothing | peer | other
  lower[!hide] <- upper[!hide] <- NA
  outcome <- ave(seq_len(k), cluster, FUN = seq_along)
  list(source = paste("drawn with seed", seed), yi = ifelse(hide, NA, y), vi = s^2, lower = lower, upper = upper,
       cluster = cluster, x = x, second = as.numeric(outcome == 2), rho = rho)
}
with_design <- function(case, columns) {
  case$X <- unname(cbind(rep(1, length(case$yi)), do.call(cbind, case[columns])))
  case[c("x", "second")] <- NULL
  case
}

cases <- list(
  pool = describe(with_design(drawn(1, 16, 0.2, 0.1, 0.6), character()), columns = 1),
  slope = describe(with_design(drawn(2, 18, 0.15, 0.1, 0.4), "x"), columns = 2),
  two_slopes = describe(with_design(drawn(3, 20, 0.1, 0.15, 0.8), c("x", "second")), columns = 2),
  no_heterogeneity = describe(with_design(drawn(4, 15, 0, 0, 0.6), "x"), columns = 2),
  independent = describe(with_design(drawn(5, 16, 0.2, 0.05, 0), "x")),
  four = describe(with_design(drawn(6, 12, 0.1, 0.1, 0.6, most = 4, hidden = 0.5), character()))
)
write_reference("censored_joint", mvtnorm = as.character(packageVersion("mvtnorm")), cases = cases)
