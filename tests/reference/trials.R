# From a contributor's CSV files to a pool, by metafor: what tests/trials/valid must give, and invented rows for what it lacks.
# Nothing of the package is used. The rules are the contract's (sections 1 and 2) and the Handbook's (6.5.2.3, 23.1.4, 23.3.4);
# every number comes from escalc, aggregate.escalc and rma.
source("tests/reference/lib/reference.R")

root <- "tests/trials/valid/data"
default_icc <- 0.05
rho <- 0.6
# How figures of models are read: as their source prints them, or by the readings of a root.
as_printed_figures <- list(r = NA, t = FALSE, df = FALSE, adjusted = FALSE)
readings <- as_printed_figures
# Columns that a trial's outcomes.csv need not have.
optional <- c("scoring", "period", "clusters_modelled", "read_from")

cells <- function(...) read.csv(file.path(root, ...), colClasses = "character", na.strings = "", check.names = FALSE)
as_numbers <- function(table) {
  counted <- c("timepoint_months", "icc", "cluster_size", "degrees_of_freedom", "p_value", "statistic_value", "estimate",
               "standard_error", "ci_lower", "ci_upper", paste0(rep(c("n", "mean", "sd", "events"), 2), "_",
                                                               rep(c("intervention", "comparator"), each = 4)))
  for (name in intersect(counted, names(table))) table[[name]] <- as.numeric(table[[name]])
  table
}

# Decisions, one at a time in the order of the file.
decide <- function(rows, decisions) {
  rows$excluded <- FALSE
  rows$sign <- 1
  for (i in seq_len(nrow(decisions))) {
    d <- decisions[i, ]
    hit <- rows$outcome == d$outcome
    if (!is.na(d$instrument)) hit <- hit & rows$instrument == d$instrument
    if (!is.na(d$timepoint_months)) hit <- hit & rows$timepoint_months == as.numeric(d$timepoint_months)
    if (d$decision == "exclude") rows$excluded[hit] <- TRUE
    if (d$decision == "flip_sign") rows$sign[hit] <- -rows$sign[hit]
    if (d$decision == "read_sd_as_se") for (arm in c("intervention", "comparator")) {
      if (!is.na(d$column) && d$column != paste0("sd_", arm)) next
      n <- ifelse(is.na(rows[[paste0("n_", arm)]]), rows[[paste0("randomised_", arm)]], rows[[paste0("n_", arm)]])
      rows[hit, paste0("sd_", arm)] <- rows[hit, paste0("sd_", arm)] * sqrt(n[hit])
    }
    if (d$decision == "swap_arms") for (figure in c("n", "mean", "sd", "events")) {
      pair <- paste0(figure, "_", c("intervention", "comparator"))
      rows[hit, pair] <- rows[hit, rev(pair)]
    }
    if (d$decision == "set") {
      value <- if (is.numeric(rows[[d$column]])) as.numeric(d$value) else d$value
      rows[hit, d$column] <- value
    }
  }
  rows
}

# Numbers randomised stand in for numbers analysed that a row does not print.
stand_in <- function(rows) {
  for (arm in c("intervention", "comparator")) {
    n <- paste0("n_", arm)
    absent <- is.na(rows[[n]])
    rows[absent, n] <- rows[absent, paste0("randomised_", arm)]
  }
  rows
}

# One row's effect on its instrument's own scale, by the first route that answers.
number <- function(found) c(yi = as.numeric(found$yi), vi = found$vi)
known <- function(...) !anyNA(c(...))
yes <- function(cell) identical(as.character(cell), "yes")
# Degrees of freedom behind a row's t, F or p: as printed, or of the sizes; NULL leaves them to escalc.
printed_df <- function(r) {
  if (!readings$df || is.na(r$degrees_of_freedom) || r$test_statistic %in% c("z", "chi2")) NULL else r$degrees_of_freedom
}
interval_se <- function(r, ratio) {
  if (known(r$standard_error)) return(r$standard_error)
  ends <- c(r$ci_lower, r$ci_upper)
  if (anyNA(ends)) return(NA)
  df <- if (is.null(printed_df(r))) r$n_intervention + r$n_comparator - 2 else printed_df(r)
  few <- known(r$n_intervention, r$n_comparator) && max(r$n_intervention, r$n_comparator) < 60
  by_t <- readings$t && few && r$effect_measure == "MD"
  diff(if (ratio) log(ends) else ends) / (2 * if (by_t) qt(0.975, df) else qnorm(0.975))
}
# From the SD that an SMD rests on to the one between people, as two variances: of residuals, of changes.
between <- function(r, found, adjusted) {
  if (is.na(readings$r)) return(found)
  variance <- if (adjusted && yes(r$adjusted)) 1 - readings$r^2 else if (yes(r$change)) 1 + 1 - 2 * readings$r else 1
  c(found["yi"] * sqrt(variance), found["vi"] * variance)
}
direction <- function(r) {
  word <- c(favours_intervention = 1, favours_comparator = -1)[as.character(r$reported_direction)]
  if (is.na(word)) NA else unname(word) * (if (r$instrument_better == "lower") -1 else 1)
}

