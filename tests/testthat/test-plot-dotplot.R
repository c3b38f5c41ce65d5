# What the dots show, straight from the cells.
direct_means <- function(cells, genes, f = mean) {
  data <- as.matrix(cells$data[genes, ])
  groups <- levels(cells$groups)
  vapply(
    groups,
    function(group) {
      apply(data[, cells$groups %in% group, drop = FALSE], 1L, f)
    },
    double(length(genes))
  )
}

expect_dots <- function(plot, cells) {
  dots <- plot$data
  groups <- levels(cells$groups)
  genes <- unique(dots$gene)
  at <- cbind(match(dots$gene, genes), match(dots$group, groups))
  expect_equal(dots$mean, direct_means(cells, genes)[at])
  expect_equal(
    dots$fraction,
    direct_means(cells, genes, function(x) mean(x > 0))[at]
  )
}

test_that("colour is the mean, size the fraction, of all groups", {
  skip_without_ggplot2()
  for (n in c(3L, 10L)) {
    cells <- grouped_cells(n)
    plot <- plot_rank_genes_groups_dotplot(
      cells$data,
      cells$result,
      cells$groups,
      n_genes = 4
    )
    expect_s3_class(plot, "ggplot")
    expect_identical(nrow(plot$data), 4L * n * n)
    expect_dots(plot, cells)
    expect_identical(
      unique(plot$data[c("gene", "marker_of")])$gene,
      unlist(lapply(cells$result$names, `[`, 1:4), use.names = FALSE)
    )
    drawn <- ggplot2::layer_data(plot)
    expect_identical(nrow(drawn), nrow(plot$data))
    # Larger fractions are larger dots; the first group is on top.
    expect_gt(stats::cor(drawn$size^2, plot$data$fraction), 0.999)
    top <- drawn[drawn$y == n, ]
    expect_setequal(
      which(drawn$y == n),
      which(plot$data$group == names(cells$result$names)[[1L]])
    )
  }
})

test_that("every object gives the same dots", {
  skip_without_ggplot2()
  cells <- small_cells()
  result <- rank_quietly(cells$data, cells$groups)
  expected <- plot_rank_genes_groups_dotplot(cells$data, result, cells$groups)
  same <- function(x, groupby = "cluster", ...) {
    plot <- plot_rank_genes_groups_dotplot(x, result, groupby, ...)
    expect_identical(plot$data, expected$data)
  }
  same(Matrix::t(cells$data), cells$groups, cells = "rows")
  same(as_experiment(cells))
  same(as_seurat(cells))
  skip_if_not_installed("hdf5r")
  path <- withr::local_tempfile(fileext = ".h5ad")
  write_h5ad_file(cells, path)
  same(path)
  same(python_anndata()$read_h5ad(path))
})

test_that("the column that was ranked by is the default", {
  skip_without_ggplot2()
  skip_if_not_installed("hdf5r")
  result <- rank_quietly(shipped_file(), "bulk_labels")
  expect_dots(
    plot_rank_genes_groups_dotplot(shipped_file(), result),
    shipped_cells()
  )
})

test_that("other groups come last, cells without one and empty ones go", {
  skip_without_ggplot2()
  cells <- shipped_cells()
  chosen <- c("Dendritic", "CD19+ B")
  result <- rank_quietly(cells$data, cells$groups, groups = chosen)
  groups <- cells$groups
  groups[groups == "CD34+"] <- NA
  plot <- plot_rank_genes_groups_dotplot(
    cells$data,
    result,
    groups,
    groups = "Dendritic"
  )
  expect_identical(
    rev(levels(plot$data$group)),
    c(chosen, setdiff(levels(groups), c(chosen, "CD34+")))
  )
  expect_identical(levels(plot$data$marker_of), "Dendritic")
  cells$groups <- groups
  expect_dots(plot, cells)
})

