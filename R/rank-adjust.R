# Adjusted p-values that the kernel does not make group by group: those of one
# family of all groups. The kernel then gives all genes, and this cuts them.

#' Are the p-values of each group adjusted by themselves?
#' @noRd
is_adjusted_by_kernel <- function(request) {
  request$adjust_over == "group"
}

#' Finish the adjusted p-values that the kernel gave
#'
#' Those of genes that no family has are NaN there, and NA to users.
#'
#' @param ranked What the kernel answered, all genes in its tables where all
#'   groups are one family.
#' @noRd
adjust_ranked <- function(ranked, request, call) {
  if (!is_adjusted_by_kernel(request)) {
    ranked <- adjust_over_all(ranked, request, call)
  }
  if (!is.null(request$min_fraction)) {
    adjusted <- intersect(adjusted_tables, names(ranked))
    ranked[adjusted] <- lapply(
      ranked[adjusted],
      function(columns) lapply(columns, nan_as_na)
    )
  }
  ranked
}

adjusted_tables <- c("pvals_adj", "log10_pvals_adj")

nan_as_na <- function(x) replace(x, is.nan(x), NA)

#' Adjust the p-values of all groups together, and keep the rows asked for
#' @noRd
adjust_over_all <- function(ranked, request, call) {
  for (table in intersect(adjusted_tables, request$tables)) {
    answer <- adjust_family(
      ranked[[table]],
      request$corr_method,
      table == "log10_pvals_adj",
      request$threads
    )
    check_status(answer, call)
    ranked[[table]] <- answer$columns
  }
  rows <- seq_len(request$n_rows)
  per_rank <- intersect(c("genes", table_names("rank")), names(ranked))
  ranked[per_rank] <- lapply(
    ranked[per_rank],
    function(columns) lapply(columns, `[`, rows)
  )
  ranked
}