J <- function(df) exp(lgamma(df / 2) - log(sqrt(df / 2)) - lgamma((df - 1) / 2))

row_effect <- function(r, measure) {
  ratio_kinds <- c("OR", "RR", "HR", "IRR")
  if (measure %in% c("MD", "SMD", "ROM") &&
      known(r$mean_intervention, r$sd_intervention, r$n_intervention, r$mean_comparator, r$sd_comparator, r$n_comparator)) {
    found <- escalc(measure, m1i = r$mean_intervention, sd1i = r$sd_intervention, n1i = r$n_intervention,
                    m2i = r$mean_comparator, sd2i = r$sd_comparator, n2i = r$n_comparator)
    preferred <- readings$adjusted && yes(r$adjusted) && known(r$estimate) && r$effect_measure %in% c(measure, "MD")
    found <- if (measure == "SMD") between(r, number(found), FALSE) else number(found)
    if (!preferred || is.na(interval_se(r, FALSE))) return(c(found, route = 1))
  }
  counts <- known(r$events_intervention, r$n_intervention, r$events_comparator, r$n_comparator)
  if (counts && measure %in% c("RR", "OR", "RD", "SMD")) {
    found <- by_counts(if (measure == "SMD") "OR2DL" else measure, ai = r$events_intervention, n1i = r$n_intervention,
                       ci = r$events_comparator, n2i = r$n_comparator)
    return(if (is.na(found$yi)) NULL else c(number(found), route = 2))
  }
  # A test of a model that allows for the clusters is read on the effective sample sizes (Handbook 23.1.4).
  effective <- if (identical(r$clusters_modelled, "yes")) r$design_effect else 1
  by_t <- function(t) {
    n1 <- r$n_intervention / effective
    n2 <- r$n_comparator / effective
    g <- as.numeric(escalc("SMD", ti = t, n1i = n1, n2i = n2)$yi)
    if (!is.null(printed_df(r))) g <- g * J(printed_df(r)) / J(n1 + n2 - 2)
    between(r, c(yi = g, vi = 1 / n1 + 1 / n2 + g^2 / (2 * (n1 + n2))), TRUE)
  }
  if (known(r$estimate, r$effect_measure)) {
    kind <- r$effect_measure
    value <- if (kind %in% ratio_kinds) log(r$estimate) else r$estimate
    se <- interval_se(r, kind %in% ratio_kinds)
    if (is.na(se) && known(r$statistic_value) && r$test_statistic %in% c("t", "z")) se <- abs(value / r$statistic_value)
    if (is.na(se) && known(r$p_value)) {
      df <- if (is.null(printed_df(r))) r$n_intervention + r$n_comparator - 2 else printed_df(r)
      se <- abs(value) / (if (kind %in% ratio_kinds || is.na(df)) qnorm(r$p_value / 2, lower.tail = FALSE)
                          else qt(r$p_value / 2, df, lower.tail = FALSE))
    }
    if (known(se)) {
      if (kind == measure) return(c(yi = value, vi = se^2, route = 3))
      if (measure == "SMD" && kind == "OR") return(c(yi = value * sqrt(3) / pi, vi = se^2 * 3 / pi^2, route = 3))
      if (measure == "SMD" && kind == "MD") {
        if (known(r$sd_intervention, r$sd_comparator, r$n_intervention, r$n_comparator)) {
          pooled <- escalc("SMD", m1i = value, sd1i = r$sd_intervention, n1i = r$n_intervention,
                           m2i = 0, sd2i = r$sd_comparator, n2i = r$n_comparator)
          g <- as.numeric(pooled$yi)
          df <- r$n_intervention + r$n_comparator - 2
          sd <- sqrt(((r$n_intervention - 1) * r$sd_intervention^2 + (r$n_comparator - 1) * r$sd_comparator^2) / df)
          return(c(between(r, c(yi = g, vi = (se / sd)^2 + g^2 / (2 * (df + 2))), FALSE), route = 3))
        }
        if (known(r$n_intervention, r$n_comparator)) return(c(by_t(value / se), route = 3))
      }
    }
  }
  if (measure != "SMD" || !known(r$n_intervention, r$n_comparator)) return(NULL)
  side <- direction(r)
  if (known(r$statistic_value, r$test_statistic)) {
    if (r$test_statistic %in% c("t", "z")) {
      t <- if (is.na(side)) r$statistic_value else side * abs(r$statistic_value)
      return(c(by_t(t), route = 4))
    }
    one <- r$test_statistic == "F" || is.na(r$degrees_of_freedom) || r$degrees_of_freedom == 1
    if (one && !is.na(side)) return(c(by_t(side * sqrt(r$statistic_value)), route = 4))
  }
  if (known(r$p_value)) {
    if (is.na(side) && known(r$mean_intervention, r$mean_comparator)) side <- sign(r$mean_intervention - r$mean_comparator)
    df <- if (is.null(printed_df(r))) (r$n_intervention + r$n_comparator) / effective - 2 else printed_df(r)
    t <- qt(r$p_value / 2, df, lower.tail = FALSE)
    if (!is.na(side)) return(c(by_t(side * t), route = 5))
  }
  NULL
}

