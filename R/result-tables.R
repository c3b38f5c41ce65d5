# The tables that a result can have. Nothing else lists them: results, `head()`,
# the long table, what is stored in `uns`, writers and readers go by this list.

#' Describe a table of a result
#'
#' @param type What Scanpy stores it as: `"text"`, `"float32"` or `"float64"`.
#' @param per A row of it is a `"rank"`, or a `"gene"` in the order of the
#'   input. Never the two side by side without looking genes up.
#' @param optional Has a result the table only where it was asked for?
#' @param column Its column in [rank_genes_groups_df()]; `NULL` for its name.
#' @param by The argument that asks for a table per rank that is optional.
#' @noRd
result_table <- function(type,
                         per = "rank",
                         optional = FALSE,
                         column = NULL,
                         by = "statistics") {
  list(type = type, per = per, optional = optional, column = column, by = by)
}

# In the order of the elements of a result, and of the columns made of them.
result_tables <- list(
  names = result_table("text"),
  scores = result_table("float32"),
  logfoldchanges = result_table("float32"),
  pvals = result_table("float64"),
  pvals_adj = result_table("float64"),
  zscores = result_table("float64", optional = TRUE),
  log10_pvals = result_table("float64", optional = TRUE),
  log10_pvals_adj = result_table("float64", optional = TRUE),
  auc = result_table("float64", optional = TRUE),
  means = result_table("float64", optional = TRUE),
  means_rest = result_table("float64", optional = TRUE),
  auc_min = result_table("float64", optional = TRUE, by = "pairwise"),
  auc_mean = result_table("float64", optional = TRUE, by = "pairwise"),
  auc_median = result_table("float64", optional = TRUE, by = "pairwise"),
  auc_max = result_table("float64", optional = TRUE, by = "pairwise"),
  rank_min = result_table("float64", optional = TRUE, by = "pairwise"),
  pts = result_table("float64", "gene", TRUE, "pct_nz_group"),
  pts_rest = result_table("float64", "gene", TRUE, "pct_nz_reference")
)

#' Names of the tables that there can be
#'
#' @param per `"rank"` or `"gene"`.
#' @param optional Only those that a result need not have (`TRUE`), or that it
#'   must have (`FALSE`); `NULL` for all of them.
#' @param by Only those that a result has where this argument asks for them.
#' @noRd
table_names <- function(per, optional = NULL, by = NULL) {
  fits <- vapply(
    result_tables,
    function(table) {
      table$per == per &&
        (is.null(optional) || table$optional == optional) &&
        (is.null(by) || table$optional && table$by == by)
    },
    NA
  )
  names(result_tables)[fits]
}

#' Names of the tables of a result with one row per rank
#'
#' Tables that this package does not know belong to them, if they have the
#' columns and rows of `names`.
#' @noRd
rank_table_names <- function(result) {
  result <- unclass(result)
  known <- intersect(table_names("rank"), names(result))
  others <- setdiff(names(result), c(plain_elements, names(result_tables)))
  c(known, Filter(
    function(name) is_per_rank(result[[name]], result$names),
    others
  ))
}

is_per_rank <- function(table, names) {
  is.data.frame(table) &&
    nrow(table) == nrow(names) &&
    setequal(names(table), names(names)) &&
    # Rows with names are genes.
    !is.character(attr(table, "row.names"))
}

#' Type of the columns of a table: text, single or double precision
#'
#' @param settings The settings of the result, `NULL` where there are none.
#' @noRd
table_type <- function(name, table, settings) {
  if (name == "logfoldchanges" && !has_scanpys_fold_changes(settings)) {
    return("float64")
  }
  result_tables[[name]]$type %||%
    if (is.character(table[[1L]])) "text" else "float64"
}

#' Are fold changes Scanpy's, which are of single precision?
#' @noRd
has_scanpys_fold_changes <- function(settings) {
  identical(settings$lfc %||% "scanpy", "scanpy")
}

# `data.frame()` and `as.data.frame()` look at every column; hundreds of groups
# need no more than the attributes.
group_table <- function(columns,
                        row_names = .set_row_names(length(columns[[1L]]))) {
  structure(columns, row.names = row_names, class = "data.frame")
}

#' A table per gene, of a data frame that is one or of a matrix with dimnames
#' @noRd
gene_table <- function(values) {
  if (is.data.frame(values)) {
    return(values)
  }
  genes <- rownames(values)
  groups <- colnames(values)
  dimnames(values) <- NULL
  columns <- lapply(seq_along(groups), function(j) values[, j])
  group_table(rlang::set_names(columns, groups), genes)
}
