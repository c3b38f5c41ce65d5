# What markers are found in: the values, the identities of the cells, and what
# Seurat's rules depend on.

#' Open what holds cells for finding markers
#'
#' @param object Anything that [rank_genes_groups()] takes.
#' @param asked A list of arguments as [find_markers()] has them.
#' @param own A list of arguments that the input takes itself.
#' @return A list: `view`; `idents`, a factor, one identity per cell of the
#'   view, `NA` for none; `cells`, places of the cells in the view that take
#'   part; `class`, `layer`, `norm_method`, see [fold_change_kind()]; `fc`, such
#'   a list where fold changes are those of another layer, or `NULL`.
#' @noRd
open_markers <- function(object, asked, own, rules, call) {
  if (inherits(object, "Seurat")) {
    open_seurat(object, asked, own, rules, call)
  } else {
    open_other(object, asked, own, call)
  }
}

open_other <- function(object, asked, own, call) {
  if (!is.null(asked$assay)) {
    abort_input(
      c(
        "{.arg assay} is for Seurat objects.",
        i = "Give {.arg assay.type} for a SummarizedExperiment."
      ),
      call = call
    )
  }
  if (!is.null(asked$layer)) {
    own["layer"] <- list(asked$layer)
  }
  check_own_arguments(own, object, call)
  view <- open_view(object, own, call)
  check_not_empty(view, call)
  if (is.null(asked$group.by)) {
    abort_input(
      c(
        "{.arg group.by} must say which group each cell is in.",
        x = "It is NULL or missing.",
        i = if (length(view$obs$names) == 0L) {
          "Give a vector or a factor, one entry per cell."
        } else {
          "Columns of {.field {view$obs$what}}: {.val {view$obs$names}}."
        }
      ),
      call = call
    )
  }
  idents <- with_argument(
    "group.by",
    cell_groups(asked$group.by, view, call)
  )
  idents <- factor(as.vector(idents), levels(idents))
  list(
    view = view,
    idents = idents,
    cells = which(is_in_subset(idents, asked$subset.ident, call)),
    class = "matrix",
    layer = "data",
    norm_method = NULL
  )
}

check_own_arguments <- function(own, object, call) {
  taken <- own_arguments(object)
  foreign <- setdiff(rlang::names2(own), taken)
  if (length(foreign) == 0L) {
    return(invisible())
  }
  known <- union(setdiff(names(formals(find_markers)), "..."), taken)
  shown <- ifelse(foreign == "", "(without a name)", foreign)
  abort_input(
    c(
      "This {cli::qty(foreign)}argument{?s} {?is/are} not taken here:
       {.arg {shown}}.",
      no_such_in_markers(foreign),
      did_you_mean(foreign, known),
      i = "Arguments for this {.arg object}: {.arg {known}}."
    ),
    call = call
  )
}

# Arguments of Seurat's that have no counterpart.
no_such_in_markers <- function(arguments) {
  advice <- c(
    node = "There is no tree of clusters here: give the identities on both sides
            as {.arg ident.1} and {.arg ident.2} of {.fn find_markers}.",
    mean.fxn = "Fold changes are those of Seurat's own functions.",
    reduction = "Give the embedding as a matrix to {.fn rank_genes_groups}.",
    densify = "Matrices are never made dense here: leave out {.arg densify}.",
    fc.slot = "Fold changes are those of the layer {.val data}, as Seurat has
               them by default."
  )
  lines <- advice[intersect(arguments, names(advice))]
  rlang::set_names(lines, rep_len("i", length(lines)))
}

# Messages name the argument of ours that these checks are about.
with_argument <- function(name, expr) {
  withCallingHandlers(
    expr,
    wilcoxide_error_input = function(cnd) {
      rename <- function(text) gsub("groupby", name, text, fixed = TRUE)
      cnd$message <- rename(cnd$message)
      cnd$body <- rename(cnd$body)
      rlang::cnd_signal(cnd)
    }
  )
}

