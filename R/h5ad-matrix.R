# Matrices in `.h5ad` files, cells by genes: compressed by row or by column,
# or dense.

#' Number of cells and of genes
#' @noRd
h5ad_matrix_shape <- function(h5ad, part) {
  shape <- if (h5_is_group(h5ad, part)) {
    h5_attr(h5ad, part, "shape") %||% h5_attr(h5ad, part, "h5sparse_shape")
  } else {
    h5_dims(h5ad, part)
  }
  shape <- if (is.numeric(shape)) as.double(shape)
  if (length(shape) != 2L || anyNA(shape) || any(shape < 0)) {
    n <- length(shape)
    abort_damaged(
      h5ad,
      part,
      if (n == 2L) {
        "It is not a matrix: its shape is not two whole numbers."
      } else {
        cli::format_inline(
          "It is not a matrix: it has {n} dimension{?s}, and 2 are needed."
        )
      }
    )
  }
  if (any(shape > .Machine$integer.max)) {
    abort_too_large(h5ad, part, "rows or columns")
  }
  as.integer(shape)
}

#' Whether the values are stored in single precision
#' @noRd
h5ad_is_single <- function(h5ad, part) {
  values <- if (h5_is_group(h5ad, part)) paste0(part, "/data") else part
  datatype <- h5_dataset(h5ad, values)$datatype
  datatype$class == "H5T_FLOAT" && datatype$size == 4
}

#' How a matrix is stored
#'
#' @return A list: `part`, its path; `is_dense`; `major`, `"cell"` or `"gene"`;
#'   `n_major` and `n_minor`; `tell_fallback`, see [fallback_teller()]; of a
#'   sparse matrix also `starts` of the slices and their end, doubles, and
#'   `is_single`, whether the values are stored in single precision.
#' @noRd
h5ad_matrix_form <- function(h5ad, part) {
  shape <- h5ad_matrix_shape(h5ad, part)
  form <- list(
    part = part,
    is_dense = !h5_is_group(h5ad, part),
    major = "cell",
    n_major = shape[[1L]],
    n_minor = shape[[2L]]
  )
  if (form$is_dense) {
    form$tell_fallback <- fallback_teller(h5ad, part, prod(shape))
    return(form)
  }
  format <- h5_text_attr(h5ad, part, "h5sparse_format") %||%
    h5_text_attr(h5ad, part, "encoding-type") %||% "none"
  if (!sub("_matrix$", "", format) %in% c("csr", "csc")) {
    abort_unsupported(
      h5ad,
      part,
      sprintf("Its encoding \"%s\" is not one that this package reads.", format)
    )
  }
  if (startsWith(format, "csc")) {
    form$major <- "gene"
    form$n_major <- shape[[2L]]
    form$n_minor <- shape[[1L]]
  }
  form$starts <- h5ad_indptr(h5ad, form)
  form$is_single <- h5ad_is_single(h5ad, part)
  n_values <- form$starts[[length(form$starts)]]
  form$tell_fallback <- fallback_teller(h5ad, part, n_values)
  form
}

# Values that are read so fast by any means that nobody needs to know by which.
h5ad_few_values <- 1e7

#' A function that tells the user why a matrix is read slowly, once
#'
#' Its argument is what the reader in Rust says. Of a small matrix, it tells
#' nothing.
#' @noRd
fallback_teller <- function(h5ad, part, n_values) {
  is_told <- n_values <= h5ad_few_values
  function(reason) {
    if (!is_told) {
      is_told <<- TRUE
      cli::cli_inform(
        c(
          "{.field {part}} in {.file {h5ad$path}} is read by HDF5, on one
           thread.",
          i = "It cannot be read in parallel, because {reason}."
        ),
        class = "wilcoxide_message"
      )
    }
  }
}

h5ad_indptr <- function(h5ad, form) {
  member <- function(name) paste0(form$part, "/", name)
  n <- h5_length(h5ad, member("indices"))
  p <- as.double(h5_values(h5ad, member("indptr")))
  end <- form$n_major + 1
  ok <- length(p) == end && !anyNA(p) && p[[1L]] == 0 &&
    !is.unsorted(p) && p[[end]] <= n
  if (!ok) {
    abort_damaged(
      h5ad,
      form$part,
      "Its row pointers do not ascend from 0 to the number of its values."
    )
  }
  if (h5_length(h5ad, member("data")) < p[[end]]) {
    abort_damaged(h5ad, form$part, "It has fewer values than indices.")
  }
  p
}

#' Slices of a sparse matrix, indices ascending
#'
#' @param form What [h5ad_matrix_form()] returned.
#' @param which Places of the slices, `NULL` for all.
#' @param tick See [rank_matrix()].
#' @noRd
h5ad_slices <- function(h5ad, form, which = NULL, threads = 1L, tick = NULL) {
  which <- which %||% seq_len(form$n_major)
  read_slices(h5ad, form, which, threads, tick) %||%
    hdf5r_ordered_slices(h5ad, form, which, threads, tick)
}

#' Where each of some slices starts once they are read, and where the last ends
#' @noRd
slices_starts <- function(h5ad, form, which) {
  p <- cumsum(c(0, form$starts[which + 1] - form$starts[which]))
  if (p[[length(p)]] > .Machine$integer.max) {
    abort_too_large(h5ad, form$part, "values")
  }
  as.integer(p)
}

# By several threads; `NULL` where HDF5 has to read.
read_slices <- function(h5ad, form, which, threads, tick) {
  p <- slices_starts(h5ad, form, which)
  answer <- h5_answer(h5ad, function(reader) {
    read_sparse(
      reader,
      enc2utf8(form$part),
      form$starts[which],
      p,
      form$n_minor,
      threads,
      tick
    )
  })
  if (is_read(h5ad, form, answer)) slices_of(answer, form)
}

slices_of <- function(answer, form) {
  list(p = answer$p, idx = answer$idx, x = answer$x, major = form$major)
}

#' Has the reader in Rust read a matrix? Else hdf5r has the file open now
#'
#' @param answer What the reader said.
#' @noRd
is_read <- function(h5ad, form, answer, folder = NULL) {
  status <- check_status(
    answer,
    h5ad$call,
    h5ad = h5ad,
    part = form$part,
    folder = folder,
    otherwise = "unsupported"
  )
  if (status == "unsupported") {
    form$tell_fallback(answer$message)
    open_by_hdf5r(h5ad, form$part, answer$message, tell = FALSE)
  }
  status == "ok"
}

abort_too_large <- function(h5ad, part, what) {
  abort_file(
    c(
      "{.field {part}} in {.file {h5ad$path}} is too large to be read whole.",
      x = "It has more than 2^31 - 1 {what}, the limit of R's sparse matrices.",
      i = "Split the file by cells or by genes in Python and rank the parts."
    ),
    call = h5ad$call
  )
}
