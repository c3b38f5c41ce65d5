# Changing a file so that it is whole at every moment.

#' Change an `.h5ad` file, or leave it as it is
#'
#' The change is made to a copy beside the file, which then takes its place:
#' renaming is one step to the file system.
#'
#' @param path Path of the file, as the user gave it.
#' @param check Function of the open file, see [with_h5ad()], that refuses
#'   what should not be changed.
#' @param change Function of the copy, a file of hdf5r open for writing.
#' @param modality Which AnnData of a MuData `check` is to see.
#' @noRd
replace_h5ad <- function(path, check, change, call, modality = NULL) {
  check_h5ad_path(path, call, "path")
  # Where the path is a link, it stays one.
  target <- normalizePath(path)
  check_replaceable(target, path, call)
  copy <- tempfile(".wilcoxide-", dirname(target), ".h5ad")
  on.exit(unlink(copy))

  before <- file.info(target, extra_cols = FALSE)
  # As long as the file is open, HDF5 lets nobody write to it.
  with_h5ad(
    path,
    function(h5ad) {
      check_not_open(h5ad)
      check(h5ad)
      copy_privately(target, copy, path, call)
      change_copy(copy, change, path, call)
    },
    call,
    "path",
    modality
  )
  Sys.chmod(copy, before$mode, use_umask = FALSE)
  check_same_file(target, before, path, call)
  if (!suppressWarnings(file.rename(copy, target))) {
    abort_write(path, "The new file could not be moved into its place.", call)
  }
}

# Whoever set a file read-only meant it, even where root could write to it.
check_replaceable <- function(target, path, call) {
  writable <- bitwAnd(as.integer(file.mode(target)), strtoi("222", 8L)) > 0L
  if (!writable || file.access(target, mode = 2L) != 0L) {
    abort_write(path, "It is read-only.", call)
  }
  directory <- dirname(target)
  if (file.access(directory, mode = 2L) != 0L) {
    abort_write(
      path,
      "Its directory {.file {directory}} is read-only.",
      call,
      "The new file is created there and then replaces the old one.",
      directory = directory
    )
  }
}

# HDF5 notices when another program writes to a file, but not when this one
# does.
check_not_open <- function(h5ad) {
  open_by_hdf5r(h5ad, "/", h5ad$why, tell = FALSE)
  intent <- as.character(h5ad$hdf5r$file$get_intent())
  if (grepl("RDWR", intent, fixed = TRUE)) {
    abort_write(
      h5ad$path,
      "It is open for writing in this R session.",
      h5ad$call,
      "Close it first."
    )
  }
}

# Nobody may read the copy who may not read the file.
copy_privately <- function(from, to, path, call) {
  created <- suppressWarnings(file.create(to))
  Sys.chmod(to, "600", use_umask = FALSE)
  copied <- created && suppressWarnings(file.append(to, from))
  if (!copied || !identical(file.size(to), file.size(from))) {
    abort_write(
      path,
      "It could not be copied to {.file {directory}}.",
      call,
      disk_full_hint,
      directory = dirname(to)
    )
  }
}

change_copy <- function(copy, change, path, call) {
  file <- NULL
  tryCatch(
    {
      file <- hdf5r::H5File$new(copy, mode = "r+")
      change(file)
      file$flush()
      file$close_all()
    },
    error = function(cnd) {
      try(file$close_all(), silent = TRUE)
      message <- conditionMessage(cnd)
      causes <- hdf5_causes(message)
      abort_write(
        path,
        paste(
          if (length(causes) > 0L) "HDF5" else "The writer",
          "says: {detail}."
        ),
        call,
        disk_full_hint,
        detail = c(rev(causes), message)[[1L]]
      )
    }
  )
}

disk_full_hint <- "Is the disk full? Writing needs as much free space as the
                   file takes."

check_same_file <- function(target, before, path, call) {
  now <- file.info(target, extra_cols = FALSE)
  if (!identical(now[c("size", "mtime")], before[c("size", "mtime")])) {
    abort_file(
      c(
        "Can't write to {.file {path}}.",
        x = "Another program changed it in the meantime."
      ),
      call = call
    )
  }
}

#' @param problem,hint Messages for cli; `...` are the values they name.
#' @noRd
abort_write <- function(path, problem, call, hint = NULL, ...) {
  values <- rlang::new_environment(
    list(path = path, ...),
    parent = rlang::current_env()
  )
  abort_file(
    c(
      "Can't write to {.file {path}}, which is unchanged.",
      x = problem,
      i = hint
    ),
    call = call,
    .envir = values
  )
}
