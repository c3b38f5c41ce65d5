# run.R TASKS LIBRARY: ranks every data set of TASKS (a list to dget) in every
# case and way, and writes each result to a file, as raw little-endian numbers.
# LIBRARY holds the wilcoxide to test; "" is the usual one.
arguments <- commandArgs(TRUE)
if (nzchar(arguments[[2L]])) {
  .libPaths(c(arguments[[2L]], .libPaths()))
}
suppressPackageStartupMessages({
  library(Matrix)
  library(wilcoxide)
})

read_raw <- function(path, what, n, size) {
  file <- file(path, "rb")
  on.exit(close(file))
  readBin(file, what, n, size, endian = "little")
}

read_groups <- function(task) {
  codes <- read_raw(task$codes, "integer", task$n_cells, 4L)
  codes[codes < 0L] <- NA
  labels <- task$levels[codes + 1L]
  if (task$as_strings) labels else factor(labels, task$levels)
}

# The matrix as it is stored, and on its side.
read_matrices <- function(part, genes, n_cells) {
  read <- function(what, type, n, size) {
    read_raw(paste0(part$stem, what), type, n, size)
  }
  x <- read(".data", "double", part$n_stored, 8L)
  n_genes <- length(genes)
  if (part$layout == "dense") {
    by_cell <- matrix(x, n_genes, n_cells)
    rownames(by_cell) <- genes
    return(list(columns = by_cell, rows = t(by_cell)))
  }
  by_cell <- part$layout == "csr"
  n_major <- if (by_cell) n_cells else n_genes
  stored <- new(
    "dgCMatrix",
    p = read(".indptr", "integer", n_major + 1L, 4L),
    i = read(".indices", "integer", part$n_stored, 4L),
    x = x,
    Dim = as.integer(c(if (by_cell) n_genes else n_cells, n_major))
  )
  dimnames(stored)[[if (by_cell) 1L else 2L]] <- genes
  both <- list(stored, t(stored))
  names(both) <- if (by_cell) c("columns", "rows") else c("rows", "columns")
  both
}

rank <- function(way, task, case, inputs) {
  arguments <- utils::modifyList(
    list(groupby = task$groupby, threads = way$threads, progress = FALSE),
    case$args
  )
  if (way$source == "file") {
    return(do.call(rank_genes_groups, c(list(task$path), arguments)))
  }
  arguments$groupby <- inputs$groups
  # A matrix is the part that these name.
  arguments$use_raw <- NULL
  arguments$layer <- NULL
  if (!is.null(arguments$mask_var)) {
    arguments$mask_var <- task$mask
  }
  do.call(
    rank_genes_groups,
    c(
      list(inputs$parts[[case$part]][[way$source]]),
      arguments,
      list(cells = way$source, log_base = task$log_base)
    )
  )
}

# Status: 0 answered, 1 refused with an error of the package's own, 2 failed.
attempt <- function(expression) {
  warned <- FALSE
  hinted <- FALSE
  outcome <- tryCatch(
    withCallingHandlers(
      list(status = 0L, result = expression),
      wilcoxide_warning_counts = function(condition) {
        warned <<- TRUE
        invokeRestart("muffleWarning")
      },
      wilcoxide_message_few_cells = function(condition) {
        hinted <<- TRUE
        invokeRestart("muffleMessage")
      }
    ),
    wilcoxide_error_internal = function(error) failure(2L, error),
    wilcoxide_error = function(error) failure(1L, error),
    error = function(error) failure(2L, error),
    warning = function(warning) failure(2L, warning)
  )
  c(outcome, warned = warned, hinted = hinted)
}

failure <- function(status, condition) {
  list(status = status, message = conditionMessage(condition))
}

write_outcome <- function(outcome, genes, path) {
  file <- file(path, "wb")
  on.exit(close(file))
  put <- function(value, size) writeBin(value, file, size, endian = "little")
  put_text <- function(lines) {
    text <- charToRaw(enc2utf8(paste(lines, collapse = "\n")))
    put(length(text), 4L)
    writeBin(text, file)
  }
  result <- outcome$result
  put(c(outcome$status, outcome$warned, outcome$hinted), 4L)
  put_text(if (is.null(result)) outcome$message else names(result$names))
  put(dim_of(result$names), 4L)
  put(match(unlist(result$names), genes, 0L) - 1L, 4L)
  for (field in c("scores", "logfoldchanges", "pvals", "pvals_adj")) {
    put(as.double(unlist(result[[field]])), 8L)
  }
  for (field in c("pts", "pts_rest")) {
    table <- result[[field]]
    put_text(names(table))
    put(dim_of(table), 4L)
    if (!is.null(table)) {
      put(match(rownames(table), genes, 0L) - 1L, 4L)
    }
    put(as.double(unlist(table)), 8L)
  }
}

dim_of <- function(table) {
  if (is.null(table)) c(0L, 0L) else dim(table)
}

run_task <- function(task) {
  inputs <- list(
    groups = read_groups(task),
    parts = lapply(task$parts, read_matrices, task$genes, task$n_cells)
  )
  for (case in task$cases) {
    for (number in seq_along(case$ways)) {
      outcome <- attempt(rank(case$ways[[number]], task, case, inputs))
      write_outcome(outcome, task$genes, case$out[[number]])
    }
  }
}

for (task in dget(arguments[[1L]])) {
  run_task(task)
}
