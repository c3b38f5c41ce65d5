# Labels in `.h5ad` files: what Scanpy calls the values of a dataset, of
# whatever type they are.

#' The labels of a dataset
#'
#' @return A list: `values`, and their `kind`: `"text"`, `"flag"`, `"double"`,
#'   `"single"`, or `"whole"` for whole numbers, which are text past 2^53.
#' @noRd
h5_labels <- function(h5ad, part) {
  h5_dataset(h5ad, part, function(dataset) {
    # As it is stored, not as this machine would have it.
    type <- dataset$get_type(native = FALSE)
    on.exit(type$close())
    kind <- h5_label_kind(h5ad, part, type)
    values <- h5_values(h5ad, part, convert = function(values, type) values)
    if (kind == "text" && is_bytes(h5ad, part, type)) {
      values <- python_bytes(h5ad, part, values)
    } else if (kind == "whole" && !all(abs(values) < 2^53)) {
      values <- h5_int64_text(h5ad, part, dataset, type)
    }
    list(kind = kind, values = values)
  })
}

#' The labels in one member of a dataset of records, see [h5_labels()]
#' @noRd
h5_member_labels <- function(h5ad, part, member) {
  h5_record_values(h5ad, part, member, convert = function(values, type) {
    kind <- h5_label_kind(h5ad, paste0(part, "/", member), type)
    if (kind == "whole" && !all(abs(values) < 2^53)) {
      abort_unsupported(
        h5ad,
        paste0(part, "/", member),
        "It has labels of 2^53 or more."
      )
    }
    list(kind = kind, values = values)
  })
}

h5_label_kind <- function(h5ad, part, type) {
  class <- as.character(type$get_class())
  size <- type$get_size()
  if (class == "H5T_FLOAT" && !size %in% c(4, 8)) {
    abort_unsupported(
      h5ad,
      part,
      sprintf(
        "Its labels are numbers of %.0f bits, which pandas does not have.",
        8 * size
      )
    )
  }
  switch(class,
    H5T_STRING = "text",
    H5T_ENUM = "flag",
    H5T_INTEGER = "whole",
    H5T_FLOAT = if (size == 4) "single" else "double",
    abort_unsupported(
      h5ad,
      part,
      sprintf("Its values are of HDF5's class %s.", class)
    )
  )
}

# HDF5 keeps numbers beyond 64 bits with a sign at the largest of these.
h5_int64_text <- function(h5ad, part, dataset, type) {
  text <- int64_text(
    h5_read(
      h5ad,
      part,
      dataset,
      mem_type = hdf5r::h5types$H5T_NATIVE_LLONG,
      flags = hdf5r::h5const$H5TOR_CONV_NONE
    ),
    missing = "-9223372036854775808"
  )
  is_unsigned <- as.character(type$get_sign()) == "H5T_SGN_NONE"
  if (is_unsigned && "9223372036854775807" %in% text) {
    abort_unsupported(h5ad, part, "It has labels of 2^63 or more.")
  }
  text
}

# To anndata, strings of one length in what is marked as an array are bytes.
is_bytes <- function(h5ad, part, type) {
  is.finite(type$get_size()) &&
    identical(h5_attr(h5ad, part, "encoding-type"), "array")
}

python_bytes <- function(h5ad, part, values) {
  if (!all(grepl("^[ !#-&(-[\\]-~]*$", values, perl = TRUE))) {
    abort_unsupported(
      h5ad,
      part,
      "It has bytes, not text, and some are no plain letters."
    )
  }
  sprintf("b'%s'", values)
}

label_text <- function(labels) {
  values <- labels$values
  switch(labels$kind,
    text = values,
    whole = if (is.character(values)) values else sprintf("%.0f", values),
    flag = ifelse(values != 0, "True", "False"),
    single = number_text(values, is_float = TRUE, single = TRUE),
    double = number_text(values, is_float = TRUE)
  )
}

#' Groups as Scanpy names and orders them, see [as_groups()]
#' @noRd
label_groups <- function(labels) {
  values <- labels$values
  kind <- labels$kind
  if (kind == "text") {
    return(string_groups(values))
  }
  if (is.character(values)) {
    return(whole_groups(values))
  }
  value_groups(values, function(values) {
    label_text(list(kind = kind, values = values))
  })
}