with_effects <- function(rows, measure) {
  for (i in seq_len(nrow(rows))) {
    r <- rows[i, ]
    found <- row_effect(r, measure)
    if (is.null(found)) next
    rows$yi[i] <- found["yi"] * r$sign * (if (r$instrument_better == r$better) 1 else -1)
    of_a_cluster_model <- identical(r$clusters_modelled, "yes") && found["route"] >= 3
    rows$vi[i] <- found["vi"] * (if (of_a_cluster_model) 1 else r$design_effect)
    rows$route[i] <- found["route"]
  }
  rows
}

# One row a comparison, shared arms divided.
select_rows <- function(rows, timepoint) {
  if (timepoint == "all") return(rows)
  target <- if (timepoint == "longest") Inf else as.numeric(sub("closest:", "", timepoint))
  distance <- if (is.infinite(target)) -rows$timepoint_months else abs(rows$timepoint_months - target)
  change <- !is.na(rows$change) & rows$change == "yes"
  rows <- rows[order(distance, -rows$timepoint_months, rows$preference, change, rows$place), ]
  rows <- rows[!duplicated(rows[c("trial", "intervention_arm", "comparator_arm")]), ]
  rows[order(rows$place), ]
}

divide_shared <- function(rows, measure) {
  pairs <- unique(rows[c("trial", "intervention_arm", "comparator_arm")])
  uses <- function(side) {
    column <- paste0(side, "_arm")
    mapply(function(trial, arm) sum(pairs$trial == trial & pairs[[column]] == arm), rows$trial, rows[[column]])
  }
  times <- list(intervention = uses("intervention"), comparator = uses("comparator"))
  several <- times$intervention > 1 | times$comparator > 1
  if (!any(several)) return(rows)
  divided <- rows
  for (side in names(times)) for (figure in c("n", "events"))
    divided[[paste0(figure, "_", side)]] <- divided[[paste0(figure, "_", side)]] / times[[side]]
  divided <- with_effects(divided, measure)
  grown <- with(rows, (times$intervention / n_intervention + times$comparator / n_comparator) /
                        (1 / n_intervention + 1 / n_comparator))
  from_arms <- several & rows$route <= 2
  rows$yi[from_arms] <- divided$yi[from_arms]
  rows$vi[from_arms] <- divided$vi[from_arms]
  rows$vi[several & !from_arms] <- (rows$vi * grown)[several & !from_arms]
  rows
}

