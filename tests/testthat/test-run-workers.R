skip_if_not_installed("BiocParallel")
skip_if_not_installed("DelayedArray")
skip_on_os("windows")

delayed_toy <- function() {
  DelayedArray::DelayedArray(as_dgc(toy_expression()))
}

rank_by <- function(param, x = delayed_toy(), ...) {
  rank_genes_groups(x, toy_groups(), pts = TRUE, ..., BPPARAM = param)
}

# Stops as `how()` says when it comes to gene `at`, while the file `path` is
# there.
failing_view <- function(at, path, how) {
  view <- matrix_view(delayed_toy(), "columns", NULL, NULL)
  statistics <- view$blocks$statistics
  view$blocks$statistics <- function(range, ...) {
    if (range[[1L]] <= at && at <= range[[2L]] && file.exists(path)) {
      how()
    }
    statistics(range, ...)
  }
  view
}

test_that("workers give the bits of one process", {
  expected <- rank_genes_groups(
    toy_expression(), toy_groups(),
    pts = TRUE, threads = 1
  )
  params <- list(
    BiocParallel::SerialParam(),
    BiocParallel::MulticoreParam(2),
    BiocParallel::SnowParam(2)
  )
  for (param in params) {
    expect_same_bits(rank_by(param), expected)
    # More blocks than workers.
    withr::with_options(
      list(wilcoxide.memory = room_for(toy_expression(), 250)),
      expect_same_bits(rank_by(param, threads = 2), expected)
    )
    expect_false(BiocParallel::bpisup(param))
  }
})

test_that("workers open files themselves", {
  x <- as_dgc(toy_expression())
  expected <- rank_genes_groups(x, toy_groups(), pts = TRUE, threads = 1)
  param <- BiocParallel::bpstart(BiocParallel::SnowParam(2))
  on.exit(BiocParallel::bpstop(param))
  for (kind in delayed_kinds()) {
    expect_same_bits(rank_by(param, kind(x)), expected)
  }
  # Those of the user stay up.
  expect_true(BiocParallel::bpisup(param))
})

test_that("an error in a worker names the block; the others are kept", {
  path <- withr::local_tempfile(lines = "fail")
  view <- failing_view(12L, path, function() stop("The disk is gone"))
  withr::local_options(wilcoxide.memory = room_for(toy_expression(), 250))
  for (param in list(
    BiocParallel::SerialParam(),
    BiocParallel::MulticoreParam(2)
  )) {
    file.create(path)
    rank <- function(...) {
      rank_genes_groups(view, toy_groups(), ..., threads = 1, BPPARAM = param)
    }
    error <- expect_error(rank(), class = "wilcoxide_error_worker")
    expect_match(conditionMessage(error), "The disk is gone")
    expect_match(conditionMessage(error), "Block [0-9]+ .genes \"gene")
    partial <- BiocParallel::bptry(rank())
    expect_false(all(BiocParallel::bpok(partial)))
    expect_true(any(BiocParallel::bpok(partial)))
    expect_error(rank(BPREDO = partial), class = "wilcoxide_error_worker")

    unlink(path)
    expected <- rank_genes_groups(toy_expression(), toy_groups(), threads = 1)
    expect_same_bits(rank(BPREDO = partial), expected)
    expect_error(
      rank(BPREDO = partial, pts = TRUE),
      "same cells, genes, groups and options",
      class = "wilcoxide_error_input"
    )
  }
})

test_that("a worker that dies leaves what is done before", {
  path <- withr::local_tempfile(lines = "fail")
  die <- function() tools::pskill(Sys.getpid(), tools::SIGKILL)
  view <- failing_view(20L, path, die)
  withr::local_options(wilcoxide.memory = room_for(toy_expression(), 250))
  expected <- rank_genes_groups(toy_expression(), toy_groups(), threads = 1)
  for (kind in list(BiocParallel::MulticoreParam, BiocParallel::SnowParam)) {
    file.create(path)
    rank <- function(...) {
      rank_genes_groups(view, toy_groups(), ..., threads = 1, BPPARAM = kind(2))
    }
    error <- expect_error(
      suppressWarnings(rank()),
      "genes \"gene[0-9]+\" to \"gene20\"",
      class = "wilcoxide_error_worker"
    )
    partial <- BiocParallel::bptry(rlang::cnd_signal(error))
    expect_true(any(BiocParallel::bpok(partial)))
    expect_s3_class(partial[[length(partial)]], "bperror")
    unlink(path)
    expect_same_bits(rank(BPREDO = partial), expected)
  }
})

test_that("what is not a number is told by workers, too", {
  x <- toy_expression()
  x[c(7L, 19L), 3L] <- NaN
  expect_error(
    rank_by(BiocParallel::SnowParam(2), DelayedArray::DelayedArray(x)),
    "the first in gene \"gene7\"",
    class = "wilcoxide_error_input"
  )
})

test_that("bad workers are refused, needless ones not used", {
  for (bad in list(2, "MulticoreParam", list())) {
    expect_error(rank_by(bad), "BPPARAM", class = "wilcoxide_error_input")
  }
  expect_error(
    rank_by(NULL, BPREDO = list(1)),
    "BPREDO",
    class = "wilcoxide_error_input"
  )
  expect_error(
    rank_by(BiocParallel::SerialParam(), BPREDO = list(1)),
    "BPREDO",
    class = "wilcoxide_error_input"
  )
  expect_message(
    result <- rank_by(BiocParallel::SerialParam(), toy_expression()),
    "not used",
    class = "wilcoxide_message"
  )
  expect_same_bits(
    result,
    rank_genes_groups(toy_expression(), toy_groups(), pts = TRUE)
  )
})

test_that("workers rank .h5ad files", {
  skip_if_not_installed("hdf5r")
  path <- withr::local_tempfile(fileext = ".h5ad")
  x <- as_dgc(toy_expression())
  for (format in c("csr", "csc", "dense")) {
    unlink(path)
    write_h5ad_file(list(data = x, groups = toy_groups()), path, c(X = format))
    rank <- function(...) rank_genes_groups(path, "cluster", ..., threads = 1)
    expect_same_bits(rank(BPPARAM = BiocParallel::MulticoreParam(2)), rank())
  }
})
