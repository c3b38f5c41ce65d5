#' Plot the scores of the best genes of each group
#'
#' The best genes of each group by rank, with their scores, one panel per group:
#' what `scanpy.pl.rank_genes_groups()` shows.
#'
#' @param result What [rank_genes_groups()] returned. Genes that
#'   [filter_rank_genes_groups()] set to `NA` are left out.
#' @param groups The groups to show, in this order; `NULL` for all of them. A
#'   ranking within levels (`split_by`) has a panel for each level, called by
#'   it, or, where it has several groups, for each `"level: group"`.
#' @param n_genes How many genes of each group to show.
#' @param ncol Number of columns of panels; `NULL` leaves it to ggplot2, unless
#'   the panels would be too high to be saved.
#' @param genes Genes to show instead of the best of each group, ordered by
#'   their scores in each group.
#' @param gene_symbols What to label genes with, such as symbols instead of
#'   Ensembl ids: a vector of labels named by the genes, such as
#'   `setNames(rowData(sce)$Symbol, rownames(sce))`. `genes` may be given by
#'   these labels, too. Genes without a label keep their names.
#' @param min_logfoldchange Show only genes whose log2 fold change is greater
#'   than this. `NULL` for all.
#' @param x The same as `result`, for `plot()`, which draws the plot.
#' @param ... The other arguments of `plot_rank_genes_groups()`.
#'
#' @return A ggplot; `plot()` returns it invisibly. Its data have one row per
#'   point: `group`, `rank`, `gene`, `label` and `score`. See below for its
#'   size.
#'
#' @section Size:
#' Plots with many groups or genes need room. Each has an attribute `"size"`, a
#' width and height in inches in which all labels can be read in a theme of 11
#' points:
#'
#' ```r
#' size <- attr(plot, "size")
#' ggplot2::ggsave("plot.png", plot, width = size[["width"]],
#'                 height = size[["height"]])
#' ```
#'
#' Many genes have smaller labels, so that about 50 of them fit side by side
#' into a figure of 7 x 5 inches, as knitr draws it by default. Labels that
#' would overlap others are left out: a larger figure has all of them.
#'
#' @section Themes:
#' No theme is set, so that `ggplot2::theme_set()` and `+ theme_...()` have the
#' say. Names of groups that are too wide for their panels are turned under any
#' theme.
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
#'   plot_rank_genes_groups(result, n_genes = 10) + ggplot2::theme_bw()
#' }
#' @export
plot_rank_genes_groups <- function(result,
                                   groups = NULL,
                                   n_genes = 20,
                                   ncol = NULL,
                                   genes = NULL,
                                   gene_symbols = NULL,
                                   min_logfoldchange = NULL) {
  call <- rlang::current_env()
  check_ggplot2(call)
  check_whole_number(ncol, "ncol", "NULL", call)
  if (!missing(result) && is_split(result)) {
    check_split_result(result, call, "result")
    groups <- groups_in_levels(groups, result)
    result <- levels_as_groups(result, call)
  }
  labels <- symbol_labels(gene_symbols, NULL, call)
  top <- if (is.null(genes)) {
    top_genes(result, groups, n_genes, call, min_logfoldchange)
  } else {
    ranked_genes_of(result, genes, labels, groups, call)
  }
  if (!is.null(ncol)) {
    # ggplot2 takes no number that an integer cannot hold.
    ncol <- min(ncol, nlevels(top$group))
  }
  points <- data.frame(
    group = top$group,
    rank = if (is.null(genes)) {
      sequence(tabulate(top$group, nlevels(top$group)))
    } else {
      top$row
    },
    gene = top$gene,
    label = label_genes(top$gene, labels),
    place = places_of(top),
    score = entries_of(result$scores, top$group, top$row)
  )
  n_rows <- max(tabulate(points$group))
  panels <- score_panels(length(unique(points$group)), n_rows, ncol)
  room <- (5 - 0.5) / panels[[1L]] - 0.6
  text <- text_scale(n_rows, room)
  style <- flat_heading_style(levels(points$group), 0.65 * 7 / panels[[2L]])
  plot <- ggplot2::ggplot(
    points,
    ggplot2::aes(x = .data$score, y = .data$place)
  ) +
    ggplot2::geom_point() +
    legible(
      # A small group has small scores.
      ggplot2::facet_wrap(
        ggplot2::vars(.data$group),
        ncol = panels[[2L]],
        scales = "free",
        labeller = ggplot2::as_labeller(style$labels)
      ),
      text_y = text,
      strip_x = style$scale
    ) +
    ggplot2::scale_x_continuous(
      n.breaks = 4,
      guide = ggplot2::guide_axis(check.overlap = TRUE)
    ) +
    ggplot2::scale_y_discrete(
      limits = rev,
      labels = gene_labels(points),
      guide = ggplot2::guide_axis(check.overlap = TRUE)
    ) +
    ggplot2::labs(
      x = paste("Score", versus(result$params$reference)),
      y = NULL
    )
  plot <- with_size(
    plot,
    width = panels[[2L]] * (1.5 + label_width(points$label)),
    height = 0.5 + panels[[1L]] * (0.6 + text_height(text) * n_rows)
  )
  tell_crowded(
    plot,
    # Not every other gene has a label then.
    n_rows * text_height(text) > 2 * room,
    "A smaller {.arg n_genes} or fewer {.arg groups} need less room."
  )
}

#' Rows and columns of panels
#'
#' As ggplot2 has them, unless they would be too high to be saved.
#' @noRd
score_panels <- function(n, n_rows, ncol) {
  panels <- ggplot2::wrap_dims(n, ncol = ncol)
  least <- 0.6 + text_height(0.5) * n_rows
  most <- max(1, (largest_side - 0.5) %/% least)
  if (is.null(ncol) && panels[[1L]] > most) {
    panels <- ggplot2::wrap_dims(n, nrow = most)
  }
  panels
}

#' The user's own genes, in the order in which each group has them
#' @noRd
ranked_genes_of <- function(result, genes, labels, groups, call) {
  check_result(result, call)
  groups <- groups_to_draw(groups, result, call)
  own <- as_ids(own_genes(genes, call)$gene, labels)
  ranked <- unique(unlist(as.list(result$names)[groups], use.names = FALSE))
  unknown <- setdiff(own, ranked)
  if (length(unknown) > 0L) {
    abort_input(
      c(
        "{.arg genes} must be genes of {.arg result}.",
        x = "There {cli::qty(unknown)}{?is no gene/are no genes}
             {.val {unknown}}.",
        i = did_you_mean(unknown, ranked)
      ),
      call = call
    )
  }
  rows <- lapply(groups, function(group) which(result$names[[group]] %in% own))
  group <- factor(rep(groups, lengths(rows)), groups)
  row <- unlist(rows)
  list(group = group, gene = entries_of(result$names, group, row), row = row)
}

#' @rdname plot_rank_genes_groups
#' @export
plot.rank_genes_groups <- function(x, ...) {
  drawn <- plot_rank_genes_groups(x, ...)
  print(drawn)
  invisible(drawn)
}
