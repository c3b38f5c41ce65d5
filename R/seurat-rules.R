# Whose table: the rules that differ from one Seurat to the other, and those
# that Seurat chooses by the packages that are installed.

#' The rules that a table of markers follows
#'
#' @param version,ties,exact As [find_markers()] takes them.
#' @return A list: `version`, `"4"` or `"5"`; `release`, a version of Seurat to
#'   compare with; `logfc.threshold` and `min.pct`, its defaults;
#'   `ties_but_largest`; `exact`, whether p-values are those of
#'   `wilcox.test()`; `by_limma`, whether limma's are taken as long as it can.
#' @noRd
seurat_rules <- function(version, ties, exact, call) {
  installed <- version_of("Seurat")
  version <- check_version(version, installed, call)
  if (!is.null(ties)) {
    check_choice(ties, c("all", "presto1.0"), "ties", call)
  }
  if (!is.null(exact)) {
    check_flag(exact, "exact", call)
  }
  c(
    list(version = version, release = release_of(version, installed)),
    if (version == "4") {
      list(logfc.threshold = 0.25, min.pct = 0.1)
    } else {
      list(logfc.threshold = 0.1, min.pct = 0.01)
    },
    rules_of_p_values(version, ties, exact, !is.null(installed))
  )
}

check_version <- function(version, installed, call) {
  version <- version %||% if (isTRUE(installed < "5")) "4" else "5"
  if (is_number(version)) {
    version <- as.character(version)
  }
  check_choice(version, c("4", "5"), "version", call)
  version
}

# The last of its kind where another is installed.
release_of <- function(version, installed) {
  if (identical(substr(as.character(installed), 1L, 1L), version)) {
    return(installed)
  }
  numeric_version(if (version == "4") "4.4.0" else "5.5.1")
}

#' What Seurat chooses by the packages that are there
#' @noRd
rules_of_p_values <- function(version, ties, exact, has_seurat) {
  # Seurat 4 does not know of presto.
  presto <- if (has_seurat && version == "5") version_of("presto")
  has_limma <- has_seurat && !is.null(version_of("limma"))
  older_presto <- is.null(ties) && isTRUE(presto < "1.1.0")
  list(
    ties_but_largest = identical(ties, "presto1.0") || older_presto,
    exact = exact %||% (has_seurat && is.null(presto) && !has_limma),
    by_limma = is.null(presto) && has_limma
  )
}

# Without loading the package.
version_of <- function(package) {
  tryCatch(utils::packageVersion(package), error = function(cnd) NULL)
}

#' What a fold change is made of
#'
#' @param source What [open_markers()] says of the values: `class` of the
#'   assay, `layer`, `norm_method`.
#' @return `"linear"` for `expm1()` of the values, `"stored"` for the values as
#'   they are, `"difference"` for no more than the difference of their means.
#' @noRd
fold_change_kind <- function(source, rules) {
  by_layer <- switch(source$layer,
    scale.data = "difference",
    counts = "stored",
    "linear"
  )
  norm <- source$norm_method
  if (source$class == "matrix") {
    # Without a log of Seurat's, values are what they should be.
    "linear"
  } else if (source$class == "SCT") {
    # There Seurat 4 has one function for all layers.
    if (rules$version == "4") "linear" else by_layer
  } else if (rules$release < "4.2.0") {
    by_layer
  } else if (rules$release < "4.4.0") {
    # Only a recorded NormalizeData() says that values are logarithms.
    is_log <- identical(norm, "LogNormalize") || by_layer == "difference"
    if (is_log) by_layer else "stored"
  } else if (is.null(norm)) {
    by_layer
  } else {
    is_known <- norm == "LogNormalize" &&
      source$layer %in% c("data", "scale.data")
    if (is_known) by_layer else "stored"
  }
}

#' The name that Seurat gives to the column of fold changes
#' @noRd
fold_change_name <- function(layer, base) {
  if (layer == "scale.data") {
    return("avg_diff")
  }
  paste0("avg_log", if (base == exp(1)) "" else base, "FC")
}
