#' Convert a ranking to one data frame
#'
#' One row per gene and group, as `scanpy.get.rank_genes_groups_df()` has it.
#'
#' `as.data.frame()`, `tibble::as_tibble()`, `generics::tidy()` and
#' `data.table::as.data.table()` give the same table, always with a column
#' `group`. Functions that expect a data frame convert a ranking to this table:
#' `subset()`, `with()`, `within()`, `transform()` and `merge()` work on it, and
#' so do formulas and `ggplot2::ggplot()`. For the verbs of dplyr, convert it
#' first: `result |> as_tibble() |> filter(pvals_adj < 0.05)`.
#'
#' @param result What [rank_genes_groups()] returned.
#' @param group The groups to return, in this order; `NULL` for all of them.
#' @param pval_cutoff Keep rows whose adjusted p-value is less than this.
#' @param log2fc_min,log2fc_max Keep rows whose log2 fold change is greater
#'   than `log2fc_min` and less than `log2fc_max`. As in Scanpy, its fold
#'   changes are float32 numbers and are compared with the bound as a float32
#'   number.
#' @param gene_symbols Another name for each gene, such as a symbol for an
#'   Ensembl id: a vector named by the genes. They become a column `symbol`.
#' @param combine For a ranking within levels (`split_by`): how to combine the
#'   levels, see below. `NULL` gives all of them, one after the other.
#' @param ... For `rank_genes_groups_df()`, no more arguments: a misspelt one is
#'   an error. For the others, arguments of `rank_genes_groups_df()`.
#'
#' @return A data frame whose rows are the genes of the first group by rank,
#'   then those of the next. Its columns:
#'
#'   * `group`: factor, its levels the groups in the order asked for. There is
#'     no such column when there is exactly one group.
#'   * `names`: character, the gene.
#'   * `scores`, `logfoldchanges`, `pvals`, `pvals_adj`: as in `result`, and
#'     after them the optional tables that `result` has.
#'   * `pct_nz_group`: fraction of the group's cells that express the gene, if
#'     `result` was made with `pts = TRUE`. Genes that
#'     [filter_rank_genes_groups()] set to `NA` have no fraction and are left
#'     out then; without fractions they stay, with `NA` as name.
#'   * `pct_nz_reference`: the same of all other cells, if the reference was
#'     the rest.
#'   * `symbol`, with `gene_symbols`: `NA` for genes that have none there.
#'
#'   Rows whose value is `NaN` pass no filter on it.
#'
#' @section Levels:
#' The table of a ranking within levels has a column `level` before `group`,
#' which it always has, too. With `combine`, it has one row for each gene and
#' group:
#'
#' * `n_levels`, `n_up`: in how many levels the group is compared, and in how
#'   many its score is positive;
#' * `scores`, `pvals`: with `combine = "max_p"` those of the level with the
#'   largest p-value, so that a gene that is significant is so in every level
#'   (Seurat's `max_pval`); with `"min_p"`, those of the level with the
#'   smallest, the p-value being the chance that one of so many levels has one
#'   as small, `1 - (1 - p)^n_levels`; with `"stouffer"`, the weighted mean
#'   `sum(w * z) / sqrt(sum(w^2))` of the scores and its two-sided p-value,
#'   where `w^2` is `n1 * n2 / (n1 + n2)` for `n1` cells in the group and `n2`
#'   on the other side;
#' * `logfoldchanges`: the mean over the levels;
#' * `pvals_adj`: adjusted over all genes, group by group.
#'
#' Its rows are in the order of `pvals`. Look at `n_up`, too: `"max_p"` and
#' `"min_p"` do not ask whether the levels agree in the direction.
#'
#' @seealso [rank_genes_groups()], [filter_rank_genes_groups()]
#' @examples
#' set.seed(1)
#' counts <- matrix(rpois(200 * 60, 1), nrow = 200)
#' rownames(counts) <- paste0("gene", 1:200)
#' counts[1:10, 1:20] <- counts[1:10, 1:20] + 3
#' groups <- factor(rep(c("a", "b", "c"), each = 20))
#'
#' result <- rank_genes_groups(log1p(counts), groups, pts = TRUE)
#' head(rank_genes_groups_df(result, group = "a"))
#' rank_genes_groups_df(result, pval_cutoff = 0.05, log2fc_min = 1)
#' head(as.data.frame(result))
#' @export
rank_genes_groups_df <- function(result,
                                 group = NULL,
                                 pval_cutoff = NULL,
                                 log2fc_min = NULL,
                                 log2fc_max = NULL,
                                 ...,
                                 gene_symbols = NULL,
                                 combine = NULL) {
  call <- rlang::current_env()
  if (!missing(result) && is_split(result)) {
    return(df_of_split(
      result,
      group,
      pval_cutoff,
      log2fc_min,
      log2fc_max,
      gene_symbols,
      combine,
      ...,
      call = call
    ))
  }
  if (!is.null(combine)) {
    abort_input(
      c(
        "{.arg combine} must be NULL for a ranking without levels.",
        x = "It is {given(combine)}.",
        i = if (!missing(result) && is_ranking_file(result)) {
          "Levels in a file can't be combined: rank without {.arg output}."
        } else {
          "Rank with {.arg split_by} to have levels to combine."
        }
      ),
      call = call
    )
  }
  get_table <- if (!missing(result) && is_ranking_file(result)) {
    long_table_of_file
  } else {
    long_table
  }
  table <- get_table(
    result,
    group,
    pval_cutoff,
    log2fc_min,
    log2fc_max,
    ...,
    gene_symbols = gene_symbols,
    call = call,
    arg = "result"
  )
  if (nlevels(table$group) == 1L && is.null(table$level)) {
    table$group <- NULL
  }
  table
}

