# Progress of a running kernel, shown from R's main thread.

#' A function for the kernel to call about ten times a second
#'
#' It takes the fraction done and returns `TRUE` when the user interrupted it.
#' The bar appears once a second has passed, so that short calls show none.
#' @noRd
progress_tick <- function(progress, .envir = rlang::caller_env()) {
  if (!progress) {
    return(NULL)
  }
  bar <- NULL
  started <- proc.time()[["elapsed"]]
  update <- function(fraction) {
    if (is.null(bar)) {
      if (proc.time()[["elapsed"]] - started < 1) {
        return(invisible())
      }
      bar <<- cli::cli_progress_bar(
        "Ranking genes",
        total = 100,
        clear = TRUE,
        .envir = .envir
      )
    }
    cli::cli_progress_update(
      set = round(100 * fraction),
      force = TRUE,
      id = bar,
      .envir = .envir
    )
  }
  # An error here must not reach the kernel, and an interrupt would be lost.
  function(fraction) {
    tryCatch(
      {
        update(fraction)
        FALSE
      },
      interrupt = function(cnd) TRUE,
      error = function(cnd) FALSE
    )
  }
}
