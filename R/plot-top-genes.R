# Which genes a plot shows.

#' The best genes of each group, by rank
#'
#' @param groups,n_genes As the user gave them: `NULL` for all groups.
#' @param min_logfoldchange Pass over genes whose fold change is not greater;
#'   `NULL` for none.
#' @return A list of vectors of one length, an entry per gene and group:
#'   `group`, a factor whose levels are the groups asked for; `gene`; and `row`,
#'   its place in the tables of `result`. Genes that were filtered out are
#'   passed over.
#' @noRd
top_genes <- function(result, groups, n_genes, call, min_logfoldchange = NULL) {
  check_result(result, call)
  groups <- groups_to_draw(groups, result, call)
  n_genes <- check_n_genes(n_genes, nrow(result$names), call)
  check_bound(min_logfoldchange, "min_logfoldchange", call)
  bound <- bound_of_fold_changes(result$settings)(min_logfoldchange)
  rows <- lapply(
    groups,
    function(group) {
      passes <- !is.na(result$names[[group]])
      if (!is.null(bound)) {
        passes <- passes & result$logfoldchanges[[group]] > bound
      }
      utils::head(which(passes), n_genes)
    }
  )
  if (sum(lengths(rows)) == 0L) {
    abort_no_genes_to_show(groups, bound, call)
  }
  row <- unlist(rows, use.names = FALSE)
  group <- factor(rep(groups, lengths(rows)), groups)
  list(
    group = group,
    gene = entries_of(result$names, group, row),
    row = row
  )
}

# A plot of thousands of groups takes hours, and nobody can read it.
most_groups_drawn <- 200L

#' The groups to draw, checked: all of them unless they are too many
#' @noRd
groups_to_draw <- function(groups, result, call) {
  there <- names(result$names)
  if (is.null(groups) && length(there) > most_groups_drawn) {
    some <- utils::head(there, 2L)
    abort_input(
      c(
        "{.arg groups} must name groups to draw where there are more than
         {most_groups_drawn}.",
        x = "{.arg result} has {length(there)} groups.",
        i = "Name those of interest: {.code groups =
             c(\"{some[[1L]]}\", \"{some[[2L]]}\")}."
      ),
      call = call
    )
  }
  check_df_groups(groups, there, "groups", call)
}

abort_no_genes_to_show <- function(groups, bound, call) {
  abort_input(
    c(
      "{.arg result} must have a gene to show.",
      x = if (is.null(bound)) {
        "All names are NA in {cli::qty(groups)}group{?s} {.val {groups}}."
      } else {
        "No fold change in {cli::qty(groups)}group{?s} {.val {groups}} is
         greater than {bound}."
      },
      i = if (is.null(bound)) {
        "Give {.fn filter_rank_genes_groups} bounds that genes pass."
      } else {
        "Give a smaller {.arg min_logfoldchange}."
      }
    ),
    call = call
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
  rlang::set_names(data$label, data$place)
}

#' The genes to show, by the order of the groups that they stand under
#' @noRd
in_group_order <- function(top, groups) {
  headings <- levels(top$group)
  if (all(headings %in% groups)) {
    top$group <- factor(top$group, intersect(groups, headings))
  }
  lapply(top, `[`, order(top$group))
}

#' Cells in the groups that are shown
#'
#' Those of the result come first, in its order. Of more groups than can be
#' drawn, these are those whose genes are shown, and what they were compared
#' with.
#'
#' @param groups The group of each cell.
#' @param asked Names of the groups whose genes are shown.
#' @return A factor, `NA` for other cells, whose levels all have cells.
#' @noRd
shown_groups <- function(groups, result, asked = names(result$names)) {
  groups <- droplevels(groups)
  there <- levels(groups)
  levels <- union(intersect(names(result$names), there), there)
  if (length(levels) > most_groups_drawn) {
    levels <- intersect(
      union(asked, groups_of_reference(result$params$reference, there)),
      there
    )
    cli::cli_inform(
      c(
        i = "A plot of {length(there)} groups cannot be read. This one shows
             {.val {levels}}."
      ),
      class = c("wilcoxide_message_groups", "wilcoxide_message")
    )
  }
  factor(groups, levels)
}

# Several groups that were pooled have their names joined.
groups_of_reference <- function(reference, there) {
  if (identical(reference, "rest")) {
    return(character())
  }
  parts <- c(reference, strsplit(reference, ", ", fixed = TRUE)[[1L]])
  intersect(parts, there)
}