effects_of <- function(rows, measure, timepoint) {
  rows <- with_effects(rows, measure)
  rows <- rows[!is.na(rows$yi) & !is.na(rows$vi) & !rows$excluded, ]
  if (nrow(rows) == 0) return(NULL)
  rows <- divide_shared(select_rows(rows, timepoint), measure)
  rows$comparison <- paste(rows$trial, rows$intervention_arm, rows$comparator_arm)
  if (timepoint == "all" && anyDuplicated(rows$comparison)) {
    set <- escalc(measure = "GEN", yi = yi, vi = vi, data = rows[c("comparison", "trial", "yi", "vi")])
    rows <- as.data.frame(aggregate(set, cluster = comparison, struct = "CS", rho = rho, weighted = FALSE))
  }
  rows <- rows[order(rows$comparison), ]
  list(comparison = I(rows$comparison), yi = I(as.numeric(rows$yi)), vi = I(rows$vi), pools = pools_of(as.numeric(rows$yi), rows$vi))
}

pools_of <- function(yi, vi) {
  if (length(yi) < 2) return(NULL)
  fits <- list(REML = "REML", DL = "DL")
  lapply(fits, function(method) {
    fit <- fit_exactly(yi, vi, method, "adhoc")
    half <- qt(0.975, fit$k - 1) * sqrt(fit$se^2 + fit$tau2)
    list(estimate = as.numeric(fit$beta), se = fit$se, ci_lb = fit$ci.lb, ci_ub = fit$ci.ub, pval = fit$pval, tau2 = fit$tau2,
         I2 = fit$I2, Q = fit$QE, pi_lb = as.numeric(fit$beta) - half, pi_ub = as.numeric(fit$beta) + half)
  })
}

prepare <- function(rows, outcomes, instruments, design = NA, randomised = NULL) {
  if (is.null(rows$design)) rows$design <- design
  rows$better <- outcomes$better[match(rows$outcome, outcomes$outcome)]
  key <- match(paste(rows$instrument, rows$outcome), paste(instruments$instrument, instruments$outcome))
  rows$instrument_better <- instruments$better[key]
  rows$preference <- key
  rows$place <- seq_len(nrow(rows))
  icc <- ifelse(is.na(rows$icc), default_icc, rows$icc)
  # A size that another row of the trial prints for the outcome stands in; without any the row cannot be pooled.
  other <- ave(rows$cluster_size, rows$trial, rows$outcome, FUN = function(size) median(size, na.rm = TRUE))
  size <- ifelse(is.na(rows$cluster_size), other, rows$cluster_size)
  rows$design_effect <- ifelse(rows$design == "cluster", 1 + (size - 1) * icc, 1)
  rows$yi <- NA_real_
  rows$vi <- NA_real_
  rows$route <- NA_real_
  rows
}

# The valid data root, read from its files.
trials <- sort(list.files(file.path(root, "trials")))
read_trial <- function(trial, as_printed) {
  rows <- as_numbers(cells("trials", trial, "outcomes.csv"))
  for (name in setdiff(optional, names(rows))) rows[[name]] <- NA
  rows <- rows[union(optional, names(rows))]
  rows$trial <- trial
  rows$design <- cells("trials", trial, "trial.csv")$design
  arms <- cells("trials", trial, "arms.csv")
  for (side in c("intervention", "comparator"))
    rows[[paste0("randomised_", side)]] <- as.numeric(arms$n_randomised[match(rows[[paste0(side, "_arm")]], arms$arm)])
  has_decisions <- !as_printed && file.exists(file.path(root, "trials", trial, "decisions.csv"))
  stand_in(decide(rows, if (has_decisions) cells("trials", trial, "decisions.csv") else data.frame()))
}
codebook <- list(outcomes = cells("codebook", "outcomes.csv"), instruments = cells("codebook", "instruments.csv"))

