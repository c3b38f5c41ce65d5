# Seurat's objects: features in rows, cells in columns, of the classes `Assay`
# (Seurat 3 and 4) and `Assay5`. Seurat 5's own `LayerData()` always copies, and
# of split layers it returns the first only.

#' @param assay Which assay of a Seurat object to rank, `NULL` for the default
#'   one.
#' @section Seurat:
#' `groupby` may name a column of the metadata; `NULL` means `Idents(x)`, and so
#' does `"ident"`. `mask_var` may name a column of the metadata of the assay's
#' features, `x[["RNA"]][[]]`. Give `mask_var = VariableFeatures(x)` to rank the
#' variable ones. Seurat's logarithms are natural. Ranking
#' `layer = "scale.data"` gives a warning, because its fold changes are
#' meaningless.
#'
#' The layers of a merged or split object (`data.1`, `data.2`) are joined for
#' the call alone, with a message; a feature that is not in all of them counts
#' as zero where it is missing. Cells go by their names and are ranked in the
#' order of the object. Cells that the layer does not have, such as those
#' outside of a sketch, are left out with a message and belong to no rest. A
#' `groupby` vector has one entry for each cell of the object all the same.
#'
#' @examples
#'
#' # A Seurat object
#' if (requireNamespace("SeuratObject", quietly = TRUE)) {
#'   pbmc_small <- SeuratObject::pbmc_small
#'   rank_genes_groups(pbmc_small, threads = 1)
#'   rank_genes_groups(pbmc_small, "letter.idents", groups = "B", threads = 1)
#' }
#' @name rank_genes_groups
NULL

view_of.Seurat <- function(x,
                           ...,
                           assay = NULL,
                           layer = "data",
                           call) {
  check_package("SeuratObject", "Ranking a Seurat object", call = call)
  assay <- assay %||% SeuratObject::DefaultAssay(x)
  check_part(
    assay,
    SeuratObject::Assays(x),
    "assay",
    cli::format_inline("assays of {.arg x}"),
    call
  )
  stored <- seurat_layer(x, assay, layer, call)
  if (identical(layer, "scale.data")) {
    warn_scaled(call)
  }
  seurat_view(x, stored, assay, layer, call)
}

seurat_view <- function(x, stored, assay, layer, call) {
  shape <- c(length(stored$genes), length(stored$cells))
  part <- seurat_part(layer, assay)
  values <- container_values(stored$values, part, shape, TRUE, call)
  expression_view(
    matrix = values$matrix,
    blocks = values$blocks,
    genes = stored$genes,
    n_cells = length(stored$cells),
    cells = stored$cells,
    obs = seurat_obs(x, stored$in_object),
    var = seurat_var(x@assays[[assay]], stored$genes, assay),
    name_calls = c(
      genes = sprintf("rownames(x[[\"%s\"]])", assay),
      cells = "colnames(x)"
    ),
    default_groupby = seurat_default_groups(x),
    in_object = stored$in_object,
    n_object_cells = nrow(x@meta.data),
    layer = if (layer != "data") layer
  )
}

warn_scaled <- function(call) {
  cli::cli_warn(
    c(
      "Fold changes of {.val scale.data} are meaningless: scaled values are not
       logarithms, and genes with a negative mean have no fold change at all.",
      i = "Rank {.code layer = \"data\"}, from which scaled values are made."
    ),
    class = c("wilcoxide_warning_scaled", "wilcoxide_warning"),
    call = call
  )
}

seurat_part <- function(layer, assay) {
  cli::format_inline("Layer {.val {layer}} of assay {.val {assay}}")
}

#' The values of a layer, their cells in the order of the object
#'
#' An assay may have its cells in another order, or lack some.
#'
#' @return A list: `values`; `genes` and `cells`, its names; `in_object`,
#'   places of the cells in the object.
#' @noRd
seurat_layer <- function(x, assay, layer, call) {
  object <- x@assays[[assay]]
  stored <- if (inherits(object, "Assay5")) {
    layer_of_assay5(object, assay, layer, call)
  } else if (inherits(object, "Assay")) {
    layer_of_assay(object, assay, layer, call)
  } else {
    abort_input(
      c(
        "Assay {.val {assay}} must be an {.cls Assay} or {.cls Assay5}.",
        x = "It is {given(object)}."
      ),
      call = call
    )
  }
  in_seurat_order(stored, row.names(x@meta.data), layer, assay)
}

