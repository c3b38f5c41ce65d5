# Values of a few genes from every object: those of the plain matrix.

genes_of <- function(cells) {
  rownames(cells$data)[c(7L, 150L, 1L, 42L)]
}

expect_values <- function(cells, ..., cells_in = NULL) {
  genes <- genes_of(cells)
  result <- rank_quietly(cells$data, cells$groups)
  result$params$use_raw <- NULL
  for (object in rlang::list2(...)) {
    arguments <- object[-(1:2)]
    found <- suppressMessages(
      rlang::inject(expression_of(
        object[[1L]],
        object[[2L]],
        result,
        genes[c(1L, 1:4)],
        !!!arguments,
        call = NULL
      )),
      "wilcoxide_message"
    )
    expect_s4_class(found$values, "dgCMatrix")
    expected <- t(as.matrix(cells$data[genes, ]))
    rownames(expected) <- NULL
    expect_identical(as.matrix(found$values), expected)
    expect_identical(as.character(found$groups), as.character(cells$groups))
  }
}

test_that("matrices give the values of genes, in both layouts", {
  cells <- small_cells()
  expect_values(
    cells,
    list(cells$data, cells$groups),
    list(as_dgr(cells$data), cells$groups),
    list(Matrix::t(cells$data), cells$groups, cells = "rows"),
    list(as.matrix(cells$data), cells$groups)
  )
})

test_that("objects of Bioconductor and Seurat give the values of genes", {
  cells <- small_cells()
  seurat <- as_seurat(cells)
  SeuratObject::Idents(seurat) <- "cluster"
  expect_values(
    cells,
    list(as_experiment(cells), "cluster"),
    list(as_experiment(cells, assay = "X"), cells$groups, assay.type = "X"),
    list(seurat, "cluster"),
    list(seurat, NULL)
  )
})

test_that("split layers of Seurat 5 give the values of genes", {
  cells <- small_cells()
  object <- as_seurat(cells, "v5")
  by <- rep_len(c("b", "a", "c", "a"), ncol(cells$data))
  expect_values(cells, list(split_seurat(object, by), "cluster"))
})

test_that("AnnData and its files give the values of genes", {
  cells <- small_cells()
  skip_if_not_installed("hdf5r")
  path <- withr::local_tempfile(fileext = ".h5ad")
  parts <- c(
    X = "csr", raw = "csc", "layers/csc" = "csc", "layers/dense" = "dense"
  )
  write_h5ad_file(cells, path, parts)
  expect_values(
    cells,
    list(path, "cluster"),
    list(path, "cluster", use_raw = FALSE),
    list(path, "cluster", use_raw = FALSE, layer = "csc"),
    list(path, "cluster", use_raw = FALSE, layer = "dense")
  )
  object <- python_anndata()$read_h5ad(path)
  expect_values(
    cells,
    list(object, "cluster"),
    list(object, "cluster", use_raw = FALSE, layer = "dense")
  )
})

test_that("an AnnData of package anndata gives the values of genes", {
  cells <- small_cells()
  skip_without_python()
  skip_if_not_installed("anndata")
  path <- withr::local_tempfile(fileext = ".h5ad")
  write_h5ad_file(cells, path)
  object <- suppressMessages(anndata::read_h5ad(path))
  expect_values(cells, list(object, "cluster"))
})

test_that("an AnnData of package anndataR gives the values of genes", {
  cells <- small_cells()
  skip_if_not_installed("anndataR")
  skip_if_not_installed("rhdf5")
  path <- withr::local_tempfile(fileext = ".h5ad")
  write_h5ad_file(cells, path)
  object <- anndataR::read_h5ad(path, as = "InMemoryAnnData")
  expect_values(cells, list(object, "cluster"))
})

test_that("values are found over the borders of blocks", {
  cells <- small_cells()
  slices <- matrix_slices(cells$data, TRUE, NULL)
  at <- match(genes_of(cells), rownames(cells$data))
  whole <- values_at_minor(slices, at, nrow(cells$data), block = 2^22)
  expect_gt(length(whole$x), 20L)
  for (block in c(1, 7, length(slices$x), length(slices$x) - 1)) {
    expect_identical(
      values_at_minor(slices, at, nrow(cells$data), block),
      whole
    )
  }
})

test_that("cells without values and genes without any are zero", {
  data <- as_dgc(matrix(0, 3L, 4L, dimnames = list(letters[1:3], NULL)))
  view <- matrix_view(data, "columns", NULL, NULL)
  expect_identical(
    as.matrix(gene_values(view, 2:1, 1e9, 1L)),
    matrix(0, 4L, 2L, dimnames = list(NULL, c("b", "a")))
  )
})

