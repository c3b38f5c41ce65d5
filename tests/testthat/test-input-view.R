test_that("an annotation gives its columns, or tells which there are", {
  obs <- annotation(
    c("cluster", "batch"),
    function(name) list(cluster = toy_groups(), batch = 1:60)[[name]],
    "colData"
  )
  expect_identical(annotation_column(obs, "batch", "groupby"), 1:60)
  expect_error(
    annotation_column(obs, "type", "groupby"),
    "colData.*\"type\".*\"cluster\" and \"batch\"",
    class = "wilcoxide_error_input"
  )
  none <- annotation(character(), identity, "colData")
  expect_error(
    annotation_column(none, "type", "groupby"),
    "colData.* has no columns",
    class = "wilcoxide_error_input"
  )

  # As an object that describes its cells would.
  view <- matrix_view(as_dgc(toy_expression()), "columns", NULL, NULL)
  view$obs <- obs
  result <- rank_genes_groups(view, "cluster")
  expect_identical(result$params$groupby, "cluster")
  expect_same_bits(
    result$scores,
    rank_genes_groups(toy_expression(), toy_groups())$scores
  )
})

# An input of another package would be one file with such a method.
local_adapter <- function(class, method, .env = parent.frame()) {
  home <- asNamespace("wilcoxide")
  registerS3method("view_of", class, method, envir = home)
  withr::defer(
    rm(
      list = paste0("view_of.", class),
      envir = get(".__S3MethodsTable__.", home)
    ),
    envir = .env
  )
}

test_that("a new input is one method, and is ranked and plotted", {
  x <- toy_expression()
  groups <- toy_groups()
  local_adapter("toy_cells", function(x, ..., call) {
    expression_view(
      matrix = function() matrix_slices(as_dgc(x$values), TRUE, call),
      genes = rownames(x$values),
      n_cells = ncol(x$values),
      obs = annotation("kind", function(name) x$kind, "the cells")
    )
  })
  cells <- structure(
    list(values = x, kind = groups),
    class = c("toy_cells", "R6")
  )
  expected <- rank_genes_groups(x, groups, pts = TRUE)
  found <- rank_genes_groups(cells, "kind", pts = TRUE)
  expect_same_tables(found, expected)
  expect_identical(found$params$groupby, "kind")
  expect_error(
    rank_genes_groups(cells, "sort"),
    "column of the cells.*\"kind\"",
    class = "wilcoxide_error_input"
  )
  shown <- expression_of(cells, "kind", found, "gene3", call = NULL)
  expect_identical(as.vector(shown$values), unname(x["gene3", ]))
})

test_that("blocks of a new kind of matrix are one method", {
  x <- as_dgc(toy_expression())
  expect_null(blocks_of(x, "{.arg x}", TRUE, NULL))
  expect_null(blocks_of(as.matrix(x), "{.arg x}", TRUE, NULL))
  expect_null(blocks_of(NULL, "{.arg x}", TRUE, NULL))
  skip_if_not_installed("DelayedArray")
  blocks <- blocks_of(DelayedArray::DelayedArray(x), "{.arg x}", TRUE, NULL)
  expect_named(blocks, c("plan", "statistics", "read"))
})

test_that("entries go to the cells that a view has of its object", {
  view <- expression_view(
    matrix = NULL,
    genes = "a",
    n_cells = 3L,
    in_object = c(4L, 1L, 2L),
    n_object_cells = 4L
  )
  expect_identical(entries_of_cells(letters[1:4], view), c("d", "a", "b"))
  # Of its own cells as they are.
  expect_identical(entries_of_cells(letters[1:3], view), letters[1:3])
})
