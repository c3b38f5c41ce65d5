# Delayed matrices of Bioconductor: on disk, or still to be computed. They are
# read by DelayedArray's own block processing.

#' @section Matrices larger than memory:
#' A `DelayedMatrix` of Bioconductor and a matrix of BPCells, also as the assay
#' or layer of an object, are read in blocks of genes if they do not fit into
#' the memory that the option `wilcoxide.memory` allows. The bits of the result
#' are the same. A matrix stored by cell is read once for each block, one stored
#' by gene only once: see `vignette("large-data", "wilcoxide")`.
#'
#' @name rank_genes_groups
NULL

view_of.DelayedMatrix <- function(x,
                                  ...,
                                  cells = c("columns", "rows"),
                                  log_base = NULL,
                                  call) {
  matrix_view(x, cells, log_base, call)
}

blocks_of.DelayedMatrix <- function(x, part, cells_in_columns, call) {
  check_bioc_package("DelayedArray", "Reading a DelayedMatrix", call)
  reading <- function(read) reading_from(x, part, call, read, delayed_hint)
  # Genes by cells. Newer versions look into the file to turn a matrix.
  x <- if (cells_in_columns) x else reading(Matrix::t(x))
  type <- reading(DelayedArray::type(x))
  if (!type %in% c("double", "integer", "logical")) {
    abort_input(
      c(
        "{part} must be a matrix of numbers.",
        x = "It holds values of type {.cls {type}}."
      ),
      call = call
    )
  }
  block_source(
    plan = function(genes, budget, n_blocks) {
      reading(delayed_plan(x, genes, budget, n_blocks, call))
    },
    statistics = delayed_statistics(x, part),
    read = function(genes, budget, threads) {
      check_budget(budget, delayed_needs(x), call)
      reading({
        n <- cells_at_once(x, range(genes), budget / 3)
        delayed_slices(x, genes, n, Inf, function(fraction) NULL)
      })
    }
  )
}

delayed_hint <- paste(
  "If it has moved, set its new path with {.code path(x) <- \"the new path\"};",
  "{.code HDF5Array::loadHDF5SummarizedExperiment()} opens an object that",
  "was saved with its files."
)

# Alone with the matrix, since workers get all that a function sees.
delayed_statistics <- function(x, part) {
  force(x)
  force(part)
  function(range, codes, settings, tick, call) {
    genes <- range[[1L]]:range[[2L]]
    n_cells <- attr(range, "n_cells")
    capacity <- if (length(genes) > 1L) attr(range, "capacity") else Inf
    slices <- reading_from(
      x,
      part,
      call,
      delayed_slices(x, genes, n_cells, capacity, tick),
      delayed_hint
    )
    if (!is.null(slices)) {
      return(slices_statistics(slices, range, codes, settings))
    }
    statistics <- delayed_statistics(x, part)
    join_blocks(lapply(halve(range), statistics, codes, settings, tick, call))
  }
}

#' Ranges of genes, each with how it is to be read
#'
#' Where all cells of a gene are stored together, a range may be as small as
#' one likes, and it is taken to be full of values. Else each range takes
#' another look at the whole file, so ranges are as large as the values of a
#' sample of the cells make one expect.
#'
#' @return See [block_source()]. Attributes of a range: `capacity`, values
#'   that it may turn out to have; `n_cells`, cells to read at once.
#' @noRd
delayed_plan <- function(x, genes, budget, n_blocks, call) {
  n_cells <- ncol(x)
  # A third is for what is being read.
  reading <- budget / 3
  kept <- budget - reading - cell_bytes * n_cells
  check_budget(budget, delayed_needs(x), call)
  capacity <- min(kept / value_bytes, .Machine$integer.max)
  stored <- rep(n_cells, length(genes))
  if (sum(stored) > capacity && !is_stored_by_gene(x)) {
    stored <- sampled_sizes(x, reading)[genes]
  }
  ranges <- gene_ranges(genes, stored, capacity, n_blocks)
  each <- if (DelayedArray::is_sparse(x)) mean(stored)
  lapply(ranges, function(range) {
    structure(
      range,
      capacity = capacity,
      n_cells = cells_at_once(x, range, reading, each)
    )
  })
}

