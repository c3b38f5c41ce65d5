#' Show the scores of the best genes
#'
#' The best genes of each group by rank, with their scores, one panel per group:
#' what `scanpy.pl.rank_genes_groups()` shows.
#'
#' @param result What [rank_genes_groups()] returned. Genes that
#'   [filter_rank_genes_groups()] set to `NA` are left out.
#' @param groups The groups to show, in this order; `NULL` for all of them.
#' @param n_genes How many genes of each group to show.
#' @param ncol Number of columns of panels; `NULL` is ggplot2's choice.
#' @param x The same as `result`, for `plot()`, which draws the plot.
#' @param ... The other arguments of `plot_rank_genes_groups()`.
#'
#' @return A ggplot; `plot()` returns it invisibly. Its data have one row per
#'   point: `group`, `rank`, `gene` and `score`. See below for its size.
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
#' @section Themes:
#' No theme is set, so that `ggplot2::theme_set()` and `+ theme_...()` have the
#' say. A whole theme that is added, such as `+ theme_bw()`, turns the names of
#' groups above narrow panels back; `theme_set(theme_bw())` before does not, and
#' this turns them again:
#'
#' ```r
#' + theme(strip.text.x = element_text(angle = 90, hjust = 0))
#' ```
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
                                   ncol = NULL) {
  call <- rlang::current_env()
  check_ggplot2(call)
  top <- top_genes(result, groups, n_genes, call)
  check_whole_number(ncol, "ncol", "NULL", call)
  if (!is.null(ncol)) {
    # ggplot2 takes no number that an integer cannot hold.
    ncol <- min(ncol, nlevels(top$group))
  }
  points <- data.frame(
    group = top$group,
    rank = sequence(tabulate(top$group, nlevels(top$group))),
    gene = top$gene,
    place = places_of(top),
    score = entries_of(result$scores, top$group, top$row)
  )
  plot <- ggplot2::ggplot(
    points,
    ggplot2::aes(x = .data$score, y = .data$place)
  ) +
    ggplot2::geom_point() +
    ggplot2::facet_wrap(
      ggplot2::vars(.data$group),
      ncol = ncol,
      scales = "free_y",
      labeller = ggplot2::as_labeller(wrap_names)
    ) +
    ggplot2::scale_y_discrete(limits = rev, labels = gene_labels(points)) +
    ggplot2::labs(
      x = paste("Score", versus(result$params$reference)),
      y = NULL
    ) +
    ggplot2::theme(
      axis.text.y = ggplot2::element_text(size = ggplot2::rel(0.7)),
      strip.clip = "off"
    )

  panels <- ggplot2::wrap_dims(length(unique(points$group)), ncol = ncol)
  with_size(
    plot,
    width = panels[[2L]] * (1.5 + label_width(top$gene)),
    height = 0.5 +
      panels[[1L]] * (0.6 + 0.8 * line_height * max(points$rank))
  )
}

#' @rdname plot_rank_genes_groups
#' @export
plot.rank_genes_groups <- function(x, ...) {
  drawn <- plot_rank_genes_groups(x, ...)
  print(drawn)
  invisible(drawn)
}
