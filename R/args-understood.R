# Arguments that a function does not have.

#' Refuse arguments that nothing takes, with the name that was meant
#'
#' @param ... What the function got besides its own arguments.
#' @param known Names of its own arguments.
#' @param others Named vector: other names of them, such as those that another
#'   function here has.
#' @noRd
check_understood <- function(..., known, others = character(), call) {
  given <- rlang::names2(rlang::enexprs(...))
  if (length(given) == 0L) {
    return(invisible())
  }
  first <- given[[1L]]
  meant <- if (first %in% names(others)) {
    others[[first]]
  } else if (nzchar(first)) {
    nearest(first, known)
  }
  given[given == ""] <- "(without a name)"
  abort_input(
    c(
      "Arguments must be among {.arg {known}}.",
      x = "{cli::qty(given)}{?This is/These are} not: {.arg {given}}.",
      i = if (length(meant) > 0L) "Did you mean {.arg {meant}}?"
    ),
    call = call
  )
}

# Within a third of its letters, and one at the least.
nearest <- function(name, known) {
  distance <- drop(utils::adist(name, known, ignore.case = TRUE))
  close <- distance <= max(1, nchar(name) / 3)
  known[close & distance == min(distance)]
}
