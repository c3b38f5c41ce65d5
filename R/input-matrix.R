# Matrices in memory: sparse slots go to the kernel as they are.

#' @param cells Which dimension of the matrix holds the cells: `"columns"`, as
#'   in Bioconductor and Seurat, or `"rows"`, as in AnnData. It is not guessed.
#'   For matrices only.
#' @param log_base The base of the logarithm of the values. `NULL` means natural
#'   logarithms, or what a SummarizedExperiment records. Fold changes need it.
#'   For matrices and SummarizedExperiments.
#' @name rank_genes_groups
NULL

view_of.Matrix <- function(x,
                           ...,
                           cells = c("columns", "rows"),
                           log_base = NULL,
                           call) {
  matrix_view(x, cells, log_base, call)
}

view_of.matrix <- function(x,
                           ...,
                           cells = c("columns", "rows"),
                           log_base = NULL,
                           call) {
  matrix_view(plain_matrix(x, call), cells, log_base, call)
}

view_of.default <- function(x,
                            ...,
                            cells = c("columns", "rows"),
                            log_base = NULL,
                            call) {
  # A class of its own hides that it is a matrix.
  if (is.matrix(x)) {
    return(matrix_view(plain_matrix(x, call), cells, log_base, call))
  }
  if (is_sparse_of_other(x)) {
    return(matrix_view(as(x, "dgCMatrix"), cells, log_base, call))
  }
  abort_no_input(x, call)
}

abort_no_input <- function(x, call) {
  abort_input(
    c(
      "{.arg x} must be a matrix, an object that holds one, or the path of an
       {.file .h5ad} file.",
      x = "It is {given(x)}.",
      i = if (is.data.frame(x)) {
        "{.code as.matrix(x)} turns a data frame of numbers into a matrix."
      } else if (inherits(x, c("Assay", "Assay5"))) {
        "Give the {.cls Seurat} object that it is an assay of, and its name as
         {.arg assay}; or its values, {.code GetAssayData(x)}."
      } else {
        "Objects may be of class {.cls SummarizedExperiment},
         {.cls SingleCellExperiment}, {.cls Seurat} or AnnData."
      }
    ),
    call = call
  )
}

#' Matrices of other packages that know how to become one of package Matrix
#' @noRd
is_sparse_of_other <- function(x) {
  isS4(x) && length(dim(x)) == 2L && methods::canCoerce(x, "dgCMatrix")
}

#' The view of a matrix that comes without an object
#'
#' @param x A Matrix, a base matrix of numbers, or a matrix that [blocks_of()]
#'   knows how to read in blocks.
#' @param cells,log_base As the user gave them.
#' @noRd
matrix_view <- function(x, cells, log_base, call) {
  cells <- choose_one(cells, c("columns", "rows"), "cells", call)
  check_log_base(log_base, call)
  in_columns <- cells == "columns"
  blocks <- blocks_of(x, cli::format_inline("{.arg x}"), in_columns, call)
  if (is.null(blocks)) {
    check_structure(x, call)
  }
  # Of genes, then of cells.
  dims <- if (in_columns) 1:2 else 2:1
  size <- dim(x)[dims]
  names <- dimnames(x)[dims]
  calls <- c("rownames(x)", "colnames(x)")[dims]
  expression_view(
    matrix = function() matrix_slices(x, in_columns, call),
    blocks = blocks,
    genes = names[[1L]] %||% as.character(seq_len(size[[1L]])),
    n_cells = size[[2L]],
    cells = names[[2L]],
    log_base = log_base,
    transposed = if (in_columns) "cells = \"rows\"" else "cells = \"columns\"",
    name_calls = c(genes = calls[[1L]], cells = calls[[2L]])
  )
}

matrix_slices <- function(x, cells_in_columns, call) {
  if (!is_compressed(x)) {
    x <- as_compressed(x, call)
  }
  by_column <- is(x, "CsparseMatrix")
  list(
    p = plain_vector(x@p),
    idx = plain_vector(if (by_column) x@i else x@j),
    x = plain_vector(x@x),
    major = if (by_column == cells_in_columns) "cell" else "gene"
  )
}

# The classes that the kernel reads without a copy.
is_compressed <- function(x) {
  inherits(x, c("dgCMatrix", "dgRMatrix"))
}

