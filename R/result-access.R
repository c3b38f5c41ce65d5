# Elements of a result, by name or place, as of a list: but names are whole, a
# group is no element, and there are no rows and columns.

#' @export
`$.rank_genes_groups` <- function(x, name) {
  element_of(x, name, rlang::current_env())
}

#' @export
`[[.rank_genes_groups` <- function(x, i, ..., exact = TRUE) {
  call <- rlang::current_env()
  check_list_index(nargs() - if (missing(exact)) 2L else 3L, call)
  if (missing(i)) {
    abort_index(NULL, x, call)
  }
  if (!is.atomic(i) || length(i) == 0L) {
    abort_index(i, x, call)
  }
  # As of a list, further entries lead on into the element.
  element <- element_of(x, i[[1L]], call)
  if (length(i) > 1L) element[[i[-1L]]] else element
}

#' @export
`[.rank_genes_groups` <- function(x, i, ...) {
  call <- rlang::current_env()
  check_list_index(nargs() - 2L, call)
  if (missing(i)) {
    return(x)
  }
  elements <- unclass(x)
  if (is.character(i)) {
    for (name in setdiff(i, names(elements))) {
      abort_no_element(name, x, call)
    }
  } else if (!are_places(i, length(elements))) {
    abort_index(i, x, call)
  }
  elements[i]
}

#' @export
`$<-.rank_genes_groups` <- function(x, name, value) { # nolint
  check_not_group(name, x, rlang::current_env())
  NextMethod()
}

#' @export
`[[<-.rank_genes_groups` <- function(x, i, ..., value) {
  call <- rlang::current_env()
  check_list_index(nargs() - 3L, call)
  check_assigned(if (!missing(i) && is.atomic(i)) i[seq_len(1L)], x, call)
  NextMethod()
}

#' @export
`[<-.rank_genes_groups` <- function(x, i, ..., value) {
  call <- rlang::current_env()
  check_list_index(nargs() - 3L, call)
  if (!missing(i)) {
    check_assigned(i, x, call)
  }
  NextMethod()
}

are_places <- function(i, n) {
  if (is.logical(i)) {
    return(!anyNA(i) && length(i) <= n)
  }
  is.numeric(i) && !anyNA(i) && all(abs(i) <= n) && !(any(i > 0) && any(i < 0))
}

# An element that a result may have and has not is NULL, as in any list.
element_of <- function(x, i, call) {
  elements <- unclass(x)
  if (rlang::is_string(i)) {
    if (!i %in% c(names(elements), possible_elements())) {
      abort_no_element(i, x, call)
    }
  } else if (!is_place(i, length(elements))) {
    abort_index(i, x, call)
  }
  .subset2(elements, i)
}

is_place <- function(i, n) {
  is.numeric(i) && length(i) == 1L && !is.na(i) && i >= 1 && i < n + 1
}

possible_elements <- function() {
  c(plain_elements, names(result_tables))
}

# `x[i, j]` has one argument more than `x[i]`.
check_list_index <- function(n_more, call) {
  if (n_more > 0L) {
    abort_input(
      c(
        "A ranking has no rows and columns to select with {.code [i, j]}.",
        i = "{.code head(x, 10)} is the ranking of the first 10 genes;
             {.code as.data.frame(x)} is one table with rows and columns."
      ),
      call = call
    )
  }
}

check_assigned <- function(i, x, call) {
  if (!(is.character(i) || is.numeric(i) || is.logical(i)) || anyNA(i)) {
    abort_index(i, x, call)
  }
  for (name in if (is.character(i)) i) {
    check_not_group(name, x, call)
  }
}

check_not_group <- function(name, x, call) {
  is_new <- !name %in% c(names(unclass(x)), possible_elements())
  if (is_new && name %in% groups_of(x)) {
    abort_no_element(name, x, call)
  }
}

abort_no_element <- function(name, x, call) {
  elements <- names(unclass(x))
  groups <- groups_of(x)
  if (name %in% groups) {
    quoted <- encodeString(name, quote = "\"")
    table <- sprintf("rank_genes_groups_df(x, %s)", quoted)
    problem <- "{.val {name}} is one of its groups, and has a column in each of
                its tables."
    hint <- "{.code {table}} is the table of that group."
  } else if (name %in% possible_elements()) {
    problem <- "There is no {.val {name}}."
    hint <- if (name %in% table_names("gene")) {
      "Rank the genes with {.code pts = TRUE}."
    }
  } else {
    problem <- "There is no {.val {name}}."
    near <- nearest(name, elements)
    hint <- if (length(near) > 0L) "Did you mean {.val {near}}?"
  }
  abort_input(
    c(
      "A ranking has only the elements that {.fn names} gives.",
      x = problem,
      i = hint,
      i = "Elements there: {.val {elements}}."
    ),
    call = call
  )
}

abort_index <- function(i, x, call) {
  elements <- names(unclass(x))
  abort_input(
    c(
      "Elements of a ranking are selected by their names, or by numbers from 1
       to {length(elements)}.",
      x = "{given(i)} was given.",
      i = "Elements there: {.val {elements}}."
    ),
    call = call
  )
}

# Of a result that may not be whole.
groups_of <- function(x) {
  names(.subset2(unclass(x), "names"))
}
