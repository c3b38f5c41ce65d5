#' Find markers with Seurat's arguments and tables
#'
#' `find_all_markers()` and `find_markers()` take the arguments of Seurat's
#' `FindAllMarkers()` and `FindMarkers()` and return their table: the same rows
#' in the same order, the same row names and columns; fractions of cells are
#' identical, and p-values, adjusted p-values and fold changes agree within
#' 1e-12 (relative). All groups are tested in one pass over the values.
#'
#' These are Seurat's numbers. For Scanpy's, see [rank_genes_groups()].
#'
#' @section Which Seurat:
#' `version = "5"` is Seurat 5.1 and later, `"4"` is Seurat 4. They differ in
#' the fold change (Seurat 5 adds the pseudocount to the sum of the values of a
#' side, Seurat 4 to their mean), in the defaults of `logfc.threshold` (0.1;
#' 0.25) and `min.pct` (0.01; 0.1), in the order of genes whose p-values are
#' equal, and in where values of `slot` other than `"data"` count: in Seurat 5
#' only for p-values, in Seurat 4 for fold changes and fractions, too. `NULL`
#' means the Seurat that is installed, else 5. Of Seurat 4, the release that is
#' installed counts: from 4.2 to 4.3 it takes values for logarithms only where
#' `NormalizeData()` is in the object's log.
#'
#' Seurat takes its p-values from presto, limma or [stats::wilcox.test()],
#' whichever is installed. All correct for ties and continuity, and their
#' p-values agree except in two cases, in which `NULL` follows what is
#' installed:
#'
#' * `exact`: `wilcox.test()`, which is used if neither presto nor limma is
#'   installed, gives exact p-values for genes without ties when both sides have
#'   fewer than 50 cells.
#' * `ties`: presto before 1.1.0 leaves cells that share a gene's largest value
#'   out of the correction for ties. `"presto1.0"` reproduces tables made with
#'   it; `"all"` corrects for all ties.
#'
#' In one case the p-values are not those of Seurat with presto: presto 1.0.0
#' ranks negative values of a sparse matrix above its zeros, as in the assay of
#' `IntegrateData()`. Here values are ranked by size, as limma and
#' `wilcox.test()` do.
#'
#' @section Details of Seurat that the table reproduces:
#' * Fractions are rounded to three digits before `min.pct` and `min.diff.pct`
#'   are applied to them.
#' * p-values are multiplied by the number of all features of the layer, also
#'   when fewer were tested (`features`, filters). Filters look at the same
#'   values as the test, so a short list does not mean fewer false positives.
#' * A fold change of `"data"` adds a pseudocount to sums, in Seurat 5: `1 / n`
#'   in a side of `n` cells. A gene that two cells of a small cluster express
#'   has a large fold change. Ask for `min.pct = 0.25` before choosing
#'   genes by it.
#' * Cells whose identity is `NA` are in the rest of every group.
#' * `max.cells.per.ident` draws cells for the p-value only; fractions and fold
#'   changes are those of all cells. The cells drawn are Seurat's for this
#'   `random.seed`, and the random numbers of your session go on as before.
#'   There is no need to leave out cells for speed here.
#' * With `only.pos = TRUE`, rows of a gene in a second group are named
#'   `LYZ1`, else `LYZ.1`. The column `gene` has the name.
#' * If no gene passes a filter, the table of [find_markers()] has no rows and
#'   lacks the columns of p-values, with a warning.
#'
#' @param object A Seurat object, or whatever else [rank_genes_groups()] takes:
#'   a matrix of logarithms, a SummarizedExperiment, an AnnData object, the path
#'   of an `.h5ad` file. Those need `group.by`, whose groups are then named and
#'   ordered as [rank_genes_groups()] does.
#' @param assay Assay of a Seurat object; `NULL` for the default one.
#' @param features Names of the features to test; `NULL` for all.
#' @param group.by Name of a column that describes cells, or a vector with one
#'   entry per cell; `NULL` for the identities of a Seurat object.
#' @param logfc.threshold,min.pct Keep features whose fold change is at least
#'   this (either direction, unless `only.pos`), and that at least this fraction
#'   of the cells of one side express. `NULL` means the defaults of the
#'   `version`.
#' @param test.use `"wilcox"`; others are refused.
#' @param slot,layer Layer of the values, two names of one argument: `NULL`
#'   means `"data"` of a Seurat object, and what [rank_genes_groups()] takes of
#'   others. Split layers are joined for the call.
#' @param min.diff.pct Keep features whose fractions on both sides differ by at
#'   least this.
#' @param verbose Show a progress bar, in interactive sessions, when the call
#'   lasts longer than a second?
#' @param only.pos Keep only features whose fold change is positive?
#' @param max.cells.per.ident,random.seed Test at most this many cells of each
#'   side, drawn with `set.seed(random.seed)`.
#' @param latent.vars Must be `NULL`: a Wilcoxon test takes no covariates.
#' @param min.cells.feature Accepted but not used, as in Seurat's Wilcoxon test.
#' @param min.cells.group Cells that each side must have. `find_all_markers()`
#'   leaves smaller groups out, with a warning.
#' @param pseudocount.use,base Pseudocount and base of the logarithm of fold
#'   changes.
#' @param fc.name Name of the column of fold changes; `NULL` for Seurat's own.
#' @param recorrect_umi Refuse an SCT assay of several models of unequal
#'   library sizes, as Seurat does?
#' @param return.thresh Keep features whose p-value is below this.
#' @param ... Arguments that [rank_genes_groups()] has for this kind of `object`
#'   alone, such as `cells`, `assay.type` or `use_raw`.
#' @param version,ties,exact Whose numbers, see below.
#' @param threads Number of threads, see [rank_genes_groups()].
#'
#' @return A data frame with one row per feature, or per group and feature,
#'   ordered by p-value within each group, and Seurat's columns:
#'
#'   * `p_val`: two-sided p-value of the Wilcoxon rank-sum test.
#'   * `avg_log2FC`: fold change, positive where the first side is higher. Its
#'     name has the `base`; of scaled values in Seurat 4 it is `avg_diff`, the
#'     difference of the means.
#'   * `pct.1`, `pct.2`: fraction of cells with a value above 0 on either side.
#'   * `p_val_adj`: `p_val` times the number of features, at most 1.
#'   * `cluster` (a factor) and `gene`, of `find_all_markers()`.
#'
#' @seealso [find_conserved_markers()]; [rank_genes_groups()] for Scanpy's
#'   numbers, and [as_seurat_markers()] for those in Seurat's columns.
#' @examples
#' set.seed(1)
#' counts <- matrix(rpois(200 * 60, 0.4), nrow = 200)
#' dimnames(counts) <- list(paste0("gene", 1:200), paste0("cell", 1:60))
#' counts[1:10, 1:20] <- counts[1:10, 1:20] + 3
#' groups <- factor(rep(c("a", "b", "c"), each = 20))
#'
#' markers <- find_all_markers(log1p(counts), group.by = groups, threads = 1)
#' head(markers)
#' head(find_markers(log1p(counts), "a", "b", group.by = groups, threads = 1))
#'
#' # A Seurat object has identities of its own
#' if (requireNamespace("SeuratObject", quietly = TRUE)) {
#'   pbmc <- SeuratObject::pbmc_small
#'   head(find_all_markers(pbmc, only.pos = TRUE, min.pct = 0.25, threads = 1))
#' }
#' @name find_markers
NULL

