# Matrices of BPCells: on disk, compressed, or still to be computed.

view_of.IterableMatrix <- function(x,
                                   ...,
                                   cells = c("columns", "rows"),
                                   log_base = NULL,
                                   call) {
  matrix_view(x, cells, log_base, call)
}

blocks_of.IterableMatrix <- function(x, part, cells_in_columns, call) {
  check_package(
    "BPCells",
    "Reading a matrix of BPCells",
    "remotes::install_github(\"bnprks/BPCells/r\")",
    call = call
  )
  # Genes by cells.
  x <- in_double_precision(if (cells_in_columns) x else Matrix::t(x))
  reading <- function(read) reading_from(x, part, call, read, iterable_hint)
  block_source(
    plan = function(genes, budget, n_blocks) {
      reading(iterable_plan(x, genes, budget, n_blocks, call))
    },
    statistics = iterable_statistics(x, part),
    read = function(genes, budget, threads) {
      check_budget(budget, ncol(x) * (cell_bytes + value_bytes), call)
      reading(iterable_slices(x, genes))
    }
  )
}

iterable_hint <- paste(
  "If it has moved, open it in its new place, for example with",
  "{.code BPCells::open_matrix_dir()}, and replace the old matrix with it."
)

#' A matrix of BPCells whose functions are those of double precision
#'
#' BPCells takes logarithms of several values at once, in single precision, and
#' those left over one by one, in double precision: a value would depend on the
#' others that are read with it. Its classes for double precision alone have
#' the same names and `Slow` behind.
#' @noRd
in_double_precision <- function(x) {
  if (rlang::is_bare_list(x)) {
    return(lapply(x, in_double_precision))
  }
  if (!is(x, "IterableMatrix")) {
    return(x)
  }
  home <- asNamespace("BPCells")
  precise <- paste0(class(x), "Slow")
  y <- if (methods::isClass(precise, where = home)) {
    methods::new(methods::getClass(precise, where = home))
  } else {
    x
  }
  for (name in methods::slotNames(x)) {
    methods::slot(y, name) <- in_double_precision(methods::slot(x, name))
  }
  y
}

# Alone with the matrix, since workers get all that a function sees.
iterable_statistics <- function(x, part) {
  force(x)
  force(part)
  function(range, codes, settings, tick, call) {
    genes <- range[[1L]]:range[[2L]]
    slices <- reading_from(
      x,
      part,
      call,
      iterable_slices(x, genes),
      iterable_hint
    )
    slices_statistics(slices, range, codes, settings)
  }
}

# What is stored by gene stays so; BPCells would turn it around.
iterable_slices <- function(x, genes) {
  some <- x[genes, , drop = FALSE]
  by_gene <- iterable_is_by_row(x)
  some <- as(if (by_gene) Matrix::t(some) else some, "dgCMatrix")
  matrix_slices(some, !by_gene, NULL)
}

# Every range takes another look at a matrix that is stored by cell, so what
# its genes hold is counted before, which takes one.
iterable_plan <- function(x, genes, budget, n_blocks, call) {
  kept <- budget - cell_bytes * ncol(x)
  check_budget(budget, ncol(x) * (cell_bytes + value_bytes), call)
  capacity <- min(kept / value_bytes, .Machine$integer.max)
  stored <- rep(ncol(x), length(genes))
  if (sum(stored) > capacity && !iterable_is_by_row(x)) {
    found <- getExportedValue("BPCells", "matrix_stats")(
      x,
      row_stats = "nonzero"
    )
    stored <- found$row_stats["nonzero", genes]
  }
  gene_ranges(genes, stored, capacity, n_blocks)
}

iterable_is_by_row <- function(x) {
  getExportedValue("BPCells", "storage_order")(x) == "row"
}
