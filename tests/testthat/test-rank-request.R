test_that("the signature shows every argument of every input", {
  shown <- names(formals(rank_genes_groups))
  expect_identical(shown[1:3], c("x", "groupby", "..."))
  common <- c(
    "groups", "reference", "exclude", "min_cells", "block", "block_weights",
    "split_by",
    "mask_var", "n_genes", "rankby_abs", "pts", "method", "corr_method",
    "adjust_over", "min_fraction", "tie_correct", "mean_in_log_space", "lfc",
    "pseudocount", "alternative", "correct", "exact", "preset", "statistics",
    "pairwise", "threads", "progress", "BPPARAM", "BPREDO", "output"
  )
  expect_true(all(common %in% shown))
  own <- names(own_argument_of)
  expect_setequal(setdiff(shown, c("x", "groupby", "...", common)), own)

  methods <- grep("^view_of[.]", ls(asNamespace("wilcoxide")), value = TRUE)
  expect_gt(length(methods), 9L)
  taken <- lapply(methods, function(method) {
    formals <- names(formals(getFromNamespace(method, "wilcoxide")))
    setdiff(formals, c("x", "...", "call"))
  })
  expect_setequal(unlist(taken), own)
})

refused <- function(...) {
  error <- expect_error(
    rank_genes_groups(...),
    class = "wilcoxide_error_input"
  )
  gsub("\\s+", " ", cli::ansi_strip(conditionMessage(error)))
}

test_that("nothing that is internal is an argument", {
  x <- toy_expression()
  groups <- toy_groups()
  hidden <- list(
    use = function(view, ...) class(view),
    use = 1L,
    call = 1L,
    view = 1L,
    genes = "gene1",
    asked = 1L
  )
  for (i in seq_along(hidden)) {
    name <- names(hidden)[[i]]
    message <- do.call(refused, c(list(x, groups), hidden[i]))
    expect_match(
      message,
      sprintf("does not take this argument here: `%s`", name),
      fixed = TRUE
    )
  }
  # Nor are those that come without a name, however many.
  expect_match(refused(x, groups, 1L), "(without a name)", fixed = TRUE)
})

test_that("arguments for another kind of input are told with what takes them", {
  x <- toy_expression()
  groups <- toy_groups()
  message <- refused(x, groups, assay = "RNA", layer = "data")
  expect_match(message, "these arguments here: `assay` and `layer`")
  expect_match(message, "`assay` is for Seurat objects.", fixed = TRUE)
  expect_match(message, "`layer` is for Seurat objects, AnnData", fixed = TRUE)
  expect_match(
    message,
    "`groupby`.*`groups`.*`BPREDO`, `output`, `cells`, .*`log_base`"
  )
  expect_no_match(message, "`use_raw`|`altexp`")
  # NULL stands for what the input does by itself.
  expect_s3_class(
    rank_genes_groups(x, groups, layer = NULL, use_raw = NULL),
    "rank_genes_groups"
  )
  expect_match(
    refused("no.h5ad", groups, cells = "rows"),
    "`cells` is for matrices."
  )
})

test_that("own arguments are those of the method that is called", {
  expect_identical(own_arguments(matrix(1)), c("cells", "log_base"))
  expect_identical(own_arguments(as_dgc(diag(2))), c("cells", "log_base"))
  expect_identical(
    own_arguments("a.h5ad"),
    c("use_raw", "layer", "modality")
  )
  expect_identical(
    own_arguments(structure(list(), class = c("A", "AnnDataR6", "R6"))),
    c("use_raw", "layer")
  )
  skip_if_not_installed("SingleCellExperiment")
  expect_identical(
    own_arguments(SingleCellExperiment::SingleCellExperiment()),
    c("assay.type", "altexp", "log_base")
  )
})

test_that("values are never taken for code", {
  for (strange in list(quote(stop("run")), quote(a), as.name("T"))) {
    expect_error(
      do.call(
        rank_genes_groups,
        list(toy_expression(), toy_groups(), cells = strange),
        quote = TRUE
      ),
      "`cells` must be",
      class = "wilcoxide_error_input"
    )
  }
})

test_that("without anything to rank, or groups, the call says so", {
  expect_match(refused(), "`x` must be the data to rank")
  expect_match(refused(groupby = "a"), "`x` must be the data to rank")
  expect_match(refused(toy_expression()), "which group each cell is in")
  expect_match(refused(toy_expression(), NULL), "which group each cell is in")
})
