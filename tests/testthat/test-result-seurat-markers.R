test_that("the columns are those of FindAllMarkers, the rows by rank", {
  markers <- as_seurat_markers(toy_ranking())

  expect_identical(class(markers), "data.frame")
  expect_named(
    markers,
    c("p_val", "avg_log2FC", "pct.1", "pct.2", "p_val_adj", "cluster", "gene")
  )
  expect_identical(
    markers$cluster,
    factor(rep(c("T", "B cell", "10"), each = 4L), c("T", "B cell", "10"))
  )
  expect_identical(
    markers$gene,
    c(
      "CD3D", "LYZ", "CD74", "NKG7",
      "NKG7", "CD3D", "CD74", "LYZ",
      "CD74", "NKG7", "LYZ", "CD3D"
    )
  )
  expect_identical(rownames(markers), make.unique(markers$gene))
  ranking <- toy_ranking()
  values <- function(table) unlist(table, use.names = FALSE)
  expect_identical(markers$p_val, values(ranking$pvals))
  expect_identical(markers$avg_log2FC, values(ranking$logfoldchanges))
  expect_identical(markers$p_val_adj, values(ranking$pvals_adj))
})

test_that("fractions are those of the gene, not of the rank", {
  markers <- as_seurat_markers(toy_ranking())
  expect_identical(markers$pct.1[1:4], c(1, 0.5, 0.75, 0.25))
  expect_identical(markers$pct.2[1:4], c(0.1, 0.45, 0.5, 0.4))
  expect_identical(markers$pct.1[9:12], c(0.9, 0.6, 0.4, 0.2))
})

test_that("with a reference, its own fractions are the second ones", {
  x <- toy_expression()
  ranking <- rank_genes_groups(
    x, toy_groups(),
    reference = "NK", groups = c("B", "T"), pts = TRUE, n_genes = 5L
  )
  markers <- as_seurat_markers(ranking)
  reference <- x[markers$gene, toy_groups() == "NK"]
  expect_identical(markers$pct.2, unname(rowMeans(reference != 0)))
  expect_identical(levels(markers$cluster), c("B", "T"))
  expect_identical(nrow(markers), 10L)
})

test_that("genes that were filtered out are left out", {
  ranking <- filter_rank_genes_groups(toy_ranking())
  kept <- lapply(ranking$names, function(names) names[!is.na(names)])
  markers <- as_seurat_markers(ranking)
  expect_identical(markers$gene, unlist(kept, use.names = FALSE))
  expect_identical(
    as.character(markers$cluster),
    rep(names(kept), lengths(kept))
  )
})

test_that("only.pos and min.pct choose rows as Seurat's do", {
  all <- as_seurat_markers(toy_ranking())
  chosen <- function(...) as_seurat_markers(toy_ranking(), ...)
  expect_identical(chosen(min.pct = 0, only.pos = FALSE), all)
  rows <- function(kept) {
    rows <- all[kept, ]
    rownames(rows) <- make.unique(rows$gene)
    rows
  }
  positive <- all$avg_log2FC > 0 & !is.na(all$avg_log2FC)
  common <- pmax(all$pct.1, all$pct.2) >= 0.5
  expect_true(any(positive) && any(common) && any(positive != common))
  expect_equal(chosen(only.pos = TRUE), rows(positive))
  expect_equal(chosen(min.pct = 0.5), rows(common))
  expect_equal(chosen(TRUE, 0.5), rows(positive & common))
  refused <- function(..., says) {
    expect_error(chosen(...), says, class = "wilcoxide_error_input")
  }
  refused(min.pct = 25, says = "25 % is `0.25`")
  refused(only.pos = NA, says = "`only.pos`")
  refused(only_pos = TRUE, says = "Did you mean `only.pos`?")
})

test_that("a ranking without fractions is refused", {
  expect_error(
    as_seurat_markers(toy_ranking(pts = FALSE)),
    "pts = TRUE",
    class = "wilcoxide_error_input"
  )
  expect_error(as_seurat_markers(1), class = "wilcoxide_error_input")
})

test_that("what is done with Seurat's markers works", {
  skip_if_not_installed("dplyr")
  markers <- as_seurat_markers(toy_ranking())
  grouped <- dplyr::group_by(markers, .data$cluster)
  top <- dplyr::slice_max(grouped, .data$avg_log2FC, n = 1L)
  expect_identical(top$gene, c("CD3D", "NKG7", "LYZ"))
  expect_identical(as.character(top$cluster), levels(markers$cluster))
})

test_that("Seurat draws the top genes", {
  skip_if_not_installed("Seurat")
  skip_if_not_installed("dplyr")
  x <- as_dgc(toy_expression())
  object <- suppressWarnings(
    SeuratObject::CreateSeuratObject(SeuratObject::CreateAssayObject(data = x))
  )
  SeuratObject::Idents(object) <- toy_groups()
  object <- suppressWarnings(
    Seurat::ScaleData(object, rownames(x), verbose = FALSE)
  )
  ranking <- rank_genes_groups(x, toy_groups(), pts = TRUE, threads = 1L)
  grouped <- dplyr::group_by(as_seurat_markers(ranking), .data$cluster)
  top <- dplyr::slice_max(grouped, .data$avg_log2FC, n = 2L)
  draw <- function(plot) ggplot2::ggplot_build(plot)
  expect_silent(
    suppressWarnings(suppressMessages({
      draw(Seurat::DoHeatmap(object, top$gene, slot = "scale.data"))
      draw(Seurat::DotPlot(object, features = unique(top$gene)))
    }))
  )
})
