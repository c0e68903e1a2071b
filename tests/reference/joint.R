# The joint model of all outcomes on the shipped trials, by metafor and clubSandwich: fidelity scores from the coders' CSV
# files, the primary hypothesis by rma, the model of all outcomes by rma.mv with CR2, Satterthwaite and HTZ, the statistic
# that is permuted, and Holm's p values. Rules 6, 8, 9 and 10 of the method; none of the package's statistics is used.
#
# Effects and variances are the package's own listing (`synthesis effects`, rows of status pooled): how they are made from
# printed figures is recomputed in trials.R. What else the models take (ratings, roles, years, directions) is read here.
# SYNTHESIS_PYTHON names the interpreter that has the package; by default that of `make setup`.
source("tests/reference/lib/reference.R")

rho_grid <- c(0.4, 0.6, 0.8)
core <- c("trust", "role_modelling", "bridging")
fewest_for_own_average <- 3
fewest_for_own_slope <- 10

cells <- function(path) read.csv(path, colClasses = "character", na.strings = "", encoding = "UTF-8", check.names = FALSE)
of_trials <- function(root, file) {
  trials <- sort(list.files(file.path(root, "trials")), method = "radix")
  paths <- file.path(root, "trials", trials, file)
  tables <- Map(function(trial, path) {
    table <- cells(path)
    if (nrow(table)) cbind(trial = trial, table)
  }, trials[file.exists(paths)], paths[file.exists(paths)])
  tables <- Filter(Negate(is.null), tables)
  shared <- Reduce(intersect, lapply(tables, names))
  do.call(rbind, c(lapply(tables, function(table) table[shared]), make.row.names = FALSE))
}

# Scores. A consensus rules, else the mean of coders who gave a rating; components weigh the same within a mechanism,
# mechanisms the same within the score. Where a report is silent the calibrated score has the component's mean over the
# arms of the same role that describe it.
ratings_of <- function(root) {
  rows <- of_trials(root, "components.csv")
  rows$rating <- as.numeric(rows$rating)
  rows$key <- paste(rows$trial, rows$arm, rows$component)
  rows
}
grid_of <- function(root, rows) {
  arms <- of_trials(root, "arms.csv")
  ruling <- rows[rows$coder == "consensus", ]
  of_coders <- rows[rows$coder != "consensus" & !is.na(rows$rating), ]
  by_coders <- vapply(split(of_coders$rating, of_coders$key), mean, numeric(1))
  grid <- merge(unique(rows[c("trial", "arm")]), cells(file.path(root, "codebook/components.csv"))[c("component", "mechanism")])
  grid$key <- paste(grid$trial, grid$arm, grid$component)
  grid$rating <- unname(by_coders[grid$key])
  ruled <- grid$key %in% ruling$key
  grid$rating[ruled] <- ruling$rating[match(grid$key[ruled], ruling$key)]
  grid$role <- arms$role[match(paste(grid$trial, grid$arm), paste(arms$trial, arms$arm))]
  described_by <- ave(grid$rating, grid$role, grid$component, FUN = known_mean)
  grid$filled <- ifelse(is.na(grid$rating), described_by, grid$rating)
  grid
}
known_mean <- function(values) if (all(is.na(values))) NA_real_ else mean(values, na.rm = TRUE)
score_of <- function(arm, column) {
  known_mean(vapply(core, function(name) known_mean(arm[[column]][arm$mechanism == name]) / 2, numeric(1)))
}
scores_of <- function(grid) {
  coded <- split(grid, paste(grid$trial, grid$arm))
  scores <- do.call(rbind, c(make.row.names = FALSE, lapply(coded, function(arm) {
    data.frame(trial = arm$trial[1], arm = arm$arm[1], role = arm$role[1], described = score_of(arm, "rating"),
               calibrated = score_of(arm, "filled"))
  })))
  scores[scores$role == "intervention", c("trial", "arm", "described", "calibrated")]
}
rows <- ratings_of("data")
grid <- grid_of("data", rows)
scores <- scores_of(grid)
# The shipped trials have no consensus; invented ones have.
invented_rows <- ratings_of("tests/trials/valid/data")
invented <- scores_of(grid_of("tests/trials/valid/data", invented_rows))
stopifnot(anyNA(grid$rating), any(invented_rows$coder == "consensus"))

# What the scores rest on, so that a change of the data is known as such.
used <- merge(rows, grid[c("key", "role", "mechanism")], by = "key", all.x = TRUE)
lines <- with(used, paste(trial, arm, role, component, mechanism, coder,
                          ifelse(is.na(rating), "", sprintf("%.6g", rating)), sep = "|"))
