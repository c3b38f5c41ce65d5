library(testthat)
library(wilcoxide)

test_check("wilcoxide")
