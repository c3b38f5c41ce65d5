# The toy cells, genes by cells, as delayed matrices of many kinds: functions
# that make one of a dgCMatrix.
delayed_kinds <- function() {
  testthat::skip_if_not_installed("DelayedArray")
  kinds <- list(
    in_memory = DelayedArray::DelayedArray,
    # Each delayed, and the same numbers at the end.
    delayed = function(x) DelayedArray::DelayedArray(x * 2) / 2
  )
  if (!requireNamespace("HDF5Array", quietly = TRUE)) {
    return(kinds)
  }
  on_disk <- function(x, ...) {
    path <- withr::local_tempfile(.local_envir = testthat::teardown_env())
    HDF5Array::writeHDF5Array(
      as.matrix(x), path, "x", ...,
      with.dimnames = TRUE
    )
  }
  kinds$chunks <- function(x) on_disk(x, chunkdim = c(3L, 7L))
  kinds$sparse <- function(x) on_disk(x, chunkdim = c(4L, 8L), as.sparse = TRUE)
  kinds$by_gene <- function(x) on_disk(x, chunkdim = c(1L, ncol(x)))
  kinds$bound <- function(x) {
    half <- seq_len(ncol(x) %/% 2L)
    DelayedArray::cbind(on_disk(x[, half]), on_disk(x[, -half]))
  }
  if (utils::packageVersion("HDF5Array") >= "1.34") {
    # In older versions such matrices cannot be read.
    kinds$tenx <- function(x) {
      path <- withr::local_tempfile(.local_envir = testthat::teardown_env())
      HDF5Array::writeTENxMatrix(x, path, "x")
    }
    kinds$tenx_by_gene <- function(x) t(kinds$tenx(Matrix::t(x)))
  }
  kinds
}

# Bytes that give room for about `n` values of `x` at once.
room_for <- function(x, n) {
  1.5 * (ncol(x) * cell_bytes + value_bytes * max(n, ncol(x)))
}
