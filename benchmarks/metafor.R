# Times metafor on the data of one request: JSON on standard input, JSON on standard output. R's own start is not timed.
suppressPackageStartupMessages({
  library(jsonlite)
  library(metafor)
})

# As benchmarks/timing.py does it: a warm-up, then repetitions of as many calls as last `least` seconds.
timed <- function(call, repeats, least, warm_up = NULL) {
  once <- system.time(if (is.null(warm_up)) call() else warm_up())[["elapsed"]]
  calls <- if (is.null(warm_up)) max(1, ceiling(least / max(once, 1e-3))) else 1
  found <- NULL
  runs <- vapply(seq_len(repeats), function(i) {
    spent <- system.time(for (j in seq_len(calls)) found <<- call())
    c(spent[["elapsed"]], spent[["user.self"]] + spent[["sys.self"]]) / calls
  }, numeric(2))
  list(elapsed = I(runs[1, ]), processor = I(runs[2, ]), calls = calls, found = found)
}

slope_of <- function(fit) list(tau2 = fit$tau2, estimate = fit$beta[2], se = fit$se[2], statistic = fit$zval[2])

# A data set on which Fisher scoring does not settle within metafor's own limits is counted, not mended.
settled <- function(model) tryCatch(model, error = function(condition) NULL)
mean_of <- function(fit) if (is.null(fit)) rep(NA, 3) else c(fit$tau2, fit$beta[1], fit$se[1])

# Effects of several outcomes of one trial: correlated errors, differences between trials and within them.
multilevel <- function(r, x, ...) {
  data <- data.frame(yi = r$yi, vi = r$vi, trial = r$trial, effect = seq_along(r$yi))
  V <- vcalc(vi, cluster = trial, obs = effect, rho = r$rho, data = data)
  rma.mv(yi, V, mods = cbind(r$beside, x), random = ~ 1 | trial/effect, data = data, ...)
}

tasks <- list(
  version = function(r) c(list(R = paste(R.version$major, R.version$minor, sep = "."),
                               metafor = as.character(packageVersion("metafor"))),
                          if (requireNamespace("clubSandwich", quietly = TRUE))
                            list(clubSandwich = as.character(packageVersion("clubSandwich")))),
  fit = function(r) timed(function() slope_of(rma(r$yi, r$vi, mods = ~ r$x, test = "knha")), r$repeats, r$least),
  # One model a specification, as R's packages for multiverses make them.
  specifications = function(r) {
    one <- function(i) {
      kept <- !is.na(r$yi[i, ])
      how <- list(r$yi[i, kept], r$vi[i, kept], method = r$method[i], test = r$test[i])
      if (!is.null(r$x)) how$mods <- r$x[i, kept]
      fit <- do.call(rma, how)
      fit$beta[length(fit$beta)]
    }
    sets <- seq_len(nrow(r$yi))
    timed(function() vapply(sets, one, numeric(1)), r$repeats, r$least, function() one(1))
  },
  gosh = function(r) {
    fit <- rma(r$yi, r$vi)
    timed(function() {
      found <- gosh(fit, subsets = 2^length(r$yi), progbar = FALSE)
      list(median = unname(median(found$res$estimate[rowSums(found$incl) >= 2], na.rm = TRUE)))
    }, r$repeats, r$least)
  },
  pools = function(r) {
    everything <- function(i) {
      fit <- settled(rma(r$yi[i, ], r$vi[i, ], test = "knha"))
      if (!is.null(fit) && r$intervals) {
        predict(fit)
        confint(fit)
      }
      mean_of(fit)
    }
    sets <- seq_len(nrow(r$yi))
    timed(function() vapply(sets, everything, numeric(3)), r$repeats, r$least, if (length(sets) > 1) function() everything(1))
  },
  che = function(r) {
    timed(function() {
      fit <- multilevel(r, r$x)
      robust <- clubSandwich::coef_test(fit, vcov = "CR2", cluster = r$trial, test = "Satterthwaite")
      last <- nrow(robust)
      list(slope = fit$beta[last], se = robust$SE[last], df = robust$df_Satt[last], tau2 = fit$sigma2[1], omega2 = fit$sigma2[2])
    }, r$repeats, r$least)
  },
  # permutest knows no rma.mv: whole trials exchange their x, the model is fitted again at the variances of the model
  # without x, and robust() gives the t that is compared.
  cluster_permutations = function(r) {
    null <- multilevel(r, NULL)
    first <- match(unique(r$trial), r$trial)
    place <- match(r$trial, unique(r$trial))
    statistic <- function(x) {
      fit <- robust(multilevel(r, x, sigma2 = null$sigma2), cluster = r$trial, adjust = FALSE)
      fit$zval[length(fit$zval)]
    }
    observed <- statistic(r$x)
    permute <- function(iterations) {
      drawn <- replicate(iterations, statistic(r$x[first][sample(length(first))][place]))
      (sum(abs(drawn) >= abs(observed) * (1 - 1e-6)) + 1) / (iterations + 1)
    }
    set.seed(r$seed)
    done <- timed(function() permute(r$iterations), r$repeats, r$least, function() permute(5))
    done$found <- list(statistic = observed, pval = done$found)
    done
  },
  permutations = function(r) {
    fit <- rma(r$yi, r$vi, mods = ~ r$x, test = "knha")
    permute <- function(iterations) permutest(fit, iter = iterations, progbar = FALSE)
    set.seed(r$seed)
    done <- timed(function() permute(r$iterations), r$repeats, r$least, function() permute(20))
    done$found <- list(statistic = fit$zval[2], pval = done$found$pval[2])
    done
  }
)

request <- fromJSON(file("stdin"))
cat(toJSON(tasks[[request$task]](request), auto_unbox = TRUE, digits = NA, na = "null"))
