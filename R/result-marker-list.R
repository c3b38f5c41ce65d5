#' Convert a ranking to a list of DataFrames, one per group
#'
#' A named list of [S4Vectors::DataFrame]s with the genes as row names: what
#' code written for `scran::findMarkers()` expects, under its names of columns.
#'
#' @param result What [rank_genes_groups()] returned.
#'
#' @return A list with one element per group, named by it. Each is a
#'   `DataFrame` with one row per gene, by rank, the genes as row names, and
#'   these columns:
#'
#'   * `Top`: rank of the gene, from 1.
#'   * `p.value`: p-value.
#'   * `FDR`: adjusted p-value, adjusted as the ranking was.
#'   * `summary.logFC`: log2 fold change, Scanpy's, see [rank_genes_groups()].
#'   * `score`: score that the genes are ranked by.
#'   * `summary.AUC`: area under the ROC curve of the comparison in which the
#'     group and another single group differ most, if `result` was made with
#'     `pairwise = TRUE`: the one of `auc_min` and `auc_max` that is further
#'     from one half. `scran::findMarkers()` takes that of the lowest p-value.
#'     With it come the columns of `scran::scoreMarkers()`: `mean.AUC`,
#'     `min.AUC`, `median.AUC` and `max.AUC` over the other groups, and
#'     `rank.AUC`, the best rank, which is `rank_min`.
#'   * `self.detected`, `other.detected`: fraction of cells that express the
#'     gene, in the group and in what it is compared with, if `result` was made
#'     with `pts = TRUE`.
#'
#'   Genes that [filter_rank_genes_groups()] set to `NA` are left out; the
#'   others keep their rank.
#'
#' @seealso [rank_genes_groups_df()] for one table of all groups,
#'   [as_seurat_markers()] for Seurat's columns.
#' @examplesIf requireNamespace("S4Vectors", quietly = TRUE)
#' set.seed(1)
#' counts <- matrix(rpois(200 * 60, 0.4), nrow = 200)
#' rownames(counts) <- paste0("gene", 1:200)
#' counts[1:10, 1:20] <- counts[1:10, 1:20] + 3
#' groups <- factor(rep(c("a", "b", "c"), each = 20))
#'
#' result <- rank_genes_groups(log1p(counts), groups, threads = 1)
#' markers <- as_marker_list(result)
#' head(markers[["a"]])
#' rownames(markers[["a"]])[markers[["a"]]$FDR < 0.05]
#' @export
as_marker_list <- function(result) {
  call <- rlang::current_env()
  check_result(result)
  check_package(
    "S4Vectors",
    "A list of markers",
    "BiocManager::install(\"S4Vectors\")"
  )
  groups <- names(result$names)
  lapply(
    rlang::set_names(groups),
    function(group) marker_table(result, group, call)
  )
}

marker_table <- function(result, group, call) {
  table <- stack_tables(result, group, call = call)
  table$rank <- ranks_of(result$names)
  table <- named_rows(table)
  columns <- list(
    Top = table$rank,
    p.value = table$pvals,
    FDR = table$pvals_adj,
    summary.logFC = table$logfoldchanges,
    score = table$scores
  )
  if (!is.null(result$rank_min)) {
    columns <- c(columns, pair_columns(table))
  }
  if (!is.null(result$pts)) {
    column <- as.integer(table$group)
    fractions <- list(
      self.detected = fractions_at(result$pts, group, table$names, column),
      other.detected = opposite_fractions(result, group, table$names, column)
    )
    columns <- c(columns, Filter(Negate(is.null), fractions))
  }
  S4Vectors::DataFrame(columns, row.names = table$names)
}

# Areas against each other single group, under scran's names.
pair_columns <- function(table) {
  is_lower <- 0.5 - table$auc_min > table$auc_max - 0.5
  list(
    summary.AUC = ifelse(is_lower, table$auc_min, table$auc_max),
    mean.AUC = table$auc_mean,
    min.AUC = table$auc_min,
    median.AUC = table$auc_median,
    max.AUC = table$auc_max,
    rank.AUC = table$rank_min
  )
}
