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
  waiting <- jobs
  withr::defer(
    lapply(waiting, function(job) tools::pskill(job$pid, tools::SIGKILL))
  )
  results <- list()
  deadline <- Sys.time() + 20
  while (length(waiting) > 0L && Sys.time() < deadline) {
    done <- parallel::mccollect(waiting, wait = FALSE, timeout = 1)
    results <- c(results, done)
    pids <- vapply(waiting, `[[`, 1L, "pid")
    waiting <- waiting[!pids %in% names(done)]
  }

  expect_length(results, length(jobs))
  for (result in results) {
    expect_same_bits(result, expected)
  }
  # And the parent goes on.
  expect_same_bits(ranked(2L), expected)
})
