# Logarithms of made-up counts, genes by cells; about half of them zeros.
toy_expression <- function(n_genes = 20L, n_cells = 60L) {
  withr::local_seed(1)
  counts <- stats::rpois(n_genes * n_cells, stats::runif(n_genes, 0.2, 2))
  matrix(
    log1p(counts),
    nrow = n_genes,
    dimnames = list(
      sprintf("gene%d", seq_len(n_genes)),
      sprintf("cell%d", seq_len(n_cells))
    )
  )
}

toy_groups <- function(n_cells = 60L) {
  factor(
    rep_len(c("T", "B", "T", "NK", "B", "T"), n_cells),
    levels = c("T", "NK", "B")
  )
}

as_dgc <- function(x) {
  x <- methods::as(methods::as(x, "dMatrix"), "generalMatrix")
  methods::as(x, "CsparseMatrix")
}

as_dgr <- function(x) {
  x <- methods::as(methods::as(x, "dMatrix"), "generalMatrix")
  methods::as(x, "RsparseMatrix")
}

# Slots are attributes, which nothing checks.
with_attribute <- function(x, name, value) {
  attr(x, name) <- value
  x
}

without_counts_warning <- function(expr) {
  withCallingHandlers(
    expr,
    wilcoxide_warning_counts = function(condition) {
      rlang::cnd_muffle(condition)
    }
  )
}

# A column of a result by gene, in the order of `genes`.
by_gene <- function(result, element, group, genes) {
  order <- match(genes, result$names[[group]])
  result[[element]][[group]][order]
}

# Bits, not values: tells 0 from -0 and one NaN from another. What is computed
# counts, of a result: how it was asked for may differ.
expect_same_bits <- function(object, expected) {
  object <- without_settings(object)
  expected <- without_settings(expected)
  testthat::expect_identical(object, expected)
  testthat::expect_true(
    identical(object, expected, num.eq = FALSE, single.NA = FALSE)
  )
}

without_settings <- function(result) {
  if (is.list(result) && is.data.frame(.subset2(result, "names"))) {
    result <- unclass(result)
    result["settings"] <- NULL
  }
  result
}
