# From the arguments of rank_genes_groups() to a request: everything that is
# asked of the cells and genes of a view, checked.

#' Check what is asked of a view
#'
#' Nothing is read here but the annotations that the arguments name.
#'
#' @param view An expression view.
#' @param groupby As the user gave it, `NULL` where it is missing.
#' @param asked A list of the arguments that every input takes.
#' @return A request, a list: `groupby`, the name of the column of the groups
#'   or `NULL`; `min_cells`; `cells`, a factor, see [cell_groups()]; `chosen`,
#'   see [select_groups()]; `block`, see [check_block()]; `split`, see
#'   [check_split()]; `genes`, places of the genes to rank; `n_rows`, rows of
#'   the tables; `tables`, names of those that the kernel fills; `output`, the
#'   path of the file that they go to, or `NULL`; `method`, `corr_method`,
#'   `adjust_over`, `min_fraction`, `alternative`, `lfc`, `pseudocount`,
#'   `rankby_abs`, `pts`, `tie_correct`, `mean_in_log_space`, `correct`,
#'   `exact`, `pairwise`;
#'   `threads`; `progress`; `workers`, see [block_workers()].
#' @noRd
check_request <- function(view, groupby, asked, call) {
  check_method(asked$method, call)
  flags <- c(
    "rankby_abs", "pts", "tie_correct", "mean_in_log_space", "correct", "exact",
    "pairwise",
    "progress"
  )
  for (flag in flags) {
    check_flag(asked[[flag]], flag, call)
  }
  asked <- check_options(asked, call)
  output <- check_output(asked, call)
  workers <- block_workers(asked$BPPARAM, asked$BPREDO, view, call)
  # Workers share the cores already.
  threads <- resolve_threads(
    if (is.null(workers)) asked$threads else asked$threads %||% 1L,
    call
  )
  check_not_empty(view, call)

  groupby <- given_groups(groupby, view, call)
  cells <- cell_groups(groupby, view, call)
  chosen <- select_groups(
    asked$groups,
    asked$reference,
    asked$exclude,
    check_min_cells(asked$min_cells, call),
    cells,
    call
  )
  level_of <- levels_of_cells(asked$split_by, view, call)
  block <- check_block(
    asked$block,
    asked$block_weights,
    chosen,
    level_of,
    view,
    call
  )
  split <- check_split(asked$split_by, level_of, chosen, block, view, call)
  check_no_pairs_in_levels(asked$pairwise, split, call)
  genes <- ranked_genes(asked$mask_var, view, call)
  chosen$opponents <- pair_opponents(
    asked$pairwise,
    chosen,
    length(genes),
    view,
    call
  )
  if (asked$pts) {
    check_row_names(view$genes[genes], call)
  }
  passed_on <- c(
    "method", "corr_method", "adjust_over", "min_fraction", "alternative",
    "lfc", "pseudocount", flags
  )
  c(
    asked[passed_on],
    list(
      groupby = if (is_column_name(groupby, view)) groupby,
      min_cells = chosen$min_cells,
      cells = chosen$cells,
      chosen = chosen,
      block = block,
      split = split,
      genes = genes,
      n_rows = check_n_genes(asked$n_genes, length(genes), call),
      tables = if (is.null(output)) {
        asked_tables(asked$statistics, asked$pairwise, call)
      } else {
        check_statistics(asked$statistics, call)
        output_tables(
          unique(asked$statistics),
          asked$pairwise,
          fraction_columns(asked$pts, !is.null(chosen$reference))
        )
      },
      output = output,
      threads = threads,
      workers = workers
    )
  )
}

#' The tables to make: those that every result has, and those asked for
#'
#' The names of the genes are put in afterwards.
#' @noRd
asked_tables <- function(statistics, pairwise, call) {
  check_statistics(statistics, call)
  c(
    setdiff(table_names("rank", optional = FALSE), "names"),
    unique(statistics),
    if (pairwise) table_names("rank", by = "pairwise")
  )
}

