layer_classes <- function(plot) {
  vapply(plot$layers, function(layer) class(layer$geom)[[1L]], "")
}

layer_of <- function(plot, geom) {
  ggplot2::layer_data(plot, which(layer_classes(plot) == geom))
}

# Of package ggrepel where it is there.
is_label <- function(plot) startsWith(layer_classes(plot), "GeomText")
labels_of <- function(plot) plot$layers[is_label(plot)][[1L]]$data

test_that("every gene is a point with its numbers", {
  skip_without_ggplot2()
  cells <- grouped_cells()
  plot <- plot_rank_genes_groups_volcano(
    cells$result,
    "Dendritic",
    max_logfoldchange = Inf
  )
  expect_s3_class(plot, "ggplot")
  table <- rank_genes_groups_df(cells$result, "Dendritic")
  expect_identical(plot$data$gene, table$names)
  expect_equal(plot$data$log10_pval, log10(table$pvals))
  points <- layer_of(plot, "GeomPoint")
  expect_identical(points$x, table$logfoldchanges)
  expect_equal(points$y, -log10(table$pvals))
  expect_identical(nrow(layer_of(plot, "GeomSegment")), 0L)
  significant <- table$pvals_adj < 0.05
  expect_identical(plot$data$direction == "not significant", !significant)
  expect_identical(
    plot$data$direction == "higher",
    significant & table$scores > 0
  )
  counts <- summary(cells$result)$counts
  expect_identical(
    as.vector(table(plot$data$direction))[1:2],
    unlist(counts[counts$group == "Dendritic", c("up", "down")],
      use.names = FALSE
    )
  )
})

test_that("the genes with the largest scores are labelled on both sides", {
  skip_without_ggplot2()
  cells <- grouped_cells()
  plot <- plot_rank_genes_groups_volcano(cells$result, "Dendritic", 3)
  genes <- cells$result$names[["Dendritic"]]
  expect_identical(labels_of(plot)$gene, c(genes[1:3], genes[765:763]))
})

test_that("the axis ends with the significant genes, others are arrows", {
  skip_without_ggplot2()
  cells <- grouped_cells()
  table <- rank_genes_groups_df(cells$result, "Dendritic")
  size <- abs(table$logfoldchanges)
  edge <- max(size[table$pvals_adj < 0.05 & size < 10])
  expect_true(any(size > edge))
  expect_edge <- function(edge, ...) {
    plot <- plot_rank_genes_groups_volcano(cells$result, "Dendritic", ...)
    points <- layer_of(plot, "GeomPoint")
    arrows <- layer_of(plot, "GeomSegment")
    expect_identical(nrow(points), sum(size <= edge))
    expect_identical(nrow(arrows), sum(size > edge))
    expect_equal(abs(arrows$x), rep(edge, nrow(arrows)))
    expect_true(all(abs(arrows$xend) > edge))
    expect_identical(sort(sign(arrows$x)), sort(sign(arrows$xend)))
  }
  expect_edge(edge)
  expect_edge(3, max_logfoldchange = 3)
  # Where all fold changes are far out, they are all that there is.
  expect_identical(
    edge_of(data.frame(logfoldchange = c(28, -30), direction = "higher")),
    Inf
  )
})

test_that("lines show the cut-offs", {
  skip_without_ggplot2()
  cells <- grouped_cells()
  plot <- plot_rank_genes_groups_volcano(
    cells$result,
    "Dendritic",
    log2fc_min = 1
  )
  table <- rank_genes_groups_df(cells$result, "Dendritic")
  significant <- table$pvals_adj < 0.05 & abs(table$logfoldchanges) > 1
  expect_equal(
    layer_of(plot, "GeomHline")$yintercept,
    -log10(max(table$pvals[significant]))
  )
  expect_identical(layer_of(plot, "GeomVline")$xintercept, c(-1, 1))
  plain <- plot_rank_genes_groups_volcano(toy_ranking(), "T", pval_cutoff = 0)
  expect_false(any(c("GeomHline", "GeomVline") %in% layer_classes(plain)))
})

