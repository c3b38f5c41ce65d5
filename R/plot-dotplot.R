#' Dot plot of the best genes of each group
#'
#' A dot for each gene and group: its colour is the mean of the gene's values
#' over all cells of the group, its size the fraction of the group's cells whose
#' value is greater than 0, as in `scanpy.pl.rank_genes_groups_dotplot()`. The
#' genes stand below the group that they mark, or below the names that you gave
#' to your own.
#'
#' @inheritParams plot_rank_genes_groups
#' @inheritSection plot_rank_genes_groups Size
#' @inheritSection plot_rank_genes_groups Themes
#' @param x The data that were ranked, any object that [rank_genes_groups()]
#'   takes. Only the values of the genes shown are read.
#' @param groupby The group of each cell, as for [rank_genes_groups()]. The
#'   default is the column that was ranked by; a vector has to be given again.
#'   Groups that are not in `result` are shown below the others; cells without a
#'   group are not shown.
#' @param ... Arguments of [rank_genes_groups()] that say which matrix of `x` to
#'   show: `cells`, `assay`, `assay.type`, `altexp`, `layer`, `use_raw`,
#'   `modality`. The default is the layer that was ranked.
#' @param groups The groups whose best genes to show, in this order; `NULL` for
#'   all of them. Where there are more than 200 groups, only the cells of these
#'   and of those that they were compared with are shown.
#' @param genes Genes to show instead of the best of each group: a vector of
#'   names, or a list of such vectors, whose names become headings above the
#'   genes: `list(B = c("CD79A", "MS4A1"), NK = "NKG7")`.
#' @param gene_symbols What to label genes with, such as symbols instead of
#'   Ensembl ids: the name of a column that describes the genes of `x`, or a
#'   vector of labels named by the genes. `genes` may be given by these labels,
#'   too. Genes without a label keep their names.
#' @param min_logfoldchange Show only genes whose log2 fold change is greater
#'   than this. `NULL` for all.
#' @param cluster_groups Order the groups by how similar the values shown are
#'   (correlation of the means, complete linkage, as `scanpy.tl.dendrogram()`),
#'   not as `result` has them?
#' @param dendrogram Order the groups in this way and draw the tree beside the
#'   plot? `ggplot2::coord_flip()` leaves the tree out.
#' @param standard_scale `"var"` scales the colours of each gene to the range
#'   from 0 to 1, `"group"` those of each group; `NULL` does not.
#' @param values_to_plot What to show in colour instead of the mean: the
#'   `"logfoldchanges"` or the `"scores"` of the ranking. Dots of groups and
#'   genes that are not in its tables are empty.
#'
#' @return A ggplot. Its data have one row per dot: `group`, `gene`, `label`,
#'   `marker_of` (the group whose best the gene is, or the name of your own
#'   genes), `fraction`, and `mean` or what `values_to_plot` names. See below
#'   for its size.
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
#'   plot_rank_genes_groups_dotplot(log1p(counts), result, groups)
#'   plot_rank_genes_groups_dotplot(
#'     log1p(counts), result, groups,
#'     genes = list("first set" = c("gene1", "gene2"), second = "gene30"),
#'     standard_scale = "var"
#'   )
#' }
#' @export
plot_rank_genes_groups_dotplot <- function(x,
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
                                           values_to_plot = NULL) {
  call <- rlang::current_env()
  check_ggplot2(call)
  check_scaling(standard_scale, c("var", "group"), call)
  check_values_to_plot(values_to_plot, standard_scale, call)
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

  fraction <- group_means(expression$values, shown, positive = TRUE)
  colour <- if (is.null(values_to_plot)) {
    expression$means
  } else {
    ranked_values(result, values_to_plot, dimnames(fraction))
  }
  if (!is.null(standard_scale)) {
    colour <- scale_to_unit(colour, match(standard_scale, c("group", "var")))
  }
  what <- values_to_plot %||% "mean"
  column <- columns_of(top$gene, colour)
  dots <- data.frame(
    group = factor(rownames(colour), rev(rownames(colour))),
    gene = rep(top$gene, each = nrow(colour)),
    label = rep(expression$labels, each = nrow(colour)),
    marker_of = rep(top$group, each = nrow(colour)),
    place = rep(places_of(top), each = nrow(colour)),
    fraction = as.vector(fraction[, column])
  )
  dots[[what]] <- as.vector(colour[, column])

  n_columns <- length(top$gene)
  text <- text_scale(n_columns, 4)
  # Dots of one size overlap where columns are many, unless they get smaller.
  largest_dot <- max(1, min(4, 25 * 4 / n_columns))
  column_width <- max(largest_dot / 25, text_height(text), 3 / n_columns)
  headings <- levels(top$group)
  room <- column_width * tabulate(top$group, length(headings))
  style <- heading_style(headings, room, 4 * room / sum(room))
  strips <- if (style$turned) label_width(style$labels(headings)) else 0.3
  # Names of groups and genes take their share of a figure of 7 x 5 inches.
  left <- max(1.5, 4.5 - strips - text * label_width(dots$label))
  plot <- draw_dots(
    dots,
    what,
    standard_scale,
    text_x = text,
    text_y = text_scale(nlevels(dots$group), left),
    style,
    expression$tree,
    largest_dot
  )
  plot <- with_size(
    plot,
    width = 1.5 + label_width(shorten(levels(dots$group))) +
      column_width * n_columns + 0.05 * nlevels(top$group) +
      if (is.null(expression$tree)) 0 else tree_size,
    height = max(
      4,
      0.8 + label_width(dots$label) + strips + 0.19 * nrow(colour)
    )
  )
  tell_crowded(
    plot,
    n_columns > most_columns,
    "A smaller {.arg n_genes} or fewer {.arg groups} need less room."
  )
}

