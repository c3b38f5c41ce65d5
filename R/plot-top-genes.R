# Which genes a plot shows.

#' The best genes of each group, by rank
#'
#' @param groups,n_genes As the user gave them: `NULL` for all groups.
#' @return A list of vectors of one length, an entry per gene and group:
#'   `group`, a factor whose levels are the groups asked for; `gene`; and `row`,
#'   its place in the tables of `result`. Genes that were filtered out are
#'   passed over.
#' @noRd
top_genes <- function(result, groups, n_genes, call) {
  check_result(result, call)
  groups <- check_df_groups(groups, names(result$names), "groups", call)
  n_genes <- check_n_genes(n_genes, nrow(result$names), call)
  rows <- lapply(
    result$names[groups],
    function(names) {
      there <- which(!is.na(names))
      there[seq_len(min(n_genes, length(there)))]
    }
  )
  if (sum(lengths(rows)) == 0L) {
    abort_input(
      c(
        "{.arg result} must have a gene to show.",
        x = "All names are NA in {cli::qty(groups)}group{?s} {.val {groups}}.",
        i = "Give {.fn filter_rank_genes_groups} bounds that genes pass."
      ),
      call = call
    )
  }
  row <- unlist(rows, use.names = FALSE)
  group <- factor(rep(groups, lengths(rows)), groups)
  list(
    group = group,
    gene = entries_of(result$names, group, row),
    row = row
  )
}

#' Entries of a table of a result
#' @noRd
entries_of <- function(table, group, row) {
  unlist(
    Map(
      function(group, row) table[[group]][row],
      levels(group),
      split(row, group)
    ),
    use.names = FALSE
  )
}

#' The columns of genes in a matrix
#'
#' R finds no column by an empty name.
#' @noRd
columns_of <- function(genes, matrix) {
  match(genes, colnames(matrix))
}

#' The places of genes on an axis
#'
#' A gene may be among the best of several groups, and so at several places.
#' @noRd
places_of <- function(top) {
  places <- paste(as.integer(top$group), top$row)
  factor(places, places)
}

gene_labels <- function(data) {
  rlang::set_names(data$gene, data$place)
}

#' Cells in the groups that are shown
#'
#' Those of the result come first, in its order.
#' @return A factor, `NA` for other cells, whose levels all have cells.
#' @noRd
shown_groups <- function(groups, result) {
  groups <- droplevels(groups)
  factor(
    groups,
    union(intersect(names(result$names), levels(groups)), levels(groups))
  )
}
