# testthat.R: runs the tests of the installed package.
Sys.setenv(NOT_CRAN = "true")
testthat::test_dir(
  "tests/testthat",
  package = "wilcoxide",
  load_package = "installed",
  reporter = testthat::ProgressReporter$new(
    show_praise = FALSE,
    max_failures = Inf,
    update_interval = Inf
  )
)
