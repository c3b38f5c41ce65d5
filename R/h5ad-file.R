# HDF5 through hdf5r. Paths are taken from the root of the file, and a handle
# lives no longer than the function that opened it: hdf5r's `close_all()`
# would close the caller's own handles to the same file, too.

#' Read from an `.h5ad` file
#'
#' @param path Path of the file, as the user gave it.
#' @param read Function of the open file, a `list(file, path, call)` that all
#'   readers below take; what it returns is returned.
#' @param call Where errors are said to come from.
#' @param arg The argument that the path was given as.
#' @noRd
with_h5ad <- function(path, read, call, arg = "x") {
  check_package("hdf5r", "Reading an .h5ad file", call = call)
  check_h5ad_path(path, call, arg)
  file <- tryCatch(
    hdf5r::H5File$new(path.expand(path), mode = "r"),
    error = function(cnd) abort_hdf5(cnd, path, call)
  )
  on.exit(file$close())
  depth <- sys.nframe()
  # Called where the error is, so that the functions it comes from can be seen.
  withCallingHandlers(
    read(list(file = file, path = path, call = call)),
    error = function(cnd) {
      if (inherits(cnd, "wilcoxide_error")) {
        return()
      }
      if (is_in_hdf5r(depth) || inherits(cnd, "wilcoxide_unreadable")) {
        abort_hdf5(cnd, path, call)
      }
      abort_fault(conditionMessage(cnd), call, parent = cnd)
    }
  )
}

#' Whether a function of hdf5r is running
#' @param depth Number of the frame above which to look.
#' @noRd
is_in_hdf5r <- function(depth) {
  home <- asNamespace("hdf5r")
  for (frame in seq(depth + 1L, sys.nframe())) {
    of <- environment(sys.function(frame))
    if (!is.null(of) && identical(topenv(of), home)) {
      return(TRUE)
    }
  }
  FALSE
}

check_h5ad_path <- function(path, call, arg = "x") {
  check_is_local(path, arg, call)
  check_is_no_folder(path, arg, call)
  if (!file.exists(path)) {
    abort_file(
      c(
        "{.arg {arg}} must be the path of an {.file .h5ad} file.",
        x = "There is no file {.file {path}}."
      ),
      call = call
    )
  }
  # Not left to HDF5: its message has the path in it, and hdf5r ends the R
  # session over a message with a percent sign.
  if (file.access(path, mode = 4L) != 0L) {
    abort_file(
      c("Can't read {.file {path}}.", x = "Permission to read it is missing."),
      call = call
    )
  }
  check_whole(path, call)
}

# HDF5 notices both of these, too, but hdf5r may cut its messages before they
# come to the cause.
check_whole <- function(path, call) {
  head <- readBin(path, "raw", 64L)
  if (!hdf5r::is_hdf5(path.expand(path))) {
    abort_not_hdf5(path, call)
  }
  stated <- hdf5_stated_size(head)
  if (isTRUE(file.size(path) < stated)) {
    abort_file(
      c(
        "Can't read {.file {path}}.",
        x = "It is truncated: of {format(stated, big.mark = ',')} bytes it has
             {format(file.size(path), big.mark = ',')}.",
        i = "Copy or download it again."
      ),
      call = call
    )
  }
}

#' How many bytes an HDF5 file should have, by its first ones
#'
#' From the superblock in versions 0 to 3 of the HDF5 file format, where
#' addresses have 8 bytes; `NA` for any other.
#' @noRd
hdf5_stated_size <- function(head) {
  signature <- as.raw(c(0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a))
  if (length(head) < 64L || !identical(head[1:8], signature)) {
    return(NA_real_)
  }
  version <- as.integer(head[[9L]])
  at <- switch(as.character(version), "0" = 41L, "1" = 45L, "2" = , "3" = 29L)
  address_bytes <- as.integer(head[[if (version < 2L) 14L else 10L]])
  if (is.null(at) || address_bytes != 8L) {
    return(NA_real_)
  }
  sum(as.integer(head[at + 0:7]) * 256^(0:7))
}

# hdf5r gives HDF5's whole error stack; its deepest entry is the cause. With
# rhdf5 in the same session there is no stack.
abort_hdf5 <- function(cnd, path, call) {
  message <- conditionMessage(cnd)
  causes <- hdf5_causes(message)
  detail <- c(rev(causes), message)[[1L]]
  hint <- if (grepl("lock", detail, fixed = TRUE)) {
    "It is open for writing in another program: close it there."
  } else if (grepl("open file|Error opening file", detail)) {
    "It may be open for writing in another program: close it there."
  }
  abort_file(
    c(
      "Can't read {.file {path}}.",
      x = paste(
        if (length(causes) > 0L) "HDF5" else "The reader",
        "says: {detail}."
      ),
      i = hint
    ),
    call = call,
    parent = if (length(causes) == 0L) cnd
  )
}

