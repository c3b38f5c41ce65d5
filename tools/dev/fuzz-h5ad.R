# Ranks damaged `.h5ad` files: whatever is in a file, R must return a ranking
# or an error of this package.
#
#   Rscript tools/dev/fuzz-h5ad.R CASES [FIRST]
#
# Each case is made from a fixture and its own number, so that it can be made
# again: `Rscript tools/dev/fuzz-h5ad.R 1 NUMBER`. Cases run in a process that
# is started again where a file ends it or keeps it busy. HDF5 itself, old
# versions above all, crashes or goes in circles on some damage of its own data;
# that is counted apart.

fixtures <- c("storage", "raw", "anndata-0.6", "anndata-0.7", "lzf")
batch <- 50L
# Seconds that a batch may take.
patience <- 120

# Damage to bytes -------------------------------------------------------------

truncate_bytes <- function(bytes) {
  utils::head(bytes, sample(length(bytes), 1L))
}

flip_bits <- function(bytes) {
  at <- sample(length(bytes), sample(16L, 1L))
  bytes[at] <- xor(bytes[at], as.raw(2^sample(0:7, length(at), TRUE)))
  bytes
}

overwrite_bytes <- function(bytes) {
  at <- sample(length(bytes), 1L)
  at <- at:min(at + sample(c(0, 1, 3, 7, 63, 1023), 1L), length(bytes))
  bytes[at] <- as.raw(sample(c(0L, 255L, 1L, 128L, sample(0:255, 1L)), 1L))
  bytes
}

# One more or one less in what may be a length.
step_byte <- function(bytes) {
  at <- sample(length(bytes), 1L)
  step <- sample(c(-1L, 1L), 1L)
  bytes[at] <- as.raw((as.integer(bytes[at]) + step) %% 256L)
  bytes
}

move_bytes <- function(bytes) {
  n <- sample(c(8L, 64L, 512L), 1L)
  from <- sample(length(bytes) - n, 1L) + seq_len(n)
  bytes[sample(length(bytes) - n, 1L) + seq_len(n)] <- bytes[from]
  bytes
}

# A number of a structure of HDF5, found by its signature: an address, a size,
# a count.
change_number <- function(bytes) {
  signatures <- c("GCOL", "HEAP", "TREE", "SNOD", "OHDR", "FRHP", "BTHD")
  at <- unlist(lapply(signatures, function(signature) {
    grepRaw(signature, bytes, fixed = TRUE, all = TRUE)
  }))
  if (length(at) == 0L) {
    return(bytes)
  }
  at <- at[[sample(length(at), 1L)]] + sample(4:64, 1L)
  write_number(bytes, at, odd_number(bytes))
}

# What texts refer to: a size, the address of a heap, a place in it.
change_reference <- function(bytes) {
  heaps <- grepRaw("GCOL", bytes, fixed = TRUE, all = TRUE) - 1L
  if (length(heaps) == 0L) {
    return(bytes)
  }
  address <- number_bytes(heaps[[sample(length(heaps), 1L)]], 8L)
  at <- grepRaw(address, bytes, fixed = TRUE, all = TRUE)
  if (length(at) == 0L) {
    return(bytes)
  }
  at <- at[[sample(length(at), 1L)]]
  write_number(bytes, at + sample(c(-4L, 0L, 8L), 1L), odd_number(bytes))
}

odd_number <- function(bytes) {
  numbers <- c(
    0, 1, 2, 8, 255, 2^16 - 1, 2^31 - 1, 2^31, 2^32 - 1, 2^40, 2^62,
    length(bytes) + c(-8, 0, 8), sample(length(bytes), 3L)
  )
  number <- number_bytes(sample(numbers, 1L), sample(c(1L, 2L, 4L, 8L), 1L))
  # The largest of all is the address of what is not there.
  if (sample(8L, 1L) == 1L) rep(as.raw(255L), length(number)) else number
}

number_bytes <- function(number, n) {
  as.raw((number %/% 256^(seq_len(n) - 1L)) %% 256)
}

write_number <- function(bytes, at, number) {
  at <- at - 1L + seq_along(number)
  is_inside <- at >= 1L & at <= length(bytes)
  bytes[at[is_inside]] <- number[is_inside]
  bytes
}

