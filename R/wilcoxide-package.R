#' @keywords internal
#' @importFrom rlang %||%
#' @useDynLib wilcoxide, .registration = TRUE
"_PACKAGE"
