# Results in AnnData objects of Python, as Scanpy leaves them there. Those of
# anndataR are R's own: see store.R.

add_to_python <- function(object, result, key, call) {
  check_addition(result, key, call)
  check_package("reticulate", "An AnnData object of Python", call = call)
  check_groupby_stored(
    params_of(result)$groupby,
    python_strings(python_attribute(object, "obs")$columns),
    cli::format_inline("{.arg object}"),
    call
  )
  rankings <- rankings_to_store(result, key)
  for (name in names(rankings)) {
    reticulate::py_set_item(
      python_attribute(object, "uns"),
      name,
      python_result(rankings[[name]])
    )
  }
  invisible(object)
}

get_from_python <- function(object, key, call) {
  check_package("reticulate", "An AnnData object of Python", call = call)
  check_key(key, "key", call)
  uns <- python_items(python_attribute(object, "uns"))
  if (!key %in% names(uns)) {
    rankings <- Filter(is_ranking, uns)
    read <- function(key) get_from_python(object, key, call)
    levels <- fetch_levels(key, names(rankings), read)
    if (!is.null(levels)) {
      return(levels)
    }
    abort_no_ranking(key, rankings, "object$uns", call)
  }
  ranking <- python_items(uns[[key]])
  result_from_uns(
    rlang::set_names(Map(r_table, ranking, names(ranking)), names(ranking)),
    object_source("object$uns", key, call)
  )
}

# `$` would convert what it can, to copies.
python_attribute <- function(object, name) {
  object <- reticulate::r_to_py(object, convert = FALSE)
  reticulate::py_get_attr(object, name)
}

# To Python -------------------------------------------------------------------

#' What `scanpy.tl.rank_genes_groups()` leaves in `uns`
#' @noRd
python_result <- function(result) {
  elements <- stored_elements(result)
  values <- lapply(elements, function(name) {
    value <- result[[name]]
    if (name == "params") {
      reticulate::r_to_py(value)
    } else if (name == "settings") {
      python_settings(value)
    } else if (name %in% table_names("gene")) {
      python_frame(value, python_column(attr(value, "row.names")))
    } else {
      python_records(value, table_type(name, value, result$settings))
    }
  })
  python_dict(rlang::set_names(values, elements))
}

python_records <- function(table, type) {
  python_frame(table)$to_records(
    index = FALSE,
    column_dtypes = if (type == "text") "object" else type
  )
}

python_frame <- function(table, index = NULL) {
  pandas <- reticulate::import("pandas", convert = FALSE)
  pandas$DataFrame(python_dict(lapply(table, python_column)), index = index)
}

# Numbers go as bytes: see python_numbers().
python_column <- function(column) {
  if (is.character(column)) {
    cells <- as.list(column)
    cells[is.na(column)] <- list(NaN)
    return(reticulate::r_to_py(cells))
  }
  numpy <- reticulate::import("numpy", convert = FALSE)
  bytes <- writeBin(as.double(column), raw(), endian = "little")
  numpy$frombuffer(reticulate::r_to_py(bytes), dtype = "<f8")
}

# Values per group are arrays, also of one group.
python_settings <- function(settings) {
  values <- stored_settings(settings)
  python_dict(Map(
    function(value, name) {
      switch(result_settings[[name]]$per,
        result = reticulate::r_to_py(value),
        any = reticulate::r_to_py(as.list(value)),
        group = python_column(value)$astype("int64")
      )
    },
    values,
    names(values)
  ))
}

python_dict <- function(values) {
  reticulate::py_dict(names(values), unname(values), convert = FALSE)
}

# From Python -----------------------------------------------------------------

#' What is in a dict, as Python objects
#' @noRd
python_items <- function(dict) {
  lapply(
    rlang::set_names(python_strings(dict)),
    function(key) reticulate::py_get_item(dict, key)
  )
}

#' An element of a ranking as a list of columns, or a data frame
#' @noRd
r_table <- function(object, name) {
  if (name == "params") {
    return(lapply(python_items(object), function(value) {
      if (!is_none(value)) python_string(value)
    }))
  }
  if (name == "settings") {
    return(lapply(python_items(object), r_setting))
  }
  columns <- if (inherits(object, "pandas.core.frame.DataFrame")) {
    python_strings(object$columns)
  } else if (inherits(object, "numpy.ndarray")) {
    python_strings(object$dtype$names)
  } else {
    python_strings(object)
  }
  columns <- lapply(
    rlang::set_names(columns),
    function(column) r_column(reticulate::py_get_item(object, column))
  )
  if (name %in% table_names("gene")) {
    columns <- group_table(columns, python_strings(object$index))
  }
  columns
}

r_setting <- function(value) {
  numpy <- reticulate::import("numpy", convert = FALSE)
  array <- numpy$atleast_1d(numpy$asarray(value))
  if (python_string(array$dtype$kind) %in% c("b", "i", "u", "f")) {
    python_numbers(array)
  } else {
    python_strings(array)
  }
}

r_column <- function(column) {
  if (python_string(column$dtype$kind) == "f") {
    numpy <- reticulate::import("numpy", convert = FALSE)
    python_numbers(numpy$asarray(column))
  } else {
    python_strings(column)
  }
}
