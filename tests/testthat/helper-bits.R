# Equality of every bit of doubles; any NaN equals any other.
expect_equal_bits <- function(actual, expected, label) {
  testthat::expect(
    identical(
      as.double(actual), as.double(expected),
      num.eq = FALSE, single.NA = TRUE
    ),
    sprintf(
      "%s: %d of %d values differ.",
      label, count_differing(actual, expected), length(expected)
    )
  )
  invisible(actual)
}

count_differing <- function(actual, expected) {
  if (length(actual) != length(expected)) {
    return(length(expected))
  }
  same <- mapply(identical, actual, expected, num.eq = FALSE)
  sum(!same)
}