# Genes that can be read side by side on a figure of 7 x 5 inches.
most_columns <- 60L

draw_dots <- function(dots,
                      what,
                      standard_scale,
                      text_x,
                      text_y,
                      style,
                      tree,
                      largest_dot) {
  ggplot2::ggplot(
    dots,
    ggplot2::aes(
      x = .data$place,
      y = .data$group,
      size = .data$fraction,
      fill = .data[[what]]
    )
  ) +
    # An outline shows where the pale dots are.
    ggplot2::geom_point(shape = 21, colour = "grey35", stroke = 0.2) +
    bracket_layer(dots) +
    legible(
      ggplot2::facet_grid(
        cols = ggplot2::vars(.data$marker_of),
        scales = "free_x",
        space = "free_x",
        labeller = ggplot2::as_labeller(style$labels)
      ),
      turned = style$turned,
      strip_x = style$scale,
      tree = tree,
      side = "right",
      bare = TRUE,
      spacing_x = 2,
      text_x = text_x,
      text_y = text_y
    ) +
    ggplot2::scale_x_discrete(
      labels = gene_labels(dots),
      guide = ggplot2::guide_axis(angle = 90, check.overlap = TRUE)
    ) +
    ggplot2::scale_y_discrete(labels = shorten) +
    ggplot2::scale_size_area(
      "Fraction of\ncells",
      limits = c(0, 1),
      max_size = largest_dot
    ) +
    dot_colours(dots, what, standard_scale) +
    ggplot2::labs(x = NULL, y = NULL)
}

#' A bracket above the genes of each heading
#'
#' Genes without a heading have none.
#' @noRd
bracket_layer <- function(dots) {
  places <- dots[!duplicated(dots$place), ]
  n <- tabulate(places$marker_of, nlevels(places$marker_of))
  headings <- levels(places$marker_of)
  is_shown <- n > 0L & nzchar(headings)
  if (!any(is_shown)) {
    return(NULL)
  }
  n <- n[is_shown]
  top <- nlevels(dots$group) + 0.75
  depth <- 0.02 * (nlevels(dots$group) + 1)
  brackets <- data.frame(
    marker_of = factor(rep(headings[is_shown], 3L), headings),
    x = c(rep(0.7, 2 * length(n)), n + 0.3),
    xend = c(n + 0.3, rep(0.7, length(n)), n + 0.3),
    y = top,
    yend = rep(top - c(0, depth, depth), each = length(n))
  )
  ggplot2::geom_segment(
    ggplot2::aes(
      x = .data$x,
      xend = .data$xend,
      y = .data$y,
      yend = .data$yend
    ),
    brackets,
    linewidth = 0.3,
    inherit.aes = FALSE
  )
}

dot_colours <- function(dots, what, standard_scale) {
  if (what != "mean") {
    # Fold changes are extreme where hardly any cell has the gene, and its dot
    # is small; the others would all look alike.
    seen <- abs(dots[[what]][dots$fraction > 0])
    seen <- seen[is.finite(seen)]
    limit <- if (length(seen) > 0L) stats::quantile(seen, 0.95) else 0
    return(ggplot2::scale_fill_gradient2(
      c(logfoldchanges = "log2 fold\nchange", scores = "Score")[[what]],
      low = blue,
      mid = "white",
      high = vermillion,
      limits = c(-1, 1) * max(limit, 1e-6),
      oob = function(x, range) pmax(pmin(x, range[[2L]]), range[[1L]]),
      na.value = NA
    ))
  }
  name <- "Mean\nexpression"
  if (!is.null(standard_scale)) {
    name <- paste0(name, ",\nscaled")
  }
  ggplot2::scale_fill_gradientn(name, colours = ramp)
}

check_values_to_plot <- function(values_to_plot, standard_scale, call) {
  if (is.null(values_to_plot)) {
    return(invisible())
  }
  choices <- c("logfoldchanges", "scores")
  check_choice(values_to_plot, choices, "values_to_plot", call)
  if (!is.null(standard_scale)) {
    abort_input(
      c(
        "{.arg standard_scale} must be NULL with {.arg values_to_plot}.",
        x = "It scales means, and {.val {values_to_plot}} are shown."
      ),
      call = call
    )
  }
}

#' Means of values over all cells of each group
#'
#' @param values A `dgCMatrix` of cells by genes.
#' @param groups A factor, each level of which has cells.
#' @param positive Take the fraction of values that are greater than 0.
#' @return A matrix of groups by genes.
#' @noRd
group_means <- function(values, groups, positive = FALSE) {
  if (positive) {
    values@x <- as.double(values@x > 0)
  }
  sums <- as.matrix(Matrix::fac2sparse(groups) %*% values)
  sums / tabulate(groups, nlevels(groups))
}

#' What the tables of a result say of some groups and genes
#'
#' @param dimnames Names of groups, then of genes.
#' @return A matrix of groups by genes, `NA` where they say nothing.
#' @noRd
ranked_values <- function(result, table, dimnames) {
  values <- vapply(
    dimnames[[1L]],
    function(group) {
      column <- result[[table]][[group]] %||% NA_real_
      column[match(dimnames[[2L]], result$names[[group]])]
    },
    double(length(dimnames[[2L]]))
  )
  matrix(values, length(dimnames[[1L]]), byrow = TRUE, dimnames = dimnames)
}
