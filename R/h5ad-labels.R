# Labels in `.h5ad` files: what Scanpy calls the values of a dataset, of
# whatever type they are.

#' The labels of a dataset
#'
#' @return A list: `values`, and their `kind`: `"text"`, `"flag"`, `"double"`,
#'   `"single"`, or `"whole"` for whole numbers, which are text past 2^53.
#' @noRd
h5_labels <- function(h5ad, part) {
  datatype <- h5_dataset(h5ad, part)$datatype
  kind <- h5_label_kind(h5ad, part, datatype)
  read <- h5_exact_values(h5ad, part)
  values <- read$exact %||% read$values
  if (kind == "text" && is_bytes(h5ad, part, datatype)) {
    values <- python_bytes(h5ad, part, values)
  }
  list(kind = kind, values = values)
}

#' The labels in one member of a dataset of records, see [h5_labels()]
#' @noRd
h5_member_labels <- function(h5ad, part, member) {
  datatype <- h5_record_types(h5ad, part)[[member]]
  kind <- h5_label_kind(h5ad, paste0(part, "/", member), datatype)
  read <- h5_exact_records(h5ad, part)
  values <- read$exact[[member]] %||% read$values[[member]]
  # hdf5r does not read these exactly.
  if (kind == "whole" && is.numeric(values) && !all(abs(values) < 2^53)) {
    abort_unsupported(
      h5ad,
      paste0(part, "/", member),
      "It has labels of 2^53 or more."
    )
  }
  list(kind = kind, values = values)
}

h5_label_kind <- function(h5ad, part, datatype) {
  class <- datatype$class
  size <- datatype$size
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
    abort_class(h5ad, part, class)
  )
}

# To anndata, strings of one length in what is marked as an array are bytes.
is_bytes <- function(h5ad, part, datatype) {
  datatype$is_fixed &&
    identical(h5_attr(h5ad, part, "encoding-type"), "array")
}

python_bytes <- function(h5ad, part, values) {
  if (!all(grepl("^[ !#-&(-[\\]-~]*$", values, perl = TRUE))) {
    abort_unsupported(
      h5ad,
      part,
      "It holds bytes, not text, and some are not plain letters."
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
