# Matrices that are read in blocks of genes: the statistics of each block, made
# here or by workers, are bound together before the genes are ranked.

#' Describe a matrix to read in blocks of genes
#'
#' @param plan Function of `genes`, the places of the genes to rank, of
#'   `budget`, the bytes that one process may use, and of `n_blocks`, the
#'   number of blocks to make at least. It returns a list of ranges of genes,
#'   each a first and a last place, that ascend and hold all of `genes`. A
#'   range may have attributes that say how it is to be read.
#' @param statistics Function of `range`, one of these, of `codes` and
#'   `settings` as `rank_matrix()` has them, of `tick`, a function to call
#'   with the fraction done, and of `call`, for errors. It returns what
#'   [slices_statistics()] does. It may be sent to another process, so it must
#'   hold no more than it takes to open the matrix there.
#' @param read Function of `genes`, places of a few genes in any order, of
#'   `budget`, the bytes that it may use, and of `threads`, how many may read.
#'   It returns the values of these genes, in their order, as `matrix()` of an
#'   [expression_view()] does.
#' @noRd
block_source <- function(plan, statistics, read) {
  list(plan = plan, statistics = statistics, read = read)
}

#' The blocks of a matrix that may be larger than memory
#'
#' A new kind of such matrices is one adapter file with a method of this
#' generic.
#'
#' @param x A matrix of any kind.
#' @param part What the user calls it, formatted for messages.
#' @param cells_in_columns Does it have its cells in columns?
#' @return See [block_source()]; `NULL` for a matrix in memory.
#' @noRd
blocks_of <- function(x, part, cells_in_columns, call) {
  UseMethod("blocks_of")
}

blocks_of.default <- function(x, part, cells_in_columns, call) {
  NULL
}

#' The statistics of a range of genes whose values are in memory
#'
#' @param slices The values of these genes in all cells, as `matrix()` of an
#'   [expression_view()] gives them.
#' @param range First and last gene.
#' @param tick As for `rank_matrix()`.
#' @return A list: `status` as `rank_matrix()` has it; `statistics`, a list of
#'   what `rank_statistics()` binds; or `count` and `gene` of what is not a
#'   number.
#' @noRd
slices_statistics <- function(slices, range, codes, settings, tick = NULL) {
  first <- range[[1L]] - 1L
  last <- range[[2L]] - 1L
  genes <- settings$genes
  settings$genes <- genes[genes >= first & genes <= last] - first
  settings$n_genes <- last - first + 1L
  settings$by_cell <- slices$major == "cell"
  block <- gene_statistics(
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

#' The statistics of neighbouring blocks as those of one
#'
#' What is not a number is counted in all of them; anything else that is amiss
#' goes first.
#' @noRd
join_blocks <- function(blocks) {
  amiss <- Find(stops_ranking, blocks)
  if (!is.null(amiss)) {
    return(amiss)
  }
  bad <- Filter(function(block) block$status != "ok", blocks)
  if (length(bad) > 0L) {
    bad[[1L]]$count <- sum(vapply(bad, `[[`, 0, "count"))
    return(bad[[1L]])
  }
  list(
    status = "ok",
    statistics = unlist(lapply(blocks, `[[`, "statistics"), recursive = FALSE)
  )
}

# Whether there is no use in further blocks.
stops_ranking <- function(block) {
  !block$status %in% c("ok", "not_a_number")
}
