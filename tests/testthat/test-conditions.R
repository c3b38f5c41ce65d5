# Errors about arguments and data. Every one is told by its class and says what
# was wrong and what was given.
refuses <- function(expr, ...) {
  error <- expect_error(expr, class = "wilcoxide_error_input")
  testthat::expect_s3_class(error, "wilcoxide_error")
  message <- gsub("\\s+", " ", cli::ansi_strip(conditionMessage(error)))
  for (fragment in c(...)) {
    testthat::expect_match(message, fragment, fixed = TRUE)
  }
  invisible(error)
}

rank_toy <- function(...) rank_genes_groups(toy_expression(), ...)

test_that("errors name the function that was called", {
  error <- refuses(
    rank_genes_groups(toy_expression(), toy_groups(), n_genes = 0)
  )
  expect_match(as.character(error$call[[1L]]), "^rank_genes_groups")
})

test_that("NaN and NA are counted, and the first gene with one is named", {
  x <- toy_expression()
  x[7L, 30L] <- NaN
  x[4L, 50L] <- NA
  x[9L, 1L] <- NaN
  transposed <- t(x)
  for (stored in list(x, as_dgc(x), as_dgr(x))) {
    refuses(rank_genes_groups(stored, toy_groups()), "3 ", "gene4")
  }
  for (stored in list(transposed, as_dgc(transposed), as_dgr(transposed))) {
    refuses(
      rank_genes_groups(stored, toy_groups(), cells = "rows"),
      "3 ",
      "gene4"
    )
  }
  logical <- x > 0
  refuses(rank_genes_groups(logical, toy_groups()), "3 ", "gene4")
})

test_that("NaN in cells without a group count: they are of every rest", {
  x <- toy_expression()
  x[4L, 50L] <- NaN
  groups <- toy_groups()
  groups[[50L]] <- NA
  refuses(rank_genes_groups(x, groups), "gene4")
})

test_that("names of genes and groups may hold any character", {
  x <- toy_expression()
  rownames(x)[[4L]] <- "100% {x} %s %n"
  x[4L, 50L] <- NaN
  refuses(rank_genes_groups(x, toy_groups()), "100% {x} %s %n")
  groups <- toy_groups()
  levels(groups)[[2L]] <- "50% {y} %s"
  refuses(rank_toy(groups, groups = "z{1}%n"), "z{1}%n", "50% {y} %s")
})

test_that("text that is not valid is shown, in its bytes", {
  path <- "caf\xe9.h5ad"
  cnd <- expect_no_warning(
    expect_error(
      rank_genes_groups(path, "labels"),
      class = "wilcoxide_error_file"
    )
  )
  expect_match(conditionMessage(cnd), "caf<e9>.h5ad", fixed = TRUE)

  shown <- showable(list("caf\xe9", NA, c(a = "caf\u00e9"), 1, sum))
  expect_identical(
    shown,
    list("caf<e9>", NA, c(a = "caf\u00e9"), 1, sum)
  )
  expect_identical(
    showable(rlang::set_names(1:2, c("b\xe9", "c"))),
    c(`b<e9>` = 1L, c = 2L)
  )
})

test_that("groups of fewer than two cells are all listed", {
  groups <- toy_groups()
  levels(groups) <- c("T", "NK", "B", "empty", "single", "alone")
  groups[c(1L, 2L)] <- c("single", "alone")
  # Levels without a cell are left out, unless they are asked for.
  refuses(suppressMessages(rank_toy(groups)), "single", "alone")
  refuses(rank_toy(groups, groups = c("T", "empty")), "empty")
  refuses(rank_toy(groups, groups = c("T", "alone")), "alone")
  refuses(
    rank_toy(groups, groups = c("T", "B"), reference = "single"),
    "single"
  )

  # Those that were not asked for do no harm.
  expect_named(rank_toy(groups, groups = c("T", "B"))$names, c("T", "B"))
})

test_that("groups that do not exist are refused with those that do", {
  refuses(
    rank_toy(toy_groups(), groups = c("T", "Mono", "CD4")),
    "groups", "Mono", "CD4", "NK"
  )
  refuses(rank_toy(toy_groups(), reference = "Mono"), "reference", "Mono", "NK")
})

test_that("groups named twice, or none at all, are refused", {
  refuses(
    rank_toy(toy_groups(), groups = c("T", "B", "T")),
    "groups", "\"T\"", "NK"
  )
  refuses(rank_toy(toy_groups(), groups = character()), "groups", "NK")
  refuses(rank_toy(toy_groups(), groups = NULL), "groups")
  refuses(rank_toy(toy_groups(), groups = NA), "groups")
  refuses(rank_toy(toy_groups(), reference = NULL), "reference")
  # Nothing is left to compare with itself.
  refuses(rank_toy(toy_groups(), groups = "T", reference = "T"), "reference")
})

