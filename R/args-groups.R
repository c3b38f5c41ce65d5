# Groups of cells: from what the user names to one integer code per cell.

#' @param labels Labels of any kind that [plain_labels()] takes, or the name
#'   of a column that holds some.
#' @param arg The argument that they were given as.
#' @return A factor; `NA` for cells without a group.
#' @noRd
cell_groups <- function(labels, view, call, arg = "groupby") {
  if (is_column_name(labels, view)) {
    hint <- if (arg == "groupby" && !labels %in% view$obs$names) {
      column_hint(labels, view, call)
    }
    groups <- annotation_groups(view$obs, labels, arg, call, hint)
    check_labels_length(groups, arg, view, call)
    return(groups)
  }
  labels <- plain_labels(labels, arg, call)
  labels <- entries_of_cells(labels, view)
  check_labels_length(labels, arg, view, call)
  if (!is.null(names(labels))) {
    check_order(
      labels,
      arg,
      "cell",
      names = view$cells(),
      names_call = view$name_calls[["cells"]],
      call = call
    )
  }
  as_groups(labels, arg, call)
}

# A vector has one entry for each cell of the object, some of which may have no
# values to rank.
entries_of_cells <- function(x, view) {
  is_of_object <- !is.null(view$in_object) &&
    length(x) == view$n_object_cells
  if (is_of_object) x[view$in_object] else x
}

is_column_name <- function(labels, view) {
  !is.null(view$obs) && is.character(labels) && length(labels) == 1L
}

# `group = "B"` is short for `groupby = "B"`, but may have meant a group.
column_hint <- function(groupby, view, call) {
  if (!is.null(view$default_groupby)) {
    groups <- cell_groups(view$default_groupby, view, call)
    if (groupby %in% levels(groups)) {
      "It is a group: give {.code groups = \"{name}\"} to rank the genes of that
       group."
    }
  }
}

check_labels_length <- function(labels, arg, view, call) {
  n <- length(labels)
  if (n != view$n_cells) {
    abort_input(
      c(
        "{.arg {arg}} must have one entry per cell.",
        x = "It has {n} entr{?y/ies} for {view$n_cells} cell{?s} (and
             {length(view$genes)} gene{?s}).",
        i = length_hint(labels, view)
      ),
      call = call
    )
  }
}

