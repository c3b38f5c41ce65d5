# Names that code might take for something else: nothing, missing values,
# columns and elements of its own, syntax of R, of messages and of files.
awkward <- c(
  "", "NA", "NaN", "NULL", "TRUE", "1", "1e5", "a.b", "a b", "a/b", "x\ny",
  "{x}", "`q`", "%s", "\\", "\"", "_index", ".data", "\u00e4-\u03b2",
  "\u7d30\u80de", "gene", "group", "value", "row.names", "names", "scores",
  "params", "pts", "place", "marker_of", "mean", "fraction", "column", "cell"
)

# Genes and groups of the same names; R has no column without a name, so no
# group has none.
awkward_cells <- function() {
  groups <- rep(setdiff(awkward, ""), each = 3L)
  withr::local_seed(1)
  values <- rpois(length(awkward) * length(groups), 0.8)
  matrix <- log1p(matrix(
    values, length(awkward),
    dimnames = list(awkward, NULL)
  ))
  list(x = matrix, groups = groups)
}

rank_awkward <- function(cells, ...) {
  suppressMessages(
    rank_genes_groups(cells$x, cells$groups, pts = TRUE, threads = 1L, ...)
  )
}

test_that("tables say of each gene and group what is so", {
  cells <- awkward_cells()
  result <- rank_awkward(cells)
  shares <- function(group, genes, of = `==`) {
    values <- cells$x[match(genes, awkward), of(cells$groups, group)]
    unname(rowMeans(values > 0))
  }
  expect_setequal(names(result$names), setdiff(awkward, ""))
  markers <- as_seurat_markers(result)
  expect_identical(markers$gene, as.data.frame(result)$names)
  for (group in names(result$names)) {
    table <- rank_genes_groups_df(result, group)
    expect_setequal(table$names, awkward)
    expect_equal(table$pct_nz_group, shares(group, table$names))
    expect_equal(table$pct_nz_reference, shares(group, table$names, `!=`))
    of_group <- markers$cluster == group
    expect_identical(markers$pct.1[of_group], table$pct_nz_group)
    expect_identical(summary(result, 2)$counts$group, names(result$names))
  }
  kept <- filter_rank_genes_groups(result, -Inf, -Inf, Inf)
  expect_identical(kept$names[!is.na(kept$names)],
                   result$names[!is.na(kept$names)])
  expect_false(anyNA(kept$names[!is.nan(as.matrix(result$logfoldchanges))]))
})

test_that("other packages' tables have the genes by their names", {
  skip_if_not_installed("S4Vectors")
  result <- rank_awkward(awkward_cells())
  markers <- as_marker_list(result)
  expect_named(markers, names(result$names))
  for (group in names(markers)) {
    expect_identical(rownames(markers[[group]]), result$names[[group]])
    expect_identical(
      markers[[group]]$self.detected,
      rank_genes_groups_df(result, group)$pct_nz_group
    )
  }
})

test_that("plots show every gene and group under its name", {
  skip_if_not_installed("ggplot2")
  cells <- awkward_cells()
  n <- length(awkward)
  for (reference in c("rest", "names")) {
    result <- rank_awkward(cells, reference = reference)
    dots <- plot_rank_genes_groups_dotplot(
      cells$x, result, cells$groups,
      n_genes = n, groups = c("NA", "gene")
    )
    data <- dots$data
    expect_setequal(levels(data$group), setdiff(awkward, ""))
    expect_identical(nrow(data), 2L * n * (n - 1L))
    expected <- mapply(
      function(gene, group) {
        mean(cells$x[match(gene, awkward), cells$groups == group])
      },
      data$gene,
      as.character(data$group)
    )
    expect_equal(data$mean, unname(expected))

    tiles <- plot_rank_genes_groups_heatmap(
      cells$x, result, cells$groups,
      n_genes = n, groups = "value"
    )
    at <- cbind(match(tiles$data$gene, awkward), tiles$data$cell)
    expect_identical(tiles$data$value, unname(cells$x[at]))

    plots <- list(
      dots,
      tiles,
      plot_rank_genes_groups_dotplot(
        cells$x, result, cells$groups,
        groups = "fraction", values_to_plot = "scores"
      ),
      plot_rank_genes_groups(result, n_genes = n)
    )
    plots <- c(plots, lapply(c("NA", "group", "\\", "{x}"), function(group) {
      plot_rank_genes_groups_volcano(result, group, pval_cutoff = 2)
    }))
    file <- withr::local_tempfile(fileext = ".pdf")
    grDevices::pdf(file)
    # The fonts of a PDF have not all of these letters.
    for (plot in plots) suppressWarnings(print(plot))
    grDevices::dev.off()
    expect_gt(file.size(file), 0)
  }
})

test_that("rankings of such names are stored and read back", {
  result <- rank_awkward(awkward_cells())
  # Scanpy has this text where a name was filtered out.
  result$names[] <- lapply(result$names, function(genes) {
    replace(genes, genes == "NaN", "x")
  })
  object <- structure(
    list2env(list(uns = list())),
    class = c("InMemoryAnnData", "AbstractAnnData", "R6")
  )
  add_rank_genes_groups(object, result)
  expect_identical(get_rank_genes_groups(object), result)
})

test_that("a ranking with a group without a name is refused", {
  plain <- result_as_uns(named_groups(c("a", "b")))
  tables <- setdiff(names(plain), c("params", "settings"))
  plain[tables] <- lapply(plain[tables], `names<-`, c("a", ""))
  source <- list(where = "uns", abort = abort_input, call = NULL)
  expect_error(
    result_from_uns(plain, source),
    "empty name",
    class = "wilcoxide_error_input"
  )
  result <- named_groups(c("a", "b"))
  result[-1L] <- lapply(result[-1L], `names<-`, c("a", ""))
  expect_error(
    rank_genes_groups_df(result),
    "has no name",
    class = "wilcoxide_error_input"
  )
})
