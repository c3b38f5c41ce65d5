# Matrices in `.h5ad` files, cells by genes: compressed by row or by column,
# or dense.

# Values looked at together where a whole vector would need much memory.
h5ad_block <- 2^22

#' Number of cells and of genes
#' @noRd
h5ad_matrix_shape <- function(h5ad, part) {
  shape <- if (h5_is_group(h5ad, part)) {
    h5_attr(h5ad, part, "shape") %||% h5_attr(h5ad, part, "h5sparse_shape")
  } else {
    h5_dims(h5ad, part)
  }
  shape <- as.double(shape)
  if (length(shape) != 2L || anyNA(shape) || any(shape < 0)) {
    abort_damaged(h5ad, part, "It is no matrix: it has no two dimensions.")
  }
  if (any(shape > .Machine$integer.max)) {
    abort_too_large(h5ad, part, "rows or columns")
  }
  as.integer(shape)
}

#' Whether the values are stored in single precision
#' @noRd
h5ad_is_single <- function(h5ad, part) {
  values <- if (h5_is_group(h5ad, part)) paste0(part, "/data") else part
  h5_with(h5ad, values, function(dataset) {
    type <- dataset$get_type()
    on.exit(type$close())
    as.character(type$get_class()) == "H5T_FLOAT" && type$get_size() == 4
  })
}

#' The matrix as the kernel reads it, see [expression_view()]
#' @noRd
h5ad_matrix <- function(h5ad, part) {
  shape <- h5ad_matrix_shape(h5ad, part)
  if (!h5_is_group(h5ad, part)) {
    return(h5ad_dense(h5ad, part, shape))
  }
  format <- h5_attr(h5ad, part, "h5sparse_format") %||%
    h5_attr(h5ad, part, "encoding-type") %||% "none"
  switch(sub("_matrix$", "", format),
    csr = h5ad_sparse(h5ad, part, "cell", shape[[1L]], shape[[2L]]),
    csc = h5ad_sparse(h5ad, part, "gene", shape[[2L]], shape[[1L]]),
    abort_unsupported(
      h5ad,
      part,
      sprintf("Its encoding \"%s\" is no matrix this package reads.", format)
    )
  )
}

h5ad_sparse <- function(h5ad, part, major, n_major, n_minor) {
  member <- function(name) paste0(part, "/", name)
  n <- h5_length(h5ad, member("indices"))
  p <- h5ad_indptr(h5ad, part, n_major, n)
  n <- p[[n_major + 1L]]
  if (h5_length(h5ad, member("data")) < n) {
    abort_damaged(h5ad, part, "It has fewer values than indices.")
  }
  idx <- h5_numbers(h5ad, member("indices"), "integer", n)
  if (n > 0L && !isTRUE(min(idx) >= 0L && max(idx) < n_minor)) {
    abort_damaged(h5ad, part, "It has indices outside of its shape.")
  }
  x <- h5_numbers(h5ad, member("data"), "double", n)
  slices <- list(p = p, idx = idx, x = x, major = major)
  if (!slices_ascend(p, idx)) {
    slices <- sort_slices(slices)
    if (!slices_ascend(p, slices$idx)) {
      abort_damaged(h5ad, part, "It has several values in one place.")
    }
  }
  slices
}

h5ad_indptr <- function(h5ad, part, n_major, n) {
  p <- h5_values(h5ad, paste0(part, "/indptr"))
  ok <- length(p) == n_major + 1 && !anyNA(p) && p[[1L]] == 0 &&
    !is.unsorted(p) && p[[n_major + 1L]] <= n
  if (!ok) {
    abort_damaged(
      h5ad,
      part,
      "Its row pointers do not ascend from 0 to the number of its values."
    )
  }
  if (p[[n_major + 1L]] > .Machine$integer.max) {
    abort_too_large(h5ad, part, "values")
  }
  as.integer(p)
}

#' Does the index ascend strictly within each slice?
#'
#' It does if all places where it does not are starts of slices.
#' @noRd
slices_ascend <- function(p, idx, block = h5ad_block) {
  starts <- unique(p[p > 0L & p < length(idx)])
  at_starts <- sum(idx[starts + 1L] <= idx[starts])
  in_all <- 0
  from <- 2
  while (from <= length(idx)) {
    to <- min(from + block - 1, length(idx))
    in_all <- in_all + sum(idx[from:to] <= idx[(from - 1):(to - 1)])
    from <- to + 1
  }
  in_all == at_starts
}

sort_slices <- function(slices, block = h5ad_block) {
  p <- slices$p
  idx <- slices$idx
  x <- slices$x
  for (some in split(seq_len(length(p) - 1L), p[-length(p)] %/% block)) {
    ends <- p[c(some[[1L]], some + 1L)]
    at <- seq_len(ends[[length(ends)]] - ends[[1L]]) + ends[[1L]]
    slice <- rep(some, diff(ends))
    sorted <- at[order(slice, idx[at], method = "radix")]
    idx[at] <- idx[sorted]
    x[at] <- x[sorted]
  }
  list(p = p, idx = idx, x = x, major = slices$major)
}

# The file has the genes of a cell side by side. Zeros are dropped block by
# block, so that the dense matrix is never whole in memory.
h5ad_dense <- function(h5ad, part, shape, block = h5ad_block) {
  n_cells <- shape[[1L]]
  n_genes <- shape[[2L]]
  step <- max(block %/% max(n_genes, 1L), 1)
  starts <- seq(1, by = step, length.out = ceiling(n_cells / step))
  blocks <- lapply(starts, function(start) {
    count <- c(n_genes, min(step, n_cells - start + 1))
    values <- h5_numbers(h5ad, part, "double", count, start = c(1, start))
    drop_zeros(values, n_genes)
  })
  p <- cumsum(c(0, unlist(lapply(blocks, `[[`, "lengths"))))
  if (p[[length(p)]] > .Machine$integer.max) {
    abort_too_large(h5ad, part, "values")
  }
  list(
    p = as.integer(p),
    idx = as.integer(unlist(lapply(blocks, `[[`, "idx"))),
    x = as.double(unlist(lapply(blocks, `[[`, "x"))),
    major = "cell"
  )
}

drop_zeros <- function(values, n_genes) {
  keep <- values != 0
  keep[is.na(keep)] <- TRUE
  dim(keep) <- c(n_genes, length(values) / max(n_genes, 1L))
  at <- which(keep)
  list(
    lengths = colSums(keep),
    idx = (at - 1L) %% n_genes,
    x = values[at]
  )
}

abort_too_large <- function(h5ad, part, what) {
  abort_file(
    c(
      "{.field {part}} in {.file {h5ad$path}} is too large to be read whole.",
      x = "It has more than 2^31 - 1 {what}, the limit of R's sparse matrices.",
      i = "Split the file by cells or by genes in Python and rank the parts."
    ),
    call = h5ad$call
  )
}
