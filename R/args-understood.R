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
      "This function does not take {cli::qty(given)}{?this/these}
       argument{?s}: {.arg {given}}.",
      i = if (length(meant) > 0L) "Did you mean {.arg {meant}}?",
      i = "Its arguments: {.arg {known}}."
    ),
    call = call
  )
}

# Within a third of its letters, and one at the least.
nearest <- function(name, known) {
  closest(name, known, max(1, nchar(name) / 3))
}

#' A line for messages that asks for the names that were probably meant
#'
#' Those that differ in case, or in up to a third of the letters; else those
#' that hold what was given, as "CD14+ Mono" holds "mono".
#'
#' @param names What the user gave, and is not there.
#' @param there Names of what there is.
#' @return `NULL` where nothing comes near.
#' @noRd
did_you_mean <- function(names, there) {
  # What is not valid in its encoding comes near nothing.
  text <- function(x) {
    x <- enc2utf8(as.character(x))
    x[!is.na(x) & validUTF8(x) & nzchar(x)]
  }
  names <- text(names)
  there <- text(there)
  near <- lapply(utils::head(names, 5L), nearest_name, there = there)
  near <- unique(unlist(near))
  if (length(near) > 0L) {
    line <- cli::format_inline("Did you mean {.val {near}}?")
    # Braces of names are no code.
    gsub("([{}])", "\\1\\1", line)
  }
}

nearest_name <- function(name, there) {
  near <- closest(name, there, nchar(name) %/% 3L)
  if (length(near) == 0L && nchar(name) >= 3L) {
    holds <- grepl(tolower(name), tolower(there), fixed = TRUE)
    near <- if (sum(holds) <= 3L) there[holds] else character()
  }
  near
}

closest <- function(name, known, limit) {
  distance <- drop(utils::adist(name, known, ignore.case = TRUE))
  # Letters that changed places are one mistake, as in "lable".
  is_swapped <- distance == 2 & sorted_letters(known) == sorted_letters(name)
  distance[is_swapped] <- 1
  known[distance <= limit & distance == min(distance, Inf)]
}

sorted_letters <- function(x) {
  vapply(
    strsplit(tolower(x), "", fixed = TRUE),
    function(letters) paste(sort(letters), collapse = ""),
    ""
  )
}
