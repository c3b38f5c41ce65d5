test_that("rankings are told apart from other things", {
  path <- writable_h5ad()
  missing <- function(key, regexp) {
    expect_error(
      get_rank_genes_groups(path, key),
      regexp,
      class = "wilcoxide_error_file"
    )
  }
  missing("rank_genes_groups", "no rankings")
  write_rank_genes_groups(h5ad_ranking(), path, "mine")
  missing("rank_genes_groups", "Rankings there: \"mine\"")
  expect_error(
    get_rank_genes_groups(file.path(dirname(path), "none.h5ad")),
    "`object`",
    class = "wilcoxide_error_file"
  )
  expect_error(
    get_rank_genes_groups(character()),
    class = "wilcoxide_error_input"
  )
})

test_that("columns as anndataR writes them are read", {
  path <- writable_h5ad()
  write_rank_genes_groups(h5ad_ranking(), path, "k")
  file <- hdf5r::H5File$new(path, "r+")
  for (name in c("names", "scores")) {
    part <- paste0("uns/k/", name)
    file$link_delete(part)
    file$create_group(part)
    for (group in names(h5ad_ranking()$names)) {
      values <- h5ad_ranking()[[name]][[group]]
      file[[paste0(part, "/", group)]] <- values
    }
  }
  file$create_group("uns/k/params/more")
  create_null(file, "uns/k/params/layer")
  file$close_all()
  read <- get_rank_genes_groups(path, "k")
  # They are in no order there.
  read[-1L] <- lapply(read[-1L], `[`, names(h5ad_ranking()$names))
  expect_identical(read, h5ad_ranking())
})

test_that("a damaged ranking is an error of the file", {
  path <- writable_h5ad()
  damaged <- function(change, regexp) {
    write_rank_genes_groups(h5ad_ranking(), path)
    file <- hdf5r::H5File$new(path, "r+")
    change(file)
    file$close_all()
    expect_error(
      get_rank_genes_groups(path),
      regexp,
      class = "wilcoxide_error_file"
    )
  }
  part <- function(name) paste0("uns/rank_genes_groups/", name)
  damaged(function(file) file$link_delete(part("pvals")), "pvals")
  damaged(
    function(file) replace_values(file, part("scores"), 1:4),
    "neither a group nor a table"
  )
  damaged(
    function(file) {
      replace_values(file, part("scores"), data.frame(T = 1, b = 2))
    },
    "one shape"
  )
})

test_that("a file without `uns` has no rankings", {
  skip_without_hdf5r()
  path <- edited_h5ad("storage", function(file) file$link_delete("uns"))
  expect_error(
    get_rank_genes_groups(path),
    "has no rankings",
    class = "wilcoxide_error_file"
  )
})
