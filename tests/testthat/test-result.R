printed <- function(result, width, ...) {
  withr::local_options(
    width = width,
    cli.num_colors = 1L,
    cli.unicode = FALSE
  )
  capture.output(print(result, ...))
}

# Two tables side by side: `groups` and their `genes` in the order of ranks.
named_ranking <- function(groups, genes) {
  values <- rep(list(as.numeric(rev(seq_along(genes)))), length(groups))
  names(values) <- groups
  new_rank_genes_groups(
    params = list(
      groupby = NULL,
      reference = "rest",
      method = "wilcoxon",
      use_raw = FALSE,
      layer = NULL,
      corr_method = "bonferroni"
    ),
    tables = alike_tables(lapply(values, function(column) genes), values)
  )
}

test_that("a result is a list of data frames, one column per group", {
  result <- toy_ranking()

  expect_identical(class(result), c("rank_genes_groups", "list"))
  expect_named(
    result,
    c(
      "params", "names", "scores", "logfoldchanges", "pvals", "pvals_adj",
      "pts", "pts_rest"
    )
  )
  expect_identical(
    result$names,
    data.frame(
      "T" = c("CD3D", "LYZ", "CD74", "NKG7"),
      "B cell" = c("NKG7", "CD3D", "CD74", "LYZ"),
      "10" = c("CD74", "NKG7", "LYZ", "CD3D"),
      check.names = FALSE
    )
  )
  expect_identical(
    result$pts_rest,
    data.frame(
      "T" = c(0.10, 0.50, 0.40, 0.45),
      "B cell" = c(0.25, 0.80, 0.20, 0.60),
      "10" = c(0.70, 0.45, 0.35, 0.10),
      check.names = FALSE,
      row.names = c("CD3D", "CD74", "NKG7", "LYZ")
    )
  )
  expect_identical(result$pts["NKG7", "B cell"], 1)
})

test_that("there are fractions only where they were asked for", {
  tables <- c(
    "params", "names", "scores", "logfoldchanges", "pvals", "pvals_adj"
  )
  expect_named(toy_ranking(pts = FALSE), tables)
  expect_named(toy_ranking(reference = "CD4"), c(tables, "pts"))
})

test_that("params may hold NULL", {
  expect_identical(
    toy_ranking()$params,
    list(
      groupby = "cell_type",
      reference = "rest",
      method = "wilcoxon",
      use_raw = FALSE,
      layer = NULL,
      corr_method = "benjamini-hochberg"
    )
  )
})

test_that("a result is subset as a list", {
  result <- toy_ranking()
  expect_identical(result[["scores"]][["10"]], c(3.5, 2.5, 0, -0.5))
  expect_identical(result["names"], list(names = result$names))
  expect_length(result, 8L)
})

test_that("head() is the ranking of so many genes", {
  ranked <- function(n_genes) {
    rank_genes_groups(
      toy_expression(),
      toy_groups(),
      n_genes = n_genes,
      pts = TRUE
    )
  }
  all <- ranked(NULL)
  expect_identical(head(all, 3), ranked(3))
  expect_identical(head(all, -3), ranked(nrow(all$names) - 3))
  expect_identical(head(all, 1000), all)
  expect_identical(head(all, Inf), all)
  expect_identical(nrow(head(all, 0)), 0L)
})

test_that("tail() is the ranking of the last genes, by their ranks", {
  result <- toy_ranking()
  last <- tail(result, 2)
  expect_identical(last$names, result$names[3:4, ])
  expect_identical(last$pts, result$pts)
  expect_identical(tail(result, -2), last)
  expect_identical(tail(result, Inf), result)
  expect_identical(
    tail(printed(last, width = 80), 2L),
    c("3 CD74 CD74   LYZ", "4 NKG7 LYZ    CD3D")
  )
  expect_identical(
    rank_genes_groups_df(last, "T")$pct_nz_group,
    result$pts[c("CD74", "NKG7"), "T"]
  )
})

test_that("numbers of rows must be numbers of rows", {
  result <- toy_ranking()
  for (n in list(NA, "a", 1:2, NULL, 1.5, -Inf, NaN, TRUE, list(1))) {
    for (use in list(head, tail, print, format)) {
      expect_error(use(result, n = n), "`n`", class = "wilcoxide_error_input")
    }
    expect_error(
      print(summary(result), n = n), "`n`",
      class = "wilcoxide_error_input"
    )
  }
  expect_error(
    print(result, n = -1), "It is -1",
    class = "wilcoxide_error_input"
  )
  expect_identical(
    printed(result, width = 80, n = Inf),
    printed(result, width = 80, n = 4L)
  )
  expect_length(printed(result, width = 80, n = 0), 4L)
})

test_that("a single gene of a single group keeps its shape", {
  one <- function(value) list(a = value)
  result <- new_rank_genes_groups(
    list(reference = "rest"),
    c(
      alike_tables(one("g"), one(1)),
      list(
        pts = matrix(0.5, dimnames = list("g", "a")),
        pts_rest = matrix(0.25, dimnames = list("g", "a"))
      )
    )
  )
  expect_identical(dim(result$names), c(1L, 1L))
  expect_identical(result$pts, data.frame(a = 0.5, row.names = "g"))
  expect_identical(result$pts_rest, data.frame(a = 0.25, row.names = "g"))
})

