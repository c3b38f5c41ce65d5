# As anndataR has it, without the package.
bare_adata <- function(uns = list()) {
  structure(
    list2env(list(uns = uns)),
    class = c("InMemoryAnnData", "AbstractAnnData", "R6")
  )
}

# What anndataR makes of a ranking of Scanpy's.
as_read_by_anndatar <- function(ranking) {
  tables <- setdiff(names(ranking), c("params", "pts", "pts_rest"))
  ranking <- unclass(ranking)
  ranking$params <- Filter(Negate(is.null), ranking$params)
  ranking[tables] <- lapply(ranking[tables], function(table) {
    lapply(as.list(table), as.vector)
  })
  ranking
}

test_that("Bioconductor's objects have it in their metadata", {
  skip_if_not_installed("SingleCellExperiment")
  empty <- SingleCellExperiment::SingleCellExperiment()
  stored <- add_rank_genes_groups(empty, toy_ranking())
  expect_s4_class(stored, "SingleCellExperiment")
  expect_identical(
    S4Vectors::metadata(stored)$rank_genes_groups,
    toy_ranking()
  )
  expect_identical(get_rank_genes_groups(stored), toy_ranking())
  expect_length(S4Vectors::metadata(empty), 0L)

  filtered <- filter_rank_genes_groups(toy_ranking())
  stored <- add_rank_genes_groups(stored, filtered, "kept")
  expect_identical(get_rank_genes_groups(stored, "kept"), filtered)
  expect_identical(get_rank_genes_groups(stored), toy_ranking())
})

test_that("Seurat has it in Misc, its class kept", {
  skip_if_not_installed("SeuratObject")
  object <- suppressWarnings(
    SeuratObject::CreateSeuratObject(as_dgc(toy_expression()))
  )
  stored <- add_rank_genes_groups(object, toy_ranking(), "markers")
  expect_identical(SeuratObject::Misc(stored, "markers"), toy_ranking())
  expect_identical(get_rank_genes_groups(stored, "markers"), toy_ranking())
  # Seurat's own way drops the class.
  SeuratObject::Misc(object, "markers") <- toy_ranking()
  expect_identical(get_rank_genes_groups(object, "markers"), toy_ranking())

  again <- toy_ranking(pts = FALSE)
  expect_silent(stored <- add_rank_genes_groups(stored, again, "markers"))
  expect_identical(get_rank_genes_groups(stored, "markers"), again)
})

test_that("anndataR has it in uns, as it has Scanpy's", {
  object <- bare_adata(list(other = 1))
  expect_identical(add_rank_genes_groups(object, toy_ranking()), object)
  stored <- object$uns$rank_genes_groups
  expect_identical(names(object$uns), c("other", "rank_genes_groups"))
  expect_identical(class(stored$names), "list")
  expect_identical(
    as_read_by_anndatar(stored),
    as_read_by_anndatar(toy_ranking())
  )
  expect_identical(get_rank_genes_groups(object), toy_ranking())
})

test_that("anndataR itself takes it and gives it back", {
  skip_if_not_installed("anndataR")
  object <- anndataR::AnnData(
    X = as_dgr(t(toy_expression())),
    obs = data.frame(cluster = toy_groups()),
    var = data.frame(row.names = rownames(toy_expression()))
  )
  add_rank_genes_groups(object, toy_ranking())
  expect_identical(get_rank_genes_groups(object), toy_ranking())
})

test_that("the shapes that other packages make of Scanpy's are read", {
  plain <- as_read_by_anndatar(toy_ranking())
  expect_null(plain$params$layer)
  read <- function(uns) get_rank_genes_groups(bare_adata(list(k = uns)), "k")
  expect_identical(read(plain), toy_ranking())

  arrays <- plain
  arrays$names <- lapply(plain$names, array)
  arrays$scores <- lapply(plain$scores, array)
  arrays$params$use_raw <- factor("FALSE", c("FALSE", "TRUE"))
  arrays$params$groupby <- array("cell_type")
  expect_identical(read(arrays), toy_ranking())

  frames <- plain
  frames$names <- list2DF(plain$names)
  frames$pvals <- as.matrix(list2DF(plain$pvals))
  frames$pts <- as.matrix(plain$pts)
  expect_identical(read(frames), toy_ranking())

  # zellkonverter's: the names of the groups are those of the fractions.
  bare <- plain
  tables <- c("names", "scores", "logfoldchanges", "pvals", "pvals_adj")
  bare[tables] <- lapply(plain[tables], function(table) {
    unname(as.matrix(list2DF(table)))
  })
  expect_identical(read(bare), toy_ranking())
  bare$pts_rest <- NULL
  expect_error(read(bare), "h5ad", class = "wilcoxide_error_input")
})

test_that("names that Scanpy filtered out are NA", {
  plain <- as_read_by_anndatar(toy_ranking())
  plain$names[["T"]] <- list("CD3D", NaN, "CD74", "nan")
  read <- get_rank_genes_groups(bare_adata(list(k = plain)), "k")
  expect_identical(read$names[["T"]], c("CD3D", NA, "CD74", NA))
})

