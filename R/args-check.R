# Checks of arguments that are not about cells or genes.

check_flag <- function(x, arg, call) {
  if (!rlang::is_bool(x)) {
    abort_input(
      c("{.arg {arg}} must be TRUE or FALSE.", x = "It is {given(x)}."),
      call = call
    )
  }
}

check_choice <- function(x, choices, arg, call) {
  if (!rlang::is_string(x) || !x %in% choices) {
    abort_input(
      c(
        "{.arg {arg}} must be {.or {.val {choices}}}.",
        x = "It is {given(x)}.",
        i = if (rlang::is_string(x)) did_you_mean(x, choices)
      ),
      call = call
    )
  }
}

# The default of such an argument is the vector of all choices, the first of
# which it means.
choose_one <- function(x, choices, arg, call) {
  if (identical(x, choices)) {
    return(choices[[1L]])
  }
  check_choice(x, choices, arg, call)
  x
}

check_method <- function(method, call) {
  known <- c("logreg", "t-test", "t-test_overestim_var", "wilcoxon_illico")
  if (rlang::is_string(method) && method %in% known) {
    abort_input(
      c(
        "{.arg method} must be {.val wilcoxon}.",
        x = "Scanpy's method {.val {method}} is not available here."
      ),
      call = call
    )
  }
  check_choice(method, "wilcoxon", "method", call)
}

check_n_genes <- function(n_genes, n_ranked, call) {
  check_whole_number(n_genes, "n_genes", "NULL for all", call)
  as.integer(min(n_genes, n_ranked))
}

#' @return `NULL`, or a whole number from 2.
#' @noRd
check_min_cells <- function(min_cells, call) {
  if (is.null(min_cells)) {
    return(NULL)
  }
  if (!is_whole_number(min_cells) || min_cells < 2) {
    abort_input(
      c(
        "{.arg min_cells} must be one whole number from 2, or NULL.",
        x = "It is {given(min_cells)}."
      ),
      call = call
    )
  }
  as.integer(min(min_cells, .Machine$integer.max))
}

#' Refuse what is neither `NULL` nor one positive whole number
#' @param null What `NULL` is, for the message.
#' @noRd
check_whole_number <- function(x, arg, null, call) {
  if (!is.null(x) && !is_whole_number(x)) {
    abort_input(
      c(
        "{.arg {arg}} must be one positive whole number, or {null}.",
        x = "It is {given(x)}."
      ),
      call = call
    )
  }
}

is_whole_number <- function(x) {
  is_number(x) && x >= 1 && x == round(x)
}

# One finite number. Of a class of its own it may mean something else.
is_number <- function(x) {
  is.numeric(x) && !is.object(x) && length(x) == 1L && is.finite(x)
}

#' Refuse a vector whose names are those of the cells or genes, shuffled
#'
#' Entries go by their place; names that say otherwise are a mistake that
#' nothing else would show. Other names mean nothing.
#'
#' @param arg Name of the argument.
#' @param kind `"cell"` or `"gene"`.
#' @param names The names that the places have, or `NULL`.
#' @param names_call The call that gives them, for a hint, or `NULL`.
#' @noRd
check_order <- function(x, arg, kind, names, names_call, call) {
  own <- names(x)
  if (!is_shuffled(own, names)) {
    return(invisible())
  }
  differs <- own != names
  own <- own[differs]
  names <- names[differs]
  abort_input(
    c(
      "{.arg {arg}} must have its entries in the order of the {kind}s.",
      x = "Its names are those of the {kind}s in another order: an entry
           {.val {own[[1L]]}} is in the place of {.val {names[[1L]]}}.",
      i = if (!is.null(names_call)) {
        "Give {.code {arg}[{names_call}]}, or {.code unname({arg})} if the
         order is right and the names are not."
      }
    ),
    call = call
  )
}

is_shuffled <- function(own, names) {
  if (is.null(own) || is.null(names) || identical(own, names)) {
    return(FALSE)
  }
  sorted <- function(x) sort(x, method = "radix")
  !anyNA(own) && !anyNA(names) && identical(sorted(own), sorted(names))
}
