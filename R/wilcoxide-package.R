# Without these imports nothing would load the coercions of package Matrix.

#' @details
#' [rank_genes_groups()] ranks the genes of whatever holds your cells, and says
#' what exactly is computed. [rank_genes_groups_df()] gives the result as one
#' table, [as_seurat_markers()] and [as_marker_list()] give it as tables of
#' Seurat and Bioconductor.
#'
#' `vignette("wilcoxide")` is a first tour; `vignette("seurat")`,
#' `vignette("bioconductor")` and `vignette("scanpy")` are for those who come
#' from there, and so is the page [wilcoxide-scanpy].
#' @keywords internal
#' @importClassesFrom Matrix CsparseMatrix dMatrix generalMatrix
#' @importFrom methods as is validObject
#' @importFrom rlang %||% .data
#' @importMethodsFrom Matrix coerce
#' @useDynLib wilcoxide, .registration = TRUE
"_PACKAGE"
