draw_heatmap <- function(cells, ...) {
  plot_rank_genes_groups_heatmap(cells$data, cells$result, cells$groups, ...)
}

test_that("every cell and gene is a tile with its value", {
  skip_without_ggplot2()
  cells <- grouped_cells()
  plot <- draw_heatmap(cells, n_genes = 3, n_cells = NULL)
  expect_s3_class(plot, "ggplot")
  tiles <- plot$data
  expect_identical(nrow(tiles), 700L * 30L)
  expect_identical(tiles$value, cells$data[cbind(
    match(tiles$gene, rownames(cells$data)),
    tiles$cell
  )])
  expect_identical(tiles$group, cells$groups[tiles$cell])
  expect_identical(
    unique(tiles[c("gene", "marker_of")])$gene,
    unlist(lapply(cells$result$names, `[`, 1:3), use.names = FALSE)
  )
  drawn <- ggplot2::layer_data(plot)
  expect_identical(anyDuplicated(drawn[c("PANEL", "x", "y")]), 0L)
  # The first gene is on top.
  expect_identical(unique(tiles$place[drawn$y == 30L]), tiles$place[[1L]])
})

test_that("large groups show some of their cells, evenly spaced", {
  skip_without_ggplot2()
  cells <- grouped_cells()
  plot <- draw_heatmap(cells, n_genes = 1, n_cells = 20)
  shown <- unique(plot$data[c("group", "cell")])
  expect_identical(
    as.vector(table(shown$group)),
    pmin(as.vector(table(cells$groups)), 20L)
  )
  expect_identical(spaced(1:10, 5), c(1L, 3L, 5L, 7L, 9L))
  expect_identical(spaced(1:3, 5), 1:3)
  expect_identical(spaced(1:100, 1), 50L)
})

test_that("values are scaled gene by gene", {
  skip_without_ggplot2()
  cells <- grouped_cells(3L)
  tiles <- draw_heatmap(cells, standard_scale = "var")$data
  for (values in split(tiles$value, tiles$place)) {
    expect_identical(range(values), c(0, 1))
  }
})

test_that("lines part the genes of groups", {
  skip_without_ggplot2()
  result <- toy_ranking()
  result$names[["T"]][1:3] <- NA
  data <- matrix(
    1:24 / 10,
    4L,
    dimnames = list(c("CD3D", "CD74", "NKG7", "LYZ"), NULL)
  )
  plot <- plot_rank_genes_groups_heatmap(
    data,
    result,
    rep(c("T", "B cell", "10"), 2L),
    n_genes = 2
  )
  expect_identical(
    unique(ggplot2::layer_data(plot, 2L)$yintercept),
    c(2.5, 4.5)
  )
})

test_that("a file gives the same tiles", {
  skip_without_ggplot2()
  cells <- grouped_cells()
  from_file <- plot_rank_genes_groups_heatmap(
    shipped_file(),
    cells$result,
    "bulk_labels",
    use_raw = TRUE
  )
  expect_identical(from_file$data, draw_heatmap(cells)$data)
})

test_that("wrong arguments are refused", {
  skip_without_ggplot2()
  cells <- grouped_cells(3L)
  expect_refused <- function(...) {
    expect_error(..., class = "wilcoxide_error_input")
  }
  expect_refused(draw_heatmap(cells, n_cells = 0), "`n_cells` must be")
  expect_refused(draw_heatmap(cells, standard_scale = "group"), "\"var\"")
  expect_refused(draw_heatmap(cells, n_genes = NA), "`n_genes` must be")
})

test_that("the plot is as it was", {
  skip_without_ggplot2()
  plot <- draw_heatmap(grouped_cells(3L), n_cells = 10)
  expect_picture("heatmap of 3 groups", plot)
})
