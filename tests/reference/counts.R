# Pools of events: rma.mh and rma.peto on their own data sets, and what R's metabin and RevMan make of the same pieces.
# Package meta is not needed: the random-effects pool is written out below from its documented formula (method = "MH",
# method.tau = "DL", Q.Cochrane = TRUE), on the Mantel-Haenszel estimate that rma.mh gives.
source("tests/reference/lib/reference.R")

complete <- function(data, ai, n1i, ci, n2i) {
  table <- data.frame(events1 = data[[ai]], n1 = data[[n1i]], events2 = data[[ci]], n2 = data[[n2i]])
  as.data.frame(lapply(table[stats::complete.cases(table), ], as.numeric))
}
bcg <- transform(dat.bcg, n1 = tpos + tneg, n2 = cpos + cneg)
collins <- transform(dat.collins1985a, a = b.xti, n1 = nti, c = b.xci, n2 = nci)
sets <- list(
  nielweise = complete(dat.nielweise2007, "ai", "n1i", "ci", "n2i"),
  collins = complete(collins, "a", "n1", "c", "n2"),
  yusuf_6 = complete(subset(dat.yusuf1985, table == "6"), "ai", "n1i", "ci", "n2i"),
  yusuf_11 = complete(subset(dat.yusuf1985, table == "11"), "ai", "n1i", "ci", "n2i"),
  li = complete(dat.li2007, "ai", "n1i", "ci", "n2i"),
  hine = complete(dat.hine1989, "ai", "n1i", "ci", "n2i"),
  bcg = complete(bcg, "tpos", "n1", "cpos", "n2"),
  # Zero in one arm, in the other, in both, everyone in one arm, in both, everyone against nobody.
  edges = data.frame(events1 = c(0, 3, 0, 20, 20, 7, 12), n1 = c(20, 20, 40, 20, 20, 7, 60),
                     events2 = c(4, 0, 0, 15, 25, 0, 15), n2 = c(25, 25, 40, 25, 25, 9, 55)),
  one = data.frame(events1 = 3, n1 = 40, events2 = 5, n2 = 38)
)

pooled <- function(fit, own, weights) {
  k <- sum(!is.na(own$yi))
  w <- 1 / own$vi
  # Q about the pool over this project's own effects (by_counts); rma.mh's where these are escalc's.
  Q <- sum(w * (own$yi - fit$estimate)^2, na.rm = TRUE)
  c(fit[c("estimate", "se", "zval", "pval", "ci_lb", "ci_ub")],
    list(k = k, Q = Q, Q_df = k - 1, Q_pval = if (k > 1) pchisq(Q, k - 1, lower.tail = FALSE) else NA, weights = weights))
}
numbers <- function(fit) list(estimate = c(fit$beta), se = fit$se, zval = fit$zval, pval = fit$pval, ci_lb = fit$ci.lb,
                              ci_ub = fit$ci.ub, QE = fit$QE, k_yi = fit$k.yi)
quietly <- function(expression) {
  withCallingHandlers(expression, warning = function(w) {
    if (grepl("yi/vi values are NA|Tables with NAs", conditionMessage(w))) invokeRestart("muffleWarning")
  })
}
wald <- function(estimate, variance) {
  se <- sqrt(variance)
  list(estimate = estimate, se = se, zval = estimate / se, pval = 2 * pnorm(abs(estimate / se), lower.tail = FALSE),
       ci_lb = estimate - qnorm(0.975) * se, ci_ub = estimate + qnorm(0.975) * se)
}
dersimonian_laird <- function(mean, own) {
  own <- data.frame(own)[!is.na(own$yi), ]
  w <- 1 / own$vi
  Q <- sum(w * (own$yi - mean)^2)
  tau2 <- if (nrow(own) > 1) max(0, (Q - (nrow(own) - 1)) / (sum(w) - sum(w^2) / sum(w))) else NA
  fit <- rma(own$yi, own$vi, tau2 = if (is.na(tau2)) 0 else tau2, method = "DL")
  c(wald(c(fit$beta), fit$se^2), list(Q = Q, tau2 = tau2, weights = unname(weights(fit))))
}

describe <- function(name) {
  d <- sets[[name]]
  made <- list()
  for (measure in c("RR", "OR", "RD")) {
    own <- with(d, by_counts(measure, events1, n1, events2, n2))
    told <- !is.na(own$yi)
    fit_with <- function(add, to) quietly(with(d[told, ], rma.mh(ai = events1, n1i = n1, ci = events2, n2i = n2,
                                                    measure = measure, add = add, to = to, drop00 = FALSE)))
    exact <- fit_with(c(1/2, 0), c("only0", "none"))
    weights <- rep(0, nrow(d))
    weights[told] <- unname(weights(exact, type = "diagonal"))
    default <- quietly(with(d, rma.mh(ai = events1, n1i = n1, ci = events2, n2i = n2, measure = measure)))
    # RevMan: the half in the pool of ratios too; a risk difference pooled without it, with the variance of Greenland and
    # Robins (1985), and with it in the variance of each trial with a zero cell, which Q and the random weights rest on.
    halved <- fit_with(c(1/2, 1/2), c("only0", "only0"))
    revman <- numbers(halved)
    own_revman <- own
    if (measure == "RD") {
      J <- with(d, (events1 * (n1 - events1) * n2^3 + events2 * (n2 - events2) * n1^3) / (n1 * n2 * (n1 + n2)^2))
      revman <- wald(c(exact$beta), sum(J) / with(d, sum(n1 * n2 / (n1 + n2)))^2)
      own_revman$vi <- with(d, escalc("RD", ai = events1, n1i = n1, ci = events2, n2i = n2))$vi
    }
    made[[measure]] <- list(
      rma_mh = numbers(default),
      MH = pooled(numbers(exact), own, weights),
      `MH-DL` = dersimonian_laird(c(exact$beta), own),
      `MH-REVMAN` = revman[c("estimate", "se", "pval", "ci_lb", "ci_ub")],
      `MH-DL-REVMAN` = dersimonian_laird(revman$estimate, own_revman))
  }
  own <- with(d, by_counts("PETO", events1, n1, events2, n2))
  told <- !is.na(own$yi)
  fit <- with(d[told, ], rma.peto(ai = events1, n1i = n1, ci = events2, n2i = n2, add = 0, to = "none"))
  weights <- rep(0, nrow(d))
  weights[told] <- unname(weights(fit, type = "diagonal"))
  made$OR$PETO <- pooled(numbers(fit), own, weights)
  list(tables = as.list(d), pools = made)
}

write_reference("counts", sets = sapply(names(sets), describe, simplify = FALSE))
