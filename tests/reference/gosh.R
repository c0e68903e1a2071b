# All subsets of at least two effects pooled by metafor's gosh, for what the package's subsets are checked against: the
# trials of BCG vaccination as log risk ratios, and ten drawn effects with one that lies apart.
suppressMessages({
  library(metafor)
  library(jsonlite)
})
bcg <- escalc("RR", ai = tpos, bi = tneg, ci = cpos, di = cneg, data = dat.bcg)
set.seed(2012)
vi <- round(exp(rnorm(10, -3, 0.6)), 4)
yi <- round(rnorm(10, 0.2, sqrt(vi + 0.01)), 4)
yi[10] <- 1.5
sets <- list(bcg = list(yi = as.numeric(bcg$yi), vi = as.numeric(bcg$vi)), apart = list(yi = yi, vi = vi))
one <- function(set, method) {
  yi <- set$yi
  vi <- set$vi
  fit <- rma(yi, vi, method = method, control = list(threshold = 1e-12, maxiter = 1000))
  found <- gosh(fit, subsets = 2^length(set$yi), progbar = FALSE)
  held <- rowSums(found$incl) >= 2
  estimate <- found$res$estimate[held]
  i2 <- found$res$I2[held]
  kept <- found$incl[held, ]
  failed <- is.na(estimate)
  list(method = method, subsets = sum(held), failed = sum(failed),
       quantiles = unname(quantile(estimate[!failed], c(0.025, 0.25, 0.5, 0.75, 0.975), type = 1)),
       i2 = unname(quantile(i2[!failed], c(0.25, 0.5, 0.75), type = 1)), above = sum(estimate[!failed] > 0),
       mean = mean(estimate[!failed]), with = unname(apply(kept, 2, function(own) mean(estimate[own & !failed]))))
}
results <- lapply(sets, function(set) c(set, list(fits = lapply(c("REML", "DL", "EE"), function(m) one(set, m)))))
versions <- list(R = paste(R.version$major, R.version$minor, sep = "."), metafor = as.character(packageVersion("metafor")))
write_json(list(versions = versions, sets = results), "tests/reference/gosh.json", auto_unbox = TRUE, digits = 12)
