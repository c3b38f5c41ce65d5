test_that("violins are of the cells of a group, coloured by their mean", {
  skip_without_ggplot2()
  cells <- grouped_cells(3L)
  draw <- function(...) {
    plot_rank_genes_groups_violin(cells$data, cells$result, cells$groups, ...)
  }
  plot <- draw()
  expect_s3_class(plot, "ggplot")
  best <- unlist(lapply(cells$result$names, `[`, 1:2), use.names = FALSE)
  expect_identical(unique(plot$data[c("gene", "marker_of")])$gene, best)
  expect_identical(nrow(plot$data), 6L * 700L)
  of_one <- plot$data[plot$data$gene == best[[1L]] &
    plot$data$marker_of == "lymphoid", ]
  groups <- levels(cells$groups)
  for (group in groups) {
    values <- cells$data[best[[1L]], cells$groups == group]
    found <- of_one[of_one$group == group, ]
    expect_identical(found$value, unname(values))
    expect_equal(unique(found$mean), mean(values))
  }
  # One violin for each gene and group, of one colour.
  drawn <- unique(ggplot2::layer_data(plot)[c("PANEL", "group", "fill")])
  expect_identical(nrow(drawn), 18L)
  expect_identical(levels(ggplot2::layer_data(plot)$PANEL), as.character(1:6))
})

test_that("of large groups some cells are drawn, with the mean of all", {
  skip_without_ggplot2()
  cells <- grouped_cells(3L)
  draw <- function(...) {
    plot_rank_genes_groups_violin(cells$data, cells$result, cells$groups, ...)
  }
  some <- draw(n_cells = 20)
  all <- draw(n_cells = NULL)
  expect_identical(nrow(some$data), 6L * sum(pmin(table(cells$groups), 20L)))
  expect_identical(unique(some$data$mean), unique(all$data$mean))
})

test_that("violins are stacked under names that are not turned", {
  skip_without_ggplot2()
  cells <- grouped_cells(10L)
  plot <- plot_rank_genes_groups_violin(
    cells$data,
    cells$result,
    cells$groups,
    genes = c("CD79A", "NKG7", "LYZ"),
    stacked = TRUE,
    cluster_groups = TRUE
  )
  expect_identical(levels(ggplot2::layer_data(plot)$PANEL), as.character(1:3))
  expect_setequal(levels(plot$data$group), levels(cells$groups))
  themed <- plot + ggplot2::theme_bw()
  beside <- Filter(
    function(grob) identical(grob$name, "beside"),
    drawn_grobs(themed)
  )
  expect_identical(beside[[1L]]$label, c("CD79A", "NKG7", "LYZ"))
  expect_identical(beside[[1L]]$rot, 0)
  # Those that would overlap are left out when it is drawn.
  expect_true(beside[[1L]]$check.overlap)
  expect_gt(attr(plot, "size")[["width"]], 5)
})

test_that("violins too many for panels are stacked, with a message", {
  skip_without_ggplot2()
  cells <- grouped_cells(30L)
  draw <- function(...) {
    plot_rank_genes_groups_violin(
      cells$data, cells$result, cells$groups,
      n_cells = 5, ...
    )
  }
  told <- "wilcoxide_message_stacked"
  plot <- expect_message(draw(), "60 panels of 30", class = told)
  plot <- suppressMessages(draw())
  expect_s3_class(plot$facet, "FacetGrid")
  expect_no_message(plot <- draw(n_genes = 1, dendrogram = TRUE), class = told)
  expect_s3_class(plot$facet, "FacetGrid")
  panels <- suppressMessages(draw(stacked = FALSE))
  expect_s3_class(panels$facet, "FacetWrap")
})

test_that("low rows have no numbers, and stay apart under any theme", {
  skip_without_ggplot2()
  cells <- grouped_cells(10L)
  draw <- function(n) {
    plot_rank_genes_groups_violin(
      cells$data, cells$result, cells$groups,
      stacked = TRUE, n_genes = n, n_cells = 5
    ) + ggplot2::theme_bw()
  }
  axis <- function(plot) plot$scales$get_scales("y")$guide
  expect_identical(axis(draw(2)), "none")
  expect_false(identical(axis(draw(1)), "none"))
})

test_that("genes without a value, and groups of few cells, are drawn", {
  skip_without_ggplot2()
  data <- as_dgc(rbind(a = c(0, 0, 0, 0, 1), b = c(1, 1.5, 0, 3, 2)))
  groups <- c("x", "x", "y", "y", "z")
  result <- rank_genes_groups(data, groups, groups = c("x", "y"))
  plot <- plot_rank_genes_groups_violin(data, result, groups)
  drawn <- suppressWarnings(ggplot2::layer_data(plot))
  expect_true(all(is.finite(drawn$y)))
})

test_that("wrong arguments are refused", {
  skip_without_ggplot2()
  data <- toy_expression()
  groups <- toy_groups()
  result <- without_counts_warning(rank_genes_groups(data, groups))
  expect_refused <- function(..., says) {
    expect_error(
      plot_rank_genes_groups_violin(data, result, groups, ...),
      says,
      class = "wilcoxide_error_input"
    )
  }
  expect_refused(stacked = NA, says = "`stacked`")
  expect_refused(cluster_groups = 1, says = "`cluster_groups`")
  expect_refused(
    dendrogram = TRUE,
    stacked = FALSE,
    says = "`dendrogram` must be FALSE"
  )
  expect_refused(n_cells = 0, says = "`n_cells`")
  expect_refused(n_genes = 0, says = "`n_genes`")
  expect_refused(genes = "gene99", says = "no gene \"gene99\"")
  expect_refused(standard_scale = "var", says = "argument.*`standard_scale`")
})
