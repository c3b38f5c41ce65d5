# Files that are read in blocks, and the matrix in memory that is in them.

# The values as their type holds them, as a matrix of genes x cells.
block_cells <- function(n_cells = 120L, n_genes = 25L) {
  set.seed(11)
  counts <- rpois(n_cells * n_genes, 0.7 * rep(1:4, length.out = n_genes) / 2)
  values <- matrix(round(log1p(counts) * 64) / 64, n_genes)
  values[7L, ] <- 0
  values[3L, 1:5] <- -values[3L, 1:5]
  rownames(values) <- paste0("gene", seq_len(n_genes))
  values
}

block_groups <- function(n_cells = 120L) {
  factor(rep(c("a", "b", "c", NA), length.out = n_cells))
}

# An .h5ad file with each of `matrices`, functions that write one, as a layer.
block_file <- function(layers, frame = parent.frame()) {
  skip_without_hdf5r()
  path <- withr::local_tempfile(fileext = ".h5ad", .local_envir = frame)
  values <- block_cells()
  groups <- block_groups()
  file <- hdf5r::H5File$new(path, "w")
  for (group in c("obs", "var", "layers", "obs/group")) {
    file$create_group(group)$close()
  }
  write_attribute(file[["obs"]], "_index", "_index")
  write_attribute(file[["var"]], "_index", "_index")
  write_attribute(file[["obs"]], "column-order", "group", space = NULL)
  write_attribute(file[["obs/group"]], "encoding-type", "categorical")
  file[["obs/_index"]] <- paste0("cell", seq_along(groups))
  file[["var/_index"]] <- rownames(values)
  file[["obs/group/categories"]] <- levels(groups)
  codes <- as.integer(groups) - 1L
  codes[is.na(codes)] <- -1L
  file[["obs/group/codes"]] <- codes
  for (name in names(layers)) {
    layers[[name]](file, paste0("layers/", name), values)
  }
  file$close_all()
  path
}

put <- function(file, part, values, type, chunk, gzip = NULL, shuffle = FALSE) {
  creation <- hdf5r::H5P_DATASET_CREATE$new()
  if (shuffle) {
    creation$set_shuffle()
  }
  file$create_dataset(
    part,
    values,
    dtype = hdf5r::h5types[[type]],
    chunk_dims = chunk,
    gzip_level = gzip,
    dataset_create_pl = creation
  )$close()
}

# A function for block_file(): compressed by "csr" or "csc".
compressed <- function(format,
                       value = "H5T_IEEE_F32LE",
                       index = "H5T_STD_I32LE",
                       chunk = 50L,
                       gzip = NULL,
                       shuffle = FALSE,
                       damage = identity) {
  function(file, part, values) {
    slices <- if (format == "csr") {
      as(Matrix::Matrix(values, sparse = TRUE), "dgCMatrix")
    } else {
      as(Matrix::Matrix(t(values), sparse = TRUE), "dgCMatrix")
    }
    slices <- damage(list(p = slices@p, i = slices@i, x = slices@x))
    group <- file$create_group(part)
    write_attribute(group, "encoding-type", paste0(format, "_matrix"))
    group$create_attr("shape", robj = rev(dim(values)))$close()
    put(file, paste0(part, "/indptr"), slices$p, "H5T_STD_I64LE", 10L)
    put(file, paste0(part, "/indices"), slices$i, index, chunk, gzip, shuffle)
    put(file, paste0(part, "/data"), slices$x, value, chunk, gzip, shuffle)
  }
}

dense <- function(value = "H5T_IEEE_F32LE",
                  chunk = c(10L, 20L),
                  gzip = NULL,
                  shuffle = FALSE) {
  function(file, part, values) {
    put(file, part, values, value, chunk, gzip, shuffle)
  }
}

without_params <- function(result) {
  result$params <- NULL
  result
}

expect_ranks_as_matrix <- function(path, layer, ...) {
  values <- block_cells()
  expected <- rank_genes_groups(values, block_groups(), ...)
  actual <- rank_genes_groups(path, "group", layer = layer, ...)
  testthat::expect_identical(
    without_params(actual),
    without_params(expected),
    info = layer
  )
}

# From all that is needed down to one gene of all cells.
budgets <- c(1e6, 40000, 15000, 6000)
