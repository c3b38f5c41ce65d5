# find_all_markers() beside the FindAllMarkers() of the Seurat that is
# installed.

skip_if_not_installed("Seurat")
skip_if_not_installed("limma")

compare_all_markers <- function(object, calls) {
  for (given in calls) {
    label <- paste(names(given), vapply(given, format, ""), collapse = ", ")
    ours <- quietly(rlang::inject(
      find_all_markers(object, !!!given, threads = 2)
    ))
    theirs <- rlang::inject(seurat_table("FindAllMarkers", object, !!!given))
    expect_seurat_table(ours, theirs, label)
  }
}

crossed <- function(...) {
  grid <- expand.grid(..., stringsAsFactors = FALSE)
  lapply(split(grid, seq_len(nrow(grid))), as.list)
}

test_that("generated cells have Seurat's table, whatever is asked", {
  object <- seurat_cells()
  compare_all_markers(
    object,
    c(
      list(list()),
      crossed(
        only.pos = c(TRUE, FALSE),
        return.thresh = c(1.1, 0.2),
        logfc.threshold = c(0, 0.4),
        min.pct = c(0.001, 0.3)
      ),
      crossed(
        max.cells.per.ident = c(4, 15),
        random.seed = c(1, 5),
        return.thresh = 1.1,
        only.pos = c(TRUE, FALSE)
      ),
      crossed(
        min.cells.group = c(1, 15, 60),
        base = c(10, exp(1)),
        pseudocount.use = c(1, 0.5),
        slot = c("data", "counts")
      )
    )
  )
})

test_that("pbmc_small has Seurat's table", {
  compare_all_markers(
    SeuratObject::pbmc_small,
    crossed(
      only.pos = c(TRUE, FALSE),
      return.thresh = c(1.1, 0.01),
      min.diff.pct = c(-Inf, 0.2),
      logfc.threshold = c(0, 0.25)
    )
  )
})

test_that("rows of a second group are named as rbind() names them", {
  names <- list(c("RPL3", "CD8A"), c("RPL3", "X"), c("RPL31", "CD8A", "RPL3"))
  frames <- lapply(names, function(x) data.frame(a = x, row.names = x))
  expect_identical(names_of_rbind(names), rownames(Reduce(rbind, frames)))
  expect_identical(names_of_rbind(names)[[3L]], "RPL31")
  names <- list(c("A", "B"), c("B", "A"), "A")
  frames <- lapply(names, function(x) data.frame(a = x, row.names = x))
  expect_identical(
    names_of_rbind(names),
    rownames(Reduce(rbind, frames))
  )
})

test_that("small groups are left out with a warning, empty tables too", {
  object <- seurat_cells()
  expect_warning(
    find_all_markers(object, min.cells.group = 20, threads = 1),
    "c",
    class = "wilcoxide_warning_small"
  )
  expect_warning(
    empty <- find_all_markers(object, return.thresh = 0, threads = 1),
    class = "wilcoxide_warning_no_markers"
  )
  expect_identical(empty, data.frame())
})
