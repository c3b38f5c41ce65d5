test_that("a matrix gives Scanpy's tables", {
  x <- toy_expression()
  result <- rank_genes_groups(x, toy_groups(), pts = TRUE)

  expect_s3_class(result, c("rank_genes_groups", "list"), exact = TRUE)
  expect_named(
    result,
    c(
      "params", "settings", "names", "scores", "logfoldchanges", "pvals",
      "pvals_adj", "pts", "pts_rest"
    )
  )
  tables <- c("names", "scores", "logfoldchanges", "pvals", "pvals_adj")
  for (element in tables) {
    expect_s3_class(result[[element]], "data.frame")
    expect_named(result[[element]], c("T", "NK", "B"))
    expect_identical(dim(result[[element]]), c(20L, 3L))
  }
  expect_identical(sort(result$names$NK), sort(rownames(x)))
  for (element in c("pts", "pts_rest")) {
    expect_named(result[[element]], c("T", "NK", "B"))
    expect_identical(rownames(result[[element]]), rownames(x))
  }
  expect_identical(
    names(result$params),
    c("groupby", "reference", "method", "use_raw", "layer", "corr_method")
  )
  expect_identical(
    result$params[c("reference", "method", "corr_method")],
    list(
      reference = "rest",
      method = "wilcoxon",
      corr_method = "benjamini-hochberg"
    )
  )
})

test_that("three genes of six cells come out as worked out by hand", {
  x <- rbind(
    up = c(3, 2, 0, 0, 0, 0) / 2,
    flat = c(0, 0, 0, 0, 0, 0),
    down = c(0, 0, 0.5, 1, 1.5, 0)
  )
  result <- rank_genes_groups(x, c("a", "a", "b", "b", "b", "b"), pts = TRUE)

  # Ranks of `a`: up 6 + 5, flat 3.5 + 3.5, down 2 + 2; expected 7, with
  # variance 2 * 4 * 7 / 12.
  z <- c(4, 0, -3) / sqrt(14 / 3)
  expect_identical(result$names$a, c("up", "flat", "down"))
  expect_identical(result$names$b, c("down", "flat", "up"))
  expect_equal(result$scores$a, z, tolerance = 1e-7)
  expect_equal(result$scores$b, -rev(z), tolerance = 1e-7)
  expect_equal(result$pvals$a, 2 * pnorm(-abs(z)), tolerance = 1e-14)
  expect_equal(
    result$pvals_adj$a,
    p.adjust(2 * pnorm(-abs(z)), "BH"),
    tolerance = 1e-14
  )
  expect_equal(
    result$logfoldchanges$a,
    log2((expm1(c(1.25, 0, 0)) + 1e-9) / (expm1(c(0, 0, 0.75)) + 1e-9)),
    tolerance = 1e-7
  )
  expect_identical(result$pts$a, c(1, 0, 0))
  expect_identical(result$pts_rest$a, c(0, 0, 0.75))
  expect_identical(result$pts$b, c(0, 0, 0.75))
})

test_that("every class of matrix and both layouts give the same bits", {
  x <- toy_expression()
  groups <- toy_groups()
  expected <- rank_genes_groups(x, groups, pts = TRUE)
  expect_ranks_as <- function(matrix, ...) {
    expect_same_bits(
      rank_genes_groups(matrix, groups, pts = TRUE, ...),
      expected
    )
  }

  expect_ranks_as(as_dgc(x))
  expect_ranks_as(as_dgr(x))
  expect_ranks_as(methods::as(as_dgc(x), "TsparseMatrix"))
  expect_ranks_as(methods::as(methods::as(x, "dMatrix"), "unpackedMatrix"))

  cells_by_genes <- t(x)
  expect_ranks_as(cells_by_genes, cells = "rows")
  expect_ranks_as(as_dgc(cells_by_genes), cells = "rows")
  expect_ranks_as(as_dgr(cells_by_genes), cells = "rows")
  expect_ranks_as(
    methods::as(as_dgc(cells_by_genes), "TsparseMatrix"),
    cells = "rows"
  )
})

test_that("a base matrix may have a class of its own", {
  x <- toy_expression()
  expect_same_bits(
    rank_genes_groups(structure(x, class = c("own", "matrix")), toy_groups()),
    rank_genes_groups(x, toy_groups())
  )
})

test_that("a triplet matrix may hold a value in parts", {
  x <- toy_expression()
  whole <- methods::as(as_dgc(x), "TsparseMatrix")
  parts <- whole
  parts@i <- c(whole@i, whole@i)
  parts@j <- c(whole@j, whole@j)
  parts@x <- c(whole@x, whole@x) / 2
  expect_same_bits(
    rank_genes_groups(parts, toy_groups()),
    rank_genes_groups(x, toy_groups())
  )
})

