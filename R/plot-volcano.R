#' Show the fold changes and p-values of a group
#'
#' One point per gene: its log2 fold change, and its p-value before adjustment.
#' Colours tell the genes that are higher and lower in the group, by their
#' scores, at a cut-off of the adjusted p-value.
#'
#' p-values smaller than R's smallest number are taken from the scores, so that
#' their genes stand apart, too. Genes that no cell of the group has, or none of
#' the others, have fold changes far out, of about 30;
#' `+ coord_cartesian(xlim = c(-10, 10))` shows the rest larger.
#'
#' @inheritSection plot_rank_genes_groups Themes
#' @param result What [rank_genes_groups()] returned. Genes that
#'   [filter_rank_genes_groups()] set to `NA`, and those whose fold change is
#'   `NaN`, are left out.
#' @param group The group to show.
#' @param n_genes How many genes to label of those that are significantly higher
#'   and of those that are lower: the ones with the largest absolute scores.
#'   Package ggrepel, if it is installed, keeps the labels apart; otherwise
#'   labels that would overlap others are left out.
#' @param pval_cutoff Genes are significant whose adjusted p-value is less than
#'   this.
#' @param log2fc_min And whose absolute log2 fold change is greater than this.
#' @param ... No more arguments: a misspelt one is an error.
#'
#' @return A ggplot. Its data have one row per gene: `gene`, `score`,
#'   `logfoldchange`, `pval_adj`, `log10_pval`, and `direction`: `"higher"`,
#'   `"lower"` or `"not significant"`.
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
                                           ...) {
  call <- rlang::current_env()
  check_ggplot2(call)
  check_result(result, call)
  check_understood(
    ...,
    known = c("group", "n_genes", "pval_cutoff", "log2fc_min"),
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
  points <- volcano_points(result, group, pval_cutoff, log2fc_min)
  labelled <- most_extreme(points, n_genes)

  ggplot2::ggplot(
    points,
    ggplot2::aes(
      x = .data$logfoldchange,
      y = -.data$log10_pval,
      colour = .data$direction
    )
  ) +
    ggplot2::geom_point(size = 1) +
    label_layer(labelled) +
    ggplot2::scale_colour_manual(
      NULL,
      values = c(higher = vermillion, lower = blue, "not significant" = grey),
      drop = FALSE
    ) +
    ggplot2::labs(
      title = paste(group, versus(result$params$reference)),
      x = expression(log[2] ~ "fold change"),
      y = expression(-log[10] ~ italic(p))
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
    log10_pval = log10_pvals(result$pvals[[group]], result$scores[[group]])
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
  label <- ggplot2::aes(label = .data$gene)
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