damage_bytes <- function(path) {
  bytes <- readBin(path, "raw", file.size(path))
  damages <- list(
    truncate_bytes, flip_bits, overwrite_bytes, step_byte, move_bytes,
    change_number, change_number, change_reference, change_reference
  )
  for (damage in sample(damages, sample(2L, 1L))) {
    bytes <- damage(bytes)
  }
  writeBin(bytes, path)
}

# Damage to what HDF5 can still read -----------------------------------------

odd_values <- list(
  character(), "", "%s%n%d", "a", c("a", "a"), "csr_matrix", "csc_matrix",
  "categorical", "nullable-integer", "array", "_index", "\xe9", NaN, Inf, -1,
  0, 1, 6, 12, 1e10, 2^31, 2^53, -2^40, 0:5, 11:0, rep(0L, 13), rep(38L, 13),
  c(0, NaN), c(12, 6), c(6, 12), c(-1, 6), c(2^31, 2^31), c(12, 6, 1), TRUE,
  matrix(0:5, 2L), matrix("a", 2L, 2L), data.frame(a = 1:2, b = c("x", "y")),
  factor(c("x", "y")), double()
)

objects_in <- function(file) {
  file$ls(recursive = TRUE)$name
}

delete_object <- function(file, name) {
  file$link_delete(name)
}

replace_object <- function(file, name) {
  file$link_delete(name)
  file$create_dataset(name, sample(odd_values, 1L)[[1L]])$close()
}

replace_by_group <- function(file, name) {
  file$link_delete(name)
  file$create_group(name)$close()
}

replace_by_null <- function(file, name) {
  file$link_delete(name)
  file$create_dataset(
    name,
    dtype = hdf5r::h5types$H5T_NATIVE_FLOAT,
    space = hdf5r::H5S$new("null"),
    chunk_dims = NULL
  )$close()
}

replace_by_other <- function(file, name) {
  other <- sample(objects_in(file), 1L)
  file$link_delete(name)
  file$link_create_hard(file, other, name)
}

# Values changed one by one, the type and the shape being right.
change_values <- function(file, name) {
  object <- file[[name]]
  on.exit(object$close())
  if (inherits(object, "H5D") && is.numeric(object[])) {
    values <- object$read()
    at <- sample(length(values), min(length(values), 3L))
    values[at] <- sample(c(-1, 0, 1, 5, 6, 12, 1e9), length(at), TRUE)
    object$write(vector("list", length(dim(values) %||% 1L)), values)
  }
}

change_attribute <- function(file, name) {
  object <- file[[name]]
  on.exit(object$close())
  there <- hdf5r::h5attr_names(object)
  if (length(there) == 0L) {
    there <- c("encoding-type", "shape", "_index", "categories")
  }
  attribute <- sample(there, 1L)
  if (object$attr_exists(attribute)) {
    object$attr_delete(attribute)
  }
  if (sample(5L, 1L) > 1L) {
    value <- sample(odd_values, 1L)[[1L]]
    object$create_attr(attribute, value)$close()
  }
}

damage_objects <- function(path) {
  damages <- list(
    delete_object, replace_object, replace_by_group, replace_by_null,
    replace_by_other, change_values, change_attribute, change_attribute
  )
  file <- hdf5r::H5File$new(path, "r+")
  # Closing all takes as long as a case: only where something is left open.
  on.exit(if (file$get_obj_count() > 1) file$close_all() else file$close())
  for (damage in sample(damages, sample(2L, 1L))) {
    # What hdf5r cannot write is left as it was.
    try(damage(file, sample(objects_in(file), 1L)), silent = TRUE)
  }
}

`%||%` <- function(x, y) if (is.null(x)) y else x

# One case --------------------------------------------------------------------

