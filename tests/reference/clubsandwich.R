# Correlated and hierarchical effects: rma.mv fits over a grid of assumed correlations, CR2 standard errors and
# Satterthwaite degrees of freedom from clubSandwich. The optimisers of rma.mv agree on sigma2 to about 1e-7.
source("tests/reference/lib/reference.R")

assink <- dat.assink2016
konstantopoulos <- dat.konstantopoulos2011
bcg <- escalc(measure = "RR", ai = tpos, bi = tneg, ci = cpos, di = cneg, data = dat.bcg)

coaching <- subset(clubSandwich::SATcoaching, !is.na(hrs))
berkey <- dat.berkey1998

sets <- list(
  assink = list(source = "metadat dat.assink2016", cluster = assink$study, effect = assink$esid, yi = assink$yi,
                vi = assink$vi, mods = data.frame(year = assink$year, pubstatus = assink$pubstatus)),
  konstantopoulos = list(source = "metadat dat.konstantopoulos2011", cluster = konstantopoulos$district,
                         effect = konstantopoulos$school, yi = konstantopoulos$yi, vi = konstantopoulos$vi,
                         mods = data.frame(year = konstantopoulos$year - 1976)),
  bcg = list(source = "metadat dat.bcg, every trial its own cluster", cluster = bcg$trial, effect = rep(1, nrow(bcg)),
             yi = bcg$yi, vi = bcg$vi, mods = data.frame(ablat = bcg$ablat)),
  coaching = list(source = "clubSandwich SATcoaching, studies that give hours", cluster = as.character(coaching$study),
                  effect = seq_len(nrow(coaching)), yi = coaching$d, vi = coaching$V,
                  mods = data.frame(hours = coaching$hrs / 10, maths = as.numeric(coaching$test == "Math"))),
  berkey = list(source = "metadat dat.berkey1998", cluster = berkey$trial, effect = seq_len(nrow(berkey)), yi = berkey$yi,
                vi = berkey$vi, mods = data.frame(attachment = as.numeric(berkey$outcome == "AL")))
)
sets <- lapply(sets, function(set) {
  set$yi <- as.numeric(set$yi)
  set$vi <- as.numeric(set$vi)
  set
})

describe_che <- function(name, moderators, rho) {
  set <- sets[[name]]
  data <- data.frame(set[c("cluster", "effect", "yi", "vi")], set$mods)
  V <- vcalc(vi, cluster = cluster, obs = effect, rho = rho, data = data)
  formula <- reformulate(if (length(moderators)) moderators else "1")
  levels <- if (anyDuplicated(data$cluster)) ~ 1 | cluster/effect else ~ 1 | cluster
  fit <- rma.mv(yi, V, mods = formula, random = levels, data = data, sparse = FALSE,
                control = list(optimizer = "BFGS", reltol = 1e-16, maxit = 10000))
  robust <- coef_test(fit, vcov = "CR2", cluster = data$cluster, test = "Satterthwaite")
  wald <- if (length(moderators)) {
    together <- Wald_test(fit, constraints = constrain_zero(1 + seq_along(moderators)), vcov = "CR2", cluster = data$cluster,
                          test = "HTZ")
    list(Fstat = together$Fstat, df_num = together$df_num, df_denom = together$df_denom, p_val = together$p_val)
  }
  limits <- conf_int(fit, vcov = "CR2", cluster = data$cluster, level = 0.95)
  list(dataset = name, moderators = I(moderators), rho = rho, k = fit$k, clusters = length(unique(data$cluster)),
       sigma2 = I(fit$sigma2), beta = I(c(fit$beta)), se_model = I(fit$se), QE = fit$QE, se_cr2 = I(robust$SE),
       stat = I(robust$tstat), df_satterthwaite = I(robust$df_Satt), pval = I(robust$p_Satt), ci_lb = I(limits$CI_L), ci_ub = I(limits$CI_U),
       htz = wald)
}

cases <- list(
  list("assink", character()), list("assink", "year"), list("assink", c("year", "pubstatus")),
  list("konstantopoulos", character()), list("konstantopoulos", "year"),
  list("coaching", c("hours", "maths")), list("berkey", "attachment")
)
fits <- list()
for (case in cases) {
  for (rho in c(0, 0.2, 0.4, 0.6, 0.8)) fits <- c(fits, list(describe_che(case[[1]], case[[2]], rho)))
}
singles <- list(describe_che("bcg", character(), 0), describe_che("bcg", "ablat", 0))

write_reference("clubsandwich", datasets = sets, che = c(fits, singles))
