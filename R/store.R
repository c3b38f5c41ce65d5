# Results put into the objects that cells come in, and taken out again.

#' Store a ranking in an object, and get it back
#'
#' `add_rank_genes_groups()` puts a ranking where other tools look for such
#' results in the object; `get_rank_genes_groups()` gets it back, from an object
#' or from an `.h5ad` file, and also reads Scanpy's own rankings.
#'
#' | `object` | where the ranking is |
#' |---|---|
#' | `SummarizedExperiment` | `metadata(object)[[key]]` |
#' | `Seurat` | `Misc(object, key)` |
#' | AnnData, see below | `uns[key]` |
#' | path of an `.h5ad` file, to get only | `uns/key` |
#' | path of an `.h5mu` file, to get only | `mod/modality/uns/key` |
#'
#' @section Rankings within levels:
#' SummarizedExperiment and Seurat objects keep the ranking as it is. In AnnData
#' objects and `.h5ad` files each level is a ranking of its own under
#' `key_level`, such as `"rank_genes_groups_B cells"`, where Scanpy finds it;
#' fetching `key` puts the levels together again.
#'
#' @section AnnData:
#' AnnData objects are references: the object itself changes, also under any
#' other name that it has.
#'
#' A Python object (of the anndata package, or held by reticulate) gets what
#' `scanpy.tl.rank_genes_groups()` would have left there, records and all, so
#' Scanpy's functions and plots work on it. They look up the groups of cells
#' in the column of `obs` that `result$params$groupby` names, so it must name
#' one.
#'
#' anndataR has no record arrays, so a ranking is stored as lists of columns,
#' which is how anndataR reads one. Scanpy's plots do not work on files that
#' anndataR writes of such an object: write the ranking into the file with
#' [write_rank_genes_groups()] instead. Do the same instead of adding to an
#' `HDF5AnnData`, whose whole `uns` anndataR rewrites at every change.
#'
#' @section What other packages leave of Scanpy's rankings:
#' zellkonverter drops the names of the groups. They can be restored for a
#' ranking made with `pts=True`, whose fractions keep them; any other ranking
#' has to be read from the file.
#'
#' @param object The object that was ranked, see below.
#' @param result What [rank_genes_groups()] returned.
#' @param key_added,key Name to store it under.
#' @param modality Of a MuData file (`.h5mu`), the name of the modality that the
#'   ranking is of, such as `"rna"`.
#'
#' @return `add_rank_genes_groups()` returns the object with the ranking,
#'   `get_rank_genes_groups()` the ranking, of class `rank_genes_groups`: if it
#'   was stored by this package, the same object again. Names that Scanpy
#'   filtered out are `NA`.
#'
#' @seealso [write_rank_genes_groups()] for files.
#' @examplesIf requireNamespace("SingleCellExperiment", quietly = TRUE)
#' set.seed(1)
#' logcounts <- log1p(matrix(rpois(200 * 60, 0.4), nrow = 200))
#' rownames(logcounts) <- paste0("gene", 1:200)
#' groups <- factor(rep(c("a", "b", "c"), each = 20))
#' result <- rank_genes_groups(logcounts, groups, threads = 1)
#'
#' sce <- SingleCellExperiment::SingleCellExperiment(
#'   list(logcounts = logcounts)
#' )
#' sce <- add_rank_genes_groups(sce, result)
#' get_rank_genes_groups(sce)
#' @export
add_rank_genes_groups <- function(object,
                                  result,
                                  key_added = "rank_genes_groups") {
  check_object_given(missing(object), rlang::current_env())
  UseMethod("add_rank_genes_groups")
}

#' @rdname add_rank_genes_groups
#' @export
get_rank_genes_groups <- function(object,
                                  key = "rank_genes_groups",
                                  modality = NULL) {
  call <- rlang::current_env()
  check_object_given(missing(object), call)
  check_modality_fits(modality, object, call)
  UseMethod("get_rank_genes_groups")
}

# Checked before any method is chosen: only files take one.
check_modality_fits <- function(modality, object, call) {
  if (is.null(modality) || is.character(object)) {
    return(invisible())
  }
  abort_input(
    c(
      "{.arg modality} is for {own_argument_of[[\"modality\"]]}.",
      x = "{.arg object} is {given(object)}."
    ),
    call = call
  )
}

check_object_given <- function(is_missing, call) {
  if (is_missing) {
    abort_input(
      c(
        "{.arg object} must be the object that holds the cells.",
        x = "It is missing."
      ),
      call = call
    )
  }
}

#' @export
add_rank_genes_groups.default <- function(object,
                                          result,
                                          key_added = "rank_genes_groups") {
  hint <- if (is.character(object)) {
    "Write into a file with {.fn write_rank_genes_groups}."
  }
  abort_no_store(object, hint, rlang::current_env())
}

#' @export
get_rank_genes_groups.default <- function(object,
                                          key = "rank_genes_groups",
                                          modality = NULL) {
  hint <- "The path of an {.file .h5ad} file is accepted, too."
  abort_no_store(object, hint, rlang::current_env())
}

abort_no_store <- function(object, hint, call) {
  abort_input(
    c(
      "{.arg object} must be a SummarizedExperiment, a Seurat object or an
       AnnData object.",
      x = "It is {given(object)}.",
      i = hint
    ),
    call = call
  )
}

# Bioconductor ----------------------------------------------------------------

