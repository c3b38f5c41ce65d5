# Files of AnnData: the path of an `.h5ad` file stands for the object.

#' @param use_raw,layer Which matrix of an AnnData, in R or in an `.h5ad` file,
#'   to rank, by Scanpy's rules: with `use_raw = TRUE` that of `raw`, else `X`,
#'   or the `layer` of that name. `use_raw = NULL` means `TRUE` where there is
#'   `raw`; a layer is then ranked with `use_raw = FALSE` only. `mask_var` is
#'   about the genes of `X`, so it fits `raw` only where `raw` has as many. Of a
#'   Seurat object, `layer` is the layer, or slot, of the assay.
#' @param modality Of a MuData file (`.h5mu`), the name of the modality to rank,
#'   such as `"rna"`.
#' @name rank_genes_groups
NULL

view_of.character <- function(x,
                              ...,
                              use_raw = NULL,
                              layer = NULL,
                              modality = NULL,
                              call) {
  check_h5ad_string(x, "x", "the path of an {.file .h5ad} file", call)
  check_use_raw(use_raw, call)
  if (!is.null(layer)) {
    check_h5ad_string(layer, "layer", "the name of a layer, or NULL", call)
  }
  check_modality_string(modality, call)
  h5ad_view(x, use_raw, layer, modality, call)
}

h5ad_view <- function(path, use_raw, layer, modality, call) {
  read_file <- function(read) {
    with_h5ad(path, read, call, modality = modality)
  }
  about <- read_file(function(h5ad) describe_h5ad(h5ad, use_raw, layer))
  about["modality"] <- list(modality)
  expression_view(
    matrix = NULL,
    blocks = h5ad_blocks(path, about, call),
    genes = about$genes,
    n_cells = about$n_cells,
    cells = function() read_file(function(h5ad) frame_index(h5ad, "obs")),
    obs = h5ad_annotation(path, "obs", about$obs, read_file, about$n_cells),
    var = h5ad_annotation(path, "var", about$var, read_file),
    log_base = about$log_base,
    single = about$single,
    use_raw = about$use_raw,
    layer = layer
  )
}

h5ad_annotation <- function(path, frame, columns, read_file, size = NULL) {
  read <- function(name, ...) {
    read_file(function(h5ad) frame_column(h5ad, frame, name, size, ...))
  }
  annotation(
    names = columns,
    get = read,
    what = frame,
    path = path,
    groups = function(name) read(name, as_labels = TRUE)
  )
}

check_modality_string <- function(modality, call) {
  if (!is.null(modality)) {
    check_h5ad_string(
      modality, "modality", "the name of a modality, or NULL", call
    )
  }
}

check_h5ad_string <- function(value, arg, what, call) {
  is_missing <- missing(value)
  if (!is_missing && rlang::is_string(value) && !is.na(value)) {
    return(invisible())
  }
  abort_input(
    c(
      paste0("{.arg {arg}} must be one string, ", what, "."),
      x = if (is_missing) "It is missing." else "It is {given(value)}."
    ),
    call = call
  )
}
