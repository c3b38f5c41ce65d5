test_that("the list says which tables a result may and must have", {
  expect_identical(
    table_names("rank", optional = FALSE),
    c("names", "scores", "logfoldchanges", "pvals", "pvals_adj")
  )
  expect_identical(table_names("gene"), c("pts", "pts_rest"))
  expect_true(all(table_names("gene") %in% table_names("gene", TRUE)))
  for (table in result_tables) {
    expect_true(table$type %in% c("text", "float32", "float64"))
    expect_true(table$per %in% c("rank", "gene"))
  }
})

test_that("a result is put together in the order of the list", {
  columns <- list(a = c(2, 1))
  tables <- c(
    list(pts = matrix(0.5, 2L, 1L, dimnames = list(c("x", "y"), "a"))),
    rev(alike_tables(list(a = c("x", "y")), columns)),
    list(pts_rest = NULL)
  )
  result <- new_rank_genes_groups(list(), tables)
  expect_named(
    result,
    c("params", table_names("rank", optional = FALSE), "pts")
  )
  expect_identical(
    result$pts,
    data.frame(a = c(0.5, 0.5), row.names = c("x", "y"))
  )
})

# As if the list had one more entry, until the end of the test.
local_table <- function(..., frame = parent.frame()) {
  namespace <- asNamespace("wilcoxide")
  listed <- namespace$result_tables
  set <- function(tables) {
    unlockBinding("result_tables", namespace)
    assign("result_tables", tables, namespace)
    lockBinding("result_tables", namespace)
  }
  set(append(listed, list(...), match("pvals_adj", names(listed))))
  withr::defer(set(listed), frame)
}

with_evidence <- function(result = toy_ranking()) {
  tables <- lapply(unclass(result)[names(result) != "params"], function(table) {
    if (.row_names_info(table) > 0L) as.matrix(table) else as.list(table)
  })
  tables$evidence <- lapply(tables$scores, `*`, 2)
  new_rank_genes_groups(result$params, tables)
}

test_that("one entry of the list makes a table part of everything", {
  local_table(evidence = result_table("float64", optional = TRUE))
  result <- with_evidence()
  expect_identical(
    names(result)[5:8],
    c("pvals", "pvals_adj", "evidence", "pts")
  )
  expect_identical(nrow(head(result, 3L)$evidence), 3L)

  table <- rank_genes_groups_df(result)
  expect_identical(
    names(table)[6:8],
    c("pvals_adj", "evidence", "pct_nz_group")
  )
  expect_identical(table$evidence, 2 * table$scores)
  expect_false("evidence" %in% names(as.data.frame(toy_ranking())))

  # The kernel's columns come by the same list.
  ranked <- list(
    genes = list(1:0, 0:1),
    scores = list(c(2, 1), c(3, 0)),
    logfoldchanges = list(c(2, 1), c(3, 0)),
    pvals = list(c(2, 1), c(3, 0)),
    pvals_adj = list(c(2, 1), c(3, 0)),
    evidence = list(c(8, 7), c(6, 5))
  )
  made <- make_result(
    ranked,
    view = list(genes = c("x", "y")),
    request = list(
      genes = 1:2,
      cells = factor(c("a", "a", "b", "b")),
      chosen = list(selected = c("a", "b"), takes_part = rep(TRUE, 4L)),
      tables = setdiff(names(ranked), "genes"),
      pts = FALSE
    )
  )
  expect_identical(made$names$a, c("y", "x"))
  expect_identical(made$evidence, data.frame(a = c(8, 7), b = c(6, 5)))
})

test_that("an optional table is stored, written and read back in its place", {
  local_table(evidence = result_table("float32", optional = TRUE))
  result <- with_evidence(h5ad_ranking())
  plain <- result_as_uns(result)
  expect_identical(plain$evidence, as.list(result$evidence))
  source <- list(where = "here", abort = abort_input, call = NULL)
  expect_identical(result_from_uns(plain, source), result)

  path <- writable_h5ad()
  write_rank_genes_groups(result, path)
  expect_identical(get_rank_genes_groups(path), result)
  file <- hdf5r::H5File$new(path, mode = "r")
  withr::defer(file$close_all())
  type <- file[["uns/rank_genes_groups/evidence"]]$get_type()$get_cpd_types()
  expect_true(type[[1L]]$equal(hdf5r::h5types$H5T_IEEE_F32LE))
})

test_that("tables that nobody listed are cut, stored and read back, too", {
  result <- h5ad_ranking()
  result$effect <- result$pvals
  result$symbol <- result$names
  # One row per gene: as many as ranks, but in another order.
  result$n_cells <- result$pts
  result$note <- "mine"

  first <- head(result, 3L)
  expect_identical(first$effect, result$effect[1:3, ])
  expect_identical(first$symbol, result$symbol[1:3, ])
  uncut <- c("pts", "n_cells", "note")
  expect_identical(unclass(first)[uncut], unclass(result)[uncut])

  stored <- result
  stored[c("n_cells", "note")] <- NULL
  path <- writable_h5ad()
  write_rank_genes_groups(result, path)
  read <- get_rank_genes_groups(path)
  expect_identical(unclass(read)[names(stored)], unclass(stored))
})

test_that("what no ranking has is passed over in uns", {
  plain <- result_as_uns(toy_ranking())
  plain$short <- lapply(plain$pvals, `[`, 1:2)
  plain$note <- "mine"
  plain$other <- list(a = 1)
  source <- list(where = "here", abort = abort_input, call = NULL)
  expect_identical(result_from_uns(plain, source), toy_ranking())
})
