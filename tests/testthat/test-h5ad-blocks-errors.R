# What can go wrong while a file is read in blocks.

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
  skip_on_os("windows")
  through_hdf5(path, {
    message <- told("csr")
    expect_match(message[[1L]], "read by HDF5.*because it is open for writing")
    expect_match(message[[2L]], "one.thread.*because it is open for writing")
    expect_length(message, 2L)
    expect_length(told("csr"), 1L)
  })
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
      "outside its shape",
      class = "wilcoxide_error_file"
    )
    through_hdf5(path, expect_error(
      rank_genes_groups(path, "group", layer = "outside"),
      "outside its shape",
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

test_that("damaged bytes are read as others or refused, and never crash", {
  path <- block_file(list(
    csr = compressed("csr", gzip = 4L),
    dense = dense(chunk = c(25L, 7L))
  ))
  bytes <- readBin(path, "raw", file.size(path))
  damaged <- withr::local_tempfile(fileext = ".h5ad")
  set.seed(5)
  outcomes <- vapply(seq_len(100L), function(i) {
    at <- sample(length(bytes), 1L)
    changed <- bytes
    at <- at + seq(0L, min(sample(0:15, 1L), length(bytes) - at))
    changed[at] <- as.raw(sample(c(0L, 1L, 255L), 1L))
    writeBin(changed, damaged)
    tryCatch(
      {
        layer <- sample(c("csr", "dense"), 1L)
        rank_genes_groups(damaged, "group", layer = layer, threads = 1L)
        "ranked"
      },
      wilcoxide_error_file = function(cnd) "file",
      wilcoxide_error_input = function(cnd) "input"
    )
  }, "")
  expect_true(all(c("ranked", "file") %in% outcomes))
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
