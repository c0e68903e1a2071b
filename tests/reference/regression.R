# Meta-regressions: coefficients by each estimator and test, explained heterogeneity, and the fitted line's bands.
source("tests/reference/lib/reference.R")
source("tests/reference/lib/datasets.R")

designs <- list(
  list(dataset = "bcg", moderators = "ablat"),
  list(dataset = "bcg", moderators = c("ablat", "year")),
  list(dataset = "bcg", moderators = c("random", "systematic")),
  list(dataset = "raudenbush", moderators = "weeks_capped"),
  list(dataset = "raudenbush", moderators = c("weeks_capped", "aware")),
  list(dataset = "hackshaw", moderators = "cohort"),
  list(dataset = "pignon_hr", moderators = "group"),
  list(dataset = "molloy", moderators = "quality"),
  list(dataset = "molloy", moderators = c("quality", "meanage")),
  list(dataset = "bangertdrowns", moderators = "length"),
  list(dataset = "bangertdrowns", moderators = c("length", "feedback")),
  list(dataset = "homogeneous", moderators = "fidelity"),
  list(dataset = "four_trials", moderators = "fidelity")
)

# The line is described at the moderators' smallest, mean and largest values, all moderating together.
describe_test <- function(fit, mods) {
  at <- apply(mods, 2, function(x) c(min(x), mean(x), max(x)))
  line <- predict(fit, newmods = at)
  list(beta = c(fit$beta), se = fit$se, stat = fit$zval, df = fit$ddf, pval = fit$pval, ci_lb = fit$ci.lb,
       ci_ub = fit$ci.ub, vcov = unname(vcov(fit)), QM = fit$QM, QM_df = fit$QMdf, QM_pval = fit$QMp,
       line = list(at = at, pred = line$pred, se = line$se, ci_lb = line$ci.lb, ci_ub = line$ci.ub,
                   pi_lb = line$pi.lb, pi_ub = line$pi.ub))
}

describe_regression <- function(design, method) {
  set <- datasets[[design$dataset]]
  mods <- as.matrix(set$mods[design$moderators])
  fits <- lapply(c(z = "z", knha = "knha", adhoc = "adhoc"),
                 function(test) fit_exactly(set$yi, set$vi, method, test, mods = mods))
  fit <- fits$z
  tau2_null <- fit_exactly(set$yi, set$vi, method, "z")$tau2
  R2 <- if (method == "EE") NULL else 100 * max(0, (tau2_null - fit$tau2) / tau2_null)
  list(dataset = design$dataset, moderators = I(design$moderators), method = method, level = 0.95, k = fit$k,
       tau2 = fit$tau2, se_tau2 = fit$se.tau2, tau2_null = tau2_null, R2 = R2, R2_metafor = fit$R2, I2 = fit$I2,
       H2 = fit$H2, QE = fit$QE, QE_df = fit$k - fit$p, QE_pval = fit$QEp, tests = lapply(fits, describe_test, mods = mods))
}

regressions <- list()
for (design in designs) {
  for (method in c("REML", "PM", "DL", "ML", "HE", "EE")) {
    regressions <- c(regressions, list(describe_regression(design, method)))
  }
}

used <- unique(vapply(designs, `[[`, "", "dataset"))
write_reference("regression", datasets = datasets[used], regressions = regressions)