test_that("groupby is needed, an entry a cell", {
  refuses(rank_toy(), "groupby")
  refuses(rank_toy(NULL), "groupby")
  refuses(rank_toy(toy_groups(59L)), "groupby", "59", "60")
  refuses(rank_toy(list("a", "b")), "groupby")
  refuses(rank_toy(character()), "groupby", "60")
})

test_that("groupby of the other dimension's length is hinted at", {
  x <- toy_expression()
  refuses(
    rank_genes_groups(t(x), toy_groups()),
    "60", "20", "cells = \"rows\""
  )
  refuses(
    rank_genes_groups(as_dgc(x), toy_groups(), cells = "rows"),
    "60", "20", "cells = \"columns\""
  )
  error <- refuses(rank_genes_groups(x, toy_groups(33L)), "33", "60")
  expect_no_match(conditionMessage(error), "cells = ", fixed = TRUE)
})

test_that("one group, no cells or no genes give nothing to rank", {
  x <- toy_expression()
  refuses(rank_genes_groups(x, rep("T", 60L)), "group", "T")
  refuses(rank_genes_groups(x, rep(NA_character_, 60L)), "groupby")
  refuses(rank_genes_groups(x[, 0L], character()), "cells")
  refuses(rank_genes_groups(x[0L, ], toy_groups()), "genes")
  refuses(rank_genes_groups(as_dgc(x[, 0L]), character()), "cells")
  refuses(rank_genes_groups(as_dgc(x[0L, ]), toy_groups()), "genes")
})

test_that("n_genes is a positive whole number", {
  for (n_genes in list(0, -3, 2.5, NA, NaN, "5", c(1, 2), TRUE, list(1))) {
    refuses(rank_toy(toy_groups(), n_genes = n_genes), "n_genes")
  }
})

test_that("Scanpy's other methods are refused by name", {
  for (method in c("t-test", "t-test_overestim_var", "logreg")) {
    refuses(rank_toy(toy_groups(), method = method), method, "wilcoxon")
  }
  refuses(rank_toy(toy_groups(), method = "anova"), "method", "anova")
  refuses(rank_toy(toy_groups(), method = NULL), "method")
})

test_that("corr_method is one of Scanpy's or R's", {
  refuses(
    rank_toy(toy_groups(), corr_method = "sidak"),
    "corr_method", "sidak", "benjamini-hochberg", "bonferroni", "holm"
  )
  refuses(rank_toy(toy_groups(), corr_method = NULL), "corr_method")
})

test_that("switches are TRUE or FALSE", {
  for (value in list(NA, "yes", 1, NULL, c(TRUE, FALSE))) {
    refuses(rank_toy(toy_groups(), rankby_abs = value), "rankby_abs")
    refuses(rank_toy(toy_groups(), pts = value), "pts")
    refuses(rank_toy(toy_groups(), tie_correct = value), "tie_correct")
    refuses(rank_toy(toy_groups(), progress = value), "progress")
  }
})

test_that("mask_var is a logical vector, an entry a gene", {
  refuses(rank_toy(toy_groups(), mask_var = TRUE), "mask_var", "20")
  refuses(rank_toy(toy_groups(), mask_var = rep(TRUE, 60L)), "mask_var", "60")
  refuses(rank_toy(toy_groups(), mask_var = 1:20), "mask_var")
  refuses(
    rank_toy(toy_groups(), mask_var = rep_len(c(TRUE, NA), 20L)),
    "mask_var"
  )
  refuses(rank_toy(toy_groups(), mask_var = rep(FALSE, 20L)), "mask_var")
  # A matrix has no annotation of its genes to look a name up in.
  refuses(rank_toy(toy_groups(), mask_var = "highly_variable"), "mask_var")
})

test_that("log_base is a base of logarithms", {
  for (log_base in list(0, -1, 1, NA, Inf, "e", c(2, 10))) {
    refuses(rank_toy(toy_groups(), log_base = log_base), "log_base")
  }
})

test_that("cells is one of two", {
  refuses(rank_toy(toy_groups(), cells = "cols"), "cells", "cols", "columns")
})

test_that("arguments that do not exist are refused", {
  refuses(rank_toy(toy_groups(), n_gene = 5), "n_gene")
  refuses(rank_toy(toy_groups(), n_top = 5), "n_top")
})

test_that("a matrix is of numbers", {
  refuses(rank_genes_groups(matrix("a", 3L, 3L), 1:3), "character")
  refuses(rank_genes_groups(matrix(1i, 3L, 3L), 1:3), "complex")
  refuses(rank_genes_groups(data.frame(a = 1:3), 1:3), "data.frame")
  refuses(rank_genes_groups(NULL, 1:3), "NULL")
  refuses(rank_genes_groups(sum, 1:3), "function")
})

