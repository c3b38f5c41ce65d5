# Matrices in memory: sparse slots go to the kernel as they are.

#' @rdname rank_genes_groups
#' @export
rank_genes_groups.Matrix <- function(x,
                                     groupby,
                                     ...,
                                     cells = c("columns", "rows"),
                                     log_base = NULL) {
  call <- rlang::current_env()
  cells <- rlang::arg_match(cells)
  check_log_base(log_base, call)
  if (!inherits(x, c("dgCMatrix", "dgRMatrix"))) {
    x <- as_sparse_double(x)
  }
  rank_view(
    matrix_view(x, cells, log_base),
    groupby,
    ...,
    call = call
  )
}

#' @rdname rank_genes_groups
#' @export
rank_genes_groups.matrix <- function(x,
                                     groupby,
                                     ...,
                                     cells = c("columns", "rows"),
                                     log_base = NULL) {
  call <- rlang::current_env()
  if (!is.numeric(x) && !is.logical(x)) {
    abort_input(
      c(
        "{.arg x} must be a matrix of numbers.",
        x = "It holds values of type {.cls {typeof(x)}}."
      ),
      call = call
    )
  }
  rank_genes_groups.Matrix(
    x,
    groupby,
    ...,
    cells = cells,
    log_base = log_base
  )
}

#' @rdname rank_genes_groups
#' @export
rank_genes_groups.default <- function(x, groupby, ...) {
  abort_input(
    c(
      "{.arg x} must be a matrix or the path of an {.file .h5ad} file.",
      x = "An object of class {.cls {class(x)}} was given."
    )
  )
}

#' @param cells,log_base As in `rank_genes_groups.Matrix()`.
#' @noRd
matrix_view <- function(x, cells, log_base) {
  by_column <- inherits(x, "dgCMatrix")
  cells_dim <- if (cells == "columns") 2L else 1L
  genes <- dimnames(x)[[3L - cells_dim]]
  n_genes <- dim(x)[[3L - cells_dim]]
  expression_view(
    matrix = function() {
      list(
        p = x@p,
        idx = if (by_column) x@i else x@j,
        x = x@x,
        major = if (by_column == (cells == "columns")) "cell" else "gene"
      )
    },
    genes = genes %||% as.character(seq_len(n_genes)),
    n_cells = dim(x)[[cells_dim]],
    cells = dimnames(x)[[cells_dim]],
    log_base = log_base,
    transposed = if (cells == "columns") {
      "cells = \"rows\""
    } else {
      "cells = \"columns\""
    }
  )
}

# Matrix has no single coercion from all its classes to doubles in general
# storage by column; `as(x, "dMatrix")` turns patterns and logicals to 0 and 1.
as_sparse_double <- function(x) {
  if (is.matrix(x)) {
    storage.mode(x) <- "double"
  }
  x <- methods::as(x, "CsparseMatrix")
  methods::as(methods::as(x, "dMatrix"), "generalMatrix")
}

check_log_base <- function(log_base, call) {
  ok <- is.null(log_base) ||
    (is.numeric(log_base) && length(log_base) == 1L &&
      is.finite(log_base) && log_base > 0 && log_base != 1)
  if (!ok) {
    abort_input(
      c(
        "{.arg log_base} must be one positive number other than 1, or NULL.",
        x = "{.val {log_base}} was given."
      ),
      call = call
    )
  }
}
