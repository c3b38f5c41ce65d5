# Every way of reading a file must give the bits of the matrix in memory.

# The values as their type holds them, as a matrix of genes x cells.
block_cells <- function(n_cells = 120L, n_genes = 25L) {
  set.seed(11)
  counts <- rpois(n_cells * n_genes, 0.7 * rep(1:4, length.out = n_genes) / 2)
  values <- matrix(round(log1p(counts) * 64) / 64, n_genes)
  values[7L, ] <- 0
  values[3L, 1:5] <- -values[3L, 1:5]
  rownames(values) <- paste0("gene", seq_len(n_genes))
  values
}

block_groups <- function(n_cells = 120L) {
  factor(rep(c("a", "b", "c", NA), length.out = n_cells))
}

# An .h5ad file with each of `matrices`, functions that write one, as a layer.
block_file <- function(layers, frame = parent.frame()) {
  skip_without_hdf5r()
  path <- withr::local_tempfile(fileext = ".h5ad", .local_envir = frame)
  values <- block_cells()
  groups <- block_groups()
  file <- hdf5r::H5File$new(path, "w")
  for (group in c("obs", "var", "layers", "obs/group")) {
    file$create_group(group)$close()
  }
  write_attribute(file[["obs"]], "_index", "_index")
  write_attribute(file[["var"]], "_index", "_index")
  write_attribute(file[["obs"]], "column-order", "group", space = NULL)
  write_attribute(file[["obs/group"]], "encoding-type", "categorical")
  file[["obs/_index"]] <- paste0("cell", seq_along(groups))
  file[["var/_index"]] <- rownames(values)
  file[["obs/group/categories"]] <- levels(groups)
  codes <- as.integer(groups) - 1L
  codes[is.na(codes)] <- -1L
  file[["obs/group/codes"]] <- codes
  for (name in names(layers)) {
    layers[[name]](file, paste0("layers/", name), values)
  }
  file$close_all()
  path
}

put <- function(file, part, values, type, chunk, gzip = NULL, shuffle = FALSE) {
  creation <- hdf5r::H5P_DATASET_CREATE$new()
  if (shuffle) {
    creation$set_shuffle()
  }
  file$create_dataset(
    part,
    values,
    dtype = hdf5r::h5types[[type]],
    chunk_dims = chunk,
    gzip_level = gzip,
    dataset_create_pl = creation
  )$close()
}

# A function for block_file(): compressed by "csr" or "csc".
compressed <- function(format,
                       value = "H5T_IEEE_F32LE",
                       index = "H5T_STD_I32LE",
                       chunk = 50L,
                       gzip = NULL,
                       shuffle = FALSE,
                       damage = identity) {
  function(file, part, values) {
    slices <- if (format == "csr") {
      as(Matrix::Matrix(values, sparse = TRUE), "dgCMatrix")
    } else {
      as(Matrix::Matrix(t(values), sparse = TRUE), "dgCMatrix")
    }
    slices <- damage(list(p = slices@p, i = slices@i, x = slices@x))
    group <- file$create_group(part)
    write_attribute(group, "encoding-type", paste0(format, "_matrix"))
    group$create_attr("shape", robj = rev(dim(values)))$close()
    put(file, paste0(part, "/indptr"), slices$p, "H5T_STD_I64LE", 10L)
    put(file, paste0(part, "/indices"), slices$i, index, chunk, gzip, shuffle)
    put(file, paste0(part, "/data"), slices$x, value, chunk, gzip, shuffle)
  }
}

dense <- function(value = "H5T_IEEE_F32LE",
                  chunk = c(10L, 20L),
                  gzip = NULL,
                  shuffle = FALSE) {
  function(file, part, values) {
    put(file, part, values, value, chunk, gzip, shuffle)
  }
}

without_params <- function(result) {
  result$params <- NULL
  result
}

expect_ranks_as_matrix <- function(path, layer, ...) {
  values <- block_cells()
  expected <- rank_genes_groups(values, block_groups(), ...)
  actual <- rank_genes_groups(path, "group", layer = layer, ...)
  testthat::expect_identical(
    without_params(actual),
    without_params(expected),
    info = layer
  )
}

# From all that is needed down to one gene of all cells.
budgets <- c(1e6, 40000, 15000, 6000)

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

