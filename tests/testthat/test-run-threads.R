# CRAN allows two threads.
test_that("the number of threads changes no bit", {
  skip_on_cran()
  x <- toy_expression(301L, 700L)
  groups <- toy_groups(700L)
  groups[c(3L, 400L)] <- NA
  ranked <- function(x, threads, ...) {
    rank_genes_groups(x, groups, pts = TRUE, threads = threads, ...)
  }
  for (matrix in list(as_dgc(x), as_dgr(x), x)) {
    for (tie_correct in c(FALSE, TRUE)) {
      one <- ranked(matrix, 1L, tie_correct = tie_correct)
      for (threads in c(2L, 3L, 8L)) {
        expect_same_bits(
          ranked(matrix, threads, tie_correct = tie_correct),
          one
        )
      }
    }
  }
  expect_same_bits(
    ranked(x, 2L, reference = "NK"),
    ranked(x, 1L, reference = "NK")
  )
})

test_that("more threads than genes do no harm", {
  skip_on_cran()
  x <- toy_expression(2L, 60L)
  expect_same_bits(
    rank_genes_groups(x, toy_groups(), threads = 8L),
    rank_genes_groups(x, toy_groups(), threads = 1L)
  )
})

test_that("the option gives the number of threads", {
  x <- toy_expression()
  expected <- rank_genes_groups(x, toy_groups(), threads = 1L)
  for (threads in c(1, 2)) {
    withr::local_options(wilcoxide.threads = threads)
    expect_same_bits(rank_genes_groups(x, toy_groups()), expected)
  }
  withr::local_options(wilcoxide.threads = "many")
  expect_error(
    rank_genes_groups(x, toy_groups()),
    "wilcoxide.threads",
    class = "wilcoxide_error_input"
  )
  # The argument goes before the option.
  expect_same_bits(rank_genes_groups(x, toy_groups(), threads = 2L), expected)
})

test_that("a number of threads is a positive whole number", {
  for (threads in list(0L, -1, 1.5, NA, "2", c(1L, 2L), Inf)) {
    expect_error(
      rank_genes_groups(toy_expression(), toy_groups(), threads = threads),
      "`threads`",
      class = "wilcoxide_error_input"
    )
  }
})

test_that("threads are limited by the option, the environment and reason", {
  call <- rlang::current_env()
  expect_identical(resolve_threads(3, call), 3L)
  expect_identical(resolve_threads(1e12, call), 1024L)
  withr::local_options(wilcoxide.threads = 5)
  expect_identical(resolve_threads(NULL, call), 5L)
  expect_identical(resolve_threads(2L, call), 2L)

  withr::local_options(wilcoxide.threads = NULL)
  withr::local_envvar(
    OMP_THREAD_LIMIT = NA,
    RAYON_NUM_THREADS = NA,
    "_R_CHECK_LIMIT_CORES_" = NA
  )
  available <- available_threads()
  expect_gte(available, 1L)
  expect_identical(resolve_threads(NULL, call), available)
  withr::with_envvar(
    c(RAYON_NUM_THREADS = "1"),
    expect_identical(resolve_threads(NULL, call), 1L)
  )
  withr::with_envvar(
    c(OMP_THREAD_LIMIT = "1", RAYON_NUM_THREADS = "many"),
    expect_identical(resolve_threads(NULL, call), 1L)
  )
  withr::with_envvar(
    c("_R_CHECK_LIMIT_CORES_" = "TRUE"),
    expect_identical(resolve_threads(NULL, call), min(available, 2L))
  )
  withr::local_options(wilcoxide.threads = "many")
  expect_error(
    resolve_threads(NULL, call),
    "option `wilcoxide.threads`.*\"many\"",
    class = "wilcoxide_error_input"
  )
})
