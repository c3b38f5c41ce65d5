# Groups of cells: from what the user names to one integer code a cell.

#' @param groupby A vector or factor with one entry a cell, or the name of a
#'   column that is one.
#' @return A factor; `NA` for cells without a group.
#' @noRd
cell_groups <- function(groupby, view, call) {
  if (is_column_name(groupby, view)) {
    groupby <- annotation_column(view$obs, groupby, "groupby", call)
  }
  if (!is.atomic(groupby) || is.null(groupby) || !is.null(dim(groupby))) {
    abort_input(
      c(
        "{.arg groupby} must be a vector or a factor, one entry a cell.",
        x = "An object of class {.cls {class(groupby)}} was given."
      ),
      call = call
    )
  }
  check_groupby_length(groupby, view, call)
  as_groups(groupby)
}

is_column_name <- function(groupby, view) {
  !is.null(view$obs) && is.character(groupby) && length(groupby) == 1L
}

check_groupby_length <- function(groupby, view, call) {
  n <- length(groupby)
  if (n == view$n_cells) {
    return(invisible())
  }
  n_genes <- length(view$genes)
  hint <- if (n == n_genes && !is.null(view$transposed)) {
    c(i = "It fits the genes: did you mean {.code {view$transposed}}?")
  }
  abort_input(
    c(
      "{.arg groupby} must have one entry a cell.",
      x = "It has {n} entr{?y/ies}; there {cli::qty(view$n_cells)}
           {?is/are} {view$n_cells} cell{?s} (and {n_genes} genes).",
      hint
    ),
    call = call
  )
}

#' Levels as Scanpy orders categories
#'
#' Factors keep their levels, empty ones too. Numbers sort as numbers, strings
#' in natural order.
#' @noRd
as_groups <- function(groupby) {
  if (is.factor(groupby)) {
    return(groupby)
  }
  if (is.character(groupby)) {
    return(factor(groupby, levels = natural_sort(unique(groupby))))
  }
  factor(groupby)
}

#' Sort strings so that the numbers in them count as numbers: "2" before "10"
#'
#' As the Python package natsort does it for anndata: text and runs of the
#' digits 0 to 9 by turns, text by code points, numbers by value, equal ones
#' ("1", "01") as plain strings.
#' @noRd
natural_sort <- function(x) {
  x <- enc2utf8(x[!is.na(x)])
  x <- sort(x, method = "radix")
  if (length(x) < 2L) {
    return(x)
  }
  parts <- regmatches(x, gregexpr("[0-9]+|[^0-9]+", x))
  # Text comes first in every key, be it empty.
  parts <- lapply(parts, function(part) {
    if (length(part) > 0L && grepl("^[0-9]", part[[1L]])) c("", part) else part
  })
  width <- max(lengths(parts), 1L)
  columns <- lapply(seq_len(width), function(i) {
    part <- vapply(
      parts,
      function(part) if (i <= length(part)) part[[i]] else NA_character_,
      character(1)
    )
    if (i %% 2L == 0L) number_rank(part) else text_rank(part)
  })
  x[do.call(order, c(columns, list(method = "radix")))]
}

# Ranks among the parts at one place; what has no such part comes first.
text_rank <- function(part) {
  rank <- match(part, sort(unique(part), method = "radix"))
  ifelse(is.na(rank), 0L, rank)
}

# Numbers may be longer than a double holds: longer ones are larger, those of
# one length compare as text.
number_rank <- function(part) {
  digits <- sub("^0+(?=.)", "", part, perl = TRUE)
  values <- unique(digits[!is.na(digits)])
  values <- values[order(nchar(values), values, method = "radix")]
  rank <- match(digits, values)
  ifelse(is.na(rank), 0L, rank)
}

#' The groups to report, checked
#'
#' @return A list of `selected`, names in the order asked for without the
#'   reference, and `reference`, a name or `NULL`.
#' @noRd
select_groups <- function(groups, reference, cells, call) {
  levels <- levels(cells)
  selected <- check_groups(groups, levels, call)
  reference <- check_reference(reference, levels, call)
  check_sizes(union(selected, reference), cells, call)
  selected <- setdiff(selected, reference)
  if (length(selected) == 0L || (is.null(reference) && length(levels) < 2L &&
    !anyNA(cells))) {
    abort_input(
      c(
        "There must be at least two groups to compare.",
        x = "The only group is {.val {levels}}."
      ),
      call = call
    )
  }
  list(selected = selected, reference = reference)
}

check_groups <- function(groups, levels, call) {
  if (identical(groups, "all")) {
    if (length(levels) == 0L) {
      abort_input("{.arg groupby} holds no group at all.", call = call)
    }
    return(levels)
  }
  groups <- if (is.atomic(groups)) as.character(groups) else NULL
  if (length(groups) == 0L) {
    abort_input(
      c(
        "{.arg groups} must be {.val all} or a vector of groups.",
        i = "Groups there: {.val {levels}}."
      ),
      call = call
    )
  }
  twice <- unique(groups[duplicated(groups)])
  if (length(twice) > 0L) {
    abort_input(
      "{.arg groups} must not repeat groups: {.val {twice}}.",
      call = call
    )
  }
  unknown <- setdiff(groups, levels)
  if (length(unknown) > 0L) {
    abort_input(
      c(
        "{.arg groups} must be groups that exist.",
        x = "There is no group {.val {unknown}}.",
        i = "Groups there: {.val {levels}}."
      ),
      call = call
    )
  }
  groups
}

check_reference <- function(reference, levels, call) {
  if (length(reference) != 1L || !is.atomic(reference) || is.na(reference)) {
    abort_input(
      "{.arg reference} must be {.val rest} or one group.",
      call = call
    )
  }
  reference <- as.character(reference)
  if (reference == "rest") {
    return(NULL)
  }
  if (!reference %in% levels) {
    abort_input(
      c(
        "{.arg reference} must be {.val rest} or one of the groups.",
        x = "There is no group {.val {reference}}.",
        i = "Groups there: {.val {levels}}."
      ),
      call = call
    )
  }
  reference
}

check_sizes <- function(groups, cells, call) {
  sizes <- tabulate(cells, nlevels(cells))
  small <- groups[sizes[match(groups, levels(cells))] < 2L]
  if (length(small) > 0L) {
    abort_input(
      c(
        "Every group that is ranked must have at least two cells.",
        x = "Fewer {cli::qty(small)}{?has/have}: {.val {small}}.",
        i = "Leave {cli::qty(small)}{?it/them} out with {.arg groups}."
      ),
      call = call
    )
  }
}