valid <- list()
for (as_printed in c(FALSE, TRUE)) {
  everything <- prepare(do.call(rbind, lapply(trials, read_trial, as_printed = as_printed)), codebook$outcomes, codebook$instruments)
  asked <- rbind(expand.grid(outcome = codebook$outcomes$outcome, measure = NA, timepoint = c("longest", "closest:6", "all"),
                             stringsAsFactors = FALSE),
                 data.frame(outcome = c("readmission", "readmission", "readmission", "readmission", "recovery", "symptoms"),
                            measure = c("OR", "RD", "SMD", "HR", "MD", "RD"), timepoint = "longest"))
  for (i in seq_len(nrow(asked))) {
    a <- asked[i, ]
    measure <- if (is.na(a$measure)) codebook$outcomes$measure[codebook$outcomes$outcome == a$outcome] else a$measure
    found <- effects_of(everything[everything$outcome == a$outcome, ], measure, a$timepoint)
    valid[[length(valid) + 1]] <- c(list(outcome = a$outcome, measure = measure, timepoint = a$timepoint, as_printed = as_printed),
                                    found)
  }
}

# Invented rows for what the valid root has no case of.
sample_outcomes <- data.frame(outcome = c("recovery", "symptoms", "readmission", "employment", "bed_days"),
                              better = c("higher", "lower", "lower", "higher", "lower"))
sample_instruments <- data.frame(
  instrument = c("Recovery Scale", "Recovery Questionnaire", "Distress Scale", "Symptom Scale", "Wellness Scale", "admission",
                 "community stay", "paid work", "bed days"),
  outcome = c("recovery", "recovery", "recovery", "symptoms", "symptoms", "readmission", "readmission", "employment", "bed_days"),
  better = c("higher", "higher", "lower", "lower", "higher", "lower", "higher", "higher", "lower"))
columns <- union(optional, c(names(cells("trials", trials[1], "outcomes.csv")), "trial", "design"))
defaults <- list(trial = "ash2001sample", design = "parallel", outcome = "recovery", instrument = "Recovery Scale",
                 timepoint_months = 12, intervention_arm = "peer", comparator_arm = "control")
row_of <- function(...) {
  row <- as.data.frame(as.list(setNames(rep(NA, length(columns)), columns)))
  given <- modifyList(defaults, list(...))
  row[names(given)] <- given
  as_numbers(row)
}
means <- function(m1, sd1, n1, m2, sd2, n2, ...) row_of(mean_intervention = m1, sd_intervention = sd1, n_intervention = n1,
  mean_comparator = m2, sd_comparator = sd2, n_comparator = n2, ...)
events <- function(a, n1, c, n2, ...) do.call(row_of, modifyList(list(outcome = "readmission", instrument = "admission",
  events_intervention = a, n_intervention = n1, events_comparator = c, n_comparator = n2), list(...)))
sizes <- function(n1, n2, ...) row_of(n_intervention = n1, n_comparator = n2, ...)
second <- "birch2002sample"