test_that("explicit zeros and negative values count as Scanpy counts them", {
  skip_without_ggplot2()
  data <- as_dgc(rbind(a = c(-1, 9, 2, 4), b = c(1, 1, 0, 3)))
  data@x[data@x == 9] <- 0
  groups <- c("x", "x", "y", "y")
  result <- without_counts_warning(rank_genes_groups(data, groups))
  plot <- plot_rank_genes_groups_dotplot(data, result, groups)
  of_a <- plot$data[plot$data$gene == "a" & plot$data$marker_of == "x", ]
  expect_identical(of_a$fraction, c(0, 1))
  expect_identical(of_a$mean, c(-0.5, 3))
})

test_that("colours are scaled over groups or genes", {
  skip_without_ggplot2()
  cells <- grouped_cells(3L)
  draw <- function(...) {
    plot_rank_genes_groups_dotplot(cells$data, cells$result, cells$groups, ...)
  }
  means <- t(direct_means(cells, unique(draw()$data$gene)))
  unit <- function(x) (x - min(x)) / (max(x) - min(x))
  expect_scaled <- function(plot, expected) {
    dots <- plot$data
    at <- cbind(as.character(dots$group), dots$gene)
    expect_equal(dots$mean, expected[at])
  }
  expect_scaled(draw(standard_scale = "var"), apply(means, 2L, unit))
  expect_scaled(draw(standard_scale = "group"), t(apply(means, 1L, unit)))
})

test_that("values of the ranking are shown in the place of the mean", {
  skip_without_ggplot2()
  cells <- grouped_cells(3L)
  for (what in c("logfoldchanges", "scores")) {
    plot <- plot_rank_genes_groups_dotplot(
      cells$data,
      cells$result,
      cells$groups,
      values_to_plot = what
    )
    dots <- plot$data
    expected <- mapply(
      function(group, gene) by_gene(cells$result, what, group, gene),
      as.character(dots$group),
      dots$gene,
      USE.NAMES = FALSE
    )
    expect_identical(dots[[what]], expected)
    # As far from the middle on both sides, and nothing beyond.
    scale <- plot$scales$get_scales("fill")
    expect_equal(sum(scale$limits), 0)
    expect_false(anyNA(ggplot2::layer_data(plot)$fill))
  }
})

test_that("dots that the ranking does not hold are empty", {
  skip_without_ggplot2()
  cells <- shipped_cells()
  result <- rank_quietly(
    cells$data,
    cells$groups,
    groups = c("Dendritic", "CD19+ B"),
    n_genes = 3
  )
  plot <- plot_rank_genes_groups_dotplot(
    cells$data,
    result,
    cells$groups,
    values_to_plot = "scores"
  )
  known <- as.character(plot$data$group) == plot$data$marker_of
  expect_false(anyNA(plot$data$scores[known]))
  other <- !plot$data$group %in% c("Dendritic", "CD19+ B")
  expect_true(all(is.na(plot$data$scores[other])))
  expect_identical(
    is.na(ggplot2::layer_data(plot)$fill),
    is.na(plot$data$scores)
  )
})

test_that("names of groups are turned where there is no room for them", {
  skip_without_ggplot2()
  draw <- function(n, ...) {
    cells <- grouped_cells(n)
    plot_rank_genes_groups_dotplot(
      cells$data,
      cells$result,
      cells$groups,
      ...
    )
  }
  expect_identical(drawn_angle(draw(3L), "myeloid")[[1L]], 0)
  expect_identical(drawn_angle(draw(10L), "Dendritic")[[1L]], 90)
  # Whatever the theme, unless it has an angle of its own.
  plot <- draw(10L) + ggplot2::theme_bw()
  expect_identical(drawn_angle(plot, "Dendritic")[[1L]], 90)
  plot <- plot + ggplot2::theme(
    strip.text.x = ggplot2::element_text(angle = 45)
  )
  expect_identical(drawn_angle(plot, "Dendritic")[[1L]], 45)
})

