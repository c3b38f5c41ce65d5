# Groups of cells: from what the user names to one integer code per cell.

#' @param groupby Labels of any kind that [plain_labels()] takes, or the name
#'   of a column that holds some.
#' @return A factor; `NA` for cells without a group.
#' @noRd
cell_groups <- function(groupby, view, call) {
  if (is_column_name(groupby, view)) {
    groups <- annotation_groups(view$obs, groupby, "groupby", call)
    check_groupby_length(groups, view, call)
    return(groups)
  }
  groupby <- plain_labels(groupby, "groupby", call)
  groupby <- entries_of_cells(groupby, view)
  check_groupby_length(groupby, view, call)
  if (!is.null(names(groupby))) {
    check_order(
      groupby,
      "groupby",
      "cell",
      names = view$cells(),
      names_call = view$name_calls[["cells"]],
      call = call
    )
  }
  as_groups(groupby, "groupby", call)
}

# A vector has one entry for each cell of the object, some of which may have no
# values to rank.
entries_of_cells <- function(x, view) {
  is_of_object <- !is.null(view$in_object) &&
    length(x) == view$n_object_cells
  if (is_of_object) x[view$in_object] else x
}

is_column_name <- function(groupby, view) {
  !is.null(view$obs) && is.character(groupby) && length(groupby) == 1L
}

check_groupby_length <- function(groupby, view, call) {
  n <- length(groupby)
  if (n != view$n_cells) {
    abort_input(
      c(
        "{.arg groupby} must have one entry per cell.",
        x = "It has {n} entr{?y/ies} for {view$n_cells} cell{?s} (and
             {length(view$genes)} gene{?s}).",
        i = length_hint(groupby, view)
      ),
      call = call
    )
  }
}

# A template, filled in where `view` is at hand.
length_hint <- function(groupby, view) {
  if (length(groupby) == length(view$genes) && !is.null(view$transposed)) {
    "It fits the genes: did you mean {.code {view$transposed}}?"
  } else if (is.character(groupby) && length(groupby) == 1L) {
    "A matrix has no columns that describe its cells: give a vector of their
     groups."
  } else if (has_all_cells(names(groupby), view)) {
    "Its names hold those of all cells: give
     {.code groupby[{view$name_calls[['cells']]}]}."
  }
}

has_all_cells <- function(names, view) {
  if (is.null(names) || is.null(view$name_calls[["cells"]])) {
    return(FALSE)
  }
  cells <- view$cells()
  !is.null(cells) && all(cells %in% names)
}

#' The groups to report, checked
#'
#' @return A list of `selected`, names in the order asked for without the
#'   reference; `reference`, a name or `NULL`; and `counted`, both, the
#'   reference where it was asked for or last.
#' @noRd
select_groups <- function(groups, reference, cells, call) {
  levels <- levels(cells)
  selected <- check_groups(groups, levels, call)
  reference <- check_reference(reference, levels, call)
  if (identical(groups, "all")) {
    selected <- groups_with_cells(selected, cells)
  }
  counted <- union(selected, reference)
  check_names(counted, call)
  check_sizes(counted, cells, call)
  selected <- setdiff(selected, reference)
  check_opposites(selected, reference, cells, call)
  list(selected = selected, reference = reference, counted = counted)
}

#' All groups but those without a cell, which are left after a subset
#' @noRd
groups_with_cells <- function(groups, cells) {
  is_empty <- group_sizes(groups, cells) == 0L
  empty <- groups[is_empty]
  if (length(empty) > 0L && !all(is_empty)) {
    cli::cli_inform(
      c(
        i = "{length(empty)} group{?s} without a cell {?is/are} left out:
             {.val {empty}}."
      ),
      class = c("wilcoxide_message_empty_groups", "wilcoxide_message")
    )
  }
  groups[!is_empty]
}

