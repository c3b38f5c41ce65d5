skip_if_not_installed("BPCells")

# In a folder, by cell or by gene; with the names of `x`.
bpcells_toy <- function(x, by_gene = FALSE) {
  path <- withr::local_tempfile(.local_envir = teardown_env())
  stored <- as(x, "IterableMatrix")
  if (by_gene) {
    return(BPCells::transpose_storage_order(stored, path))
  }
  BPCells::write_matrix_dir(stored, path)
}

test_that("matrices of BPCells give the bits of a matrix", {
  x <- as_dgc(toy_expression())
  groups <- toy_groups()
  mask <- seq_len(nrow(x)) %% 3L != 1L
  rank <- function(x, ...) {
    rank_genes_groups(
      x, groups, ...,
      mask_var = mask, tie_correct = TRUE, pts = TRUE, threads = 1
    )
  }
  for (by_gene in c(FALSE, TRUE)) {
    stored <- bpcells_toy(x, by_gene)
    expect_identical(iterable_is_by_row(stored), by_gene)
    # In the numbers that BPCells has of them.
    expected <- rank(as(stored, "dgCMatrix"))
    for (room in c(0, 100, 300, 1e6)) {
      withr::local_options(wilcoxide.memory = room_for(x, room))
      expect_same_bits(rank(stored), expected)
      expect_same_bits(rank(Matrix::t(stored), cells = "rows"), expected)
    }
  }
  withr::local_options(wilcoxide.memory = 1000)
  expect_error(rank(stored), class = "wilcoxide_error_input")
})

test_that("what BPCells has still to compute does not depend on the blocks", {
  x <- as_dgc(toy_expression())
  groups <- toy_groups()
  for (by_gene in c(FALSE, TRUE)) {
    parts <- lapply(list(1:7, 8:ncol(x)), function(cells) {
      log1p(bpcells_toy(x[, cells], by_gene) * 3)
    })
    stored <- do.call(cbind, parts)^2.5
    # In double precision: BPCells' own log1p() would change with the blocks.
    values <- 3 * as(bpcells_toy(x), "dgCMatrix")
    values@x <- log1p(values@x)^2.5
    expected <- rank_genes_groups(values, groups, threads = 1)
    for (room in c(0, 70, 100, 300, 1e6)) {
      withr::local_options(wilcoxide.memory = room_for(x, room))
      expect_same_bits(rank_genes_groups(stored, groups, threads = 1), expected)
    }
  }
})

test_that("values of a few genes are read from BPCells", {
  x <- as_dgc(toy_expression())
  for (by_gene in c(FALSE, TRUE)) {
    stored <- bpcells_toy(x, by_gene)
    view <- matrix_view(stored, "columns", NULL, NULL)
    expect_equal(
      unname(as.matrix(gene_values(view, c(7L, 2L, 20L), 1e9, 1L))),
      unname(t(as.matrix(x[c(7L, 2L, 20L), ])))
    )
  }
})

test_that("layers and assays that are of BPCells need no other call", {
  skip_without_layers()
  x <- as_dgc(toy_expression())
  stored <- bpcells_toy(x)
  object <- as_seurat(list(data = x, groups = toy_groups()), "v5")
  object@assays$RNA@layers$data <- unname(stored)
  expect_same_tables(
    rank_quietly(object, "cluster"),
    rank_quietly(as(stored, "dgCMatrix"), toy_groups())
  )
})

test_that("split layers that are of BPCells are joined unread", {
  skip_without_layers()
  x <- as_dgc(toy_expression())
  object <- as_seurat(list(data = x, groups = toy_groups()), "v5")
  object <- split_seurat(object, rep(c("2", "1", "3", "1", "2"), 12))
  expected <- rank_quietly(object, "cluster")
  layers <- SeuratObject::Layers(object)
  for (layer in layers[-1L]) {
    object@assays$RNA@layers[[layer]] <-
      bpcells_toy(object@assays$RNA@layers[[layer]])
  }
  # In memory and on disk at once.
  expect_error(
    rank_quietly(object, "cluster"),
    class = "wilcoxide_error_input"
  )
  object@assays$RNA@layers[[layers[[1L]]]] <-
    bpcells_toy(object@assays$RNA@layers[[layers[[1L]]]])
  expect_same_tables(rank_quietly(object, "cluster"), expected)
  joined <- suppressMessages(
    seurat_layer(object, "RNA", "data", rlang::current_env())
  )
  expect_s4_class(joined$values, "IterableMatrix")
  withr::local_options(wilcoxide.memory = room_for(x, 300))
  expect_same_tables(rank_quietly(object, "cluster"), expected)
})

test_that("workers rank what BPCells keeps on disk", {
  skip_if_not_installed("BiocParallel")
  x <- as_dgc(toy_expression())
  stored <- bpcells_toy(x)
  expect_same_bits(
    rank_genes_groups(
      stored, toy_groups(),
      BPPARAM = BiocParallel::MulticoreParam(2)
    ),
    rank_genes_groups(as(stored, "dgCMatrix"), toy_groups(), threads = 1)
  )
})
