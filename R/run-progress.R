# Progress of a running kernel, shown from R's main thread.

#' A function for the kernel to call about ten times a second
#'
#' It takes the fraction done and returns `TRUE` when the user interrupted it.
#' The bar appears once a second has passed, so that short calls show none.
#' @param name What the bar says is done.
#' @param .envir The bar ends with this frame.
#' @noRd
progress_tick <- function(progress,
                          name = "Ranking genes",
                          .envir = rlang::caller_env()) {
  if (!progress) {
    return(NULL)
  }
  # Made now, shown later: cli counts the time that is left from here.
  started <- seconds()
  bar <- rlang::with_options(
    cli::cli_progress_bar(
      name,
      total = 100,
      clear = TRUE,
      current = FALSE,
      auto_terminate = FALSE,
      .envir = .envir
    ),
    cli.progress_show_after = 1
  )
  shown <- FALSE
  update <- function(fraction) {
    if (seconds() - started < 1) {
      return(invisible())
    }
    # From then on cli knows how often the console likes a change.
    cli::cli_progress_update(
      set = round(100 * fraction),
      force = !shown,
      id = bar,
      .envir = .envir
    )
    shown <<- TRUE
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

seconds <- function() {
  proc.time()[["elapsed"]]
}