check_groups <- function(groups, levels, call) {
  if (length(levels) == 0L) {
    abort_input(
      c(
        "{.arg groupby} must put cells into groups.",
        x = "It has no group at all."
      ),
      call = call
    )
  }
  if (identical(groups, "all")) {
    return(levels)
  }
  if (!is.atomic(groups) || length(groups) == 0L) {
    abort_input(
      c(
        "{.arg groups} must be {.val all} or a vector of groups.",
        x = "It is {given(groups)}.",
        i = groups_there()
      ),
      call = call
    )
  }
  groups <- group_names(groups, levels)
  twice <- unique(groups[duplicated(groups)])
  if (length(twice) > 0L) {
    abort_input(
      c(
        "{.arg groups} must name every group once.",
        x = "Named more than once: {.val {twice}}.",
        i = groups_there()
      ),
      call = call
    )
  }
  unknown <- setdiff(groups, levels)
  if (length(unknown) > 0L) {
    abort_input(
      c(
        "{.arg groups} must be groups that exist.",
        x = "There {cli::qty(unknown)}{?is no group/are no groups}
             {.val {unknown}}.",
        i = groups_there()
      ),
      call = call
    )
  }
  groups
}

check_reference <- function(reference, levels, call) {
  if (!is.atomic(reference) || length(reference) != 1L) {
    abort_input(
      c(
        "{.arg reference} must be {.val rest} or one group.",
        x = "It is {given(reference)}.",
        i = groups_there()
      ),
      call = call
    )
  }
  reference <- group_names(reference, levels)
  if (identical(reference, "rest")) {
    return(NULL)
  }
  if (!reference %in% levels) {
    abort_input(
      c(
        "{.arg reference} must be {.val rest} or one of the groups.",
        x = "There is no group {.val {reference}}.",
        i = groups_there()
      ),
      call = call
    )
  }
  reference
}

# A line for messages, filled in where `levels` is at hand.
groups_there <- function() {
  "{cli::qty(levels)}Group{?s} there: {.val {levels}}."
}

# Tables have one column per group, which R cannot find by an empty name.
check_names <- function(groups, call) {
  if ("" %in% groups) {
    abort_input(
      c(
        "Every group that is ranked must have a name.",
        x = "The name of one is the empty string.",
        i = "Give it another, make its cells NA, or leave it out with
             {.arg groups}."
      ),
      call = call
    )
  }
}

check_sizes <- function(groups, cells, call) {
  sizes <- group_sizes(groups, cells)
  empty <- groups[sizes == 0L]
  single <- groups[sizes == 1L]
  if (length(empty) + length(single) == 0L) {
    return(invisible())
  }
  abort_input(
    c(
      "Every group that is ranked must have at least two cells.",
      x = if (length(empty) > 0L) {
        "{length(empty)} group{?s} {?has/have} no cells: {.val {empty}}."
      },
      x = if (length(single) > 0L) {
        "{length(single)} group{?s} {?has/have} one cell: {.val {single}}."
      },
      i = "Leave {cli::qty(length(empty) + length(single))}{?it/them} out with
           {.arg groups}."
    ),
    call = call
  )
}

# Something must be there to compare, and something to compare it with.
check_opposites <- function(selected, reference, cells, call) {
  if (length(selected) == 0L) {
    abort_input(
      c(
        "There must be a group to compare with the {.arg reference}.",
        x = "{.arg groups} has nothing besides the reference,
             {.val {reference}}."
      ),
      call = call
    )
  }
  if (!is.null(reference)) {
    return(invisible())
  }
  alone <- selected[group_sizes(selected, cells) == length(cells)]
  if (length(alone) > 0L) {
    abort_input(
      c(
        "There must be at least two groups to compare.",
        x = "All cells are in group {.val {alone}}."
      ),
      call = call
    )
  }
}

group_sizes <- function(groups, cells) {
  tabulate(cells, nlevels(cells))[match(groups, levels(cells))]
}
