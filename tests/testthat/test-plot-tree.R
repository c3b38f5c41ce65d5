# Trees of the groups beside plots.

test_that("branches join what the tree joins, at its heights", {
  # 1 and 3 at 1, these and 2 at 4, 4 last at 8.
  distances <- matrix(8, 4L, 4L)
  distances[1L, 3L] <- distances[3L, 1L] <- 1
  distances[1:3, 2L] <- distances[2L, 1:3] <- 4
  tree <- stats::hclust(stats::as.dist(distances), "complete")
  tree$order <- c(1L, 3L, 2L, 4L)
  branches <- tree_branches(tree)
  expect_identical(
    branches$at,
    c(1, 2, 1, 1.5, 3, 1.5, 2.25, 4, 2.25)[c(1:3, c(5, 4, 5), c(8, 7, 8))]
  )
  expect_identical(branches$height_end, rep(c(1, 4, 8) / 8, each = 3L))
  # Each stem begins at a leaf, or where another two have been joined.
  expect_setequal(branches$height[-3L * (1:3)], c(0, 0, 0, 1 / 8, 0, 4 / 8))
})

test_that("no tree is made of two groups, one of the same values is flat", {
  two <- matrix(1:4, 2L, dimnames = list(c("x", "y"), NULL))
  expect_null(tree_of_groups(two))
  same <- matrix(1, 3L, 3L, dimnames = list(letters[1:3], NULL))
  expect_setequal(tree_of_groups(same)$order, 1:3)
  expect_true(all(is.finite(unlist(tree_branches(tree_of_groups(same))))))
  alike <- tree_of_groups(same)
  alike$height[] <- 0
  expect_true(all(is.finite(unlist(tree_branches(alike)))))
})

trees_in <- function(plot) {
  grDevices::pdf(NULL)
  on.exit(grDevices::dev.off())
  table <- ggplot2::ggplotGrob(plot)
  table$grobs[table$layout$name == "tree"]
}

test_that("a tree stands where its groups do", {
  skip_without_ggplot2()
  cells <- grouped_cells(10L)
  draw <- function(f, ...) f(cells$data, cells$result, cells$groups, ...)
  dots <- draw(plot_rank_genes_groups_dotplot, dendrogram = TRUE)
  tree <- trees_in(dots)
  expect_length(tree, 1L)
  # Leaves are the first ends at the lowest height: as far apart as the rows.
  x <- as.numeric(tree[[1L]]$x0)
  leaves <- sort(as.numeric(tree[[1L]]$y0)[x == min(x)])
  built <- ggplot2::ggplot_build(dots)
  range <- built$layout$panel_params[[1L]]$y.range
  expect_equal(leaves, (1:10 - range[[1L]]) / diff(range))
  ordered <- draw(plot_rank_genes_groups_dotplot, cluster_groups = TRUE)
  expect_identical(dots$data, ordered$data)
  expect_length(trees_in(ordered), 0L)
  expect_gt(attr(dots, "size")[["width"]], attr(ordered, "size")[["width"]])

  tiles <- draw(plot_rank_genes_groups_heatmap, dendrogram = TRUE, n_cells = 5)
  tree <- trees_in(tiles + ggplot2::theme_bw())
  expect_length(tree, 1L)
  y <- as.numeric(tree[[1L]]$y0)
  expect_equal(sort(as.numeric(tree[[1L]]$x0)[y == min(y)]), (1:10 - 0.5) / 10)

  violins <- draw(
    plot_rank_genes_groups_violin,
    genes = c("CD79A", "NKG7"), stacked = TRUE, dendrogram = TRUE
  )
  expect_length(trees_in(violins), 1L)
  expect_length(trees_in(violins + ggplot2::coord_flip()), 0L)
})