# A template, filled in where `view` is at hand.
length_hint <- function(labels, view) {
  if (length(labels) == length(view$genes) && !is.null(view$transposed)) {
    "It fits the genes: did you mean {.code {view$transposed}}?"
  } else if (length(labels) > 1L && all(labels %in% view$obs$names)) {
    "Only one column can be named: {.fn paste} makes one of several, to be given
     as a vector."
  } else if (is.character(labels) && length(labels) == 1L) {
    "A matrix has no columns that describe its cells: give a vector of their
     groups."
  } else if (has_all_cells(names(labels), view)) {
    "Its names hold those of all cells: give
     {.code {arg}[{view$name_calls[['cells']]}]}."
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
#' @param min_cells Groups of fewer cells are left out; `NULL` leaves out those
#'   without any, if `groups` does not name them.
#' @return A list of `cells`, the groups of the cells with those of the
#'   reference pooled; `takes_part`, `FALSE` for cells that are excluded;
#'   `excluded`, names of their groups;
#'   `selected`, names in the order asked for without the reference;
#'   `reference`, a name or `NULL`; `counted`, both, the reference where it
#'   was asked for or last; and `min_cells`.
#' @noRd
select_groups <- function(groups, reference, exclude, min_cells, cells, call) {
  levels <- levels(cells)
  selected <- check_groups(groups, levels, length(cells), call)
  pool <- check_reference(reference, levels, call)
  excluded <- check_exclude(exclude, groups, pool, levels, call)
  if (identical(groups, "all")) {
    selected <- setdiff(selected, excluded)
    if (is.null(min_cells)) {
      selected <- groups_with_cells(selected, cells)
    }
  }
  reference <- if (!is.null(pool)) paste(pool, collapse = ", ")
  takes_part <- !as.integer(cells) %in% match(excluded, levels)
  cells <- pool_groups(cells, pool, reference, call)
  selected[selected %in% pool] <- reference
  if (!is.null(min_cells)) {
    selected <- groups_of_size(selected, reference, cells, min_cells, call)
  }
  counted <- union(selected, reference)
  check_names(counted, call)
  check_sizes(counted, cells, call)
  selected <- setdiff(selected, reference)
  check_opposites(selected, reference, cells[takes_part], call)
  list(
    cells = cells,
    takes_part = takes_part,
    excluded = excluded,
    selected = selected,
    reference = reference,
    counted = counted,
    min_cells = min_cells
  )
}

#' Several groups as one
#'
#' @param pool Names of the groups, `name` what they are called together.
#' @noRd
pool_groups <- function(cells, pool, name, call) {
  if (length(pool) < 2L) {
    return(cells)
  }
  if (name %in% setdiff(levels(cells), pool)) {
    abort_input(
      c(
        "The pooled {.arg reference} must not have the name of another group.",
        x = "Both would be called {.val {name}}.",
        i = "Give one of the groups another name."
      ),
      call = call
    )
  }
  levels(cells)[levels(cells) %in% pool] <- name
  cells
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

#' All groups but those that are too small, which a message tells
#'
#' @param selected Groups, the reference among them or not.
#' @noRd
groups_of_size <- function(selected, reference, cells, min_cells, call) {
  small <- function(groups) groups[group_sizes(groups, cells) < min_cells]
  if (length(small(reference)) > 0L) {
    n <- group_sizes(reference, cells)
    abort_input(
      c(
        "The {.arg reference} must have at least {.arg min_cells} cells, which
         is {min_cells}.",
        x = "Group {.val {reference}} has {n}."
      ),
      call = call
    )
  }
  left_out <- small(selected)
  kept <- setdiff(selected, left_out)
  if (length(setdiff(kept, reference)) == 0L && length(left_out) > 0L) {
    largest <- max(group_sizes(left_out, cells))
    abort_input(
      c(
        "{.arg min_cells} must leave a group to rank.",
        x = "It is {min_cells}, and the largest group has {largest} cell{?s}."
      ),
      call = call
    )
  }
  if (length(left_out) > 0L) {
    cli::cli_inform(
      c(
        i = "{length(left_out)} group{?s} with fewer than {min_cells} cells
             {cli::qty(left_out)}{?is/are} left out: {.val {left_out}}."
      ),
      class = c("wilcoxide_message_small_groups", "wilcoxide_message")
    )
  }
  kept
}

check_groups <- function(groups, levels, n_cells, call) {
  if (length(levels) == 0L) {
    abort_input(
      c(
        "{.arg groupby} must put cells into groups.",
        x = "No cell has a group."
      ),
      call = call
    )
  }
  if (identical(groups, "all")) {
    return(levels)
  }
  check_named_groups(
    groups,
    levels,
    "groups",
    "{.val all} or",
    call,
    hint = if (length(groups) == n_cells) {
      "{.arg groupby} is the argument that says which group each cell is in."
    }
  )
}

#' The groups that every group is compared with, `NULL` for the rest
#' @noRd
check_reference <- function(reference, levels, call) {
  if (identical(reference, "rest") || identical(reference, factor("rest"))) {
    return(NULL)
  }
  check_named_groups(reference, levels, "reference", "{.val rest} or", call)
}

#' The groups whose cells take no part
#' @noRd
check_exclude <- function(exclude, groups, reference, levels, call) {
  if (is.null(exclude)) {
    return(character())
  }
  excluded <- check_named_groups(exclude, levels, "exclude", "NULL or", call)
  named <- if (!identical(groups, "all")) group_names(groups, levels)
  wanted <- intersect(excluded, c(named, reference))
  if (length(wanted) > 0L) {
    abort_input(
      c(
        "{.arg exclude} must not name groups that are to be compared.",
        x = "{.val {wanted}} {?is/are} also in {.arg groups} or
             {.arg reference}."
      ),
      call = call
    )
  }
  left <- setdiff(levels, c(excluded, reference))
  if (length(left) == 0L) {
    abort_input(
      c(
        "{.arg exclude} must leave a group to rank.",
        x = "It leaves out all of {.val {levels}}."
      ),
      call = call
    )
  }
  excluded
}

#' Refuse what does not name groups that there are, each once
#'
#' @param or What `arg` may be instead, for the message.
#' @param hint A line for the message where groups are named twice, or `NULL`.
#' @noRd
check_named_groups <- function(groups, levels, arg, or, call, hint = NULL) {
  if (!is.atomic(groups) || length(groups) == 0L) {
    abort_input(
      c(
        paste("{.arg {arg}} must be", or, "a vector of groups."),
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
        "{.arg {arg}} must name every group once.",
        x = "Named more than once: {.val {twice}}.",
        i = hint,
        i = groups_there()
      ),
      call = call
    )
  }
  unknown <- setdiff(groups, levels)
  if (length(unknown) > 0L) {
    abort_input(
      c(
        paste("{.arg {arg}} must be", or, "groups that exist."),
        x = "There {cli::qty(unknown)}{?is no group/are no groups}
             {.val {unknown}}.",
        i = did_you_mean(unknown, levels),
        i = groups_there()
      ),
      call = call
    )
  }
  groups
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
      i = if (are_measurements(cells, length(single))) {
        "Groups are the {nlevels(cells)} different numbers of {.arg groupby}: is
         it a measurement of the cells? {.fn cut} makes ranges of numbers."
      } else {
        "Leave {cli::qty(length(empty) + length(single))}{?it/them} out with
         {.arg groups}, or with {.code min_cells = 2}."
      }
    ),
    call = call
  )
}

#' Do cells seem to be grouped by numbers that were measured?
#' @param n_single How many groups have one cell.
#' @noRd
are_measurements <- function(cells, n_single) {
  levels <- levels(cells)
  length(levels) > 20L && n_single > length(levels) / 2 &&
    !anyNA(suppressWarnings(as.double(levels)))
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
        x = "All cells that take part are in group {.val {alone}}."
      ),
      call = call
    )
  }
}

group_sizes <- function(groups, cells) {
  tabulate(cells, nlevels(cells))[match(groups, levels(cells))]
}
