# run.R TASKS OUT LIBRARY: ranks every data set of TASKS (a list to dget) in
# every case and way, and writes each result to OUT as raw little-endian
# numbers. LIBRARY holds the wilcoxide to test; "" is the usual one.
arguments <- commandArgs(TRUE)
if (nzchar(arguments[[3L]])) {
  .libPaths(c(arguments[[3L]], .libPaths()))
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
  codes <- read_raw(paste0(task$stem, ".codes"), "integer", task$n_cells, 4L)
  codes[codes < 0L] <- NA
  labels <- task$levels[codes + 1L]
  if (task$as_strings) labels else factor(labels, task$levels)
}

# The matrix as it is stored, and on its side.
read_matrices <- function(task) {
  x <- read_raw(paste0(task$stem, ".data"), "double", task$n_stored, 8L)
  n_genes <- length(task$genes)
  if (task$layout == "dense") {
    by_cell <- matrix(x, n_genes, task$n_cells)
    rownames(by_cell) <- task$genes
    return(list(columns = by_cell, rows = t(by_cell)))
  }
  by_cell <- task$layout == "csr"
  n_major <- if (by_cell) task$n_cells else n_genes
  p <- read_raw(paste0(task$stem, ".indptr"), "integer", n_major + 1L, 4L)
  i <- read_raw(paste0(task$stem, ".indices"), "integer", task$n_stored, 4L)
  stored <- new(
    "dgCMatrix",
    p = p,
    i = i,
    x = x,
    Dim = as.integer(c(if (by_cell) n_genes else task$n_cells, n_major))
  )
  dimnames(stored)[[if (by_cell) 1L else 2L]] <- task$genes
  both <- list(stored, t(stored))
  names(both) <- if (by_cell) c("columns", "rows") else c("rows", "columns")
  both
}

rank <- function(way, threads, task, case, inputs) {
  arguments <- utils::modifyList(
    list(groupby = task$groupby, threads = threads, progress = FALSE),
    case$args
  )
  if (way == "file") {
    return(do.call(rank_genes_groups, c(list(task$path), arguments)))
  }
  arguments$groupby <- inputs$groups
  if (!is.null(arguments$mask_var)) {
    arguments$mask_var <- task$mask
  }
  do.call(
    rank_genes_groups,
    c(
      list(inputs$matrices[[way]]),
      arguments,
      list(cells = way, log_base = task$log_base)
    )
  )
}

# Status: 0 answered, 1 refused with an error of the package's own, 2 failed.
attempt <- function(expression) {
  warned <- FALSE
  outcome <- tryCatch(
    withCallingHandlers(
      list(status = 0L, result = expression),
      wilcoxide_warning_counts = function(condition) {
        warned <<- TRUE
        invokeRestart("muffleWarning")
      }
    ),
    wilcoxide_error_internal = function(error) failure(2L, error),
    wilcoxide_error = function(error) failure(1L, error),
    error = function(error) failure(2L, error),
    warning = function(warning) failure(2L, warning)
  )
  c(outcome, warned = warned)
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
  put(c(outcome$status, outcome$warned), 4L)
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

# A file is opened anew at each call, which takes its time: threads alternate.
ways_of <- function(number, case) {
  ways <- list(list(way = "file", threads = 1L + number %% 2L))
  if (case$file) {
    return(ways)
  }
  c(ways, unname(Map(
    list,
    way = rep(c("columns", "rows"), each = 2L),
    threads = rep(1:2, 2L)
  )))
}

run_task <- function(task, out) {
  inputs <- list(groups = read_groups(task), matrices = read_matrices(task))
  for (number in seq_along(task$cases)) {
    case <- task$cases[[number]]
    for (one in ways_of(number, case)) {
      outcome <- attempt(rank(one$way, one$threads, task, case, inputs))
      name <- sprintf(
        "%s.%d.%s.%d", task$name, number - 1L, one$way, one$threads
      )
      write_outcome(outcome, task$genes, file.path(out, name))
    }
  }
}

tasks <- dget(arguments[[1L]])
for (task in tasks) {
  run_task(task, arguments[[2L]])
}
