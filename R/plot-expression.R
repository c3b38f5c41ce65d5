# What the plots of expression do first: check, read values, order groups.

#' The values and groups that a plot shows
#'
#' @param x,result,groupby,groups,n_genes,genes,gene_symbols As the user gave
#'   them, and so the others but the next two.
#' @param is_default Was `groupby` left to its default?
#' @param given See [view_of_result()].
#' @return A list: `top`, see [shown_genes()]; `labels`, of each of these genes;
#'   `values`, a `dgCMatrix` of cells by genes; `groups`, a factor of the cells;
#'   `means`, of groups by genes; `tree`, of the groups, or `NULL` where it is
#'   not to be drawn.
#' @noRd
shown_expression <- function(x,
                             result,
                             groupby,
                             is_default,
                             n_genes,
                             given,
                             groups,
                             genes,
                             gene_symbols,
                             min_logfoldchange,
                             cluster_groups,
                             dendrogram,
                             call) {
  check_flag(cluster_groups, "cluster_groups", call)
  check_flag(dendrogram, "dendrogram", call)
  top <- shown_genes(result, genes, groups, n_genes, min_logfoldchange, call)
  check_groups_known(groupby, is_default, x, call)
  view <- view_of_result(x, result, given, call)
  symbols <- symbol_labels(gene_symbols, view, call)
  top$gene <- if (is.null(genes)) top$gene else as_ids(top$gene, symbols)
  expression <- expression_in(
    view,
    groupby,
    result,
    top$gene,
    own_genes = !is.null(genes),
    call = call
  )
  asked <- check_df_groups(groups, names(result$names), "groups", call)
  shown <- shown_groups(expression$groups, result, asked)
  means <- group_means(expression$values, shown)
  tree <- if (cluster_groups || dendrogram) tree_of_groups(means)
  if (!is.null(tree)) {
    means <- means[tree$order, , drop = FALSE]
    shown <- factor(shown, rownames(means))
    top <- in_group_order(top, levels(shown))
  }
  list(
    top = top,
    labels = label_genes(top$gene, symbols),
    values = expression$values,
    groups = shown,
    means = means,
    tree = if (dendrogram) tree
  )
}
