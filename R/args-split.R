# Levels of a second annotation, within which cells are ranked: to users
# `split_by`.

#' The level of each cell
#'
#' @return `NULL` without `split_by`, else a factor.
#' @noRd
levels_of_cells <- function(split_by, view, call) {
  if (is.null(split_by)) {
    return(NULL)
  }
  split <- cell_groups(split_by, view, call, "split_by")
  check_split_names(levels(split), call)
  split
}

#' The levels to rank within, checked
#'
#' Groups that cannot be compared in a level are left out of it, and levels in
#' which none can; a message tells which.
#'
#' @param split What [levels_of_cells()] returned.
#' @param chosen What [select_groups()] returned.
#' @param block What [check_block()] returned.
#' @return `NULL`, or a list: `by`, the name of the column or `NULL`; `levels`,
#'   a named list with, for each level, the places of its cells, `at`, and
#'   `cells`, `chosen` and `block` as a request has them.
#' @noRd
check_split <- function(split_by, split, chosen, block, view, call) {
  if (is.null(split)) {
    return(NULL)
  }
  places <- split(seq_along(split), split)
  levels <- lapply(places, function(at) within_level(at, chosen, block))
  n_left <- vapply(levels, function(level) length(level$chosen$selected), 0L)
  if (all(n_left == 0L)) {
    abort_input(
      c(
        "{.arg split_by} must have a level in which groups can be compared.",
        x = "None of {length(levels)} level{?s} has
             {chosen$min_cells %||% 'two'} cells of a group and of what it is
             compared with{if (!is.null(block)) ', in one block'}.",
        i = if (is_same_annotation(split, chosen$cells)) {
          "{.arg split_by} is what {.arg groupby} is. To compare conditions in
           each cell type, {.arg groupby} has the conditions and
           {.arg split_by} the types."
        } else if (!is.null(block)) {
          "Where all cells of a donor are of one group, compare without
           {.arg block}, or test donors: {.code vignette(\"donors\")}."
        }
      ),
      call = call
    )
  }
  tell_left_out(levels, chosen$selected)
  tell_left_blocks(levels[n_left > 0L])
  list(
    by = if (is_column_name(split_by, view)) split_by,
    levels = levels[n_left > 0L]
  )
}

# All levels' pairs together would take too much memory.
check_no_pairs_in_levels <- function(pairwise, split, call) {
  if (pairwise && !is.null(split)) {
    abort_input(
      c(
        "{.arg pairwise} must be FALSE where cells are ranked within levels.",
        x = "{.arg split_by} is given, too.",
        i = "Rank the cells of one level at a time."
      ),
      call = call
    )
  }
}

check_split_names <- function(levels, call) {
  if (length(levels) == 0L || "" %in% levels) {
    abort_input(
      c(
        "{.arg split_by} must put cells into levels that have names.",
        x = if (length(levels) == 0L) {
          "No cell has a level."
        } else {
          "The name of one is the empty string."
        }
      ),
      call = call
    )
  }
}

#' What there is to compare among the cells of one level
#' @noRd
within_level <- function(at, chosen, block) {
  chosen$cells <- chosen$cells[at]
  chosen$takes_part <- chosen$takes_part[at]
  selected <- chosen$selected
  n <- group_sizes(selected, chosen$cells)
  least <- chosen$min_cells %||% 2L
  is_compared <- n >= least & if (is.null(chosen$reference)) {
    sum(chosen$takes_part) > n
  } else {
    group_sizes(chosen$reference, chosen$cells) >= least
  }
  if (!is.null(block)) {
    block <- strata_within(block, at, chosen)
    is_compared <- is_compared & block$n_compared > 0L
    block$n_compared <- block$n_compared[is_compared]
  }
  chosen$selected <- selected[is_compared]
  chosen$counted <- intersect(
    chosen$counted,
    c(chosen$selected, chosen$reference)
  )
  list(at = at, cells = chosen$cells, chosen = chosen, block = block)
}

tell_left_out <- function(levels, selected) {
  left <- lapply(levels, function(level) level$chosen$selected)
  none <- names(left)[lengths(left) == 0L]
  some <- names(left)[lengths(left) > 0L & lengths(left) < length(selected)]
  missed <- vapply(
    some,
    function(level) {
      paste0(
        encodeString(level, quote = "\""),
        " (",
        paste(setdiff(selected, left[[level]]), collapse = ", "),
        ")"
      )
    },
    ""
  )
  if (length(none) + length(some) == 0L) {
    return(invisible())
  }
  cli::cli_inform(
    c(
      if (length(none) > 0L) {
        c(
          i = "{length(none)} level{?s} in which no groups can be compared
               {?is/are} left out: {.val {none}}."
        )
      },
      if (length(some) > 0L) {
        c(
          i = "Groups that cannot be compared are left out of
               {length(missed)} level{?s}: {missed}."
        )
      }
    ),
    class = c("wilcoxide_message_levels", "wilcoxide_message")
  )
}

# Of the groups that are compared in a level, but not in all of its blocks.
tell_left_blocks <- function(levels) {
  missed <- lapply(levels, function(level) {
    n <- nlevels(level$block$strata)
    n_left <- n - level$block$n_compared
    groups <- level$chosen$selected[n_left > 0L]
    sprintf("%s: %d of %d", groups, n_left[n_left > 0L], n)
  })
  missed <- missed[lengths(missed) > 0L]
  if (length(missed) == 0L) {
    return(invisible())
  }
  # A few of many groups show what it is about.
  few <- vapply(missed, function(groups) {
    more <- if (length(groups) > 4L) "..."
    paste(c(utils::head(groups, 4L), more), collapse = ", ")
  }, "")
  few <- sprintf("%s (%s)", encodeString(names(missed), quote = "\""), few)
  cli::cli_inform(
    c(
      i = "Blocks without cells on both sides are left out, in
           {length(few)} level{?s}: {few}."
    ),
    class = c("wilcoxide_message_blocks", "wilcoxide_message")
  )
}
