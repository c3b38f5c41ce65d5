# testthat.R: runs the tests of the installed package.
Sys.setenv(NOT_CRAN = "true")
testthat::test_dir(
  "tests/testthat",
  package = "wilcoxide",
  load_package = "installed",
  reporter = testthat::CheckReporter$new()
)
