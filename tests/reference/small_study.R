# Deletion diagnostics, tests of the funnel, trim and fill, step-function selection models, pools that grow by year: by
# metafor, on its own data sets and on four outcomes of the shipped trials (lib/shipped.csv, `synthesis effects` at one
# time; inputs only).
source("tests/reference/lib/reference.R")
source("tests/reference/lib/datasets.R")

shipped <- read.csv("tests/reference/lib/shipped.csv")
sizes <- list(
  bcg = with(dat.bcg, 1 / (1 / (tpos + tneg) + 1 / (cpos + cneg))),
  normand_smd = with(dat.normand1999, 1 / (1 / n1i + 1 / n2i)),
  molloy = dat.molloy2014$ni,
  raudenbush = with(dat.raudenbush1985, 1 / (1 / n1i + 1 / n2i))
)
for (outcome in unique(shipped$outcome)) {
  rows <- shipped[shipped$outcome == outcome, ]
  datasets[[outcome]] <- effects_set("SMD", "lib/shipped.csv", rows$yi, rows$vi, rows$trial, data.frame(year = rows$year))
  sizes[[outcome]] <- with(rows, 1 / (1 / n1 + 1 / n2))
}
outcomes <- unique(shipped$outcome)

describe_influence <- function(name, method, test, mods) {
  set <- datasets[[name]]
  X <- if (length(mods)) as.matrix(set$mods[mods]) else NULL
  fit <- fit_exactly(set$yi, set$vi, method, test, mods = X)
  found <- influence(fit)
  drawn <- baujat_numbers(fit)
  c(list(dataset = name, method = method, test = test, mods = I(mods)),
    lapply(unclass(found$inf)[c("rstudent", "dffits", "cook.d", "cov.r", "tau2.del", "QE.del", "hat", "weight")], unname),
    list(dfbetas = unname(as.matrix(as.data.frame(unclass(found$dfbs)[seq_len(fit$p)]))), influential = found$is.infl),
    drawn)
}
baujat_numbers <- function(fit) {
  pdf(NULL)
  on.exit(dev.off())
  drawn <- baujat(fit)
  list(baujat_x = drawn$x, baujat_y = drawn$y)
}

describe_funnel <- function(name, model, predictor, method, test) {
  set <- datasets[[name]]
  ni <- sizes[[name]]
  if (is.null(ni) && predictor %in% c("ninv", "sqrtninv")) return(NULL)
  keep <- if (is.null(ni)) rep(TRUE, length(set$yi)) else !is.na(ni)
  fit <- fit_exactly(set$yi[keep], set$vi[keep], method, test)
  arguments <- list(fit, predictor = predictor, model = model, ret.fit = TRUE)
  if (!is.null(ni)) arguments$ni <- ni <- ni[keep]
  found <- do.call(regtest, arguments)
  slopes <- if (model == "lm") coef(summary(found$fit))[, 1:2] else cbind(c(found$fit$beta), found$fit$se)
  list(dataset = name, keep = which(keep), ni = ni, model = model, predictor = predictor, method = method, test = test,
       statistic = found$zval, df = if (model == "rma" && test == "z") NULL else found$dfs, pval = found$pval,
       slope = slopes[2, 1], slope_se = slopes[2, 2], limit = unname(found$est), limit_se = slopes[1, 2],
       limit_lb = found$ci.lb, limit_ub = found$ci.ub)
}

describe_trim <- function(name, side, estimator, method, test) {
  set <- datasets[[name]]
  fit <- fit_exactly(set$yi, set$vi, method, test)
  found <- trimfill(fit, side = side, estimator = estimator, test = test, control = tight_control(method, set$yi))
  if (found$k0 > 0) {
    again <- fit_exactly(c(found$yi), c(found$vi), method, test)
    stopifnot(abs(again$beta - found$beta) < 1e-6)
    found[c("beta", "se", "ci.lb", "ci.ub", "tau2")] <- again[c("beta", "se", "ci.lb", "ci.ub", "tau2")]
  }
  filled <- found$fill
  list(dataset = name, side = side, estimator = estimator, method = method, test = test, k0 = found$k0, se_k0 = found$se.k0,
       p_k0 = found$p.k0, estimate = c(found$beta), se = found$se, ci_lb = found$ci.lb, ci_ub = found$ci.ub,
       tau2 = found$tau2, yi = I(c(found$yi)[filled]), vi = I(found$vi[filled]))
}