file <- tempfile()
connection <- file(file, "wb")
writeLines(sort(lines, method = "radix"), connection, sep = "\n", useBytes = TRUE)
close(connection)
identity <- list(ratings = nrow(rows), ratings_md5 = unname(tools::md5sum(file)))

# Effects of outcomes pooled as SMD whose better side is settled, as benefit: positive is better for the intervention.
listing <- system2(Sys.getenv("SYNTHESIS_PYTHON", ".venv/bin/python"), c("-m", "synthesis", "effects"), stdout = TRUE)
effects <- read.csv(text = listing, colClasses = "character", na.strings = "", encoding = "UTF-8")
effects <- effects[effects$status == "pooled" & effects$measure == "SMD", ]
outcomes <- cells("data/codebook/outcomes.csv")
better <- outcomes$better[match(effects$outcome, outcomes$outcome)]
effects <- effects[better %in% c("higher", "lower"), ]
better <- better[better %in% c("higher", "lower")]
effects$vi <- as.numeric(effects$vi)
effects$benefit <- as.numeric(effects$yi) * ifelse(better == "higher", 1, -1)
trial_rows <- of_trials("data", "trial.csv")
effects$year <- (as.numeric(trial_rows$year[match(effects$trial, trial_rows$trial)]) - 2010) / 10
place <- match(paste(effects$trial, effects$intervention_arm), paste(scores$trial, scores$arm))
effects$described <- scores$described[place]
effects$calibrated <- scores$calibrated[place]
effects <- effects[c("outcome", "trial", "intervention_arm", "comparator_arm", "benefit", "vi", "year", "described", "calibrated")]
rownames(effects) <- NULL
identity$effects <- nrow(effects)
stopifnot(nrow(effects) > 50, any(better == "lower"))

# The primary hypothesis: one random-effects meta-regression of recovery; `adhoc` is the floor of the Wald standard error.
primary <- lapply(c("described", "calibrated"), function(score) {
  own <- effects[effects$outcome == "recovery" & !is.na(effects[[score]]), ]
  fit <- fit_exactly(own$benefit, own$vi, "REML", "adhoc", mods = own[score])
  list(outcome = "recovery", score = score, k = fit$k, slope = fit$beta[2], se = fit$se[2], ci_lb = fit$ci.lb[2],
       ci_ub = fit$ci.ub[2], pval = fit$pval[2], intercept = fit$beta[1], tau2 = fit$tau2)
})

# The joint model.
known_in <- function(characteristics) {
  frame <- effects[stats::complete.cases(effects[characteristics]), ]
  trials_of <- tapply(frame$trial, frame$outcome, function(trials) length(unique(trials)))
  frame$trials <- as.numeric(trials_of[frame$outcome])
  frame$own <- factor(ifelse(frame$trials >= fewest_for_own_average, frame$outcome, "shared"))
  frame$slope_of <- factor(ifelse(frame$trials >= fewest_for_own_slope, frame$outcome, "the rest"))
  frame$effect <- seq_len(nrow(frame))
  frame
}
errors_of <- function(frame, rho) {
  block <- outer(sqrt(frame$vi), sqrt(frame$vi)) * rho * outer(frame$trial, frame$trial, "==")
  diag(block) <- frame$vi
  stopifnot(isTRUE(all.equal(unname(block), unname(as.matrix(vcalc(vi, cluster = trial, obs = effect, rho = rho, data = frame))))))
  block
}
# As in clubsandwich.R: the optimisers agree on the variances to about 1e-7.
multilevel <- function(frame, V, formula, ...) {
  rma.mv(benefit, V, mods = formula, random = ~ 1 | trial/effect, data = frame, sparse = FALSE,
         control = list(optimizer = "BFGS", reltol = 1e-16, maxit = 10000), ...)
}

