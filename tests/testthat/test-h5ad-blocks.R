# Every way of reading a file must give the bits of the matrix in memory.

test_that("blocks of a file rank as its matrix in memory", {
  path <- block_file(list(
    csr = compressed("csr"),
    csr_gzip = compressed("csr", gzip = 4L),
    csr_double = compressed("csr", "H5T_IEEE_F64LE", "H5T_STD_I64LE", 7L, 9L),
    csr_shuffle = compressed("csr", gzip = 4L, shuffle = TRUE),
    csr_one_chunk = compressed("csr", index = "H5T_STD_U16LE", chunk = 5000L),
    csc = compressed("csc"),
    csc_gzip = compressed("csc", index = "H5T_STD_I64LE", gzip = 1L),
    dense = dense(),
    dense_gzip = dense("H5T_IEEE_F64LE", c(25L, 7L), 4L),
    dense_shuffle = dense("H5T_IEEE_F64LE", gzip = 4L, shuffle = TRUE),
    dense_contiguous = dense(chunk = NULL)
  ))
  layers <- c(
    "csr", "csr_gzip", "csr_double", "csr_shuffle", "csr_one_chunk", "csc",
    "csc_gzip", "dense", "dense_gzip", "dense_shuffle", "dense_contiguous"
  )
  for (budget in budgets) {
    withr::local_options(wilcoxide.memory = budget)
    for (layer in layers) {
      expect_ranks_as_matrix(path, layer, threads = 2L, pts = TRUE)
    }
    for (layer in c("csr", "csc", "dense")) {
      through_hdf5(path, expect_ranks_as_matrix(path, layer, threads = 1L))
    }
  }
})

test_that("values are read as HDF5 reads them", {
  layers <- list(
    plain = compressed("csr"),
    gzip = compressed("csc", gzip = 4L),
    double = compressed("csr", "H5T_IEEE_F64LE", "H5T_STD_I64LE", 7L, 9L),
    shuffled = compressed("csc", gzip = 1L, shuffle = TRUE),
    small = compressed("csc", "H5T_STD_I8LE", "H5T_STD_U8LE", 11L),
    unsigned = compressed("csr", "H5T_STD_U16LE", "H5T_STD_U32LE", 11L, 1L)
  )
  path <- block_file(layers)
  for (layer in names(layers)) {
    with_h5ad(
      path,
      function(h5ad) {
        part <- paste0("layers/", layer)
        form <- h5ad_matrix_form(h5ad, part)
        open_by_hdf5r(h5ad, part, "of a test", tell = FALSE)
        for (which in list(seq_len(form$n_major), 5:17, 8L, c(9L, 2:4, 8L))) {
          expected <- hdf5r_slices(h5ad, form, which)
          direct <- read_slices(h5ad, form, which, 2L, NULL)
          expect_identical(direct, expected, info = layer)
        }
      },
      rlang::current_env()
    )
  }
})

test_that("blocks of raw rank as its matrix in memory", {
  values <- block_cells()
  rownames(values) <- paste0("raw", seq_len(nrow(values)))
  expected <- rank_genes_groups(values, block_groups(), pts = TRUE)
  kinds <- list(
    csr = compressed("csr", gzip = 4L),
    csc = compressed("csc", gzip = 4L),
    dense = dense()
  )
  for (kind in names(kinds)) {
    path <- block_file(list())
    file <- hdf5r::H5File$new(path, "r+")
    # Of other values than raw.
    dense()(file, "X", values[rev(seq_len(nrow(values))), ])
    file$create_group("raw")
    file$create_group("raw/var")
    write_attribute(file[["raw/var"]], "_index", "_index")
    file[["raw/var/_index"]] <- rownames(values)
    kinds[[kind]](file, "raw/X", values)
    file$close_all()
    for (budget in budgets) {
      withr::local_options(wilcoxide.memory = budget)
      actual <- rank_genes_groups(path, "group", pts = TRUE)
      expect_true(actual$params$use_raw)
      expect_identical(
        without_params(actual),
        without_params(expected),
        info = kind
      )
    }
  }
})

