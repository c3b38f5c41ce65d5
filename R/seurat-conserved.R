#' Find conserved markers with Seurat's arguments and table
#'
#' `find_conserved_markers()` takes the arguments of Seurat's
#' `FindConservedMarkers()` and returns its table: [find_markers()] within each
#' level of `grouping.var` (condition, donor), for the genes that pass in all of
#' them. No further package is needed.
#'
#' @details
#' A gene is in the table if it passes the filters in every level that was
#' tested. The combined p-value is that of the smallest, `1 - (1 - p)^k` of `k`
#' levels: a gene that is a marker in one level alone has a small one, too. Look
#' at `max_pval`, or at the signs of the fold changes, before calling a gene
#' conserved. To test all levels at once within each of them, see
#' [rank_genes_groups()].
#'
#' Details of Seurat that the table reproduces:
#'
#' * `assay = NULL` is the assay `"RNA"` of a Seurat object, not the default
#'   one.
#' * The column of the combined p-value is called `minimump_p_val` whatever
#'   `meta.method` is.
#' * Levels come in the order of their size, the smallest first, and rows with
#'   the same combined p-value in the order of the first level.
#'
#' @param object,ident.1,ident.2,group.by As for [find_markers()], identities
#'   only. `ident.2 = NULL` means the other cells of the level.
#' @param grouping.var Name of a column that describes cells, or a vector with
#'   one entry per cell.
#' @param assay Assay of a Seurat object; `NULL` for `"RNA"`.
#' @param slot Layer of the values, see [find_markers()].
#' @param min.cells.group Cells that each side must have in a level; levels with
#'   fewer cells in `ident.1` are left out, with a warning.
#' @param meta.method `NULL` for the p-value of the smallest one, or a function
#'   such as those of package metap, which takes a vector of p-values and
#'   returns a list with `p`.
#' @param verbose As for [find_markers()].
#' @param ... Other arguments of [find_markers()].
#'
#' @return A data frame with one row per gene: the columns of [find_markers()]
#'   for each level, their names starting with `<level>_`; `max_pval` and
#'   `minimump_p_val`, by which the rows are ordered. The last two are missing
#'   where only one level was tested.
#' @seealso [find_markers()]
#' @examples
#' set.seed(1)
#' counts <- matrix(rpois(200 * 60, 0.4), nrow = 200)
#' dimnames(counts) <- list(paste0("gene", 1:200), paste0("cell", 1:60))
#' counts[1:10, 1:20] <- counts[1:10, 1:20] + 3
#' groups <- rep(c("a", "b", "c"), each = 20)
#' donors <- rep(c("d1", "d2"), 30)
#'
#' find_conserved_markers(
#'   log1p(counts), "a",
#'   grouping.var = donors, group.by = groups, min.pct = 0.5, threads = 1
#' )
#' @export
find_conserved_markers <- function(object,
                                   ident.1 = NULL, # nolint
                                   ident.2 = NULL, # nolint
                                   grouping.var = NULL, # nolint
                                   assay = NULL,
                                   slot = NULL,
                                   min.cells.group = 3, # nolint
                                   meta.method = NULL, # nolint
                                   verbose = TRUE,
                                   group.by = NULL, # nolint
                                   ...) {
  call <- rlang::current_env()
  check_object_given(missing(object), call)
  if (!is.null(meta.method) && !is.function(meta.method)) {
    abort_input(
      c(
        "{.arg meta.method} must be NULL or a function of p-values, such as
         {.code metap::sumlog}.",
        x = "It is {given(meta.method)}."
      ),
      call = call
    )
  }
  is_seurat <- inherits(object, "Seurat")
  asked <- marker_arguments(
    list(
      assay = assay %||% if (is_seurat) "RNA",
      slot = slot,
      min.cells.group = min.cells.group,
      verbose = verbose,
      group.by = group.by,
      ...
    )
  )
  rules <- seurat_rules(asked$version, asked$ties, asked$exact, call)
  options <- check_marker_options(asked$options, rules, call)
  source <- open_markers(object, options, asked$own, rules, call)
  features <- asked_features(
    options$features,
    fold_change_source(source)$view,
    call
  )
  strata <- conserved_levels(grouping.var, source$view, call)
  there <- levels(droplevels(source$idents))
  check_idents(ident.1, there, "ident.1", call)
  if (!is.null(ident.2)) {
    check_idents(ident.2, there, "ident.2", call)
  }
  fc_name <- options$fc.name %||%
    fold_change_name(fold_change_source(source)$layer, options$base)
  tables <- lapply(levels(strata), function(level) {
    within <- source
    within$cells <- intersect(source$cells, which(strata == level))
    sides <- conserved_sides(within, ident.1, ident.2, level, options, call)
    if (!is.null(sides)) {
      rows <- markers_of_sides(within, sides, features, options, rules, call)
      warn_none_passed(rows, call)
      markers_frame(rows, fc_name)
    }
  })
  names(tables) <- levels(strata)
  tables <- Filter(Negate(is.null), tables)
  if (length(tables) == 0L) {
    abort_input(
      c(
        "At least one level of {.arg grouping.var} must have cells to test.",
        x = "None of {.val {levels(strata)}} has enough cells."
      ),
      call = call
    )
  }
  combine_conserved(tables, meta.method, call)
}

