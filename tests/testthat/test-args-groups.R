grouped <- function(groupby) levels(as_groups(groupby))

test_that("numbers in text count as numbers", {
  expect_identical(
    natural_sort(c("10", "2", "1", "100", "20")),
    c("1", "2", "10", "20", "100")
  )
  expect_identical(
    natural_sort(c("T10", "T2", "B1", "T1.10", "T1.9", "T1")),
    c("B1", "T1", "T1.9", "T1.10", "T2", "T10")
  )
  expect_identical(
    natural_sort(c("a2b10", "a2b9", "a10b1", "a2")),
    c("a2", "a2b9", "a2b10", "a10b1")
  )
})

test_that("numbers written differently but equal sort as text", {
  expect_identical(
    natural_sort(c("1", "2", "01", "001", "10")),
    c("001", "01", "1", "2", "10")
  )
  # The text after them goes first.
  expect_identical(
    natural_sort(c("1b", "01a", "1a", "01b")),
    c("01a", "1a", "01b", "1b")
  )
  expect_identical(natural_sort(c("0", "00", "1")), c("0", "00", "1"))
})

test_that("text sorts by code points, without a locale", {
  expect_identical(
    natural_sort(c("b", "a", "B", "A", "_", "-")),
    c("-", "A", "B", "_", "a", "b")
  )
  expect_identical(
    natural_sort(
      c("\u03b2", "z", "\u00e9", "e", "\u03b110", "\u03b19", "\U1F9EC")
    ),
    # An accent comes after its letter.
    c("e", "\u00e9", "z", "\u03b19", "\u03b110", "\u03b2", "\U1F9EC")
  )
})

test_that("digits of every script are numbers, signs and points are not", {
  expect_identical(
    natural_sort(c("x", "10", "\u0663", "9")),
    c("\u0663", "9", "10", "x")
  )
  # A raised digit is a number of its own, not one more digit.
  expect_identical(
    natural_sort(c("m10", "m\u00b2", "m2", "m1\u00b2", "m3")),
    c("m1\u00b2", "m2", "m\u00b2", "m3", "m10")
  )
  # Neither signs nor points belong to one.
  expect_identical(natural_sort(c("-1", "-10", "-2")), c("-1", "-2", "-10"))
  expect_identical(natural_sort(c("1.5", "1.25")), c("1.5", "1.25"))
})

test_that("numbers may have more digits than a double holds", {
  long <- strrep("9", 400L)
  longer <- paste0("1", strrep("0", 400L))
  expect_identical(natural_sort(c(longer, long, "1")), c("1", long, longer))
  expect_identical(
    natural_sort(c("9007199254740993", "9007199254740992")),
    c("9007199254740992", "9007199254740993")
  )
})

test_that("numbers come before text, and nothing before both", {
  expect_identical(
    natural_sort(c("a", "1", "", " ", "a1", "1a")),
    c("", "1", "1a", " ", "a", "a1")
  )
})

test_that("any strings are in the order that Python's natsort gives", {
  path <- test_path("fixtures", "natural-order.txt")
  sorted <- readLines(path, encoding = "UTF-8")
  expect_gt(length(sorted), 2000)
  expect_identical(natural_sort(rev(sorted)), sorted)
})

test_that("sorting leaves NA out, and takes any number of strings", {
  expect_identical(natural_sort(c("b", NA, "a")), c("a", "b"))
  expect_identical(natural_sort(NA_character_), character())
  expect_identical(natural_sort(character()), character())
  expect_identical(natural_sort("10"), "10")
})

test_that("text in another encoding is the same text", {
  latin1 <- iconv("\u00e9", "UTF-8", "latin1")
  groups <- as_groups(c(latin1, "e", "\u00e9"))
  expect_identical(levels(groups), c("e", "\u00e9"))
  expect_identical(as.integer(groups), c(2L, 1L, 2L))
})

test_that("factors keep their levels, empty ones too", {
  factor <- factor(c("b", "a", NA, "10"), levels = c("b", "none", "10", "a"))
  expect_identical(as_groups(factor), factor)
  ordered <- factor(c("low", "high"), levels = c("low", "high"), ordered = TRUE)
  expect_identical(grouped(ordered), c("low", "high"))
})