test_that("genes of one name cannot be rows of the fractions", {
  x <- toy_expression()
  rownames(x)[[4L]] <- "gene1"
  refuses(
    rank_genes_groups(x, toy_groups(), pts = TRUE),
    "pts", "gene1", "make.unique"
  )
})

# Slots as no constructor would set them.
with_slot <- function(matrix, name, value) {
  methods::slot(matrix, name, check = FALSE) <- value
  matrix
}

test_that("matrices put together wrongly are refused, and R survives", {
  good <- as_dgc(toy_expression())
  minor <- c(dgCMatrix = "i", dgRMatrix = "j")
  for (x in list(good, as_dgr(toy_expression()))) {
    name <- minor[[class(x)]]
    idx <- methods::slot(x, name)
    p <- x@p
    set_idx <- function(value, at = 1L) {
      idx[at] <- as.integer(value)
      with_slot(x, name, idx)
    }
    set_p <- function(value, at) {
      p[at] <- as.integer(value)
      with_slot(x, "p", p)
    }
    last <- length(p)
    for (bad in list(
      unsorted = set_idx(idx[2:1], 1:2),
      twice = set_idx(idx[[2L]]),
      negative = set_idx(-1L),
      too_large = set_idx(10000L, length(idx)),
      missing = set_idx(NA),
      decreasing = set_p(p[[3L]] + 1000L, 3L),
      below_zero = set_p(-5L, 2L),
      late_start = set_p(1L, 1L),
      past_the_end = set_p(length(idx) + 10L, last),
      before_the_end = set_p(p[[last]] - 1L, last),
      no_number = set_p(NA, 4L),
      short_p = with_slot(x, "p", p[-2L]),
      long_p = with_slot(x, "p", c(p, p[[last]])),
      empty_p = with_slot(x, "p", integer()),
      short_x = with_slot(x, "x", x@x[-1L]),
      long_x = with_slot(x, "x", c(x@x, 1))
    )) {
      refuses(rank_genes_groups(bad, toy_groups()), "matrix is not valid")
    }
    expect_s3_class(rank_genes_groups(x, toy_groups()), "rank_genes_groups")
  }
})

test_that("slots of another type than they should be are refused", {
  good <- as_dgc(toy_expression())
  for (bad in list(
    with_slot(good, "p", as.double(good@p)),
    with_slot(good, "i", as.double(good@i)),
    with_slot(good, "x", as.character(good@x)),
    with_slot(good, "x", good@x > 1),
    with_slot(good, "Dim", c(3L, 60L))
  )) {
    refuses(rank_genes_groups(bad, toy_groups()), "matrix is not valid")
  }
  wide <- with_slot(good, "Dim", c(20L, 61L))
  refuses(rank_genes_groups(wide, toy_groups(61L)), "matrix is not valid")
})

test_that("other classes are checked before they are converted", {
  triplets <- methods::as(as_dgc(toy_expression()), "TsparseMatrix")
  for (bad in list(
    with_slot(triplets, "x", triplets@x[-1L]),
    with_slot(triplets, "i", replace(triplets@i, 1L, nrow(triplets))),
    with_slot(as_dgc(toy_expression()), "Dimnames", list(letters, NULL))
  )) {
    refuses(rank_genes_groups(bad, toy_groups()), "matrix is not valid")
  }
})

test_that("raw counts are warned of, and ranked", {
  x <- round(expm1(toy_expression()))
  for (stored in list(x, as_dgc(x), as_dgr(x))) {
    expect_warning(
      result <- rank_genes_groups(stored, toy_groups()),
      "raw count",
      class = "wilcoxide_warning_counts"
    )
    expect_s3_class(result, "rank_genes_groups")
  }
  expect_warning(
    rank_genes_groups(x * 0, toy_groups()),
    class = "wilcoxide_warning_counts"
  )
})

test_that("values that cannot be counts are not warned of", {
  counts <- round(expm1(toy_expression()))
  not_whole <- counts
  not_whole[3L, 8L] <- 0.5
  negative <- counts
  negative[3L, 8L] <- -1
  expect_silent(rank_genes_groups(not_whole, toy_groups()))
  expect_silent(rank_genes_groups(negative, toy_groups()))
})

test_that("only genes that are ranked tell whether values are counts", {
  x <- round(expm1(toy_expression()))
  x[3L, 8L] <- 0.5
  expect_warning(
    rank_genes_groups(x, toy_groups(), mask_var = seq_len(20L) != 3L),
    class = "wilcoxide_warning_counts"
  )
})
