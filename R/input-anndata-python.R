# An AnnData of Python, held by reticulate. Only strings and bytes cross over:
# packages register conversions of their own for what holds them, and reticulate
# reads the arrays of some versions of NumPy only.

#' @param x The object, or a package's wrapper of one.
#' @noRd
python_source <- function(x, name_calls = NULL) {
  # Before reticulate looks for a Python.
  force(x)
  # Whatever is taken from it stays a Python object.
  x <- reticulate::r_to_py(x, convert = FALSE)
  raw <- x$raw
  list(
    genes = python_strings(x$var_names),
    cells = python_strings(x$obs_names),
    raw_genes = if (!is_none(raw)) python_strings(raw$var_names),
    layers = python_strings(x$layers$keys()),
    obs = pandas_annotation(x$obs, "obs"),
    var = pandas_annotation(x$var, "var"),
    log_base = python_log_base(x$uns),
    slices = function(kind, part, layer, shape, call) {
      python_slices(
        switch(kind,
          raw = raw$X,
          X = x$X,
          layer = reticulate::py_get_item(x$layers, layer)
        ),
        part,
        call,
        file = if (python_flag(x$isbacked)) python_string(x$filename)
      )
    },
    name_calls = name_calls
  )
}

#' Whether a Python object is an AnnData, or of a class that extends it
#'
#' Their class has the name of the module that holds it, which is not the same
#' in all versions of anndata.
#' @noRd
is_python_anndata <- function(x) {
  inherits(x, "python.builtin.object") &&
    any(grepl("^anndata[.](.*[.])?AnnData$", class(x)))
}

python <- function() {
  reticulate::import_builtins(convert = FALSE)
}

is_none <- function(x) {
  is.null(x) || inherits(x, "python.builtin.NoneType")
}

python_strings <- function(values) {
  strings <- python()$list(python()$map(python()$str, values))
  as.character(reticulate::py_to_r(strings))
}

python_string <- function(x) {
  python_scalar(python()$str(x))
}

python_flag <- function(x) {
  python_scalar(python()$bool(x))
}

python_scalar <- function(x) {
  reticulate::py_to_r(x)
}

#' A vector of NumPy, bit by bit
#'
#' @param type `"double"` or `"integer"`, what it is read as.
#' @noRd
python_numbers <- function(array, type = "double", block = 2^24) {
  dtype <- c(double = "<f8", integer = "<i4")[[type]]
  n <- python_scalar(array$size)
  numbers <- vector(type, n)
  for (start in seq(0, by = block, length.out = ceiling(n / block))) {
    end <- min(start + block, n)
    slice <- python()$slice(as.integer(start), as.integer(end))
    some <- reticulate::py_get_item(array, slice)$astype(dtype)
    bytes <- reticulate::py_to_r(python()$bytearray(some))
    numbers[seq(start + 1, end)] <- readBin(
      bytes,
      type,
      end - start,
      endian = "little"
    )
  }
  numbers
}

pandas_annotation <- function(frame, what) {
  column <- function(name) reticulate::py_get_item(frame, name)
  annotation(
    names = python_strings(frame$columns),
    get = function(name) pandas_column(column(name)),
    what = what,
    groups = function(name) pandas_groups(column(name), name)
  )
}

#' A column of a data frame of pandas
#' @noRd
pandas_column <- function(column) {
  if (is_categorical(column)) {
    return(pandas_groups(column, python_string(column$name)))
  }
  missing <- python_numbers(column$isna()$to_numpy(), "integer") == 1L
  values <- switch(python_string(column$dtype$kind),
    i = ,
    u = ,
    f = python_numbers(as_floats(column)),
    b = python_numbers(as_floats(column)) == 1,
    python_strings(column)
  )
  values[missing] <- NA
  values
}

is_categorical <- function(column) {
  reticulate::py_has_attr(column, "cat")
}