test_that("arguments mean in blocks what they mean in memory", {
  path <- block_file(list(csr = compressed("csr"), csc = compressed("csc")))
  withr::local_options(wilcoxide.memory = 6000)
  mask <- rep(c(TRUE, FALSE, TRUE, TRUE, FALSE), 5L)
  for (layer in c("csr", "csc")) {
    expect_ranks_as_matrix(path, layer, mask_var = mask, pts = TRUE)
    expect_ranks_as_matrix(path, layer, groups = c("c", "a"), n_genes = 7)
    expect_ranks_as_matrix(
      path,
      layer,
      reference = "b",
      tie_correct = TRUE,
      rankby_abs = TRUE,
      corr_method = "bonferroni",
      pts = TRUE
    )
  }
})

test_that("values that are stored in any order are sorted in blocks", {
  turn <- function(slices) {
    for (i in which(diff(slices$p) > 0)) {
      at <- seq(slices$p[[i]] + 1L, slices$p[[i + 1L]])
      slices$i[at] <- rev(slices$i[at])
      slices$x[at] <- rev(slices$x[at])
    }
    slices
  }
  path <- block_file(list(
    csr = compressed("csr", damage = turn),
    csc = compressed("csc", damage = turn)
  ))
  for (budget in budgets) {
    withr::local_options(wilcoxide.memory = budget)
    for (layer in c("csr", "csc")) {
      expect_ranks_as_matrix(path, layer)
      through_hdf5(path, expect_ranks_as_matrix(path, layer))
    }
  }
})

test_that("values that are no numbers are counted over all blocks", {
  holes <- function(slices) {
    slices$x[c(9L, 100L, 300L)] <- NaN
    slices
  }
  path <- block_file(list(
    csr = compressed("csr", damage = holes),
    csc = compressed("csc", damage = holes)
  ))
  message_of <- function(layer, budget) {
    withr::local_options(wilcoxide.memory = budget)
    conditionMessage(rlang::catch_cnd(
      rank_genes_groups(path, "group", layer = layer),
      "wilcoxide_error_input"
    ))
  }
  for (layer in c("csr", "csc")) {
    expect_match(message_of(layer, 6000), "3 values are NaN")
    expect_identical(message_of(layer, 6000), message_of(layer, 1e6))
  }
})

# Each value is stored in three parts, in an order of its own.
in_parts <- function(slices) {
  set.seed(3)
  sizes <- diff(slices$p)
  slice <- rep(seq_along(sizes), sizes)
  turned <- order(rep(slice, 3L), runif(3L * length(slice)))
  list(
    p = slices$p * 3L,
    i = rep(slices$i, 3L)[turned],
    x = c(slices$x / 2, slices$x / 4, slices$x / 4)[turned]
  )
}

test_that("several values in one place are summed, in blocks and whole", {
  path <- block_file(list(
    csr = compressed("csr", damage = in_parts),
    csc = compressed("csc", damage = in_parts)
  ))
  genes <- c("gene9", "gene2", "gene7")
  result <- rank_genes_groups(path, "group", layer = "csr")
  shown <- block_cells()[genes, ]
  for (budget in budgets) {
    withr::local_options(wilcoxide.memory = budget)
    for (layer in c("csr", "csc")) {
      expect_ranks_as_matrix(path, layer, pts = TRUE)
      through_hdf5(path, expect_ranks_as_matrix(path, layer, pts = TRUE))
      values <- expression_of(
        path, "group", result, genes, layer = layer, call = NULL
      )$values
      expect_identical(unname(as.matrix(values)), unname(t(shown)))
    }
  }
})

