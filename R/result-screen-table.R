#' Convert a ranking to the long table of a perturbation screen
#'
#' One row per perturbation and gene, in the columns that tools for screens use:
#' pdex writes such tables, and cell-eval reads them.
#'
#' Genes are in the order of the ranking, one group after another. Rankings of
#' 2,000 groups and 8,500 genes have 17 million rows, which take a second or
#' two, and 1.2 GB.
#'
#' @param result What [rank_genes_groups()] returned with
#'   `statistics = c("means", "means_rest", "auc")`, or with `output`: the rows
#'   are then read from the file.
#' @param on_target For each perturbation the gene that it should change: a
#'   vector of genes whose names are groups, such as
#'   `c(sgCD3D = "CD3D", sgLYZ = "LYZ")`. The table then has only these rows, in
#'   this order, and shows whether the knock-down worked. A group may be named
#'   more than once, with several genes.
#'
#' @return A data frame. Its columns:
#'
#'   * `level`, of a ranking within levels (`split_by`): factor, the level;
#'   * `target`: factor, the group, which is the perturbation;
#'   * `feature`: character, the gene;
#'   * `target_mean`, `reference_mean`: means of the values as they are stored,
#'     in the group and in what it is compared with;
#'   * `target_cells`, `reference_cells`: how many cells these are;
#'   * `log2_fold_change`, `p_value`: `logfoldchanges` and `pvals` of the
#'     ranking;
#'   * `auc`: the area under the ROC curve;
#'   * `fdr`: `pvals_adj`, adjusted as the ranking was: over all groups and
#'     genes if it was made with `adjust_over = "all"`, and `NA` for genes that
#'     its `min_fraction` kept out;
#'   * other tables that `statistics` asked for, and with `pts = TRUE` the
#'     fractions of expressing cells, as in [rank_genes_groups_df()].
#'
#'   Genes that [filter_rank_genes_groups()] set to `NA` are left out.
#'
#' @seealso [rank_genes_groups_df()] for Scanpy's columns
#' @examples
#' # Three guides and control cells; "sgG1" lowers the gene G1, and so on
#' set.seed(1)
#' guide <- sample(c("control", "sgG1", "sgG2", "sgG3"), 400, replace = TRUE)
#' counts <- matrix(rpois(50 * 400, 2), nrow = 50)
#' rownames(counts) <- paste0("G", 1:50)
#' for (i in 1:3) {
#'   hit <- guide == paste0("sgG", i)
#'   counts[i, hit] <- rpois(sum(hit), 0.3)
#' }
#'
#' result <- rank_genes_groups(
#'   log1p(counts), guide,
#'   reference = "control",
#'   statistics = c("means", "means_rest", "auc"),
#'   adjust_over = "all",
#'   threads = 1
#' )
#' head(as_screen_table(result))
#'
#' # Did the knock-downs work?
#' as_screen_table(result, on_target = c(sgG1 = "G1", sgG2 = "G2", sgG3 = "G3"))
#' @export
as_screen_table <- function(result, on_target = NULL) {
  call <- rlang::current_env()
  if (!missing(result) && is_ranking_file(result)) {
    return(screen_table_of_file(result, on_target, call))
  }
  if (!missing(result) && is_split(result)) {
    return(screen_table_of_levels(result, on_target, call))
  }
  check_result(result)
  check_screen_tables(result, call)
  on_target <- check_on_target(on_target, result, call)
  group_table(screen_table(result, on_target, call))
}

#' The columns of the table of one ranking
#' @noRd
screen_table <- function(result, on_target, call) {
  groups <- names(result$names)
  table <- if (is.null(on_target)) {
    named_rows(stack_tables(result, groups, call = call))
  } else {
    rows_on_target(result, on_target, call)
  }
  screen_columns(table, result, groups)
}

#' The tables of all levels, one after the other
#' @noRd
screen_table_of_levels <- function(result, on_target, call) {
  check_split_result(result, call, "result")
  levels <- unclass(result)
  for (level in levels) {
    check_screen_tables(level, call)
  }
  all <- unique(unlist(lapply(levels, function(level) names(level$names))))
  known <- list(names = rlang::set_names(as.list(all), all))
  on_target <- check_on_target(on_target, known, call)
  tables <- lapply(levels, function(level) {
    there <- names(on_target) %in% names(level$names)
    if (is.null(on_target) || any(there)) {
      screen_table(level, on_target[there], call)
    }
  })
  group_table(bind_levels(
    Filter(length, tables),
    all,
    column = screen_names[["group"]]
  ))
}

# What a screen's columns are made of, by their name in a ranking.
screen_names <- c(
  group = "target",
  names = "feature",
  means = "target_mean",
  means_rest = "reference_mean",
  logfoldchanges = "log2_fold_change",
  pvals = "p_value",
  auc = "auc",
  pvals_adj = "fdr"
)

