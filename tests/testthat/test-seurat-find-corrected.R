# find_all_markers() beside Seurat's own where the values are those of
# SCTransform() or IntegrateData().

skip_if_not_installed("Seurat")
skip_if_not_installed("limma")

expect_all_markers <- function(object, ...) {
  given <- list(logfc.threshold = 0, return.thresh = 1.1, min.pct = 0, ...)
  theirs <- rlang::inject(seurat_table("FindAllMarkers", object, !!!given))
  ours <- quietly(rlang::inject(
    find_all_markers(object, !!!given, threads = 2)
  ))
  expect_gt(nrow(ours), 250)
  expect_seurat_table(ours, theirs, paste(names(list(...)), collapse = ", "))
}

sc_transformed <- function(object) {
  object <- quietly(Seurat::SCTransform(object, verbose = FALSE))
  SeuratObject::Idents(object) <- "cluster"
  object
}

test_that("every layer of an SCT assay has Seurat's table", {
  skip_if_not_installed("sctransform")
  object <- sc_transformed(seurat_cells(150, 120))
  expect_identical(SeuratObject::DefaultAssay(object), "SCT")
  expect_all_markers(object)
  expect_all_markers(object, slot = "counts")
  expect_all_markers(object, slot = "scale.data")
  expect_all_markers(object, assay = "RNA")
})

test_that("SCT models are refused until they are prepared, as by Seurat", {
  skip_if_not_installed("sctransform")
  donors <- quietly(Seurat::SplitObject(seurat_cells(300, 120), "donor"))
  donors <- lapply(donors, sc_transformed)
  object <- quietly(merge(donors[[1L]], donors[-1L]))
  SeuratObject::DefaultAssay(object) <- "SCT"
  SeuratObject::Idents(object) <- "cluster"
  expect_error(
    find_all_markers(object, threads = 1),
    "PrepSCTFindMarkers",
    class = "wilcoxide_error_input"
  )
  expect_all_markers(object, recorrect_umi = FALSE)
  expect_all_markers(
    quietly(Seurat::PrepSCTFindMarkers(object, verbose = FALSE))
  )
})

test_that("an integrated assay has Seurat's table", {
  skip_if(
    rlang::is_installed("presto"),
    "presto ranks negative values of a sparse matrix above its zeros"
  )
  donors <- quietly(Seurat::SplitObject(seurat_cells(300, 120), "donor"))
  object <- quietly({
    donors <- lapply(
      donors,
      Seurat::FindVariableFeatures,
      nfeatures = 100,
      verbose = FALSE
    )
    anchors <- Seurat::FindIntegrationAnchors(
      donors,
      dims = 1:5,
      k.filter = 20,
      k.score = 10,
      anchor.features = 100,
      verbose = FALSE
    )
    Seurat::IntegrateData(anchors, dims = 1:5, k.weight = 20, verbose = FALSE)
  })
  SeuratObject::Idents(object) <- "cluster"
  expect_identical(SeuratObject::DefaultAssay(object), "integrated")
  expect_all_markers(object)
})