run_case <- function(number, path) {
  set.seed(number)
  name <- sample(fixtures, 1L)
  fixture <- file.path("tests", "testthat", "fixtures", paste0(name, ".h5ad"))
  file.copy(fixture, path, overwrite = TRUE)
  use_raw <- if (name == "storage" || sample(2L, 1L) == 1L) FALSE
  layers <- c(
    "csr_float32", "csc_float64", "dense_float32", "dense_fortran", "unsorted",
    "int64_indices", "csr_bool"
  )
  layer <- if (name == "storage" && sample(2L, 1L) == 1L) sample(layers, 1L)
  columns <- c("group", "group", "group", "cluster", "string", "integer")
  if (name == "storage") {
    columns <- c(
      columns, "nullable_integer", "nullable_string", "float_categories"
    )
  }
  groupby <- sample(columns, 1L)
  mask <- if (sample(4L, 1L) == 1L) "highly_variable"
  if (sample(2L, 1L) == 1L) damage_bytes(path) else damage_objects(path)

  tryCatch(
    {
      suppressWarnings(
        wilcoxide::rank_genes_groups(
          path, groupby,
          use_raw = use_raw, layer = layer, mask_var = mask,
          pts = TRUE, threads = 1
        )
      )
      "ranked"
    },
    wilcoxide_error_internal = function(cnd) describe(cnd),
    wilcoxide_error_file = function(cnd) "refused as a file",
    wilcoxide_error_input = function(cnd) "refused as input",
    error = function(cnd) describe(cnd)
  )
}

describe <- function(cnd) {
  message <- gsub("\\s+", " ", paste(class(cnd)[[1L]], conditionMessage(cnd)))
  paste("FAULT", substr(message, 1L, 300L))
}

work <- function(first, last, folder) {
  path <- file.path(folder, "case.h5ad")
  for (number in first:last) {
    cat(number, file = file.path(folder, "at"))
    outcome <- run_case(number, path)
    cat(number, outcome, "\n",
      file = file.path(folder, "outcomes"), append = TRUE
    )
  }
}

# Many cases ------------------------------------------------------------------

drive <- function(n, first) {
  folder <- tempfile("fuzz")
  dir.create(folder)
  last <- first + n - 1
  number <- first
  while (number <= last) {
    to <- min(number + batch - 1, last)
    fault <- work_elsewhere(number, to, folder)
    if (!is.null(fault)) {
      to <- scan(file.path(folder, "at"), quiet = TRUE)
      cat(to, fault, "\n",
        file = file.path(folder, "outcomes"), append = TRUE
      )
    }
    number <- to + 1
  }
  report(readLines(file.path(folder, "outcomes")))
}

# What ended the process before its time, NULL if nothing did.
work_elsewhere <- function(first, last, folder) {
  script <- sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE))
  messages <- file.path(folder, "messages")
  # The signal has R say where it is, unless it keeps R from saying anything.
  run <- sprintf(
    "exec timeout -k 20 -s SEGV %d %s %s --work %.0f %.0f %s",
    patience, shQuote(file.path(R.home("bin"), "Rscript")),
    shQuote(script), first, last, shQuote(folder)
  )
  status <- suppressWarnings(system2(
    "sh", c("-c", shQuote(run)),
    stdout = FALSE, stderr = messages
  ))
  if (status == 0L) {
    return(NULL)
  }
  what <- if (status %in% c(124L, 137L)) "hung" else "crashed"
  last_call <- grep("^ 1: ", readLines(messages), value = TRUE)
  if (any(grepl("^ 1: [.]Call\\(\"R_H5", last_call))) {
    paste("HDF5", what)
  } else {
    paste("FAULT R", what, paste(last_call, collapse = " "))
  }
}

report <- function(lines) {
  outcomes <- sub("^[0-9]+ ", "", trimws(lines))
  faults <- grepl("^FAULT", outcomes)
  writeLines(lines[faults])
  print(table(ifelse(faults, "at fault", outcomes)))
  cat("HDF5", hdf5r::h5version(verbose = FALSE), "\n")
  quit(status = if (any(faults)) 1L else 0L)
}

arguments <- commandArgs(TRUE)
if (identical(arguments[[1L]], "--work")) {
  numbers <- as.double(arguments[2:3])
  work(numbers[[1L]], numbers[[2L]], arguments[[4L]])
} else {
  numbers <- as.double(c(arguments, "1")[1:2])
  drive(numbers[[1L]], numbers[[2L]])
}
