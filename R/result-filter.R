#' Filter genes by fold change and fractions of expressing cells
#'
#' Sets to `NA` the names of genes that few of the group's cells express, that
#' many other cells express, or whose fold change is small, as
#' `scanpy.tl.filter_rank_genes_groups()` does. Every bound is strict.
#'
#' Scanpy filters by the fractions and fold changes versus the rest, whatever
#' the genes were ranked against, and goes back to the expression values if it
#' has to. This function has only the result, so it refuses one that compares
#' with a reference group.
#'
#' @param result What [rank_genes_groups()] returned with `pts = TRUE` and
#'   `reference = "rest"`.
#' @param min_in_group_fraction Keep genes that more than this fraction of the
#'   group's cells express: from 0 to 1, or `-Inf` for no such bound.
#' @param min_fold_change Keep genes whose log2 fold change is greater than
#'   this.
#' @param max_out_group_fraction Keep genes that less than this fraction of all
#'   other cells express: from 0 to 1, or `Inf` for no such bound.
#' @param compare_abs Compare absolute values of the log2 fold changes, so that
#'   genes that are low in their group are kept as well.
#'
#' @return `result` with `NA` in `names` in place of each gene that does not
#'   pass. Everything else is unchanged.
#'
#' @seealso [rank_genes_groups()], [rank_genes_groups_df()]
#' @examples
#' set.seed(1)
#' counts <- matrix(rpois(200 * 60, 0.4), nrow = 200)
#' rownames(counts) <- paste0("gene", 1:200)
#' counts[1:10, 1:20] <- counts[1:10, 1:20] + 3
#' groups <- factor(rep(c("a", "b", "c"), each = 20))
#'
#' result <- rank_genes_groups(log1p(counts), groups, pts = TRUE)
#' filtered <- filter_rank_genes_groups(result)
#' filtered
#' rank_genes_groups_df(filtered, group = "a")
#' @export
filter_rank_genes_groups <- function(result,
                                     min_in_group_fraction = 0.25,
                                     min_fold_change = 1,
                                     max_out_group_fraction = 0.5,
                                     compare_abs = FALSE) {
  check_result(result)
  check_fraction(min_in_group_fraction, "min_in_group_fraction", -Inf)
  check_one_number(min_fold_change, "min_fold_change")
  check_fraction(max_out_group_fraction, "max_out_group_fraction", Inf)
  check_compare_abs(compare_abs)
  check_fractions(result)

  min_fold_change <- bound_of_fold_changes(result$settings)(min_fold_change)
  genes <- attr(result$pts, "row.names")
  passing <- function(names, lfc, inside, outside) {
    row <- match(names, genes)
    if (compare_abs) {
      lfc <- abs(lfc)
    }
    passes <- inside[row] > min_in_group_fraction &
      outside[row] < max_out_group_fraction &
      lfc > min_fold_change
    # A comparison with NaN passes nothing, as in Scanpy.
    names[!(passes %in% TRUE)] <- NA
    names
  }
  groups <- names(result$names)
  result$names[] <- Map(
    passing,
    result$names,
    result$logfoldchanges[groups],
    result$pts[groups],
    result$pts_rest[groups]
  )
  result
}

#' @param none The number that means no bound.
#' @noRd
check_fraction <- function(x, arg, none, call = rlang::caller_env()) {
  check_one_number(x, arg, call)
  if (x != none && (x < 0 || x > 1)) {
    abort_input(
      c(
        "{.arg {arg}} must be a fraction from 0 to 1, or {none} for no bound.",
        x = "It is {.val {x}}.",
        i = if (x > 1 && x <= 100) "{x} % is {.code {x / 100}}."
      ),
      call = call
    )
  }
}

check_compare_abs <- function(compare_abs, call = rlang::caller_env()) {
  if (!rlang::is_bool(compare_abs)) {
    abort_input(
      c(
        "{.arg compare_abs} must be TRUE or FALSE.",
        x = "It is {.obj_type_friendly {compare_abs}}."
      ),
      call = call
    )
  }
}

check_fractions <- function(result, call = rlang::caller_env()) {
  reference <- result$params$reference
  if (!identical(reference, "rest")) {
    abort_input(
      c(
        "{.arg result} must compare each group with the rest.",
        x = "It compares with group {.val {reference}}, and so does not hold
          the fractions and fold changes versus the rest that genes are
          filtered by.",
        i = "Rank the genes with {.code reference = \"rest\"}."
      ),
      call = call
    )
  }
  if (is.null(result$pts) || is.null(result$pts_rest)) {
    abort_input(
      c(
        "{.arg result} must hold the fractions of expressing cells.",
        x = "It has none.",
        i = "Rank the genes with {.code pts = TRUE}."
      ),
      call = call
    )
  }
}