test_that("sums are rounded as the type of the values is, in their order", {
  # In single precision, either order of adding gives another sum.
  parts <- c(0.1, 0.7, 1e-8)
  spread <- function(slices) {
    at <- which(slices$x != 0)[[1L]]
    slice <- findInterval(at - 1L, slices$p)
    after <- seq(slice + 1L, length(slices$p))
    slices$p[after] <- slices$p[after] + 2L
    slices$i <- append(slices$i, rep(slices$i[[at]], 2L), at)
    slices$x <- append(slices$x[-at], parts, at - 1L)
    slices
  }
  path <- block_file(list(
    single = compressed("csr", damage = spread),
    double = compressed("csr", "H5T_IEEE_F64LE", damage = spread)
  ))
  as_single <- function(x) {
    readBin(writeBin(x, raw(), size = 4L), "double", length(x), size = 4L)
  }
  sum_of <- function(layer) {
    view_h5ad(path, layer = layer)$matrix()$x[[1L]]
  }
  single <- as_single(parts)
  expected <- as_single(as_single(single[[1L]] + single[[2L]]) + single[[3L]])
  expect_identical(sum_of("single"), expected)
  expect_identical(sum_of("double"), (0.1 + 0.7) + 1e-8)
  through_hdf5(path, {
    expect_identical(sum_of("single"), expected)
    expect_identical(sum_of("double"), (0.1 + 0.7) + 1e-8)
  })
})

test_that("big-endian numbers are read as what they are", {
  skip_without_hdf5r()
  turn <- function(type) {
    big <- hdf5r::h5types[[type]]$copy()
    big$set_order(hdf5r::h5const$H5T_ORDER_BE)
    big
  }
  rewrite <- function(part, type) {
    function(file, layer) {
      name <- paste0(layer, "/", part)
      values <- file[[name]]$read()
      file$link_delete(name)
      file$create_dataset(name, values, dtype = turn(type), chunk_dims = 50L)
    }
  }
  path <- block_file(list(csr = compressed("csr"), csc = compressed("csc")))
  file <- hdf5r::H5File$new(path, "r+")
  for (layer in c("layers/csr", "layers/csc")) {
    rewrite("indices", "H5T_STD_I32LE")(file, layer)
    rewrite("indptr", "H5T_STD_I32LE")(file, layer)
    rewrite("data", "H5T_IEEE_F32LE")(file, layer)
  }
  file$close_all()
  for (budget in budgets) {
    withr::local_options(wilcoxide.memory = budget)
    for (layer in c("csr", "csc")) {
      expect_ranks_as_matrix(path, layer)
      through_hdf5(path, expect_ranks_as_matrix(path, layer))
    }
  }
})

test_that("genes to show are read alone, in any order, as they are", {
  path <- block_file(list(
    csr = compressed("csr", gzip = 4L),
    csc = compressed("csc"),
    dense = dense()
  ))
  genes <- c("gene20", "gene3", "gene7", "gene4", "gene25")
  expected <- unname(t(block_cells()[genes, ]))
  result <- rank_genes_groups(block_cells(), block_groups())
  read <- h5ad_slices
  n_read <- integer()
  local_stubs(h5ad_slices = function(h5ad, form, which = NULL, ...) {
    if (form$major == "gene") {
      n_read <<- c(n_read, length(which))
    }
    read(h5ad, form, which, ...)
  })
  values_of <- function(layer) {
    values <- expression_of(
      path, "group", result, genes, layer = layer, call = NULL
    )$values
    unname(as.matrix(values))
  }
  for (budget in budgets) {
    withr::local_options(wilcoxide.memory = budget, wilcoxide.threads = 2L)
    for (layer in c("csr", "csc", "dense")) {
      expect_identical(values_of(layer), expected, info = layer)
      through_hdf5(path, expect_identical(values_of(layer), expected))
    }
  }
  # Of what is stored by gene, all that is read is the genes to show.
  expect_gt(length(n_read), 0L)
  expect_true(all(n_read == length(genes)))
})