test_that("NA is no group, even as a level", {
  plain <- factor(c("b", NA, "a"))
  groups <- as_groups(addNA(plain))
  expect_identical(levels(groups), c("a", "b"))
  expect_identical(as.integer(groups), c(2L, NA, 1L))
  expect_identical(as.integer(as_groups(c("b", NA, "a"))), c(2L, NA, 1L))
  expect_identical(as.integer(as_groups(c(2, NaN, 1, NA))), c(2L, NA, 1L, NA))
  expect_identical(as.integer(as_groups(c(2L, NA, 1L))), c(2L, NA, 1L))
  expect_identical(as.integer(as_groups(c(TRUE, NA, FALSE))), c(2L, NA, 1L))
})

test_that("numbers sort by value, FALSE comes before TRUE", {
  expect_identical(grouped(c(10, 2, -1, 0.5)), c("-1", "0.5", "2", "10"))
  expect_identical(grouped(c(10L, 2L, -1L)), c("-1", "2", "10"))
  expect_identical(grouped(c(TRUE, FALSE)), c("FALSE", "TRUE"))
  expect_identical(
    grouped(as.Date(c("2024-10-01", "2024-02-01"))),
    c("2024-02-01", "2024-10-01")
  )
})

test_that("vectors with a dimension or a class are the vectors they are", {
  values <- c("b", "a", "10", "9")
  expected <- as_groups(values)
  expect_identical(as_groups(array(values)), expected)
  expect_identical(as.integer(as_groups(I(values))), as.integer(expected))
  expect_identical(grouped(I(values)), levels(expected))
  expect_identical(
    as_groups(table(c("x", "x", "y"))),
    factor(c(2L, 1L), levels = 1:2)
  )
})

test_that("groups are taken from anything with one dimension only", {
  x <- toy_expression()
  groups <- toy_groups()
  expected <- rank_genes_groups(x, groups, pts = TRUE)
  ranked <- function(groupby) rank_genes_groups(x, groupby, pts = TRUE)
  expect_same_bits(ranked(array(groups)), ranked(as.character(groups)))
  expect_same_bits(ranked(I(groups)), expected)
  by_cell <- tapply(as.integer(groups), seq_along(groups), identity)
  expect_length(dim(by_cell), 1L)
  expect_same_bits(ranked(by_cell)$scores, ranked(as.integer(groups))$scores)

  for (groupby in list(
    matrix(as.character(groups), ncol = 1L),
    data.frame(groups),
    list("a"),
    as.raw(seq_along(groups)),
    complex(60L),
    quote(groups)
  )) {
    expect_error(ranked(groupby), "groupby", class = "wilcoxide_error_input")
  }
})

test_that("a factor with codes beyond its levels is refused", {
  for (codes in list(9L, 0L, -1L)) {
    bad <- structure(
      replace(rep_len(1:2, 60L), 7L, codes),
      levels = c("a", "b"),
      class = "factor"
    )
    expect_error(
      rank_genes_groups(toy_expression(), bad),
      "valid factor",
      class = "wilcoxide_error_input"
    )
  }
})

test_that("names in another order than the cells' are refused", {
  x <- toy_expression()
  groups <- toy_groups()
  named <- rlang::set_names(groups, colnames(x))
  shuffled <- named[c(2L, 1L, 3:60)]
  refusal <- function(...) {
    error <- expect_error(
      rank_genes_groups(...),
      class = "wilcoxide_error_input"
    )
    gsub("\\s+", " ", cli::ansi_strip(conditionMessage(error)))
  }

  message <- refusal(x, shuffled)
  expect_match(message, "`groupby[colnames(x)]`", fixed = TRUE)
  expect_match(message, "\"cell2\" is in the place of \"cell1\"", fixed = TRUE)
  expect_match(
    refusal(as_dgr(t(x)), rev(named), cells = "rows"),
    "`groupby[rownames(x)]`",
    fixed = TRUE
  )
  expect_match(refusal(x, array(as.character(groups), 60L, list(
    rev(colnames(x))
  ))), "groupby")

  # As the hint says.
  expected <- rank_genes_groups(x, groups)
  expect_same_bits(rank_genes_groups(x, shuffled[colnames(x)]), expected)
  # A vector with more cells than the matrix has: the hint fits, too.
  more <- c(named, rlang::set_names(groups[1:2], c("other1", "other2")))
  expect_match(refusal(x, more), "`groupby[colnames(x)]`", fixed = TRUE)
})

