# Fractions done that a call tells the bar.
told_of <- function(expr) {
  told <- NULL
  local_stubs(progress_tick = function(...) {
    function(fraction) {
      told <<- c(told, fraction)
      FALSE
    }
  })
  force(expr)
  told
}

test_that("progress of blocks goes up to 1", {
  x <- toy_expression()
  told <- told_of(
    rank_genes_groups(view_in_blocks(x, 3L), toy_groups(), progress = TRUE)
  )
  expect_identical(told, seq_len(7) / 7)

  skip_if_not_installed("DelayedArray")
  withr::local_options(wilcoxide.memory = room_for(x, 250))
  delayed <- DelayedArray::DelayedArray(as_dgc(x))
  told <- told_of(rank_genes_groups(delayed, toy_groups(), progress = TRUE))
  expect_gt(length(told), 2L)
  expect_false(is.unsorted(told))
  expect_identical(max(told), 1)
})

test_that("progress of a file goes up to 1, in blocks and whole", {
  skip_without_hdf5r()
  cells <- small_cells()
  path <- withr::local_tempfile(fileext = ".h5ad")
  write_h5ad_file(cells, path, c(X = "csr", "layers/csc" = "csc"))
  for (layer in list(NULL, "csc")) {
    told <- told_of(
      rank_genes_groups(path, "cluster", layer = layer, progress = TRUE)
    )
    expect_false(is.unsorted(told))
    expect_identical(max(told), 1)
  }
})
