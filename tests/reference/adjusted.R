# What reports print of adjusted models and of changes, beside the g of the raw scores they come from: data that are known
# whole, analysed by lm; thousands of draws of trials whose true effect is known; intervals of small trials beside their SE.
# No formula that brings one SD to another is used here: the raw scores say what the answer is.
source("tests/reference/lib/reference.R")
set.seed(20260601)

arm_of <- function(n1, n2) factor(rep(c("intervention", "comparator"), c(n1, n2)), c("comparator", "intervention"))
# Scores with mean 0 and pooled SD 1 within arms.
within <- function(y, arm) {
  y <- residuals(lm(y ~ arm))
  y / sqrt(sum(y^2) / (length(y) - 2))
}
# A baseline and scores that correlate by exactly r within arms, alike in both arms at baseline.
scores <- function(n1, n2, r, difference) {
  arm <- arm_of(n1, n2)
  x <- within(rnorm(n1 + n2), arm)
  e <- within(residuals(lm(rnorm(n1 + n2) ~ arm + x)), arm)
  list(arm = arm, x = 50 + 8 * x, y = 50 + 8 * (r * x + sqrt(1 - r^2) * e + difference * (arm == "intervention")))
}
raw_g <- function(y, arm) {
  m <- tapply(y, arm, mean)
  s <- tapply(y, arm, sd)
  n <- tapply(y, arm, length)
  escalc("SMD", m1i = m[2], sd1i = s[2], n1i = n[2], m2i = m[1], sd2i = s[1], n2i = n[1])
}

model <- function(n1, n2, r, difference) {
  d <- scores(n1, n2, r, difference)
  fit <- lm(y ~ arm + x, d)
  line <- summary(fit)$coefficients["armintervention", ]
  ends <- confint(fit)["armintervention", ]
  g <- raw_g(d$y, d$arm)
  data.frame(n1 = n1, n2 = n2, r = r, md = line[1], se = line[2], t = line[3], p = line[4], df = fit$df.residual,
             F = drop1(fit, ~arm, test = "F")["arm", "F value"], ci_lb = ends[1], ci_ub = ends[2],
             yi = as.numeric(g$yi), vi = g$vi)
}
models <- do.call(rbind, Map(model, c(20, 12, 60, 400, 5000), c(22, 30, 45, 380, 5000), c(0.6, 0.3, 0.85, 0.5, 0.7),
                             c(0.5, -0.8, 0.2, 0.35, 0.1)))

change <- function(n1, n2, r, difference) {
  d <- scores(n1, n2, r, difference)
  d$gain <- d$y - d$x
  m <- tapply(d$gain, d$arm, mean)
  s <- tapply(d$gain, d$arm, sd)
  test <- t.test(gain ~ relevel(arm, "intervention"), d, var.equal = TRUE)
  g <- raw_g(d$y, d$arm)
  data.frame(n1 = n1, n2 = n2, r = r, m1 = m[[2]], sd1 = s[[2]], m2 = m[[1]], sd2 = s[[1]], t = unname(test$statistic),
             p = test$p.value, md = m[[2]] - m[[1]], se = test$stderr, yi = as.numeric(g$yi), vi = g$vi)
}
changes <- do.call(rbind, Map(change, c(20, 12, 60, 150), c(22, 30, 45, 140), c(0.6, 0.3, 0.85, 0.5), c(0.5, -0.8, 0.2, 0.35)))

# Trials of people drawn at random whose arms differ at baseline by chance, SD between people 1: t of the model adjusted for
# the baseline, or of the changes from it.
drawn <- function(trials, n1, n2, r, difference, change) {
  intervention <- as.numeric(arm_of(n1, n2) == "intervention")
  t <- replicate(trials, {
    x <- rnorm(n1 + n2)
    y <- r * x + sqrt(1 - r^2) * rnorm(n1 + n2) + difference * intervention
    X <- if (change) cbind(1, intervention) else cbind(1, intervention, x)
    fit <- .lm.fit(X, if (change) y - x else y)
    s2 <- sum(fit$residuals^2) / (n1 + n2 - ncol(X))
    fit$coefficients[2] / sqrt(s2 * solve(crossprod(X))[2, 2])
  })
  list(n1 = n1, n2 = n2, r = r, df = n1 + n2 - if (change) 2 else 3, true = difference, t = round(t, 4))
}

small <- lapply(list(c(15, 15), c(25, 22), c(59, 8)), function(n) {
  arm <- arm_of(n[1], n[2])
  fit <- lm(rnorm(sum(n), 10, 3) ~ arm)
  ends <- confint(fit)["armintervention", ]
  list(n1 = n[1], n2 = n[2], md = unname(coef(fit)[2]), se = summary(fit)$coefficients["armintervention", 2],
       df = fit$df.residual, lower = unname(ends[1]), upper = unname(ends[2]))
})

write_reference("adjusted", models = as.list(models), changes = as.list(changes),
  drawn = list(models = list(drawn(4000, 30, 34, 0.6, 0.5, FALSE), drawn(4000, 20, 20, 0.8, -0.8, FALSE)),
               changes = list(drawn(4000, 30, 34, 0.8, 0.5, TRUE), drawn(4000, 30, 30, 0.2, -0.7, TRUE))),
  small = small)
