refused_matrix <- function(x, groups = toy_groups()) {
  error <- expect_error(
    rank_genes_groups(x, groups),
    class = "wilcoxide_error_input"
  )
  gsub("\\s+", " ", cli::ansi_strip(conditionMessage(error)))
}

test_that("a fresh session needs no other package attached", {
  library <- dirname(getNamespaceInfo("wilcoxide", "path"))
  skip_if_not(
    file.exists(file.path(library, "wilcoxide", "Meta", "package.rds")),
    "wilcoxide is installed"
  )
  code <- c(
    "library(wilcoxide, lib.loc = commandArgs(TRUE)[[1]])",
    "x <- matrix(c(0.5, 0, 1.5, 2, 0, 1, 0, 3), 2)",
    "cat(names(rank_genes_groups(x, c(1, 1, 2, 2))$names))"
  )
  script <- withr::local_tempfile(lines = code, fileext = ".R")
  output <- system2(
    file.path(R.home("bin"), "Rscript"),
    c("--vanilla", shQuote(script), shQuote(library)),
    stdout = TRUE,
    stderr = FALSE
  )
  expect_identical(output, "1 2")
})

test_that("base matrices are matrices whatever else they are", {
  x <- toy_expression()
  expected <- rank_genes_groups(x, toy_groups(), pts = TRUE)
  ranked <- function(x, ...) {
    rank_genes_groups(x, toy_groups(), pts = TRUE, ...)
  }
  expect_same_bits(ranked(structure(x, class = "own")), expected)
  expect_same_bits(ranked(structure(x, class = c("own", "matrix"))), expected)
  expect_same_bits(ranked(structure(x, class = "table")), expected)
  expect_same_bits(ranked(structure(x, note = "from a file")), expected)
  expect_same_bits(
    ranked(structure(t(x), class = "own"), cells = "rows"),
    expected
  )

  withr::defer(methods::removeClass("OwnMatrix", where = environment()))
  methods::setClass("OwnMatrix", contains = "matrix", where = environment())
  own <- methods::new("OwnMatrix", x)
  expect_same_bits(ranked(own)$scores, expected$scores)
})

test_that("classes that extend a Matrix are that Matrix", {
  x <- as_dgc(toy_expression())
  withr::defer(methods::removeClass("OwnSparse", where = environment()))
  methods::setClass(
    "OwnSparse",
    contains = "dgCMatrix",
    where = environment()
  )
  own <- methods::as(x, "OwnSparse")
  expect_same_bits(
    rank_genes_groups(own, toy_groups()),
    rank_genes_groups(x, toy_groups())
  )
})

test_that("matrices of one cell, one gene or nothing stored are matrices", {
  x <- toy_expression()[3L, , drop = FALSE]
  expect_identical(rank_genes_groups(x, toy_groups())$names$T, "gene3")
  expect_identical(rank_genes_groups(as_dgc(x), toy_groups())$names$T, "gene3")
  one <- toy_expression()[, 1L, drop = FALSE]
  expect_match(refused_matrix(one, "a"), "at least two cells", fixed = TRUE)

  empty <- as_dgc(toy_expression() * 0)
  expect_length(empty@x, 0L)
  result <- without_counts_warning(rank_genes_groups(empty, toy_groups()))
  expect_identical(unique(unlist(result$scores)), 0)
})

test_that("64-bit integers are not taken for doubles", {
  x <- structure(toy_expression(), class = "integer64")
  expect_match(refused_matrix(x), "`x`.*64-bit integers")
})

# As readers of files leave them.
as_arrays <- function(x, slots) {
  for (name in slots) {
    x <- with_attribute(x, name, array(methods::slot(x, name)))
  }
  x
}

test_that("slots may be arrays of one dimension", {
  x <- as_dgc(toy_expression())
  arrays <- as_arrays(x, c("p", "i", "x", "Dim"))
  expect_length(dim(arrays@x), 1L)
  expect_same_bits(
    rank_genes_groups(arrays, toy_groups(), pts = TRUE),
    rank_genes_groups(x, toy_groups(), pts = TRUE)
  )
  slices <- matrix_view(arrays, "columns", NULL, NULL)$matrix()
  expect_identical(
    slices,
    list(p = x@p, idx = x@i, x = x@x, major = "cell")
  )

  by_row <- as_dgr(toy_expression())
  slices <- matrix_view(
    as_arrays(by_row, c("p", "j", "x")),
    "columns",
    NULL,
    NULL
  )$matrix()
  expect_identical(
    slices,
    list(p = by_row@p, idx = by_row@j, x = by_row@x, major = "gene")
  )
})