#' A column as groups, see [as_groups()]
#'
#' pandas makes the categories that the user would have it make, so that each
#' value has the name that Python gives it.
#' @noRd
pandas_groups <- function(column, name, call = rlang::caller_env()) {
  is_text <- !is_categorical(column) &&
    !python_string(column$dtype$kind) %in% c("i", "u", "f", "b", "M", "m")
  if (!is_categorical(column)) {
    column <- column$astype("category")
  }
  # As NumPy has them, which is what Scanpy writes.
  labels <- python_strings(column$cat$categories$values)
  twice <- unique(labels[duplicated(labels)])
  if (length(twice) > 0L) {
    abort_input(
      c(
        "{.field obs} column {.val {name}} must have a name for each value.",
        x = "Python writes several values in the same way: {.val {twice}}.",
        i = "Turn them into text that differs."
      ),
      call = call
    )
  }
  codes <- python_numbers(column$cat$codes$to_numpy(), "integer")
  codes[codes < 0L] <- NA
  groups <- structure(codes + 1L, levels = labels, class = "factor")
  if (is_text) factor(groups, natural_sort(labels)) else groups
}

as_floats <- function(column) {
  column$to_numpy(dtype = "float64", na_value = NaN)
}

#' What `scanpy.pp.log1p()` noted, `NULL` for None or nothing
#' @noRd
python_log_base <- function(uns) {
  log1p <- reticulate::py_get_item(uns, "log1p", silent = TRUE)
  if (!is_none(log1p)) {
    base <- reticulate::py_get_item(log1p, "base", silent = TRUE)
    if (!is_none(base)) python_scalar(python()$float(base))
  }
}

#' @param file The file that the object has its values in, or `NULL`.
#' @noRd
python_slices <- function(values, part, call, file = NULL) {
  if (is_none(values)) {
    abort_no_values(part, call)
  }
  tryCatch(
    {
      values <- python_compressed(values)
      check_n_values(python_scalar(values$nnz), part, call)
      list(
        p = python_numbers(values$indptr, "integer"),
        idx = python_numbers(values$indices, "integer"),
        x = python_numbers(values$data),
        major = if (python_string(values$format) == "csr") "cell" else "gene",
        single = python_string(values$dtype) == "float32"
      )
    },
    error = function(cnd) {
      if (inherits(cnd, "wilcoxide_error")) {
        rlang::cnd_signal(cnd)
      }
      if (!is.null(file)) {
        abort_source(file, part, conditionMessage(cnd), NULL, call)
      }
      abort_input(
        c(
          "{part} must be a matrix of numbers.",
          x = "Python says: {conditionMessage(cnd)}"
        ),
        call = call
      )
    }
  )
}

#' A matrix as SciPy compresses it by rows or by columns, indices ascending
#'
#' The user's own is not changed.
#' @noRd
python_compressed <- function(values) {
  scipy <- reticulate::import("scipy.sparse", convert = FALSE)
  numpy <- reticulate::import("numpy", convert = FALSE)
  # Those that lie in files have the first, those of dask the second.
  for (load in c("to_memory", "compute")) {
    if (reticulate::py_has_attr(values, load)) {
      values <- reticulate::py_call(reticulate::py_get_attr(values, load))
    }
  }
  if (!python_flag(scipy$issparse(values))) {
    values <- scipy$csr_matrix(numpy$asarray(values))
  } else if (!python_string(values$format) %in% c("csr", "csc")) {
    values <- values$tocsr()
  }
  if (!python_flag(values$has_canonical_format)) {
    values <- values$copy()
    values$sum_duplicates()
  }
  values
}

check_n_values <- function(n, part, call) {
  if (n > .Machine$integer.max) {
    abort_input(
      c(
        "{part} is too large to be read whole.",
        x = "It has more than 2^31 - 1 values.",
        i = "Split it by genes in Python and rank the parts."
      ),
      call = call
    )
  }
}
