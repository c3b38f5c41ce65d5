# HDF5 itself, through hdf5r: for what the reader in Rust does not know. A
# handle lives no longer than the function that opened it, but for that of the
# file.

#' Have hdf5r open the file, and tell the user why
#'
#' @param why A clause that says why the reader in Rust does not read `part`.
#' @param tell Is the user to be told?
#' @noRd
open_by_hdf5r <- function(h5ad, part, why, tell = TRUE) {
  if (!is.null(h5ad$hdf5r$file)) {
    return(invisible())
  }
  path <- h5ad$path
  if (!requireNamespace("hdf5r", quietly = TRUE)) {
    abort_file(
      c(
        "Can't read {.field {part}} in {.file {path}}.",
        x = "This package cannot read it by itself, because {why}.",
        i = "Install {.pkg hdf5r}, through which HDF5 may read it:
             {.code install.packages(\"hdf5r\")}.",
        i = "Or rewrite the file in Python, after
             {.code import anndata, hdf5plugin}:
             {.code anndata.read_h5ad(path).write_h5ad(path,
             compression=\"gzip\")}."
      ),
      call = h5ad$call
    )
  }
  h5ad$hdf5r$file <- tryCatch(
    hdf5r::H5File$new(path.expand(path), mode = "r"),
    error = function(cnd) abort_hdf5(cnd, path, h5ad$call)
  )
  if (tell) {
    tell_hdf5r(h5ad, part, why)
  }
}

# Once for a file: ranking it opens it several times.
tell_hdf5r <- function(h5ad, part, why) {
  path <- h5ad$path
  what <- if (part == "/") {
    "{.file {path}}"
  } else {
    "{.field {part}} in {.file {path}}"
  }
  cli::cli_inform(
    c(
      paste(what, "is read by HDF5."),
      i = "This package cannot read it by itself, because {why}."
    ),
    class = "wilcoxide_message",
    .frequency = "once",
    .frequency_id = paste("wilcoxide", path, why)
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
      x = "It is compressed by a filter that is not installed for HDF5 here:
           {.val {filters}}.",
      i = "Rewrite the file in Python, after
           {.code import anndata, hdf5plugin}:
           {.code anndata.read_h5ad(path).write_h5ad(path,
           compression=\"gzip\")}.",
      i = "Or have the environment variable {.envvar HDF5_PLUGIN_PATH} name a
           folder with the plugin for it before R starts, such as
           {.code hdf5plugin.PLUGIN_PATH} in Python."
    ),
    call = h5ad$call
  )
}

# The path of a part from the root of the file.
from_root <- function(h5ad, part) {
  paste(c(h5ad$root, if (part != "/" || is.null(h5ad$root)) part),
    collapse = "/"
  )
}

hdf5r_with <- function(h5ad, part, use) {
  object <- h5ad$hdf5r$file$open(from_root(h5ad, part))
  on.exit(object$close())
  use(object)
}

#' What an object is, see [h5_node()]
#' @noRd
hdf5r_node <- function(h5ad, part) {
  if (!h5ad$hdf5r$file$path_valid(from_root(h5ad, part))) {
    return(list(kind = "none"))
  }
  hdf5r_with(h5ad, part, function(object) {
    if (inherits(object, "H5Group") || inherits(object, "H5File")) {
      return(list(kind = "group"))
    }
    if (!inherits(object, "H5D")) {
      return(list(kind = "other"))
    }
    # As it is stored, not as this machine would have it.
    type <- object$get_type(native = FALSE)
    on.exit(type$close())
    dims <- object$dims
    list(
      kind = "dataset",
      space = if (is.null(dims)) "null" else "simple",
      dims = rev(as.double(dims)),
      datatype = hdf5r_type(type)
    )
  })
}

hdf5r_type <- function(type) {
  class <- as.character(type$get_class())
  members <- if (class == "H5T_COMPOUND") {
    types <- hdf5r_member_types(type)
    on.exit(lapply(types, function(type) type$close()))
    rlang::set_names(
      lapply(types, hdf5r_type),
      as_utf8(type$get_cpd_labels())
    )
  }
  size <- type$get_size()
  list(
    class = class,
    size = size,
    is_fixed = class == "H5T_STRING" && is.finite(size),
    members = members
  )
}

# hdf5r gives the type itself where there is one member only.
hdf5r_member_types <- function(type) {
  types <- type$get_cpd_types()
  if (is.list(types)) types else list(types)
}

hdf5r_members <- function(h5ad, part) {
  hdf5r_with(h5ad, part, function(group) as_utf8(names(group)))
}

hdf5r_has_attr <- function(h5ad, part, name) {
  hdf5r_with(h5ad, part, function(object) object$attr_exists(name))
}

#' The value of an attribute, see [h5_attr()]
#' @noRd
hdf5r_attribute <- function(h5ad, part, name) {
  hdf5r_with(h5ad, part, function(object) {
    if (!object$attr_exists(name)) {
      return(list(is_there = FALSE))
    }
    attribute <- object$attr_open(name)
    on.exit(attribute$close())
    # hdf5r fails on attributes of length 0.
    if (as.double(attribute$get_storage_size()) == 0) {
      return(list(is_there = TRUE, values = character()))
    }
    value <- attribute$read()
    if (is.character(value)) {
      value <- as_utf8(value)
    }
    list(is_there = TRUE, values = value)
  })
}

# A filter counts as there once HDF5 has looked for its plugin, so this asks
# after a failure.
hdf5r_read <- function(h5ad, part, dataset, ...) {
  withCallingHandlers(
    dataset$read_low_level(...),
    error = function(cnd) {
      filters <- hdf5r_missing_filters(dataset)
      if (length(filters) > 0L) {
        abort_without_filter(h5ad, part, filters)
      }
    }
  )
}

hdf5r_missing_filters <- function(dataset) {
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

#' All values of a dataset, see [h5_exact_values()]
#'
#' Numbers are read as doubles, so that no 64-bit integers arise.
#' @noRd
hdf5r_values <- function(h5ad, part, is_exact) {
  hdf5r_with(h5ad, part, function(dataset) {
    type <- dataset$get_type(native = FALSE)
    on.exit(type$close())
    class <- as.character(type$get_class())
    if (is.null(dataset$dims) || prod(dataset$dims) == 0) {
      values <- if (class == "H5T_STRING") character() else double()
    } else {
      memory <- hdf5r_memory_type(h5ad, part, class, type)
      values <- hdf5r_read(h5ad, part, dataset, mem_type = memory)
    }
    is_large <- is_exact && class == "H5T_INTEGER" && !all(abs(values) < 2^53)
    list(
      values = hdf5r_vector(h5ad, part, values, class),
      exact = if (is_large) hdf5r_int64_text(h5ad, part, dataset, type)
    )
  })
}

# HDF5 keeps numbers beyond 64 bits with a sign at the largest of these.
hdf5r_int64_text <- function(h5ad, part, dataset, type) {
  text <- int64_text(
    hdf5r_read(
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

#' All members of a dataset of records, in one reading
#' @noRd
hdf5r_records <- function(h5ad, part) {
  hdf5r_with(h5ad, part, function(dataset) {
    type <- dataset$get_type()
    members <- hdf5r_member_types(type)
    on.exit(lapply(c(type, members), function(type) type$close()))
    labels <- type$get_cpd_labels()
    classes <- vapply(
      members,
      function(member) as.character(member$get_class()),
      ""
    )
    record <- hdf5r::H5T_COMPOUND$new(
      labels = labels,
      dtypes = Map(
        function(member, class) hdf5r_memory_type(h5ad, part, class, member),
        members,
        classes
      )
    )
    on.exit(record$close(), add = TRUE)
    columns <- if (prod(dataset$dims) > 0) {
      hdf5r_read(h5ad, part, dataset, mem_type = record)
    } else {
      lapply(classes, function(class) {
        if (class == "H5T_STRING") character() else double()
      })
    }
    columns <- Map(
      function(values, class, label) {
        hdf5r_vector(h5ad, paste0(part, "/", label), values, class)
      },
      unname(columns),
      classes,
      as_utf8(labels)
    )
    rlang::set_names(columns, as_utf8(labels))
  })
}

hdf5r_memory_type <- function(h5ad, part, class, type) {
  switch(class,
    H5T_INTEGER = ,
    H5T_FLOAT = ,
    H5T_ENUM = hdf5r::h5types$H5T_NATIVE_DOUBLE,
    H5T_STRING = hdf5r_string_type(type),
    abort_class(h5ad, part, class)
  )
}

# Python's booleans are an enumeration of FALSE and TRUE.
hdf5r_vector <- function(h5ad, part, values, class) {
  switch(class,
    H5T_INTEGER = as_integer_if_fits(values),
    H5T_ENUM = values != 0,
    H5T_STRING = hdf5r_text(h5ad, part, values),
    values
  )
}

as_integer_if_fits <- function(x) {
  if (all(abs(x) <= .Machine$integer.max)) as.integer(x) else x
}

# Spaces at the end of strings are padding in some files, which HDF5 removes
# when it is to make another padding of them.
hdf5r_string_type <- function(type) {
  if (as.character(type$get_strpad()) != "H5T_STR_SPACEPAD") {
    return(type)
  }
  padded <- hdf5r::H5T_STRING$new(size = type$get_size())
  padded$set_cset(type$get_cset())
  padded$set_strpad(hdf5r::h5const$H5T_STR_NULLPAD)
  padded
}

hdf5r_text <- function(h5ad, part, values) {
  Encoding(values) <- "UTF-8"
  n_invalid <- sum(!validUTF8(values))
  if (n_invalid > 0L) {
    abort_not_text(h5ad, part, n_invalid, length(values))
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