#' @export
add_rank_genes_groups.SummarizedExperiment <- function(
    object,
    result,
    key_added = "rank_genes_groups") {
  check_addition(result, key_added)
  check_s4vectors()
  S4Vectors::metadata(object)[[key_added]] <- result
  object
}

#' @export
get_rank_genes_groups.SummarizedExperiment <- function(
    object,
    key = "rank_genes_groups",
    modality = NULL) {
  check_s4vectors()
  stored_result(S4Vectors::metadata(object), key, "metadata(object)")
}

check_s4vectors <- function(call = rlang::caller_env()) {
  check_package(
    "S4Vectors",
    "A {.cls SummarizedExperiment}",
    "BiocManager::install(\"S4Vectors\")",
    call
  )
}

# Seurat ----------------------------------------------------------------------

# SeuratObject's own `Misc<-` would strip the class off the result.

#' @importFrom methods slot slot<-
#' @export
add_rank_genes_groups.Seurat <- function(object,
                                         result,
                                         key_added = "rank_genes_groups") {
  check_addition(result, key_added)
  slot(object, "misc")[[key_added]] <- result
  object
}

#' @export
get_rank_genes_groups.Seurat <- function(object,
                                         key = "rank_genes_groups",
                                         modality = NULL) {
  stored_result(slot(object, "misc"), key, "Misc(object)")
}

# AnnData ---------------------------------------------------------------------

#' @export
add_rank_genes_groups.AbstractAnnData <- function(
    object,
    result,
    key_added = "rank_genes_groups") {
  check_addition(result, key_added)
  uns <- object$uns
  rankings <- rankings_to_store(result, key_added)
  uns[names(rankings)] <- lapply(rankings, result_as_uns)
  object$uns <- uns
  invisible(object)
}

#' @export
get_rank_genes_groups.AbstractAnnData <- function(object,
                                                  key = "rank_genes_groups",
                                                  modality = NULL) {
  stored_result(object$uns, key, "object$uns")
}

#' @export
add_rank_genes_groups.AnnDataR6 <- function(object,
                                            result,
                                            key_added = "rank_genes_groups") {
  add_to_python(object, result, key_added, rlang::current_env())
}

#' @export
get_rank_genes_groups.AnnDataR6 <- function(object,
                                            key = "rank_genes_groups",
                                            modality = NULL) {
  get_from_python(object, key, rlang::current_env())
}

#' @method add_rank_genes_groups python.builtin.object
#' @export
add_rank_genes_groups.python.builtin.object <- function( # nolint
    object,
    result,
    key_added = "rank_genes_groups") {
  if (!is_python_anndata(object)) {
    abort_no_store(object, NULL, rlang::current_env())
  }
  add_to_python(object, result, key_added, rlang::current_env())
}

#' @method get_rank_genes_groups python.builtin.object
#' @export
get_rank_genes_groups.python.builtin.object <- function( # nolint
    object,
    key = "rank_genes_groups",
    modality = NULL) {
  if (!is_python_anndata(object)) {
    abort_no_store(object, NULL, rlang::current_env())
  }
  get_from_python(object, key, rlang::current_env())
}

# Files -----------------------------------------------------------------------

#' @export
get_rank_genes_groups.character <- function(object,
                                            key = "rank_genes_groups",
                                            modality = NULL) {
  read_h5ad_ranking(object, key, modality, rlang::current_env())
}

# Common to all ---------------------------------------------------------------

check_addition <- function(result, key, call = rlang::caller_env()) {
  if (!missing(result) && is_split(result)) {
    check_split_result(result, call, "result")
  } else {
    check_result(result, call)
  }
  check_key(key, "key_added", call)
}

check_key <- function(key, arg, call) {
  if (!rlang::is_string(key) || is.na(key) || key == "") {
    abort_input(
      c("{.arg {arg}} must be one string.", x = "It is {given(key)}."),
      call = call
    )
  }
  if (!validUTF8(enc2utf8(key))) {
    abort_input(
      c(
        "{.arg {arg}} must be text.",
        x = "Its bytes are not in the encoding that they are said to be in."
      ),
      call = call
    )
  }
}

#' Take a result out of a list of many things
#'
#' @param list A list, or `NULL`.
#' @param where R code that gives the user this list.
#' @noRd
stored_result <- function(list, key, where, call = rlang::caller_env()) {
  check_key(key, "key", call)
  if (!key %in% names(list)) {
    read <- function(key) stored_result(list, key, where, call)
    levels <- fetch_levels(key, names(Filter(is_ranking, list)), read)
    if (!is.null(levels)) {
      return(levels)
    }
    abort_no_ranking(key, Filter(is_ranking, list), where, call)
  }
  result_from_uns(list[[key]], object_source(where, key, call))
}

object_source <- function(where, key, call) {
  where <- cli::format_inline("{.code {where}[[\"{key}\"]]}")
  list(where = where, abort = abort_input, call = call)
}

abort_no_ranking <- function(key, rankings, where, call) {
  there <- names(rankings)
  abort_input(
    c(
      "{.arg key} must name a ranking in {.code {where}}.",
      x = "There is none named {.val {key}}.",
      i = if (length(there) > 0L) "Rankings there: {.val {there}}."
    ),
    call = call
  )
}

is_ranking <- function(x) {
  members <- if (is.list(x)) {
    names(x)
  } else if (inherits(x, "python.builtin.dict")) {
    python_strings(x)
  }
  all(c("params", table_names("rank", optional = FALSE)) %in% members)
}