#' @rdname rank_genes_groups_df
#' @param x What [rank_genes_groups()] returned.
#' @param row.names `NULL`, or names for the rows.
#' @param optional Not used.
#' @param stringsAsFactors Make a factor of the column `names`?
#' @method as.data.frame rank_genes_groups
#' @export
as.data.frame.rank_genes_groups <- function(x,
                                            row.names = NULL, # nolint
                                            optional = FALSE,
                                            ...,
                                            stringsAsFactors = FALSE) { # nolint
  call <- rlang::current_env()
  check_flag(stringsAsFactors, "stringsAsFactors", call)
  table <- long_table(x, ..., call = call)
  if (stringsAsFactors) {
    table$names <- factor(table$names)
  }
  if (!is.null(row.names)) {
    row_names <- check_new_row_names(row.names, table, call)
    table <- group_table(table, row_names)
  }
  table
}

check_new_row_names <- function(row_names, table, call) {
  fits <- is.atomic(row_names) && length(row_names) == nrow(table) &&
    !anyNA(row_names) && anyDuplicated(row_names) == 0L
  if (!fits) {
    abort_input(
      c(
        "{.arg row.names} must be NULL, or {nrow(table)} names, all different.",
        x = "It is {given(row_names)}."
      ),
      call = call
    )
  }
  as.character(row_names)
}

#' The table of a ranking within levels
#' @noRd
df_of_split <- function(result,
                        group,
                        pval_cutoff,
                        log2fc_min,
                        log2fc_max,
                        gene_symbols,
                        combine,
                        ...,
                        call) {
  if (is.null(combine)) {
    return(stack_levels(
      result,
      group,
      pval_cutoff,
      log2fc_min,
      log2fc_max,
      ...,
      gene_symbols = gene_symbols,
      call = call,
      arg = "result"
    ))
  }
  check_understood(
    ...,
    known = names(formals(rank_genes_groups_df)),
    call = call
  )
  check_split_result(result, call, "result")
  check_bound(pval_cutoff, "pval_cutoff", call)
  check_bound(log2fc_min, "log2fc_min", call)
  check_bound(log2fc_max, "log2fc_max", call)
  labels <- symbol_labels(gene_symbols, NULL, call)
  table <- combine_levels(result, combine, group, call)
  rows <- rows_within(table, pval_cutoff, log2fc_min, log2fc_max)
  table <- take_rows(table, rows)
  if (!is.null(labels)) {
    table$symbol <- unname(labels[match(table$names, names(labels))])
  }
  group_table(table)
}

#' Check what a table is asked for, of a ranking in memory or in a file
#'
#' @param there The groups of the ranking.
#' @return The groups of the table.
#' @noRd
check_df_arguments <- function(group,
                               there,
                               pval_cutoff,
                               log2fc_min,
                               log2fc_max,
                               ...,
                               call) {
  check_understood(
    ...,
    known = c(
      "group", "pval_cutoff", "log2fc_min", "log2fc_max", "gene_symbols"
    ),
    others = c(groups = "group"),
    call = call
  )
  group <- check_df_groups(group, there, call = call)
  check_bound(pval_cutoff, "pval_cutoff", call)
  check_bound(log2fc_min, "log2fc_min", call)
  check_bound(log2fc_max, "log2fc_max", call)
  group
}

#' One table of all groups asked for, always with a column `group`
#'
#' @param arg Name of the argument `result` for messages.
#' @noRd
long_table <- function(result,
                       group = NULL,
                       pval_cutoff = NULL,
                       log2fc_min = NULL,
                       log2fc_max = NULL,
                       ...,
                       gene_symbols = NULL,
                       call = rlang::caller_env(),
                       arg = "x") {
  check_result(result, call, arg)
  group <- check_df_arguments(
    group,
    names(result$names),
    pval_cutoff,
    log2fc_min,
    log2fc_max,
    ...,
    call = call
  )
  labels <- symbol_labels(gene_symbols, NULL, call)

  # Scanpy compares its fold changes in their precision.
  bound <- bound_of_fold_changes(result$settings)
  rows <- lapply(group, function(one) {
    columns <- lapply(
      unclass(result)[c("pvals_adj", "logfoldchanges")],
      .subset2,
      one
    )
    rows_within(columns, pval_cutoff, bound(log2fc_min), bound(log2fc_max))
  })
  table <- stack_tables(result, group, rows, call)
  if (!is.null(result$pts)) {
    table <- add_fractions(table, result, group)
  }
  if (!is.null(labels)) {
    table$symbol <- unname(labels[match(table$names, names(labels))])
  }
  group_table(table)
}

