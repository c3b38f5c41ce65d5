#' Violin plots of the best genes of each group
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
#'   them? Otherwise each gene has a panel with an axis of its own.
#' @param dendrogram Order the groups in this way and draw the tree above the
#'   plot? Needs `stacked = TRUE`; `ggplot2::coord_flip()` leaves the tree out.
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
                                          dendrogram = FALSE,
                                          stacked = FALSE,
                                          n_cells = 1000) {
  call <- rlang::current_env()
  check_ggplot2(call)
  check_flag(stacked, "stacked", call)
  check_whole_number(n_cells, "n_cells", "NULL for all", call)
  if (isTRUE(dendrogram) && !stacked) {
    abort_input(
      c(
        "{.arg dendrogram} needs {.code stacked = TRUE}.",
        x = "Otherwise each gene has a panel of its own, and there is no place
             for one tree beside all of them.",
        i = "{.code cluster_groups = TRUE} orders the groups by the tree without
             drawing it."
      ),
      call = call
    )
  }
  expression <- shown_expression(
    x,
    result,
    groupby,
    missing(groupby),
    n_genes,
    given = rlang::list2(...),
    groups = groups,
    genes = genes,
    gene_symbols = gene_symbols,
    min_logfoldchange = min_logfoldchange,
    cluster_groups = cluster_groups,
    dendrogram = dendrogram,
    call = call
  )
  top <- expression$top
  shown <- expression$groups

  cells <- cells_of_groups(shown, n_cells)
  values <- as.matrix(expression$values[cells, , drop = FALSE])
  column <- columns_of(top$gene, values)
  violins <- data.frame(
    group = shown[cells],
    gene = rep(top$gene, each = length(cells)),
    label = rep(expression$labels, each = length(cells)),
    marker_of = rep(top$group, each = length(cells)),
    place = rep(places_of(top), each = length(cells)),
    value = as.vector(values[, column]),
    mean = as.vector(expression$means[as.integer(shown[cells]), column])
  )
  n_genes <- length(top$gene)
  names_width <- label_width(shorten(levels(shown)))
  plot <- draw_violins(violins, stacked, n_genes, expression$tree)
  if (stacked) {
    plot <- with_size(
      plot,
      width = 1.5 + label_width(violins$label) + 0.4 * nlevels(shown),
      height = max(3, 0.3 + names_width + 0.35 * n_genes) +
        if (is.null(expression$tree)) 0 else tree_size
    )
    is_crowded <- n_genes > most_stacked
    hint <- "A smaller {.arg n_genes} or fewer {.arg groups} need less room."
  } else {
    panels <- ggplot2::wrap_dims(n_genes)
    plot <- with_size(
      plot,
      width = 1.2 + panels[[2L]] * max(1.2, 0.3 + 0.2 * nlevels(shown)),
      height = 0.3 + names_width + panels[[1L]] * 1.2
    )
    is_crowded <- n_genes * nlevels(shown) > most_violins
    hint <- "{.code stacked = TRUE}, a smaller {.arg n_genes} or fewer
             {.arg groups} need less room."
  }
  tell_crowded(plot, is_crowded, hint)
}

# What can be read on a figure of 7 x 5 inches: rows of stacked violins, and
# violins in panels.
most_stacked <- 40L
most_violins <- 300L

draw_violins <- function(violins, stacked, n_genes, tree) {
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
      flat = stacked,
      strip_y = if (stacked) text_scale(n_genes, 3) else 1,
      tree = tree,
      side = "top"
    ) +
    ggplot2::scale_x_discrete(
      labels = shorten,
      guide = ggplot2::guide_axis(angle = 90, check.overlap = TRUE)
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