# optim stops early by default and its likelihoods have several peaks: the best of a grid of starts, each taken up again
# until it stays. Where the heterogeneity runs to 0 the model without it is fitted, whose Hessian leaves it alone.
quietly <- function(expression) {
  withCallingHandlers(expression, warning = function(w) {
    if (grepl("almost\\) equal to their lower or upper|Hessian", conditionMessage(w))) invokeRestart("muffleWarning")
  })
}
climb <- function(fit, steps, alternative, start) {
  best <- NULL
  for (again in 1:4) {
    control <- list(optimizer = "optim", optmethod = "BFGS", reltol = 1e-15, maxit = 20000, beta.init = start$beta,
                    tau2.init = start$tau2, delta.init = start$delta)
    found <- try(quietly(selmodel(fit, type = "stepfun", steps = steps, alternative = alternative, control = control, skiphet = TRUE)),
                 silent = TRUE)
    if (inherits(found, "try-error")) return(best)
    best <- found
    start <- list(beta = c(found$beta), tau2 = max(found$tau2, 1e-10), delta = pmin(pmax(found$delta, 1e-6), 99))
  }
  best
}
# An effect that was worked out from "p = .05" has its p value at a cut, up to rounding: it belongs below.
off_the_cut <- function(set, steps, alternative) {
  turn <- if (alternative == "greater") 1 else -1
  p <- pnorm(turn * set$yi / sqrt(set$vi), lower.tail = FALSE)
  at <- sapply(p, function(one) any(abs(one - steps) < 1e-9))
  set$yi[at] <- set$yi[at] * (1 + 1e-10)
  set
}
describe_selection <- function(name, steps, alternative) {
  set <- off_the_cut(datasets[[name]], steps, alternative)
  # In units of a typical standard error, or optim stops short on effects of a thousandth.
  unit <- sqrt(mean(set$vi))
  set$yi <- set$yi / unit
  set$vi <- set$vi / unit^2
  ml <- fit_exactly(set$yi, set$vi, "ML", "z")
  ee <- fit_exactly(set$yi, set$vi, "EE", "z")
  starts <- expand.grid(tau2 = c(0.02, 0.5, 1.5) * var(set$yi), delta = c(0.05, 0.4, 3))
  found <- list()
  for (fit in list(ml, ee)) for (i in seq_len(nrow(starts))) {
    start <- list(beta = c(fit$beta), tau2 = starts$tau2[i], delta = c(1, rep(starts$delta[i], length(steps))))
    found[[length(found) + 1]] <- climb(fit, steps, alternative, start)
  }
  found <- Filter(Negate(is.null), found)
  ll <- sapply(found, function(f) f$ll)
  same <- which(ll > max(ll) - 1e-7)
  flat <- same[sapply(same, function(i) found[[i]]$method == "EE")]
  best <- found[[if (length(flat)) flat[1] else which.max(ll)]]
  LRT <- max(0, 2 * (best$ll - c(logLik(ml, REML = FALSE))))
  free <- length(steps)
  list(dataset = name, steps = I(steps), alternative = alternative, estimate = unit * c(best$beta), se = unit * best$se,
       ci_lb = unit * best$ci.lb, ci_ub = unit * best$ci.ub, tau2 = unit^2 * best$tau2,
       tau2_se = if (best$method == "EE") NULL else unit^2 * best$se.tau2, delta = best$delta, delta_se = best$se.delta, LRT = LRT,
       LRT_pval = pchisq(LRT, free, lower.tail = FALSE), counts = best$ptable$k)
}

