# find_markers() beside the FindMarkers() of the Seurat that is installed.

skip_if_not_installed("Seurat")
skip_if_not_installed("limma")

#' Calls dealt from the product of all options
deal_calls <- function(options, n, seed) {
  withr::local_seed(seed)
  lapply(seq_len(n), function(i) {
    # Most arguments keep their default in most calls.
    given <- Filter(function(choices) runif(1L) < 0.4, options)
    lapply(given, function(choices) choices[[sample.int(length(choices), 1L)]])
  })
}

options_of_all <- list(
  logfc.threshold = list(0, 0.1, 0.5, 1.5),
  min.pct = list(0.001, 0.05, 0.3, 0.6),
  min.diff.pct = list(0.1, 0.3),
  only.pos = list(TRUE),
  max.cells.per.ident = list(5, 12, 30, 1000),
  random.seed = list(42, 7L),
  min.cells.group = list(1, 5),
  min.cells.feature = list(10),
  pseudocount.use = list(0.1, 5),
  base = list(10, exp(1), 3),
  slot = list("counts", "data"),
  fc.name = list("avg_change")
)

compare_markers <- function(object, calls) {
  for (given in calls) {
    label <- paste(
      names(given),
      vapply(given, function(x) paste(utils::head(x, 3), collapse = "+"), ""),
      collapse = ", "
    )
    ours <- quietly(rlang::inject(
      find_markers(object, !!!given, threads = 1)
    ))
    theirs <- rlang::inject(seurat_table("FindMarkers", object, !!!given))
    expect_seurat_table(ours, theirs, label)
  }
}

test_that("generated cells have Seurat's table, whatever is asked", {
  object <- seurat_cells()
  cells <- colnames(object)
  sides <- list(
    list(ident.1 = "a"),
    list(ident.1 = "b", ident.2 = "c"),
    list(ident.1 = c("a", "c")),
    list(ident.1 = "c", ident.2 = c("b", "a")),
    list(ident.1 = cells[c(9, 3, 20:31)], ident.2 = cells[c(70, 40:62)]),
    list(ident.1 = cells[30:12]),
    list(ident.1 = "d1", group.by = "donor"),
    list(ident.1 = "d1", group.by = "donor", subset.ident = c("a", "b")),
    list(ident.1 = "c", features = sprintf("G%d", c(40:5, 59)))
  )
  calls <- Map(
    c,
    rep_len(sides, 90L),
    deal_calls(options_of_all, 90L, 1L)
  )
  compare_markers(object, calls)
})

test_that("pbmc_small has Seurat's table", {
  sides <- list(
    list(ident.1 = 0),
    list(ident.1 = "2", ident.2 = 1),
    list(ident.1 = 1:2),
    list(ident.1 = "g1", group.by = "groups", subset.ident = "0")
  )
  calls <- Map(
    c,
    rep_len(sides, 24L),
    deal_calls(options_of_all, 24L, 2L)
  )
  compare_markers(SeuratObject::pbmc_small, calls)
})

test_that("values that no log calls normalised are taken as by Seurat", {
  object <- seurat_cells(normalise = FALSE)
  for (method in c("LogNormalize", "CLR", "RC")) {
    normalised <- Seurat::NormalizeData(
      object,
      normalization.method = method,
      verbose = FALSE
    )
    compare_markers(normalised, list(list(ident.1 = "a")))
    normalised@commands <- list()
    compare_markers(normalised, list(list(ident.1 = "a")))
  }
})

test_that("scaled values count above zero, and their fold change is Seurat's", {
  object <- Seurat::ScaleData(
    seurat_cells(),
    features = sprintf("G%d", 1:60),
    verbose = FALSE
  )
  calls <- lapply(
    deal_calls(options_of_all[c("only.pos", "min.diff.pct", "base")], 6L, 3L),
    function(given) c(given, list(ident.1 = "a", slot = "scale.data"))
  )
  compare_markers(object, calls)
})

test_that("random numbers of the session go on as before", {
  object <- seurat_cells()
  withr::local_seed(11)
  before <- .Random.seed
  quietly(find_markers(object, "a", max.cells.per.ident = 5, threads = 1))
  expect_identical(.Random.seed, before)
})