test_that("names that are not the cells' mean nothing", {
  x <- toy_expression()
  groups <- toy_groups()
  expected <- rank_genes_groups(x, groups)
  for (names in list(
    colnames(x),
    sprintf("barcode%d", 60:1),
    rep("same", 60L),
    c(NA, colnames(x)[-1L])
  )) {
    expect_same_bits(
      rank_genes_groups(x, stats::setNames(groups, names)),
      expected
    )
  }
  expect_same_bits(
    rank_genes_groups(
      unname(x),
      stats::setNames(groups, rev(colnames(x)))
    )$scores,
    expected$scores
  )
})

test_that("names of mask_var are looked at as well", {
  x <- toy_expression()
  mask <- rlang::set_names(rep_len(c(TRUE, FALSE), 20L), rownames(x))
  expect_error(
    rank_genes_groups(x, toy_groups(), mask_var = rev(mask)),
    "mask_var\\[rownames\\(x\\)\\]",
    class = "wilcoxide_error_input"
  )
  expect_same_bits(
    rank_genes_groups(x, toy_groups(), mask_var = mask),
    rank_genes_groups(x, toy_groups(), mask_var = unname(mask))
  )
})

test_that("a group of all cells has nothing to be compared with", {
  x <- toy_expression()
  only <- factor(rep("T", 60L), levels = c("T", "none"))
  expect_error(
    rank_genes_groups(x, only, groups = "T"),
    "two groups",
    class = "wilcoxide_error_input"
  )
  # Cells without a group are something.
  only[1L] <- NA
  expect_named(rank_genes_groups(x, only, groups = "T")$names, "T")
})

test_that("a group without a name is refused where it is ranked", {
  x <- toy_expression()
  groups <- as.character(toy_groups())
  groups[groups == "NK"] <- ""
  for (arguments in list(
    list(),
    list(groups = c("T", "")),
    list(groups = "T", reference = "")
  )) {
    expect_error(
      do.call(rank_genes_groups, c(list(x, groups), arguments)),
      "must have a name",
      class = "wilcoxide_error_input"
    )
  }
  # It can be part of the rest.
  expect_same_bits(
    rank_genes_groups(x, groups, groups = c("T", "B")),
    rank_genes_groups(x, toy_groups(), groups = c("T", "B"))
  )
})

test_that("messages about thousands of groups stay short", {
  x <- toy_expression()
  many <- factor(rep_len("g1", 60L), levels = sprintf("g%d", 1:5000))
  for (groups in list("all", "none", sprintf("n%d", 1:5000), character())) {
    error <- expect_error(
      rank_genes_groups(x, many, groups = groups),
      class = "wilcoxide_error_input"
    )
    expect_lt(nchar(conditionMessage(error)), 1000L)
  }
  error <- expect_error(
    rank_genes_groups(x, many),
    class = "wilcoxide_error_input"
  )
  expect_match(conditionMessage(error), "4999 groups have fewer", fixed = TRUE)
})

test_that("the fractions have the reference at its place, or last", {
  x <- toy_expression()
  groups <- toy_groups()
  ranked <- function(...) rank_genes_groups(x, groups, ..., pts = TRUE)$pts
  rest <- ranked()
  expect_same_bits(ranked(reference = "NK"), rest)
  expect_same_bits(
    ranked(groups = c("B", "NK"), reference = "NK"),
    rest[c("B", "NK")]
  )
  expect_same_bits(
    ranked(groups = c("NK", "B"), reference = "NK"),
    rest[c("NK", "B")]
  )
  expect_same_bits(
    ranked(groups = "B", reference = "NK"),
    rest[c("B", "NK")]
  )
})