test_that("logical, pattern and integer matrices are those of their numbers", {
  x <- (toy_expression() > 0) + 0
  groups <- toy_groups()
  ranked <- function(x, ...) {
    without_counts_warning(rank_genes_groups(x, groups, pts = TRUE, ...))
  }
  expected <- ranked(x)
  logical <- x > 0
  integer <- x
  storage.mode(integer) <- "integer"

  expect_same_bits(ranked(logical), expected)
  expect_same_bits(ranked(integer), expected)
  for (kind in c("lMatrix", "nMatrix")) {
    sparse <- methods::as(methods::as(logical, kind), "generalMatrix")
    for (layout in c("CsparseMatrix", "RsparseMatrix", "TsparseMatrix")) {
      stored <- methods::as(sparse, layout)
      expect_same_bits(ranked(stored), expected)
      expect_same_bits(ranked(Matrix::t(stored), cells = "rows"), expected)
    }
  }
})

test_that("symmetric and diagonal matrices are those of their numbers", {
  x <- crossprod(toy_expression(12L, 30L))
  x[x < stats::median(x)] <- 0
  groups <- toy_groups(30L)
  symmetric <- methods::as(methods::as(x, "dMatrix"), "symmetricMatrix")
  sparse <- methods::as(symmetric, "CsparseMatrix")
  expect_s4_class(sparse, "dsCMatrix")
  expected <- rank_genes_groups(x, groups)
  expect_same_bits(rank_genes_groups(symmetric, groups), expected)
  expect_same_bits(rank_genes_groups(sparse, groups), expected)
  expect_same_bits(rank_genes_groups(sparse, groups, cells = "rows"), expected)

  diagonal <- Matrix::Diagonal(x = seq(0.5, 15, by = 0.5))
  expected <- rank_genes_groups(as.matrix(diagonal), groups)
  expect_s4_class(diagonal, "ddiMatrix")
  expect_same_bits(rank_genes_groups(diagonal, groups), expected)
  unit <- Matrix::Diagonal(30L)
  expect_same_bits(
    without_counts_warning(rank_genes_groups(unit, groups)),
    without_counts_warning(rank_genes_groups(diag(30), groups))
  )
})

test_that("explicit zeros are zeros", {
  x <- toy_expression()
  expected <- rank_genes_groups(x, toy_groups(), pts = TRUE)
  stored <- as_dgc(x + 1)
  stored@x <- as.vector(x)
  expect_length(stored@x, length(x))
  expect_same_bits(
    rank_genes_groups(stored, toy_groups(), pts = TRUE),
    expected
  )

  # So is -0.
  stored@x[stored@x == 0] <- -0
  expect_same_bits(
    rank_genes_groups(stored, toy_groups(), pts = TRUE),
    expected
  )
  by_row <- as_dgr(x + 1)
  by_row@x <- as.vector(t(x))
  expect_same_bits(
    rank_genes_groups(by_row, toy_groups(), pts = TRUE),
    expected
  )
})

test_that("the matrix of the caller is not modified", {
  stored <- as_dgc(toy_expression() + 1)
  stored@x <- as.vector(toy_expression())
  by_row <- as_dgr(stored)
  for (x in list(stored, by_row, toy_expression())) {
    groups <- toy_groups()
    before <- serialize(list(x, groups), NULL)
    rank_genes_groups(x, groups, pts = TRUE, threads = 2L)
    rank_genes_groups(x, groups, tie_correct = TRUE, reference = "B")
    expect_identical(serialize(list(x, groups), NULL), before)
  }
})

# Scores and p-values of one group by R's own test, which corrects for ties.
r_wilcoxon <- function(x, inside, outside) {
  both <- c(inside, outside)
  n1 <- length(inside)
  n2 <- length(outside)
  n <- n1 + n2
  expected <- n1 * n2 / 2
  test <- suppressWarnings(
    stats::wilcox.test(inside, outside, exact = FALSE, correct = FALSE)
  )
  ties <- table(both)
  variance <- n1 * n2 / 12 * (n + 1 - sum(ties^3 - ties) / (n * (n - 1)))
  list(
    score = (unname(test$statistic) - expected) / sqrt(variance),
    pval = test$p.value
  )
}

expect_as_in_r <- function(x, groups, reference = "rest") {
  result <- rank_genes_groups(
    x,
    groups,
    tie_correct = TRUE,
    reference = reference
  )
  for (group in names(result$names)) {
    tests <- apply(x, 1L, function(gene) {
      inside <- gene[groups %in% group]
      outside <- if (reference == "rest") {
        gene[!groups %in% group]
      } else {
        gene[groups %in% reference]
      }
      r_wilcoxon(gene, inside, outside)
    })
    expect_equal(
      by_gene(result, "pvals", group, rownames(x)),
      unname(vapply(tests, `[[`, numeric(1L), "pval")),
      tolerance = 1e-12
    )
    expect_equal(
      by_gene(result, "scores", group, rownames(x)),
      unname(vapply(tests, `[[`, numeric(1L), "score")),
      tolerance = 1e-7
    )
  }
}

