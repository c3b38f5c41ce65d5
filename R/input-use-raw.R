# Which matrix of an AnnData is ranked, by Scanpy's rules.

check_use_raw <- function(use_raw, call) {
  if (is.null(use_raw) || rlang::is_bool(use_raw)) {
    return(invisible())
  }
  abort_input(
    c(
      "{.arg use_raw} must be TRUE, FALSE or NULL.",
      x = "It is {given(use_raw)}."
    ),
    call = call
  )
}

#' Raw where there is one, unless told otherwise, and no layer together with it
#'
#' @param source What has raw or not, formatted for messages.
#' @param hint A line more where there is none, but it was asked for.
#' @return Whether to rank raw.
#' @noRd
resolve_use_raw <- function(use_raw,
                            layer,
                            has_raw,
                            source,
                            call,
                            hint = NULL) {
  if (isTRUE(use_raw) && !has_raw) {
    abort_input(
      c(
        "{.code use_raw = TRUE} needs {.field raw}.",
        x = "{source} has none.",
        i = if (!is.null(hint)) "{hint}"
      ),
      call = call
    )
  }
  by_default <- is.null(use_raw)
  use_raw <- use_raw %||% has_raw
  if (use_raw && !is.null(layer)) {
    abort_input(
      c(
        "{.arg layer} and {.code use_raw = TRUE} exclude each other.",
        x = if (by_default) {
          "{.arg use_raw} is TRUE by default because {source} has
           {.field raw}."
        },
        i = "Rank the layer with {.code use_raw = FALSE}."
      ),
      call = call
    )
  }
  use_raw
}
