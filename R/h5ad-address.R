# What the reader in Rust must know of a dataset that HDF5 has open.

#' Where the values of a dataset are, and how they are stored
#'
#' @return A list: `address` of the object header; `dims` and `chunk`, the
#'   slowest first; `type`. `NULL` where the values may not be read past HDF5:
#'   this process may be writing them, or they are in another file.
#' @noRd
h5_location <- function(h5ad, part) {
  if (as.character(h5ad$file$get_intent()) != "H5F_ACC_RDONLY") {
    return(NULL)
  }
  h5_dataset(h5ad, part, function(dataset) {
    if (!same_file(dataset$get_filename(), h5ad$path)) {
      return(NULL)
    }
    # As in the file: the native type is of another byte order, maybe.
    type <- dataset$get_type(native = FALSE)
    creation <- dataset$get_create_plist()
    on.exit({
      type$close()
      creation$close()
    })
    is_chunked <- as.character(creation$get_layout()) == "H5D_CHUNKED"
    list(
      address = as.double(dataset$obj_info()$addr),
      dims = rev(as.double(dataset$dims)),
      chunk = if (is_chunked) rev(as.double(dataset$chunk_dims)) else double(),
      type = type$to_text()
    )
  })
}

same_file <- function(a, b) {
  normalizePath(a, mustWork = FALSE) == normalizePath(b, mustWork = FALSE)
}

#' The same of all datasets of a matrix, `NULL` where one is not known
#' @param matrix What [h5ad_matrix_form()] returned.
#' @noRd
h5ad_locations <- function(h5ad, matrix) {
  parts <- if (matrix$is_dense) {
    list(data = matrix$part)
  } else {
    list(
      indices = paste0(matrix$part, "/indices"),
      data = paste0(matrix$part, "/data")
    )
  }
  locations <- lapply(parts, function(part) h5_location(h5ad, part))
  if (!any(vapply(locations, is.null, NA))) locations
}
