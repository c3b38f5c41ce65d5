# Adjusted p-values that the kernel does not make: R's own methods, one family
# of all groups, and families that few cells keep genes out of. The kernel then
# gives all genes, and this cuts them.

#' Does the kernel adjust these p-values?
#' @noRd
is_adjusted_by_kernel <- function(request) {
  request$adjust_over == "group" && is.null(request$min_fraction) &&
    request$corr_method %in% c("benjamini-hochberg", "bonferroni")
}

#' Adjust the p-values of all genes, and keep the rows that were asked for
#'
#' @param ranked What the kernel answered, all genes in its tables.
#' @noRd
adjust_ranked <- function(ranked, request) {
  method <- switch(request$corr_method,
    "benjamini-hochberg" = "BH",
    request$corr_method
  )
  family <- if (!is.null(request$min_fraction)) {
    genes_in_family(ranked, request$min_fraction)
  }
  ranked$pvals_adj <- adjust_columns(
    ranked$pvals,
    function(p) stats::p.adjust(p, method),
    request$adjust_over,
    family
  )
  if ("log10_pvals_adj" %in% request$tables) {
    ranked$log10_pvals_adj <- adjust_columns(
      ranked$log10_pvals,
      function(logs) adjust_logs(logs, method),
      request$adjust_over,
      family
    )
  }
  rows <- seq_len(request$n_rows)
  per_rank <- intersect(c("genes", table_names("rank")), names(ranked))
  ranked[per_rank] <- lapply(
    ranked[per_rank],
    function(columns) lapply(columns, `[`, rows)
  )
  ranked
}

#' For each group, whether enough cells express a gene, on either side
#'
#' @return A list with one logical vector per group, by rank.
#' @noRd
genes_in_family <- function(ranked, min_fraction) {
  groups <- seq_along(ranked$genes)
  lapply(groups, function(group) {
    own <- ranked$pts[[group]]
    # The reference comes after the groups.
    opposite <- if (length(ranked$pts_rest) > 0L) {
      ranked$pts_rest[[group]]
    } else {
      ranked$pts[[length(groups) + 1L]]
    }
    (pmax(own, opposite) >= min_fraction)[ranked$genes[[group]] + 1L]
  })
}

#' @param family What [genes_in_family()] returned: others get `NA`. `NULL` for
#'   all genes.
#' @noRd
adjust_columns <- function(columns, adjust, over, family = NULL) {
  if (!is.null(family)) {
    columns <- Map(
      function(column, kept) replace(column, !kept, NA),
      columns,
      family
    )
  }
  adjust_there <- function(p) {
    there <- !is.na(p)
    replace(p, there, adjust(p[there]))
  }
  if (over == "group") {
    return(lapply(columns, adjust_there))
  }
  adjusted <- adjust_there(unlist(columns, use.names = FALSE))
  group <- factor(rep(seq_along(columns), lengths(columns)), seq_along(columns))
  unname(split(adjusted, group))
}

#' `stats::p.adjust()` of decimal logarithms: what it multiplies is added
#'
#' p-values that are too small for a double are told apart this way.
#' @noRd
adjust_logs <- function(logs, method) {
  n <- length(logs)
  if (n <= 1L || method == "none") {
    return(logs)
  }
  if (n == 2L && method == "hommel") {
    method <- "hochberg"
  }
  order <- order(logs)
  sorted <- logs[order]
  i <- seq_len(n)
  running_minimum <- function(x) rev(cummin(rev(x)))
  adjusted <- switch(method,
    bonferroni = log10(n) + sorted,
    holm = cummax(log10(n + 1L - i) + sorted),
    hochberg = running_minimum(log10(n + 1L - i) + sorted),
    BH = running_minimum(log10(n / i) + sorted),
    BY = running_minimum(log10(sum(1 / i)) + log10(n / i) + sorted),
    hommel = adjust_sorted_hommel(sorted)
  )
  logs[order] <- pmin(adjusted, 0)
  logs
}

# Hommel's method as `stats::p.adjust()` has it.
adjust_sorted_hommel <- function(logs) {
  n <- length(logs)
  q <- adjusted <- rep(min(log10(n / seq_len(n)) + logs), n)
  for (m in rev(seq_len(n - 1L))[-(n - 1L)]) {
    low <- seq_len(n - m + 1L)
    high <- seq.int(n - m + 2L, n)
    least <- min(log10(m / seq.int(2L, m)) + logs[high])
    q[low] <- pmin(log10(m) + logs[low], least)
    q[high] <- q[n - m + 1L]
    adjusted <- pmax(adjusted, q)
  }
  pmax(adjusted, logs)
}