test_that("values are read past HDF5 as HDF5 reads them", {
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
        form <- h5ad_matrix_form(h5ad, paste0("layers/", layer))
        for (which in list(seq_len(form$n_major), 5:17, 8L, c(9L, 2:4, 8L))) {
          expected <- h5_slices(h5ad, form, which)
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
  never <- function(...) stop("the matrix was read whole")
  local_stubs(h5ad_matrix = never)
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
})

test_that("no answer of the reader is dropped, in any way of reading", {
  path <- block_file(list(
    csr = compressed("csr"), csc = compressed("csc"), dense = dense()
  ))
  rank <- function(layer, budget) {
    withr::local_options(wilcoxide.memory = budget)
    without_params(rank_genes_groups(path, "group", layer = layer))
  }
  answer <- function(status) {
    function(...) list(status = status, message = "why")
  }
  # Where each way of reading asks the reader; the first reads all at once.
  ways <- list(
    list("read_sparse", "csr", 1e6),
    list("read_sparse", "csc", 6000),
    list("sample_sizes", "csr", 6000),
    list("partitions_read", "csr", 6000),
    list("partitions_read", "dense", 1e6),
    list("partitions_statistics", "csr", 6000)
  )
  for (way in ways) {
    reader <- way[[1L]]
    class_of <- function(status) {
      stubs <- stats::setNames(list(answer(status)), reader)
      do.call(local_stubs, stubs)
      tryCatch(
        {
          rank(way[[2L]], way[[3L]])
          "ranked"
        },
        error = function(cnd) class(cnd)[[1L]],
        interrupt = function(cnd) "interrupt"
      )
    }
    expect_identical(class_of("damaged"), "wilcoxide_error_file", info = reader)
    expect_identical(class_of("interrupted"), "interrupt", info = reader)
    for (status in c("fault", "surprise", "")) {
      expect_identical(
        class_of(status),
        "wilcoxide_error_internal",
        info = reader
      )
    }
    expect_identical(
      class_of("unsupported"),
      if (reader == "partitions_statistics") {
        "wilcoxide_error_internal"
      } else {
        "ranked"
      },
      info = reader
    )
  }
})

test_that("users learn once why a large file is read slowly", {
  path <- block_file(list(csr = compressed("csr"), csc = compressed("csc")))
  answer <- list(status = "unsupported", message = "there is a filter 7")
  local_stubs(
    read_sparse = function(...) answer,
    partitions_read = function(...) answer
  )
  told <- function(layer, budget = 6000) {
    withr::local_options(wilcoxide.memory = budget)
    messages <- character()
    withCallingHandlers(
      rank_genes_groups(path, "group", layer = layer),
      wilcoxide_message = function(cnd) {
        messages <<- c(messages, conditionMessage(cnd))
        rlang::cnd_muffle(cnd)
      }
    )
    messages
  }
  expect_identical(told("csr"), character())
  local_stubs(h5ad_few_values = 100)
  for (budget in c(1e6, 6000)) {
    for (layer in c("csr", "csc")) {
      message <- told(layer, budget)
      expect_length(message, 1L)
      expect_match(message, paste0("layers/", layer))
      expect_match(message, "one.thread.*because there is a filter 7")
    }
  }
  local_stubs(h5ad_locations = function(...) NULL)
  expect_match(told("csr"), "place of its values.*not known")
})

test_that("damaged matrices are refused in blocks as they are whole", {
  path <- block_file(list(
    outside = compressed("csr", damage = function(slices) {
      slices$i[[40L]] <- 25L
      slices
    })
  ))
  for (budget in budgets) {
    withr::local_options(wilcoxide.memory = budget)
    expect_error(
      rank_genes_groups(path, "group", layer = "outside"),
      "outside of its shape",
      class = "wilcoxide_error_file"
    )
    through_hdf5(path, expect_error(
      rank_genes_groups(path, "group", layer = "outside"),
      "outside of its shape",
      class = "wilcoxide_error_file"
    ))
  }
})

test_that("memory for less than one gene is refused", {
  path <- block_file(list(csr = compressed("csr")))
  withr::local_options(wilcoxide.memory = 5000)
  expect_error(
    rank_genes_groups(path, "group", layer = "csr"),
    "one gene",
    class = "wilcoxide_error_input"
  )
})

# Not the whole way, as HDF5 itself may crash on such files.
test_that("damaged bytes are read as others or refused, and never crash", {
  path <- block_file(list(
    csr = compressed("csr", gzip = 4L),
    dense = dense(chunk = c(25L, 7L))
  ))
  bytes <- readBin(path, "raw", file.size(path))
  parts <- c(csr = "layers/csr", dense = "layers/dense")
  where <- lapply(parts, function(part) {
    with_h5ad(
      path,
      function(h5ad) h5ad_locations(h5ad, h5ad_matrix_form(h5ad, part)),
      rlang::current_env()
    )
  })
  n <- where$csr$data$dims
  # Each value is a slice of its own.
  starts <- as.double(seq(0, n - 1))
  damaged <- withr::local_tempfile(fileext = ".h5ad")
  set.seed(5)
  statuses <- vapply(seq_len(100L), function(i) {
    at <- sample(length(bytes), 1L)
    changed <- bytes
    at <- at + seq(0L, min(sample(0:15, 1L), length(bytes) - at))
    changed[at] <- as.raw(sample(c(0L, 1L, 255L), 1L))
    writeBin(changed, damaged)
    partitions <- partitions_new(120L, 25L, 0:24, double(25), 1e6, 1e6, ".")
    c(
      read_sparse(
        damaged, where$csr, starts, as.integer(c(starts, n)), 25L, 2L, NULL
      )$status,
      partitions_read(
        partitions, damaged, where$dense, double(), 100, 1L, NULL
      )$status
    )
  }, c("", ""))
  expect_true(all(statuses %in% c("ok", "unsupported", "damaged")))
  expect_true(all(c("ok", "unsupported") %in% statuses))
})

test_that("a file that is cut is refused", {
  path <- block_file(list(csr = compressed("csr", gzip = 4L)))
  bytes <- readBin(path, "raw", file.size(path))
  writeBin(bytes[seq_len(length(bytes) %/% 2L)], path)
  expect_error(
    rank_genes_groups(path, "group", layer = "csr"),
    "truncated",
    class = "wilcoxide_error_file"
  )
})

test_that("a file that changes while it is read is an error", {
  path <- block_file(list(csr = compressed("csr"), dense = dense()))
  copy <- withr::local_tempfile(fileext = ".h5ad")
  file.copy(path, copy)
  change <- list(
    touched = function() Sys.setFileTime(path, Sys.time() + 5),
    replaced = function() file.rename(copy, path)
  )
  for (changed in change) {
    view <- view_h5ad(path, layer = "csr")
    range <- view$blocks$plan(1:25, 9000, 1L)[[1L]]
    changed()
    expect_error(
      view$blocks$statistics(range, integer(), list(), identity, NULL),
      "changed while it was read",
      class = "wilcoxide_error_file"
    )
  }
})

test_that("a full folder for temporary files is an error, and leaves none", {
  skip_on_os("windows")
  path <- block_file(list(csr = compressed("csr")))
  folder <- withr::local_tempdir()
  # Files that grow larger are refused, and the signal for it is ignored.
  code <- sprintf(
    "options(wilcoxide.memory = 6000, wilcoxide.tempdir = '%s')
     library(wilcoxide, lib.loc = '%s')
     cnd <- rlang::catch_cnd(
       rank_genes_groups('%s', 'group', layer = 'csr', threads = 1),
       'wilcoxide_error_file'
     )
     cat(conditionMessage(cnd))",
    folder, dirname(find.package("wilcoxide")), path
  )
  script <- withr::local_tempfile(lines = code, fileext = ".R")
  command <- paste(
    "trap '' XFSZ; ulimit -f 1; exec",
    shQuote(file.path(R.home("bin"), "Rscript")), shQuote(script)
  )
  output <- suppressWarnings(
    system2("bash", c("-c", shQuote(command)), stdout = TRUE, stderr = FALSE)
  )
  expect_match(paste(output, collapse = " "), "temporary file")
  expect_identical(list.files(folder, all.files = TRUE, no.. = TRUE),
                   character())
})

test_that("an interrupted call leaves no temporary file", {
  path <- block_file(list(csr = compressed("csr"), dense = dense()))
  folder <- withr::local_tempdir()
  withr::local_options(wilcoxide.tempdir = folder)
  codes <- as.integer(block_groups()) - 1L
  codes[is.na(codes)] <- -1L
  settings <- list(genes = 0:24, n_cells = 120L, n_genes = 25L, threads = 1L)
  is_stopped <- function(layer) {
    view <- view_h5ad(path, layer = layer)
    range <- view$blocks$plan(1:25, 6000, 1L)[[1L]]
    tick <- function(fraction) rlang::interrupt()
    tryCatch(
      {
        view$blocks$statistics(range, codes, settings, tick, NULL)
        FALSE
      },
      interrupt = function(cnd) TRUE
    )
  }
  through_hdf5(path, {
    expect_true(is_stopped("csr"))
    expect_true(is_stopped("dense"))
  })
  expect_identical(list.files(folder, all.files = TRUE), c(".", ".."))
  expect_not_open(path)
})
