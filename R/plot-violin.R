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
#'   them? Otherwise each gene has a panel with an axis of its own. `NULL`
#'   stacks the rows where there are more than 300 violins, which cannot be read
#'   in panels of a figure of 7 x 5 inches.
#' @param dendrogram Order the groups in this way and draw the tree above the
#'   plot? The rows are stacked then; `ggplot2::coord_flip()` leaves the tree
#'   out.
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
                                          stacked = NULL,
                                          n_cells = 1000) {
  call <- rlang::current_env()
  check_ggplot2(call)
  if (!is.null(stacked)) {
    check_flag(stacked, "stacked", call)
  }
  check_whole_number(n_cells, "n_cells", "NULL for all", call)
  if (isTRUE(dendrogram) && isFALSE(stacked)) {
    abort_input(
      c(
        "{.arg dendrogram} must be FALSE with {.code stacked = FALSE}.",
        x = "Each gene has a panel of its own, and there is no place
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
  is_many <- length(top$gene) * nlevels(shown) > most_violins
  if (is.null(stacked)) {
    stacked <- dendrogram || is_many
    tell_stacked(is_many && !dendrogram, top$gene, shown)
  }
  if (stacked) {
    stacked_violins(violins, expression$tree)
  } else {
    violins_in_panels(violins, is_many)
  }
}

# What can be read on a figure of 7 x 5 inches: violins in panels, and rows of
# stacked ones.
most_violins <- 300L
most_stacked <- 60L
# Of these, such as have room for the numbers of their axes.
most_numbered <- 12L

tell_stacked <- function(is_so, genes, groups) {
  if (is_so) {
    cli::cli_inform(
      c(
        i = "{length(genes)} panels of {nlevels(groups)} violins cannot be read,
             so they are stacked. {.code stacked = FALSE} draws panels."
      ),
      class = c("wilcoxide_message_stacked", "wilcoxide_message")
    )
  }
}

stacked_violins <- function(violins, tree) {
  n_genes <- nlevels(violins$place)
  n_groups <- nlevels(violins$group)
  facet <- ggplot2::facet_grid(
    rows = ggplot2::vars(.data$place),
    scales = "free_y",
    switch = "y",
    labeller = ggplot2::as_labeller(gene_labels(violins))
  )
  axis <- ggplot2::scale_y_continuous(
    n.breaks = 2L,
    position = "right",
    # Low rows have no room for numbers.
    guide = if (n_genes > most_numbered) "none" else ggplot2::guide_axis()
  )
  plot <- draw_violins(violins, axis) +
    legible(
      facet,
      beside = label_genes(levels(violins$place), gene_labels(violins)),
      text_x = text_scale(n_groups, 4.5),
      text_y = 0.6,
      strip_y = text_scale(n_genes, 3.5),
      spacing_y = 1,
      tree = tree,
      side = "top"
    )
  plot <- with_size(
    plot,
    width = 1.5 + label_width(violins$label) + 0.4 * n_groups,
    height = max(3, 0.3 + names_width(violins) + 0.35 * n_genes) +
      if (is.null(tree)) 0 else tree_size
  )
  tell_crowded(
    plot,
    n_genes > most_stacked,
    "A smaller {.arg n_genes} or fewer {.arg groups} need less room."
  )
}

violins_in_panels <- function(violins, is_many) {
  panel <- c(max(1.2, 0.3 + 0.2 * nlevels(violins$group)), 1.2)
  border <- c(1.2, 0.3 + names_width(violins))
  panels <- panel_dims(
    nlevels(violins$place),
    panel[[1L]],
    panel[[2L]],
    border
  )
  facet <- ggplot2::facet_wrap(
    ggplot2::vars(.data$place),
    ncol = panels[[2L]],
    scales = "free_y",
    labeller = ggplot2::as_labeller(gene_labels(violins))
  )
  room <- 5 / panels[[2L]] - 0.35
  plot <- draw_violins(violins, ggplot2::scale_y_continuous(n.breaks = 4L)) +
    legible(facet, text_x = text_scale(nlevels(violins$group), room))
  size <- border + panel * rev(panels)
  plot <- with_size(plot, size[[1L]], size[[2L]])
  tell_crowded(
    plot,
    is_many,
    "{.code stacked = TRUE}, a smaller {.arg n_genes} or fewer {.arg groups}
     need less room."
  )
}

names_width <- function(violins) {
  label_width(shorten(levels(violins$group)))
}

draw_violins <- function(violins, axis) {
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
    ggplot2::scale_x_discrete(
      labels = shorten,
      guide = ggplot2::guide_axis(angle = 90, check.overlap = TRUE)
    ) +
    axis +
    ggplot2::scale_fill_gradientn("Mean\nexpression", colours = ramp) +
    ggplot2::labs(x = NULL, y = NULL)
}
