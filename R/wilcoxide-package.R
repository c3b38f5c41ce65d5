# Without these imports nothing would load the coercions of package Matrix.

#' @keywords internal
#' @importClassesFrom Matrix CsparseMatrix dMatrix generalMatrix
#' @importFrom methods as is validObject
#' @importFrom rlang %||%
#' @importMethodsFrom Matrix coerce
#' @useDynLib wilcoxide, .registration = TRUE
"_PACKAGE"
