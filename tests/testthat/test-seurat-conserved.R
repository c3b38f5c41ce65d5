# find_conserved_markers() beside Seurat's FindConservedMarkers().

skip_if_not_installed("Seurat")

compare_conserved <- function(object, ...) {
  ours <- quietly(find_conserved_markers(object, ..., threads = 1))
  expect_seurat_table(ours, seurat_table("FindConservedMarkers", object, ...))
}

test_that("levels of different sizes have Seurat's table", {
  skip_if_not_installed("limma")
  skip_if_not_installed("metap")
  object <- seurat_cells()
  for (ident in list("a", c("a", "c"))) {
    for (other in list(NULL, "b")) {
      for (only.pos in c(TRUE, FALSE)) {
        compare_conserved(
          object,
          ident.1 = ident,
          ident.2 = other,
          grouping.var = "donor",
          only.pos = only.pos,
          logfc.threshold = if (only.pos) 0.1 else 0,
          min.pct = 0.05
        )
      }
    }
  }
  compare_conserved(
    object,
    ident.1 = "b",
    grouping.var = "donor",
    max.cells.per.ident = 8
  )
  compare_conserved(
    object,
    ident.1 = "b",
    grouping.var = "donor",
    meta.method = metap::sumlog
  )
  # One level has too few cells.
  object$donor[c(1:5, 7)] <- "d3"
  compare_conserved(object, ident.1 = "b", grouping.var = "donor")
})

test_that("a single level has no combined p-values", {
  skip_if_not_installed("limma")
  skip_if_not_installed("metap")
  object <- seurat_cells()
  object$donor <- "d1"
  compare_conserved(object, ident.1 = "a", grouping.var = "donor")
})

test_that("the p-value of the smallest of several keeps small p-values", {
  p <- cbind(c(1e-30, 0.5, 0), c(0.2, 0.5, 0))
  expect_equal(smallest_of(p), c(2e-30, 0.75, 0))
})

test_that("other inputs have the table of the Seurat object", {
  object <- seurat_cells()
  theirs <- quietly(
    find_conserved_markers(object, "a", grouping.var = "donor", threads = 1)
  )
  ours <- find_conserved_markers(
    SeuratObject::GetAssayData(object),
    "a",
    grouping.var = object$donor,
    group.by = object$cluster,
    threads = 1
  )
  skip_if(any(grepl("avg_diff", names(theirs))))
  expect_identical(dim(ours), dim(theirs))
  expect_identical(ours$max_pval, theirs$max_pval)
})

test_that("levels without the identities are left out, or refused", {
  object <- seurat_cells()
  matrix <- SeuratObject::GetAssayData(object)
  find <- function(ident, level, ...) {
    find_conserved_markers(
      matrix,
      ident,
      grouping.var = level,
      group.by = object$cluster,
      threads = 1,
      ...
    )
  }
  level <- ifelse(object$cluster %in% "a", "x", "y")
  expect_error(find("none", level), class = "wilcoxide_error_input")
  expect_error(
    suppressWarnings(find("a", level, ident.2 = "b")),
    "grouping.var",
    class = "wilcoxide_error_input"
  )
  expect_error(find("a", NULL), "grouping.var", class = "wilcoxide_error_input")
  expect_error(
    find("a", object$donor, meta.method = "minimump"),
    "meta.method",
    class = "wilcoxide_error_input"
  )
})
