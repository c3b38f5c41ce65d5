# Counts, sums and rank sums of each gene on both sides: what Seurat's columns
# are made of. One pass over the values serves all groups.

#' What a pass over the values finds for groups, each against all other cells
#'
#' @param groups A factor, a group for each cell of the view, `NA` for cells of
#'   none; each level has two cells at least.
#' @param takes_part Which cells are compared.
#' @param genes Places of the genes.
#' @param run A list of `threads` and `progress`.
#' @return A list: `sizes`, cells of each group, and `n` of all; matrices of one
#'   row per gene and one column per group: `above` and `above_rest`, cells with
#'   a value above zero, `sums` and `sums_rest`, `rank_sums`; `ties`, the tie
#'   factor of each gene.
#' @noRd
group_counts <- function(view,
                         groups,
                         takes_part,
                         genes,
                         linear,
                         rules,
                         run,
                         call) {
  codes <- group_codes(groups, takes_part)
  settings <- counting_settings(view, groups, genes, linear, rules, run)
  block <- if (is.null(view$blocks)) {
    slices_statistics(
      view$matrix(),
      c(1L, length(view$genes)),
      codes,
      settings,
      progress_tick(run$progress)
    )
  } else {
    blocks_here(view$blocks, codes, settings, run$progress, call)
  }
  check_status(block, call, genes = view$genes)
  values <- statistics_values(block$statistics, codes, settings)
  check_status(values, call)
  sizes <- tabulate(groups[takes_part], nlevels(groups))
  own <- seq_along(sizes)
  list(
    sizes = as.double(sizes),
    n = as.double(sum(takes_part)),
    above = values$expressing[, own, drop = FALSE],
    above_rest = sums_of_others(values$expressing)[, own, drop = FALSE],
    sums = values$sums[, own, drop = FALSE],
    sums_rest = sums_of_others(values$sums)[, own, drop = FALSE],
    rank_sums = values$rank_sums,
    ties = values$tie_factors[, 1L]
  )
}

counting_settings <- function(view, groups, genes, linear, rules, run) {
  settings <- kernel_settings(
    view,
    list(
      chosen = list(selected = levels(groups), reference = NULL),
      cells = groups,
      genes = genes,
      n_rows = 1L,
      tables = character(),
      rankby_abs = FALSE,
      corr_method = "bonferroni",
      adjust_over = "group",
      tie_correct = TRUE,
      alternative = "two.sided",
      correct = FALSE,
      exact = FALSE,
      lfc = "scanpy",
      pseudocount = pseudocounts[["scanpy"]],
      pairwise = FALSE,
      mean_in_log_space = !linear,
      pts = TRUE,
      threads = run$threads
    )
  )
  settings$above_zero <- TRUE
  settings$sums <- TRUE
  settings$ties_but_largest <- rules$ties_but_largest
  # R has double precision only.
  settings$single <- FALSE
  settings$by_cell <- FALSE
  settings
}

#' For each column, the sum of all others
#'
#' Not the total less the column: that would lose the digits of small sums
#' beside large ones.
#' @noRd
sums_of_others <- function(values) {
  n <- ncol(values)
  before <- after <- matrix(0, nrow(values), n)
  for (j in seq_len(n - 1L)) {
    before[, j + 1L] <- before[, j] + values[, j]
    after[, n - j] <- after[, n - j + 1L] + values[, n - j + 1L]
  }
  before + after
}

#' One group of such counts
#' @noRd
counts_of_group <- function(counts, j) {
  n1 <- counts$sizes[[j]]
  list(
    n = c(n1, counts$n - n1),
    above = list(counts$above[, j], counts$above_rest[, j]),
    sums = list(counts$sums[, j], counts$sums_rest[, j]),
    rank_sum = counts$rank_sums[, j],
    ties = counts$ties
  )
}

#' The same for two sides that are any cells
#'
#' @param sides A list of `one` and `two`, places of cells.
#' @noRd
counts_of_sides <- function(view, sides, genes, linear, rules, run, call) {
  # The kernel takes groups of two cells and more: the larger side is the group,
  # the smaller its rest.
  swapped <- length(sides$one) < 2L
  group <- if (swapped) sides$two else sides$one
  groups <- factor(rep_len(NA, view$n_cells), "group")
  groups[group] <- "group"
  takes_part <- logical(view$n_cells)
  takes_part[c(sides$one, sides$two)] <- TRUE
  counts <- group_counts(
    view,
    groups,
    takes_part,
    genes,
    linear,
    rules,
    run,
    call
  )
  counts <- counts_of_group(counts, 1L)
  if (swapped) {
    n <- sum(counts$n)
    counts$rank_sum <- n * (n + 1) / 2 - counts$rank_sum
    for (part in c("n", "above", "sums")) {
      counts[[part]] <- rev(counts[[part]])
    }
  }
  counts
}

#' Two-sided p-values with ties and continuity, as Seurat has them
#'
#' @param counts Those of [counts_of_group()].
#' @noRd
seurat_p_values <- function(counts, rules) {
  n1 <- counts$n[[1L]]
  n2 <- counts$n[[2L]]
  n <- n1 + n2
  u <- counts$rank_sum - n1 * (n1 + 1) / 2
  sd <- sqrt(n1 * n2 * (n + 1) / 12 * counts$ties)
  p <- pmin(2 * stats::pnorm(-(abs(u - n1 * n2 / 2) - 0.5) / sd), 1)
  if (rules$exact && max(n1, n2) < 50) {
    # Without ties the factor is 1 to the bit.
    distinct <- which(counts$ties == 1)
    p[distinct] <- exact_p_values(u[distinct], n1, n2)
  }
  # All values are equal: z is 0/0, which limma and presto call 1.
  limma_can <- rules$by_limma && n^2 <= .Machine$integer.max
  if (rules$exact || (rules$by_limma && !limma_can)) {
    p[counts$ties == 0] <- NaN
  }
  p
}

# As `wilcox.test()` counts them.
exact_p_values <- function(u, n1, n2) {
  is_high <- u > n1 * n2 / 2
  p <- stats::pwilcox(u, n1, n2)
  p[is_high] <- stats::pwilcox(u[is_high] - 1, n1, n2, lower.tail = FALSE)
  pmin(2 * p, 1)
}
