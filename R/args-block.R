# Strata: cells that are compared among themselves only, to users `block`.

block_weights <- c("van_elteren", "equal")

#' The strata that the cells are compared in, checked
#'
#' Strata in which a group, or what it is compared with, has no cells say
#' nothing of it: a message tells how many.
#'
#' @param block,weights As the user gave them.
#' @param chosen What [select_groups()] returned.
#' @param level_of What [levels_of_cells()] returned: cells are ranked within
#'   levels, which have other strata each.
#' @return `NULL`, or a list: `block`, the name of the column or `NULL`;
#'   `strata`, a factor without empty levels; `weights`; `n_compared`, for each
#'   group how many strata it is compared in.
#' @noRd
check_block <- function(block, weights, chosen, level_of, view, call) {
  weights <- choose_one(weights, block_weights, "block_weights", call)
  if (is.null(block)) {
    return(NULL)
  }
  strata <- cell_groups(block, view, call, "block")
  takes_part <- chosen$takes_part
  if (!is.null(chosen$reference)) {
    takes_part <- takes_part & chosen$cells %in% chosen$counted
  }
  if (!is.null(level_of)) {
    takes_part <- takes_part & !is.na(level_of)
  }
  n_missing <- sum(is.na(strata) & takes_part)
  if (n_missing > 0L) {
    abort_input(
      c(
        "{.arg block} must say which block each cell is in.",
        x = "It is NA for {n_missing} cell{?s} that take{?s/} part.",
        i = "Leave these cells out of {.arg x}, or make them a block of their
             own: {.code ifelse(is.na(block), \"none\", as.character(block))}."
      ),
      call = call
    )
  }
  block <- list(
    block = if (is_column_name(block, view)) block,
    strata = strata,
    weights = weights
  )
  if (!is.null(level_of)) {
    return(block)
  }
  block <- strata_within(block, seq_along(strata), chosen)
  n_strata <- nlevels(block$strata)
  check_strata_compare(
    block$n_compared,
    n_strata,
    chosen$selected,
    is_same_annotation(strata, chosen$cells),
    call
  )
  block
}

is_same_annotation <- function(one, other) {
  identical(as.character(one), as.character(other))
}

#' The strata of some cells
#'
#' @param at Places of these cells; `chosen` is of them.
#' @noRd
strata_within <- function(block, at, chosen) {
  takes_part <- chosen$takes_part
  strata <- block$strata[at]
  there <- tabulate(strata[takes_part], nlevels(strata)) > 0L
  block$strata <- factor(strata, levels(strata)[there])
  block$n_compared <- strata_compared(
    block$strata[takes_part],
    takes_part,
    chosen
  )
  block
}

#' For each group, the strata that have cells on both sides
#'
#' @param strata Of the cells that take part.
#' @noRd
strata_compared <- function(strata, takes_part, chosen) {
  counted <- match(c(chosen$selected, chosen$reference), levels(chosen$cells))
  groups <- match(as.integer(chosen$cells)[takes_part], counted)
  n <- length(chosen$selected)
  sizes <- table(strata, factor(groups, seq_along(counted)))
  own <- sizes[, seq_len(n), drop = FALSE]
  opposite <- if (is.null(chosen$reference)) {
    tabulate(strata, nlevels(strata)) - own
  } else {
    sizes[, n + 1L]
  }
  as.integer(colSums(own > 0L & opposite > 0L))
}

check_strata_compare <- function(n_compared,
                                 n_strata,
                                 selected,
                                 is_groupby,
                                 call) {
  alone <- selected[n_compared == 0L]
  if (length(alone) > 0L) {
    abort_input(
      c(
        "Every group must have a block in which it can be compared.",
        x = "No block has cells of {cli::qty(alone)}group{?s} {.val {alone}} and
             cells to compare {?it/them} with.",
        i = if (is_groupby) {
          "{.arg block} is what {.arg groupby} is: give the donors or batches."
        } else {
          "Leave {cli::qty(alone)}{?it/them} out with {.arg groups}, or
           compare without {.arg block}."
        },
        i = if (!is_groupby) {
          "Where all cells of a donor are of one group, as with patients and
           controls, donors must be tested and not cells: see
           {.code vignette(\"donors\")}."
        }
      ),
      call = call
    )
  }
  some <- n_compared < n_strata
  if (any(some)) {
    missed <- sprintf(
      "%s (%d of %d)",
      encodeString(selected[some], quote = "\""),
      n_strata - n_compared[some],
      n_strata
    )
    cli::cli_inform(
      c(
        i = "Blocks without cells on both sides are left out, for
             {cli::qty(missed)}group{?s} {missed}."
      ),
      class = c("wilcoxide_message_blocks", "wilcoxide_message")
    )
  }
}
