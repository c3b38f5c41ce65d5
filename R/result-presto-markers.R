#' Convert a ranking to a table like that of presto's `wilcoxauc()`
#'
#' One row per gene and group, in the columns of `presto::wilcoxauc()`, for code
#' that expects such a table. For a ranking with `preset = "presto"`, the
#' numbers are presto's as well.
#'
#' If `groups_use` is given, presto leaves the cells of all other groups out of
#' every comparison; here, name those groups in `exclude` of
#' [rank_genes_groups()]. When correcting for ties, presto before 1.1.0 forgot
#' the cells that share the largest value of a gene; here they count.
#'
#' @param result What [rank_genes_groups()] returned with `pts = TRUE`,
#'   `statistics = c("auc", "means")` and `lfc = "mean_difference"`, which
#'   `preset = "presto"` sets.
#'
#' @return A data frame whose rows are the genes of the first group in the order
#'   of the input, then those of the next. Its columns:
#'
#'   * `feature`, `group`: character, the gene and the group.
#'   * `avgExpr`: mean of the values of the group.
#'   * `logFC`: the same minus the mean of what it is compared with.
#'   * `statistic`: Mann and Whitney's `U`.
#'   * `auc`: the area under the ROC curve.
#'   * `pval`, `padj`: p-value, and adjusted as the ranking was.
#'   * `pct_in`, `pct_out`: percentage of cells whose value is not zero, in the
#'     group and in what it is compared with.
#'
#'   Genes that [filter_rank_genes_groups()] set to `NA` are left out, and so
#'   are those beyond `n_genes`.
#'
#' @seealso [as_seurat_markers()] for Seurat's columns, [rank_genes_groups_df()]
#'   for Scanpy's.
#' @examples
#' set.seed(1)
#' counts <- matrix(rpois(200 * 60, 0.4), nrow = 200)
#' rownames(counts) <- paste0("gene", 1:200)
#' counts[1:10, 1:20] <- counts[1:10, 1:20] + 3
#' groups <- factor(rep(c("a", "b", "c"), each = 20))
#'
#' result <- rank_genes_groups(
#'   log1p(counts), groups,
#'   preset = "presto", statistics = c("auc", "means"), pts = TRUE, threads = 1
#' )
#' head(as_presto_markers(result))
#' @export
as_presto_markers <- function(result) {
  call <- rlang::current_env()
  check_result(result)
  check_presto_tables(result, call)
  groups <- names(result$names)
  table <- named_rows(stack_tables(result, groups))
  genes <- match(table$names, attr(result$pts, "row.names"))
  order <- order(as.integer(table$group), genes)
  table <- lapply(table, `[`, order)
  column <- as.integer(table$group)
  settings <- result$settings
  pairs <- as.double(settings$group_sizes) * settings$opposite_sizes
  data.frame(
    feature = table$names,
    group = as.character(table$group),
    avgExpr = table$means,
    logFC = table$logfoldchanges,
    # A whole number of halves.
    statistic = round(2 * table$auc * pairs[column]) / 2,
    auc = table$auc,
    pval = table$pvals,
    padj = table$pvals_adj,
    pct_in = 100 * fractions_at(result$pts, groups, table$names, column),
    pct_out = 100 * opposite_fractions(result, groups, table$names, column)
  )
}

#' Refuse a ranking that lacks what presto's columns are made of
#' @noRd
check_presto_tables <- function(result, call) {
  lacks <- c(
    "statistics = \"auc\"" = is.null(result$auc),
    "statistics = \"means\"" = is.null(result$means),
    "pts = TRUE" = is.null(result$pts),
    "lfc = \"mean_difference\"" =
      !identical(result$settings$lfc, "mean_difference")
  )
  lacks <- names(lacks)[lacks]
  if (length(lacks) > 0L) {
    whole <- "rank_genes_groups(x, groupby, preset = \"presto\", statistics =
              c(\"auc\", \"means\"), pts = TRUE)"
    abort_input(
      c(
        "{.arg result} must hold the values of all of presto's columns.",
        x = "It was not made with {.code {lacks}}.",
        i = "Rank the genes with {.code {whole}}."
      ),
      call = call
    )
  }
  # With blocks an area is of fewer pairs.
  if (!is.null(result$settings$n_blocks)) {
    abort_input(
      c(
        "{.arg result} must compare all cells, as presto does.",
        x = "It compares cells within blocks."
      ),
      call = call
    )
  }
}
