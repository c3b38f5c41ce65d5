# Bioconductor's containers: genes in rows, cells in columns.

#' @param assay.type Which assay of a SummarizedExperiment to rank, a name or a
#'   number. `NULL` means `"logcounts"`, or `"X"` where there is no such assay.
#' @param altexp Which alternative experiment of a SingleCellExperiment to rank
#'   instead of the main one, a name or a number.
#' @section SingleCellExperiment:
#' `groupby` may name a column of `colData(x)`, `mask_var` one of the `rowData`
#' of what is ranked. Without `groupby`, the groups of a SingleCellExperiment
#' are its `colLabels(x)`. An alternative experiment has its cells' groups in
#' `colData(x)`, too.
#'
#' Only the fold changes depend on the base of the logarithm. It is `log_base`
#' or, without that, `metadata(x)$log1p$base`, where `zellkonverter::readH5AD()`
#' puts it. If neither is there, `"logcounts"` with size factors beside them
#' (`colData(x)$sizeFactor`) are taken to be those of
#' `scuttle::logNormCounts()`, which are to base 2; a message says so once per
#' session. All others are taken to be natural logarithms. For natural
#' logarithms with size factors, give `log_base = exp(1)`.
#'
#' @examples
#'
#' # A SingleCellExperiment
#' if (requireNamespace("SingleCellExperiment", quietly = TRUE)) {
#'   sce <- SingleCellExperiment::SingleCellExperiment(
#'     list(logcounts = log1p(counts)),
#'     colData = data.frame(cluster)
#'   )
#'   rank_genes_groups(sce, "cluster", threads = 1)
#' }
#' @name rank_genes_groups
NULL

view_of.SummarizedExperiment <- function(x,
                                         ...,
                                         assay.type = NULL, # nolint
                                         altexp = NULL,
                                         log_base = NULL,
                                         call) {
  check_bioc_package(
    "SummarizedExperiment",
    "Ranking a SummarizedExperiment",
    call
  )
  check_log_base(log_base, call)
  experiment_view(x, assay.type, altexp, log_base, call)
}

check_bioc_package <- function(package, what, call) {
  install <- sprintf("BiocManager::install(\"%s\")", package)
  check_package(package, what, install, call = call)
}

experiment_view <- function(x, assay_type, altexp, log_base, call) {
  ranked <- ranked_experiment(x, altexp, call)
  assay_type <- choose_assay(ranked, assay_type, call)
  assay <- SummarizedExperiment::assay(
    ranked,
    assay_type,
    withDimnames = FALSE
  )
  part <- cli::format_inline("Assay {.val {assay_type}}")
  values <- container_values(assay, part, dim(ranked), TRUE, call)
  expression_view(
    matrix = values$matrix,
    blocks = values$blocks,
    genes = rownames(ranked) %||% as.character(seq_len(nrow(ranked))),
    n_cells = ncol(x),
    cells = colnames(x),
    obs = frame_annotation(SummarizedExperiment::colData(x), "colData(x)"),
    var = frame_annotation(
      SummarizedExperiment::rowData(ranked),
      if (is.null(altexp)) "rowData(x)" else "rowData(altExp(x))"
    ),
    log_base = log_base %||% experiment_log_base(x, ranked, assay_type, call),
    name_calls = c(
      genes = if (is.null(altexp)) "rownames(x)" else "rownames(altExp(x))",
      cells = "colnames(x)"
    ),
    default_groupby = default_labels(x),
    layer = if (!assay_type %in% default_assays) as.character(assay_type)
  )
}

# The column that `colLabels()` gives.
default_labels <- function(x) {
  has_labels <- is(x, "SingleCellExperiment") &&
    "label" %in% colnames(SummarizedExperiment::colData(x))
  if (has_labels) "label"
}

default_assays <- c("logcounts", "X")

ranked_experiment <- function(x, altexp, call) {
  if (is.null(altexp)) {
    return(x)
  }
  check_bioc_package(
    "SingleCellExperiment",
    "Ranking an alternative experiment",
    call
  )
  there <- if (is(x, "SingleCellExperiment")) {
    SingleCellExperiment::altExpNames(x)
  }
  check_part(
    altexp,
    there,
    "altexp",
    cli::format_inline("alternative experiments of {.arg x}"),
    call,
    by_place = TRUE
  )
  SingleCellExperiment::altExp(x, altexp)
}

choose_assay <- function(x, assay_type, call) {
  there <- SummarizedExperiment::assayNames(x)
  if (is.null(assay_type)) {
    assay_type <- default_assays[default_assays %in% there][1L]
    if (is.na(assay_type)) {
      abort_no_default_assay(there, call)
    }
  }
  # Assays may have no names at all.
  there <- there %||% rep("", length(SummarizedExperiment::assays(x)))
  check_part(
    assay_type,
    there,
    "assay.type",
    cli::format_inline("assays of {.arg x}"),
    call,
    by_place = TRUE
  )
}

abort_no_default_assay <- function(there, call) {
  abort_input(
    c(
      "{.arg assay.type} must name an assay, as none is called
       {.or {.val {default_assays}}}.",
      x = if (length(there) > 0L) {
        "{cli::qty(there)}Assay{?s} there: {.val {there}}."
      } else {
        "The assays of {.arg x} have no names; give a number."
      },
      i = if ("counts" %in% there) {
        "{.code scuttle::logNormCounts(x)} makes the assay {.val logcounts}."
      }
    ),
    call = call
  )
}

#' Columns of a data frame of Bioconductor
#' @noRd
frame_annotation <- function(frame, what) {
  annotation(
    names = colnames(frame),
    # Columns may be run-length encoded.
    get = function(name) S4Vectors::decode(frame[[name]]),
    what = what
  )
}

# An alternative experiment that notes nothing is one with the main one, but it
# has size factors of its own.
experiment_log_base <- function(x, ranked, assay_type, call) {
  noted <- S4Vectors::metadata(ranked)[["log1p"]] %||%
    S4Vectors::metadata(x)[["log1p"]]
  if (is.null(noted)) {
    return(if (looks_like_scuttle(ranked, assay_type)) 2)
  }
  base <- log1p_base(S4Vectors::metadata(ranked)) %||%
    log1p_base(S4Vectors::metadata(x))
  noted_log_base(base, "metadata(x)$log1p$base", call)
}

# scuttle takes logarithms to base 2 and notes it nowhere; it leaves its size
# factors behind, while objects that come from Seurat or Scanpy have none.
looks_like_scuttle <- function(ranked, assay_type) {
  columns <- colnames(SummarizedExperiment::colData(ranked))
  if (!identical(assay_type, "logcounts") || !"sizeFactor" %in% columns) {
    return(FALSE)
  }
  cli::cli_inform(
    c(
      i = "Taking {.val logcounts} as logarithms to base 2, as
           {.fn scuttle::logNormCounts} makes them: {.arg x} has size factors
           and records no other base. For natural logarithms give
           {.code log_base = exp(1)}."
    ),
    class = "wilcoxide_message",
    .frequency = "once",
    .frequency_id = "wilcoxide_log_base"
  )
  TRUE
}
