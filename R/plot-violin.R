#' Show the values of the best genes in all groups
#'
#' One violin for each gene and group: the distribution of the gene's values
#' over the cells of the group, its colour their mean, as in
#' `scanpy.pl.rank_genes_groups_violin()` and, with `stacked = TRUE`,
#' `rank_genes_groups_stacked_violin()` or Seurat's `VlnPlot(stack = TRUE)`.
#'
#' @inheritParams plot_rank_genes_groups_dotplot
#' @inheritSection plot_rank_genes_groups Size
#' @inheritSection plot_rank_genes_groups Themes
#' @param n_genes How many genes of each group to show.
#' @param stacked Show one row per gene, close together, with the groups below
#'   them? Else each gene has a panel with an axis of its own.
#' @param n_cells How many cells of a group to draw its violin from, evenly
#'   spaced in the order of `x`; `NULL` for all of them. The mean is that of
#'   all.
#'
#' @return A ggplot. Its data have one row per gene and cell: `group` (of the
#'   cell), `gene`, `label`, `marker_of` (the group whose best the gene is, or
#'   the name of your own genes), `value`, and `mean`, of the gene in the group.
#'   See below for its size.
#'
#' @family plots
#' @examples
#' if (requireNamespace("ggplot2", quietly = TRUE)) {
#'   set.seed(1)
#'   counts <- matrix(rpois(200 * 60, 0.4), nrow = 200)
#'   rownames(counts) <- paste0("gene", 1:200)
#'   counts[1:10, 1:20] <- counts[1:10, 1:20] + 3
#'   groups <- factor(rep(c("a", "b", "c"), each = 20))
#'
#'   result <- rank_genes_groups(log1p(counts), groups, threads = 1)
#'   plot_rank_genes_groups_violin(log1p(counts), result, groups)
#'   plot_rank_genes_groups_violin(
#'     log1p(counts), result, groups,
#'     genes = c("gene1", "gene2"), stacked = TRUE
#'   )
#' }
#' @export
plot_rank_genes_groups_violin <- function(x,
                                          result,
                                          groupby = result$params$groupby,
                                          n_genes = 2,
                                          ...,
                                          groups = NULL,
                                          genes = NULL,
                                          gene_symbols = NULL,
                                          min_logfoldchange = NULL,
                                          cluster_groups = FALSE,
                                          stacked = FALSE,
                                          n_cells = 1000) {
  call <- rlang::current_env()
  check_ggplot2(call)
  check_flag(stacked, "stacked", call)
  check_flag(cluster_groups, "cluster_groups", call)
  check_whole_number(n_cells, "n_cells", "NULL for all", call)
  top <- shown_genes(result, genes, groups, n_genes, min_logfoldchange, call)
  check_groups_known(groupby, missing(groupby), x, call)
  view <- view_of_result(x, result, ..., call = call)
  labels <- symbol_labels(gene_symbols, view, call)
  top$gene <- if (is.null(genes)) top$gene else as_ids(top$gene, labels)
  expression <- expression_in(
    view,
    groupby,
    result,
    top$gene,
    own_genes = !is.null(genes),
    call = call
  )
  shown <- shown_groups(expression$groups, result)
  means <- group_means(expression$values, shown)
  if (cluster_groups) {
    shown <- factor(shown, groups_by_tree(means))
    means <- means[levels(shown), , drop = FALSE]
    top <- in_group_order(top, levels(shown))
  }

  cells <- cells_of_groups(shown, n_cells)
  values <- as.matrix(expression$values[cells, , drop = FALSE])
  column <- columns_of(top$gene, values)
  violins <- data.frame(
    group = shown[cells],
    gene = rep(top$gene, each = length(cells)),
    label = rep(label_genes(top$gene, labels), each = length(cells)),
    marker_of = rep(top$group, each = length(cells)),
    place = rep(places_of(top), each = length(cells)),
    value = as.vector(values[, column]),
    mean = as.vector(means[as.integer(shown[cells]), column])
  )
  n_genes <- length(top$gene)
  names_width <- label_width(shorten(levels(shown)))
  plot <- draw_violins(violins, stacked)
  if (stacked) {
    return(with_size(
      plot,
      width = 1.5 + label_width(violins$label) + 0.4 * nlevels(shown),
      height = max(3, 0.3 + names_width + 0.35 * n_genes)
    ))
  }
  panels <- ggplot2::wrap_dims(n_genes)
  with_size(
    plot,
    width = 1.2 + panels[[2L]] * max(1.2, 0.3 + 0.2 * nlevels(shown)),
    height = 0.3 + names_width + panels[[1L]] * 1.2
  )
}

draw_violins <- function(violins, stacked) {
  named <- ggplot2::as_labeller(gene_labels(violins))
  place <- ggplot2::vars(.data$place)
  ggplot2::ggplot(
    violins,
    ggplot2::aes(x = .data$group, y = .data$value, fill = .data$mean)
  ) +
    ggplot2::geom_violin(
      # A violin has one colour, which a number alone would not tell.
      ggplot2::aes(group = .data$group),
      scale = "width",
      linewidth = 0.2
    ) +
    legible(
      if (stacked) {
        ggplot2::facet_grid(
          rows = place,
          scales = "free_y",
          switch = "y",
          labeller = named
        )
      } else {
        ggplot2::facet_wrap(place, scales = "free_y", labeller = named)
      },
      flat = stacked
    ) +
    ggplot2::scale_x_discrete(
      labels = shorten,
      guide = ggplot2::guide_axis(angle = 90)
    ) +
    ggplot2::scale_y_continuous(
      n.breaks = if (stacked) 2L else 4L,
      position = if (stacked) "right" else "left"
    ) +
    ggplot2::scale_fill_gradientn("Mean\nexpression", colours = ramp) +
    ggplot2::labs(x = NULL, y = NULL) +
    if (stacked) {
      ggplot2::theme(
        axis.text.y = ggplot2::element_text(size = ggplot2::rel(0.6)),
        panel.spacing.y = ggplot2::unit(1, "pt")
      )
    }
}
