# The R files of Pairwise70, one a review, as the data rows of a Cochrane package: Rscript benchmarks/cochrane.R FROM TO
places <- commandArgs(trailingOnly = TRUE)
if (length(places) != 2) stop("Name the folder of the .rda files and the one for the CSV files.")
dir.create(places[2], showWarnings = FALSE, recursive = TRUE)
for (path in list.files(places[1], pattern = "\\.rda$", full.names = TRUE)) {
  held <- new.env()
  load(path, envir = held)
  rows <- get(ls(held)[1], envir = held)
  name <- sub("_data\\.rda$|\\.rda$", "-data-rows.csv", basename(path))
  write.csv(rows, file.path(places[2], name), row.names = FALSE, na = "", fileEncoding = "UTF-8")
}
