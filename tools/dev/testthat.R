# testthat.R: runs the tests of the installed package; those in files whose
# names match WILCOXIDE_TESTS where that is set.
filter <- Sys.getenv("WILCOXIDE_TESTS", NA)
Sys.setenv(NOT_CRAN = "true")
testthat::test_dir(
  "tests/testthat",
  package = "wilcoxide",
  filter = if (!is.na(filter)) filter,
  load_package = "installed",
  reporter = testthat::ProgressReporter$new(
    show_praise = FALSE,
    max_failures = Inf,
    update_interval = Inf
  )
)
