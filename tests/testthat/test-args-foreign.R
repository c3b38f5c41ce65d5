refused <- function(...) {
  error <- expect_error(
    rank_genes_groups(toy_expression(), toy_groups(), ...),
    class = "wilcoxide_error_input"
  )
  gsub("\\s+", " ", cli::ansi_strip(conditionMessage(error)))
}

test_that("every name of an argument leads to an argument that there is", {
  expect_true(all(foreign_arguments %in% names(formals(rank_genes_groups))))
  both <- c(names(foreign_arguments), names(foreign_advice))
  expect_false(any(both %in% names(formals(rank_genes_groups))))
  expect_identical(anyDuplicated(both), 0L)
})

test_that("arguments of other packages are told with what they are here", {
  expect_match(refused(ident.1 = "T"), "`ident.1` is `groups` here.")
  expect_match(refused(donor = "x"), "`donor` is `block` here.")
  expect_match(refused(combine = "max_p"), "rank_genes_groups_df\\(result")
  expect_match(refused(grouping.var = "x"), "`split_by` ranks within")
  message <- refused(ident.2 = "B", group.by = "x", subset.row = "gene1")
  expect_match(message, "`ident.2` is `reference` here.")
  expect_match(message, "`group.by` is `groupby` here.")
  expect_match(message, "`subset.row` is `mask_var` here.")
  message <- refused(only.pos = TRUE, min.pct = 0.1)
  expect_match(message, "as_seurat_markers\\(result, only.pos = TRUE")
  expect_identical(lengths(gregexpr("All genes are ranked", message)), 1L)
  expect_match(refused(max.cells.per.ident = 10), "All cells are used")
  # An input without layers has nothing that a slot could be.
  expect_no_match(refused(slot = "data"), "is `layer` here|Did you mean")
})

test_that("a misspelt argument is told with the one that was meant", {
  expect_match(refused(tie_corect = TRUE), "Did you mean `tie_correct`?")
  expect_match(refused(N_genes = 3), "Did you mean `n_genes`?")
  expect_no_match(refused(banana = 3), "Did you mean")
  # All arguments are listed only where none was meant.
  expect_match(refused(banana = 3, N_genes = 3), "Arguments for this `x`")
  expect_no_match(refused(N_genes = 3), "Arguments for this `x`")
})
