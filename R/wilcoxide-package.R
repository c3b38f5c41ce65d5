# Without these imports nothing would load the coercions of package Matrix.

#' @details
#' [rank_genes_groups()] ranks the genes of whatever holds your cells, and says
#' what exactly is computed. [rank_genes_groups_df()] gives the result as one
#' table, [as_seurat_markers()] and [as_marker_list()] give it as tables of
#' Seurat and Bioconductor.
#'
#' `vignette("wilcoxide")` is for getting started. `vignette("seurat")`,
#' `vignette("bioconductor")` and `vignette("scanpy")` are for users of these
#' packages, and so is the help page [wilcoxide-scanpy]. An installation from
#' the repository has no vignettes; all of them are at
#' <https://wilcoxide.github.io/wilcoxide>.
#' @keywords internal
#' @importClassesFrom Matrix CsparseMatrix dMatrix generalMatrix
#' @importFrom methods as is validObject
#' @importFrom rlang %||% .data
#' @importMethodsFrom Matrix coerce
#' @useDynLib wilcoxide, .registration = TRUE
"_PACKAGE"
