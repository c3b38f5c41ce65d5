# What this package reads of other packages' objects without a function that
# they export for it. Where a test here fails, the other package has changed;
# where others fail and none of these, this one is broken.

expect_slots <- function(class, slots, package) {
  there <- methods::getSlots(methods::getClass(class, where = package))
  expect_true(
    all(slots %in% names(there)),
    info = sprintf(
      "%s %s has other slots in its class %s.",
      package,
      utils::packageVersion(package),
      class
    )
  )
}

test_that("sparse matrices of Matrix keep their values in these slots", {
  slots <- c("p", "x", "Dim", "Dimnames")
  expect_slots("dgCMatrix", c("i", slots), "Matrix")
  expect_slots("dgRMatrix", c("j", slots), "Matrix")
})

test_that("objects of Seurat have these slots, and their own functions agree", {
  skip_if_not_installed("SeuratObject")
  slots <- c("assays", "meta.data", "misc", "commands")
  expect_slots("Seurat", slots, "SeuratObject")
  expect_slots("SeuratCommand", "params", "SeuratObject")
  object <- SeuratObject::pbmc_small
  expect_identical(object@meta.data, object[[]])
  expect_identical(names(object@assays), SeuratObject::Assays(object))
  expect_identical(object@assays$RNA, object[["RNA"]])
  expect_identical(object@misc, SeuratObject::Misc(object))
  expect_identical(names(object@commands), SeuratObject::Command(object))
  normalised <- "NormalizeData.RNA"
  expect_identical(
    object@commands[[normalised]]@params$normalization.method,
    SeuratObject::Command(object, normalised, "normalization.method")
  )
})

test_that("assays of Seurat 3 and 4 have these slots", {
  skip_if_not_installed("SeuratObject")
  slots <- c("counts", "data", "scale.data", "meta.features")
  expect_slots("Assay", slots, "SeuratObject")
  assay <- SeuratObject::pbmc_small@assays$RNA
  for (layer in slots[1:3]) {
    expect_identical(
      methods::slot(assay, layer),
      SeuratObject::GetAssayData(assay, layer)
    )
  }
  expect_identical(assay@meta.features, assay[[]])
})

test_that("assays of Seurat 5 have these slots", {
  skip_without_layers()
  slots <- c("layers", "features", "cells", "meta.data")
  expect_slots("Assay5", slots, "SeuratObject")
  cells <- list(data = as_dgc(toy_expression()), groups = toy_groups())
  assay <- as_seurat(cells, "v5")@assays$RNA
  layer_data <- getExportedValue("SeuratObject", "LayerData")
  values <- layer_data(assay, layer = "data")
  expect_true("data" %in% names(assay@layers))
  expect_identical(assay@features[["data"]], rownames(values))
  expect_identical(assay@cells[["data"]], colnames(values))
  expect_identical(assay@layers[["data"]]@x, values@x)
  expect_equal(nrow(assay@meta.data), nrow(assay))
})

test_that("models of SCTransform() have these slots", {
  skip_if_not_installed("Seurat")
  expect_slots("SCTAssay", "SCTModel.list", "Seurat")
  expect_slots("SCTModel", c("cell.attributes", "median_umi"), "Seurat")
})

test_that("classes of BPCells in double precision are called so", {
  skip_if_not_installed("BPCells")
  home <- asNamespace("BPCells")
  for (class in c("TransformLog1p", "TransformExpm1", "TransformPow")) {
    fast <- methods::getSlots(methods::getClass(class, where = home))
    precise <- paste0(class, "Slow")
    expect_identical(
      fast,
      methods::getSlots(methods::getClass(precise, where = home))
    )
  }
})

test_that("functions of hdf5r's objects are told by where they were made", {
  skip_if_not_installed("hdf5r")
  file <- hdf5r::H5File$new(shipped_file(), "r")
  withr::defer(file$close_all())
  home <- asNamespace("hdf5r")
  expect_identical(topenv(environment(file$open)), home)
  expect_identical(topenv(environment(file[["obs"]]$ls)), home)
})

test_that("files of anndataR keep their handle where it is looked for", {
  skip_if_not_installed("anndataR")
  skip_if_not_installed("rhdf5")
  object <- anndataR::read_h5ad(shipped_file(), as = "HDF5AnnData")
  expect_match(hidden_raw(object), basename(shipped_file()), fixed = TRUE)
})

test_that("a file of anndataR that keeps its handle elsewhere gets no hint", {
  object <- structure(list2env(list()), class = "HDF5AnnData")
  expect_null(hidden_raw(object))
})

test_that("facets of ggplot2 draw their panels from these arguments", {
  skip_without_ggplot2()
  seen <- list()
  watch <- function(facet) {
    ggplot2::ggproto(
      NULL,
      facet,
      draw_panels = function(self, panels, layout, x_scales, y_scales, ranges,
                             coord, data, theme, params) {
        seen <<- list(theme = theme, ranges = ranges, coord = coord)
        seen$table <<- ggplot2::ggproto_parent(facet, self)$draw_panels(
          panels, layout, x_scales, y_scales, ranges, coord, data, theme, params
        )
      }
    )
  }
  draw <- function(facet) {
    withr::local_pdf(NULL)
    data <- data.frame(x = 1:4, y = 1:4, group = c("a", "b"))
    points <- ggplot2::ggplot(data, ggplot2::aes(.data$x, .data$y)) +
      ggplot2::geom_point()
    ggplot2::ggplotGrob(points + watch(facet))
  }
  group <- ggplot2::vars(.data$group)
  for (facet in list(ggplot2::facet_grid(group), ggplot2::facet_wrap(group))) {
    draw(facet)
    expect_s3_class(seen$theme, "theme")
    # Elements that no theme has said anything of are not there.
    expect_null(seen$theme$axis.text.x$size)
    expect_type(seen$ranges[[1L]]$y.range, "double")
    expect_s3_class(seen$coord, "CoordCartesian")
    expect_s3_class(seen$table, "gtable")
    expect_true(any(startsWith(seen$table$layout$name, "panel")))
  }
})
