# Data frames in `.h5ad` files, `obs` and `var`, in the three forms anndata
# has written: a group with a group for each categorical column (since 0.8),
# a group with the categories of all columns in `__categories` (0.7), and a
# table of records with the categories in `uns` (before).

frame_is_table <- function(h5ad, frame) {
  !h5_is_group(h5ad, frame)
}

#' Names of the columns, without the index
#' @noRd
frame_columns <- function(h5ad, frame) {
  if (frame_is_table(h5ad, frame)) {
    return(h5_record_labels(h5ad, frame)[-1L])
  }
  columns <- h5_text_attr(h5ad, frame, "column-order", one = FALSE)
  columns %||% setdiff(
    h5_members(h5ad, frame),
    c("__categories", frame_index_name(h5ad, frame))
  )
}

#' Names of the rows
#' @noRd
frame_index <- function(h5ad, frame) {
  if (frame_is_table(h5ad, frame)) {
    index <- h5_record_labels(h5ad, frame)[[1L]]
    label_text(h5_member_labels(h5ad, frame, index))
  } else {
    frame_labels(h5ad, paste0(frame, "/", frame_index_name(h5ad, frame)))
  }
}

frame_index_name <- function(h5ad, frame) {
  name <- h5_text_attr(h5ad, frame, "_index")
  if (is.null(name)) {
    name <- intersect(c("_index", "index"), h5_members(h5ad, frame))
  }
  if (length(name) == 0L) {
    abort_damaged(h5ad, frame, "It does not say which column is its index.")
  }
  name[[1L]]
}

#' One column: a factor where the file has categories, else a vector
#'
#' @param size How long it must be, `NULL` for any length.
#' @param as_labels Is every column to become a factor, with the names that
#'   Scanpy gives to groups?
#' @noRd
frame_column <- function(h5ad, frame, name, size = NULL, as_labels = FALSE) {
  column <- if (frame_is_table(h5ad, frame)) {
    frame_table_column(h5ad, frame, name, as_labels)
  } else {
    frame_group_column(h5ad, frame, name, as_labels)
  }
  if (!is.null(size) && length(column) != size) {
    abort_damaged(
      h5ad,
      paste0(frame, "/", name),
      sprintf("It has %d entries instead of %d.", length(column), size)
    )
  }
  if (is.double(column)) {
    column[is.nan(column)] <- NA_real_
  }
  column
}

frame_group_column <- function(h5ad, frame, name, as_labels) {
  part <- paste0(frame, "/", name)
  if (!h5_exists(h5ad, part)) {
    abort_damaged(h5ad, frame, sprintf("Its column \"%s\" is missing.", name))
  }
  if (h5_is_group(h5ad, part)) {
    return(frame_encoded_column(h5ad, part, as_labels))
  }
  if (!h5_has_attr(h5ad, part, "categories")) {
    return(frame_values(h5ad, part, as_labels))
  }
  categories <- paste0(frame, "/__categories/", name)
  make_factor(
    h5ad,
    part,
    codes = h5_values(h5ad, part),
    labels = frame_labels(h5ad, categories),
    ordered = h5_attr(h5ad, categories, "ordered")
  )
}

frame_values <- function(h5ad, part, as_labels) {
  if (as_labels) {
    label_groups(h5_labels(h5ad, part))
  } else {
    h5_values(h5ad, part)
  }
}

frame_encoded_column <- function(h5ad, part, as_labels) {
  encoding <- h5_text_attr(h5ad, part, "encoding-type") %||% "none"
  member <- function(name) paste0(part, "/", name)
  switch(encoding,
    categorical = make_factor(
      h5ad,
      part,
      codes = h5_values(h5ad, member("codes")),
      labels = frame_labels(h5ad, member("categories")),
      ordered = h5_attr(h5ad, part, "ordered")
    ),
    "nullable-integer" = ,
    "nullable-boolean" = ,
    "nullable-string-array" = {
      values <- frame_values(h5ad, member("values"), as_labels)
      values[frame_mask(h5ad, member("mask"), length(values))] <- NA
      # What a missing value has in its place is no label.
      if (as_labels) droplevels(values) else values
    },
    abort_unsupported(
      h5ad,
      part,
      sprintf("Its encoding \"%s\" is not known.", encoding)
    )
  )
}

# TRUE where a value is missing.
frame_mask <- function(h5ad, part, size) {
  mask <- h5_values(h5ad, part)
  if (!is.logical(mask) || length(mask) != size || anyNA(mask)) {
    abort_damaged(
      h5ad,
      part,
      sprintf("It is not a mask of %d booleans.", size)
    )
  }
  mask
}

# pandas' own string arrays are groups.
frame_labels <- function(h5ad, part) {
  if (h5_is_group(h5ad, part)) {
    return(as.character(frame_encoded_column(h5ad, part, as_labels = TRUE)))
  }
  labels <- h5_labels(h5ad, part)
  text <- label_text(labels)
  # Like pandas, which has no category for it.
  text[is.na(labels$values)] <- NA
  text
}

# In tables, codes are recognised as anndata does: there are categories of
# that name, and no code goes beyond them.
frame_table_column <- function(h5ad, frame, name, as_labels) {
  values <- h5_records(h5ad, frame)[[name]]
  plain <- function() {
    if (as_labels) label_groups(h5_member_labels(h5ad, frame, name)) else values
  }
  categories <- paste0("uns/", name, "_categories")
  if (!is.integer(values) || !h5_exists(h5ad, categories)) {
    return(plain())
  }
  labels <- frame_labels(h5ad, categories)
  if (any(values >= length(labels))) {
    return(plain())
  }
  make_factor(h5ad, paste0(frame, "/", name), values, labels)
}

make_factor <- function(h5ad, part, codes, labels, ordered = FALSE) {
  if (!all(codes %in% c(-1L, seq_along(labels) - 1L))) {
    abort_damaged(h5ad, part, "It has codes without a category.")
  }
  if (anyNA(labels)) {
    abort_damaged(h5ad, part, "One of its categories is a missing value.")
  }
  if (anyDuplicated(labels) > 0L) {
    abort_damaged(h5ad, part, "Its categories are not distinct.")
  }
  codes <- as.integer(codes) + 1L
  codes[codes == 0L] <- NA_integer_
  structure(
    codes,
    levels = labels,
    class = c(if (isTRUE(as.logical(ordered))) "ordered", "factor")
  )
}
