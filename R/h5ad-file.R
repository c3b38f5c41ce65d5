# Opening `.h5ad` files, and what can be wrong with one. Paths of parts are
# taken from the root of the file, or from that of one modality. Files are read
# by the reader in Rust; HDF5, by hdf5r, reads what that does not know, never
# what is damaged.

#' Read from an `.h5ad` file
#'
#' @param path Path of the file, as the user gave it.
#' @param read Function of the open file, which all readers take: a list of
#'   `reader`, what the reader in Rust has open, `NULL` where it cannot read
#'   the file, and then `why`; `path`, `root`, `call`; and `hdf5r`, an
#'   environment with what hdf5r has open. What it returns is returned.
#' @param call Where errors are said to come from.
#' @param arg The argument that the path was given as.
#' @param modality Which AnnData of a MuData to read.
#' @noRd
with_h5ad <- function(path, read, call, arg = "x", modality = NULL) {
  check_h5ad_path(path, call, arg)
  h5ad <- open_h5ad(path, call, modality)
  on.exit(close_h5ad(h5ad))
  depth <- sys.nframe()
  # Called where the error is, so that the functions it comes from can be seen.
  withCallingHandlers(
    read(h5ad),
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

open_h5ad <- function(path, call, modality) {
  h5ad <- open_hdf5(path, NULL, call)
  if (is.null(modality)) {
    return(h5ad)
  }
  on.exit(close_h5ad(h5ad))
  check_modality(h5ad, modality)
  open_hdf5(path, modality_root(modality), call)
}

# The group of a modality, `NULL` for that of the file.
modality_root <- function(modality) {
  if (!is.null(modality)) paste0("mod/", modality)
}

#' @param root The group that paths of parts are taken from, `NULL` for that of
#'   the file.
#' @noRd
open_hdf5 <- function(path, root, call) {
  answer <- hdf5_open(path.expand(path), root)
  status <- check_status(answer, call, otherwise = c("unsupported", "damaged"))
  if (status == "damaged") {
    abort_file(
      c("Can't read {.file {path}}.", x = "{answer$message}"),
      call = call
    )
  }
  list(
    reader = answer$file,
    why = answer$message,
    hdf5r = rlang::new_environment(),
    path = path,
    root = root,
    call = call
  )
}

close_h5ad <- function(h5ad) {
  if (!is.null(h5ad$reader)) {
    hdf5_close(h5ad$reader)
  }
  # Not `close_all()`, which would close the caller's own handles, too.
  if (!is.null(h5ad$hdf5r$file)) {
    h5ad$hdf5r$file$close()
  }
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
      c(
        "Can't read {.file {path}}.",
        x = "You do not have permission to read it."
      ),
      call = call
    )
  }
  check_whole(path, call)
}

# Told apart from other damage, as most broken files are of these two kinds.
check_whole <- function(path, call) {
  if (!has_hdf5_signature(path)) {
    abort_not_hdf5(path, call)
  }
  head <- readBin(path, "raw", 64L)
  stated <- hdf5_stated_size(head)
  if (isTRUE(file.size(path) < stated)) {
    abort_file(
      c(
        "Can't read {.file {path}}.",
        x = "It is truncated: it has
             {format(file.size(path), big.mark = ',')} of
             {format(stated, big.mark = ',')} bytes.",
        i = "Copy or download it again."
      ),
      call = call
    )
  }
}

hdf5_signature <- as.raw(c(0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a))

# It is at the start of a file, or at 512 bytes, or twice as many, and so on:
# what is before it is the user's own.
has_hdf5_signature <- function(path) {
  connection <- file(path, "rb")
  on.exit(close(connection))
  at <- 0
  while (at < file.size(path)) {
    seek(connection, at)
    if (identical(readBin(connection, "raw", 8L), hdf5_signature)) {
      return(TRUE)
    }
    at <- max(2 * at, 512)
  }
  FALSE
}

#' How many bytes an HDF5 file should have, by its first ones
#'
#' From the superblock in versions 0 to 3 of the HDF5 file format, where
#' addresses have 8 bytes; `NA` for any other.
#' @noRd
hdf5_stated_size <- function(head) {
  if (length(head) < 64L || !identical(head[1:8], hdf5_signature)) {
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

# `member` is that of records, where it is one.
abort_not_text <- function(h5ad, part, count, total, member = NULL) {
  part <- paste(c(part, member), collapse = "/")
  abort_file(
    c(
      "Can't read {.field {part}} in {.file {h5ad$path}}.",
      x = "Its text is not in UTF-8: {count} value{?s} of {total}.",
      i = "Scanpy does not read it either. Write it again from its source."
    ),
    call = h5ad$call
  )
}