hdf5_causes <- function(message) {
  stack <- regmatches(message, gregexpr("line \\d+: [^\n]+", message))[[1L]]
  sub("^line \\d+: ", "", stack)
}

# In words of our own: HDF5's stack ends with the fruitless search for a plugin,
# and may be cut before it names the filter.
abort_without_filter <- function(h5ad, part, filters) {
  abort_file(
    c(
      "Can't read {.field {part}} in {.file {h5ad$path}}.",
      x = "It is compressed by a filter that HDF5 lacks here:
           {.val {filters}}.",
      i = "Write the file anew in Python:
           {.code adata.write_h5ad(compression=\"gzip\")}.",
      i = "Or have the environment variable {.envvar HDF5_PLUGIN_PATH} name a
           folder with the plugin for it before R starts, such as
           {.code hdf5plugin.PLUGIN_PATH} in Python."
    ),
    call = h5ad$call
  )
}

abort_damaged <- function(h5ad, part, problem) {
  abort_file(
    c("{.field {part}} in {.file {h5ad$path}} is damaged.", x = "{problem}"),
    call = h5ad$call
  )
}

abort_unsupported <- function(h5ad, part, what) {
  abort_file(
    c("Can't read {.field {part}} in {.file {h5ad$path}}.", x = "{what}"),
    call = h5ad$call
  )
}

h5_with <- function(h5ad, part, use) {
  object <- h5ad$file$open(part)
  on.exit(object$close())
  use(object)
}

#' The same for what must be a dataset, and may be a group in a damaged file
#' @noRd
h5_dataset <- function(h5ad, part, use) {
  h5_with(h5ad, part, function(object) {
    if (!inherits(object, "H5D")) {
      abort_damaged(h5ad, part, "It is not a dataset.")
    }
    use(object)
  })
}

h5_exists <- function(h5ad, part) {
  h5ad$file$path_valid(part)
}

h5_is_group <- function(h5ad, part) {
  h5_with(h5ad, part, function(object) inherits(object, "H5Group"))
}

# A dataset without even a place for values: how anndata writes None.
h5_is_null <- function(h5ad, part) {
  h5_with(h5ad, part, function(object) {
    inherits(object, "H5D") && is.null(object$dims)
  })
}

h5_length <- function(h5ad, part) {
  prod(h5_dims(h5ad, part))
}

h5_members <- function(h5ad, part) {
  h5_with(h5ad, part, function(group) as_utf8(names(group)))
}

h5_dims <- function(h5ad, part) {
  h5_dataset(h5ad, part, function(dataset) rev(as.double(dataset$dims)))
}

#' Value of an attribute, `NULL` where there is none
#' @noRd
h5_attr <- function(h5ad, part, name) {
  h5_with(h5ad, part, function(object) {
    if (!object$attr_exists(name)) {
      return(NULL)
    }
    attribute <- object$attr_open(name)
    on.exit(attribute$close())
    # hdf5r fails on attributes of length 0.
    if (as.double(attribute$get_storage_size()) == 0) {
      return(character())
    }
    value <- attribute$read()
    if (is.character(value)) as_utf8(value) else value
  })
}

h5_has_attr <- function(h5ad, part, name) {
  h5_with(h5ad, part, function(object) object$attr_exists(name))
}

# A filter counts as there once HDF5 has looked for its plugin, so this asks
# after a failure.
h5_read <- function(h5ad, part, dataset, ...) {
  withCallingHandlers(
    dataset$read_low_level(...),
    error = function(cnd) {
      filters <- h5_missing_filters(dataset)
      if (length(filters) > 0L) {
        abort_without_filter(h5ad, part, filters)
      }
    }
  )
}

h5_missing_filters <- function(dataset) {
  creation <- dataset$get_create_plist()
  on.exit(creation$close())
  if (creation$all_filters_avail()) {
    return(character())
  }
  filters <- lapply(seq_len(creation$get_nfilters()) - 1, creation$get_filter)
  # hdf5r has no name for what is not a part of HDF5.
  is_foreign <- vapply(filters, function(filter) is.na(filter$filter), NA)
  names <- vapply(filters[is_foreign], `[[`, "", "name")
  # Some add where they are described.
  sub(";.*", "", as_utf8(names))
}

#' All values of a dataset as an atomic vector
#'
#' Numbers are read as doubles, so that no 64-bit integers arise.
#'
#' @param convert Function of the values as read and their HDF5 type, see
#'   [hdf5_values()].
#' @noRd
h5_values <- function(h5ad, part, convert = hdf5_values) {
  h5_dataset(h5ad, part, function(dataset) {
    type <- dataset$get_type()
    on.exit(type$close())
    class <- as.character(type$get_class())
    if (is.null(dataset$dims) || prod(dataset$dims) == 0) {
      values <- if (class == "H5T_STRING") character() else double()
    } else {
      memory <- h5_memory_type(h5ad, part, class, type)
      values <- h5_read(h5ad, part, dataset, mem_type = memory)
    }
    if (class == "H5T_STRING") {
      values <- h5_text(h5ad, part, values)
    }
    convert(values, type)
  })
}

#' Numbers of a dataset, with nothing copied that need not be
#'
#' @param type Type of the vector to return.
#' @param count How many along each dimension, the fastest first.
#' @param start First of them, from 1.
#' @noRd
h5_numbers <- function(h5ad,
                       part,
                       type = c("double", "integer"),
                       count,
                       start = rep(1, length(count))) {
  memory <- switch(type,
    double = hdf5r::h5types$H5T_NATIVE_DOUBLE,
    integer = hdf5r::h5types$H5T_NATIVE_INT
  )
  if (prod(count) == 0) {
    return(vector(type, 0L))
  }
  h5_dataset(h5ad, part, function(dataset) {
    space <- dataset$get_space()
    on.exit(space$close())
    space$select_hyperslab(start = start, count = count)
    h5_read(h5ad, part, dataset, file_space = space, mem_type = memory)
  })
}

#' One member of a dataset of records
#' @noRd
h5_record_values <- function(h5ad, part, member, convert = hdf5_values) {
  h5_dataset(h5ad, part, function(dataset) {
    type <- dataset$get_type()
    on.exit(type$close())
    types <- type$get_cpd_types()
    # hdf5r gives the type itself where there is one member only.
    if (!is.list(types)) {
      types <- list(types)
    }
    on.exit(lapply(types, function(type) type$close()), add = TRUE)
    labels <- type$get_cpd_labels()
    at <- match(member, as_utf8(labels))
    class <- as.character(types[[at]]$get_class())
    record <- hdf5r::H5T_COMPOUND$new(
      labels = labels[[at]],
      dtypes = list(h5_memory_type(h5ad, part, class, types[[at]]))
    )
    on.exit(record$close(), add = TRUE)
    values <- h5_read(h5ad, part, dataset, mem_type = record)[[1L]]
    if (class == "H5T_STRING") {
      values <- h5_text(h5ad, paste0(part, "/", member), values)
    }
    convert(values, types[[at]])
  })
}

h5_record_labels <- function(h5ad, part) {
  h5_dataset(h5ad, part, function(dataset) {
    type <- dataset$get_type()
    on.exit(type$close())
    if (!inherits(type, "H5T_COMPOUND")) {
      abort_damaged(h5ad, part, "It is neither a group nor a table.")
    }
    as_utf8(type$get_cpd_labels())
  })
}

h5_memory_type <- function(h5ad, part, class, type) {
  switch(class,
    H5T_INTEGER = ,
    H5T_FLOAT = ,
    H5T_ENUM = hdf5r::h5types$H5T_NATIVE_DOUBLE,
    H5T_STRING = h5_string_type(type),
    abort_unsupported(
      h5ad,
      part,
      sprintf("Its values are of HDF5's class %s.", class)
    )
  )
}

hdf5_values <- function(values, type) {
  hdf5_vector(values, as.character(type$get_class()))
}

# Python's booleans are an enumeration of FALSE and TRUE.
hdf5_vector <- function(values, class) {
  switch(class,
    H5T_INTEGER = as_integer_if_fits(values),
    H5T_ENUM = values != 0,
    H5T_STRING = as_utf8(values),
    values
  )
}

as_integer_if_fits <- function(x) {
  if (all(abs(x) <= .Machine$integer.max)) as.integer(x) else x
}

# Spaces at the end of strings are padding in some files, which HDF5 removes
# when it is to make another padding of them.
h5_string_type <- function(type) {
  if (as.character(type$get_strpad()) != "H5T_STR_SPACEPAD") {
    return(type)
  }
  padded <- hdf5r::H5T_STRING$new(size = type$get_size())
  padded$set_cset(type$get_cset())
  padded$set_strpad(hdf5r::h5const$H5T_STR_NULLPAD)
  padded
}

h5_text <- function(h5ad, part, values) {
  Encoding(values) <- "UTF-8"
  if (!all(validUTF8(values))) {
    abort_file(
      c(
        "Can't read {.field {part}} in {.file {h5ad$path}}.",
        x = "Its text is not in UTF-8: {sum(!validUTF8(values))} value{?s} of
             {length(values)}.",
        i = "Scanpy does not read it either. Write it anew from where it came."
      ),
      call = h5ad$call
    )
  }
  values
}

as_utf8 <- function(x) {
  Encoding(x) <- "UTF-8"
  if (!all(validUTF8(x))) {
    rlang::abort("text is not in UTF-8", class = "wilcoxide_unreadable")
  }
  x
}