check_df_groups <- function(group,
                            there,
                            arg = "group",
                            call = rlang::caller_env()) {
  if (is.null(group)) {
    return(there)
  }
  if (!is.atomic(group) || length(group) == 0L) {
    abort_input(
      c(
        "{.arg {arg}} must be NULL or names of groups.",
        x = "It is {.obj_type_friendly {group}}.",
        i = "Groups there: {.val {there}}."
      ),
      call = call
    )
  }
  group <- as.character(group)
  unknown <- setdiff(group, there)
  if (length(unknown) > 0L) {
    abort_input(
      c(
        "{.arg {arg}} must name groups of {.arg result}.",
        x = "There {cli::qty(unknown)}{?is/are} no group{?s} {.val {unknown}}.",
        i = "Groups there: {.val {there}}."
      ),
      call = call
    )
  }
  twice <- unique(group[duplicated(group)])
  if (length(twice) > 0L) {
    abort_input(
      c(
        "{.arg {arg}} must name each group once.",
        x = "More than once: {.val {twice}}."
      ),
      call = call
    )
  }
  group
}

check_bound <- function(x, arg, call = rlang::caller_env()) {
  if (!is.null(x)) {
    check_one_number(x, arg, call)
  }
}

#' Tables per rank as columns, group after group
#'
#' @param rows For each group, TRUE where a row of it is wanted, or one TRUE for
#'   all of them.
#' @noRd
stack_tables <- function(result,
                         group,
                         rows = rep(list(TRUE), length(group)),
                         call = rlang::caller_env()) {
  is_whole <- vapply(rows, isTRUE, NA)
  rows[!is_whole] <- lapply(rows[!is_whole], which)
  tables <- lapply(
    result[intersect(table_names("rank"), names(result))],
    function(table) {
      columns <- unname(unclass(table)[group])
      # Rows are taken group by group: those of thousands are never whole.
      columns[!is_whole] <- Map(`[`, columns[!is_whole], rows[!is_whole])
      columns
    }
  )
  n_rows <- lengths(tables$names)
  # A caller may have put columns of another type into a result.
  are_plain <- vapply(tables, function(columns) {
    types <- unique(vapply(columns, typeof, ""))
    length(types) == 1L && types %in% c("character", "double")
  }, NA)
  stacked <- stack_columns(
    unname(tables[are_plain]),
    n_rows,
    if (sum(n_rows) < rows_worth_threads) 1L else resolve_threads(NULL, call)
  )
  check_status(stacked, call)
  tables[are_plain] <- stacked$columns
  tables[!are_plain] <- lapply(tables[!are_plain], unlist, use.names = FALSE)
  codes <- structure(stacked$codes, levels = group, class = "factor")
  c(list(group = codes), tables)
}

# Fewer rows are stacked before threads have started.
rows_worth_threads <- 1e5

# TRUE where a row passes every bound that was given.
rows_within <- function(table, pval_cutoff, log2fc_min, log2fc_max) {
  passed <- TRUE
  if (!is.null(pval_cutoff)) {
    passed <- passed & table$pvals_adj < pval_cutoff
  }
  if (!is.null(log2fc_min)) {
    passed <- passed & table$logfoldchanges > log2fc_min
  }
  if (!is.null(log2fc_max)) {
    passed <- passed & table$logfoldchanges < log2fc_max
  }
  passed
}

take_rows <- function(table, rows) {
  if (isTRUE(rows)) {
    return(table)
  }
  rows <- which(rows)
  lapply(table, `[`, rows)
}

# Scanpy joins the fractions by name, so a row without a name goes.
add_fractions <- function(table, result, group) {
  if (anyNA(table$names)) {
    table <- take_rows(table, !is.na(table$names))
  }
  column <- as.integer(table$group)
  for (name in intersect(table_names("gene"), names(result))) {
    table[[result_tables[[name]]$column]] <-
      fractions_at(result[[name]], group, table$names, column)
  }
  table
}

#' Look fractions up
#'
#' @param fractions `pts` or `pts_rest` of a result.
#' @param group Groups to look among.
#' @param genes,column For each fraction wanted, its gene and the place of its
#'   group in `group`.
#' @noRd
fractions_at <- function(fractions, group, genes, column) {
  row <- match(genes, attr(fractions, "row.names"))
  stacked <- unlist(unclass(fractions)[group], use.names = FALSE)
  # In doubles: all cells of a table may be more than an integer counts.
  stacked[row + (column - 1) * nrow(fractions)]
}
