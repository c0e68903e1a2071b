# Effect sizes and sampling variances by escalc, and conversions checked on raw data analysed by base R.
source("tests/reference/lib/reference.R")

arms <- function(...) data.frame(...)

means <- list(
  normand = with(dat.normand1999, arms(m1 = m1i, sd1 = sd1i, n1 = n1i, m2 = m2i, sd2 = sd2i, n2 = n2i)),
  curtis = with(dat.curtis1998, arms(m1 = m1i, sd1 = sd1i, n1 = n1i, m2 = m2i, sd2 = sd2i, n2 = n2i)),
  # Two people an arm, very large arms, very unequal arms and SDs, no difference, both means negative.
  edges = arms(m1 = c(5, 10.2, 3.1, 7, -4), sd1 = c(1, 3, 0.2, 2, 1.5), n1 = c(2, 50000, 8, 30, 25),
               m2 = c(4, 10.1, 9.9, 7, -6), sd2 = c(2, 3, 5, 2, 2.5), n2 = c(2, 60000, 900, 30, 40))
)
events <- list(
  bcg = with(dat.bcg, arms(events1 = tpos, n1 = tpos + tneg, events2 = cpos, n2 = cpos + cneg)),
  li = with(dat.li2007, arms(events1 = ai, n1 = n1i, events2 = ci, n2 = n2i)),
  yusuf = with(subset(dat.yusuf1985, table == "6" & !is.na(ai)), arms(events1 = ai, n1 = n1i, events2 = ci, n2 = n2i)),
  # Zero in one arm, in the other, in both; everyone in one arm, in both; none against all; single people.
  edges = arms(events1 = c(0, 3, 0, 20, 20, 0, 1, 0), n1 = c(20, 20, 20, 20, 20, 20, 1, 1),
               events2 = c(4, 0, 0, 15, 25, 25, 0, 0), n2 = c(25, 25, 25, 25, 25, 25, 1, 3))
)

by_escalc <- function(data, measures) {
  effects <- lapply(measures, function(measure) {
    arguments <- if ("m1" %in% names(data)) {
      with(data, list(m1i = m1, sd1i = sd1, n1i = n1, m2i = m2, sd2i = sd2, n2i = n2))
    } else {
      with(data, list(ai = events1, n1i = n1, ci = events2, n2i = n2))
    }
    if ("events1" %in% names(data)) return(do.call(by_counts, c(list(measure = measure), arguments)))
    found <- do.call(escalc, c(list(measure = measure), arguments))
    list(yi = as.numeric(found$yi), vi = found$vi)
  })
  list(arms = as.list(data), measures = setNames(effects, measures))
}

# Raw data of two arms: what a paper could have printed about them, and the g metafor computes from their means.
set.seed(20250301)
printed_results <- function(n1, n2, difference, sd2) {
  y1 <- rnorm(n1, 10 + difference, 4)
  y2 <- rnorm(n2, 10, sd2)
  arm <- factor(rep(c("intervention", "comparator"), c(n1, n2)), c("comparator", "intervention"))
  student <- t.test(y1, y2, var.equal = TRUE)
  g <- escalc(measure = "SMD", m1i = mean(y1), sd1i = sd(y1), n1i = n1, m2i = mean(y2), sd2i = sd(y2), n2i = n2)
  line <- summary(lm(c(y1, y2) ~ arm))
  data.frame(n1 = n1, n2 = n2, t = unname(student$statistic), df = unname(student$parameter), pval = student$p.value,
             F = anova(lm(c(y1, y2) ~ arm))["arm", "F value"], md = line$coefficients[2, 1], se_md = line$coefficients[2, 2],
             sd_pooled = line$sigma, sd1 = sd(y1), se1 = sd(y1) / sqrt(n1), yi = as.numeric(g$yi), vi = g$vi)
}
raw <- do.call(rbind, Map(printed_results, c(20, 15, 120, 5, 60, 9), c(25, 40, 110, 4, 60, 30),
                          c(3, -1, 0.4, -9, 0, 20), c(4, 6, 3, 1, 5, 2)))

tails <- expand.grid(p = c(1, 0.8, 0.05, 0.001, 1e-10, 1e-250), df = c(2, 7.5, 48, 1000))
tails$t <- qt(tails$p / 2, tails$df, lower.tail = FALSE)

odds <- with(dat.li2007, list(log_or = escalc("OR", ai = ai, n1i = n1i, ci = ci, n2i = n2i),
                              smd = escalc("OR2DL", ai = ai, n1i = n1i, ci = ci, n2i = n2i)))
intervals <- lapply(c(0.9, 0.95, 0.99), function(level) {
  ratio <- summary(odds$log_or, level = 100 * level)
  list(level = level, sei = ratio$sei, lower = ratio$ci.lb, upper = ratio$ci.ub,
       lower_ratio = exp(ratio$ci.lb), upper_ratio = exp(ratio$ci.ub))
})

# Three arms, A and B each against C: the off-diagonal of the two contrasts' covariance matrix in one model of all arms.
shared_counts <- data.frame(events = c(12, 30, 41), n = c(80, 110, 95), arm = factor(c("C", "A", "B"), c("C", "A", "B")))
covariance_by_glm <- function(link, start = NULL) {
  fit <- glm(cbind(events, n - events) ~ arm, binomial(link), shared_counts, start = start,
             control = glm.control(epsilon = 1e-12, maxit = 200))
  vcov(fit)["armA", "armB"]
}
p <- with(shared_counts, events / n)
n_by_arm <- c(C = 40, A = 25, B = 31)
sd_common <- 6.5
md_variances <- sd_common^2 * (1 / n_by_arm[c("A", "B")] + 1 / n_by_arm["C"])
md_covariance <- vcalc(unname(md_variances), cluster = c(1, 1), grp1 = c("A", "B"), grp2 = c("C", "C"),
                       w1 = unname(n_by_arm[c("A", "B")]), w2 = unname(n_by_arm[c("C", "C")]))[1, 2]

write_reference("measures",
  means = lapply(means, by_escalc, measures = c("MD", "SMD", "ROM")),
  events = lapply(events, by_escalc, measures = c("RR", "OR", "PETO", "RD")),
  printed = as.list(raw), tails = as.list(tails),
  odds_ratio_to_smd = list(log_or = as.numeric(odds$log_or$yi), v = odds$log_or$vi, yi = as.numeric(odds$smd$yi), vi = odds$smd$vi),
  intervals = intervals,
  shared_arm = list(
    counts = list(events = shared_counts$events[1], n = shared_counts$n[1],
      OR = covariance_by_glm("logit"), RR = covariance_by_glm("log", c(log(p[1]), log(p[2:3] / p[1]))),
      RD = covariance_by_glm("identity", c(p[1], p[2:3] - p[1]))),
    means = list(sd = sd_common, n = unname(n_by_arm["C"]), MD = md_covariance)))
