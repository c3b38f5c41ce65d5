# Each group against every other single group: what such a call must have, and
# the memory that it takes.

#' The groups that are in pairs with those chosen, but are not chosen themselves
#'
#' Refuses pairs of groups where there are none, or too many for the memory.
#'
#' @param chosen What [select_groups()] returned.
#' @param n_genes Number of genes to rank.
#' @return Names of groups that take part, of as many cells as a group must
#'   have; `NULL` without pairs.
#' @noRd
pair_opponents <- function(pairwise, chosen, n_genes, view, call) {
  if (!pairwise) {
    return(NULL)
  }
  if (!is.null(chosen$reference)) {
    abort_input(
      c(
        "{.arg pairwise} must be FALSE where groups are compared with a
         {.arg reference}.",
        x = "{.arg reference} is {.val {chosen$reference}}, and
             {.code pairwise = TRUE} compares each group with every other one.",
        i = "Leave out one of the two. Without {.arg reference}, scores and
             p-values are those against the rest."
      ),
      call = call
    )
  }
  others <- setdiff(levels(chosen$cells), c(chosen$selected, chosen$excluded))
  least <- max(2, chosen$min_cells)
  opponents <- others[group_sizes(others, chosen$cells) >= least]
  n_groups <- length(chosen$selected) + length(opponents)
  if (n_groups < 2L) {
    abort_input(
      c(
        "There must be at least two groups with {.code pairwise = TRUE}.",
        x = "There is only one, {.val {chosen$selected}}.",
        i = "Groups in pairs take part and have at least {least} cells."
      ),
      call = call
    )
  }
  check_pair_memory(n_groups, n_genes, view, call)
  opponents
}

#' What the kernel found of the groups chosen, without that of their opponents
#' @noRd
without_opponents <- function(ranked, request) {
  if (length(request$chosen$opponents) == 0L) {
    return(ranked)
  }
  own <- seq_along(request$chosen$selected)
  of_groups <- intersect(
    c("genes", "n_tied", request$tables, "log10_pvals", "pts", "pts_rest"),
    names(ranked)
  )
  ranked[of_groups] <- lapply(ranked[of_groups], `[`, own)
  ranked
}

check_pair_memory <- function(n_groups, n_genes, view, call) {
  needed <- pair_bytes(n_groups, n_genes)
  if (!is.null(view$blocks)) {
    # Those of the blocks, and of all of them bound together.
    needed <- 2 * needed
  }
  budget <- memory_budget(call)
  if (needed <= budget) {
    return(invisible())
  }
  text <- memory_in_words(needed, budget)
  abort_input(
    c(
      "{.code pairwise = TRUE} needs memory for all pairs of groups.",
      x = "{big_number(n_pairs(n_groups))} pairs of {n_groups} groups, and
           {big_number(n_genes)} {cli::qty(n_genes)}gene{?s}, take
           {text(needed)}; {text(budget)} may be used.",
      i = "Leave groups out with {.arg exclude}, or genes with
           {.arg mask_var}.",
      i = "The option {.code wilcoxide.memory} sets how many bytes may be used,
           by default half of what is free."
    ),
    call = call
  )
}

n_pairs <- function(n_groups) {
  n_groups * (n_groups - 1) / 2
}

#' Bytes that the kernel keeps of all pairs of groups until genes are ranked
#' @noRd
pair_bytes <- function(n_groups, n_genes) {
  8 * n_pairs(n_groups) * n_genes
}

#' The same for settings of the kernel, 0 where no pairs are asked for
#' @noRd
pair_bytes_of <- function(settings) {
  if (settings$pairwise) {
    pair_bytes(length(settings$selected), length(settings$genes))
  } else {
    0
  }
}
