# What must not change when the input is put another way.

# Some genes of the shipped cells, all single precision: no sum of theirs
# rounds, so that not even fold changes depend on the order of cells.
some_cells <- function(n_genes = 150L) {
  cells <- shipped_cells()
  cells$data <- cells$data[seq_len(n_genes), ]
  cells
}

rank_cells <- function(data, groupby, ...) {
  rank_genes_groups(data, groupby, ..., pts = TRUE, threads = 2)
}

# The tables with one row per gene, in the order of `genes`.
in_order <- function(result, genes) {
  lapply(names(result$names), function(group) {
    at <- match(genes, result$names[[group]])
    fields <- c("scores", "logfoldchanges", "pvals", "pvals_adj")
    columns <- lapply(result[fields], function(table) table[[group]][at])
    c(columns, list(
      result$pts[genes, group], result$pts_rest[genes, group]
    ))
  })
}

test_that("the order of cells does not matter", {
  cells <- some_cells()
  withr::local_seed(1)
  order <- sample(ncol(cells$data))
  for (tie_correct in c(FALSE, TRUE)) {
    for (reference in c("rest", "Dendritic")) {
      rank <- function(data, groups) {
        rank_cells(
          data, groups,
          tie_correct = tie_correct, reference = reference
        )
      }
      expect_same_bits(
        rank(cells$data[, order], cells$groups[order]),
        rank(cells$data, cells$groups)
      )
    }
  }
})

test_that("the order of genes matters among ties only", {
  cells <- some_cells()
  withr::local_seed(1)
  order <- sample(nrow(cells$data))
  genes <- rownames(cells$data)
  one <- rank_cells(cells$data, cells$groups)
  other <- rank_cells(cells$data[order, ], cells$groups)
  expect_same_bits(in_order(one, genes), in_order(other, genes))
  expect_same_bits(one$scores, other$scores)
  for (group in names(one$names)) {
    scores <- one$scores[[group]]
    tied <- scores %in% scores[duplicated(scores)]
    expect_identical(one$names[[group]][!tied], other$names[[group]][!tied])
  }
})

test_that("names and levels of groups are only names", {
  cells <- some_cells()
  one <- rank_cells(cells$data, cells$groups)
  names <- rev(sprintf("group %d", seq_along(levels(cells$groups))))
  renamed <- factor(cells$groups, labels = names)
  other <- rank_cells(cells$data, factor(renamed, rev(names)), groups = names)
  for (table in setdiff(names(one), c("params", "settings"))) {
    expect_same_bits(
      stats::setNames(as.list(other[[table]]), names(one[[table]])),
      as.list(one[[table]])
    )
  }
})

test_that("two groups mirror each other", {
  cells <- some_cells()
  groups <- ifelse(cells$groups == "Dendritic", "yes", "no")
  genes <- rownames(cells$data)
  result <- rank_cells(cells$data, groups)
  no <- stats::setNames(in_order(result, genes)[[1L]], 1:6)
  yes <- stats::setNames(in_order(result, genes)[[2L]], 1:6)
  expect_same_bits(yes[[1L]] + 0, -no[[1L]] + 0)
  expect_same_bits(yes[3:4], no[3:4])
  # A ratio and its inverse round each on its own.
  expect_equal(yes[[2L]], -no[[2L]], tolerance = 2^-22)
  expect_same_bits(unname(yes[5:6]), unname(no[6:5]))
})

test_that("R's own test of real cells has these p-values", {
  cells <- some_cells(40L)
  data <- as.matrix(cells$data)
  result <- rank_cells(cells$data, cells$groups, tie_correct = TRUE)
  for (group in levels(cells$groups)) {
    inside <- cells$groups == group
    expected <- apply(data, 1L, function(x) {
      test <- stats::wilcox.test(
        x[inside], x[!inside],
        exact = FALSE, correct = FALSE
      )
      test$p.value
    })
    # Every one: SciPy's normal distribution differs from R's by that much.
    off <- by_gene(result, "pvals", group, rownames(data)) / expected - 1
    expect_lt(max(abs(off)), 1e-11)
  }
})

# Very many cells, nearly all of them zeros ------------------------------------

# The group comes first; genes are rows of cells that have a value.
sparse_cells <- function(n, cells, values) {
  methods::new("dgCMatrix",
    Dim = c(n, 1L),
    p = c(0L, length(cells)),
    i = cells - 1L,
    x = values
  )
}

score_of <- function(x, n_group) {
  groups <- rep(1:2, c(n_group, nrow(x) - n_group))
  rank_genes_groups(x, groups, groups = 1L, cells = "rows")$scores[[1L]]
}

# From ranks, in doubles: these sums and products are small enough.
expected_score <- function(n, n_group, cells) {
  zeros <- n - length(cells)
  n_zeros <- n_group - sum(cells <= n_group)
  rank_sum <- n_zeros * (zeros + 1) / 2 +
    sum((zeros + seq_along(cells))[cells <= n_group])
  n_rest <- n - n_group
  (rank_sum - n_group * (n + 1) / 2) /
    sqrt(as.double(n_group) * n_rest * (n + 1) / 12)
}

test_that("the score is right where Scanpy's product overflows", {
  # Scanpy multiplies n1 n2 (n1 + n2 + 1) in 64 bits.
  fits <- function(n) (n %/% 2) * (n - n %/% 2) * (n + 1) < 2^63
  expect_true(fits(3329020))
  expect_false(fits(3329021))
  for (n in c(3329020L, 3329021L, 4200000L)) {
    n_group <- n %/% 2L
    cells <- c(5L, 1000L, n_group + 1:30)
    score <- score_of(sparse_cells(n, cells, seq_along(cells) / 8), n_group)
    expect_equal(score, expected_score(n, n_group, cells), tolerance = 1e-7)
  }
})

test_that("groups may be larger than the root of the largest integer", {
  for (n_group in c(46340L, 46341L, 100000L)) {
    n <- n_group + 60000L
    cells <- c(1:50, n - 100:1)
    score <- score_of(sparse_cells(n, cells, seq_along(cells) / 8), n_group)
    expect_equal(score, expected_score(n, n_group, cells), tolerance = 1e-7)
  }
})
