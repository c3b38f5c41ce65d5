# The one place that decides how many threads a call uses.

#' @param threads A number, or `NULL` for the option `wilcoxide.threads`, else
#'   all cores this process may use.
#' @noRd
resolve_threads <- function(threads, call) {
  source <- "{.arg threads}"
  if (is.null(threads)) {
    threads <- getOption("wilcoxide.threads")
    source <- "The option {.code wilcoxide.threads}"
  }
  if (is.null(threads)) {
    return(default_threads())
  }
  if (!is_whole_number(threads)) {
    abort_input(
      c(
        paste(source, "must be one positive whole number, or NULL."),
        x = "It is {given(threads)}."
      ),
      call = call
    )
  }
  # More than this many only cost memory.
  as.integer(min(threads, 1024))
}

default_threads <- function() {
  limits <- Sys.getenv(c("OMP_THREAD_LIMIT", "RAYON_NUM_THREADS"))
  limits <- suppressWarnings(as.integer(limits))
  # R CMD check allows packages two cores.
  checking <- tolower(Sys.getenv("_R_CHECK_LIMIT_CORES_"))
  if (!checking %in% c("", "false")) {
    limits <- c(limits, 2L)
  }
  min(available_threads(), limits[!is.na(limits) & limits > 0L])
}
