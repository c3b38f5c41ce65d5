test_that("floats are written as Python writes them", {
  written <- c(
    "0.1" = 0.1, "1.0" = 1, "-2.5" = -2.5, "100000.0" = 1e5,
    "123456789.125" = 123456789.125, "1e+16" = 1e16,
    "1234567890123456.0" = 1234567890123456, "0.0001" = 1e-4,
    "1e-05" = 1e-5, "1.5e-07" = 1.5e-7, "0.30000000000000004" = 0.1 + 0.2,
    "0.0" = 0, "-0.0" = -0, "inf" = Inf, "-inf" = -Inf, "nan" = NaN
  )
  text <- number_text(unname(written), is_float = TRUE)
  expect_identical(text, names(written))
})

test_that("single precision is written as NumPy writes it", {
  written <- c(
    "0.1" = 0.1, "1.0" = 1, "100000.0" = 1e5, "999999.0" = 999999,
    "1e+06" = 1e6, "1.6777216e+07" = 16777216, "1e+16" = 1e16,
    "123456.79" = 123456.789, "0.33333334" = 1 / 3, "3.4e+38" = 3.4e38,
    "1e-05" = 1e-5, "1e-04" = 1e-4, "0.00011" = 0.00011, "3e-45" = 3e-45,
    "-0.0" = -0, "inf" = Inf
  )
  single <- as_single(unname(written))
  expect_identical(
    number_text(single, is_float = TRUE, single = TRUE),
    names(written)
  )
})

test_that("whole numbers of R have no point and no exponent", {
  expect_identical(
    number_text(c(1, 1e5, 123456789012345, -3, 0, -0, 0.5, NA)),
    c("1", "100000", "123456789012345", "-3", "0", "0", "0.5", NA)
  )
})

test_that("64-bit integers are written out without a package", {
  halves <- rbind(
    c(0, 0), c(1, 0), c(-1, -1), c(0, 1), c(10000, 0),
    c(-1, .Machine$integer.max), c(1, 2^21), c(0, -2^21), c(0, NA)
  )
  bits <- readBin(
    writeBin(as.integer(t(halves)), raw()),
    "double",
    nrow(halves)
  )
  expect_identical(
    int64_text(bits),
    c(
      "0", "1", "-1", "4294967296", "10000", "9223372036854775807",
      "9007199254740993", "-9007199254740992", NA
    )
  )
  expect_identical(int64_text(bits[9L], "low"), "low")
  expect_identical(int64_text(double()), character())
})
