# AnnData in R: cells in rows, genes in columns. Whoever holds the object, it is
# described by a source, a list:
#
# * genes, cells: names;
# * raw_genes: names of the genes of raw, NULL where there is no raw;
# * layers: names of the layers;
# * obs, var: annotations;
# * log_base: what is noted as the base of the logarithm;
# * slices: function that returns a matrix as the kernel reads it, of its kind,
#   "X", "raw" or "layer", of what it is called in messages, of the name of the
#   layer, of its numbers of genes and cells, and of the call;
# * name_calls: as in an expression view;
# * raw_hint: how to rank a raw that the object hides, else NULL.

#' @section AnnData in R:
#' Objects of the packages anndataR and anndata, and Python objects held by
#' reticulate, can be ranked. `groupby` may name a column of `obs`, `mask_var`
#' one of `var`, and `uns$log1p$base` is the base of the logarithm if it is
#' there, as in Scanpy. Values of Python objects are taken unchanged.
#'
#' anndataR does not read `raw`: of a file that has `raw`, `X` is ranked where
#' Scanpy ranks `raw`. A message says so for an object that is still in its file
#' (`HDF5AnnData`); an `InMemoryAnnData` does not know its file. Give the path
#' of the file to rank `raw`.
#'
#' @examples
#'
#' # An AnnData
#' if (requireNamespace("anndataR", quietly = TRUE)) {
#'   adata <- anndataR::AnnData(
#'     X = t(log1p(counts)),
#'     obs = data.frame(cluster),
#'     var = data.frame(row.names = rownames(counts))
#'   )
#'   rank_genes_groups(adata, "cluster", threads = 1)
#' }
#' @name rank_genes_groups
NULL

view_of.AbstractAnnData <- function(x,
                                    ...,
                                    use_raw = NULL,
                                    layer = NULL,
                                    call) {
  source <- reading_anndatar(x, call, anndatar_source(x, layer))
  anndata_view(source, use_raw, layer, call)
}

# Of package anndata.
view_of.AnnDataR6 <- function(x,
                              ...,
                              use_raw = NULL,
                              layer = NULL,
                              call) {
  check_package("reticulate", "Ranking an AnnData of Python", call = call)
  source <- python_source(x, c(genes = "x$var_names", cells = "x$obs_names"))
  anndata_view(source, use_raw, layer, call)
}

# What reticulate holds.
view_of.python.builtin.object <- function(x,
                                          ...,
                                          use_raw = NULL,
                                          layer = NULL,
                                          call) {
  if (!is_python_anndata(x)) {
    abort_no_input(x, call)
  }
  check_package("reticulate", "Ranking an AnnData of Python", call = call)
  anndata_view(python_source(x), use_raw, layer, call)
}

anndata_view <- function(source, use_raw, layer, call) {
  check_use_raw(use_raw, call)
  told <- !is.null(use_raw)
  use_raw <- resolve_use_raw(
    use_raw,
    layer,
    has_raw = !is.null(source$raw_genes),
    source = cli::format_inline("{.arg x}"),
    call = call,
    hint = source$raw_hint
  )
  if (!is.null(layer)) {
    what <- cli::format_inline("layers of {.arg x}")
    check_part(layer, source$layers, "layer", what, call)
  } else if (!told && !is.null(source$raw_hint)) {
    cli::cli_inform(
      c(
        "Ranking {.field X}: {.pkg anndataR} does not read {.field raw}, which
         the file of {.arg x} has and Scanpy would rank.",
        i = "{source$raw_hint}",
        i = "{.code use_raw = FALSE} ranks {.field X} without this message."
      ),
      class = "wilcoxide_message"
    )
  }
  genes <- if (use_raw) source$raw_genes else source$genes
  expression_view(
    matrix = function() anndata_slices(source, genes, use_raw, layer, call),
    genes = genes,
    n_cells = length(source$cells),
    cells = source$cells,
    obs = source$obs,
    var = source$var,
    log_base = noted_log_base(source$log_base, "uns$log1p$base", call),
    name_calls = source$name_calls,
    use_raw = use_raw,
    layer = layer
  )
}

anndata_slices <- function(source, genes, use_raw, layer, call) {
  kind <- if (use_raw) "raw" else if (is.null(layer)) "X" else "layer"
  part <- switch(kind,
    raw = "{.field raw$X} of {.arg x}",
    X = "{.field X} of {.arg x}",
    layer = "Layer {.val {layer}} of {.arg x}"
  )
  part <- cli::format_inline(part)
  shape <- c(length(genes), length(source$cells))
  source$slices(kind, part, layer, shape, call)
}

abort_no_values <- function(part, call) {
  abort_input(
    c("There is nothing to rank.", x = "{part} is empty."),
    call = call
  )
}

#' An AnnData of package anndataR
#'
#' Where it lies in a file, asking for the layers reads them all.
#' @noRd
anndatar_source <- function(x, layer) {
  layers <- if (!is.null(layer)) x$layers
  list(
    genes = x$var_names,
    cells = x$obs_names,
    layers = names(layers),
    obs = data_frame_annotation(x$obs, "obs"),
    var = data_frame_annotation(x$var, "var"),
    log_base = log1p_base(x$uns),
    slices = function(kind, part, layer, shape, call) {
      values <- reading_anndatar(
        x,
        call,
        if (kind == "X") x$X else layers[[layer]]
      )
      if (is.null(values)) {
        abort_no_values(part, call)
      }
      container_slices(values, part, shape, FALSE, call)
    },
    name_calls = c(genes = "x$var_names", cells = "x$obs_names"),
    raw_hint = hidden_raw(x)
  )
}

#' Take something from an AnnData whose file may have gone
#' @param read Code that takes it.
#' @noRd
reading_anndatar <- function(x, call, read) {
  tryCatch(
    read,
    error = function(cnd) {
      if (inherits(cnd, "wilcoxide_error")) {
        rlang::cnd_signal(cnd)
      }
      in_file <- inherits(x, "HDF5AnnData")
      abort <- if (in_file) abort_file else abort_input
      abort(
        c(
          if (in_file) {
            "Can't read the file of {.arg x}."
          } else {
            "{.arg x} must be an AnnData that can be read."
          },
          x = "{.pkg anndataR} says: {conditionMessage(cnd)}",
          i = if (in_file) {
            "It may have moved, or been closed: open it again with
             {.code anndataR::read_h5ad(path, as = \"HDF5AnnData\")}."
          }
        ),
        call = call
      )
    }
  )
}

data_frame_annotation <- function(frame, what) {
  annotation(
    names = names(frame),
    get = function(name) frame[[name]],
    what = what,
    python = TRUE
  )
}

# The class keeps the handle of its file to itself. A version that does so in
# another way gets no hint.
hidden_raw <- function(x) {
  if (!inherits(x, "HDF5AnnData")) {
    return(NULL)
  }
  tryCatch(
    {
      file <- x$.__enclos_env__$private$.h5obj
      if (rhdf5::H5Lexists(file, "raw/X")) {
        sprintf(
          "To rank raw, rank the file: rank_genes_groups(%s, ...).",
          deparse(rhdf5::H5Fget_name(file))
        )
      }
    },
    error = function(cnd) NULL
  )
}
