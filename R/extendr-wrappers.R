# Written by tools/wrappers.sh from src/rust: do not edit by hand.
# nolint start
#' The number of threads this process may use at once.
#' @noRd
available_threads <- function() .Call(wrap__available_threads)

#' The order that sorts strings naturally.
#'
#' @param x Strings, valid UTF-8, none `NA`.
#' @return Places in `x` from 1, the first string's first.
#' @noRd
natural_order <- function(x) .Call(wrap__natural_order, x)

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

#' The statistics of a block of genes.
#'
#' What `rank_statistics()` makes tables of. It is plain data that may go
#' from one process to another.
#'
#' @param p,idx,x Compressed sparse storage of the genes of the block and of
#'   all cells, see `expression_view()`.
#' @param codes,settings,tick As for `rank_groups()`; the genes are those of
#'   the block.
#' @return A list; `status` as for `rank_groups()`; `single`, whether the means
#'   are of values in single precision, `NA` where they are of logarithms.
#' @noRd
block_statistics <- function(p, idx, x, codes, settings, tick) .Call(wrap__block_statistics, p, idx, x, codes, settings, tick)

#' Rank genes whose statistics are known.
#'
#' @param blocks List of the `statistics` that `block_statistics()` gave, in
#'   the order of the genes.
#' @param codes,settings,tick As for `rank_groups()`; the genes are those of
#'   all blocks.
#' @return As for `rank_groups()`, without `looks_like_counts`.
#' @noRd
rank_statistics <- function(blocks, codes, settings, tick) .Call(wrap__rank_statistics, blocks, codes, settings, tick)

# nolint end