#' Arguments of find_markers() with its defaults, and those of the input
#' @noRd
marker_arguments <- function(given) {
  known <- setdiff(names(formals(find_markers)), c("object", "..."))
  is_known <- rlang::names2(given) %in% known
  defaults <- lapply(formals(find_markers)[known], function(default) {
    if (!is.name(default)) eval(default, baseenv())
  })
  options <- utils::modifyList(defaults, given[is_known], keep.null = TRUE)
  options["layer"] <- list(options$layer %||% options$slot)
  list(
    options = options[setdiff(names(options), c("version", "ties", "exact"))],
    version = options$version,
    ties = options$ties,
    exact = options$exact,
    own = given[!is_known]
  )
}

#' Levels of a grouping variable, the smallest first
#' @noRd
conserved_levels <- function(grouping.var, view, call) { # nolint
  if (is.null(grouping.var)) {
    abort_input(
      c(
        "{.arg grouping.var} must say in which groups markers are to hold.",
        x = "It is NULL or missing."
      ),
      call = call
    )
  }
  strata <- with_argument(
    "grouping.var",
    cell_groups(grouping.var, view, call)
  )
  sizes <- sort(table(strata))
  factor(strata, names(sizes)[sizes > 0L])
}

#' The two sides within a level, `NULL` where there are none to compare
#' @noRd
conserved_sides <- function(source, ident.1, ident.2, level, options, call) { # nolint
  there <- unique(as.character(source$idents[source$cells]))
  absent <- setdiff(as.character(c(ident.1, ident.2)), there)
  one <- source$cells[source$idents[source$cells] %in% as.character(ident.1)]
  least <- options$min.cells.group
  if (length(absent) > 0L || length(one) < least) {
    cli::cli_warn(
      c(
        "Left out level {.val {level}} of {.arg grouping.var}.",
        x = if (length(absent) > 0L) {
          "It has no cells of {.val {absent}}."
        } else {
          "It has {length(one)} cell{?s} of {.val {ident.1}}, fewer than
           {.arg min.cells.group}."
        }
      ),
      class = c("wilcoxide_warning_small", "wilcoxide_warning"),
      call = call
    )
    return(NULL)
  }
  marker_sides(ident.1, ident.2, source, least, call)
}

#' Tables of all levels as one
#' @noRd
combine_conserved <- function(tables, meta_method, call) {
  features <- Reduce(intersect, lapply(tables, rownames))
  by_level <- Map(
    function(table, level) {
      table <- table[match(features, rownames(table)), , drop = FALSE]
      names(table) <- paste(level, names(table), sep = "_")
      as.list(table)
    },
    tables,
    names(tables)
  )
  columns <- do.call(c, unname(by_level))
  if (length(tables) == 1L) {
    cli::cli_warn(
      "Only one level was tested, {.val {names(tables)}}: there are no combined
       p-values.",
      class = c("wilcoxide_warning_one_level", "wilcoxide_warning"),
      call = call
    )
    return(group_table(columns, features))
  }
  p <- columns[paste(names(tables), "p_val", sep = "_")]
  # A table that no feature is in may have no p-values.
  p <- matrix(as.double(unlist(p)), length(features), length(tables))
  columns$max_pval <- apply(p, 1L, max)
  columns$minimump_p_val <- if (is.null(meta_method)) {
    smallest_of(p)
  } else {
    apply(p, 1L, combined_p, meta_method = meta_method, call = call)
  }
  order <- order(columns$minimump_p_val)
  group_table(take(columns, order), features[order])
}

combined_p <- function(p, meta_method, call) {
  combined <- meta_method(p)
  combined <- if (is.list(combined)) combined$p
  if (!is.numeric(combined) || length(combined) != 1L) {
    abort_input(
      c(
        "{.arg meta.method} must return a list with one number {.field p}.",
        x = "It returned {given(combined)}."
      ),
      call = call
    )
  }
  as.double(combined)
}

#' The p-value of the smallest of several
#'
#' `1 - (1 - p)^k`, which keeps the digits of small p-values.
#' @noRd
smallest_of <- function(p) {
  stats::pbeta(apply(p, 1L, min), 1, ncol(p))
}
