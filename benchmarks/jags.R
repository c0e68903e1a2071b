# Reads one task as JSON from standard input and has JAGS draw the measurement model: see peers.py.
suppressMessages(library(jsonlite))
source("tests/reference/lib/jags.R")
given <- fromJSON(file("stdin"))
data <- laid_out(given)
# What stands before it, reading the graph and tuning its samplers, is not timed: the package's sampler has neither.
fitted <- jags.model(textConnection(model), data, started(data, given$seed), n.adapt = given$adapt, quiet = TRUE)
began <- proc.time()
update(fitted, given$warmup, progress.bar = "none")
drawn <- coda.samples(fitted, "slope", n.iter = given$draws, progress.bar = "none")
spent <- proc.time() - began
slope <- as.numeric(drawn[[1]])
effective <- unname(effectiveSize(drawn))
cat(toJSON(list(elapsed = spent[["elapsed"]], processor = spent[["user.self"]] + spent[["sys.self"]],
                version = as.character(jags.version()), mean = mean(slope), effective = effective,
                mc_error = sd(slope) / sqrt(effective)), auto_unbox = TRUE, digits = NA))