# Matrix has no single coercion from all its classes to doubles in general
# storage by column; `as(x, "dMatrix")` turns patterns and logicals to 0 and 1.
as_compressed <- function(x, call) {
  tryCatch(
    {
      x <- as(x, "CsparseMatrix")
      as(as(x, "dMatrix"), "generalMatrix")
    },
    error = function(cnd) {
      abort_input(
        c(
          "{.arg x} must be a matrix that a sparse matrix of doubles can hold.",
          x = "{conditionMessage(cnd)}"
        ),
        call = call
      )
    }
  )
}

# Arrays of one dimension, as some readers of files make them, are no vectors
# to everybody.
plain_vector <- function(x) {
  if (!is.null(attributes(x))) {
    attributes(x) <- NULL
  }
  x
}

# A base matrix without classes.
plain_matrix <- function(x, call) {
  if (inherits(x, "integer64")) {
    abort_input(
      c(
        "{.arg x} must be a matrix of numbers.",
        x = "It holds 64-bit integers, which only {.pkg bit64} understands.",
        i = "Convert them to doubles."
      ),
      call = call
    )
  }
  if (is.object(x)) {
    x <- asS4(unclass(x), FALSE)
  }
  if (!is.numeric(x) && !is.logical(x)) {
    abort_input(
      c(
        "{.arg x} must be a matrix of numbers.",
        x = "It holds values of type {.cls {typeof(x)}}."
      ),
      call = call
    )
  }
  x
}

#' Refuse a Matrix put together wrongly
#'
#' Matrix trusts its objects, so that R can crash where a slot lies. What the
#' kernel reads as it is it also checks, in parallel, if the slots are of the
#' right types.
#' @noRd
check_structure <- function(x, call) {
  if (is.matrix(x)) {
    return(invisible())
  }
  problem <- if (is_compressed(x)) slot_problem(x) else validity_problem(x)
  if (!is.null(problem)) {
    abort_invalid_matrix(problem, call)
  }
}

validity_problem <- function(x) {
  tryCatch(
    {
      validObject(x)
      NULL
    },
    error = conditionMessage
  )
}

slot_problem <- function(x) {
  # As attributes, since `@` stops where a slot is not there.
  slots <- attributes(x)
  by_column <- inherits(x, "dgCMatrix")
  type_problem(slots, if (by_column) "i" else "j") %||%
    dim_problem(slots$Dim) %||%
    length_problem(slots$p, slots$Dim, if (by_column) 2L else 1L) %||%
    dimnames_problem(slots$Dimnames, slots$Dim)
}

type_problem <- function(slots, minor) {
  expected <- c("integer", "integer", "double", "integer")
  names <- c("p", minor, "x", "Dim")
  # Of a class of their own, bits may mean something else.
  types <- vapply(slots[names], function(slot) {
    if (is.object(slot)) class(slot)[[1L]] else typeof(slot)
  }, "")
  wrong <- match(FALSE, types == expected)
  if (!is.na(wrong)) {
    sprintf("slot %s is not of type %s", names[[wrong]], expected[[wrong]])
  }
}

dim_problem <- function(dim) {
  if (length(dim) != 2L || anyNA(dim) || any(dim < 0L)) {
    "slot Dim is not two lengths"
  }
}

length_problem <- function(p, dim, major) {
  n_starts <- dim[[major]] + 1
  if (length(p) != n_starts) {
    sprintf(
      "slot p has %d entries, %.0f belong to a matrix of %d x %d",
      length(p), n_starts, dim[[1L]], dim[[2L]]
    )
  }
}

dimnames_problem <- function(dimnames, dim) {
  fits <- function(names, length) {
    is.null(names) || (is.character(names) && length(names) == length)
  }
  if (!is.list(dimnames) || length(dimnames) != 2L ||
    !fits(dimnames[[1L]], dim[[1L]]) || !fits(dimnames[[2L]], dim[[2L]])) {
    "slot Dimnames does not fit slot Dim"
  }
}

check_log_base <- function(log_base, call) {
  if (!is.null(log_base) && !is_log_base(log_base)) {
    abort_input(
      c(
        "{.arg log_base} must be one positive number other than 1, or NULL.",
        x = "It is {given(log_base)}."
      ),
      call = call
    )
  }
}
