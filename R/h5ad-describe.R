# Where an `.h5ad` file keeps what is ranked.

#' Look at everything but the values
#'
#' @param use_raw,layer As in [rank_genes_groups()].
#' @return A list: `matrix`, the path of the matrix in the file; `n_cells`;
#'   `genes`; `obs` and `var`, the names of their columns; `log_base`;
#'   `single`, whether the values are in single precision; `use_raw`;
#'   `stamp`, see `file_stamp()`.
#' @noRd
describe_h5ad <- function(h5ad, use_raw = NULL, layer = NULL) {
  stamp <- file_stamp(path.expand(h5ad$path))
  check_is_h5ad(h5ad)
  use_raw <- resolve_use_raw(
    use_raw,
    layer,
    has_raw = !is.null(h5ad_raw_part(h5ad, "X")),
    source = cli::format_inline("{.file {h5ad$path}}"),
    call = h5ad$call
  )
  matrix <- h5ad_matrix_part(h5ad, use_raw, layer)
  shape <- h5ad_matrix_shape(h5ad, matrix)
  genes <- frame_index(h5ad, if (use_raw) h5ad_raw_part(h5ad, "var") else "var")
  if (length(genes) != shape[[2L]]) {
    abort_damaged(
      h5ad,
      matrix,
      sprintf("It has %d genes, %d have names.", shape[[2L]], length(genes))
    )
  }
  list(
    matrix = matrix,
    n_cells = shape[[1L]],
    genes = genes,
    obs = frame_columns(h5ad, "obs"),
    var = frame_columns(h5ad, "var"),
    log_base = h5ad_log_base(h5ad),
    single = h5ad_is_single(h5ad, matrix),
    use_raw = use_raw,
    stamp = stamp
  )
}

#' Path of a part of `raw`, `NULL` where the file has no `raw`
#'
#' It was `raw.X` and `raw.var` before anndata 0.7.
#' @noRd
h5ad_raw_part <- function(h5ad, name) {
  if (h5_exists(h5ad, "raw") && h5_is_group(h5ad, "raw")) {
    paste0("raw/", name)
  } else if (h5_exists(h5ad, "raw.X")) {
    paste0("raw.", name)
  }
}

h5ad_matrix_part <- function(h5ad, use_raw, layer) {
  part <- if (use_raw) {
    h5ad_raw_part(h5ad, "X")
  } else if (is.null(layer)) {
    "X"
  } else {
    check_layer_exists(h5ad, layer)
    paste0("layers/", layer)
  }
  if (!h5_exists(h5ad, part) || h5_is_null(h5ad, part)) {
    abort_file(
      c(
        "There is nothing to rank in {.file {h5ad$path}}.",
        x = "It has no {.field {part}}."
      ),
      call = h5ad$call
    )
  }
  part
}

check_layer_exists <- function(h5ad, layer) {
  layers <- if (h5_exists(h5ad, "layers")) h5_members(h5ad, "layers")
  if (layer %in% layers) {
    return(invisible())
  }
  abort_file(
    c(
      "{.arg layer} must name a layer of {.file {h5ad$path}}.",
      x = "There is no layer {.val {layer}}.",
      i = if (length(layers) > 0L) {
        "Layers there: {.val {layers}}."
      } else {
        "The file has no layers."
      }
    ),
    call = h5ad$call
  )
}

#' Base of the logarithm that `scanpy.pp.log1p()` noted, `NULL` for natural
#' @noRd
h5ad_log_base <- function(h5ad) {
  part <- "uns/log1p/base"
  if (!h5_exists(h5ad, part) || h5_is_null(h5ad, part)) {
    return(NULL)
  }
  base <- h5_values(h5ad, part)
  if (!is_log_base(base)) {
    abort_damaged(h5ad, part, "It is not one positive number other than 1.")
  }
  as.double(base)
}

is_log_base <- function(x) {
  is_number(x) && x > 0 && x != 1
}
