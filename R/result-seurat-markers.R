#' Convert a ranking to a table of Seurat's markers
#'
#' One row per gene and group, in the columns of Seurat's `FindAllMarkers()`,
#' for code that expects such a table.
#'
#' The numbers are those of the ranking: Seurat 5's if it was made with
#' `preset = "seurat"`, Scanpy's by default. [find_all_markers()] gives Seurat's
#' own table, including its filters and order. By default, these differ from
#' Seurat's; `vignette("seurat")` shows it on data:
#'
#' * `p_val`: Seurat corrects for ties, the ranking does with
#'   `tie_correct = TRUE` only. Seurat corrects for continuity, too, which makes
#'   p-values a little larger in small clusters.
#' * `avg_log2FC` is Scanpy's fold change, see [rank_genes_groups()]. It is
#'   `expm1` of means, not a mean of `expm1`, and its pseudocount is tiny: genes
#'   that are absent on one side have a fold change of about 30, however few
#'   cells express them. To choose genes by it, ask for a fraction of the cells
#'   of the cluster as well, such as `pct.1 >= 0.25`: a significant p-value
#'   alone does not keep these genes out.
#' * `p_val_adj` is adjusted as the ranking was, by Benjamini and Hochberg
#'   unless `corr_method = "bonferroni"` was asked for, which is what Seurat
#'   does.
#' * `pct.1` and `pct.2` are not rounded, no gene is left out for its p-value,
#'   fold change or fraction unless you ask for it, and genes are in the order
#'   of their scores.
#'
#' `only.pos` and `min.pct` choose rows of the table; the adjusted p-values stay
#' those of all genes that were ranked.
#'
#' @param result What [rank_genes_groups()] returned with `pts = TRUE`.
#' @param only.pos Keep only genes whose fold change is positive?
#' @param min.pct Keep only genes that at least this fraction of the cells
#'   express, from 0 to 1, in the group or in what it is compared with.
#' @param ... No more arguments: a misspelt one is an error.
#'
#' @return A data frame whose rows are the genes of the first group by rank,
#'   then those of the next, with unique row names made of the genes. Its
#'   columns:
#'
#'   * `p_val`, `avg_log2FC`: p-value and log2 fold change.
#'   * `pct.1`, `pct.2`: fraction of cells that express the gene, in the group
#'     and in what it is compared with: all other cells, or the reference.
#'   * `p_val_adj`: adjusted p-value.
#'   * `cluster`: factor, its levels the groups in the order of `result`.
#'   * `gene`: character.
#'
#'   Genes that [filter_rank_genes_groups()] set to `NA` are left out.
#'
#' @seealso [rank_genes_groups_df()] for Scanpy's columns, [as_marker_list()]
#'   for those of Bioconductor.
#' @examples
#' set.seed(1)
#' counts <- matrix(rpois(200 * 60, 0.4), nrow = 200)
#' rownames(counts) <- paste0("gene", 1:200)
#' counts[1:10, 1:20] <- counts[1:10, 1:20] + 3
#' groups <- factor(rep(c("a", "b", "c"), each = 20))
#'
#' result <- rank_genes_groups(log1p(counts), groups, pts = TRUE, threads = 1)
#' markers <- as_seurat_markers(result)
#' head(markers)
#'
#' # The five genes of each cluster that rise most among those that are
#' # significant and that a quarter of its cells express
#' if (requireNamespace("dplyr", quietly = TRUE)) {
#'   good <- dplyr::filter(markers, p_val_adj < 0.05, pct.1 >= 0.25)
#'   dplyr::slice_max(dplyr::group_by(good, cluster), avg_log2FC, n = 5)
#' }
#'
#' # Beside Seurat's own, without its filters: p-values differ by Seurat's
#' # correction for continuity, fold changes by their definition
#' if (requireNamespace("Seurat", quietly = TRUE)) {
#'   pbmc <- SeuratObject::pbmc_small
#'   result <- rank_genes_groups(
#'     pbmc,
#'     groups = "2",
#'     pts = TRUE,
#'     tie_correct = TRUE,
#'     corr_method = "bonferroni",
#'     threads = 1
#'   )
#'   here <- as_seurat_markers(result)
#'   seurat <- Seurat::FindMarkers(
#'     pbmc,
#'     ident.1 = "2",
#'     min.pct = 0,
#'     logfc.threshold = 0,
#'     verbose = FALSE
#'   )
#'   print(head(here))
#'   print(seurat[head(here$gene), ])
#' }
#' @export
as_seurat_markers <- function(result, only.pos = FALSE, min.pct = 0, ...) { # nolint
  check_result(result)
  call <- rlang::current_env()
  check_understood(
    ...,
    known = c("result", "only.pos", "min.pct"),
    others = c(only_pos = "only.pos", min_pct = "min.pct"),
    call = call
  )
  check_flag(only.pos, "only.pos", call)
  check_fraction(min.pct, "min.pct", 0, call)
  if (is.null(result$pts)) {
    abort_input(
      c(
        "{.arg result} must hold the fractions of expressing cells, Seurat's
         {.field pct.1} and {.field pct.2}.",
        x = "It has none.",
        i = "Rank the genes with {.code pts = TRUE}."
      )
    )
  }
  groups <- names(result$names)
  table <- named_rows(stack_tables(result, groups))
  column <- as.integer(table$group)
  markers <- list(
    p_val = table$pvals,
    avg_log2FC = table$logfoldchanges,
    pct.1 = fractions_at(result$pts, groups, table$names, column),
    pct.2 = opposite_fractions(result, groups, table$names, column),
    p_val_adj = table$pvals_adj,
    cluster = table$group,
    gene = table$names
  )
  # The larger of the two, as Seurat has it.
  kept <- pmax(markers$pct.1, markers$pct.2 %||% 0) >= min.pct
  if (only.pos) {
    kept <- kept & markers$avg_log2FC > 0
  }
  markers <- take_rows(markers, kept)
  group_table(markers, make.unique(markers$gene))
}

# Genes that were filtered out have no name.
named_rows <- function(table) {
  if (anyNA(table$names)) take_rows(table, !is.na(table$names)) else table
}

#' Fractions in what groups are compared with
#'
#' @param genes,column As in [fractions_at()].
#' @return `NULL` where the result has none.
#' @noRd
opposite_fractions <- function(result, groups, genes, column) {
  if (!is.null(result$pts_rest)) {
    return(fractions_at(result$pts_rest, groups, genes, column))
  }
  reference <- result$params$reference
  if (reference %in% names(result$pts)) {
    fractions_at(result$pts, reference, genes, rep(1L, length(genes)))
  }
}
