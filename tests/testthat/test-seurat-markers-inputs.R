# The same markers from every kind of object, without Seurat's functions.

random_cells <- function() {
  withr::local_seed(8)
  counts <- matrix(rpois(40 * 50, 1), 40)
  counts[1:8, 1:15] <- counts[1:8, 1:15] + rpois(8, 2)
  dimnames(counts) <- list(sprintf("G%d", 1:40), sprintf("c%d", 1:50))
  as(log1p(counts), "CsparseMatrix")
}
cluster <- rep(c("a", "b", NA), c(15, 25, 10))

find_in <- function(x, ...) {
  find_all_markers(
    x,
    logfc.threshold = 0,
    return.thresh = 1.1,
    version = "5",
    exact = FALSE,
    threads = 1,
    ...
  )
}

test_that("matrices, SummarizedExperiments and AnnData have the same markers", {
  x <- random_cells()
  expected <- find_in(x, group.by = cluster)
  expect_identical(levels(expected$cluster), c("a", "b"))
  by_row <- as(x, "RsparseMatrix")
  expect_identical(find_in(by_row, group.by = cluster), expected)
  expect_identical(
    find_in(Matrix::t(x), group.by = cluster, cells = "rows"),
    expected
  )
  skip_if_not_installed("SingleCellExperiment")
  sce <- SingleCellExperiment::SingleCellExperiment(
    list(logcounts = x),
    colData = data.frame(cluster = cluster)
  )
  expect_identical(find_in(sce, group.by = "cluster"), expected)
  expect_identical(
    find_in(sce, group.by = "cluster", assay.type = "logcounts"),
    expected
  )
  skip_if_not_installed("DelayedArray")
  delayed <- DelayedArray::DelayedArray(x)
  expect_identical(find_in(delayed, group.by = cluster), expected)
})

test_that("AnnData and .h5ad files have the markers of their matrix", {
  expected <- find_in(toy_expression(), group.by = toy_groups())
  expect_gt(nrow(expected), 20)
  expect_identical(find_in(toy_adata(), group.by = "cluster"), expected)
  expect_identical(
    find_in(toy_adata(), group.by = "cluster", layer = "half"),
    find_in(toy_expression() / 2, group.by = toy_groups())
  )
  path <- shipped_file()
  cells <- shipped_cells()
  expected <- find_in(cells$data, group.by = cells$groups)
  expect_identical(find_in(path, group.by = "bulk_labels"), expected)
  first <- find_markers(
    cells$data,
    levels(cells$groups)[[1L]],
    group.by = cells$groups,
    threads = 1
  )
  expect_identical(
    find_markers(
      path,
      levels(cells$groups)[[1L]],
      group.by = "bulk_labels",
      threads = 1
    ),
    first
  )
  object <- python_anndata()$read_h5ad(path)
  expect_identical(find_in(object, group.by = "bulk_labels"), expected)
})

test_that("a Seurat object of split layers has the table of the joined one", {
  skip_if_not_installed("SeuratObject", "5.0.0")
  x <- random_cells()
  object <- SeuratObject::CreateSeuratObject(expm1(x))
  object <- SeuratObject::SetAssayData(object, "data", new.data = x)
  object$cluster <- cluster
  expected <- find_in(object, group.by = "cluster")
  split <- object
  split[["RNA"]] <- split(split[["RNA"]], rep(1:2, 25))
  expect_identical(
    suppressMessages(find_in(split, group.by = "cluster")),
    expected
  )
})

test_that("both versions have the fold change and the order of their own", {
  x <- random_cells()
  sides <- list(x[, 1:15], x[, 16:50])
  sums <- lapply(sides, function(side) unname(Matrix::rowSums(expm1(side))))
  change <- function(version, ...) {
    markers <- find_markers(
      x,
      "a",
      group.by = cluster,
      min.pct = 0,
      logfc.threshold = 0,
      version = version,
      threads = 1,
      ...
    )
    markers[rownames(x), 2L]
  }
  expect_equal(
    change("5"),
    log2((sums[[1]] + 1) / 15) - log2((sums[[2]] + 1) / 35),
    tolerance = 1e-12
  )
  expect_equal(
    change("4", base = 10, pseudocount.use = 2),
    log10(sums[[1]] / 15 + 2) - log10(sums[[2]] / 35 + 2),
    tolerance = 1e-12
  )
})

test_that("presto before 1.1.0 counted no ties of the largest value", {
  # Half of the cells share the largest value, two of each side are zero.
  x <- rbind(G = c(0, 0, 3, 3, 3, 3, 1, 2, 0, 0, 3, 1, 2, 1, 1, 1))
  colnames(x) <- sprintf("c%d", 1:16)
  p <- function(ties) {
    find_markers(
      x,
      "a",
      group.by = rep(c("a", "b"), each = 8),
      logfc.threshold = 0,
      ties = ties,
      exact = FALSE,
      threads = 1
    )$p_val
  }
  n <- 16
  u <- sum(rank(x)[1:8]) - 36
  by_hand <- function(runs) {
    variance <- 64 / 12 * (n + 1 - sum(runs^3 - runs) / (n * (n - 1)))
    2 * pnorm(-(abs(u - 32) - 0.5) / sqrt(variance))
  }
  runs <- as.vector(table(x))
  expect_equal(p("all"), by_hand(runs), tolerance = 1e-12)
  expect_equal(p("presto1.0"), by_hand(runs[1:3]), tolerance = 1e-12)
  expect_gt(p("presto1.0"), p("all"))
})

test_that("a feature that no cell compared expresses has p = 1 with presto", {
  x <- rbind(
    G = c(1, 2, 0, 3, 0, 1, 0, 2),
    Z = rep(0, 8)
  )
  colnames(x) <- sprintf("c%d", 1:8)
  markers <- find_markers(
    x,
    "a",
    group.by = rep(c("a", "b"), each = 4),
    logfc.threshold = 0,
    min.pct = 0,
    ties = "presto1.0",
    exact = FALSE,
    threads = 1
  )
  expect_identical(markers["Z", "p_val"], 1)
})

test_that("small sums beside large ones keep their digits", {
  values <- cbind(c(1e300, 1e-3), c(1e-8, 1), c(3e-9, 1e200))
  others <- sums_of_others(values)
  expect_equal(others[1L, 1L], 1.3e-8, tolerance = 1e-15)
  expect_equal(others[2L, 3L], 1.001, tolerance = 1e-15)
})