test_that("own genes are labelled, by their symbols", {
  skip_without_ggplot2()
  plot <- plot_rank_genes_groups_volcano(
    toy_ranking(),
    "B cell",
    genes = c("LYZ", "symbol of CD3D"),
    gene_symbols = c(CD3D = "symbol of CD3D")
  )
  expect_setequal(labels_of(plot)$label, c("LYZ", "symbol of CD3D"))
  expect_error(
    plot_rank_genes_groups_volcano(toy_ranking(), "B cell", genes = "LYY"),
    "Did you mean \"LYZ\"",
    class = "wilcoxide_error_input"
  )
})

test_that("cut-offs are strict and hold for both sides", {
  skip_without_ggplot2()
  plot <- plot_rank_genes_groups_volcano(
    toy_ranking(),
    "B cell",
    pval_cutoff = 0.005,
    log2fc_min = 2
  )
  expect_identical(
    as.character(plot$data$direction),
    c("not significant", "not significant", "not significant", "lower")
  )
})

test_that("genes without a name or a fold change are left out", {
  skip_without_ggplot2()
  result <- toy_ranking()
  result$names[["T"]][[1L]] <- NA
  plot <- plot_rank_genes_groups_volcano(result, "T")
  expect_identical(plot$data$gene, c("LYZ", "NKG7"))
})

test_that("p-values that are too small for a double are told by the score", {
  scores <- c(5, -40, 100, 38.5)
  pvals <- 2 * stats::pnorm(-abs(scores))
  expect_identical(pvals == 0, c(FALSE, TRUE, TRUE, TRUE))
  exact <- log10(2) + stats::pnorm(-abs(scores), log.p = TRUE) / log(10)
  expect_equal(log10_pvals(pvals, scores), exact, tolerance = 1e-5)
})

test_that("a group that is a number is found by it", {
  skip_without_ggplot2()
  plot <- plot_rank_genes_groups_volcano(toy_ranking(), 10)
  expect_identical(plot$labels$title, "10 versus the rest")
})

test_that("a plot without significant genes has all colours", {
  skip_without_ggplot2()
  plot <- plot_rank_genes_groups_volcano(toy_ranking(), "T", pval_cutoff = 0)
  expect_true(all(plot$data$direction == "not significant"))
  expect_identical(
    plot$scales$get_scales("colour")$drop,
    FALSE
  )
  expect_true("higher" %in% drawn_text(plot))
})

test_that("wrong arguments are refused", {
  skip_without_ggplot2()
  draw <- function(...) plot_rank_genes_groups_volcano(toy_ranking(), ...)
  expect_refused <- function(...) {
    expect_error(..., class = "wilcoxide_error_input")
  }
  expect_refused(draw("Mast"), "`group` must name one group.*Mast.*B cell")
  expect_refused(draw(c("T", "10")), "`group` must name one group")
  expect_refused(draw(), "`group` must name one group.*NULL")
  expect_refused(draw("T", n_genes = 0.5), "`n_genes` must be")
  expect_refused(draw("T", pval_cutoff = "low"), "`pval_cutoff`")
  expect_refused(draw("T", log2fc_min = NULL), "`log2fc_min`")
  for (edge in list(0, -1, NA_real_, "far", c(1, 2))) {
    expect_refused(draw("T", max_logfoldchange = edge), "`max_logfoldchange`")
  }
  expect_refused(draw("T", gene_symbols = "symbol"), "`gene_symbols` must be")
})

test_that("the plot is as it was", {
  skip_without_ggplot2()
  # Labels kept apart by ggrepel differ between its versions.
  plot <- plot_rank_genes_groups_volcano(toy_ranking(), "B cell")
  plot$layers <- plot$layers[!is_label(plot)]
  expect_picture("volcano of a group", plot)
})
