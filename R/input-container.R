# What objects that hold matrices have in common: naming the matrix, taking it
# as it is, and the base of its logarithm.

#' The matrix of an object, to be read whole or in blocks
#'
#' @param x The matrix.
#' @param part What the user calls it, formatted for messages.
#' @param shape Numbers of genes and of cells that the object has.
#' @param cells_in_columns Does it have its cells in columns?
#' @return A list: `matrix` and `blocks`, of which one is `NULL`, as an
#'   [expression_view()] has them.
#' @noRd
container_values <- function(x, part, shape, cells_in_columns, call) {
  blocks <- blocks_of(x, part, cells_in_columns, call)
  if (!is.null(blocks)) {
    own <- dim(x)[if (cells_in_columns) 1:2 else 2:1]
    check_shape(own, shape, part, call)
    return(list(blocks = blocks))
  }
  list(matrix = function() {
    container_slices(x, part, shape, cells_in_columns, call)
  })
}

#' The values as the kernel reads them, see [expression_view()]
#' @noRd
container_slices <- function(x, part, shape, cells_in_columns, call) {
  x <- matrix_in_memory(x, part, call)
  check_structure(x, call)
  check_shape(dim(x)[if (cells_in_columns) 1:2 else 2:1], shape, part, call)
  matrix_slices(x, cells_in_columns, call)
}

matrix_in_memory <- function(x, part, call) {
  if (is(x, "Matrix")) {
    return(x)
  }
  if (is.matrix(x)) {
    return(plain_matrix(x, call))
  }
  if (is_sparse_of_other(x)) {
    return(as(x, "dgCMatrix"))
  }
  abort_input(
    c(
      "{part} must be a matrix, of package {.pkg Matrix}, of base R, or one that
       is read in blocks.",
      x = "It is {given(x)}.",
      i = if (is.data.frame(x) || is(x, "DataFrame")) {
        "{.code as.matrix()} turns a data frame of numbers into a matrix: store
         that instead."
      } else {
        "Store its values as a matrix of package {.pkg Matrix} instead."
      }
    ),
    call = call
  )
}

# An object put together by hand may not fit its matrix.
check_shape <- function(own, shape, part, call) {
  if (!all(own == shape)) {
    abort_input(
      c(
        "{part} must have the genes and cells of its object.",
        x = "It has {own[[1L]]} gene{?s} and {own[[2L]]} cell{?s}, the object
             {shape[[1L]]} and {shape[[2L]]}."
      ),
      call = call
    )
  }
}

#' One of the named parts of an object
#'
#' @param x Its name, or where `by_place` its number.
#' @param names The names there are.
#' @param what What such parts are called, in the plural, with where they are,
#'   formatted for messages.
#' @param hint A line more for the message.
#' @return `x`.
#' @noRd
check_part <- function(x,
                       names,
                       arg,
                       what,
                       call,
                       by_place = FALSE,
                       hint = NULL) {
  known <- (rlang::is_string(x) && x %in% names) ||
    (by_place && is_whole_number(x) && x <= length(names))
  if (known) {
    return(x)
  }
  abort_input(
    c(
      "{.arg {arg}} must name one of the {what}.",
      x = "It is {given(x)}.",
      i = if (rlang::is_string(x)) did_you_mean(x, names),
      i = if (length(names) > 0L) {
        "There {cli::qty(names)}{?is/are}: {.val {names}}."
      } else {
        "There are none."
      },
      i = hint
    ),
    call = call
  )
}

#' The base of the logarithm that an object notes, checked
#'
#' @param base What is noted; `NULL` stands for the natural logarithm.
#' @param where Where it is noted.
#' @noRd
noted_log_base <- function(base, where, call) {
  if (is.null(base)) {
    return(NULL)
  }
  # Some readers of files make arrays of single values.
  base <- as.vector(base)
  if (!is_log_base(base)) {
    abort_input(
      c(
        "{.code {where}} must be one positive number other than 1: the base of
         the logarithm of the values.",
        x = "It is {given(base)}."
      ),
      call = call
    )
  }
  as.double(base)
}

# `$` would match the start of a name, and stops where there is no list.
log1p_base <- function(annotations) {
  log1p <- as.list(annotations)[["log1p"]]
  if (is.list(log1p)) log1p[["base"]]
}