test_that("p-values are those of wilcox.test()", {
  expect_as_in_r(toy_expression(), toy_groups())
  expect_as_in_r(toy_expression(), toy_groups(), reference = "B")
})

test_that("negative values rank below zeros", {
  x <- toy_expression() - log(2)
  x[x == -log(2)] <- 0
  x[1:3, ] <- -x[1:3, ]
  x[, seq(2L, 60L, by = 3L)] <- -x[, seq(2L, 60L, by = 3L)]
  expect_gt(sum(x < 0), 100L)
  expect_gt(sum(x == 0), 100L)
  expect_as_in_r(x, toy_groups())
  expect_as_in_r(x, toy_groups(), reference = "T")
  expect_same_bits(
    rank_genes_groups(as_dgc(x), toy_groups()),
    rank_genes_groups(x, toy_groups())
  )
})

test_that("infinities rank as the largest and the smallest numbers", {
  x <- toy_expression()
  finite <- x
  x[1:4, 3L] <- Inf
  x[1:4, c(5L, 11L)] <- -Inf
  finite[1:4, 3L] <- 1000
  finite[1:4, c(5L, 11L)] <- -1000

  fields <- c("names", "scores", "pvals", "pvals_adj")
  infinite <- rank_genes_groups(x, toy_groups(), tie_correct = TRUE)
  expect_same_bits(
    infinite[fields],
    rank_genes_groups(finite, toy_groups(), tie_correct = TRUE)[fields]
  )
  expect_same_bits(
    rank_genes_groups(as_dgc(x), toy_groups(), tie_correct = TRUE),
    infinite
  )
})

test_that("cells without a group belong to every rest", {
  x <- toy_expression()
  groups <- toy_groups()
  groups[c(1L, 2L, 7L, 20L, 21L, 33L)] <- NA
  expect_as_in_r(x, groups)

  # Also where NA is a level of the factor.
  expected <- rank_genes_groups(x, groups, pts = TRUE)
  expect_same_bits(rank_genes_groups(x, addNA(groups), pts = TRUE), expected)

  # As if they were a group that was not asked for.
  named <- factor(
    ifelse(is.na(groups), "none", as.character(groups)),
    levels = c("none", "T", "NK", "B")
  )
  expect_same_bits(
    rank_genes_groups(x, named, groups = c("T", "NK", "B"), pts = TRUE),
    expected
  )
})

test_that("groups come in the order of the factor's levels", {
  x <- toy_expression()
  result <- rank_genes_groups(x, toy_groups())
  expect_named(result$names, c("T", "NK", "B"))
  turned <- factor(toy_groups(), levels = c("B", "T", "NK"))
  turned <- rank_genes_groups(x, turned)
  expect_named(turned$names, c("B", "T", "NK"))
  expect_identical(turned$scores$NK, result$scores$NK)
})

test_that("text is put in natural order, numbers by value", {
  x <- toy_expression()
  labels <- rep_len(c("10", "2", "1", "b10", "b9", "a"), 60L)
  expect_named(
    rank_genes_groups(x, labels)$names,
    c("1", "2", "10", "a", "b9", "b10")
  )
  numbers <- rep_len(c(10, 2, 1, 30), 60L)
  expect_named(rank_genes_groups(x, numbers)$names, c("1", "2", "10", "30"))
  expect_same_bits(
    rank_genes_groups(x, as.integer(numbers))$scores,
    rank_genes_groups(x, numbers)$scores
  )
  expect_named(
    rank_genes_groups(x, rep_len(c(TRUE, FALSE, TRUE), 60L))$names,
    c("FALSE", "TRUE")
  )
})

test_that("groups are reported as asked, and compared with all other cells", {
  x <- toy_expression()
  all <- rank_genes_groups(x, toy_groups(), pts = TRUE)
  some <- rank_genes_groups(
    x,
    toy_groups(),
    groups = c("B", "T"),
    pts = TRUE
  )
  elements <- setdiff(names(all), c("params", "settings"))
  expect_same_bits(
    some[elements],
    lapply(all[elements], `[`, c("B", "T"))
  )
})

test_that("a reference is not reported but has its fractions", {
  x <- toy_expression()
  result <- rank_genes_groups(x, toy_groups(), reference = "NK", pts = TRUE)
  expect_named(result$names, c("T", "B"))
  expect_null(result$pts_rest)
  expect_identical(result$params$reference, "NK")
  expect_setequal(names(result$pts), c("T", "NK", "B"))

  # A reference outside of `groups` is added at the end.
  one <- rank_genes_groups(
    x,
    toy_groups(),
    groups = "B",
    reference = "NK",
    pts = TRUE
  )
  expect_named(one$names, "B")
  expect_named(one$pts, c("B", "NK"))
  expect_identical(one$scores$B, result$scores$B)
  expect_identical(one$logfoldchanges$B, result$logfoldchanges$B)
})

