# Fold changes of a group by their definitions, from the dense values.
by_definition <- function(x, groups, group, case) {
  is_other <- if (case$reference == "rest") {
    !groups %in% group
  } else {
    groups %in% case$reference
  }
  side <- function(cells) {
    n <- sum(cells)
    linear <- rowSums(expm1(x[, cells]))
    switch(case$lfc,
      seurat = log2((linear + case$pseudocount) / n),
      seurat4 = log2(linear / n + case$pseudocount),
      mean_difference = rowMeans(x[, cells])
    )
  }
  side(groups %in% group) - side(is_other)
}

test_that("fold changes follow the definition that is asked for", {
  x <- as.matrix(toy_expression())
  groups <- toy_groups()
  cases <- expand.grid(
    lfc = c("seurat", "seurat4", "mean_difference"),
    pseudocount = c(1, 1e-3), reference = c("rest", "T"),
    stringsAsFactors = FALSE
  )
  for (row in seq_len(nrow(cases))) {
    case <- as.list(cases[row, ])
    result <- rank_quietly(
      x, groups,
      lfc = case$lfc, reference = case$reference,
      pseudocount = if (case$lfc != "mean_difference") case$pseudocount
    )
    for (group in names(result$names)) {
      expected <- by_definition(x, groups, group, case)
      expect_equal(
        result$logfoldchanges[[group]],
        unname(expected[result$names[[group]]]),
        tolerance = 1e-13
      )
    }
    same <- c("names", "scores", "pvals", "pvals_adj")
    plain <- rank_quietly(x, groups, reference = case$reference)
    expect_same_bits(unclass(result)[same], unclass(plain)[same])
  }
})

test_that("two sides alone have the bits of adding cell after cell", {
  x <- as.matrix(toy_expression())
  x[x > 0] <- x[x > 0] * pi
  groups <- toy_groups()
  is_in <- groups == "NK"
  result <- rank_quietly(as_dgc(x), groups, groups = "NK", lfc = "seurat")
  # Its sums are of plain doubles.
  linear <- methods::as(expm1(as_dgc(x)), "CsparseMatrix")
  side <- function(cells) {
    log((Matrix::rowSums(linear[, cells]) + 1) / sum(cells), base = 2)
  }
  expected <- unname((side(is_in) - side(!is_in))[result$names$NK])
  expect_same_bits(result$logfoldchanges$NK, expected)
})

test_that("the base of the logarithm is undone", {
  x <- toy_expression()
  rank <- function(...) rank_quietly(..., toy_groups(), lfc = "seurat4")
  natural <- rank(x)
  binary <- rank(x / log(2), log_base = 2)
  expect_equal(
    binary$logfoldchanges, natural$logfoldchanges,
    tolerance = 1e-12
  )
})

test_that("Scanpy's fold change takes another pseudocount", {
  x <- as.matrix(toy_expression())
  groups <- toy_groups()
  result <- rank_quietly(x, groups, pseudocount = 0.5)
  means <- function(cells) expm1(rowMeans(x[, cells]))
  for (group in names(result$names)) {
    is_in <- groups == group
    expected <- log2((means(is_in) + 0.5) / (means(!is_in) + 0.5))
    expect_equal(
      result$logfoldchanges[[group]],
      unname(as_float32(expected))[match(result$names[[group]], rownames(x))],
      tolerance = 1e-6
    )
  }
})

test_that("fold changes of other definitions keep their precision", {
  skip_without_hdf5r()
  path <- writable_h5ad("raw")
  result <- rank_quietly(path, "group", lfc = "seurat")
  values <- unlist(result$logfoldchanges, use.names = FALSE)
  expect_false(identical(values, as_float32(values)))
  write_rank_genes_groups(result, path)
  expect_identical(get_rank_genes_groups(path), result)
  bound <- sort(values)[[3L]]
  table <- rank_genes_groups_df(result, log2fc_max = bound)
  expect_identical(nrow(table), sum(values < bound, na.rm = TRUE))
})