cases <- list(
  md_in_days = list("bed_days", "MD", "longest", list(means(12.5, 20, 60, 18.25, 26, 55, outcome = "bed_days", instrument = "bed days"),
    sizes(40, 41, outcome = "bed_days", instrument = "bed days", trial = second, effect_measure = "MD", estimate = -3.5, ci_lower = -8.1,
          ci_upper = 1.1))),
  rom_of_days = list("bed_days", "ROM", "longest", list(means(12.5, 20, 60, 18.25, 26, 55, outcome = "bed_days", instrument = "bed days"))),
  turned_scale = list("symptoms", "SMD", "longest", list(means(30, 8, 45, 26, 9, 40, outcome = "symptoms", instrument = "Wellness Scale"))),
  turned_ratio = list("readmission", "RR", "longest", list(events(40, 50, 30, 50, instrument = "community stay"))),
  printed_ratio = list("employment", "RR", "longest", list(
    sizes(80, 82, outcome = "employment", instrument = "paid work", effect_measure = "RR", estimate = 1.4, ci_lower = 0.95, ci_upper = 2.06),
    sizes(50, 50, trial = second, outcome = "employment", instrument = "paid work", effect_measure = "RR", estimate = 1.25, p_value = 0.2))),
  both_zero = list("readmission", "RR", "longest", list(events(0, 25, 0, 30), events(25, 25, 20, 30, trial = second))),
  risk_difference = list("readmission", "RD", "longest", list(events(0, 25, 3, 30), events(6, 25, 9, 30, trial = second))),
  events_as_smd = list("recovery", "SMD", "longest", list(events(14, 30, 9, 32, outcome = "recovery", instrument = "Recovery Scale"),
    events(14, 30, 9, 32, outcome = "recovery", instrument = "Distress Scale", trial = second))),
  odds_ratio_as_smd = list("symptoms", "SMD", "longest", list(
    sizes(70, 71, outcome = "symptoms", instrument = "Symptom Scale", effect_measure = "OR", estimate = 0.6, ci_lower = 0.31, ci_upper = 1.16),
    sizes(70, 71, outcome = "symptoms", instrument = "Wellness Scale", trial = second, effect_measure = "OR", estimate = 1.8,
          standard_error = 0.4))),
  md_with_sds = list("recovery", "SMD", "longest", list(sizes(48, 52, sd_intervention = 11, sd_comparator = 13, effect_measure = "MD",
    estimate = 4.2, ci_lower = 0.4, ci_upper = 8, adjusted = "yes"))),
  md_through_t = list("symptoms", "SMD", "longest", list(sizes(48, 52, outcome = "symptoms", instrument = "Symptom Scale",
    effect_measure = "MD", estimate = -4.2, standard_error = 1.9))),
  md_with_p = list("recovery", "SMD", "longest", list(sizes(48, 52, effect_measure = "MD", estimate = -1.2, p_value = 0.31),
    sizes(48, 52, effect_measure = "MD", estimate = 1.2, test_statistic = "t", statistic_value = 1.7, trial = second))),
  tests_with_direction = list("symptoms", "SMD", "longest", list(
    sizes(33, 35, outcome = "symptoms", instrument = "Symptom Scale", test_statistic = "F", statistic_value = 5.1, degrees_of_freedom = 66,
          reported_direction = "favours_intervention"),
    sizes(33, 35, outcome = "symptoms", instrument = "Wellness Scale", test_statistic = "F", statistic_value = 5.1,
          degrees_of_freedom = 66, reported_direction = "favours_intervention", trial = second),
    sizes(33, 35, outcome = "symptoms", instrument = "Symptom Scale", test_statistic = "t", statistic_value = 2.2,
          reported_direction = "favours_intervention", trial = "cedar2003sample"),
    sizes(33, 35, outcome = "symptoms", instrument = "Symptom Scale", test_statistic = "z", statistic_value = -1.1,
          trial = "damson2004sample"),
    sizes(33, 35, outcome = "symptoms", instrument = "Symptom Scale", p_value = 0.02, reported_direction = "favours_comparator",
          trial = "elder2005sample"))),
  p_with_means = list("recovery", "SMD", "longest", list(sizes(33, 35, mean_intervention = 10, mean_comparator = 12, p_value = 0.11))),
  changes_and_instruments = list("recovery", "SMD", "longest", list(
    means(3, 5, 30, 1, 6, 31, change = "yes"), means(50, 9, 30, 49, 8, 31, change = "no", instrument = "Recovery Questionnaire"),
    means(3, 5, 30, 1, 6, 31, change = "yes", trial = second))),
  closest_time = list("recovery", "SMD", "closest:8", list(means(10, 4, 30, 9, 4, 31, timepoint_months = 4),
    means(11, 4, 28, 9, 4, 29, timepoint_months = 12), means(12, 4, 27, 9, 4, 27, timepoint_months = 24))),
  shared_control_of_three = list("recovery", "SMD", "longest", list(means(14, 4, 40, 12, 5, 50), means(13, 4, 38, 12, 5, 50,
    intervention_arm = "peer2"), means(15, 5, 41, 12, 5, 50, intervention_arm = "peer3"))),
  shared_intervention = list("readmission", "OR", "longest", list(events(9, 40, 15, 41), events(9, 40, 11, 39, comparator_arm = "waiting"))),
  shared_and_printed = list("recovery", "SMD", "longest", list(
    sizes(40, 60, effect_measure = "SMD", estimate = 0.3, standard_error = 0.21),
    sizes(42, 60, effect_measure = "SMD", estimate = 0.1, standard_error = 0.2, intervention_arm = "peer2"))),
  all_times_and_a_shared_control = list("recovery", "SMD", "all", list(
    means(14, 4, 40, 12, 5, 50), means(13, 4, 38, 12, 5, 50, intervention_arm = "peer2"),
    means(14.5, 4, 36, 12, 5, 47, timepoint_months = 24), means(20, 7, 40, 23, 8, 50, instrument = "Distress Scale"),
    means(8, 3, 25, 7, 3, 26, trial = second))),
  cluster_means = list("recovery", "SMD", "longest", list(means(14, 4, 140, 12, 5, 150, design = "cluster", cluster_size = 20.5),
    means(14, 4, 140, 12, 5, 150, design = "cluster", cluster_size = 12, icc = 0.01, trial = second))),
  cluster_events = list("readmission", "RR", "longest", list(events(20, 140, 30, 150, design = "cluster", cluster_size = 10, icc = 0.02))),
  cluster_models = list("recovery", "SMD", "longest", list(
    sizes(110, 108, design = "cluster", cluster_size = 15, icc = 0.03, effect_measure = "SMD", estimate = 0.2, standard_error = 0.17,
          adjusted = "yes", clusters_modelled = "yes"),
    sizes(110, 108, design = "cluster", cluster_size = 15, icc = 0.03, effect_measure = "SMD", estimate = 0.2, standard_error = 0.14,
          adjusted = "yes", clusters_modelled = "no", trial = second),
    sizes(110, 108, design = "cluster", cluster_size = 15, icc = 0.03, effect_measure = "MD", estimate = 3.1, ci_lower = -0.2,
          ci_upper = 6.4, adjusted = "yes", clusters_modelled = "yes", trial = "cedar2003sample"),
    sizes(110, 108, design = "cluster", cluster_size = 15, icc = 0.03, effect_measure = "MD", estimate = 3.1, ci_lower = -0.2,
          ci_upper = 6.4, adjusted = "no", clusters_modelled = "yes", trial = "damson2004sample"),
    sizes(110, 108, design = "cluster", cluster_size = 15, test_statistic = "t", statistic_value = 1.9, adjusted = "yes",
          trial = "gean2007sample"),
    sizes(110, 108, design = "cluster", cluster_size = 15, test_statistic = "t", statistic_value = 1.9, adjusted = "yes", clusters_modelled = "yes",
          trial = "elder2005sample"),
    sizes(110, 108, design = "cluster", cluster_size = 15, p_value = 0.04, adjusted = "yes", clusters_modelled = "yes",
          reported_direction = "favours_comparator", trial = "fir2006sample"))))

