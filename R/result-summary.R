#' Count the significant genes of each group
#'
#' @param object What [rank_genes_groups()] returned. Genes that
#'   [filter_rank_genes_groups()] set to `NA` are not counted.
#' @param pval_cutoff Count genes whose adjusted p-value is less than this.
#' @param ... Not used.
#'
#' @return An object of class `summary.rank_genes_groups`, a list of
#'   `params` and `settings`, of the ranking; `pval_cutoff`; `n_genes`, the
#'   number of genes in its tables; `genes`, the same in words; and `counts`, a
#'   data frame with one row per group: `group`; `cells`, their number, if the
#'   ranking has `settings`; `up` and `down`, the numbers of significant genes
#'   whose score is positive and negative.
#'
#' @seealso [rank_genes_groups()], [rank_genes_groups_df()] for the genes
#'   themselves
#' @examples
#' set.seed(1)
#' counts <- matrix(rpois(200 * 60, 0.4), nrow = 200)
#' rownames(counts) <- paste0("gene", 1:200)
#' counts[1:10, 1:20] <- counts[1:10, 1:20] + 3
#' groups <- factor(rep(c("a", "b", "c"), each = 20))
#'
#' result <- rank_genes_groups(log1p(counts), groups, threads = 1)
#' summary(result)
#' summary(result, pval_cutoff = 0.001)$counts
#' @method summary rank_genes_groups
#' @export
summary.rank_genes_groups <- function(object, pval_cutoff = 0.05, ...) {
  check_result(object, arg = "object")
  check_one_number(pval_cutoff, "pval_cutoff")
  groups <- names(object$names)
  counts <- vapply(
    groups,
    count_significant,
    c(up = 0L, down = 0L),
    unclass(object),
    pval_cutoff
  )
  structure(
    list(
      params = object$params,
      settings = object$settings,
      pval_cutoff = pval_cutoff,
      n_genes = nrow(object$names),
      genes = describe_genes(object$names, object$settings),
      counts = group_table(Filter(
        Negate(is.null),
        list(
          group = groups,
          cells = unname(object$settings$group_sizes),
          up = unname(counts["up", ]),
          down = unname(counts["down", ])
        )
      ))
    ),
    class = "summary.rank_genes_groups"
  )
}

# Of thousands of groups: only what is significant is looked at again.
count_significant <- function(group, result, pval_cutoff) {
  rows <- which(.subset2(result$pvals_adj, group) < pval_cutoff)
  names <- .subset2(result$names, group)[rows]
  scores <- .subset2(result$scores, group)[rows][!is.na(names)]
  c(
    up = sum(scores > 0, na.rm = TRUE),
    down = sum(scores < 0, na.rm = TRUE)
  )
}

#' @rdname summary.rank_genes_groups
#' @param x What `summary()` returned.
#' @param n How many groups to show.
#' @method print summary.rank_genes_groups
#' @export
print.summary.rank_genes_groups <- function(x, n = 50L, ...) {
  n <- check_rows(n, "n", rlang::current_env())
  width <- getOption("width")
  counts <- x$counts[seq_len(min(n, nrow(x$counts))), ]
  numbers <- setdiff(names(counts), "group")
  room <- max(width - 8L * length(numbers), 8L)
  columns <- c(
    list(align_column(c("", counts$group), room)),
    lapply(numbers, function(name) {
      align_column(c(name, big_number(counts[[name]])), align = "right")
    })
  )
  rest <- describe_rest(0L, nrow(x$counts) - nrow(counts))
  writeLines(c(
    cli::ansi_strwrap(
      c(
        describe_comparison(x$params, nrow(x$counts)),
        sprintf(
          "Significant genes (adjusted p < %s) out of %s:",
          format(x$pval_cutoff),
          sub("^top", "the top", x$genes)
        )
      ),
      width
    ),
    do.call(paste, columns),
    cli::ansi_strwrap(cli::col_grey(rest), width)
  ))
  invisible(x)
}
