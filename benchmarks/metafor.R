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

tasks <- list(
  version = function(r) list(R = paste(R.version$major, R.version$minor, sep = "."),
                             metafor = as.character(packageVersion("metafor"))),
  fit = function(r) timed(function() slope_of(rma(r$yi, r$vi, mods = ~ r$x, test = "knha")), r$repeats, r$least),
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
