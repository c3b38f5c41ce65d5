toy_seurat <- function(version = "v3") {
  as_seurat(
    list(data = as_dgc(toy_expression()), groups = toy_groups()),
    version
  )
}

versions <- function() {
  has_layers <- rlang::is_installed("SeuratObject (>= 5.0.0)")
  c("v3", if (has_layers) "v5")
}

rank_toy <- function(..., data = toy_expression(), groups = toy_groups()) {
  rank_quietly(data, groups, ...)
}

test_that("metadata, identities and vectors say the groups", {
  for (version in versions()) {
    object <- toy_seurat(version)
    expected <- rank_toy()
    result <- rank_quietly(object, "cluster")
    expect_same_tables(result, expected)
    expect_identical(result$params$groupby, "cluster")
    expect_null(result$params$layer)
    expect_same_tables(rank_quietly(object, toy_groups()), expected)
    expect_same_tables(rank_quietly(object, object$cluster), expected)

    SeuratObject::Idents(object) <- "cluster"
    result <- rank_quietly(object)
    expect_same_tables(result, expected)
    expect_identical(result$params$groupby, "ident")
    expect_same_tables(rank_quietly(object, "ident"), expected)
    object$ident <- rep(c("a", "b"), 30)
    expect_same_tables(rank_quietly(object), expected)
    expect_named(rank_quietly(object, "ident")$names, c("a", "b"))

    expect_error(
      rank_quietly(object, "none"),
      "cluster",
      class = "wilcoxide_error_input"
    )
    expect_error(
      rank_quietly(object, rev(object$cluster)),
      "colnames\\(x\\)",
      class = "wilcoxide_error_input"
    )
  }
})

test_that("mask_var names a column of the metadata of the features", {
  mask <- rep(c(TRUE, FALSE), 10)
  expected <- rank_toy(mask_var = mask)
  for (version in versions()) {
    object <- toy_seurat(version)
    assay <- object[["RNA"]]
    if (version == "v3") {
      assay@meta.features$chosen <- mask
    } else {
      assay@meta.data <- data.frame(chosen = mask)
    }
    object@assays$RNA <- assay
    result <- rank_quietly(object, "cluster", mask_var = "chosen")
    expect_same_tables(result, expected)
    result <- rank_quietly(object, "cluster", mask_var = mask)
    expect_same_tables(result, expected)
    expect_error(
      rank_quietly(object, "cluster", mask_var = "none"),
      "chosen",
      class = "wilcoxide_error_input"
    )
  }
})

test_that("a ranking of scaled values warns", {
  for (version in versions()) {
    object <- toy_seurat(version)
    assay <- object[["RNA"]]
    scaled <- SeuratObject::GetAssayData(assay, "data")
    scaled <- t(scale(t(as.matrix(scaled))))
    object[["RNA"]] <- SeuratObject::SetAssayData(
      assay,
      "scale.data",
      scaled
    )
    expect_warning(
      result <- rank_quietly(object, "cluster", layer = "scale.data"),
      "scale.data.*meaningless",
      class = "wilcoxide_warning_scaled"
    )
    expect_true(anyNA(result$logfoldchanges[[1L]]))
    expect_no_warning(
      rank_quietly(object, "cluster"),
      class = "wilcoxide_warning_scaled"
    )
  }
})

test_that("layers and assays go by name", {
  skip_if_not_installed("SeuratObject")
  object <- SeuratObject::pbmc_small
  groups <- object$letter.idents
  expect_same_tables(
    rank_quietly(object, "letter.idents"),
    rank_quietly(object@assays$RNA@data, groups)
  )
  scaled <- object@assays$RNA@scale.data
  result <- suppressWarnings(
    rank_quietly(object, "letter.idents", layer = "scale.data"),
    "wilcoxide_warning_scaled"
  )
  expect_same_tables(result, rank_quietly(scaled, groups))
  expect_identical(result$params$layer, "scale.data")
  counts <- object@assays$RNA@counts
  expect_same_tables(
    without_counts_warning(
      rank_quietly(object, "letter.idents", layer = "counts")
    ),
    without_counts_warning(rank_quietly(counts, groups))
  )

  # As SCTransform() and IntegrateData() add theirs.
  other <- SeuratObject::CreateAssayObject(data = object@assays$RNA@data[9:1, ])
  suppressWarnings(object[["SCT"]] <- other)
  expected <- rank_quietly(object@assays$RNA@data[9:1, ], groups)
  expect_same_tables(
    rank_quietly(object, "letter.idents", assay = "SCT"),
    expected
  )
  SeuratObject::DefaultAssay(object) <- "SCT"
  expect_same_tables(rank_quietly(object, "letter.idents"), expected)

  expect_error(
    rank_quietly(object, assay = "none"),
    "RNA.*SCT",
    class = "wilcoxide_error_input"
  )
  expect_error(
    rank_quietly(object, layer = "none"),
    "data",
    class = "wilcoxide_error_input"
  )
  expect_error(
    rank_quietly(object, layer = c("data", "counts")),
    class = "wilcoxide_error_input"
  )
})