test_that("slots that are not there, or no vectors, are refused", {
  good <- as_dgc(toy_expression())
  with <- function(name, value) with_attribute(good, name, value)
  for (bad in list(
    with("x", NULL),
    with("p", NULL),
    with("i", list()),
    with("x", structure(good@x, class = "integer64")),
    with("p", factor(good@p)),
    with("Dim", 20L),
    with("Dim", c(20, 60)),
    with("Dim", c(20L, NA)),
    with("Dim", c(-1L, 60L)),
    with("Dim", .Machine$integer.max + 0L * 1:2),
    with("Dimnames", NULL),
    with("Dimnames", list(NULL)),
    with("Dimnames", list(1:20, NULL)),
    with("Dimnames", list(NULL, letters))
  )) {
    expect_match(refused_matrix(bad), "`x`.*matrix is not valid")
  }
})

test_that("a matrix with too few starts is refused before its groups are", {
  bad <- as_dgc(unname(toy_expression()))
  bad <- with_attribute(bad, "Dim", c(20L, 61L))
  expect_match(refused_matrix(bad), "`x`.*p has 61 entries")
})

test_that("R survives bad matrices of all classes", {
  x <- toy_expression(30L, 30L)
  groups <- toy_groups(30L)
  sparse <- as_dgc(x)
  symmetric <- as_dgc(crossprod(x))
  symmetric <- methods::as(symmetric, "symmetricMatrix")
  triplets <- methods::as(sparse, "TsparseMatrix")
  logical <- methods::as(methods::as(sparse, "lMatrix"), "RsparseMatrix")
  pattern <- methods::as(sparse, "nMatrix")
  dense <- methods::as(methods::as(x, "dMatrix"), "unpackedMatrix")
  set <- function(matrix, name, at, value) {
    values <- methods::slot(matrix, name)
    values[at] <- value
    with_attribute(matrix, name, values)
  }
  for (bad in list(
    set(triplets, "i", 5L, -1L),
    set(triplets, "j", 5L, -1L),
    set(triplets, "i", 5L, 30L),
    set(triplets, "j", 5L, 100000000L),
    set(triplets, "i", 5L, NA),
    set(symmetric, "i", 5L, 100000000L),
    set(symmetric, "p", 5L, 100000000L),
    set(logical, "j", 5L, 100000000L),
    set(logical, "j", 5L, -100000000L),
    set(logical, "p", 31L, 100000000L),
    set(pattern, "i", 5L, 100000000L),
    set(dense, "Dim", 1:2, 100000L)
  )) {
    expect_match(refused_matrix(bad, groups), "`x`.*matrix is not valid")
  }
  for (good in list(triplets, symmetric, logical, pattern, dense)) {
    expect_s3_class(
      without_counts_warning(rank_genes_groups(good, groups)),
      "rank_genes_groups"
    )
  }
})

test_that("what Matrix cannot convert is refused in its words", {
  # A class that is a Matrix in name only.
  withr::defer(methods::removeClass("OddMatrix", where = environment()))
  methods::setClass("OddMatrix", contains = "Matrix", where = environment())
  odd <- methods::new("OddMatrix", Dim = c(20L, 60L))
  expect_match(refused_matrix(odd), "`x`.*OddMatrix")
})

test_that("arguments are refused before anything is converted", {
  x <- methods::as(as_dgc(toy_expression()), "TsparseMatrix")
  view <- matrix_view(x, "columns", NULL, NULL)
  view$matrix <- function() stop("too early")
  expect_error(
    rank_genes_groups(view, toy_groups(), n_genes = 0),
    class = "wilcoxide_error_input"
  )
})

test_that("genes of one name that are not ranked do no harm", {
  x <- toy_expression()
  rownames(x)[c(4L, 5L)] <- c("gene1", "gene2")
  mask <- !seq_len(20L) %in% 4:5
  result <- rank_genes_groups(x, toy_groups(), mask_var = mask, pts = TRUE)
  expect_identical(rownames(result$pts), rownames(x)[mask])
  refused <- expect_error(
    rank_genes_groups(x, toy_groups(), pts = TRUE),
    "2 names",
    class = "wilcoxide_error_input"
  )
  expect_match(
    cli::ansi_strip(conditionMessage(refused)),
    "\"gene1\" and \"gene2\""
  )
})

test_that("a data frame is refused with the way to a matrix", {
  expect_match(
    refused_matrix(as.data.frame(toy_expression())),
    "`as.matrix(x)` turns a data frame",
    fixed = TRUE
  )
})