# Bytes for one gene of all cells, of which a third is for reading it.
delayed_needs <- function(x) {
  1.5 * ncol(x) * (cell_bytes + value_bytes)
}

# Bytes that a value of a block takes while the blocks of its cells are joined
# or the block is ranked; bytes of each cell besides.
value_bytes <- 24
cell_bytes <- 48

#' Cells of a range of genes to read at once
#'
#' @param bytes Memory for them.
#' @param stored Expected values of a gene, `NULL` for a dense matrix.
#' @noRd
cells_at_once <- function(x, range, bytes, stored = NULL) {
  chunk <- chunk_shape(x)
  # Whole chunks are read, whatever is wanted of them.
  n_genes <- min(range[[2L]] - range[[1L]] + 2 * chunk[[1L]], nrow(x))
  # DelayedArray's own copies of what it reads, as measured.
  a_gene <- if (is.null(stored)) 32 else 128 * stored / ncol(x)
  n <- bytes %/% max(n_genes * a_gene, 1)
  as.integer(min(max(n - n %% chunk[[2L]], chunk[[2L]]), ncol(x)))
}

# Genes and cells that are stored together; as if by cell where that is not
# known.
chunk_shape <- function(x) {
  DelayedArray::chunkdim(x) %||% c(nrow(x), 1L)
}

is_stored_by_gene <- function(x) {
  chunk <- chunk_shape(x)
  chunk[[2L]] == ncol(x) && chunk[[1L]] < nrow(x)
}

#' Values of each gene to expect, from those of some cells
#' @noRd
sampled_sizes <- function(x, bytes, n_samples = 8L) {
  n_cells <- ncol(x)
  n <- min(cells_at_once(x, c(1L, nrow(x)), bytes), 500L)
  starts <- seq(1, max(n_cells - n + 1, 1), length.out = n_samples)
  starts <- unique(as.integer(starts))
  seen <- integer(nrow(x))
  for (start in starts) {
    cells <- start:min(start + n - 1L, n_cells)
    found <- read_delayed(x, seq_len(nrow(x)), cells)@i + 1L
    seen <- seen + tabulate(found, nrow(x))
  }
  # Some more than seen; what is wrong all the same is seen when it is read.
  pmin(n_cells * (1.15 * seen + 1) / (n * length(starts)), n_cells)
}

read_delayed <- function(x, genes, cells) {
  some <- x[genes, cells, drop = FALSE]
  # DelayedArray may drop what is not a number on the way from dense to sparse.
  some <- if (DelayedArray::is_sparse(x)) some else as.matrix(some)
  some <- as(some, "CsparseMatrix")
  if (is_compressed(some)) some else as_compressed(some, NULL)
}

#' The values of some genes in all cells, cell after cell
#'
#' @param step Cells to read at once.
#' @param capacity Values to read at most.
#' @return See [expression_view()]; `NULL` when they are more than expected.
#' @noRd
delayed_slices <- function(x, genes, step, capacity, tick) {
  starts <- seq(1L, ncol(x), by = step)
  pieces <- vector("list", length(starts))
  held <- 0
  for (k in seq_along(starts)) {
    cells <- starts[[k]]:min(starts[[k]] + step - 1L, ncol(x))
    pieces[[k]] <- read_delayed(x, genes, cells)
    held <- held + length(pieces[[k]]@x)
    if (held > capacity) {
      return(NULL)
    }
    tick(k / (length(starts) + 1))
  }
  if (length(pieces) == 1L) {
    return(matrix_slices(pieces[[1L]], TRUE, NULL))
  }
  join_slices(pieces)
}

# Slot by slot, so that no more than two copies of one are there at once.
join_slices <- function(pieces) {
  lengths <- unlist(lapply(pieces, function(piece) diff(piece@p)))
  idx <- unlist(lapply(pieces, methods::slot, "i"))
  pieces <- lapply(pieces, methods::slot, "x")
  list(
    p = as.integer(c(0, cumsum(as.double(lengths)))),
    idx = idx,
    x = unlist(pieces),
    major = "cell"
  )
}

halve <- function(range) {
  middle <- (range[[1L]] + range[[2L]]) %/% 2L
  halves <- list(c(range[[1L]], middle), c(middle + 1L, range[[2L]]))
  lapply(halves, function(half) {
    attributes(half) <- attributes(range)
    half
  })
}
