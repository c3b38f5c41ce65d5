#' Heatmap of the best genes of each group, cell by cell
#'
#' The values of the best genes of each group, with genes in the rows, cells in
#' the columns and one panel per group of cells. Of large groups only some cells
#' are shown, evenly spaced in the order of `x`.
#'
#' @inheritParams plot_rank_genes_groups_dotplot
#' @inheritSection plot_rank_genes_groups Size
#' @inheritSection plot_rank_genes_groups Themes
#' @param standard_scale `"var"` scales the values of each gene to the range
#'   from 0 to 1, over the cells shown; `NULL` does not.
#' @param dendrogram Order the groups in this way and draw the tree above the
#'   plot?
#' @param n_cells How many cells to show of a group; `NULL` for all of them.
#'
#' @return A ggplot. Its data have one row per gene and cell: `group` (of the
#'   cell), `cell` (its place in `x`), `gene`, `label`, `marker_of` (the group
#'   whose best the gene is, or the name of your own genes) and `value`. See
#'   below for its size.
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
#'   plot_rank_genes_groups_heatmap(log1p(counts), result, groups)
#' }
#' @export
plot_rank_genes_groups_heatmap <- function(x,
                                           result,
                                           groupby = result$params$groupby,
                                           n_genes = 5,
                                           ...,
                                           groups = NULL,
                                           genes = NULL,
                                           gene_symbols = NULL,
                                           min_logfoldchange = NULL,
                                           cluster_groups = FALSE,
                                           dendrogram = FALSE,
                                           standard_scale = NULL,
                                           n_cells = 100) {
  call <- rlang::current_env()
  check_ggplot2(call)
  check_scaling(standard_scale, "var", call)
  check_whole_number(n_cells, "n_cells", "NULL for all", call)
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
  if (!is.null(standard_scale)) {
    values <- scale_to_unit(values, 2L)
  }
  tiles <- data.frame(
    group = shown[cells],
    cell = cells,
    # Ranks of the cells among those of their group.
    column = sequence(tabulate(shown[cells], nlevels(shown))),
    gene = rep(top$gene, each = length(cells)),
    label = rep(expression$labels, each = length(cells)),
    marker_of = rep(top$group, each = length(cells)),
    place = rep(places_of(top), each = length(cells)),
    value = as.vector(values[, columns_of(top$gene, values)])
  )
  n_rows <- length(top$gene)
  n_groups <- nlevels(shown)
  # Names of groups need a line.
  room <- max(4, min(0.6 * n_groups, 30), 0.15 * n_groups) / n_groups
  style <- heading_style(levels(shown), room, rep(4 / n_groups, n_groups))
  strips <- if (style$turned) label_width(style$labels(levels(shown))) else 0.3
  tree <- if (is.null(expression$tree)) 0 else tree_size
  # What names and tree leave of a figure of 7 x 5 inches.
  text <- text_scale(n_rows, max(2, 4.6 - style$scale * strips - tree))
  plot <- draw_tiles(tiles, standard_scale, text, style, expression$tree)
  plot <- with_size(
    plot,
    width = 1.2 + label_width(tiles$label) + room * n_groups,
    height = max(4, 0.5 + strips + text_height(text) * n_rows) + tree
  )
  tell_crowded(
    plot,
    n_rows > most_columns,
    "A smaller {.arg n_genes} or fewer {.arg groups} need less room."
  )
}

#' Cells of each group, group after group, of large ones some of them
#' @noRd
cells_of_groups <- function(groups, n_cells) {
  cells <- split(seq_along(groups), groups)
  unlist(lapply(cells, spaced, n = n_cells), use.names = FALSE)
}

#' Some of the entries of a vector, evenly spaced
#' @noRd
spaced <- function(x, n) {
  if (is.null(n) || length(x) <= n) {
    return(x)
  }
  x[ceiling((seq_len(n) - 0.5) * length(x) / n)]
}

draw_tiles <- function(tiles, standard_scale, text, style, tree) {
  ggplot2::ggplot(
    tiles,
    ggplot2::aes(x = .data$column, y = .data$place, fill = .data$value)
  ) +
    ggplot2::geom_raster() +
    ggplot2::geom_hline(
      yintercept = group_borders(tiles),
      colour = "white",
      linewidth = 0.3
    ) +
    legible(
      ggplot2::facet_grid(
        cols = ggplot2::vars(.data$group),
        scales = "free_x",
        labeller = ggplot2::as_labeller(style$labels)
      ),
      turned = style$turned,
      strip_x = style$scale,
      tree = tree,
      side = "panels",
      spacing_x = 1,
      text_y = text
    ) +
    ggplot2::scale_x_continuous(breaks = NULL, expand = c(0, 0)) +
    ggplot2::scale_y_discrete(
      limits = rev,
      labels = gene_labels(tiles),
      guide = ggplot2::guide_axis(check.overlap = TRUE),
      expand = c(0, 0)
    ) +
    ggplot2::scale_fill_gradientn(
      if (is.null(standard_scale)) "Expression" else "Expression,\nscaled",
      colours = ramp
    ) +
    ggplot2::labs(x = NULL, y = NULL)
}

# Between the last gene of a group, counted from below, and the next.
group_borders <- function(tiles) {
  rows <- tiles[!duplicated(tiles$place), ]
  sizes <- rev(tabulate(rows$marker_of))
  cumsum(sizes)[-length(sizes)] + 0.5
}
