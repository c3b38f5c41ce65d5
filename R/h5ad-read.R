# What is in an `.h5ad` file: groups, datasets, attributes and values.

#' Ask the reader in Rust, or hdf5r where that does not know
#'
#' @param part What is asked about.
#' @param read Function of what the reader has open, which returns its answer.
#' @param read_by_hdf5r Function without arguments that returns the same by
#'   hdf5r.
#' @noRd
h5_ask <- function(h5ad, part, read, read_by_hdf5r) {
  answer <- h5_answer(h5ad, read)
  status <- check_status(
    answer,
    h5ad$call,
    h5ad = h5ad,
    part = part,
    otherwise = "unsupported"
  )
  if (status == "ok") {
    return(answer)
  }
  open_by_hdf5r(h5ad, part, answer$message)
  read_by_hdf5r()
}

#' What the reader in Rust says, `"unsupported"` of a whole file, too
#' @noRd
h5_answer <- function(h5ad, read) {
  if (is.null(h5ad$reader)) {
    list(status = "unsupported", message = h5ad$why)
  } else {
    read(h5ad$reader)
  }
}

#' What an object of a file is
#'
#' @return A list, see `hdf5_node()`.
#' @noRd
h5_node <- function(h5ad, part) {
  h5_ask(
    h5ad,
    part,
    function(reader) hdf5_node(reader, enc2utf8(part)),
    function() hdf5r_node(h5ad, part)
  )
}

h5_exists <- function(h5ad, part) {
  h5_node(h5ad, part)$kind != "none"
}

h5_is_group <- function(h5ad, part) {
  kind <- h5_node(h5ad, part)$kind
  if (kind == "none") {
    abort_damaged(h5ad, part, "It is missing.")
  }
  kind == "group"
}

#' The same of what must be a dataset, and may be a group in a damaged file
#' @noRd
h5_dataset <- function(h5ad, part) {
  node <- h5_node(h5ad, part)
  if (node$kind == "none") {
    abort_damaged(h5ad, part, "It is missing.")
  }
  if (node$kind != "dataset") {
    abort_damaged(h5ad, part, "It is not a dataset.")
  }
  node
}

# A dataset without even a place for values: how anndata writes None.
h5_is_null <- function(h5ad, part) {
  node <- h5_node(h5ad, part)
  node$kind == "dataset" && node$space == "null"
}

h5_dims <- function(h5ad, part) {
  h5_dataset(h5ad, part)$dims
}

h5_length <- function(h5ad, part) {
  prod(h5_dims(h5ad, part))
}

h5_members <- function(h5ad, part) {
  answer <- h5_ask(
    h5ad,
    part,
    function(reader) hdf5_members(reader, enc2utf8(part)),
    function() list(members = hdf5r_members(h5ad, part))
  )
  answer$members
}

#' Value of an attribute, `NULL` where there is none
#' @noRd
h5_attr <- function(h5ad, part, name) {
  answer <- h5_ask(
    h5ad,
    part,
    function(reader) hdf5_attribute(reader, enc2utf8(part), name),
    function() hdf5r_attribute(h5ad, part, name)
  )
  # No values are of no type: anndata writes no names as numbers.
  if (answer$is_there && length(answer$values) == 0L) {
    character()
  } else {
    answer$values
  }
}

#' The same of an attribute that must be one string, or strings
#' @noRd
h5_text_attr <- function(h5ad, part, name, one = TRUE) {
  value <- h5_attr(h5ad, part, name)
  if (!is.null(value) && (!is.character(value) || one && length(value) != 1L)) {
    abort_damaged(
      h5ad,
      part,
      sprintf(
        "Its attribute \"%s\" is not %s.",
        name,
        if (one) "one string" else "strings"
      )
    )
  }
  value
}

h5_has_attr <- function(h5ad, part, name) {
  answer <- h5_ask(
    h5ad,
    part,
    function(reader) hdf5_has_attribute(reader, enc2utf8(part), name),
    function() list(is_there = hdf5r_has_attr(h5ad, part, name))
  )
  answer$is_there
}

#' All values of a dataset as an atomic vector
#'
#' Whole numbers are integers where they fit, else doubles.
#' @noRd
h5_values <- function(h5ad, part) {
  h5_exact_values(h5ad, part, is_exact = FALSE)$values
}

#' The same as a list: `values`, and `exact`, text of whole numbers where some
#' are too large for doubles
#' @noRd
h5_exact_values <- function(h5ad, part, is_exact = TRUE) {
  class <- h5_dataset(h5ad, part)$datatype$class
  if (class == "H5T_COMPOUND") {
    abort_class(h5ad, part, class)
  }
  h5_ask(
    h5ad,
    part,
    function(reader) hdf5_values(reader, enc2utf8(part)),
    function() hdf5r_values(h5ad, part, is_exact)
  )
}

#' Types of the members of a dataset of records, by name
#' @noRd
h5_record_types <- function(h5ad, part) {
  datatype <- h5_dataset(h5ad, part)$datatype
  if (datatype$class != "H5T_COMPOUND") {
    abort_damaged(h5ad, part, "It is neither a group nor a table.")
  }
  datatype$members
}

h5_record_labels <- function(h5ad, part) {
  names(h5_record_types(h5ad, part))
}

#' All members of a dataset of records, by name
#' @noRd
h5_records <- function(h5ad, part) {
  h5_exact_records(h5ad, part)$values
}

h5_exact_records <- function(h5ad, part) {
  h5_record_types(h5ad, part)
  h5_ask(
    h5ad,
    part,
    function(reader) hdf5_values(reader, enc2utf8(part)),
    function() list(values = hdf5r_records(h5ad, part))
  )
}

abort_class <- function(h5ad, part, class) {
  abort_unsupported(
    h5ad,
    part,
    sprintf("Its values are of HDF5's class %s.", class)
  )
}