test_that("the matrix is the one that was ranked, unless told otherwise", {
  cells <- small_cells()
  skip_if_not_installed("hdf5r")
  path <- withr::local_tempfile(fileext = ".h5ad")
  half <- cells
  half$data <- cells$data / 2
  write_h5ad_file(cells, path, c(raw = "csr", "layers/other" = "csr"))
  file <- hdf5r::H5File$new(path, "r+")
  write_h5_matrix(file, "X", half$data, "csr")
  file$close_all()

  gene <- rownames(cells$data)[[3L]]
  total <- function(result, ...) {
    found <- expression_of(path, "cluster", result, gene, ..., call = NULL)
    sum(found$values)
  }
  raw <- sum(cells$data[gene, ])
  expect_gt(raw, 0)
  by_default <- rank_quietly(path, "cluster")
  expect_equal(total(by_default), raw)
  expect_equal(total(by_default, use_raw = FALSE), raw / 2)
  expect_equal(total(rank_quietly(path, "cluster", use_raw = FALSE)), raw / 2)
  layer <- rank_quietly(path, "cluster", use_raw = FALSE, layer = "other")
  expect_identical(layer$params$layer, "other")
  expect_equal(total(layer), raw)

  experiment <- as_experiment(cells, assay = "halves")
  ranked <- rank_quietly(experiment, "cluster", assay.type = "halves")
  found <- expression_of(experiment, "cluster", ranked, gene, call = NULL)
  expect_equal(sum(found$values), raw)
})

test_that("other objects, groups and arguments are refused", {
  data <- toy_expression()
  groups <- toy_groups()
  result <- without_counts_warning(rank_genes_groups(data, groups))
  read <- function(x = data, groupby = groups, gene = "gene1", ...) {
    plotting <- function() {
      call <- rlang::current_env()
      expression_of(x, groupby, result, gene, ..., call = call)
    }
    plotting()
  }
  expect_error(read(gene = c("gene1", "ACTB")), class = "wilcoxide_error_input")
  expect_error(read(gene = c("gene1", "ACTB")), "1 of the 2 genes.*ACTB")
  expect_error(
    read(groupby = rep_len(c("T", "B", "Mast"), 60L)),
    "groupby.*has no group \"NK\".*Mast"
  )
  expect_error(read(groupby = NULL), "`groupby` must say which group")
  expect_error(read(groupby = groups[-1L]), "59 entries for 60 cells")
  expect_error(read(pts = TRUE), "take this argument.*`pts`")
  expect_error(read(colour = "red"), "take this argument.*`colour`")
  expect_error(read(cells = "both"), "`cells` must be")
  expect_error(read(x = "no.h5ad"), class = "wilcoxide_error")
  expect_error(read(x = 1:3), "`x` must be a matrix")
  twice <- rbind(data, data[1L, , drop = FALSE])
  expect_error(read(x = twice), "Several genes.*gene1")
  error <- rlang::catch_cnd(read(cells = "both"))
  expect_identical(rlang::call_name(error$call), "plotting")
})

test_that("values are read by as many threads as the option says", {
  skip_without_hdf5r()
  cells <- small_cells()
  path <- withr::local_tempfile(fileext = ".h5ad")
  write_h5ad_file(cells, path)
  result <- rank_quietly(path, "cluster")
  threads <- NULL
  own <- partitions_read
  local_stubs(partitions_read = function(partitions, path, where, p, run,
                                         n_threads, tick) {
    threads <<- c(threads, n_threads)
    own(partitions, path, where, p, run, n_threads, tick)
  })
  threads_of <- function(n) {
    withr::local_options(wilcoxide.threads = n)
    threads <<- NULL
    expression_of(path, "cluster", result, genes_of(cells), call = NULL)
    unique(threads)
  }
  expect_identical(threads_of(1), 1L)
  expect_identical(threads_of(3), 3L)
  expect_error(
    threads_of(0),
    "wilcoxide.threads",
    class = "wilcoxide_error_input"
  )
})

test_that("values are refused where memory is, as rankings are", {
  cells <- small_cells()
  result <- rank_quietly(cells$data, cells$groups)
  sources <- list()
  if (requireNamespace("hdf5r", quietly = TRUE)) {
    path <- withr::local_tempfile(fileext = ".h5ad")
    write_h5ad_file(cells, path)
    sources$file <- path
  }
  if (requireNamespace("DelayedArray", quietly = TRUE)) {
    sources$delayed <- DelayedArray::DelayedArray(cells$data)
  }
  if (requireNamespace("BPCells", quietly = TRUE)) {
    sources$bpcells <- methods::as(cells$data, "IterableMatrix")
  }
  if (length(sources) == 0L) {
    skip("no package that reads matrices in blocks")
  }
  draw <- function(x) {
    expression_of(x, cells$groups, result, genes_of(cells), call = NULL)
  }
  for (x in sources) {
    found <- draw(x)
    withr::with_options(list(wilcoxide.memory = 1000), {
      expect_error(
        rank_genes_groups(x, cells$groups),
        "memory for at least one gene",
        class = "wilcoxide_error_input"
      )
      expect_error(
        draw(x),
        "memory for at least one gene",
        class = "wilcoxide_error_input"
      )
    })
    expect_identical(found$values, draw(cells$data)$values)
  }
  withr::local_options(wilcoxide.memory = "much")
  expect_error(
    draw(sources[[1L]]),
    "wilcoxide.memory",
    class = "wilcoxide_error_input"
  )
})
