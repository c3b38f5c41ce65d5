# Arguments of find_markers() and its kin that cannot be taken.

x <- local({
  withr::local_seed(9)
  counts <- matrix(rpois(20 * 30, 1), 20)
  dimnames(counts) <- list(sprintf("G%d", 1:20), sprintf("c%d", 1:30))
  log1p(counts)
})
cluster <- rep(c("alpha", "beta", "gamma"), c(12, 12, 6))

find <- function(group = "alpha", ...) {
  find_markers(x, group, group.by = cluster, threads = 1, ...)
}

expect_told <- function(call, pattern) {
  expect_error(call, pattern, class = "wilcoxide_error_input")
}

test_that("other tests and covariates are refused by name", {
  expect_told(find(test.use = "MAST"), "MAST")
  expect_told(find(test.use = "roc"), "auc")
  expect_told(find(test.use = "wilcoxon"), "wilcox")
  expect_told(find(latent.vars = "donor"), "latent.vars")
})

test_that("arguments of Seurat's without a counterpart are told", {
  expect_told(find(densify = TRUE), "dense")
  expect_told(find(mean.fxn = rowMeans), "mean.fxn")
  expect_told(find(min.pct.diff = 1), "min.diff.pct")
  expect_told(
    find_all_markers(x, group.by = cluster, node = 3),
    "tree"
  )
  expect_told(find(assay = "RNA"), "assay.type")
})

test_that("identities that are not there are told", {
  expect_told(find("alfa"), "alpha")
  expect_told(find(NULL), "ident.1")
  expect_told(find("clustertree"), "tree")
  expect_told(find(c("c1", "c99")), "c99")
  expect_told(find("alpha", ident.2 = "alpha"), "both sides")
  expect_told(find("gamma", min.cells.group = 7), "min.cells.group")
  expect_told(
    find_markers(x, "alpha", group.by = cluster[-1]),
    "group.by"
  )
  expect_told(find_markers(x, "alpha"), "group.by")
})

test_that("features that are not there, or twice, are told", {
  expect_told(find(features = c("G1", "g2")), "G2")
  expect_told(find(features = c("G1", "G1")), "more than once")
  twice <- x[c(1, 1:20), ]
  expect_told(
    find_markers(twice, "alpha", group.by = cluster),
    "must be unique"
  )
})

test_that("numbers out of range are told", {
  expect_told(find(base = 1), "base")
  expect_told(find(pseudocount.use = 0), "pseudocount.use")
  expect_told(find(max.cells.per.ident = 0), "max.cells.per.ident")
  expect_told(find(random.seed = 1e10), "random.seed")
  expect_told(find(min.pct = "a"), "min.pct")
  expect_told(find(version = 3), "version")
  expect_told(find(ties = "some"), "ties")
  expect_told(find(exact = NA), "exact")
})

test_that("a filter that no feature passes is a warning", {
  expect_warning(
    empty <- find(min.pct = 2),
    "min.pct",
    class = "wilcoxide_warning_no_markers"
  )
  expect_identical(names(empty), c("avg_log2FC", "pct.1", "pct.2"))
  expect_identical(nrow(empty), 0L)
})

test_that("a side of one cell may be tested", {
  own <- replace(cluster, 5, "one")
  find <- function(group, other) {
    find_markers(
      x,
      group,
      other,
      group.by = own,
      min.cells.group = 1,
      min.pct = 0,
      logfc.threshold = 0,
      exact = FALSE,
      threads = 1
    )[rownames(x), ]
  }
  one <- find("one", "beta")
  other <- find("beta", "one")
  expect_identical(one$p_val, other$p_val)
  expect_identical(one$pct.1, other$pct.2)
  expect_equal(one[[2L]], -other[[2L]])
  expect_identical(one$pct.1, unname(as.double(x[, 5] > 0)))
})
