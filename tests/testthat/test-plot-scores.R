test_that("there is a point for each of the best genes", {
  skip_without_ggplot2()
  cells <- grouped_cells()
  plot <- plot_rank_genes_groups(cells$result, n_genes = 7)
  expect_s3_class(plot, "ggplot")
  points <- ggplot2::layer_data(plot)
  expect_identical(nrow(points), 70L)
  expect_identical(
    plot$data$score,
    unlist(lapply(cells$result$scores, `[`, 1:7), use.names = FALSE)
  )
  expect_identical(points$x, plot$data$score)
  expect_identical(
    plot$data$gene,
    unlist(lapply(cells$result$names, `[`, 1:7), use.names = FALSE)
  )
  # The best is at the top of its panel.
  expect_identical(as.integer(points$y), rep(7:1, 10L))
  expect_identical(as.integer(points$PANEL), rep(1:10, each = 7L))
})

test_that("genes label their points, groups their panels", {
  skip_without_ggplot2()
  plot <- plot_rank_genes_groups(toy_ranking(), n_genes = 2)
  texts <- drawn_text(plot)
  for (gene in c("CD3D", "NKG7")) {
    expect_identical(sum(texts == gene), 2L)
  }
  expect_true(all(c("T", "B cell", "10", "Score versus the rest") %in% texts))
  expect_false("CD4" %in% texts)
})

test_that("what groups were compared with is told", {
  skip_without_ggplot2()
  plot <- plot_rank_genes_groups(toy_ranking(reference = "CD4"))
  expect_identical(plot$labels$x, "Score versus CD4")
})

test_that("groups are chosen and genes that were filtered out left out", {
  skip_without_ggplot2()
  result <- toy_ranking()
  result$names[["T"]][[1L]] <- NA
  plot <- plot_rank_genes_groups(result, groups = c("10", "T"), ncol = 1)
  expect_identical(levels(plot$data$group), c("10", "T"))
  expect_identical(plot$data$gene[5:7], c("LYZ", "CD74", "NKG7"))
  expect_identical(plot$data$rank[5:7], 1:3)
  expect_false(anyNA(drawn_text(plot)))
})

test_that("the size grows with groups and genes", {
  skip_without_ggplot2()
  sizes <- vapply(
    c(3L, 10L, 30L),
    function(n) attr(plot_rank_genes_groups(grouped_cells(n)$result), "size"),
    c(width = 0, height = 0)
  )
  expect_true(all(diff(sizes["width", ]) > 0))
  expect_true(all(diff(sizes["height", ]) > 0))
  expect_lt(max(sizes), 50)
})

test_that("a theme of the user's holds", {
  skip_without_ggplot2()
  plot <- plot_rank_genes_groups(toy_ranking()) + ggplot2::theme_void()
  expect_identical(plot$theme, ggplot2::theme_void())
})

test_that("wrong arguments are refused, ggplot2 is asked for", {
  skip_without_ggplot2()
  result <- toy_ranking()
  expect_error(
    plot_rank_genes_groups(result, "Mast"),
    "no group \"Mast\"",
    class = "wilcoxide_error_input"
  )
  expect_error(plot_rank_genes_groups(result, n_genes = 0), "`n_genes`")
  expect_error(plot_rank_genes_groups(result, ncol = "two"), "`ncol`")
  error <- rlang::catch_cnd(plot_rank_genes_groups(result, n_genes = 0))
  expect_identical(rlang::call_name(error$call), "plot_rank_genes_groups")
})

test_that("the plot is as it was", {
  skip_without_ggplot2()
  result <- grouped_cells()$result
  plot <- plot_rank_genes_groups(result, n_genes = 5)
  expect_picture("scores of 10 groups", plot)
})

test_that("plot() draws the plot", {
  skip_without_ggplot2()
  withr::local_pdf(NULL)
  result <- toy_ranking()
  expect_invisible(plot <- plot(result, n_genes = 2))
  expect_identical(plot$data, plot_rank_genes_groups(result, n_genes = 2)$data)
})

test_that("own genes have their ranks and scores, in every group", {
  skip_without_ggplot2()
  result <- toy_ranking()
  plot <- plot_rank_genes_groups(
    result,
    groups = c("10", "T"),
    genes = c("NKG7", "the lysozyme"),
    gene_symbols = c(LYZ = "the lysozyme")
  )
  for (group in c("10", "T")) {
    shown <- plot$data[plot$data$group == group, ]
    rows <- which(result$names[[group]] %in% c("NKG7", "LYZ"))
    expect_identical(shown$rank, rows)
    expect_identical(shown$gene, result$names[[group]][rows])
    expect_identical(shown$score, result$scores[[group]][rows])
  }
  expect_true("the lysozyme" %in% plot$data$label)
  expect_error(
    plot_rank_genes_groups(result, genes = "NKG"),
    "`genes` must be genes of `result`.*Did you mean \"NKG7\"",
    class = "wilcoxide_error_input"
  )
})

test_that("panels have axes of their own", {
  skip_without_ggplot2()
  cells <- grouped_cells()
  plot <- plot_rank_genes_groups(cells$result, n_genes = 5)
  ranges <- lapply(
    ggplot2::ggplot_build(plot)$layout$panel_params,
    function(panel) panel$x.range
  )
  expect_identical(length(unique(ranges)), 10L)
})