#' @rdname find_markers
#' @export
find_all_markers <- function(object,
                             assay = NULL,
                             features = NULL,
                             group.by = NULL, # nolint
                             logfc.threshold = NULL, # nolint
                             test.use = "wilcox", # nolint
                             slot = NULL,
                             min.pct = NULL, # nolint
                             min.diff.pct = -Inf, # nolint
                             verbose = TRUE,
                             only.pos = FALSE, # nolint
                             max.cells.per.ident = Inf, # nolint
                             random.seed = 1, # nolint
                             latent.vars = NULL, # nolint
                             min.cells.feature = 3, # nolint
                             min.cells.group = 3, # nolint
                             pseudocount.use = 1, # nolint
                             base = 2,
                             return.thresh = 0.01, # nolint
                             fc.name = NULL, # nolint
                             recorrect_umi = TRUE,
                             ...,
                             layer = slot,
                             version = NULL,
                             ties = NULL,
                             exact = NULL,
                             threads = NULL) {
  call <- rlang::current_env()
  check_object_given(missing(object), call)
  rules <- seurat_rules(version, ties, exact, call)
  options <- check_marker_options(given_options(call), rules, call)
  source <- open_markers(object, options, list(...), rules, call)
  from <- fold_change_source(source)
  features <- asked_features(features, from$view, call)
  levels <- levels(source$idents)
  idents <- factor(levels[levels %in% source$idents], levels)
  is_large <- large_enough(idents, source, min.cells.group, call)
  by_group <- markers_of_all(
    source,
    idents[is_large],
    features,
    options,
    rules,
    call
  )
  markers <- all_markers_frame(
    by_group,
    idents[is_large],
    fc.name %||% fold_change_name(from$layer, base),
    options,
    rules
  )
  if (nrow(markers) == 0L) {
    cli::cli_warn(
      "No markers pass: the table is empty.",
      class = c("wilcoxide_warning_no_markers", "wilcoxide_warning")
    )
  }
  markers
}

