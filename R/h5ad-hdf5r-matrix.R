# Matrices in `.h5ad` files as HDF5 itself reads them, through hdf5r: for what
# the reader in Rust does not know.

# Values looked at together where a whole vector would need much memory.
h5ad_block <- 2^22

#' Numbers of a dataset, with nothing copied that need not be
#'
#' @param type Type of the vector to return.
#' @param count How many along each dimension, the fastest first.
#' @param start First of them, from 1.
#' @noRd
hdf5r_numbers <- function(h5ad,
                       part,
                       type = c("double", "integer"),
                       count,
                       start = rep(1, length(count))) {
  memory <- switch(type,
    double = hdf5r::h5types$H5T_NATIVE_DOUBLE,
    integer = hdf5r::h5types$H5T_NATIVE_INT
  )
  if (prod(count) == 0) {
    return(vector(type, 0L))
  }
  hdf5r_with(h5ad, part, function(dataset) {
    space <- dataset$get_space()
    on.exit(space$close())
    space$select_hyperslab(start = start, count = count)
    hdf5r_read(h5ad, part, dataset, file_space = space, mem_type = memory)
  })
}

#' Slices of a sparse matrix, indices in any order
#' @noRd
hdf5r_slices <- function(h5ad, form, which) {
  p <- slices_starts(h5ad, form, which)
  # Those that follow one another are read together.
  first <- form$starts[which] + 1
  ends <- first + diff(p)
  is_new <- c(TRUE, first[-1L] != ends[-length(ends)])[seq_along(first)]
  starts <- first[is_new]
  counts <- diff(c(p[-length(p)][is_new], p[[length(p)]]))
  read <- function(name, type) {
    part <- paste0(form$part, "/", name)
    pieces <- Map(
      function(start, count) hdf5r_numbers(h5ad, part, type, count, start),
      starts,
      counts
    )
    if (length(pieces) == 1L) pieces[[1L]] else as.vector(unlist(pieces), type)
  }
  list(
    p = p,
    idx = read("indices", "integer"),
    x = read("data", "double"),
    major = form$major
  )
}

# The file has the genes of a cell side by side. Zeros are dropped block by
# block, so that the dense matrix is never whole in memory.
hdf5r_dense <- function(h5ad, form, cells, block = h5ad_block) {
  n_cells <- cells[[2L]] - cells[[1L]] + 1
  n_genes <- form$n_minor
  step <- max(block %/% max(n_genes, 1L), 1)
  starts <- seq(1, by = step, length.out = ceiling(n_cells / step))
  blocks <- lapply(starts, function(start) {
    count <- c(n_genes, min(step, n_cells - start + 1))
    first <- c(1, cells[[1L]] + start - 1)
    drop_zeros(hdf5r_numbers(h5ad, form$part, "double", count, first), n_genes)
  })
  p <- cumsum(c(0, unlist(lapply(blocks, `[[`, "lengths"))))
  if (p[[length(p)]] > .Machine$integer.max) {
    abort_too_large(h5ad, form$part, "values")
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

# Slices as HDF5 reads them, put in order.
hdf5r_ordered_slices <- function(h5ad, form, which, threads, tick) {
  slices <- hdf5r_slices(h5ad, form, which)
  answer <- order_slices(
    slices$p,
    slices$idx,
    slices$x,
    form$is_single,
    form$n_minor,
    threads,
    tick
  )
  check_status(answer, h5ad$call, h5ad = h5ad, part = form$part)
  slices_of(answer, form)
}

partition_by_hdf5r <- function(job, plan) {
  matrix <- job$matrix
  p <- matrix$starts %||% (matrix$n_minor * seq(0, matrix$n_major))
  sizes <- rep(p[[matrix$n_major + 1L]] / matrix$n_minor, matrix$n_minor)
  fill_partitions(job, plan, sizes, function(partitions) {
    first <- 0
    while (first < matrix$n_major) {
      last <- max(findInterval(p[[first + 1]] + plan$run, p) - 1, first + 1)
      cells <- if (matrix$is_dense) {
        hdf5r_dense(job$h5ad, matrix, c(first + 1, last))
      } else {
        hdf5r_slices(job$h5ad, matrix, seq(first + 1, last))
      }
      answer <- partitions_add(
        partitions,
        first,
        cells$p,
        cells$idx,
        cells$x,
        isTRUE(matrix$is_single)
      )
      if (answer$status == "ok" && job$tick(last / matrix$n_major / 2)) {
        answer <- list(status = "interrupted")
      }
      if (answer$status != "ok") {
        return(answer)
      }
      first <- last
    }
    list(status = "ok")
  })
}
