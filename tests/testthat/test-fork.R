test_that("forked workers do not hang after a call in their parent", {
  skip_on_os("windows")
  x <- as_dgc(toy_expression(301L, 700L))
  groups <- toy_groups(700L)
  ranked <- function(threads) rank_genes_groups(x, groups, threads = threads)
  expected <- ranked(2L)

  # What mclapply() is made of, but with an end to waiting.
  jobs <- lapply(1:2, function(threads) {
    parallel::mcparallel(ranked(threads))
  })
  results <- list()
  withr::defer(
    if (length(results) < length(jobs)) {
      tools::pskill(vapply(jobs, `[[`, 1L, "pid"), tools::SIGKILL)
    }
  )
  deadline <- Sys.time() + 20
  while (length(results) < length(jobs) && Sys.time() < deadline) {
    done <- parallel::mccollect(jobs, wait = FALSE, timeout = 1)
    results <- c(results, Filter(Negate(is.null), done))
  }

  expect_length(results, length(jobs))
  for (result in results) {
    expect_same_bits(result, expected)
  }
  # And the parent goes on.
  expect_same_bits(ranked(2L), expected)
})