test_that("own genes stand under their headings, with brackets", {
  skip_without_ggplot2()
  cells <- grouped_cells(3L)
  draw <- function(...) {
    plot_rank_genes_groups_dotplot(cells$data, cells$result, cells$groups, ...)
  }
  genes <- list(B = c("CD79A", "MS4A1"), other = "LYZ", B = "CD79B")
  plot <- draw(genes = genes)
  expect_dots(plot, cells)
  shown <- unique(plot$data[c("gene", "marker_of")])
  expect_setequal(shown$gene[shown$marker_of == "B"], c(genes[[1L]], "CD79B"))
  brackets <- ggplot2::layer_data(plot, 2L)
  expect_identical(nrow(brackets), 6L)
  expect_equal(max(brackets$xend), 3.3)
  expect_gt(min(brackets$y), 3.5)

  # Without headings there are no brackets, and no group is named.
  plot <- draw(genes = c("LYZ", "NKG7"))
  expect_length(plot$layers, 1L)
  expect_identical(unique(plot$data$gene), c("LYZ", "NKG7"))
  for (bad in list(1, list(), character(), NA_character_, list(1), mtcars)) {
    expect_error(
      draw(genes = bad),
      "`genes` must be names of genes",
      class = "wilcoxide_error_input"
    )
  }
  expect_error(
    draw(genes = c("LYZ", "Nkg7")),
    "no gene \"Nkg7\".*Did you mean \"NKG7\"",
    class = "wilcoxide_error_input"
  )
})

test_that("genes are labelled with, and may be named by, their symbols", {
  skip_without_ggplot2()
  cells <- small_cells()
  experiment <- as_experiment(cells)
  symbols <- paste0("symbol-", rownames(cells$data))
  symbols[c(2L, 3L)] <- c(NA, "")
  SummarizedExperiment::rowData(experiment)$symbol <- symbols
  result <- rank_quietly(experiment, "cluster")
  genes <- rownames(cells$data)
  plot <- plot_rank_genes_groups_dotplot(
    experiment,
    result,
    gene_symbols = "symbol",
    genes = c("symbol-CD3D", genes[2:3])
  )
  expect_identical(
    unique(plot$data[c("gene", "label")])$label,
    c("symbol-CD3D", genes[2:3])
  )
  expect_identical(unique(plot$data$gene), c("CD3D", genes[2:3]))
  expect_true("symbol-CD3D" %in% drawn_text(plot))
  by_vector <- plot_rank_genes_groups_dotplot(
    experiment,
    result,
    gene_symbols = rlang::set_names(symbols, genes),
    genes = plot$data$gene[seq(1L, 6L, 2L)]
  )
  expect_identical(by_vector$data, plot$data)
  refused <- function(gene_symbols, says) {
    expect_error(
      plot_rank_genes_groups_dotplot(
        experiment,
        result,
        gene_symbols = gene_symbols
      ),
      says,
      class = "wilcoxide_error_input"
    )
  }
  refused("Symbol", "Did you mean \"symbol\"")
  refused(symbols, "named by the genes, or the name of a column")
})

test_that("genes with small fold changes are passed over", {
  skip_without_ggplot2()
  cells <- grouped_cells(3L)
  draw <- function(...) {
    plot_rank_genes_groups_dotplot(cells$data, cells$result, cells$groups, ...)
  }
  plot <- draw(min_logfoldchange = 2)
  own <- plot$data[as.character(plot$data$group) == plot$data$marker_of, ]
  changes <- mapply(
    function(group, gene) by_gene(cells$result, "logfoldchanges", group, gene),
    as.character(own$group),
    own$gene
  )
  expect_gt(min(changes), 2)
  expect_identical(nrow(own), 15L)
  expect_error(
    draw(min_logfoldchange = 99),
    "is greater than 99.*smaller `min_logfoldchange`",
    class = "wilcoxide_error_input"
  )
})

