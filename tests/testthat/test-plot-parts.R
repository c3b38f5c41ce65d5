test_that("long names are broken into few and even lines", {
  expect_identical(
    wrap_names(c("B", "CD4+/CD45RA+/CD25- Naive T", "CD4+ Memory", "")),
    c("B", "CD4+/CD45RA+/\nCD25- Naive T", "CD4+ Memory", "")
  )
  expect_identical(wrap_names("one two three", 8), "one two\nthree")
})

test_that("names that cannot be broken lose their middle", {
  name <- paste(rep(letters, 3L), collapse = "")
  short <- wrap_names(name)
  expect_identical(nchar(short), 39L)
  expect_match(short, "^abc.*\u2026.*xyz$")
  expect_identical(shorten(c("B", name))[[1L]], "B")
})

test_that("width counts as on the console", {
  skip_if_not(l10n_info()[["UTF-8"]], "wide letters can be told")
  expect_identical(
    wrap_names("\u7d30\u80de\u7d30\u80de \u7d30\u80de", 12),
    "\u7d30\u80de\u7d30\u80de\n\u7d30\u80de"
  )
  expect_gt(label_width("\u7d30\u80de"), label_width("ab"))
  expect_identical(label_width("ab\nabcd"), label_width("abcd"))
  expect_identical(label_width(character()), 0)
})

test_that("values are scaled as Scanpy scales them", {
  values <- matrix(c(1, 2, 4, 3, 3, 3), 3L)
  expect_equal(scale_to_unit(values, 2L), matrix(c(0, 1 / 3, 1, 0, 0, 0), 3L))
  expect_equal(
    scale_to_unit(values, 1L),
    cbind(c(0, 0, 1), c(1, 1, 0))
  )
})