test_that("every valid Matrix is ranked as its numbers are", {
  counts <- withr::with_seed(2, matrix(stats::rpois(36 * 36, 0.6), 36L))
  x <- methods::as(methods::as(counts, "dMatrix"), "CsparseMatrix")
  square <- Matrix::crossprod(x)
  upper <- Matrix::triu(square)
  twice <- methods::as(x, "TsparseMatrix")
  twice@i <- c(twice@i, twice@i)
  twice@j <- c(twice@j, twice@j)
  twice@x <- c(twice@x, twice@x / 2)
  unit <- methods::as(Matrix::Diagonal(36L), "CsparseMatrix")
  permutation <- methods::as(rev(1:36), "pMatrix")
  to <- function(x, ...) {
    for (class in c(...)) {
      x <- methods::as(x, class)
    }
    x
  }
  cases <- list(
    triplets = twice,
    rows = to(x, "RsparseMatrix"),
    pattern = to(x, "nMatrix"),
    "pattern, triplets" = to(x, "nMatrix", "TsparseMatrix"),
    "pattern, rows" = to(x, "nMatrix", "RsparseMatrix"),
    logical = to(x, "lMatrix"),
    "logical, rows" = to(x, "lMatrix", "RsparseMatrix"),
    dense = to(as.matrix(x), "dMatrix", "unpackedMatrix"),
    "dense, logical" = to(as.matrix(x) > 1, "lMatrix", "unpackedMatrix"),
    symmetric = to(square, "symmetricMatrix"),
    "symmetric, rows" = to(square, "symmetricMatrix", "RsparseMatrix"),
    "symmetric, dense" = to(as.matrix(square), "dMatrix", "symmetricMatrix"),
    "symmetric, packed" = to(
      as.matrix(square), "dMatrix", "symmetricMatrix", "packedMatrix"
    ),
    triangle = to(upper, "triangularMatrix"),
    "triangle, packed" = to(
      as.matrix(upper), "dMatrix", "triangularMatrix", "packedMatrix"
    ),
    diagonal = Matrix::Diagonal(36L, rep_len(1:5, 36L)),
    "diagonal of ones" = Matrix::Diagonal(36L),
    "triangle of ones" = to(unit, "triangularMatrix"),
    "ones, not stored" = Matrix::solve(
      to(Matrix::triu(unit, 0), "triangularMatrix")
    ),
    permutation = permutation,
    index = to(c(rep_len(1:7, 35L), 36L), "indMatrix"),
    blocks = Matrix::bdiag(x[1:20, 1:15], x[21:36, 16:36])
  )
  groups <- rep_len(c("a", "b", "c"), 36L)
  ranked <- function(x, cells) {
    without_counts_warning(rank_genes_groups(x, groups, cells = cells))
  }
  for (name in names(cases)) {
    one <- cases[[name]]
    expect_true(methods::validObject(one), info = name)
    for (cells in c("columns", "rows")) {
      expect_same_bits(
        ranked(one, cells)$scores,
        ranked(1 * as.matrix(one), cells)$scores
      )
    }
  }
})

test_that("sparse matrices of other packages are taken where they convert", {
  skip_if_not_installed("DelayedArray")
  x <- as_dgc(toy_expression())
  skip_if_not(methods::existsMethod(
    "coerce",
    c("dgCMatrix", "SparseArraySeed")
  ))
  other <- methods::as(x, "SparseArraySeed")
  expected <- rank_genes_groups(x, toy_groups())
  expect_same_bits(
    rank_genes_groups(other, toy_groups())$scores,
    expected$scores
  )
  turned <- methods::as(Matrix::t(x), "SparseArraySeed")
  expect_same_bits(
    rank_genes_groups(turned, toy_groups(), cells = "rows")$scores,
    expected$scores
  )
})

test_that("what is refused is told with the cure", {
  skip_if_not_installed("SeuratObject")
  assay <- SeuratObject::pbmc_small@assays$RNA
  expect_match(refused_matrix(assay), "Seurat.*GetAssayData")
})

test_that("a DelayedMatrix of other values is refused in words", {
  skip_if_not_installed("DelayedArray")
  for (values in list("a", 1i, as.raw(1L))) {
    x <- DelayedArray::DelayedArray(matrix(values, 3L, 4L))
    message <- refused_matrix(x, c(1, 1, 2, 2))
    expect_match(message, "`x` must be a matrix of numbers", fixed = TRUE)
    expect_match(message, typeof(values), fixed = TRUE)
  }
})
