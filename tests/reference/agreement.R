# Write agreement.json: kappa and weighted kappa of cross-tables with their large-sample standard errors
# (Fleiss, Cohen and Everitt 1969), by vcd. Debian: apt-get install r-cran-vcd r-cran-jsonlite
#
#   Rscript tests/reference/agreement.R
#
# `fleiss1969` is the table of that paper, `cohen1968` that of Cohen (1968) with his disagreement weights, turned into
# agreement weights (1 - v / 6); psych's manual prints the two tables and Cohen's 0.492 and 0.348.

suppressMessages({library(vcd); library(jsonlite)})

tables <- list(
  fleiss1969 = list(
    counts = matrix(c(106, 10, 4, 22, 28, 10, 2, 12, 6), 3, byrow = TRUE),
    weights = matrix(c(1, 0, 0.4444, 0, 1, 0.6667, 0.4444, 0.6667, 1), 3, byrow = TRUE)),
  cohen1968 = list(
    counts = 200 * matrix(c(0.44, 0.07, 0.09, 0.05, 0.20, 0.05, 0.01, 0.03, 0.06), 3, byrow = TRUE),
    weights = 1 - matrix(c(0, 1, 3, 1, 0, 6, 3, 6, 0), 3, byrow = TRUE) / 6))

describe <- function(table) {
  own <- Kappa(table$counts, weights = table$weights)
  squared <- Kappa(table$counts, weights = "Fleiss-Cohen")
  named <- function(x) list(estimate = x[["value"]], se = x[["ASE"]])
  c(table, list(kappa = named(own$Unweighted), own_weights = named(own$Weighted), quadratic = named(squared$Weighted)))
}

versions <- list(R = paste(R.version$major, R.version$minor, sep = "."), vcd = as.character(packageVersion("vcd")))
write_json(list(versions = versions, tables = lapply(tables, describe)),
           "tests/reference/agreement.json", auto_unbox = TRUE, digits = 12, pretty = TRUE)