open_seurat <- function(object, asked, own, rules, call) {
  check_own_arguments(own, object, call)
  check_package("SeuratObject", "Finding markers", call = call)
  assay <- asked$assay %||% SeuratObject::DefaultAssay(object)
  layer <- asked$layer %||% "data"
  all_idents <- seurat_idents(object, asked$group.by, call)
  # Seurat looks at it together with group.by only.
  subset <- if (!is.null(asked$group.by)) asked$subset.ident
  taken <- is_in_subset(
    factor_of(SeuratObject::Idents(object)),
    subset,
    call
  )
  open_layer <- function(layer) {
    view <- withCallingHandlers(
      open_view(object, list(assay = assay, layer = layer), call),
      wilcoxide_warning_scaled = function(cnd) rlang::cnd_muffle(cnd)
    )
    check_not_empty(view, call)
    list(
      view = view,
      idents = all_idents[view$in_object],
      cells = which(taken[view$in_object]),
      class = class_of_assay(object@assays[[assay]]),
      layer = layer,
      norm_method = norm_method(object, assay)
    )
  }
  source <- open_layer(layer)
  if (asked$recorrect_umi && source$class == "SCT") {
    check_sct_models(object@assays[[assay]], call)
  }
  if (rules$version == "5" && layer != "data") {
    source$fc <- open_layer("data")
  }
  source
}

class_of_assay <- function(assay) {
  if (inherits(assay, "SCTAssay")) "SCT" else "Assay"
}

factor_of <- function(idents) {
  factor(as.vector(idents), levels(idents))
}

#' The identities of all cells of an object, as Seurat makes them
#' @noRd
seurat_idents <- function(object, group.by, call) { # nolint
  if (is.null(group.by) || identical(group.by, "ident")) {
    return(factor_of(SeuratObject::Idents(object)))
  }
  metadata <- object@meta.data
  values <- group.by
  if (rlang::is_string(group.by)) {
    columns <- annotation(
      names(metadata),
      function(name) metadata[[name]],
      "metadata"
    )
    values <- annotation_column(columns, group.by, "group.by", call)
  }
  values <- plain_labels(values, "group.by", call)
  if (length(values) != nrow(metadata)) {
    abort_input(
      c(
        "{.arg group.by} must be the name of a column of {.field metadata}, or
         have one entry per cell.",
        x = "It has {length(values)} entr{?y/ies}, and there are
             {nrow(metadata)} cells."
      ),
      call = call
    )
  }
  levels <- if (is.factor(values)) levels(values) else unique(values)
  text <- as.character(values)
  levels <- intersect(as.character(levels), text)
  factor(text, levels[!is.na(levels)])
}

#' Which cells have one of these identities
#' @noRd
is_in_subset <- function(idents, subset, call) {
  if (is.null(subset)) {
    return(rep_len(TRUE, length(idents)))
  }
  check_idents(subset, levels(idents), "subset.ident", call)
  idents %in% as.character(subset)
}

#' How Seurat's log says that the values were normalised, `NULL` if it does not
#' @noRd
norm_method <- function(object, assay) {
  done <- names(object@commands)
  command <- c(
    intersect(paste0("NormalizeData.", assay), done),
    intersect(c("FindIntegrationAnchors", "FindTransferAnchors"), done)
  )
  if (length(command) > 0L) {
    method <- object@commands[[command[[1L]]]]@params$normalization.method
    if (rlang::is_string(method)) method
  }
}

#' Refuse SCT models of unequal sequencing depth, as Seurat does
#' @noRd
check_sct_models <- function(assay, call) {
  models <- methods::slot(assay, "SCTModel.list")
  if (length(models) < 2L) {
    return(invisible())
  }
  observed <- vapply(
    models,
    function(model) stats::median(model@cell.attributes[, "umi"]),
    0
  )
  stored <- vapply(
    models,
    function(model) as.double(model@median_umi %||% NA),
    0
  )
  if (anyNA(stored) || any(stored != min(observed))) {
    abort_input(
      c(
        "The SCT models of {.arg object} must have equal library sizes.",
        x = "It holds {length(models)} models whose sizes differ.",
        i = "Run {.code PrepSCTFindMarkers(object)} first, or give
             {.code recorrect_umi = FALSE}."
      ),
      call = call
    )
  }
}
