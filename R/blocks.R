# Matrices that are read in blocks of genes: the statistics of each block, made
# here or by workers, are bound together before the genes are ranked.

#' Describe a matrix to read in blocks of genes
#'
#' Both functions may be sent to another process, so they must hold no more
#' than it takes to open the matrix there.
#'
#' @param plan Function of `genes`, the places of the genes to rank, of
#'   `budget`, the bytes that one process may use, and of `n_blocks`, the
#'   number of blocks to make at least. It returns a list of ranges of genes,
#'   each a first and a last place, that ascend and hold all of `genes`.
#' @param statistics Function of `range`, one of these, of `codes` and
#'   `settings` as `rank_groups()` has them, and of `tick`, a function to call
#'   with the fraction done. It returns what [slices_statistics()] does.
#' @noRd
block_source <- function(plan, statistics) {
  list(plan = plan, statistics = statistics)
}

#' The statistics of a range of genes whose values are in memory
#'
#' @param slices The values of these genes in all cells, as `matrix()` of an
#'   [expression_view()] gives them.
#' @param range First and last gene.
#' @param tick As for `rank_groups()`.
#' @return A list: `status` as `rank_groups()` has it; `statistics`, a list of
#'   what `rank_statistics()` binds; `looks_like_counts`; `single`, see
#'   `block_statistics()`; or `count` and `gene` of what is not a number.
#' @noRd
slices_statistics <- function(slices, range, codes, settings, tick = NULL) {
  first <- range[[1L]] - 1L
  last <- range[[2L]] - 1L
  genes <- settings$genes
  settings$genes <- genes[genes >= first & genes <= last] - first
  settings$n_genes <- last - first + 1L
  settings$by_cell <- slices$major == "cell"
  block <- block_statistics(
    slices$p,
    slices$idx,
    slices$x,
    codes,
    settings,
    tick
  )
  if (block$status == "ok") {
    block$statistics <- list(block$statistics)
  } else if (block$status == "not_a_number") {
    block$gene <- block$gene + first
  }
  block
}

#' Rank the genes of a matrix that is read in blocks
#' @noRd
rank_blocks <- function(view, codes, settings, progress, call) {
  source <- view$blocks
  ranges <- source$plan(settings$genes + 1L, memory_budget(call), 1L)
  blocks <- blocks_here(source, ranges, codes, settings, progress)
  for (block in blocks) {
    check_kernel(block, view, call)
  }
  # The whole matrix is in single precision or none of it.
  single <- vapply(blocks, `[[`, NA, "single")
  if (any(single, na.rm = TRUE) && !all(single)) {
    settings$single <- FALSE
    again <- blocks_here(source, ranges[single], codes, settings, progress)
    blocks[single] <- again
  }
  settings$by_cell <- FALSE
  ranked <- rank_statistics(
    unlist(lapply(blocks, `[[`, "statistics"), recursive = FALSE),
    codes,
    settings,
    NULL
  )
  check_kernel(ranked, view, call)
  ranked$looks_like_counts <-
    all(vapply(blocks, `[[`, NA, "looks_like_counts"))
  ranked
}

# Ends with the first block that has no statistics.
blocks_here <- function(source, ranges, codes, settings, progress) {
  show <- progress_tick(progress) %||% function(fraction) FALSE
  blocks <- list()
  for (range in ranges) {
    tick <- function(fraction) {
      if (show((length(blocks) + fraction) / length(ranges))) {
        rlang::interrupt()
      }
    }
    block <- source$statistics(range, codes, settings, tick)
    blocks[[length(blocks) + 1L]] <- block
    if (block$status != "ok") {
      break
    }
    tick(0)
  }
  blocks
}
