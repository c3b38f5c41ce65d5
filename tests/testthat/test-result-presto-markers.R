ranked_as_presto <- function(x, groups, ...) {
  rank_quietly(
    x, groups,
    preset = "presto", statistics = c("auc", "means"), pts = TRUE, ...
  )
}

test_that("the table has presto's columns, genes in the order of the input", {
  x <- toy_expression()
  groups <- toy_groups()
  table <- as_presto_markers(ranked_as_presto(x, groups))
  expect_named(table, c(
    "feature", "group", "avgExpr", "logFC", "statistic", "auc", "pval", "padj",
    "pct_in", "pct_out"
  ))
  expect_identical(table$feature, rep(rownames(x), nlevels(groups)))
  expect_identical(table$group, rep(levels(groups), each = nrow(x)))
  x <- as.matrix(x)
  for (group in levels(groups)) {
    is_in <- groups == group
    of_group <- table[table$group == group, ]
    u <- apply(x, 1L, function(values) {
      sum(rank(values)[is_in]) - sum(is_in) * (sum(is_in) + 1) / 2
    })
    expect_identical(of_group$statistic, unname(u))
    means <- rowMeans(x[, is_in])
    expect_equal(of_group$avgExpr, unname(means), tolerance = 1e-13)
    expect_equal(
      of_group$logFC, unname(means - rowMeans(x[, !is_in])),
      tolerance = 1e-12
    )
    expect_equal(of_group$pct_in, 100 * unname(rowMeans(x[, is_in] != 0)))
    expect_equal(of_group$pct_out, 100 * unname(rowMeans(x[, !is_in] != 0)))
    expect_equal(of_group$padj, stats::p.adjust(of_group$pval, "BH"))
  }
})

test_that("the numbers are presto's", {
  skip_if_not_installed("presto")
  cells <- shipped_cells()
  groups <- as.character(cells$groups)
  x <- as_dgc(cells$data)
  # presto before 1.1.0 left the run of the largest value out of the ties.
  is_old <- utils::packageVersion("presto") < "1.1.0"
  compare <- function(ours, theirs, cells) {
    is_tied <- apply(as.matrix(x)[, cells], 1L, function(values) {
      sum(values == max(values)) > 1L
    })
    comparable <- rownames(x)[!(is_old & is_tied)]
    expect_gt(length(comparable), 100L)
    # It orders groups by the rules of a language.
    rows <- function(table) paste(table$group, table$feature)
    theirs <- as.data.frame(theirs)
    theirs <- theirs[match(rows(ours), rows(theirs)), ]
    tested <- ours$feature %in% comparable
    expect_identical(ours$feature, theirs$feature)
    expect_identical(ours$group, theirs$group)
    exact <- c("avgExpr", "logFC", "statistic", "auc", "pct_in", "pct_out")
    for (name in exact) {
      expect_equal(ours[[name]], theirs[[name]], tolerance = 1e-12)
    }
    expect_lt(max(abs(ours$pval / theirs$pval - 1)[tested]), 1e-12)
    if (!is_old) {
      expect_equal(ours$padj, theirs$padj, tolerance = 1e-12)
    }
  }
  compare(
    as_presto_markers(ranked_as_presto(x, groups)),
    presto::wilcoxauc(x, groups),
    groups == groups
  )
  used <- sort(unique(groups))[2:4]
  compare(
    as_presto_markers(
      ranked_as_presto(x, groups, exclude = setdiff(unique(groups), used))
    ),
    presto::wilcoxauc(x, groups, groups_use = used),
    groups %in% used
  )
})

test_that("fewer genes, a reference and filtered names are respected", {
  x <- toy_expression()
  result <- ranked_as_presto(x, toy_groups(), n_genes = 3L)
  table <- as_presto_markers(result)
  expect_identical(nrow(table), 9L)
  expect_setequal(table$feature[table$group == "NK"], result$names$NK)
  result$names$NK[[1L]] <- NA
  expect_identical(nrow(as_presto_markers(result)), 8L)

  table <- as_presto_markers(ranked_as_presto(x, toy_groups(), reference = "T"))
  of_t <- rowMeans(as.matrix(x)[, toy_groups() == "T"] != 0)
  expect_equal(table$pct_out, rep(100 * unname(of_t), 2L))
})

test_that("a ranking that lacks something is refused, with how to make it", {
  result <- rank_quietly(toy_expression(), toy_groups(), statistics = "auc")
  error <- expect_error(
    as_presto_markers(result),
    class = "wilcoxide_error_input"
  )
  message <- gsub("\\s+", " ", cli::ansi_strip(conditionMessage(error)))
  expect_match(message, "statistics = \"means\"`, `pts = TRUE`, and `lfc")
  expect_match(message, "preset = \"presto\"")
  expect_error(
    as_presto_markers(ranked_as_presto(
      toy_expression(), toy_groups(),
      block = rep(c("x", "y"), length.out = length(toy_groups()))
    )),
    "within blocks",
    class = "wilcoxide_error_input"
  )
})
