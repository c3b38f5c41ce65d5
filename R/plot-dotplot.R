#' Show the best genes of each group in all groups
#'
#' A dot for each gene and group: its colour is the mean of the gene's values
#' over all cells of the group, its size the fraction of the group's cells whose
#' value is greater than 0, as in `scanpy.pl.rank_genes_groups_dotplot()`. The
#' genes stand below the group whose best they are.
#'
#' @inheritParams plot_rank_genes_groups
#' @inheritSection plot_rank_genes_groups Size
#' @inheritSection plot_rank_genes_groups Themes
#' @param x What was ranked, any object that [rank_genes_groups()] takes. Only
#'   the values of the genes shown are taken out of it.
#' @param groupby The group of each cell, as for [rank_genes_groups()]. The
#'   default is the column that was ranked by; a vector that was ranked by has
#'   to be given again. Groups besides those of `result` are shown below them,
#'   cells without a group are not.
#' @param ... Arguments of [rank_genes_groups()] that say which matrix of `x` to
#'   show: `cells`, `assay`, `assay.type`, `altexp`, `layer`, `use_raw`. The
#'   default is the layer that was ranked.
#' @param groups The groups whose best genes to show, in this order; `NULL` for
#'   all of them.
#' @param standard_scale `"var"` scales the colours of each gene to the range
#'   from 0 to 1, `"group"` those of each group; `NULL` does not.
#' @param values_to_plot Show in colour, in the place of the mean, the
#'   `"logfoldchanges"` or the `"scores"` of the ranking. Groups and genes that
#'   are not in its tables are grey.
#'
#' @return A ggplot. Its data have one row per dot: `group`, `gene`, `marker_of`
#'   (the group whose best the gene is), `fraction`, and `mean` or what
#'   `values_to_plot` names. See below for its size.
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
#' }
#' @export
plot_rank_genes_groups_dotplot <- function(x,
                                           result,
                                           groupby = result$params$groupby,
                                           n_genes = 5,
                                           ...,
                                           groups = NULL,
                                           standard_scale = NULL,
                                           values_to_plot = NULL) {
  call <- rlang::current_env()
  check_ggplot2(call)
  check_scaling(standard_scale, c("var", "group"), call)
  check_values_to_plot(values_to_plot, standard_scale, call)
  top <- top_genes(result, groups, n_genes, call)
  check_groups_known(groupby, missing(groupby), x, call)
  expression <- expression_of(x, groupby, result, top$gene, ..., call = call)
  shown <- shown_groups(expression$groups, result)

  fraction <- group_means(expression$values, shown, positive = TRUE)
  colour <- if (is.null(values_to_plot)) {
    group_means(expression$values, shown)
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
    marker_of = rep(top$group, each = nrow(colour)),
    place = rep(places_of(top), each = nrow(colour)),
    fraction = as.vector(fraction[, column])
  )
  dots[[what]] <- as.vector(colour[, column])
  n_columns <- length(top$gene)
  column_width <- max(0.155, 3 / n_columns)
  room <- column_width * min(tabulate(droplevels(top$group)))
  strips <- label_width(wrap_names(levels(top$group)))
  plot <- draw_dots(dots, what, standard_scale) +
    strip_text(levels(top$group), room)
  with_size(
    plot,
    width = 1.5 + label_width(shorten(levels(dots$group))) +
      column_width * n_columns + 0.05 * nlevels(top$group),
    height = max(
      4,
      0.8 + label_width(top$gene) + (if (strips > room) strips else 0.3) +
        0.19 * nrow(colour)
    )
  )
}

draw_dots <- function(dots, what, standard_scale) {
  ggplot2::ggplot(
    dots,
    ggplot2::aes(
      x = .data$place,
      y = .data$group,
      size = .data$fraction,
      colour = .data[[what]]
    )
  ) +
    ggplot2::geom_point() +
    ggplot2::facet_grid(
      cols = ggplot2::vars(.data$marker_of),
      scales = "free_x",
      space = "free_x",
      labeller = ggplot2::as_labeller(wrap_names)
    ) +
    ggplot2::scale_x_discrete(
      labels = gene_labels(dots),
      guide = ggplot2::guide_axis(angle = 90)
    ) +
    ggplot2::scale_y_discrete(labels = shorten) +
    ggplot2::scale_size_area(
      "Fraction of\ncells",
      limits = c(0, 1),
      max_size = 4
    ) +
    dot_colours(dots, what, standard_scale) +
    ggplot2::labs(x = NULL, y = NULL) +
    ggplot2::theme(panel.spacing.x = ggplot2::unit(2, "pt"))
}

dot_colours <- function(dots, what, standard_scale) {
  if (what != "mean") {
    # Fold changes are extreme where no cell has the gene, and no dot is seen.
    seen <- abs(dots[[what]][dots$fraction > 0])
    return(ggplot2::scale_colour_gradient2(
      c(logfoldchanges = "log2 fold\nchange", scores = "Score")[[what]],
      low = blue,
      mid = "grey80",
      high = vermillion,
      limits = c(-1, 1) * max(seen[is.finite(seen)], 0),
      oob = function(x, range) pmax(pmin(x, range[[2L]]), range[[1L]])
    ))
  }
  name <- "Mean\nexpression"
  if (!is.null(standard_scale)) {
    name <- paste0(name, ",\nscaled")
  }
  # The dark end is the high one: small dots are light.
  ggplot2::scale_colour_viridis_c(name, direction = -1)
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
        x = "It scales means, and {.val {values_to_plot}} are to be shown."
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