check_statistics <- function(statistics, call) {
  optional <- table_names("rank", by = "statistics")
  is_known <- is.null(statistics) ||
    (is.character(statistics) && all(statistics %in% optional))
  if (!is_known) {
    unknown <- if (is.character(statistics)) setdiff(statistics, optional)
    abort_input(
      c(
        "{.arg statistics} must name tables that a result can have, or be
         NULL.",
        x = if (is.null(unknown)) {
          "It is {given(statistics)}."
        } else {
          "There {cli::qty(unknown)}{?is/are} no {.val {unknown}}."
        },
        i = "There {cli::qty(optional)}{?is/are}: {.val {optional}}."
      ),
      call = call
    )
  }
}

check_x_given <- function(is_missing, call) {
  if (is_missing) {
    abort_input(
      c("{.arg x} must be the data to rank.", x = "It is missing."),
      call = call
    )
  }
}

#' Refuse arguments that nothing takes, or another kind of input
#'
#' @param others Names of what came in `...`, empty where there is none.
#' @param own A list of the arguments given that are of some inputs only.
#' @noRd
check_arguments <- function(others, own, x, call) {
  taken <- own_arguments(x)
  foreign <- setdiff(names(own), taken)
  if (length(others) == 0L && length(foreign) == 0L) {
    return(invisible())
  }
  named <- ifelse(others == "", "(without a name)", others)
  wrong <- c(named, foreign)
  common <- setdiff(
    names(formals(rank_genes_groups)),
    c("x", "...", names(own_argument_of))
  )
  # cli shortens lists of more than 20.
  all <- cli::cli_vec(c(common, taken), list(`vec-trunc` = Inf))
  is_answered <- function(argument) {
    length(foreign_hints(argument, c(common, taken))) > 0L
  }
  abort_input(
    c(
      "{.fn rank_genes_groups} does not take {cli::qty(wrong)}{?this/these}
       argument{?s} here: {.arg {wrong}}.",
      rlang::set_names(foreign_lines(foreign), rep_len("x", length(foreign))),
      foreign_hints(others, c(common, taken)),
      # Whoever learns which argument was meant needs no list of them.
      i = if (length(foreign) > 0L || !all(vapply(others, is_answered, NA))) {
        "Arguments for this {.arg x}: {.arg {all}}."
      },
      # R takes `group = "B"` for `groupby = "B"`, and what was to be that for
      # another argument.
      i = if ("" %in% others) {
        "Names must be whole: {.code group = } is short for {.arg groupby}."
      }
    ),
    call = call
  )
}

foreign_lines <- function(arguments) {
  vapply(
    arguments,
    function(argument) {
      cli::format_inline(
        "{.arg {argument}} is for {own_argument_of[[argument]]}."
      )
    },
    "",
    USE.NAMES = FALSE
  )
}

# What takes the arguments that not every input takes.
own_argument_of <- c(
  cells = "matrices",
  log_base = "matrices and SummarizedExperiments",
  assay.type = "SummarizedExperiments",
  altexp = "SingleCellExperiments",
  assay = "Seurat objects",
  layer = "Seurat objects, AnnData objects and .h5ad files",
  use_raw = "AnnData objects and .h5ad files",
  modality = "paths of .h5mu files"
)

check_not_empty <- function(view, call) {
  n_genes <- length(view$genes)
  if (view$n_cells == 0L || n_genes == 0L) {
    abort_input(
      c(
        "{.arg x} must have cells and genes to rank.",
        x = "It has {view$n_cells} cell{?s} and {n_genes} gene{?s}."
      ),
      call = call
    )
  }
}

#' The groups as the user gave them, or those that an object means by default
#' @noRd
given_groups <- function(groupby, view, call) {
  groupby <- groupby %||% view$default_groupby
  if (is.null(groupby)) {
    abort_input(
      c(
        "{.arg groupby} must say which group each cell is in.",
        x = "It is NULL or missing.",
        i = if (length(view$obs$names) == 0L) {
          "Give a vector or a factor, one entry per cell."
        } else {
          "Give a vector, one entry per cell, or the name of a column of
           {.field {view$obs$what}}: {.val {view$obs$names}}."
        }
      ),
      call = call
    )
  }
  groupby
}