#' Columns of a long table as a screen has them
#'
#' @param table A list of columns, one for each table of a ranking, and `group`.
#' @noRd
screen_columns <- function(table, result, groups) {
  column <- as.integer(table$group)
  settings <- result$settings
  if (!is.null(result$pts)) {
    table <- add_fractions(table, result, groups)
  }
  named <- table[names(screen_names)]
  names(named) <- screen_names
  sizes <- list(
    target_cells = unname(settings$group_sizes)[column],
    reference_cells = unname(settings$opposite_sizes)[column]
  )
  others <- setdiff(names(table), c(names(screen_names), "scores"))
  c(named[1:4], sizes, named[5:8], table[others])
}

#' Refuse a ranking that lacks what a screen's columns are made of
#' @noRd
check_screen_tables <- function(result, call) {
  needed <- c("means", "means_rest", "auc")
  lacks <- needed[!needed %in% names(result)]
  if (length(lacks) > 0L) {
    lacks <- sprintf("\"%s\"", lacks)
    whole <- sprintf("\"%s\"", needed)
    abort_input(
      c(
        "{.arg result} must hold the means of both sides and the area under the
         ROC curve.",
        x = "It was made without {.code {lacks}} among its {.arg statistics}.",
        i = "Rank the genes with {.code statistics =
             c({paste(whole, collapse = ', ')})}."
      ),
      call = call
    )
  }
  if (is.null(result$settings$group_sizes)) {
    abort_input(
      c(
        "{.arg result} must hold the number of cells of its groups.",
        x = "Its {.field settings} do not hold them: it was not made by
             {.fn rank_genes_groups}."
      ),
      call = call
    )
  }
  if (identical(result$settings$lfc, "mean_difference")) {
    abort_input(
      c(
        "{.arg result} must hold log2 fold changes.",
        x = "It holds differences of means.",
        i = "Rank the genes with another {.arg lfc}."
      ),
      call = call
    )
  }
}

# On target -------------------------------------------------------------------

#' Which gene each perturbation should change, checked
#'
#' @return `NULL`, or a character vector of genes named by groups.
#' @noRd
check_on_target <- function(on_target, result, call) {
  if (is.null(on_target)) {
    return(NULL)
  }
  check_named_genes(on_target, call)
  groups <- names(on_target)
  levels <- names(result$names)
  unknown <- setdiff(groups, levels)
  if (length(unknown) > 0L) {
    abort_input(
      c(
        "The names of {.arg on_target} must be groups of {.arg result}.",
        x = "There {cli::qty(unknown)}{?is no group/are no groups}
             {.val {unknown}}.",
        i = did_you_mean(unknown, levels),
        i = groups_there()
      ),
      call = call
    )
  }
  rlang::set_names(as.character(on_target), groups)
}

check_named_genes <- function(on_target, call) {
  is_text <- is.character(on_target) || is.factor(on_target)
  if (!is_text || length(on_target) == 0L || anyNA(on_target)) {
    abort_input(
      c(
        "{.arg on_target} must be NULL, or names of genes that have the groups
         as their names.",
        x = if (is_text && anyNA(on_target)) {
          "{sum(is.na(on_target))} of its genes {?is/are} NA."
        } else {
          "It is {given(on_target)}."
        },
        i = "For example {.code c(sgCD3D = \"CD3D\")}."
      ),
      call = call
    )
  }
  check_has_groups(names(on_target), call)
}

check_has_groups <- function(groups, call) {
  lacking <- if (is.null(groups)) Inf else sum(is.na(groups) | groups == "")
  if (lacking > 0) {
    abort_input(
      c(
        "{.arg on_target} must name the group of each gene.",
        x = if (is.null(groups)) {
          "It has no names."
        } else {
          "{lacking} of its genes {?has/have} none."
        },
        i = "For example {.code c(sgCD3D = \"CD3D\")}."
      ),
      call = call
    )
  }
}

#' The rows of genes in their groups
#' @noRd
rows_on_target <- function(result, on_target, call) {
  groups <- names(on_target)
  rows <- unlist(Map(match, on_target, unclass(result$names)[groups]))
  if (anyNA(rows)) {
    abort_no_targets(on_target[is.na(rows)], result, call)
  }
  tables <- intersect(table_names("rank"), names(result))
  columns <- lapply(unclass(result)[tables], function(table) {
    unlist(Map(`[`, unclass(table)[groups], rows), use.names = FALSE)
  })
  levels <- names(result$names)
  codes <- match(groups, levels)
  c(
    list(group = structure(codes, levels = levels, class = "factor")),
    columns
  )
}

abort_no_targets <- function(lacking, result, call) {
  genes <- unique(unname(lacking))
  groups <- unique(names(lacking))
  there <- unique(unlist(lapply(
    unclass(result$names)[groups],
    stats::na.omit
  )))
  n_ranked <- result$settings$n_ranked
  abort_input(
    c(
      "The genes of {.arg on_target} must be in the tables of their groups.",
      x = "There {cli::qty(genes)}{?is no gene/are no genes} {.val {genes}} in
           {cli::qty(groups)}group{?s} {.val {groups}}.",
      i = did_you_mean(genes, there),
      i = if (nrow(result$names) < (n_ranked %||% Inf)) {
        "The tables have {nrow(result$names)} of {n_ranked} genes: rank without
         {.arg n_genes} to have all."
      }
    ),
    call = call
  )
}
