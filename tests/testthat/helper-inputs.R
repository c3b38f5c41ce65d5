# Two sets of real cells, genes by cells, with a group for each cell: of package
# SeuratObject, with logarithms in double precision, and of this package, in
# single precision.
small_cells <- function() {
  testthat::skip_if_not_installed("SeuratObject")
  object <- SeuratObject::pbmc_small
  list(
    data = object@assays$RNA@data,
    groups = factor(unname(object$letter.idents)),
    log_base = NULL
  )
}

shipped_file <- function() {
  system.file("extdata", "pbmc68k_reduced.h5ad", package = "wilcoxide")
}

shipped_cells <- function() {
  testthat::skip_if_not_installed("hdf5r")
  file <- hdf5r::H5File$new(shipped_file(), "r")
  on.exit(file$close_all())
  x <- file[["raw/X"]]
  labels <- file[["obs/bulk_labels/categories"]][]
  list(
    data = Matrix::sparseMatrix(
      i = x[["indices"]][],
      p = x[["indptr"]][],
      x = x[["data"]][],
      dims = c(765L, 700L),
      dimnames = list(file[["raw/var/index"]][], file[["obs/index"]][]),
      index1 = FALSE
    ),
    groups = factor(labels[file[["obs/bulk_labels/codes"]][] + 1L], labels)
  )
}

rank_quietly <- function(...) {
  suppressMessages(rank_genes_groups(..., threads = 1), "wilcoxide_message")
}

# What is computed: all but the notes of how it was asked for.
tables_of <- function(result) {
  result <- unclass(result)
  result[c("params", "settings")] <- NULL
  result
}

expect_same_tables <- function(object, expected) {
  expect_same_bits(tables_of(object), tables_of(expected))
}

# Bioconductor ----------------------------------------------------------------

as_experiment <- function(cells, ..., assay = "logcounts") {
  testthat::skip_if_not_installed("SingleCellExperiment")
  SingleCellExperiment::SingleCellExperiment(
    rlang::set_names(list(cells$data), assay),
    colData = S4Vectors::DataFrame(cluster = cells$groups),
    ...
  )
}

# Seurat ----------------------------------------------------------------------

skip_without_layers <- function() {
  testthat::skip_if_not_installed("SeuratObject", "5.0.0")
}

as_seurat <- function(cells, version = "v3") {
  testthat::skip_if_not_installed("SeuratObject")
  assay <- if (version == "v3") {
    SeuratObject::CreateAssayObject(data = cells$data)
  } else {
    skip_without_layers()
    getExportedValue("SeuratObject", "CreateAssay5Object")(data = cells$data)
  }
  object <- suppressWarnings(SeuratObject::CreateSeuratObject(assay))
  object$cluster <- cells$groups
  object
}

# SeuratObject warns of layers that it looks for without need.
split_seurat <- function(object, by) {
  suppressWarnings(object[["RNA"]] <- split(object[["RNA"]], f = by))
  object
}

# AnnData ---------------------------------------------------------------------

# A source as an AnnData of anndataR has it, without the package.
toy_adata <- function(..., class = "InMemoryAnnData") {
  object <- list(
    X = as_dgr(t(toy_expression())),
    obs = data.frame(
      cluster = toy_groups(),
      row.names = colnames(toy_expression())
    ),
    var = data.frame(
      chosen = rep(c(TRUE, FALSE), 10),
      row.names = rownames(toy_expression())
    ),
    obs_names = colnames(toy_expression()),
    var_names = rownames(toy_expression()),
    layers = list(half = t(toy_expression()) / 2),
    uns = list()
  )
  object <- utils::modifyList(object, list(...), keep.null = TRUE)
  structure(list2env(object), class = c(class, "AbstractAnnData", "R6"))
}

# Python is looked for, never installed.
skip_without_python <- function() {
  testthat::skip_if_not_installed("reticulate")
  withr::local_envvar(RETICULATE_USE_MANAGED_VENV = "no")
  testthat::skip_if_not(
    reticulate::py_module_available("anndata"),
    "no Python with anndata"
  )
}

python_anndata <- function() {
  skip_without_python()
  reticulate::import("anndata", convert = FALSE)
}

# Every third gene.
chosen_genes <- function(cells) {
  seq_len(nrow(cells$data)) %% 3L == 0L
}