test_that("more tables of the same shape are kept", {
  ranking <- toy_ranking()
  ranking$specificity <- ranking$pvals
  object <- bare_adata()
  add_rank_genes_groups(object, ranking)
  expect_identical(get_rank_genes_groups(object), ranking)
})

test_that("what is no ranking is refused", {
  uns <- list(r = as_read_by_anndatar(toy_ranking()), other = list(a = 1))
  object <- bare_adata(uns)
  refused <- function(key, regexp) {
    expect_error(
      get_rank_genes_groups(object, key),
      regexp,
      class = "wilcoxide_error_input"
    )
  }
  refused("none", "Rankings there: \"r\"")
  refused("other", "params")
  refused(NA_character_, "one string")
  refused(1, "one string")

  object$uns$r$scores <- NULL
  object$uns$r$pvals <- NULL
  object$uns$r$params$method <- "logreg"
  refused("r", "logreg")
  object <- bare_adata(uns)
  object$uns$r$scores[["T"]] <- 1
  refused("r", "one shape")
  object$uns$r$scores <- uns$r$pvals[1:2]
  refused("r", "one shape")
})

test_that("objects and results of other classes are refused", {
  input <- "wilcoxide_error_input"
  expect_error(add_rank_genes_groups(1, toy_ranking()), class = input)
  expect_error(
    add_rank_genes_groups("a.h5ad", toy_ranking()),
    "write_rank_genes_groups",
    class = input
  )
  expect_error(get_rank_genes_groups(NULL), class = input)
  expect_error(add_rank_genes_groups(bare_adata(), list()), class = input)
  expect_error(
    add_rank_genes_groups(bare_adata(), toy_ranking(), ""),
    class = input
  )
})

# Python ----------------------------------------------------------------------

labelled_adata <- function() {
  anndata <- python_anndata()
  object <- anndata$read_h5ad(shipped_file())
  object$obs$insert(0L, "cell_type", "T")
  object
}

test_that("Python's AnnData has what Scanpy would have left", {
  object <- labelled_adata()
  expect_identical(add_rank_genes_groups(object, toy_ranking(), "k"), object)
  expect_identical(get_rank_genes_groups(object, "k"), toy_ranking())

  stored <- reticulate::py_get_item(reticulate::py_get_attr(object, "uns"), "k")
  types <- function(name) {
    python_string(reticulate::py_get_item(stored, name)$dtype$descr)
  }
  record <- "[('T', '%1$s'), ('B cell', '%1$s'), ('10', '%1$s')]"
  expect_identical(types("names"), sprintf(record, "|O"))
  expect_identical(types("scores"), sprintf(record, "<f4"))
  expect_identical(types("logfoldchanges"), sprintf(record, "<f4"))
  expect_identical(types("pvals_adj"), sprintf(record, "<f8"))
  expect_identical(
    python_string(reticulate::py_get_item(stored, "params")),
    paste0(
      "{'groupby': 'cell_type', 'reference': 'rest', 'method': 'wilcoxon', ",
      "'use_raw': False, 'layer': None, 'corr_method': 'benjamini-hochberg'}"
    )
  )
})

test_that("Python's AnnData gives back filtered names and single genes", {
  object <- labelled_adata()
  filtered <- filter_rank_genes_groups(toy_ranking())
  add_rank_genes_groups(object, filtered, "filtered")
  expect_identical(get_rank_genes_groups(object, "filtered"), filtered)

  single <- rank_genes_groups(
    toy_expression(), toy_groups(),
    n_genes = 1L, groups = "B", pts = TRUE, threads = 1L
  )
  single$params$groupby <- "cell_type"
  add_rank_genes_groups(object, single, "single")
  expect_identical(get_rank_genes_groups(object, "single"), single)
  expect_error(
    get_rank_genes_groups(object, "none"),
    "Rankings there: \"filtered\" and \"single\"",
    class = "wilcoxide_error_input"
  )
})

test_that("Python's AnnData must have the column of the groups", {
  object <- labelled_adata()
  ranking <- toy_ranking()
  ranking$params$groupby <- "none"
  expect_error(
    add_rank_genes_groups(object, ranking),
    "bulk_labels",
    class = "wilcoxide_error_input"
  )
  ranking$params["groupby"] <- list(NULL)
  expect_error(
    add_rank_genes_groups(object, ranking),
    "as a\\s+vector",
    class = "wilcoxide_error_input"
  )
})

test_that("the anndata package's AnnData is that of Python", {
  skip_if_not_installed("anndata")
  skip_without_python()
  object <- anndata::read_h5ad(shipped_file())
  ranking <- toy_ranking()
  ranking$params$groupby <- "bulk_labels"
  add_rank_genes_groups(object, ranking)
  expect_identical(get_rank_genes_groups(object), ranking)
})

test_that("a call without an object or a key of text says so", {
  says <- function(expr, regexp) {
    expect_error(expr, regexp, class = "wilcoxide_error_input")
  }
  says(add_rank_genes_groups(result = toy_ranking()), "`object` must be")
  says(get_rank_genes_groups(), "`object` must be")
  skip_if_not_installed("SummarizedExperiment")
  object <- SummarizedExperiment::SummarizedExperiment()
  key <- "caf\xe9"
  Encoding(key) <- "UTF-8"
  says(add_rank_genes_groups(object, toy_ranking(), key), "must be text")
})
