#' Volcano plot of a group
#'
#' One point per gene: its log2 fold change, and its p-value before adjustment.
#' Colours mark the genes that are significantly higher or lower in the group,
#' by their scores, at a cut-off of the adjusted p-value, which is drawn as a
#' dashed line.
#'
#' Logarithms of p-values are those of a ranking with
#' `statistics = "log10_pvals"`. Without them, p-values smaller than R's
#' smallest number are taken from the scores, so that their genes stand apart,
#' too. Genes that no cell of the group expresses, or no other cell, have fold
#' changes of about 30. The axis ends where the significant genes do, and genes
#' beyond it are arrows at its edge.
#'
#' @inheritSection plot_rank_genes_groups Size
#' @inheritSection plot_rank_genes_groups Themes
#' @param result What [rank_genes_groups()] returned. Genes that
#'   [filter_rank_genes_groups()] set to `NA`, and those whose fold change is
#'   `NaN`, are left out.
#' @param group The group to show.
#' @param n_genes How many genes to label of those that are significantly higher
#'   and of those that are lower: the ones with the largest absolute scores.
#'   Package ggrepel, if it is installed, keeps the labels apart; otherwise
#'   labels that would overlap others are left out.
#' @param pval_cutoff Genes count as significant if their adjusted p-value is
#'   less than this.
#' @param log2fc_min Genes count as significant only if their absolute log2 fold
#'   change is greater than this.
#' @param genes Genes to label instead of those with the largest scores,
#'   significant or not.
#' @param gene_symbols What to label genes with, as in
#'   [plot_rank_genes_groups()].
#' @param max_logfoldchange Where the axis of fold changes ends on both sides;
#'   genes beyond it are drawn as arrows. `NULL` is the largest fold change of a
#'   significant gene, not counting those of 1,000-fold and more, which hardly
#'   any cell on one side expresses. `Inf` shows all.
#' @param ... No more arguments: a misspelt one is an error.
#'
#' @return A ggplot. Its data have one row per gene: `gene`, `label`, `score`,
#'   `logfoldchange`, `pval_adj`, `log10_pval`, `direction`: `"higher"`,
#'   `"lower"` or `"not significant"`, and `shown`, the fold change at which it
#'   is drawn.
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
#'   plot_rank_genes_groups_volcano(result, "a")
#' }
#' @export
plot_rank_genes_groups_volcano <- function(result,
                                           group,
                                           n_genes = 10,
                                           pval_cutoff = 0.05,
                                           log2fc_min = 0,
                                           ...,
                                           genes = NULL,
                                           gene_symbols = NULL,
                                           max_logfoldchange = NULL) {
  call <- rlang::current_env()
  check_ggplot2(call)
  check_result(result, call)
  check_understood(
    ...,
    known = setdiff(
      names(formals(plot_rank_genes_groups_volcano)),
      c("result", "...")
    ),
    others = c(groups = "group"),
    call = call
  )
  check_one_group(
    if (!missing(group)) group,
    names(result$names),
    call
  )
  check_one_number(pval_cutoff, "pval_cutoff", call)
  check_one_number(log2fc_min, "log2fc_min", call)
  n_genes <- check_n_genes(n_genes, nrow(result$names), call)
  check_edge(max_logfoldchange, call)
  labels <- symbol_labels(gene_symbols, NULL, call)
  points <- volcano_points(result, group, pval_cutoff, log2fc_min)
  points$label <- label_genes(points$gene, labels)
  edge <- max_logfoldchange %||% edge_of(points)
  points$shown <- pmax(pmin(points$logfoldchange, edge), -edge)
  labelled <- if (is.null(genes)) {
    most_extreme(points, n_genes)
  } else {
    own <- ranked_genes_of(result, genes, labels, as.character(group), call)
    points[points$gene %in% own$gene, ]
  }

  plot <- draw_volcano(points, labelled, log2fc_min) +
    ggplot2::labs(
      title = paste(group, versus(result$params$reference)),
      x = if (identical(result$settings$lfc, "mean_difference")) {
        "Difference of means"
      } else {
        expression(log[2] ~ "fold change")
      }
    )
  with_size(plot, width = 7, height = 5)
}

draw_volcano <- function(points, labelled, log2fc_min) {
  is_beyond <- points$shown != points$logfoldchange
  ggplot2::ggplot(
    points[!is_beyond, ],
    ggplot2::aes(
      x = .data$shown,
      y = -.data$log10_pval,
      colour = .data$direction
    )
  ) +
    cutoff_lines(points, log2fc_min) +
    ggplot2::geom_point(size = 1) +
    arrow_layer(points[is_beyond, ], max(abs(points$shown), 0)) +
    label_layer(labelled) +
    ggplot2::scale_colour_manual(
      NULL,
      values = c(higher = vermillion, lower = blue, "not significant" = grey),
      drop = FALSE
    ) +
    ggplot2::labs(y = expression(-log[10] ~ italic(p)))
}