in_seurat_order <- function(stored, cells, layer, assay) {
  at <- match(cells, stored$cells)
  stored$in_object <- which(!is.na(at))
  at <- at[stored$in_object]
  n_absent <- length(cells) - length(at)
  if (n_absent > 0L) {
    cli::cli_inform(
      "{n_absent} cell{?s} of {.arg x} {?is/are} not in layer {.val {layer}} of
       assay {.val {assay}} and {cli::qty(n_absent)}{?is/are} left out.",
      class = "wilcoxide_message"
    )
  }
  if (!identical(at, seq_along(stored$cells))) {
    stored$values <- stored$values[, at, drop = FALSE]
  }
  stored$cells <- stored$cells[at]
  stored
}

layer_of_assay <- function(object, assay, layer, call) {
  has_values <- function(name) all(dim(methods::slot(object, name)) > 0L)
  filled <- Filter(has_values, c("counts", "data", "scale.data"))
  check_layer(layer, filled, assay, call)
  values <- methods::slot(object, layer)
  list(
    values = values,
    genes = rownames(values),
    cells = colnames(values)
  )
}

layer_of_assay5 <- function(object, assay, layer, call) {
  there <- names(object@layers)
  if (rlang::is_string(layer) && !layer %in% there) {
    parts <- there[startsWith(there, paste0(layer, "."))]
    if (length(parts) > 1L) {
      object <- join_layers(object, assay, layer, parts, call)
    } else if (length(parts) == 1L) {
      layer <- parts
    }
  }
  check_layer(layer, names(object@layers), assay, call)
  # Matrices of this class have no names of their own.
  list(
    values = object@layers[[layer]],
    genes = object@features[[layer]],
    cells = object@cells[[layer]]
  )
}

#' One layer of the parts that a merged or split object has
#'
#' Features that a part lacks count as zeros there, as everywhere in Seurat.
#' @noRd
join_layers <- function(object, assay, layer, parts, call) {
  # Seurat joins those of BPCells without reading them, but no two kinds.
  is_iterable <- function(part) is(object@layers[[part]], "IterableMatrix")
  if (!all(vapply(parts, is_iterable, NA))) {
    for (part in parts) {
      matrix_in_memory(object@layers[[part]], seurat_part(part, assay), call)
    }
  }
  cli::cli_inform(
    "Joining {length(parts)} layers of assay {.val {assay}} for this call:
     {.val {parts}}.",
    class = "wilcoxide_message"
  )
  # Not there in the versions before layers.
  join <- getExportedValue("SeuratObject", "JoinLayers")
  # What is joined is found by a pattern.
  pattern <- paste0(gsub(".", "\\.", layer, fixed = TRUE), "\\.")
  join(object, layers = pattern, new = layer)
}

check_layer <- function(layer, there, assay, call) {
  check_part(
    layer,
    there,
    "layer",
    cli::format_inline("layers of assay {.val {assay}} that have values"),
    call,
    hint = if (identical(layer, "data") && any(startsWith(there, "counts"))) {
      "{.code NormalizeData(x)} makes the layer {.val data} of counts."
    }
  )
}

# The identities, by their name where no column has it.
seurat_default_groups <- function(x) {
  if ("ident" %in% names(x@meta.data)) SeuratObject::Idents(x) else "ident"
}

# The identities go by the name that Seurat's `FetchData()` has for them.
seurat_obs <- function(x, in_object) {
  columns <- x@meta.data
  annotation(
    names = union(names(columns), "ident"),
    get = function(name) {
      values <- columns[[name]] %||% unname(SeuratObject::Idents(x))
      values[in_object]
    },
    what = "metadata"
  )
}

seurat_var <- function(object, genes, assay) {
  is_version_5 <- inherits(object, "Assay5")
  columns <- methods::slot(
    object,
    if (is_version_5) "meta.data" else "meta.features"
  )
  # In version 5 the rows of this table have no names.
  at <- match(genes, rownames(object))
  annotation(
    names = names(columns),
    get = function(name) columns[[name]][at],
    what = sprintf("x[[\"%s\"]][[]]", assay)
  )
}