describe_joint <- function(moderator, beside, rho) {
  frame <- known_in(c(moderator, beside))
  V <- errors_of(frame, rho)
  fit <- multilevel(frame, V, reformulate(c("0", "own", beside, moderator)))
  robust <- coef_test(fit, vcov = "CR2", cluster = frame$trial, test = "Satterthwaite")
  limits <- conf_int(fit, vcov = "CR2", cluster = frame$trial, level = 0.95)
  last <- nrow(robust)
  stopifnot(rownames(fit$beta)[last] == moderator)
  apart <- multilevel(frame, V, reformulate(c("0", "own", beside, paste0("slope_of:", moderator))))
  large <- setdiff(levels(frame$slope_of), "the rest")
  slopes <- match(paste0("slope_of", large, ":", moderator), rownames(apart$beta))
  stopifnot(!anyNA(slopes), nrow(apart$beta) == nlevels(frame$own) + length(beside) + nlevels(frame$slope_of))
  equal <- Wald_test(apart, constraints = constrain_equal(slopes), vcov = "CR2", cluster = frame$trial, test = "HTZ")
  pulls <- rowSums(solve(fit$M))
  list(moderator = moderator, beside = I(beside), rho = rho, k = fit$k, trials = length(unique(frame$trial)),
       intercepts = nlevels(frame$own), slope = fit$beta[last], se_cr2 = robust$SE[last], se_model = fit$se[last],
       df = robust$df_Satt[last], pval = robust$p_Satt[last], ci_lb = limits$CI_L[last], ci_ub = limits$CI_U[last],
       tau2 = fit$sigma2[1], omega2 = fit$sigma2[2], negative = sum(pulls < 0),
       equal_slopes = list(outcomes = I(large), F = equal$Fstat, df_num = equal$df_num, df_denom = equal$df_denom,
                           pval = equal$p_val))
}

asked <- list(list("described", character()), list("calibrated", character()), list("year", character()),
              list("described", "year"), list("calibrated", "year"))
joint <- list()
for (own in asked) for (rho in rho_grid) joint <- c(joint, list(describe_joint(own[[1]], own[[2]], rho)))

# The statistic that permutations and sign flips compare: variances of the model without the moderator, then the moderator's
# slope at these variances and its CR0 standard error; of the data as they are, of whole trials arranged another way, and of
# residuals turned.
studentised <- function(frame, V, null, x, y = frame$benefit, formula) {
  fit <- rma.mv(y, V, mods = cbind(model.matrix(formula, frame), x = x), intercept = FALSE, random = ~ 1 | trial/effect, data = frame,
                sigma2 = null$sigma2, sparse = FALSE)
  last <- nrow(fit$beta)
  robust <- coef_test(fit, vcov = "CR0", cluster = frame$trial, test = "z")
  c(slope = fit$beta[last], t = fit$beta[last] / robust$SE[last])
}

describe_studentised <- function(moderator, beside, rho, seed) {
  frame <- known_in(c(moderator, beside))
  V <- errors_of(frame, rho)
  formula <- reformulate(c("0", "own", beside))
  null <- multilevel(frame, V, formula)
  statistic <- function(...) studentised(frame, V, null, ..., formula = formula)
  # One value a trial: what is left of the trials' means of the moderator beside the covariates, one weight a trial.
  trials <- unique(frame$trial)
  x <- frame[[moderator]]
  one_each <- all(tapply(x, frame$trial, function(values) diff(range(values)) < 1e-12))
  of_trial <- as.numeric(tapply(x, frame$trial, mean)[trials])
  z <- frame[match(trials, frame$trial), beside, drop = FALSE]
  line <- lm(of_trial ~ ., data = cbind(of_trial = of_trial, z))
  left <- x - predict(line, newdata = frame[c(beside)])
  observed <- statistic(left)
  set.seed(seed)
  orders <- lapply(1:3, function(i) sample(length(trials)))
  arranged <- if (one_each) {
    value <- left[match(trials, frame$trial)]
    lapply(orders, function(order) statistic(value[order][match(frame$trial, trials)]))
  }
  residuals <- frame$benefit - c(fitted(null))
  signs <- lapply(1:3, function(i) sample(c(-1, 1), length(trials), replace = TRUE))
  flipped <- lapply(signs, function(sign) statistic(x, y = residuals * sign[match(frame$trial, trials)]))
  list(moderator = moderator, beside = I(beside), rho = rho, sigma2 = I(null$sigma2), trials = I(trials), slope = observed[["slope"]],
       t = observed[["t"]], one_each = one_each, orders = if (one_each) lapply(orders, function(order) order - 1),
       arranged = if (one_each) do.call(rbind, arranged), signs = signs, flipped = do.call(rbind, flipped))
}
statistics <- list(describe_studentised("year", character(), 0.6, 1), describe_studentised("described", character(), 0.6, 2),
                   describe_studentised("described", "year", 0.6, 3), describe_studentised("calibrated", "year", 0.8, 4))

# Holm, ties and a family of one among them.
families <- list(c(0.009, 0.248, 0.04, 0.6, 0.0125, 0.03, 0.9), c(0.01, 0.02, 0.02, 0.02, 0.5), c(0.5, 0.6, 0.7), 0.03, c(0, 1, 0.04))
holm <- lapply(families, function(p) list(p = I(p), adjusted = I(p.adjust(p, "holm"))))

write_reference("joint", identity = identity, scores = scores, invented_scores = invented, effects = effects,
                primary = primary, joint = joint, studentised = statistics, holm = holm)