check_edge <- function(x, call) {
  is_edge <- is.null(x) ||
    (is.numeric(x) && !is.object(x) && length(x) == 1L && !is.na(x) && x > 0)
  if (!is_edge) {
    abort_input(
      c(
        "{.arg max_logfoldchange} must be one positive number, or NULL.",
        x = "It is {given(x)}."
      ),
      call = call
    )
  }
}

#' Where the axis of fold changes ends
#'
#' Scanpy's tiny pseudocount gives genes that one side lacks fold changes far
#' from those of all others.
#' @noRd
edge_of <- function(points) {
  size <- abs(points$logfoldchange)
  near <- size < 10
  significant <- near & points$direction != "not significant"
  if (!any(near)) {
    return(Inf)
  }
  max(if (any(significant)) size[significant] else size[near], 0.5)
}

#' Where genes begin to be significant
#'
#' The adjusted p-value has a line on the axis of the others between the last
#' gene that is and the first that is not.
#' @noRd
cutoff_lines <- function(points, log2fc_min) {
  is_dashed <- list(linetype = "dashed", colour = "grey50", linewidth = 0.3)
  line <- function(geom, ...) rlang::inject(geom(..., !!!is_dashed))
  significant <- points$direction != "not significant"
  list(
    if (any(significant)) {
      line(
        ggplot2::geom_hline,
        yintercept = -max(points$log10_pval[significant])
      )
    },
    if (log2fc_min > 0) {
      line(ggplot2::geom_vline, xintercept = c(-1, 1) * log2fc_min)
    }
  )
}

arrow_layer <- function(beyond, edge) {
  ggplot2::geom_segment(
    ggplot2::aes(
      xend = .data$shown + sign(.data$shown) * 0.03 * edge,
      yend = -.data$log10_pval
    ),
    beyond,
    linewidth = 0.3,
    arrow = ggplot2::arrow(
      length = ggplot2::unit(3, "pt"),
      type = "closed",
      angle = 25
    ),
    show.legend = FALSE
  )
}

check_one_group <- function(group, there, call) {
  if (!is.atomic(group) || length(group) != 1L || !group %in% there) {
    abort_input(
      c(
        "{.arg group} must name one group of {.arg result}.",
        x = "It is {given(group)}.",
        i = "Groups there: {.val {there}}."
      ),
      call = call
    )
  }
}

volcano_points <- function(result, group, pval_cutoff, log2fc_min) {
  group <- as.character(group)
  points <- data.frame(
    gene = result$names[[group]],
    score = result$scores[[group]],
    logfoldchange = result$logfoldchanges[[group]],
    pval_adj = result$pvals_adj[[group]],
    log10_pval = result$log10_pvals[[group]] %||%
      log10_pvals(result$pvals[[group]], result$scores[[group]])
  )
  points <- points[!is.na(points$gene) & !is.na(points$logfoldchange), ]
  significant <- points$pval_adj < pval_cutoff &
    abs(points$logfoldchange) > log2fc_min
  direction <- ifelse(points$score > 0, "higher", "lower")
  direction[!(significant %in% TRUE)] <- "not significant"
  points$direction <- factor(
    direction,
    c("higher", "lower", "not significant")
  )
  points
}

# So far out, the tail of the normal distribution is its density over the score.
log10_pvals <- function(pvals, scores) {
  logs <- log10(pvals)
  tiny <- which(pvals == 0)
  score <- abs(scores[tiny])
  logs[tiny] <- (log(2 / pi) / 2 - log(score) - score^2 / 2) / log(10)
  logs
}

most_extreme <- function(points, n) {
  best <- function(direction) {
    rows <- which(points$direction == direction)
    rows <- rows[order(-abs(points$score[rows]))]
    rows[seq_len(min(n, length(rows)))]
  }
  points[c(best("higher"), best("lower")), ]
}

label_layer <- function(labelled) {
  label <- ggplot2::aes(label = .data$label)
  if (requireNamespace("ggrepel", quietly = TRUE)) {
    ggrepel::geom_text_repel(
      label,
      labelled,
      size = 3,
      max.overlaps = Inf,
      min.segment.length = 0.2,
      show.legend = FALSE,
      seed = 1L
    )
  } else {
    ggplot2::geom_text(
      label,
      labelled,
      size = 3,
      vjust = -0.7,
      check_overlap = TRUE,
      show.legend = FALSE
    )
  }
}
