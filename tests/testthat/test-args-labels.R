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
    data.frame(groups, groups),
    data.frame(),
    list("a"),
    as.list(groups),
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

# Bits of 64-bit integers in doubles, as package bit64 keeps them, from their
# halves, the lower first.
int64_bits <- function(...) {
  halves <- vapply(list(...), as.integer, integer(2L))
  readBin(writeBin(as.vector(halves), raw()), "double", ncol(halves))
}

# 1, -1, 2^53, 2^53 + 1, the largest.
long_integers <- function() {
  int64_bits(
    c(1, 0), c(-1, -1), c(0, 2^21), c(1, 2^21), c(-1, .Machine$integer.max)
  )
}

test_that("groups of every class of R are named as Scanpy names them", {
  labels <- c("b", NA, "a", "b", "10", "9")
  latin1 <- iconv(c("\u00e9", "z", "\u00e9", "e", "e", "z"), "UTF-8", "latin1")
  long <- long_integers()
  tiny <- c(0.3, 0.1 + 0.2, 1e-5)
  cases <- list(
    character = list(labels, c("9", "10", "a", "b")),
    latin1 = list(latin1, c("e", "\u00e9", "z")),
    factor = list(factor(labels, c("b", "a", "9", "10")),
                  c("b", "a", "9", "10")),
    "latin1 factor" = list(factor(latin1, latin1[3:4]), c("\u00e9", "e")),
    "NA as a level" = list(addNA(factor(labels, c("b", "a", "9", "10"))),
                           c("b", "a", "9", "10")),
    "text NA" = list(c("NA", NA, "b"), c("NA", "b")),
    integer = list(c(10L, 2L, NA, 100000L), c("2", "10", "100000")),
    double = list(c(10, 2, NaN, NA, 1e5, 1e15),
                  c("2", "10", "100000", "1000000000000000")),
    "past 2^53" = list(c(2^53, 2^60), c("9007199254740992",
                                        "1.152921504606847e+18")),
    fractions = list(c(1.5, 1, tiny),
                     c("1e-05", "0.3", "0.30000000000000004", "1", "1.5")),
    "zeros" = list(c(0, -0, 1), c("0", "1")),
    infinite = list(c(Inf, 0, -Inf), c("-inf", "0", "inf")),
    logical = list(c(TRUE, NA, FALSE), c("FALSE", "TRUE")),
    integer64 = list(structure(long, class = "integer64"),
                     c("-1", "1", "9007199254740992", "9007199254740993",
                       "9223372036854775807")),
    Date = list(as.Date(c("2024-10-01", NA, "2024-02-01")),
                c("2024-02-01", "2024-10-01")),
    POSIXct = list(as.POSIXct(c("2024-10-01 12:00:01", "2024-02-01 01:00:02"),
                              tz = "UTC"),
                   c("2024-02-01 01:00:02", "2024-10-01 12:00:01")),
    difftime = list(as.difftime(c(90, 30), units = "mins"), c("30", "90")),
    AsIs = list(I(c(2, 1e5)), c("2", "100000")),
    array = list(array(c("b", "a")), c("a", "b")),
    roman = list(utils::as.roman(c(10, 9)), c("IX", "X")),
    "own text" = list(structure(c("b", "a"), class = "own"), c("a", "b")),
    "data frame" = list(data.frame(label = c(2, 1e5)), c("2", "100000")),
    "tibble" = list(
      structure(list(label = factor(c("b", "a"), c("b", "a"))),
                class = c("tbl_df", "tbl", "data.frame"),
                row.names = c(NA, -2L)),
      c("b", "a")
    )
  )
  for (name in names(cases)) {
    given <- cases[[name]][[1L]]
    groups <- as_groups(plain_labels(given, "groupby", NULL))
    expect_identical(levels(groups), cases[[name]][[2L]], info = name)
    values <- if (is.data.frame(given)) given[[1L]] else given
    expect_true(all(validUTF8(levels(groups))), info = name)
    expect_length(groups, length(values))
    # The bits of some integers are those of NaN.
    if (!inherits(values, "integer64")) {
      expect_identical(is.na(as.integer(groups)), is.na(as.vector(values)),
                       info = name)
    }
  }
})