describe_growth <- function(name, method, test) {
  set <- datasets[[name]]
  order <- order(set$mods$year)
  grown <- lapply(seq_along(order)[-1], function(n) fit_exactly(set$yi[order[1:n]], set$vi[order[1:n]], method, test))
  fit <- fit_exactly(set$yi, set$vi, method, test)
  printed <- do.call(cumul, list(fit, order = set$mods$year))
  stopifnot(max(abs(printed$estimate[-1] - sapply(grown, function(f) c(f$beta)))) < 1e-5)
  list(dataset = name, method = method, test = test, year = set$mods$year[order], order = order,
       estimate = sapply(grown, function(f) c(f$beta)), se = sapply(grown, function(f) f$se),
       ci_lb = sapply(grown, function(f) f$ci.lb), ci_ub = sapply(grown, function(f) f$ci.ub),
       tau2 = sapply(grown, function(f) f$tau2))
}

cross <- function(f, ...) {
  cases <- expand.grid(..., stringsAsFactors = FALSE, KEEP.OUT.ATTRS = FALSE)
  Filter(Negate(is.null), unname(do.call(Map, c(list(f), cases))))
}

designs <- list(list("bcg", character()), list("bcg", "ablat"), list("bcg", c("ablat", "year")), list("raudenbush", character()),
                list("raudenbush", "weeks_capped"), list("hackshaw", character()), list("normand_smd", character()),
                list("bangertdrowns", c("length", "feedback")), list("homogeneous", character()), list("three_unequal", character()),
                list("recovery", character()), list("quality_of_life", character()), list("symptoms", "year"),
                list("depression", character()))
models <- data.frame(method = c("REML", "REML", "REML", "ML", "DL", "PM", "EE"),
                     test = c("z", "knha", "adhoc", "z", "adhoc", "z", "z"))
influences <- list()
for (design in designs) for (i in seq_len(nrow(models))) {
  # Without one effect the likelihood of this model has two peaks, .002 apart in height.
  if (models$method[i] == "ML" && length(design[[2]]) == 2 && design[[1]] == "bcg") next
  influences[[length(influences) + 1]] <- describe_influence(design[[1]], models$method[i], models$test[i], design[[2]])
}
many <- c("bcg", "raudenbush", "hackshaw", "molloy", "normand_smd", "curtis_rom", "homogeneous", outcomes)
funnels <- c(
  cross(describe_funnel, name = many, model = "lm", predictor = c("sei", "vi", "ninv", "sqrtninv"), method = "REML", test = "z"),
  cross(describe_funnel, name = many, model = "rma", predictor = c("sei", "sqrtninv"), method = "REML", test = c("z", "adhoc")),
  cross(describe_funnel, name = c("bcg", "recovery", "depression"), model = "rma", predictor = "sei", method = c("DL", "ML"),
        test = c("z", "knha")))
trimmed <- c("bcg", "raudenbush", "hackshaw", "molloy", outcomes)
trims <- c(
  cross(describe_trim, name = trimmed, side = c("left", "right"), estimator = c("L0", "R0", "Q0"), method = "REML", test = "z"),
  cross(describe_trim, name = trimmed, side = c("left", "right"), estimator = "L0", method = c("DL", "ML"), test = c("z", "adhoc")))
greater <- c("raudenbush", "hackshaw", "curtis_rom", "molloy", "bangertdrowns", "recovery", "quality_of_life")
less <- c("bcg", "normand_smd", "normand_md", "li_rd", "pignon_hr", "symptoms", "depression")
selections <- c(
  Map(describe_selection, rep(greater, each = 2), rep(list(0.025, c(0.025, 0.5)), length(greater)), "greater"),
  Map(describe_selection, rep(less, each = 2), rep(list(0.025, c(0.025, 0.5)), length(less)), "less"))
growths <- cross(describe_growth, name = c("bcg", "hackshaw", outcomes), method = c("REML", "DL"), test = c("z", "adhoc"))

write_reference("small_study", datasets = lapply(datasets, `[`, c("measure", "source", "yi", "vi", "mods")), influence = influences,
                funnel = funnels, trim_and_fill = trims, selection = unname(selections), cumulative = growths)