test_that("groups are ordered as a tree of them has them", {
  skip_without_ggplot2()
  cells <- grouped_cells(10L)
  draw <- function(...) {
    plot_rank_genes_groups_dotplot(cells$data, cells$result, cells$groups, ...)
  }
  plot <- draw(cluster_groups = TRUE)
  expect_dots(plot, cells)
  order <- rev(levels(plot$data$group))
  expect_setequal(order, levels(cells$groups))
  expect_identical(levels(plot$data$marker_of), order)
  means <- direct_means(cells, unique(draw()$data$gene))
  tree <- stats::hclust(stats::as.dist(1 - stats::cor(means)), "complete")
  expect_identical(order, colnames(means)[tree$order])
})

test_that("wrong arguments are refused", {
  skip_without_ggplot2()
  data <- toy_expression()
  groups <- toy_groups()
  result <- without_counts_warning(rank_genes_groups(data, groups))
  draw <- function(...) {
    plot_rank_genes_groups_dotplot(data, result, groups, ...)
  }
  expect_refused <- function(...) {
    expect_error(..., class = "wilcoxide_error_input")
  }
  expect_refused(draw(standard_scale = "obs"), "`standard_scale` must be")
  expect_refused(draw(values_to_plot = "pvals"), "`values_to_plot` must be")
  expect_refused(
    draw(values_to_plot = "scores", standard_scale = "var"),
    "`standard_scale` must be NULL"
  )
  expect_refused(draw(n_genes = -1), "`n_genes` must be")
  expect_refused(draw(groups = "Mast"), "no group \"Mast\"")
  expect_refused(draw(pval_cutoff = 1), "take this argument.*`pval_cutoff`")
  expect_refused(draw(call = 1), "take this argument.*`call`")
  expect_refused(draw(given = 1), "take this argument.*`given`")
  expect_refused(draw(var_names = "gene1"), "`var_names` is `genes` here")
  expect_refused(draw(dendrogram = "left"), "`dendrogram` must be")
  expect_refused(draw(standardscale = "var"), "Did you mean `standard_scale`")
  expect_refused(
    plot_rank_genes_groups_dotplot(data[-(1:19), , drop = FALSE], result,
      groups
    ),
    "`result` must be a ranking of `x`"
  )
})

test_that("groups that were a vector have to be given again", {
  skip_without_ggplot2()
  cells <- small_cells()
  result <- rank_quietly(cells$data, cells$groups)
  expect_refused <- function(x, ..., says) {
    for (plot in c(
      plot_rank_genes_groups_dotplot,
      plot_rank_genes_groups_heatmap
    )) {
      expect_error(
        plot(x, result, ...),
        says,
        class = "wilcoxide_error_input"
      )
    }
  }
  by_vector <- "`result` names no column.*`groupby = labels`"
  expect_refused(cells$data, says = by_vector)
  expect_refused(cells$data, NULL, says = "It is NULL.*`groupby = labels`")
  expect_refused(as_experiment(cells), says = by_vector)
  expect_refused(says = "`x` must be .* missing")
  expect_error(
    plot_rank_genes_groups_dotplot(cells$data),
    "`result` must be .* missing",
    class = "wilcoxide_error_input"
  )

  # Other groups of the same names may be the identities of a Seurat object.
  seurat <- as_seurat(cells)
  SeuratObject::Idents(seurat) <- rev(as.character(cells$groups))
  expect_refused(seurat, says = "`groupby = NULL`")
  plot <- plot_rank_genes_groups_dotplot(seurat, result, NULL)
  expect_s3_class(plot, "ggplot")
})

test_that("the plot is as it was", {
  skip_without_ggplot2()
  cells <- grouped_cells(3L)
  plot <- plot_rank_genes_groups_dotplot(
    cells$data,
    cells$result,
    cells$groups
  )
  expect_picture("dots of 3 groups", plot)
})
