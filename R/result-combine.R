# Levels of a ranking combined: what holds in all of them.

combinations <- c("max_p", "min_p", "stouffer")

#' Combine the levels of each gene and group
#'
#' @param combine One of `combinations`.
#' @return A data frame as [rank_genes_groups_df()] describes it, always with a
#'   column `group`.
#' @noRd
combine_levels <- function(x, combine, group, call) {
  check_choice(combine, combinations, "combine", call)
  check_all_genes(x, call)
  there <- unique(unlist(lapply(x, function(result) names(result$names))))
  group <- check_df_groups(group, there, call = call)
  tables <- lapply(group, function(one) {
    has_group <- vapply(x, function(result) one %in% names(result$names), NA)
    combine_group(unclass(x)[has_group], one, combine)
  })
  columns <- lapply(rlang::set_names(names(tables[[1L]])), function(name) {
    unlist(lapply(tables, `[[`, name), use.names = FALSE)
  })
  n <- vapply(tables, function(table) length(table$names), 0L)
  codes <- rep(seq_along(group), n)
  group_table(c(
    list(group = structure(codes, levels = group, class = "factor")),
    columns
  ))
}

# The best of one level may not be among the best of another.
check_all_genes <- function(x, call) {
  has_all <- vapply(
    x,
    function(result) {
      n_ranked <- result$settings$n_ranked %||% Inf
      nrow(result$names) >= n_ranked && !anyNA(unlist(result$names))
    },
    NA
  )
  if (!all(has_all)) {
    abort_input(
      c(
        "{.arg combine} needs all genes of every level.",
        x = "{.val {names(x)[!has_all]}} {?has/have} some of them only.",
        i = "Rank without {.arg n_genes}, and filter afterwards."
      ),
      call = call
    )
  }
}

combine_group <- function(results, group, combine) {
  genes <- results[[1L]]$names[[group]]
  by_level <- function(table) {
    columns <- lapply(results, function(result) {
      result[[table]][[group]][match(genes, result$names[[group]])]
    })
    matrix(unlist(columns, use.names = FALSE), length(genes))
  }
  z <- by_level("scores")
  p <- by_level("pvals")
  k <- ncol(z)
  rows <- seq_along(genes)
  combined <- switch(combine,
    max_p = {
      at <- cbind(rows, max.col(p, "first"))
      list(score = z[at], p = p[at])
    },
    min_p = {
      at <- cbind(rows, max.col(-p, "first"))
      list(score = z[at], p = -expm1(k * log1p(-p[at])))
    },
    stouffer = {
      weights <- vapply(results, level_weight, 0, group = group)
      score <- drop(z %*% weights) / sqrt(sum(weights^2))
      list(score = score, p = p_of_scores(score, results[[1L]]$settings))
    }
  )
  method <- results[[1L]]$params$corr_method
  if (method == "benjamini-hochberg") {
    method <- "BH"
  }
  order <- order(combined$p, -abs(combined$score), rows)
  list(
    names = genes[order],
    n_levels = rep(k, length(genes)),
    n_up = as.integer(rowSums(z > 0))[order],
    scores = combined$score[order],
    logfoldchanges = rowMeans(by_level("logfoldchanges"))[order],
    pvals = combined$p[order],
    pvals_adj = stats::p.adjust(combined$p, method)[order]
  )
}

p_of_scores <- function(scores, settings) {
  switch(settings$alternative %||% "two.sided",
    two.sided = 2 * stats::pnorm(-abs(scores)),
    greater = stats::pnorm(-scores),
    less = stats::pnorm(scores)
  )
}

#' What a level counts: a score grows with the root of this, where the share of
#' pairs in which the group is higher stays the same
#' @noRd
level_weight <- function(result, group) {
  own <- result$settings$group_sizes[[group]]
  opposite <- result$settings$opposite_sizes[[group]]
  sqrt(own / (own + opposite) * opposite)
}