test_that("print() shows what was compared and the first names", {
  expect_identical(
    printed(toy_ranking(), width = 80),
    c(
      "<rank_genes_groups> 3 groups of cell_type versus the rest",
      "wilcoxon, benjamini-hochberg, 4 genes",
      "  T    B cell 10",
      "1 CD3D NKG7   CD74",
      "2 LYZ  CD3D   NKG7",
      "3 CD74 CD74   LYZ",
      "4 NKG7 LYZ    CD3D"
    )
  )
})

test_that("print() names the group compared with", {
  lines <- printed(toy_ranking(reference = "CD4"), width = 80)
  expect_identical(
    lines[[1L]],
    "<rank_genes_groups> 3 groups of cell_type versus CD4"
  )
})

test_that("print() shows as many groups as fit and counts the others", {
  result <- named_ranking(
    groups = paste("Cluster", 1:9),
    genes = sprintf("gene%02d", 1:1234)
  )

  expect_identical(
    printed(result, width = 40),
    c(
      "<rank_genes_groups> 9 groups versus the",
      "rest",
      "wilcoxon, bonferroni, 1,234 genes",
      "   Cluster 1 Cluster 2 Cluster 3",
      "1  gene01    gene01    gene01",
      "2  gene02    gene02    gene02",
      "3  gene03    gene03    gene03",
      "4  gene04    gene04    gene04",
      "5  gene05    gene05    gene05",
      "6  gene06    gene06    gene06",
      "7  gene07    gene07    gene07",
      "8  gene08    gene08    gene08",
      "9  gene09    gene09    gene09",
      "10 gene10    gene10    gene10",
      "... and 1,224 more genes, 6 more groups"
    )
  )
  expect_identical(
    printed(result, width = 80, n = 2L),
    c(
      "<rank_genes_groups> 9 groups versus the rest",
      "wilcoxon, bonferroni, 1,234 genes",
      paste(
        "  Cluster 1 Cluster 2 Cluster 3 Cluster 4",
        "Cluster 5 Cluster 6 Cluster 7"
      ),
      "1 gene01    gene01    gene01    gene01    gene01    gene01    gene01",
      "2 gene02    gene02    gene02    gene02    gene02    gene02    gene02",
      "... and 1,232 more genes, 2 more groups"
    )
  )
})

test_that("print() uses the width to the last place", {
  result <- named_ranking(c("1234567", "1234567."), "gene")

  fitting <- printed(result, width = nchar("  1234567 1234567."))
  expect_true("  1234567 1234567." %in% fitting)
  expect_false("group" %in% fitting)

  narrow <- printed(result, width = nchar("  1234567 1234567.") - 1L)
  expect_true("  1234567" %in% narrow)
  expect_identical(tail(narrow, 2L), c("... and 1 more", "group"))
})

test_that("print() shortens long names and shows those filtered out as NA", {
  result <- named_ranking(
    c("CD4+/CD45RA+/CD25- Naive T", "B"),
    c("ENSG00000000000000003.10", NA)
  )
  expect_identical(
    printed(result, width = 44)[4:6],
    c(
      "  CD4+/CD45RA+/CD25... B",
      "1 ENSG0000000000000... ENSG0000000000000...",
      "2 NA                   NA"
    )
  )
})

test_that("print() leaves names that just fit as they are beside long ones", {
  names <- c("ENSG0000000000000003", "ENSG00000000000000003.10")
  lines <- printed(named_ranking("B", names), width = 40)
  expect_identical(
    tail(lines, 2L),
    c("1 ENSG0000000000000003", "2 ENSG0000000000000...")
  )
})

test_that("print() aligns wide letters", {
  skip_if_not(l10n_info()[["UTF-8"]], "the console can show them")
  result <- named_ranking(c("\u7d30\u80de", "\u03b2 cells"), "IL\u03b2")
  lines <- printed(result, width = 40)
  expect_identical(
    enc2utf8(lines[4:5]),
    c("  \u7d30\u80de \u03b2 cells", "1 IL\u03b2  IL\u03b2")
  )
})

test_that("print() keeps a group in the narrowest console", {
  expect_identical(
    tail(printed(toy_ranking(), width = 10), 8L),
    c(
      "  T",
      "1 CD3D",
      "2 LYZ",
      "3 CD74",
      "4 NKG7",
      "... and 2",
      "more",
      "groups"
    )
  )
})

test_that("print() returns its argument, invisibly", {
  result <- toy_ranking()
  capture.output(shown <- withVisible(print(result)))
  expect_identical(shown, list(value = result, visible = FALSE))
})

test_that("hundreds of groups of thousands of genes are put together", {
  genes <- sprintf("gene%d", 1:10000)
  column <- as.numeric(seq_along(genes))
  groups <- sprintf("group%d", 1:500)
  values <- stats::setNames(rep(list(column), 500L), groups)
  result <- new_rank_genes_groups(
    list(),
    alike_tables(lapply(values, function(value) genes), values)
  )
  expect_identical(dim(result$names), c(10000L, 500L))
  expect_identical(result$scores[["group500"]], column)
})

test_that("methods are found from outside of the package", {
  outside <- new.env(parent = baseenv())
  outside$result <- toy_ranking()
  lines <- capture.output(evalq(print(result), outside))
  expect_match(lines[[1L]], "^<rank_genes_groups>")
  expect_s3_class(evalq(as.data.frame(result), outside), "data.frame")
  expect_length(evalq(as.data.frame(result), outside), 8L)
})
