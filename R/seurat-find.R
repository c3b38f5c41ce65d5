# From checked arguments to Seurat's tables: what find_markers(),
# find_all_markers() and find_conserved_markers() share.

#' The values of the layer whose fold changes the table has
#' @noRd
fold_change_source <- function(source) {
  source$fc %||% source
}

#' The places of features among those of the layer that is tested
#' @noRd
tested_places <- function(names, source, call) {
  view <- source$view
  if (is.null(source$fc)) {
    return(match(names, view$genes))
  }
  places <- match(names, view$genes)
  if (anyNA(places)) {
    missing <- names[is.na(places)]
    abort_input(
      c(
        "Layer {.val {source$layer}} must have all features that pass the
         filters, whose fold changes are those of layer {.val data}.",
        x = "It lacks {.val {missing}}.",
        i = "Give {.arg features} that are in both layers."
      ),
      call = call
    )
  }
  places
}

#' The table of two sides
#'
#' @param sides What [marker_sides()] returned.
#' @param features Places of the features among those of the fold changes.
#' @param options What [check_marker_options()] returned.
#' @param counts Those of the two sides and of all features of the source of
#'   fold changes, if they are known.
#' @return What [seurat_markers()] returns.
#' @noRd
markers_of_sides <- function(source,
                             sides,
                             features,
                             options,
                             rules,
                             call,
                             counts = NULL) {
  from <- fold_change_source(source)
  kind <- fold_change_kind(from, rules)
  linear <- kind == "linear"
  counts <- counts %||%
    counts_of_sides(
      from$view,
      sides,
      sort(features),
      linear,
      rules,
      options$run,
      call
    )
  at <- match(features, sort(features))
  changes <- take(seurat_fold_changes(counts, kind, options, rules), at)
  names <- from$view$genes[features]
  # Without a limit the sides are not even made where counts are known.
  is_limited <- is.finite(options$max.cells.per.ident)
  p_of <- function(places) {
    tested <- if (is_limited) {
      sample_sides(sides, options$max.cells.per.ident, options$random.seed)
    } else if (!is.null(source$fc)) {
      sides
    }
    if (is.null(tested) || (is.null(source$fc) && identical(tested, sides))) {
      of_genes <- c("rank_sum", "ties")
      counts[of_genes] <- take(counts[of_genes], at[places])
      return(seurat_p_values(counts, rules))
    }
    genes <- tested_places(names[places], source, call)
    counts <- counts_of_sides(
      source$view,
      tested,
      sort(genes),
      FALSE,
      rules,
      options$run,
      call
    )
    seurat_p_values(counts, rules)[match(genes, sort(genes))]
  }
  seurat_markers(
    changes,
    names,
    p_of,
    length(source$view$genes),
    from$layer,
    options,
    rules
  )
}

#' The tables of all identities, each against all other cells
#'
#' @param idents Those that are large enough, a factor.
#' @return A list of what [seurat_markers()] returns, one per identity.
#' @noRd
markers_of_all <- function(source, idents, features, options, rules, call) {
  from <- fold_change_source(source)
  sides_of <- function(ident, of) {
    one <- of$cells[of$idents[of$cells] %in% ident]
    list(one = one, two = setdiff(of$cells, one))
  }
  # The kernel counts groups of two cells and more at once.
  sizes <- tabulate(match(from$idents, idents), length(idents))
  at_once <- as.character(idents)[sizes >= 2L]
  counts <- if (length(at_once) > 0L) {
    group_counts(
      from$view,
      factor(as.character(from$idents), at_once),
      rep_len(TRUE, from$view$n_cells),
      sort(features),
      fold_change_kind(from, rules) == "linear",
      rules,
      options$run,
      call
    )
  }
  lapply(as.character(idents), function(ident) {
    column <- match(ident, at_once)
    markers_of_sides(
      source,
      sides_of(ident, source),
      features,
      options,
      rules,
      call,
      if (!is.na(column)) counts_of_group(counts, column)
    )
  })
}

#' Tell that a filter has left no feature, as Seurat does
#' @noRd
warn_none_passed <- function(rows, call) {
  if (!is.null(rows$failed)) {
    cli::cli_warn(
      "No features pass {.arg {rows$failed}}: the table is empty.",
      class = c("wilcoxide_warning_no_markers", "wilcoxide_warning"),
      call = call
    )
  }
}