# The same rows in a root whose review states its readings.
own <- list(r = 0.6, t = TRUE, df = TRUE, adjusted = FALSE)
read <- list(
  residual_sd = list(own, "recovery", "SMD", "longest", list(
    sizes(30, 34, test_statistic = "t", statistic_value = 2.4, degrees_of_freedom = 61, adjusted = "yes"),
    sizes(30, 34, test_statistic = "F", statistic_value = 2.4, degrees_of_freedom = 57.5, adjusted = "yes",
          reported_direction = "favours_comparator", trial = second),
    sizes(30, 34, p_value = 0.03, adjusted = "yes", reported_direction = "favours_intervention", trial = "cedar2003sample"),
    sizes(130, 134, effect_measure = "MD", estimate = 3.4, ci_lower = 0.2, ci_upper = 6.6, adjusted = "yes",
          trial = "damson2004sample"),
    sizes(30, 34, test_statistic = "t", statistic_value = 2.4, adjusted = "no", trial = "elder2005sample"))),
  never_corrected = list(own, "recovery", "SMD", "longest", list(
    sizes(30, 34, effect_measure = "SMD", estimate = 0.4, standard_error = 0.21, adjusted = "yes"),
    sizes(148, 152, sd_intervention = 11, sd_comparator = 13, effect_measure = "MD", estimate = 4.2, ci_lower = 0.4, ci_upper = 8,
          adjusted = "yes", trial = second),
    means(14, 4, 40, 12, 5, 50, adjusted = "yes", trial = "cedar2003sample"))),
  changes = list(own, "recovery", "SMD", "longest", list(
    means(3, 5, 30, 1, 6, 31, change = "yes"),
    sizes(30, 31, effect_measure = "MD", estimate = 2.2, standard_error = 1.4, change = "yes", trial = second),
    sizes(30, 31, p_value = 0.2, change = "yes", reported_direction = "favours_intervention", trial = "cedar2003sample"),
    sizes(30, 31, p_value = 0.2, change = "yes", adjusted = "yes", reported_direction = "favours_intervention",
          trial = "damson2004sample"))),
  small_trials = list(own, "recovery", "SMD", "longest", list(
    sizes(25, 22, effect_measure = "MD", estimate = 3.8, ci_lower = 1, ci_upper = 6.6),
    sizes(59, 60, effect_measure = "MD", estimate = 3.8, ci_lower = 1, ci_upper = 6.6, trial = second),
    sizes(25, 22, effect_measure = "SMD", estimate = 0.38, ci_lower = -0.2, ci_upper = 0.96, trial = "cedar2003sample"))),
  small_trials_in_days = list(own, "bed_days", "MD", "longest", list(
    sizes(15, 15, outcome = "bed_days", instrument = "bed days", effect_measure = "MD", estimate = -3.5, ci_lower = -8.1, ci_upper = 1.1))),
  small_ratios = list(own, "employment", "RR", "longest", list(
    sizes(20, 22, outcome = "employment", instrument = "paid work", effect_measure = "RR", estimate = 1.4, ci_lower = 0.95, ci_upper = 2.06))),
  printed_df = list(modifyList(own, list(r = NA)), "recovery", "SMD", "longest", list(
    sizes(12, 14, test_statistic = "t", statistic_value = 2.4, degrees_of_freedom = 9.5),
    sizes(12, 14, p_value = 0.04, degrees_of_freedom = 60, reported_direction = "favours_intervention", trial = second),
    sizes(12, 14, test_statistic = "z", statistic_value = 2.4, degrees_of_freedom = 9, trial = "cedar2003sample"),
    sizes(12, 14, effect_measure = "MD", estimate = 2, p_value = 0.04, degrees_of_freedom = 9, trial = "damson2004sample"),
    sizes(12, 14, effect_measure = "MD", estimate = 2, ci_lower = 0.5, ci_upper = 3.5, test_statistic = "t", degrees_of_freedom = 9,
          trial = "elder2005sample"))),
  clusters_and_all_times = list(own, "recovery", "SMD", "all", list(
    sizes(110, 108, design = "cluster", cluster_size = 15, icc = 0.03, effect_measure = "MD", estimate = 3.1, ci_lower = -0.2,
          ci_upper = 6.4, adjusted = "yes", clusters_modelled = "yes"),
    sizes(110, 108, design = "cluster", cluster_size = 15, icc = 0.03, test_statistic = "t", statistic_value = 1.9, adjusted = "yes",
          timepoint_months = 6),
    means(3, 5, 30, 1, 6, 31, change = "yes", trial = second),
    means(3, 5, 40, 1, 6, 31, change = "yes", trial = second, intervention_arm = "peer2"))),
  adjusted_before_means = list(modifyList(own, list(adjusted = TRUE)), "recovery", "SMD", "longest", list(
    means(14, 4, 40, 12, 5, 50, effect_measure = "MD", estimate = 1.1, ci_lower = -0.4, ci_upper = 2.6, adjusted = "yes"),
    means(14, 4, 40, 12, 5, 50, effect_measure = "SMD", estimate = 0.22, standard_error = 0.15, adjusted = "yes", trial = second),
    means(14, 4, 40, 12, 5, 50, effect_measure = "MD", estimate = 1.1, ci_lower = -0.4, ci_upper = 2.6, trial = "cedar2003sample"),
    means(14, 4, 40, 12, 5, 50, p_value = 0.04, adjusted = "yes", trial = "damson2004sample"))))

describe_case <- function(case, name) {
  rows <- do.call(rbind, case[[4]])
  prepared <- prepare(rows, sample_outcomes, sample_instruments)
  prepared$excluded <- FALSE
  prepared$sign <- 1
  printed <- lapply(seq_len(nrow(rows)), function(i) Filter(function(cell) !is.na(cell), as.list(rows[i, ])))
  c(list(case = name, outcome = case[[1]], measure = case[[2]], timepoint = case[[3]], rows = printed),
    effects_of(prepared[prepared$outcome == case[[1]], ], case[[2]], case[[3]]))
}

describe_read <- function(name) {
  readings <<- read[[name]][[1]]
  on.exit(readings <<- as_printed_figures)
  c(list(readings = readings), describe_case(read[[name]][-1], name))
}

write_reference("trials", valid = valid, cases = lapply(names(cases), function(name) describe_case(cases[[name]], name)),
                read = lapply(names(read), describe_read))