test_that("an assay without normalised values says how to make them", {
  for (version in versions()) {
    object <- toy_seurat(version)
    counts <- round(expm1(toy_expression()))
    assay <- if (version == "v3") {
      SeuratObject::CreateAssayObject(counts = counts)
    } else {
      SeuratObject::CreateAssay5Object(counts = as_dgc(counts))
    }
    if (version == "v3") {
      assay@data <- methods::new("dgCMatrix")
      object@assays$RNA <- assay
    } else {
      object[["raw"]] <- assay
      SeuratObject::DefaultAssay(object) <- "raw"
    }
    expect_error(
      rank_quietly(object, "cluster"),
      "counts.*NormalizeData",
      class = "wilcoxide_error_input"
    )
  }
})

test_that("the object is not changed", {
  for (version in versions()) {
    object <- toy_seurat(version)
    before <- serialize(object, NULL)
    rank_quietly(object, "cluster", pts = TRUE)
    expect_identical(serialize(object, NULL), before)
  }
})

test_that("the matrix is not copied", {
  for (version in versions()) {
    object <- toy_seurat(version)
    assay <- object@assays$RNA
    stored <- if (version == "v3") assay@data else assay@layers$data
    layer <- seurat_layer(object, "RNA", "data", rlang::current_env())
    view <- seurat_view(object, layer, "RNA", "data", rlang::current_env())
    slices <- view$matrix()
    expect_identical(
      rlang::obj_address(slices$x),
      rlang::obj_address(stored@x)
    )
    expect_identical(
      rlang::obj_address(slices$p),
      rlang::obj_address(stored@p)
    )
  }
})

# Assay5 ----------------------------------------------------------------------

test_that("split layers are joined for the call, with a message", {
  skip_without_layers()
  by <- rep(c("2", "1", "3", "1", "2"), 12)
  object <- split_seurat(toy_seurat("v5"), by)
  layers <- SeuratObject::Layers(object)
  expect_setequal(layers, c("data.1", "data.2", "data.3"))
  before <- serialize(object, NULL)
  expect_message(
    result <- rank_genes_groups(object, "cluster", threads = 1),
    "Joining 3 layers",
    class = "wilcoxide_message"
  )
  expect_same_tables(result, rank_toy())
  expect_null(result$params$layer)
  expect_identical(serialize(object, NULL), before)
  # One of them by its name.
  one <- by == "1"
  expect_same_tables(
    rank_quietly(object, "cluster", layer = "data.1"),
    rank_toy(data = toy_expression()[, one], groups = toy_groups()[one])
  )
})

test_that("layers whose names only begin alike are not joined", {
  skip_without_layers()
  object <- toy_seurat("v5")
  other <- as_dgc(toy_expression()[20:1, ])
  rownames(other) <- rownames(toy_expression())
  suppressWarnings(
    SeuratObject::LayerData(object, layer = "database") <- other
  )
  object <- split_seurat(object, rep(c("a", "b"), 30))
  expect_true(any(grepl("^database", SeuratObject::Layers(object))))
  expect_same_tables(rank_quietly(object, "cluster"), rank_toy())
})

