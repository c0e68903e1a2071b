# Permutation p values of meta-regression slopes: moderator rows are permuted, the effects and variances stay.
# Exact where feasible (permutations that leave the design unchanged are counted once), else Monte Carlo.
source("tests/reference/lib/reference.R")
source("tests/reference/lib/datasets.R")

first_trials <- function(name, moderators, rows) {
  set <- datasets[[name]]
  list(dataset = name, rows = rows, yi = set$yi[rows], vi = set$vi[rows], mods = set$mods[rows, moderators, drop = FALSE])
}

cases <- list(
  six_distinct = first_trials("bcg", "ablat", c(1, 2, 3, 4, 7, 12)),
  seven_with_ties = first_trials("raudenbush", "weeks_capped", c(1, 2, 4, 9, 10, 14, 19)),
  seven_two_groups = first_trials("bcg", "random", 1:7),
  thirteen_two_groups = first_trials("bcg", "random", 1:13),
  six_two_moderators = first_trials("bcg", c("ablat", "year"), c(2, 3, 4, 6, 8, 10)),
  homogeneous = first_trials("homogeneous", "fidelity", 1:6)
)

permute <- function(case, method, test, ...) {
  # Looser than the other references: p values compare statistics, and ties are taken within 1.5e-8.
  control <- if (method == "REML") list(threshold = 1e-10, maxiter = 10000) else list()
  fit <- allow_expected(rma(case$yi, case$vi, mods = as.matrix(case$mods), method = method, test = test, control = control))
  permuted <- permutest(fit, progbar = FALSE, ...)
  stopifnot(!anyNA(permuted$zval.perm))
  list(fit = fit, permuted = permuted)
}

describe <- function(name, method, test) {
  case <- cases[[name]]
  done <- permute(case, method, test, exact = TRUE)
  list(case = name, method = method, test = test, exact = TRUE, permutations = done$permuted$exact.iter,
       beta = c(done$fit$beta), stat = done$fit$zval, tau2 = done$fit$tau2, pval = done$fit$pval,
       pval_permutation = done$permuted$pval, QM = done$fit$QM, QM_pval_permutation = done$permuted$QMp,
       sorted_slope_stats = if (test == "knha") sort(done$permuted$zval.perm[[2]]))
}

settings <- expand.grid(test = c("knha", "z", "adhoc"), method = c("REML", "EE"), name = names(cases),
                        stringsAsFactors = FALSE)
exact <- unname(Map(describe, settings$name, settings$method, settings$test))

iterations <- 20000
whole_bcg <- first_trials("bcg", "ablat", 1:13)
done <- permute(whole_bcg, "REML", "knha", iter = iterations, seed = 1234)
monte_carlo <- list(case = "bcg", method = "REML", test = "knha", exact = FALSE, iterations = iterations, seed = 1234,
                    permutations_possible = done$permuted$exact.iter, beta = c(done$fit$beta), stat = done$fit$zval,
                    tau2 = done$fit$tau2, pval = done$fit$pval, pval_permutation = done$permuted$pval)

write_reference("permutation", cases = c(cases, list(bcg = whole_bcg)), exact = exact, monte_carlo = monte_carlo)
