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
  for (groups in list("none", sprintf("n%d", 1:5000), character())) {
    error <- expect_error(
      rank_genes_groups(x, many, groups = groups),
      class = "wilcoxide_error_input"
    )
    expect_lt(nchar(conditionMessage(error)), 1000L)
  }
  error <- expect_error(
    rank_genes_groups(x, many, groups = levels(many)),
    class = "wilcoxide_error_input"
  )
  expect_match(conditionMessage(error), "4999 groups have no cells")
  expect_lt(nchar(conditionMessage(error)), 1000L)

  many[31:60] <- "g2"
  message <- expect_message(
    rank_genes_groups(x, many),
    "4998 groups without a cell are left out",
    class = "wilcoxide_message_empty_groups"
  )
  expect_lt(nchar(conditionMessage(message)), 1000L)
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

test_that("levels without a cell are left out unless they are named", {
  x <- toy_expression()
  groups <- toy_groups()
  expected <- rank_genes_groups(x, groups, pts = TRUE)
  more <- factor(groups, levels = c("none", levels(groups), "empty"))
  expect_message(
    result <- rank_genes_groups(x, more, pts = TRUE),
    "2 groups without a cell are left out: \"none\" and \"empty\"",
    class = "wilcoxide_message"
  )
  expect_same_bits(result, expected)
  one <- factor(groups, levels = c(levels(groups), "empty"))
  expect_message(
    rank_genes_groups(x, one),
    "1 group without a cell is left out: \"empty\"",
    class = "wilcoxide_message_empty_groups"
  )
  # Named groups are all that is asked for.
  expect_no_message(rank_genes_groups(x, one, groups = "T"))

  one[c(1L, which(one == "NK")[-1L])] <- NA
  refused <- function(...) {
    error <- expect_error(
      rank_genes_groups(x, one, ...),
      class = "wilcoxide_error_input"
    )
    gsub("\\s+", " ", cli::ansi_strip(conditionMessage(error)))
  }
  message <- refused(groups = c("T", "NK", "empty"))
  expect_match(message, "1 group has no cells: \"empty\".", fixed = TRUE)
  expect_match(message, "1 group has one cell: \"NK\".", fixed = TRUE)
  expect_match(message, "Leave them out", fixed = TRUE)
  expect_match(refused(reference = "empty", groups = "T"), "no cells")
})

test_that("groups and the reference may be written as the values they are", {
  x <- toy_expression()
  codes <- as.integer(toy_groups())
  expected <- rank_genes_groups(x, codes, groups = "3", reference = "1")
  for (one in list(1, 1L, factor("1"))) {
    expect_same_bits(
      rank_genes_groups(x, codes, groups = 3, reference = one),
      expected
    )
  }
  # As Python has them.
  expect_identical(group_names(c(1, 2.5), c("1.0", "2.5")), c("1.0", "2.5"))
  expect_identical(group_names(1e5, "100000"), "100000")
  expect_identical(group_names(TRUE, c("False", "True")), "True")
  expect_identical(group_names(TRUE, c("FALSE", "TRUE")), "TRUE")
})

test_that("a misspelt group is told with the one that was meant", {
  groups <- rep(c("CD14+ Mono", "NK", "B {cell}"), each = 20L)
  says <- function(..., pattern) {
    expect_error(
      rank_genes_groups(toy_expression(), groups, ...),
      pattern,
      class = "wilcoxide_error_input"
    )
  }
  says(groups = "nk", pattern = "Did you mean \"NK\"?")
  says(groups = "KN", pattern = "There is no group \"KN\"")
  says(groups = "mono", pattern = "Did you mean \"CD14\\+ Mono\"?")
  says(reference = "CD14 Mono", pattern = "Did you mean \"CD14\\+ Mono\"?")
  says(groups = c("nk", "b {cell}"), pattern = "\"NK\" and \"B \\{cell\\}\"?")
  message <- tryCatch(
    rank_genes_groups(toy_expression(), groups, groups = "Treg"),
    error = conditionMessage
  )
  expect_no_match(message, "Did you mean")
  says(groups = groups, pattern = "`groupby` is the argument that says")
})

test_that("numbers that were measured are no groups", {
  x <- toy_expression()
  refused <- function(...) {
    error <- expect_error(
      rank_genes_groups(...),
      class = "wilcoxide_error_input"
    )
    gsub("\\s+", " ", conditionMessage(error))
  }
  counts <- c(seq_len(50L), rep(1:5, 2L))
  expect_match(refused(x, counts), "50 different numbers of `groupby`")
  expect_match(refused(x, factor(counts)), "a measurement of the cells")
  # Many clusters, few of which are small, are groups.
  clusters <- c(rep(1:29, 2L), 30L, 31L)
  expect_match(
    refused(x, clusters),
    "Leave them out with `groups`, or with `min_cells = 2`"
  )

  wide <- matrix(seq_len(3000L) %% 7, 2L)
  measured <- seq_len(1500L) / 7
  expect_match(refused(wide, measured), "1500 different numbers, 1286 of which")
  as_text <- refused(wide, as.character(measured))
  expect_match(as_text, "at least two cells")
})

test_that("mask_var takes names of genes", {
  x <- toy_expression()
  chosen <- c("gene7", "gene2", "gene2")
  expect_same_bits(
    rank_genes_groups(x, toy_groups(), mask_var = chosen, pts = TRUE),
    rank_genes_groups(
      x,
      toy_groups(),
      mask_var = rownames(x) %in% chosen,
      pts = TRUE
    )
  )
  says <- function(mask_var, pattern) {
    expect_error(
      rank_genes_groups(x, toy_groups(), mask_var = mask_var),
      pattern,
      class = "wilcoxide_error_input"
    )
  }
  says(c("gene2", "gen7"), "no gene \"gen7\".*intersect\\(mask_var")
  says("gnee7", "Did you mean \"gene7\"?")
  says("Gene7", "Did you mean \"gene7\"?")
  says(character(), "length 0")
  says(c("gene2", NA), "no gene NA")
})
