test_that("what was given is told in a few words, whatever it is", {
  told <- function(x) cli::ansi_strip(given(x))
  expect_identical(told(NULL), "NULL")
  expect_identical(told(2.5), "2.5")
  expect_identical(told("a"), "\"a\"")
  expect_identical(told(NA), "NA")
  expect_identical(told(1:3), "an integer vector of length 3")
  expect_identical(told(c(1, 2)), "a double vector of length 2")
  expect_identical(told(character()), "a character vector of length 0")
  expect_identical(told(matrix(TRUE, 2L, 2L)), "a logical array of length 4")
  expect_identical(told(factor("a")), "an object of class <factor>")
  expect_identical(told(list(1)), "an object of class <list>")
  expect_identical(told(sum), "an object of class <function>")
  expect_identical(told(quote(a)), "an object of class <name>")
  expect_identical(told("100% {x} <y>"), "\"100% {x} <y>\"")
})

test_that("whole numbers are told from others", {
  for (x in list(1, 1L, 1e9, 3.0)) {
    expect_true(is_whole_number(x))
  }
  for (x in list(
    0, -1L, 1.5, NA, NA_integer_, NaN, Inf, "1", TRUE, NULL, 1:2, list(1),
    sum, factor(1), Sys.time, structure(1, class = "odd")
  )) {
    expect_false(is_whole_number(x))
  }
})

test_that("bad values of any type are refused, not tripped over", {
  strange <- list(NULL, NA, list(), sum, quote(a), quote(a + b), new.env(), 1i)
  may_be_null <- c("n_genes", "threads", "mask_var", "log_base")
  arguments <- c(
    "groups", "reference", "rankby_abs", "pts", "method", "corr_method",
    "tie_correct", "progress", "cells", may_be_null
  )
  x <- toy_expression()
  groups <- toy_groups()
  for (argument in arguments) {
    for (value in strange[if (argument %in% may_be_null) -1L else TRUE]) {
      given <- rlang::set_names(list(value), argument)
      expect_error(
        do.call(rank_genes_groups, c(list(x, groups), given), quote = TRUE),
        argument,
        class = "wilcoxide_error_input"
      )
    }
  }
})

test_that("nothing is left to compare besides the reference", {
  error <- expect_error(
    rank_genes_groups(
      toy_expression(),
      toy_groups(),
      groups = "T",
      reference = "T"
    ),
    class = "wilcoxide_error_input"
  )
  expect_match(
    conditionMessage(error),
    "nothing besides the reference",
    fixed = TRUE
  )
})

test_that("messages count one as one", {
  x <- toy_expression()
  message <- function(...) {
    error <- expect_error(
      rank_genes_groups(...),
      class = "wilcoxide_error_input"
    )
    gsub("\\s+", " ", cli::ansi_strip(conditionMessage(error)))
  }
  says <- function(message, fragment) {
    expect_match(message, fragment, fixed = TRUE)
  }
  groups <- toy_groups()
  says(message(x, groups, groups = "a"), "There is no group \"a\".")
  says(
    message(x, groups, groups = c("a", "b")),
    "There are no groups \"a\" and \"b\"."
  )
  says(message(x, "T"), "1 entry for 60 cells (and 20 genes)")
  says(message(x, groups, a = 1), "does not take this argument here: `a`")
  says(
    message(x, groups, a = 1, 2),
    "does not take these arguments here: `a` and `(without a name)`"
  )
  says(message(x, groups, group = "a"), "`group = ` is short for `groupby`")
  levels <- factor(groups, levels = c("T", "NK", "B", "C", "D"))
  says(
    message(x, levels, groups = c("C", "D")),
    "2 groups have no cells: \"C\" and \"D\""
  )
  says(message(x, levels, groups = "D"), "1 group has no cells: \"D\"")
  says(message(x, levels, groups = "D"), "Leave it out")
  x[3L, 5L] <- NA
  says(message(x, groups), "1 value is NaN or NA")
  x[4L, 5L] <- NA
  says(message(x, groups), "2 values are NaN or NA")
  says(
    message(x[1L, 0L, drop = FALSE], character()),
    "0 cells and 1 gene."
  )
})

test_that("a name for groupby or mask_var needs an annotation", {
  expect_error(
    rank_genes_groups(toy_expression(), "cluster"),
    "give a vector of their",
    class = "wilcoxide_error_input"
  )
  expect_error(
    rank_genes_groups(toy_expression(), toy_groups(), mask_var = "variable"),
    "\"variable\"",
    class = "wilcoxide_error_input"
  )
})
