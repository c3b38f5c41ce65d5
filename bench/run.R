# run.R FILE THREADS: times rank_genes_groups() on the cells of an .h5ad file,
# held as a dgCMatrix of genes x cells, and prints one line of JSON.
arguments <- commandArgs(TRUE)
threads <- as.integer(arguments[[2L]])
suppressPackageStartupMessages({
  library(Matrix)
  library(wilcoxide)
})

read_cells <- function(path) {
  file <- hdf5r::H5File$new(path, "r")
  on.exit(file$close_all())
  genes <- file[["var/_index"]]$read()
  levels <- file[["obs/group/categories"]]$read()
  indptr <- as.integer(file[["X/indptr"]]$read())
  list(
    x = methods::new(
      "dgCMatrix",
      p = indptr,
      i = as.integer(file[["X/indices"]]$read()),
      x = as.double(file[["X/data"]]$read()),
      Dim = c(length(genes), length(indptr) - 1L),
      Dimnames = list(genes, NULL)
    ),
    group = factor(levels[file[["obs/group/codes"]]$read() + 1L], levels)
  )
}

# Megabytes, of the process.
memory <- function(what) {
  line <- grep(paste0("^", what), readLines("/proc/self/status"), value = TRUE)
  as.numeric(gsub("[^0-9]", "", line)) / 1024
}

cells <- read_cells(arguments[[1L]])
few <- seq_len(400L)
warm_up <- rank_genes_groups(
  cells$x[1:50, few], as.integer(cells$group)[few] %% 2L, threads = threads
)
rm(warm_up)
invisible(gc())

loaded <- memory("VmRSS")
cat("5", file = "/proc/self/clear_refs")
time <- system.time(
  result <- rank_genes_groups(cells$x, cells$group, threads = threads)
)
cat(sprintf(
  paste0(
    "{\"wall\": %.3f, \"cpu\": %.3f, \"extra_mb\": %.1f, \"matrix_mb\": %.1f,",
    " \"version\": \"%s\", \"r\": \"%s\"}\n"
  ),
  time[["elapsed"]],
  time[["user.self"]] + time[["sys.self"]],
  memory("VmHWM") - loaded,
  as.numeric(object.size(cells$x)) / 1024^2,
  packageVersion("wilcoxide"),
  getRversion()
))
