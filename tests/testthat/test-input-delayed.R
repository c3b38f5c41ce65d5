test_that("delayed matrices of all kinds give the bits of a matrix", {
  x <- as_dgc(toy_expression())
  groups <- toy_groups()
  mask <- seq_len(nrow(x)) %% 3L != 1L
  rank <- function(x) {
    rank_genes_groups(
      x, groups,
      reference = "B", mask_var = mask, tie_correct = TRUE, pts = TRUE,
      threads = 2
    )
  }
  expected <- rank(x)
  kinds <- delayed_kinds()
  for (kind in names(kinds)) {
    delayed <- kinds[[kind]](x)
    expect_s4_class(delayed, "DelayedMatrix")
    for (room in if (kind == "in_memory") c(0, 100, 1e6) else c(300, 1e6)) {
      withr::local_options(wilcoxide.memory = room_for(x, room))
      expect_same_bits(rank(delayed), expected)
    }
  }
})

test_that("cells may be in the rows of a delayed matrix", {
  x <- as_dgc(toy_expression())
  expected <- rank_genes_groups(x, toy_groups(), threads = 1)
  for (kind in delayed_kinds()[c(-2L, -3L)]) {
    withr::local_options(wilcoxide.memory = room_for(x, 600))
    turned <- kind(Matrix::t(x))
    result <- rank_genes_groups(
      turned, toy_groups(),
      cells = "rows", threads = 1
    )
    expect_same_bits(result, expected)
  }
})

test_that("operations that are still to come are done block by block", {
  skip_if_not_installed("DelayedArray")
  counts <- round(expm1(toy_expression()))
  factors <- seq(0.5, 2, length.out = ncol(counts))
  values <- log1p(t(t(counts) / factors))
  delayed <- log1p(t(t(DelayedArray::DelayedArray(as_dgc(counts))) / factors))
  withr::local_options(wilcoxide.memory = room_for(counts, 300))
  expect_same_bits(
    rank_genes_groups(delayed, toy_groups(), threads = 1),
    rank_genes_groups(values, toy_groups(), threads = 1)
  )
  expect_warning(
    rank_genes_groups(
      DelayedArray::DelayedArray(counts), toy_groups(),
      threads = 1
    ),
    class = "wilcoxide_warning_counts"
  )
})

test_that("integers and logicals are numbers, text is not", {
  skip_if_not_installed("DelayedArray")
  counts <- round(expm1(toy_expression()))
  whole <- counts
  storage.mode(whole) <- "integer"
  for (x in list(whole, counts > 1)) {
    expect_same_bits(
      without_counts_warning(rank_genes_groups(
        DelayedArray::DelayedArray(x), toy_groups(),
        threads = 1
      )),
      without_counts_warning(rank_genes_groups(x, toy_groups(), threads = 1))
    )
  }
  expect_error(
    rank_genes_groups(DelayedArray::DelayedArray(matrix("a")), "a"),
    class = "wilcoxide_error_input"
  )
})

test_that("ranges that hold more than expected are halved", {
  x <- as_dgc(toy_expression(40L, 300L))
  groups <- toy_groups(300L)
  delayed <- delayed_kinds()$in_memory(x)
  withr::local_options(wilcoxide.memory = room_for(x, 4000))
  view <- matrix_view(delayed, "columns", NULL, NULL)
  plan <- view$blocks$plan
  view$blocks$plan <- function(...) {
    lapply(plan(...), function(range) {
      attr(range, "capacity") <- 320
      range
    })
  }
  expect_same_bits(
    rank_genes_groups(view, groups, threads = 1),
    rank_genes_groups(x, groups, threads = 1)
  )
})

test_that("samples tell what genes hold, ranges follow", {
  skip_if_not_installed("DelayedArray")
  x <- as_dgc(toy_expression(30L, 3000L))
  x[1:10, ] <- 0
  x <- as_dgc(Matrix::drop0(x))
  delayed <- DelayedArray::DelayedArray(x)
  sizes <- sampled_sizes(delayed, 1e6)
  stored <- Matrix::rowSums(x != 0)
  expect_true(all(abs(sizes - 1.15 * stored) < 0.15 * 3000))

  ranges <- delayed_plan(delayed, 1:30, room_for(x, 20000), 1L, NULL)
  expect_lt(length(ranges), 5L)
  expect_gt(ranges[[1L]][[2L]], 10L)
  # Workers want as many as they are.
  expect_length(delayed_plan(delayed, 1:30, 1e9, 1L, NULL), 1L)
  expect_length(delayed_plan(delayed, 1:30, 1e9, 3L, NULL), 3L)
})

test_that("too little memory for at least one gene is refused", {
  skip_if_not_installed("DelayedArray")
  withr::local_options(wilcoxide.memory = 1000)
  expect_error(
    rank_genes_groups(
      DelayedArray::DelayedArray(toy_expression()), toy_groups(),
      threads = 1
    ),
    "memory for at least one gene",
    class = "wilcoxide_error_input"
  )
})

test_that("assays that are delayed need no other call", {
  skip_if_not_installed("SingleCellExperiment")
  x <- as_dgc(toy_expression())
  for (kind in delayed_kinds()[1:2]) {
    object <- SingleCellExperiment::SingleCellExperiment(
      list(logcounts = kind(x)),
      colData = S4Vectors::DataFrame(cluster = toy_groups())
    )
    withr::local_options(wilcoxide.memory = room_for(x, 300))
    expect_same_tables(
      rank_quietly(object, "cluster", pts = TRUE),
      rank_quietly(x, toy_groups(), pts = TRUE)
    )
  }
})

test_that("what is not a number is found on disk, too", {
  skip_if_not_installed("DelayedArray")
  x <- toy_expression()
  x["gene17", 2L] <- NA
  withr::local_options(wilcoxide.memory = room_for(x, 300))
  expect_error(
    rank_genes_groups(DelayedArray::DelayedArray(x), toy_groups(), threads = 1),
    "1 value is NaN or NA, the first in gene \"gene17\"",
    class = "wilcoxide_error_input"
  )
})

test_that("values of a few genes are read from delayed matrices", {
  skip_if_not_installed("DelayedArray")
  x <- as_dgc(toy_expression())
  view <- matrix_view(DelayedArray::DelayedArray(x), "columns", NULL, NULL)
  expect_equal(
    unname(as.matrix(gene_values(view, c(7L, 2L, 20L), 1e9, 1L))),
    unname(t(as.matrix(x[c(7L, 2L, 20L), ])))
  )
})
