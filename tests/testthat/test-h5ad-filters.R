# Compressions that are no part of HDF5.

test_that("lzf and zstd are read without a filter of HDF5", {
  view <- view_h5ad("storage", layer = "lzf")
  expect_identical(dense_of(view$matrix()), h5ad_values())
  view <- view_h5ad("filters", layer = "zstd")
  expect_identical(dense_of(view$matrix()), h5ad_values())
})

test_that("a file with all of it in lzf is ranked, and its ranking is read", {
  path <- h5ad_fixture("lzf")
  own <- rank_genes_groups(path, "group", pts = TRUE, threads = 1L)
  scanpy <- get_rank_genes_groups(path)
  # Genes of one score may be in another order.
  sorted <- function(result) {
    table <- as.data.frame(rank_genes_groups_df(result))
    table <- table[order(table$group, table$names), ]
    rownames(table) <- NULL
    table
  }
  expect_identical(sorted(own), sorted(scanpy))
  expect_identical(own$params$groupby, scanpy$params$groupby)
})

test_that("files are read without HDF5", {
  skip_on_os("windows")
  said <- run_r(sprintf(
    "path <- %s
     rank_genes_groups(path, 'group', threads = 1)
     result <- get_rank_genes_groups(path)
     plot <- rlang::catch_cnd(
       plot_rank_genes_groups_dotplot(path, result, n_genes = 2),
       'wilcoxide_error_package'
     )
     cat('hdf5r' %%in%% loadedNamespaces())",
    deparse(normalizePath(h5ad_fixture("lzf")))
  ))
  expect_identical(utils::tail(said, 1L), "FALSE")
})

# HDF5 learns of the folder of its plugins when it starts, so this is done in a
# process of its own.
rank_layers <- function(path, layers, plugins, mode = "r") {
  run_r(
    sprintf(
      "file <- hdf5r::H5File$new(%s, '%s')
       rank <- function(...) {
         rank_genes_groups(%s, 'group', ..., pts = TRUE, threads = 1)[-1L]
       }
       for (layer in %s) {
         said <- tryCatch(
           identical(rank(layer = layer), rank()),
           error = conditionMessage
         )
         cat(gsub('[[:space:]]+', ' ', said), fill = TRUE)
       }",
      deparse(path), mode, deparse(path), deparse(layers)
    ),
    sprintf("export HDF5_PLUGIN_PATH=%s;", shQuote(plugins))
  )
}

# The folder of a plugin that another package brings along.
plugin_folder <- function(filter) {
  folders <- system.file("lib", package = "rhdf5filters")
  if (requireNamespace("reticulate", quietly = TRUE) &&
        reticulate::py_module_available("hdf5plugin")) {
    folders <- c(folders, reticulate::import("hdf5plugin")$PLUGIN_PATH)
  }
  has_plugin <- function(folder) {
    length(list.files(folder, paste0(filter, "[.]so$"))) > 0L
  }
  skip_if_not(
    any(vapply(folders, has_plugin, NA)),
    paste("no plugin of HDF5 for", filter)
  )
  Find(has_plugin, folders)
}

test_that("HDF5 reads blosc by its plugin", {
  skip_without_hdf5r()
  skip_on_os(c("windows", "mac"))
  path <- normalizePath(h5ad_fixture("filters"))
  said <- rank_layers(path, "blosc", plugin_folder("blosc"))
  expect_identical(as.character(said), "TRUE")
})

test_that("a compression that HDF5 lacks here is named", {
  skip_without_hdf5r()
  skip_on_os("windows")
  folder <- normalizePath(withr::local_tempdir())
  refuses <- function(name, layers, mode) {
    path <- file.path(folder, "100%s%n.h5ad")
    file.copy(h5ad_fixture(name), path, overwrite = TRUE)
    Sys.chmod(path, "644")
    said <- rank_layers(path, layers, folder, mode)
    expect_length(said, length(layers))
    for (i in seq_along(layers)) {
      filter <- paste0("HDF5 here: \"[^\"]*", layers[[i]], "[^\"]*\"")
      expect_match(said[[i]], filter)
      expect_match(said[[i]], "compression=\"gzip\"", fixed = TRUE)
      expect_match(said[[i]], "HDF5_PLUGIN_PATH", fixed = TRUE)
    }
  }
  refuses("filters", "blosc", "r")
  # HDF5 alone reads what is open for writing.
  refuses("storage", "lzf", "r+")
})
