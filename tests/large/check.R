# check.R FILE MEMORY FOLDER: ranks the cells of a large .h5ad file of make.py,
# given so many bytes and a folder for temporary files, and compares some genes,
# bit by bit, with their ranking in memory, and their scores with ranks that R
# itself makes.

library(wilcoxide)

arguments <- commandArgs(trailingOnly = TRUE)
path <- arguments[[1L]]
options(
  wilcoxide.memory = as.numeric(arguments[[2L]]),
  wilcoxide.tempdir = arguments[[3L]]
)
seconds <- system.time(
  result <- rank_genes_groups(path, "group", pts = TRUE, progress = TRUE)
)[["elapsed"]]
peak <- grep("VmHWM", readLines("/proc/self/status"), value = TRUE)

# The first block of cells, again and again.
file <- hdf5r::H5File$new(path, "r")
n_cells <- file[["obs/group/codes"]]$dims
codes <- file[["obs/group/codes"]][]
per_cell <- file[["X/indptr"]][2L]
block <- seq_len(10000 * per_cell)
indices <- file[["X/indices"]][block]
data <- file[["X/data"]][block]
n_genes <- file[["var/_index"]]$dims
n_values <- file[["X/data"]]$dims
file$close_all()

genes <- round(seq(1, n_genes, length.out = 12))
cells <- rep(seq_len(10000), each = per_cell)
values <- matrix(0, length(genes), 10000)
at <- match(indices + 1L, genes)
values[cbind(at, cells)[!is.na(at), ]] <- data[!is.na(at)]
values <- values[, rep(seq_len(10000), length.out = n_cells)]
rownames(values) <- as.character(genes - 1)
groups <- factor(c("a", "b", "c", "d", "e")[codes + 1L])
expected <- rank_genes_groups(values, groups, pts = TRUE)

table <- rank_genes_groups_df(result)
direct <- rank_genes_groups_df(expected)
table <- table[match(
  paste(direct$group, direct$names),
  paste(table$group, table$names)
), ]
columns <- c("scores", "logfoldchanges", "pvals", "pct_nz_group",
             "pct_nz_reference")
stopifnot(identical(
  lapply(columns, function(column) table[[column]]),
  lapply(columns, function(column) direct[[column]])
))

for (gene in rownames(values)[1:3]) {
  ranks <- rank(values[gene, ])
  for (group in levels(groups)) {
    n <- as.double(sum(groups == group))
    z <- (sum(ranks[groups == group]) - n * (n_cells + 1) / 2) /
      sqrt(n * (n_cells - n) * (n_cells + 1) / 12)
    score <- direct$scores[direct$group == group & direct$names == gene]
    stopifnot(abs(z - score) <= 1e-6 * max(1, abs(z)))
  }
}

message(sprintf(
  "%.0f cells, %.0f genes, %.0f values: %.0f s, at most %.0f MB of memory",
  n_cells, n_genes, n_values, seconds, as.double(gsub("\\D", "", peak)) / 1024
))
