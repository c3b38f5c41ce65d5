# Written by tools/wrappers.sh from src/rust: do not edit by hand.
# nolint start
#' The number of threads this process may use at once.
#' @noRd
available_threads <- function() .Call(wrap__available_threads)

#' Rank genes.
#'
#' @param p,idx,x Compressed sparse storage, see `expression_view()`.
#' @param codes Group of each cell from 0, negative for none.
#' @param settings A list, see `rank_view()`.
#' @param tick `NULL` or a function of the fraction done, called about every
#'   100 ms; it returns `TRUE` when it was interrupted.
#' @return A list; `status` is `"ok"`, `"interrupted"`, `"not_a_number"`,
#'   `"matrix"` or `"fault"`.
#' @noRd
rank_groups <- function(p, idx, x, codes, settings, tick) .Call(wrap__rank_groups, p, idx, x, codes, settings, tick)

# nolint end
