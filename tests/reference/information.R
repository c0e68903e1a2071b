# The small-sample Akaike criterion of meta-regressions by maximum likelihood, without, with one and with two moderators.
source("tests/reference/lib/reference.R")
source("tests/reference/lib/datasets.R")

designs <- list(
  list(dataset = "bcg", moderators = character(0)),
  list(dataset = "bcg", moderators = "ablat"),
  list(dataset = "bcg", moderators = c("ablat", "year")),
  list(dataset = "raudenbush", moderators = "weeks_capped"),
  list(dataset = "bangertdrowns", moderators = c("length", "feedback")),
  list(dataset = "homogeneous", moderators = "fidelity"),
  list(dataset = "four_trials", moderators = "fidelity")
)

describe <- function(design) {
  set <- datasets[[design$dataset]]
  mods <- if (length(design$moderators)) as.matrix(set$mods[design$moderators]) else NULL
  fit <- fit_exactly(set$yi, set$vi, "ML", "z", mods = mods)
  stats <- fitstats(fit)
  list(dataset = design$dataset, moderators = I(design$moderators), k = fit$k, tau2 = fit$tau2,
       ll = stats["logLik:", ], AICc = stats["AICc:", ])
}

write_reference("information", datasets = datasets[unique(vapply(designs, `[[`, "", "dataset"))],
                information = lapply(designs, describe))
