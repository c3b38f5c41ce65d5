# Results in AnnData objects: those of anndataR are R's own, the others Python's.

#' @export
add_rank_genes_groups.AbstractAnnData <- function(
    object,
    result,
    key_added = "rank_genes_groups") {
  check_addition(result, key_added)
  uns <- object$uns
  uns[[key_added]] <- result_as_uns(result)
  object$uns <- uns
  object
}

#' @export
get_rank_genes_groups.AbstractAnnData <- function(object,
                                                  key = "rank_genes_groups") {
  stored_result(object$uns, key, "object$uns")
}

#' @export
add_rank_genes_groups.AnnDataR6 <- function(object,
                                            result,
                                            key_added = "rank_genes_groups") {
  add_to_python(object, result, key_added, rlang::current_env())
}

#' @export
get_rank_genes_groups.AnnDataR6 <- function(object,
                                            key = "rank_genes_groups") {
  get_from_python(object, key, rlang::current_env())
}

#' @method add_rank_genes_groups anndata._core.anndata.AnnData
#' @export
add_rank_genes_groups.anndata._core.anndata.AnnData <- function( # nolint
    object,
    result,
    key_added = "rank_genes_groups") {
  add_to_python(object, result, key_added, rlang::current_env())
}

#' @method get_rank_genes_groups anndata._core.anndata.AnnData
#' @export
get_rank_genes_groups.anndata._core.anndata.AnnData <- function( # nolint
    object,
    key = "rank_genes_groups") {
  get_from_python(object, key, rlang::current_env())
}

add_to_python <- function(object, result, key, call) {
  check_addition(result, key, call)
  check_package("reticulate", "An AnnData object of Python", call = call)
  columns <- python_attribute(object, "obs", "columns")
  check_groupby_stored(
    result$params$groupby,
    python_list(columns),
    "{.arg object}",
    call
  )
  reticulate::py_set_item(
    python_attribute(object, "uns"),
    key,
    python_result(result)
  )
  object
}

get_from_python <- function(object, key, call) {
  check_package("reticulate", "An AnnData object of Python", call = call)
  check_key(key, "key", call)
  uns <- python_attribute(object, "uns")
  if (!key %in% python_list(uns)) {
    rankings <- Filter(is_ranking, python_items(uns))
    abort_no_ranking(key, rankings, "object$uns", call)
  }
  result_from_uns(
    lapply(python_items(reticulate::py_get_item(uns, key)), columns_of_python),
    object_source("object$uns", key, call)
  )
}

# To Python -------------------------------------------------------------------

#' What `scanpy.tl.rank_genes_groups()` leaves in `uns`
#' @noRd
python_result <- function(result) {
  pandas <- reticulate::import("pandas", convert = FALSE)
  values <- Map(
    function(value, name) {
      if (name == "params") {
        reticulate::r_to_py(value)
      } else if (name %in% uns_frames) {
        python_frame(value, pandas, attr(value, "row.names"))
      } else {
        python_records(value, record_type(name), pandas)
      }
    },
    unclass(result),
    names(result)
  )
  python_dict(values)
}

#' Type of the columns of a table: text, single or double precision
#' @noRd
record_type <- function(name) {
  switch(name,
    names = "text",
    scores = ,
    logfoldchanges = "float32",
    "float64"
  )
}

python_records <- function(table, type, pandas) {
  python_frame(table, pandas)$to_records(
    index = FALSE,
    column_dtypes = if (type == "text") "object" else type
  )
}

python_frame <- function(table, pandas, index = NULL) {
  if (!is.null(index)) {
    index <- reticulate::r_to_py(as.list(index))
  }
  pandas$DataFrame(python_dict(lapply(table, python_column)), index = index)
}

# A vector of length 1 would become no list.
python_column <- function(column) {
  if (!is.character(column)) {
    return(reticulate::np_array(column))
  }
  cells <- as.list(column)
  cells[is.na(column)] <- list(NaN)
  reticulate::r_to_py(cells)
}

python_dict <- function(values) {
  reticulate::py_dict(names(values), unname(values), convert = FALSE)
}

# From Python -----------------------------------------------------------------

# `$` would convert what it can, to copies.
python_attribute <- function(object, ...) {
  object <- reticulate::r_to_py(object)
  for (name in c(...)) {
    object <- reticulate::py_get_attr(object, name)
  }
  object
}

python_list <- function(object) {
  builtins <- reticulate::import_builtins(convert = FALSE)
  as.character(reticulate::py_to_r(builtins$list(object)))
}

python_items <- function(dict) {
  if (!inherits(dict, "python.builtin.object")) {
    return(dict)
  }
  keys <- python_list(dict)
  lapply(
    rlang::set_names(keys),
    function(key) reticulate::py_get_item(dict, key)
  )
}

#' Columns of records or of a frame; anything else as reticulate converts it
#' @noRd
columns_of_python <- function(object) {
  if (inherits(object, "pandas.core.frame.DataFrame")) {
    return(frame_of_python(object))
  }
  if (inherits(object, "numpy.ndarray")) {
    groups <- python_list(reticulate::py_get_attr(object, "dtype")$names)
    return(lapply(
      rlang::set_names(groups),
      function(group) column_of_python(reticulate::py_get_item(object, group))
    ))
  }
  reticulate::py_to_r(object)
}

frame_of_python <- function(object) {
  columns <- python_list(python_attribute(object, "columns"))
  genes <- python_list(python_attribute(object, "index"))
  columns <- lapply(
    rlang::set_names(columns),
    function(column) column_of_python(reticulate::py_get_item(object, column))
  )
  group_table(columns, genes)
}

column_of_python <- function(column) {
  as.vector(reticulate::py_to_r(column$tolist()))
}