test_that("merged objects may have different features and other orders", {
  skip_without_layers()
  data <- as_dgc(toy_expression())
  parts <- list(list(20:4, 31:60), list(c(1:15, 20L), 30:1))
  objects <- lapply(parts, function(part) {
    as_seurat(
      list(
        data = data[part[[1L]], part[[2L]]],
        groups = toy_groups()[part[[2L]]]
      ),
      "v5"
    )
  })
  merged <- merge(objects[[1L]], objects[[2L]])
  expect_length(SeuratObject::Layers(merged), 2L)

  genes <- rownames(merged)
  expected <- as.matrix(data)[genes, colnames(merged)]
  expected[setdiff(genes, rownames(objects[[1L]])), 1:30] <- 0
  expected[setdiff(genes, rownames(objects[[2L]])), 31:60] <- 0
  expect_same_tables(
    rank_quietly(merged, "cluster", pts = TRUE),
    rank_quietly(expected, merged$cluster, pts = TRUE)
  )
})

test_that("cells go by name, not by place", {
  skip_without_layers()
  object <- toy_seurat("v5")
  shuffled <- as_dgc(toy_expression()[, c(60:31, 1:30)])
  assay <- SeuratObject::CreateAssay5Object(data = shuffled)
  object@assays$RNA@layers <- assay@layers
  object@assays$RNA@features <- assay@features
  object@assays$RNA@cells <- assay@cells
  expect_identical(
    SeuratObject::Cells(object[["RNA"]]),
    colnames(shuffled)
  )
  expect_same_tables(rank_quietly(object, "cluster"), rank_toy())
  expect_same_tables(rank_quietly(object, object$cluster), rank_toy())
})

test_that("cells that an assay lacks are left out, with a message", {
  skip_without_layers()
  object <- toy_seurat("v5")
  some <- seq(2L, 60L, by = 2L)
  assay <- SeuratObject::CreateAssay5Object(
    data = as_dgc(toy_expression()[, some])
  )
  suppressWarnings(object[["sketch"]] <- assay)
  SeuratObject::DefaultAssay(object) <- "sketch"
  expected <- rank_toy(
    data = toy_expression()[, some],
    groups = toy_groups()[some]
  )
  expect_message(
    result <- rank_genes_groups(object, "cluster", threads = 1),
    "30 cells",
    class = "wilcoxide_message"
  )
  expect_same_tables(result, expected)
  for (groups in list(toy_groups(), object$cluster)) {
    expect_same_tables(rank_quietly(object, groups), expected)
  }
  SeuratObject::Idents(object) <- "cluster"
  expect_same_tables(rank_quietly(object), expected)
})

test_that("layers that are no matrices are refused", {
  skip_without_layers()
  object <- toy_seurat("v5")
  object@assays$RNA@layers$data <- as.data.frame(toy_expression())
  expect_error(
    rank_quietly(object, "cluster"),
    "`as.matrix\\(\\)` turns a data frame",
    class = "wilcoxide_error_input"
  )
})

test_that("cells that a layer lacks are counted in a sentence", {
  says <- function(n) {
    stored <- list(
      values = toy_expression()[, -seq_len(n)],
      cells = colnames(toy_expression())[-seq_len(n)]
    )
    message <- expect_message(
      in_seurat_order(stored, colnames(toy_expression()), "data", "RNA"),
      class = "wilcoxide_message"
    )
    gsub("\\s+", " ", cli::ansi_strip(conditionMessage(message)))
  }
  expect_match(says(1L), paste(
    "1 cell of `x` is not in layer \"data\" of assay \"RNA\"",
    "and is left out."
  ))
  expect_match(says(2L), paste(
    "2 cells of `x` are not in layer \"data\" of assay \"RNA\"",
    "and are left out."
  ))
})

test_that("levels that subset() leaves without a cell are left out", {
  skip_if_not_installed("SeuratObject")
  object <- SeuratObject::pbmc_small
  object$few <- factor(object$letter.idents, levels = c("A", "B", "C"))
  expect_message(
    result <- rank_genes_groups(object, "few", threads = 1),
    "left out: \"C\"",
    class = "wilcoxide_message_empty_groups"
  )
  expect_same_tables(result, rank_quietly(object, "letter.idents"))
  expect_same_tables(
    rank_quietly(object, object[["letter.idents"]]),
    rank_quietly(object, "letter.idents")
  )
})
