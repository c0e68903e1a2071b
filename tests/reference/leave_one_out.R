# The pool without each trial in turn.
source("tests/reference/lib/reference.R")
source("tests/reference/lib/datasets.R")

leave_each_out <- function(name, method, test) {
  set <- datasets[[name]]
  fit <- fit_exactly(set$yi, set$vi, method, test)
  left <- as.data.frame(leave1out(fit))
  list(dataset = name, method = method, test = test, left_out = seq_along(set$yi), beta = left$estimate, se = left$se,
       stat = if (test == "z") left$zval else left$tval, pval = left$pval, ci_lb = left$ci.lb, ci_ub = left$ci.ub,
       QE = left$Q, QE_pval = left$Qp, tau2 = left$tau2, I2 = left$I2, H2 = left$H2)
}

cases <- expand.grid(test = c("z", "knha", "adhoc"), method = c("REML", "DL", "PM"), name = c("bcg", "normand_smd", "raudenbush"),
                     stringsAsFactors = FALSE)
write_reference("leave_one_out", datasets = lapply(datasets[unique(cases$name)], `[`, c("measure", "source", "study", "yi", "vi")),
                leave_one_out = unname(Map(leave_each_out, cases$name, cases$method, cases$test)))