#' @param ident.1,ident.2 The two sides: identities, several of which are
#'   pooled, or names of cells. `ident.2 = NULL` means all cells that are not
#'   in the first.
#' @param subset.ident Compare only cells of these identities, which are then
#'   grouped by `group.by`; it has an effect only together with `group.by`.
#' @rdname find_markers
#' @export
find_markers <- function(object,
                         ident.1 = NULL, # nolint
                         ident.2 = NULL, # nolint
                         group.by = NULL, # nolint
                         subset.ident = NULL, # nolint
                         assay = NULL,
                         slot = NULL,
                         features = NULL,
                         logfc.threshold = NULL, # nolint
                         test.use = "wilcox", # nolint
                         min.pct = NULL, # nolint
                         min.diff.pct = -Inf, # nolint
                         verbose = TRUE,
                         only.pos = FALSE, # nolint
                         max.cells.per.ident = Inf, # nolint
                         random.seed = 1, # nolint
                         latent.vars = NULL, # nolint
                         min.cells.feature = 3, # nolint
                         min.cells.group = 3, # nolint
                         pseudocount.use = 1, # nolint
                         base = 2,
                         fc.name = NULL, # nolint
                         recorrect_umi = TRUE,
                         ...,
                         layer = slot,
                         version = NULL,
                         ties = NULL,
                         exact = NULL,
                         threads = NULL) {
  call <- rlang::current_env()
  check_object_given(missing(object), call)
  rules <- seurat_rules(version, ties, exact, call)
  options <- check_marker_options(given_options(call), rules, call)
  source <- open_markers(object, options, list(...), rules, call)
  from <- fold_change_source(source)
  features <- asked_features(features, from$view, call)
  sides <- marker_sides(ident.1, ident.2, source, min.cells.group, call)
  rows <- markers_of_sides(source, sides, features, options, rules, call)
  warn_none_passed(rows, call)
  markers_frame(rows, fc.name %||% fold_change_name(from$layer, base))
}

check_object_given <- function(is_missing, call) {
  if (is_missing) {
    abort_input(
      c(
        "{.arg object} must be the data to find markers in.",
        x = "It is missing."
      ),
      call = call
    )
  }
}

#' Which identities have cells enough, with a warning of the others
#' @noRd
large_enough <- function(idents, source, least, call) {
  sizes <- tabulate(source$idents, nlevels(idents))[as.integer(idents)]
  is_large <- sizes >= least & length(source$idents) - sizes >= least
  small <- as.character(idents[!is_large])
  if (length(small) > 0L) {
    cli::cli_warn(
      c(
        "{cli::qty(small)}{?Identity/Identities} {.val {small}} {?is/are} left
         out, with fewer cells on one side than {.arg min.cells.group}, which is
         {least}."
      ),
      class = c("wilcoxide_warning_small", "wilcoxide_warning"),
      call = call
    )
  }
  is_large
}
