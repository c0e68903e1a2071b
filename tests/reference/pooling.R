# Random-effects and equal-effects pools of every data set: tau2 by each estimator, intervals by each test.
source("tests/reference/lib/reference.R")
source("tests/reference/lib/datasets.R")

describe_test <- function(fit) {
  predicted <- predict(fit)
  # The contract's prediction interval: t with k - 1 df around the same standard error, whatever the test.
  reach <- qt(1 - (1 - fit$level_percent / 100) / 2, fit$k - 1) * sqrt(fit$se^2 + fit$tau2)
  list(beta = c(fit$beta), se = fit$se, stat = fit$zval, df = fit$ddf, pval = fit$pval,
       ci_lb = fit$ci.lb, ci_ub = fit$ci.ub, pi_lb_metafor = predicted$pi.lb, pi_ub_metafor = predicted$pi.ub,
       pi_lb = c(fit$beta) - reach, pi_ub = c(fit$beta) + reach)
}

q_profile <- function(fit, level) {
  bounds <- confint(fit, level = level,
                    control = list(tol = .Machine$double.eps, maxiter = 10000, tau2.max = 1e7))$random
  list(tau2_ci_lb = bounds["tau^2", "ci.lb"], tau2_ci_ub = bounds["tau^2", "ci.ub"],
       I2_ci_lb = bounds["I^2(%)", "ci.lb"], I2_ci_ub = bounds["I^2(%)", "ci.ub"],
       H2_ci_lb = bounds["H^2", "ci.lb"], H2_ci_ub = bounds["H^2", "ci.ub"])
}

# The prediction interval were the heterogeneity at the upper end of its interval.
predict_at_most <- function(set, tau2, level) {
  predicted <- predict(allow_expected(do.call(rma, list(yi = set$yi, vi = set$vi, tau2 = tau2, test = "t", level = level))))
  list(pi_lb = predicted$pi.lb, pi_ub = predicted$pi.ub)
}

describe_pool <- function(name, method, level = 95) {
  set <- datasets[[name]]
  fits <- lapply(c(z = "z", knha = "knha", adhoc = "adhoc"), function(test) {
    fit <- fit_exactly(set$yi, set$vi, method, test, level)
    fit$level_percent <- level
    fit
  })
  fit <- fits$z
  heterogeneity <- list(k = fit$k, tau2 = fit$tau2, se_tau2 = fit$se.tau2, QE = fit$QE, QE_df = fit$k - fit$p,
                        QE_pval = fit$QEp, I2 = fit$I2, H2 = fit$H2, vt = fit$vt, weights = unname(weights(fit)))
  if (method != "EE") heterogeneity <- c(heterogeneity, q_profile(fit, level))
  at_most <- if (method != "EE") list(at_most = predict_at_most(set, heterogeneity$tau2_ci_ub, level))
  c(list(dataset = name, method = method, level = level / 100), heterogeneity, at_most,
    list(tests = lapply(fits, describe_test)))
}

methods <- c("REML", "PM", "DL", "ML", "HE", "EE")
cases <- expand.grid(method = methods, name = names(datasets), stringsAsFactors = FALSE)
pools <- Map(describe_pool, cases$name, cases$method)
other_levels <- list(describe_pool("bcg", "REML", 90), describe_pool("raudenbush", "DL", 99))

write_reference("pooling", datasets = lapply(datasets, function(set) set[c("measure", "source", "study", "yi", "vi")]),
                pools = unname(c(pools, other_levels)))
