# The measurement model as a graph for JAGS, and how a review is laid out for it: for measurement.R and for the benchmark.
suppressMessages(library(rjags))

# The three correlations are uniform over all correlation matrices by partial correlations (Lewandowski, Kurowicka and Joe
# 2009): the first two Beta(3/2, 3/2), the last, given the first trait, Beta(1, 1), each stretched to (-1, 1). Errors of one
# trial's effects share a part: their covariance is rho times the root of both variances.
#
# What an arm did and whether its report describes it are one number of six. As two numbers neither could move: what is
# described is what was done, so that no step of one alone has a probability above 0, and chains stay where they start.
model <- "
model {
  for (i in 1:2) { first[i] ~ dbeta(1.5, 1.5) }
  last ~ dbeta(1, 1)
  r12 <- 2 * first[1] - 1
  r13 <- 2 * first[2] - 1
  p23 <- 2 * last - 1
  for (a in 1:arms) {
    for (m in 1:3) { e[a, m] ~ dnorm(0, 1) }
    theta[a, 1] <- e[a, 1]
    theta[a, 2] <- r12 * e[a, 1] + sqrt(1 - r12 * r12) * e[a, 2]
    theta[a, 3] <- r13 * e[a, 1] + sqrt(1 - r13 * r13) * (p23 * e[a, 2] + sqrt(1 - p23 * p23) * e[a, 3])
    eta[a] ~ dnorm(0, pow(spread, -2))
    for (c in 1:components) {
      upto[a, c, 1] <- ilogit(discrimination[c] * theta[a, mechanism[c]] - threshold[c, 1])
      upto[a, c, 2] <- ilogit(discrimination[c] * theta[a, mechanism[c]] - threshold[c, 2])
      levels[a, c, 1] <- 1 - upto[a, c, 1]
      levels[a, c, 2] <- upto[a, c, 1] - upto[a, c, 2]
      levels[a, c, 3] <- upto[a, c, 2]
      for (s in 1:3) {
        described[a, c, s] <- ilogit(reporting[c] + eta[a] + delta * equals(s, 1))
        cells[a, c, s] <- levels[a, c, s] * (1 - described[a, c, s])
        cells[a, c, s + 3] <- levels[a, c, s] * described[a, c, s]
      }
      cell[a, c] ~ dcat(cells[a, c, 1:6])
      z[a, c] <- cell[a, c] - 3 * step(cell[a, c] - 3.5)
      state[a, c] <- 1 + z[a, c] * step(cell[a, c] - 3.5)
      part[a, c] <- weights[c] * (z[a, c] - 1)
    }
    score[a] <- sum(part[a, 1:components])
  }
  spread ~ dnorm(0, 1) T(0.0001, )
  for (c in 1:components) {
    discrimination[c] ~ dlnorm(0, 4)
    for (i in 1:2) { loose[c, i] ~ dnorm(0, 0.25) }
    threshold[c, 1:2] <- sort(loose[c, 1:2])
    reporting[c] ~ dnorm(0, 0.25)
  }
  for (j in 1:coders) { for (s in 1:4) { confusion[j, s, 1:4] ~ ddirch(dirichlet[s, 1:4]) } }
  for (n in 1:codes) { code[n] ~ dcat(confusion[coder[n], state[of_arm[n], of_component[n]], 1:4]) }
  for (n in 1:rulings) { ruled[n] ~ dcat(sure[state[ruled_arm[n], ruled_component[n]], 1:4]) }
  slope ~ dnorm(0, 4)
  tau ~ dnorm(0, 4) T(0.0001, )
  omega ~ dnorm(0, 4) T(0.0001, )
  for (o in 1:outcomes) { average[o] ~ dnorm(0, 1) }
  for (t in 1:trials) {
    shared[t] ~ dnorm(0, pow(tau, -2))
    error[t] ~ dnorm(0, 1)
  }
  for (k in 1:effects) {
    expected[k] <- average[outcome[k]] + slope * (score[arm[k]] - centre) + shared[cluster[k]] + sqrt(rho * vi[k]) * error[cluster[k]]
    yi[k] ~ dnorm(expected[k], 1 / ((1 - rho) * vi[k] + omega * omega))
  }
  mean_score <- mean(score[1:arms])
}"

laid_out <- function(set) {
  codes <- set$codes
  seen <- which(codes >= 0, arr.ind = TRUE)
  settled <- which(set$settled >= 0, arr.ind = TRUE)
  dirichlet <- matrix(1, 4, 4)
  diag(dirichlet) <- 12
  list(
    arms = dim(codes)[1], components = dim(codes)[2], coders = dim(codes)[3], codes = nrow(seen), code = codes[seen] + 1,
    of_arm = seen[, 1], of_component = seen[, 2], coder = seen[, 3], dirichlet = dirichlet,
    rulings = nrow(settled), ruled = set$settled[settled] + 1, ruled_arm = settled[, 1], ruled_component = settled[, 2],
    sure = diag(4), mechanism = set$mechanism + 1, weights = set$weights, delta = set$delta, yi = set$yi, vi = set$vi,
    cluster = set$cluster + 1, outcome = set$outcome + 1, arm = set$arm + 1, centre = set$centre, rho = set$rho,
    effects = length(set$yi), trials = max(set$cluster) + 1, outcomes = max(set$outcome) + 1
  )
}
# A start in which nothing has the probability 0: what is done is what somebody read, else in part; thresholds apart.
started <- function(data, seed) {
  state <- matrix(1, data$arms, data$components)
  for (n in seq_along(data$code)) if (data$code[n] > 1) state[data$of_arm[n], data$of_component[n]] <- data$code[n]
  for (n in seq_along(data$ruled)) state[data$ruled_arm[n], data$ruled_component[n]] <- data$ruled[n]
  loose <- cbind(rep(-1, data$components), rep(1, data$components))
  list(cell = state + ifelse(state > 1, 2, 1), loose = loose, .RNG.name = "base::Mersenne-Twister", .RNG.seed = seed)
}