test_that("n_genes cuts the tables, not the correction", {
  x <- toy_expression()
  all <- rank_genes_groups(x, toy_groups(), pts = TRUE)
  top <- rank_genes_groups(x, toy_groups(), n_genes = 3, pts = TRUE)
  tables <- c("names", "scores", "logfoldchanges", "pvals", "pvals_adj")
  expect_same_bits(top[tables], lapply(all[tables], head, 3L))
  expect_same_bits(top[c("pts", "pts_rest")], all[c("pts", "pts_rest")])
  expect_same_bits(
    rank_genes_groups(x, toy_groups(), n_genes = 1000L, pts = TRUE),
    all
  )
})

test_that("rankby_abs ranks by the absolute score, ties by place", {
  x <- toy_expression()
  x[7L, ] <- 0
  x[5L, ] <- 0
  signed <- rank_genes_groups(x, toy_groups())
  absolute <- rank_genes_groups(x, toy_groups(), rankby_abs = TRUE)
  for (group in c("T", "NK", "B")) {
    scores <- by_gene(signed, "scores", group, rownames(x))
    expect_identical(
      absolute$names[[group]],
      rownames(x)[order(-abs(scores), seq_along(scores))]
    )
    expect_identical(
      signed$names[[group]],
      rownames(x)[order(-scores, seq_along(scores))]
    )
    expect_identical(
      by_gene(absolute, "scores", group, rownames(x)),
      scores
    )
  }
})

test_that("mask_var leaves genes out, of the correction too", {
  x <- toy_expression()
  mask <- rep_len(c(TRUE, FALSE, TRUE), 20L)
  for (stored in list(x, as_dgc(x), as_dgr(x))) {
    expect_same_bits(
      rank_genes_groups(stored, toy_groups(), mask_var = mask, pts = TRUE),
      rank_genes_groups(x[mask, ], toy_groups(), pts = TRUE)
    )
  }
})

test_that("bonferroni multiplies by the number of genes", {
  x <- toy_expression()
  result <- rank_genes_groups(x, toy_groups(), corr_method = "bonferroni")
  expect_identical(
    result$pvals_adj$B,
    pmin(result$pvals$B * 20, 1)
  )
  expect_identical(result$params$corr_method, "bonferroni")
})

test_that("log_base undoes the logarithm of the values", {
  x <- toy_expression()
  expect_equal(
    rank_genes_groups(x / log(2), toy_groups(), log_base = 2)$logfoldchanges,
    rank_genes_groups(x, toy_groups())$logfoldchanges,
    tolerance = 1e-6
  )
  expect_false(
    identical(
      rank_genes_groups(x, toy_groups(), log_base = 2)$logfoldchanges,
      rank_genes_groups(x, toy_groups())$logfoldchanges
    )
  )
})

test_that("genes without names go by their numbers", {
  x <- unname(toy_expression())
  result <- rank_genes_groups(x, toy_groups(), pts = TRUE)
  expect_setequal(result$names$B, as.character(1:20))
  expect_identical(rownames(result$pts), as.character(1:20))
})

test_that("genes of one name are ranked as the genes they are", {
  x <- toy_expression()
  twice <- x
  rownames(twice)[[4L]] <- "gene1"
  expect_same_bits(
    rank_genes_groups(twice, toy_groups())$scores,
    rank_genes_groups(x, toy_groups())$scores
  )
})

test_that("float32 values are given", {
  result <- rank_genes_groups(toy_expression(), toy_groups())
  for (column in c(result$scores, result$logfoldchanges)) {
    expect_identical(as_float32(column), column)
  }
})

test_that("progress shows nothing of a short call and changes no result", {
  x <- toy_expression()
  expect_silent(
    shown <- rank_genes_groups(x, toy_groups(), progress = TRUE)
  )
  expect_same_bits(shown, rank_genes_groups(x, toy_groups()))
})

test_that("small groups are told of where Scanpy hints at them", {
  x <- toy_expression(n_cells = 90L)
  groups <- rep(c("large", "just", "small"), c(39L, 26L, 25L))
  told <- function(...) {
    few <- NULL
    withCallingHandlers(
      rank_genes_groups(x, groups, ...),
      wilcoxide_message_few_cells = function(message) {
        few <<- c(few, conditionMessage(message))
        rlang::cnd_muffle(message)
      }
    )
    few
  }
  expect_null(told())
  expect_null(told(reference = "large", groups = "just"))
  expect_match(told(reference = "large"), "\"small\"\\.")
  expect_match(told(reference = "small", groups = "large"), "\"small\"\\.")
})
