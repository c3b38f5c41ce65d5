# Seurat's table of one comparison: filters, order, adjusted p-values.

#' Fold changes and fractions of all features on both sides
#'
#' @param counts Those of [counts_of_group()].
#' @param kind See [fold_change_kind()].
#' @return A list of columns: `fc`, `pct.1`, `pct.2`.
#' @noRd
seurat_fold_changes <- function(counts, kind, options, rules) {
  pseudocount <- options$pseudocount.use
  of_side <- function(side) {
    n <- counts$n[[side]]
    sum <- counts$sums[[side]]
    if (kind == "difference") {
      sum / n
    } else if (rules$version == "4") {
      log(sum / n + pseudocount, base = options$base)
    } else {
      log((sum + pseudocount) / n, base = options$base)
    }
  }
  fraction <- function(side) {
    round(counts$above[[side]] / counts$n[[side]], digits = 3)
  }
  # Logarithms of negative means are NaN, as in Seurat, which warns of each.
  suppressWarnings(
    list(
      fc = of_side(1L) - of_side(2L),
      pct.1 = fraction(1L),
      pct.2 = fraction(2L)
    )
  )
}

#' Places of the features that pass Seurat's filters
#'
#' @param changes What [seurat_fold_changes()] returned.
#' @return A list of `places`, and of `failed`, the filter that left none.
#' @noRd
seurat_filter <- function(changes, layer, options, rules) {
  highest <- pmax(changes$pct.1, changes$pct.2)
  passed <- highest >= options$min.pct
  if (!any(passed, na.rm = TRUE)) {
    return(list(places = integer(), failed = "min.pct"))
  }
  passed <- passed & pct_difference(changes) >= options$min.diff.pct
  if (!any(passed, na.rm = TRUE)) {
    return(list(places = integer(), failed = "min.diff.pct"))
  }
  # Seurat 4 asks no fold change of differences of scaled values.
  if (rules$version == "4" && layer == "scale.data") {
    return(list(places = which(passed)))
  }
  change <- if (options$only.pos) changes$fc else abs(changes$fc)
  passed <- passed & change >= options$logfc.threshold
  if (!any(passed, na.rm = TRUE)) {
    return(list(places = integer(), failed = "logfc.threshold"))
  }
  list(places = which(passed))
}

#' The table of one comparison
#'
#' @param features Names of the features that `changes` has.
#' @param p_of Function of places among them that returns p-values.
#' @param n_features Features of the layer, by which p-values are multiplied.
#' @return A list of columns with `feature`, or with `failed`.
#' @noRd
seurat_markers <- function(changes,
                           features,
                           p_of,
                           n_features,
                           layer,
                           options,
                           rules) {
  filtered <- seurat_filter(changes, layer, options, rules)
  places <- filtered$places
  changes <- lapply(changes, `[`, places)
  if (length(places) == 0L) {
    return(c(changes, list(feature = character(), failed = filtered$failed)))
  }
  rows <- c(list(p_val = p_of(places)), changes)
  rows$feature <- features[places]
  if (options$only.pos) {
    rows <- take(rows, which(rows$fc > 0))
  }
  # Seurat 4 names a column of fold changes here and means that of p-values.
  by <- if (rules$version == "4") -rows$p_val else -pct_difference(rows)
  rows <- take(rows, order(rows$p_val, by))
  rows$p_val_adj <- pmin(1, n_features * rows$p_val)
  rows
}

pct_difference <- function(rows) {
  abs(rows$pct.1 - rows$pct.2)
}

take <- function(rows, at) {
  lapply(rows, `[`, at)
}

#' Columns of one comparison as Seurat's data frame
#' @noRd
markers_frame <- function(rows, fc_name) {
  columns <- rows[intersect(marker_columns, names(rows))]
  names(columns)[names(columns) == "fc"] <- fc_name
  group_table(columns, rows$feature)
}

marker_columns <- c("p_val", "fc", "pct.1", "pct.2", "p_val_adj")

#' Tables of all groups, one after the other
#'
#' @param by_group A list of what [seurat_markers()] returned, one per group.
#' @param groups A factor, these groups.
#' @noRd
all_markers_frame <- function(by_group, groups, fc_name, options, rules) {
  chosen <- lapply(by_group, function(rows) {
    if (is.null(rows$p_val)) {
      return(NULL)
    }
    by <- if (rules$version == "4") -rows$fc else -pct_difference(rows)
    rows <- take(rows, order(rows$p_val, by))
    take(rows, which(rows$p_val < options$return.thresh))
  })
  n <- vapply(chosen, function(rows) length(rows$p_val), 0L)
  if (sum(n) == 0L) {
    return(data.frame())
  }
  chosen <- chosen[n > 0L]
  names <- c(marker_columns, "feature")
  columns <- lapply(rlang::set_names(names), function(name) {
    unlist(lapply(chosen, `[[`, name), use.names = FALSE)
  })
  row_names <- if (options$only.pos) {
    names_of_rbind(lapply(chosen, `[[`, "feature"))
  } else {
    make.unique(columns$feature)
  }
  names(columns)[names(columns) == "fc"] <- fc_name
  columns$cluster <- rep(groups, n)
  gene <- columns$feature
  columns$feature <- NULL
  columns$gene <- gene
  group_table(columns, row_names)
}

#' Names that rows have when one table after the other is bound to the others
#'
#' `rbind()` makes those of each new table unique among those before. All at
#' once, a name that is new, "RPL31" of a second "RPL3", would give way to that
#' of a feature to come.
#' @noRd
names_of_rbind <- function(names) {
  all <- unlist(names)
  twice <- unique(all[duplicated(all)])
  features <- unique(all)
  may_collide <- function(n_digits) {
    ending <- sprintf("[0-9]{%d}$", n_digits)
    any(sub(ending, "", grep(ending, features, value = TRUE)) %in% twice)
  }
  digits <- seq_len(nchar(length(names)))
  if (!any(vapply(digits, may_collide, NA))) {
    return(make.unique(all, sep = ""))
  }
  Reduce(function(before, new) make.unique(c(before, new), sep = ""), names)
}