# A file as anndata writes it, with the column `cluster` in `obs`, `chosen` in
# `var`, and for each of `parts` the values of `cells` in one of its formats.
write_h5ad_file <- function(cells,
                            path,
                            parts = c(X = "csr"),
                            log_base = NULL) {
  file <- hdf5r::H5File$new(path, "w")
  on.exit(file$close_all())
  encode_h5ad(file, "anndata", "0.1.0")
  frame <- function(name, index, columns) {
    group <- encode_h5ad(file$create_group(name), "dataframe", "0.2.0")
    set_h5_attr(group, "_index", "_index")
    set_h5_strings(group, "column-order", columns)
    write_h5_strings(group, "_index", index)
    group
  }
  obs <- frame("obs", colnames(cells$data), "cluster")
  write_var <- function(name) {
    var <- frame(name, rownames(cells$data), "chosen")
    chosen <- chosen_genes(cells)
    var$create_dataset("chosen", chosen, dtype = h5_flag())
    encode_h5ad(var[["chosen"]], "array", "0.2.0")
  }
  write_var("var")
  cluster <- obs$create_group("cluster")
  encode_h5ad(cluster, "categorical", "0.2.0")
  set_h5_attr(cluster, "ordered", FALSE)
  cluster[["codes"]] <- as.integer(cells$groups) - 1L
  encode_h5ad(cluster[["codes"]], "array", "0.2.0")
  write_h5_strings(cluster, "categories", levels(cells$groups))
  for (name in c("layers", "uns", "obsm", "varm", "obsp", "varp")) {
    encode_h5ad(file$create_group(name), "dict", "0.1.0")
  }
  if ("raw" %in% names(parts)) {
    encode_h5ad(file$create_group("raw"), "raw", "0.1.0")
    write_var("raw/var")
    encode_h5ad(file$create_group("raw/varm"), "dict", "0.1.0")
  }
  names(parts)[names(parts) == "raw"] <- "raw/X"
  for (name in names(parts)) {
    write_h5_matrix(file, name, cells$data, parts[[name]])
  }
  if (!is.null(log_base)) {
    encode_h5ad(file$create_group("uns/log1p"), "dict", "0.1.0")
    file[["uns/log1p"]]$create_dataset(
      "base",
      log_base,
      space = hdf5r::H5S$new("scalar"),
      chunk_dims = NULL
    )
    encode_h5ad(file[["uns/log1p/base"]], "numeric-scalar", "0.2.0")
  }
  path
}

write_h5_matrix <- function(file, name, data, format) {
  if (format == "dense") {
    file[[name]] <- as.matrix(data)
    return(encode_h5ad(file[[name]], "array", "0.2.0"))
  }
  # Cells are the rows of the file.
  stored <- if (format == "csr") data else Matrix::t(data)
  group <- file$create_group(name)
  encode_h5ad(group, paste0(format, "_matrix"), "0.1.0")
  group$create_attr("shape", rev(dim(data)))
  slots <- list(data = stored@x, indices = stored@i, indptr = stored@p)
  for (part in names(slots)) {
    group[[part]] <- slots[[part]]
    encode_h5ad(group[[part]], "array", "0.2.0")
  }
}

encode_h5ad <- function(object, type, version) {
  set_h5_attr(object, "encoding-type", type)
  set_h5_attr(object, "encoding-version", version)
  object
}

set_h5_attr <- function(object, name, value) {
  object$create_attr(
    name,
    value,
    dtype = if (is.character(value)) h5_text() else h5_flag(),
    space = hdf5r::H5S$new("scalar")
  )
}

set_h5_strings <- function(object, name, values) {
  object$create_attr(
    name,
    values,
    dtype = h5_text(),
    space = hdf5r::H5S$new(dims = length(values), maxdims = length(values))
  )
}

write_h5_strings <- function(group, name, values) {
  group$create_dataset(name, values, dtype = h5_text())
  encode_h5ad(group[[name]], "string-array", "0.2.0")
}

h5_flag <- function() {
  hdf5r::H5T_LOGICAL$new(include_NA = FALSE)
}

h5_text <- function() {
  hdf5r::H5T_STRING$new(size = Inf)$set_cset("UTF-8")
}
