refused_source <- function(call, has, class = "file") {
  error <- expect_error(call, class = paste0("wilcoxide_error_", class))
  message <- gsub("\\s+", " ", cli::ansi_strip(conditionMessage(error)))
  expect_false(grepl("{.", message, fixed = TRUE))
  for (fragment in has) {
    expect_match(message, fragment, fixed = TRUE)
  }
}

# The toy cells in a file of HDF5Array, to be moved, replaced or renamed.
stored_toy <- function(path) {
  HDF5Array::writeHDF5Array(toy_expression(), path, "x", with.dimnames = TRUE)
}

test_that("a DelayedMatrix whose file has gone or changed names the file", {
  skip_if_not_installed("HDF5Array")
  skip_if_not_installed("SingleCellExperiment")
  groups <- toy_groups()
  replace_by <- function(x) {
    function(path) {
      unlink(path)
      HDF5Array::writeHDF5Array(x, path, "x")
    }
  }
  changes <- list(
    gone = unlink,
    text = function(path) writeLines("no HDF5 file", path),
    smaller = replace_by(matrix(1, 2L, 3L)),
    other = function(path) {
      unlink(path)
      HDF5Array::writeHDF5Array(toy_expression(), path, "y")
    }
  )
  for (name in names(changes)) {
    path <- withr::local_tempfile(fileext = ".h5")
    stored <- stored_toy(path)
    sce <- SingleCellExperiment::SingleCellExperiment(
      list(logcounts = stored),
      colData = S4Vectors::DataFrame(cluster = groups)
    )
    result <- rank_quietly(sce, "cluster")
    delayed <- log1p(stored)
    turned <- t(stored)
    changes[[name]](path)
    has <- c(basename(path), "path(x) <- \"the new path\"")
    has <- c(has, if (name == "gone") "not there any more" else "reader says")
    refused_source(rank_quietly(stored, groups), c("`x`", has))
    refused_source(rank_quietly(delayed, groups), has)
    refused_source(rank_quietly(turned, groups, cells = "rows"), has)
    refused_source(rank_quietly(sce, "cluster"), c("Assay \"logcounts\"", has))
    skip_if_not_installed("ggplot2")
    refused_source(plot_rank_genes_groups_dotplot(sce, result), has)
  }
})

test_that("a matrix of BPCells whose folder has gone names the folder", {
  skip_if_not_installed("BPCells")
  path <- withr::local_tempfile()
  stored <- BPCells::write_matrix_dir(
    as(as_dgc(toy_expression()), "IterableMatrix"),
    path
  )
  unlink(path, recursive = TRUE)
  has <- c(basename(path), "not there any more", "open_matrix_dir()")
  refused_source(rank_quietly(stored, toy_groups()), has)
  refused_source(rank_quietly(stored * 2, toy_groups()), has)
})

# As packages keep their paths: a class of each, in slots and in lists of them.
test_that("paths are found wherever an object has them", {
  home <- environment()
  withr::defer({
    methods::removeClass("OwnSeed", where = home)
    methods::removeClass("OwnOperation", where = home)
  })
  methods::setClass(
    "OwnSeed",
    slots = c(filepath = "character", name = "character"),
    where = home
  )
  methods::setClass(
    "OwnOperation",
    slots = c(seeds = "list", dir = "character", path = "numeric"),
    where = home
  )
  seed <- function(path) methods::new("OwnSeed", filepath = path, name = "x")
  operation <- methods::new(
    "OwnOperation",
    seeds = list(seed("a.h5"), list(seed("b.h5"), seed("a.h5"))),
    dir = "folder",
    path = 1
  )
  expect_identical(source_paths(operation), c("folder", "a.h5", "b.h5"))
  expect_length(source_paths(toy_expression()), 0L)

  part <- "Layer {x}"
  refused_source(
    reading_from(operation, part, NULL, stop("gone {away}"), "Open it."),
    c("Layer {x}", "a.h5", "b.h5", "They are not there any more", "Open it")
  )
  here <- withr::local_tempfile(lines = "")
  refused_source(
    reading_from(seed(here), part, NULL, stop("gone {away}")),
    c(basename(here), "gone {away}", "may have changed")
  )
  refused_source(
    reading_from(1, part, NULL, stop("gone {away}")),
    c("Layer {x}", "gone {away}"),
    class = "input"
  )
  expect_identical(reading_from(1, part, NULL, 2), 2)
})

test_that("an AnnData of anndataR whose file has gone is refused", {
  for (member in c("X", "obs", "var_names")) {
    object <- toy_adata(class = "HDF5AnnData")
    rm(list = member, envir = object)
    makeActiveBinding(member, function() stop("no file {x}.h5ad"), object)
    refused_source(
      rank_quietly(object, "cluster"),
      c("the file of `x`", "no file {x}.h5ad", "HDF5AnnData")
    )
  }
  object <- toy_adata()
  rm(list = "X", envir = object)
  makeActiveBinding("X", function() stop("broken"), object)
  refused_source(rank_quietly(object, "cluster"), "broken", class = "input")
})
