# Matrices whose values are elsewhere, in files or folders that may have gone or
# changed since the object was made.

#' Read from where the values of a matrix are
#'
#' @param x The matrix, or what holds its values.
#' @param part What the user calls it, formatted for messages.
#' @param read Code that reads.
#' @param hint How to mend an object whose file has moved, for a message.
#' @return What `read` returns.
#' @noRd
reading_from <- function(x, part, call, read, hint = NULL) {
  tryCatch(
    read,
    error = function(cnd) {
      if (inherits(cnd, "wilcoxide_error")) {
        rlang::cnd_signal(cnd)
      }
      abort_source(source_paths(x), part, conditionMessage(cnd), hint, call)
    }
  )
}

abort_source <- function(paths, part, says, hint, call) {
  if (length(paths) == 0L) {
    abort_input(
      c("{part} must have values that can be read.", x = "R says: {says}"),
      call = call
    )
  }
  gone <- paths[!file.exists(paths)]
  shown <- if (length(gone) > 0L) gone else paths
  abort_file(
    c(
      "Can't read the values of {part} from {.file {shown}}.",
      x = if (length(gone) > 0L) {
        "{cli::qty(length(gone))}{?It is/They are} not there any more."
      } else {
        "The reader says: {says}"
      },
      i = if (length(gone) == 0L) {
        "{cli::qty(length(paths))}The {?file/files} may have changed since the
         object was made."
      },
      i = hint
    ),
    call = call
  )
}

#' Paths of the files and folders that an object takes its values from
#'
#' Objects of all packages have them as text somewhere in their slots.
#' @noRd
source_paths <- function(x) {
  names <- c("filepath", "path", "dir")
  look <- function(x) {
    parts <- if (isS4(x)) attributes(x) else if (rlang::is_bare_list(x)) x
    own <- if (isS4(x)) parts[intersect(names, names(parts))]
    is_path <- vapply(own, rlang::is_string, NA)
    c(
      unlist(own[is_path], use.names = FALSE),
      unlist(lapply(unname(parts), look))
    )
  }
  unique(look(x))
}