test_that("each cell is in the group of its own label", {
  expect_identical(
    as.integer(as_groups(structure(long_integers(), class = "integer64"))),
    c(2L, 1L, 3L, 4L, 5L)
  )
  lowest <- structure(int64_bits(c(5, 0), c(0, NA)), class = "integer64")
  expect_identical(as.integer(as_groups(lowest)), c(1L, NA))
  close <- c(0.1 + 0.2, 0.3, 0.1 + 0.2)
  expect_identical(as.integer(as_groups(close)), c(2L, 1L, 2L))
  dates <- as.Date("2024-01-01") + c(40, 0, NA, 40)
  expect_identical(as.integer(as_groups(dates)), c(2L, 1L, NA, 2L))
})

test_that("numbers and logical values of an AnnData are Python's", {
  named <- function(x) levels(as_groups(x, python = TRUE))
  expect_identical(
    named(c(1, 0.5, NA, 1e5, 1e16)),
    c("0.5", "1.0", "100000.0", "1e+16")
  )
  expect_identical(named(c(2L, 10L, NA)), c("2", "10"))
  expect_identical(named(c(TRUE, FALSE, NA)), c("False", "True"))
})

test_that("text that this locale has no letters for keeps its letters", {
  withr::local_locale(LC_CTYPE = "C")
  unmarked <- c("\u03b2", "b")
  Encoding(unmarked) <- "unknown"
  groups <- as_groups(unmarked)
  expect_identical(levels(groups), c("b", "\u03b2"))
  expect_identical(as.integer(groups), c(2L, 1L))
  expect_identical(levels(as_groups(factor(unmarked, unmarked))),
                   c("\u03b2", "b"))
})

test_that("labels of Bioconductor are taken", {
  skip_if_not_installed("S4Vectors")
  x <- toy_expression()
  groups <- toy_groups()
  expected <- rank_genes_groups(x, groups)
  frame <- S4Vectors::DataFrame(label = groups, row.names = colnames(x))
  for (labels in list(S4Vectors::Rle(groups), frame,
                      S4Vectors::DataFrame(label = S4Vectors::Rle(groups)))) {
    expect_same_bits(rank_genes_groups(x, labels), expected)
  }
  expect_error(
    rank_genes_groups(x, frame[60:1, , drop = FALSE]),
    "another order",
    class = "wilcoxide_error_input"
  )
  expect_error(
    rank_genes_groups(x, cbind(frame, frame)),
    "2 columns",
    class = "wilcoxide_error_input"
  )
})

test_that("rows of a data frame go by their names", {
  x <- toy_expression()
  frame <- data.frame(label = toy_groups(), row.names = colnames(x))
  expected <- rank_genes_groups(x, toy_groups())
  expect_same_bits(rank_genes_groups(x, frame), expected)
  expect_same_bits(
    rank_genes_groups(x, data.frame(label = toy_groups())),
    expected
  )
  expect_error(
    rank_genes_groups(x, frame[60:1, , drop = FALSE]),
    "another order",
    class = "wilcoxide_error_input"
  )
})

test_that("labels that would have a wrong name are refused", {
  refused <- function(x) {
    error <- expect_error(
      as_groups(plain_labels(x, "groupby", NULL), call = NULL),
      class = "wilcoxide_error_input"
    )
    gsub("\\s+", " ", cli::ansi_strip(conditionMessage(error)))
  }
  bytes <- c("a\xe9", "b")
  Encoding(bytes) <- "bytes"
  expect_match(refused(bytes), "valid text.*iconv")
  expect_match(refused(c("a\xe9{x}", "b")), "valid text")
  invalid <- factor(c("a", "b"))
  attr(invalid, "levels") <- c("a\xe9", "b")
  expect_match(refused(invalid), "valid text")
  # Of a package that is not loaded.
  expect_match(
    refused(structure(c(1, 2), class = "of_no_package")),
    "of_no_package.*no package that is loaded"
  )
  expect_match(refused(long_integers()[c(1L, 3L)]), "lost their class")
  registerS3method("as.character", "rounded", function(x, ...) {
    sprintf("%.0f", unclass(x))
  })
  expect_match(
    refused(structure(c(1, 1.2, 3), class = "rounded")),
    "3 different values, of which R writes some alike: 2 texts"
  )
  twice <- structure(1:2, levels = c("a", "a"), class = "factor")
  expect_match(refused(twice), "valid factor")
  expect_match(refused(list("a", "b")), "unlist(groupby)", fixed = TRUE)
  expect_match(refused(c(1i, 2i)), "as.character(groupby)", fixed = TRUE)
  expect_match(refused(data.frame(a = 1:2, b = 1:2)), "2 columns")
})
