# run.R TOOL FOLDER THREADS [OPTION=VALUE ...]: times a tool of R on the data
# set in FOLDER (see data.py), and prints one line of JSON. OPTIONs, for
# wilcoxide: layout=gene, groups=N to merge groups into N, cells=N to take the
# first cells only, statistics=all for every table that `statistics` can name,
# pairwise=TRUE for pairs of groups, reference=GROUP, output=EXTENSION for a
# result in a file whose name ends so.
# run.R --versions: prints what is installed as one line of JSON.
tools <- c(
  wilcoxide = "wilcoxide", presto = "presto", BPCells = "BPCells",
  Seurat = "Seurat", scran = "scran"
)

read_array <- function(folder, name, what, n) {
  file <- file(file.path(folder, name), "rb")
  on.exit(close(file))
  readBin(file, what, n)
}

read_groups <- function(folder, options) {
  dim <- read_array(folder, "dim", "integer", 2L)
  code <- read_array(folder, "g", "integer", dim[[2L]])
  if (!is.null(options$cells)) {
    code <- code[seq_len(as.integer(options$cells))]
  }
  if (!is.null(options$groups)) {
    code <- code %% as.integer(options$groups)
  }
  factor(sprintf("g%03d", code))
}

# A dgCMatrix of genes x cells.
read_matrix <- function(folder, options) {
  dim <- read_array(folder, "dim", "integer", 2L)
  if (!is.null(options$cells)) {
    dim[[2L]] <- as.integer(options$cells)
  }
  p <- read_array(folder, "p", "integer", dim[[2L]] + 1L)
  n <- p[[length(p)]]
  methods::new(
    "dgCMatrix",
    p = p,
    i = read_array(folder, "i", "integer", n),
    x = read_array(folder, "x", "double", n),
    Dim = dim,
    Dimnames = list(
      paste0("gene", seq_len(dim[[1L]])),
      paste0("cell", seq_len(dim[[2L]]))
    )
  )
}

# BPCells' own storage, gene by gene: made once, and not timed.
open_store <- function(folder) {
  store <- file.path(folder, "bpcells")
  if (!dir.exists(store)) {
    half_made <- paste0(store, ".part")
    unlink(half_made, recursive = TRUE)
    BPCells::transpose_storage_order(
      methods::as(read_matrix(folder, list()), "IterableMatrix"),
      outdir = half_made
    )
    file.rename(half_made, store)
    gc()
  }
  BPCells::open_matrix_dir(store)
}

load_data <- function(tool, folder, options) {
  if (tool == "BPCells") {
    return(open_store(folder))
  }
  x <- read_matrix(folder, options)
  if (tool == "Seurat") {
    x <- Seurat::CreateSeuratObject(Seurat::CreateAssayObject(data = x))
  }
  if (identical(options$layout, "gene")) Matrix::t(x) else x
}

every_statistic <- c(
  "zscores", "log10_pvals", "log10_pvals_adj", "auc", "means", "means_rest"
)

ranker <- function(tool, threads, options) {
  cells <- if (identical(options$layout, "gene")) "rows" else "columns"
  switch(
    tool,
    wilcoxide = function(x, group) {
      wilcoxide::rank_genes_groups(
        x, group,
        cells = cells,
        reference = if (is.null(options$reference)) {
          "rest"
        } else {
          options$reference
        },
        statistics = if (!is.null(options$statistics)) every_statistic,
        pairwise = !is.null(options$pairwise),
        output = if (!is.null(options$output)) {
          tempfile(fileext = options$output)
        },
        threads = threads
      )
    },
    presto = presto::wilcoxauc,
    BPCells = BPCells::marker_features,
    Seurat = function(x, group) {
      Seurat::Idents(x) <- group
      Seurat::FindAllMarkers(x, verbose = FALSE)
    },
    scran = function(x, group) {
      scran::findMarkers(x, group, test.type = "wilcox")
    }
  )
}

# So that nothing is loaded or compiled while the clock runs.
warm_up <- function(rank, tool, x, options) {
  if (tool == "Seurat") {
    return(invisible())
  }
  few <- seq_len(400L)
  genes <- seq_len(50L)
  gene_major <- identical(options$layout, "gene")
  part <- if (gene_major) x[few, genes] else x[genes, few]
  invisible(rank(part, factor(c("g000", "g001")[few %% 2L + 1L])))
}

# Megabytes, of the process.
memory <- function(what) {
  line <- grep(paste0("^", what), readLines("/proc/self/status"), value = TRUE)
  as.numeric(gsub("[^0-9]", "", line)) / 1024
}

measure <- function(rank, x, group) {
  invisible(gc())
  loaded <- memory("VmRSS")
  cat("5", file = "/proc/self/clear_refs")
  time <- system.time(result <- rank(x, group))
  stored <- if (methods::is(x, "dgCMatrix")) {
    sprintf(", \"stored\": %d", length(x@x))
  }
  cat(
    sprintf(
      "{\"wall\": %.4f, \"cpu\": %.4f, \"extra_mb\": %.1f",
      time[["elapsed"]],
      sum(time[-3L]),
      memory("VmHWM") - loaded
    ),
    stored,
    "}\n",
    sep = ""
  )
}

# The version of each tool, and what tells one build of wilcoxide from another.
print_versions <- function() {
  version <- vapply(tools, function(package) {
    if (!nzchar(system.file(package = package))) {
      return("null")
    }
    dQuote(as.character(utils::packageVersion(package)), FALSE)
  }, "")
  stamp <- system.file("sources.sha256", package = "wilcoxide")
  build <- if (nzchar(stamp)) readLines(stamp) else ""
  r <- as.character(getRversion())
  cat(sprintf("{%s, \"R\": \"%s\", \"build\": \"%s\"}\n", paste0(
    "\"", names(tools), "\": ", version, collapse = ", "
  ), r, build))
}

main <- function(arguments) {
  if (identical(arguments, "--versions")) {
    return(print_versions())
  }
  tool <- arguments[[1L]]
  folder <- arguments[[2L]]
  pairs <- strsplit(arguments[-(1:3)], "=")
  options <- lapply(pairs, `[[`, 2L)
  names(options) <- vapply(pairs, `[[`, "", 1L)
  suppressPackageStartupMessages({
    library(Matrix)
    library(tools[[tool]], character.only = TRUE)
  })
  rank <- ranker(tool, as.integer(arguments[[3L]]), options)
  x <- load_data(tool, folder, options)
  group <- read_groups(folder, options)
  warm_up(rank, tool, x, options)
  measure(rank, x, group)
}

main(commandArgs(TRUE))
