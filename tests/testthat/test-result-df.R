test_that("all groups come in their order, by rank, with a group column", {
  expect_identical(
    rank_genes_groups_df(toy_ranking()),
    data.frame(
      group = factor(
        rep(c("T", "B cell", "10"), each = 4L),
        levels = c("T", "B cell", "10")
      ),
      names = c(
        "CD3D", "LYZ", "CD74", "NKG7",
        "NKG7", "CD3D", "CD74", "LYZ",
        "CD74", "NKG7", "LYZ", "CD3D"
      ),
      scores = c(6.5, 1.5, 0.25, -2, 4, 3, -1, -5.5, 3.5, 2.5, 0, -0.5),
      logfoldchanges = c(
        3.5, 1, NaN, -2.5,
        2, 1.5, -1, -4,
        1.25, 1.125, Inf, -Inf
      ),
      pvals = c(
        0.0001, 0.125, 0.75, 0.03125,
        0.0005, 0.0025, 0.25, 0.00001,
        0.0004, 0.0125, 1, 0.5
      ),
      pvals_adj = c(
        0.0004, 0.25, 0.75, 0.0625,
        0.001, 0.005, 0.25, 0.00004,
        0.0016, 0.025, 1, 0.625
      ),
      pct_nz_group = c(
        1, 0.5, 0.75, 0.25,
        1, 0.5, 0.3, 0,
        0.9, 0.6, 0.4, 0.2
      ),
      pct_nz_reference = c(
        0.1, 0.45, 0.5, 0.4,
        0.2, 0.25, 0.8, 0.6,
        0.45, 0.35, 0.1, 0.7
      )
    )
  )
})

test_that("groups come in the order asked for, which the factor keeps", {
  table <- rank_genes_groups_df(toy_ranking(), c("10", "T"))
  expect_identical(
    table$group,
    factor(rep(c("10", "T"), each = 4L), levels = c("10", "T"))
  )
  expect_identical(
    table$names,
    c("CD74", "NKG7", "LYZ", "CD3D", "CD3D", "LYZ", "CD74", "NKG7")
  )
  expect_identical(
    table$pct_nz_group,
    c(0.9, 0.6, 0.4, 0.2, 1, 0.5, 0.75, 0.25)
  )
  expect_identical(
    table$pct_nz_reference,
    c(0.45, 0.35, 0.1, 0.7, 0.1, 0.45, 0.5, 0.4)
  )
})

test_that("groups may be given as a factor or as numbers", {
  result <- toy_ranking()
  asked <- rank_genes_groups_df(result, c("10", "T"))
  expect_identical(rank_genes_groups_df(result, factor(c("10", "T"))), asked)
  expect_identical(
    rank_genes_groups_df(result, 10),
    rank_genes_groups_df(result, "10")
  )
})

test_that("exactly one group has no group column", {
  columns <- c("names", "scores", "logfoldchanges", "pvals", "pvals_adj")
  fractions <- c("pct_nz_group", "pct_nz_reference")

  one <- rank_genes_groups_df(toy_ranking(), "B cell")
  expect_named(one, c(columns, fractions))
  expect_identical(one$names, c("NKG7", "CD3D", "CD74", "LYZ"))

  single <- toy_ranking(pts = FALSE)
  tables <- setdiff(names(single), c("params", "settings"))
  single[tables] <- lapply(single[tables], `[`, "10")
  expect_named(rank_genes_groups_df(single), columns)
  expect_named(rank_genes_groups_df(toy_ranking(pts = FALSE), "10"), columns)
})

test_that("fractions are given as far as the result holds them", {
  columns <- c("group", "names", "scores", "logfoldchanges", "pvals")
  expect_named(
    rank_genes_groups_df(toy_ranking(pts = FALSE)),
    c(columns, "pvals_adj")
  )

  # With a reference `pts` has a column more, that of the reference.
  result <- toy_ranking(reference = "CD4")
  result$pts$CD4 <- c(0, 0, 0, 0)
  table <- rank_genes_groups_df(result)
  expect_named(table, c(columns, "pvals_adj", "pct_nz_group"))
  expect_identical(
    table$pct_nz_group,
    c(1, 0.5, 0.75, 0.25, 1, 0.5, 0.3, 0, 0.9, 0.6, 0.4, 0.2)
  )
})

test_that("fractions go by the name of the gene when not all are ranked", {
  result <- toy_ranking()
  tables <- c("names", "scores", "logfoldchanges", "pvals", "pvals_adj")
  result[tables] <- lapply(result[tables], head, 2L)
  table <- rank_genes_groups_df(result)
  expect_identical(table$pct_nz_group, c(1, 0.5, 1, 0.5, 0.9, 0.6))
  expect_identical(
    table$pct_nz_reference,
    c(0.1, 0.45, 0.2, 0.25, 0.45, 0.35)
  )
})

test_that("filters are strict", {
  result <- toy_ranking()
  kept <- function(...) {
    table <- rank_genes_groups_df(result, ...)
    paste(table$group, table$names)
  }
  expect_identical(
    kept(pval_cutoff = 0.005),
    c("T CD3D", "B cell NKG7", "B cell LYZ", "10 CD74")
  )
  # Infinite fold changes are numbers, NaN passes nothing.
  expect_identical(
    kept(log2fc_min = 1.125),
    c("T CD3D", "B cell NKG7", "B cell CD3D", "10 CD74", "10 LYZ")
  )
  expect_identical(
    kept(log2fc_max = 1),
    c("T NKG7", "B cell CD74", "B cell LYZ", "10 CD3D")
  )
  expect_identical(
    kept(pval_cutoff = 0.025, log2fc_min = 1.125, log2fc_max = 3.5),
    c("B cell NKG7", "B cell CD3D", "10 CD74")
  )
  expect_identical(
    kept(c("10", "T"), pval_cutoff = 0.005),
    c("10 CD74", "T CD3D")
  )
})

test_that("row names count the rows that are left", {
  table <- rank_genes_groups_df(toy_ranking(), "B cell", log2fc_max = 0)
  expect_identical(
    table,
    data.frame(
      names = c("CD74", "LYZ"),
      scores = c(-1, -5.5),
      logfoldchanges = c(-1, -4),
      pvals = c(0.25, 0.00001),
      pvals_adj = c(0.25, 0.00004),
      pct_nz_group = c(0.3, 0),
      pct_nz_reference = c(0.8, 0.6)
    )
  )
})

test_that("filters that nothing passes leave the columns", {
  table <- rank_genes_groups_df(toy_ranking(), pval_cutoff = 0)
  expect_identical(dim(table), c(0L, 8L))
  expect_identical(levels(table$group), c("T", "B cell", "10"))
  expect_type(table$names, "character")
  expect_type(table$pct_nz_reference, "double")
})

test_that("bounds of fold changes are compared as float32 numbers", {
  result <- toy_ranking(pts = FALSE)
  # The float32 number next to 0.1, which is a little more than the double.
  result$logfoldchanges$T[[1L]] <- 0.100000001490116119384765625
  kept <- function(...) rank_genes_groups_df(result, "T", ...)$names
  expect_identical(kept(log2fc_min = 0.1), "LYZ")
  expect_identical(kept(log2fc_max = 0.1), "NKG7")
})

test_that("genes without a name stay, unless fractions are joined by it", {
  filtered <- toy_ranking()
  filtered$names$T[2:3] <- NA
  table <- rank_genes_groups_df(filtered)
  expect_identical(
    table$names,
    c(
      "CD3D", "NKG7",
      "NKG7", "CD3D", "CD74", "LYZ",
      "CD74", "NKG7", "LYZ", "CD3D"
    )
  )
  expect_identical(
    table$pct_nz_group,
    c(1, 0.25, 1, 0.5, 0.3, 0, 0.9, 0.6, 0.4, 0.2)
  )

  filtered$pts <- NULL
  filtered$pts_rest <- NULL
  table <- rank_genes_groups_df(filtered, "T")
  expect_identical(table$names, c("CD3D", NA, NA, "NKG7"))
  expect_identical(table$scores, c(6.5, 1.5, 0.25, -2))
})

test_that("as.data.frame() gives all groups without filters", {
  result <- toy_ranking()
  expect_identical(as.data.frame(result), rank_genes_groups_df(result))
  expect_identical(data.frame(result), rank_genes_groups_df(result))
})

test_that("the result is left as it was", {
  result <- toy_ranking()
  before <- serialize(result, NULL)
  rank_genes_groups_df(result, pval_cutoff = 0.05)
  expect_identical(serialize(result, NULL), before)
})

test_that("hundreds of groups of thousands of genes take a few seconds", {
  genes <- sprintf("gene%d", 1:10000)
  groups <- sprintf("group%d", 1:500)
  values <- stats::setNames(rep(list(rev(seq_along(genes)) / 1), 500L), groups)
  result <- new_rank_genes_groups(
    list(),
    c(
      alike_tables(lapply(values, function(value) rev(genes)), values),
      list(
        pts = matrix(
          rep(1:10000 / 10000, 500L),
          ncol = 500L,
          dimnames = list(genes, groups)
        )
      )
    )
  )
  table <- rank_genes_groups_df(result, log2fc_min = 1)
  expect_identical(nrow(table), 500L * 9999L)
  expect_identical(table$pct_nz_group[c(1L, 10000L)], c(1, 1))
})

test_that("one thread and several stack the same columns", {
  genes <- sprintf("gene%d", 1:5000)
  groups <- sprintf("group%d", 1:30)
  values <- lapply(seq_along(groups), function(i) rev(seq_along(genes)) / i)
  names(values) <- groups
  result <- new_rank_genes_groups(
    list(),
    alike_tables(lapply(values, function(value) rev(genes)), values)
  )
  # Columns of a caller's own, of another type.
  result$scores[] <- lapply(result$scores, as.integer)
  expect_gt(nrow(result) * length(groups), rows_worth_threads)
  tables <- lapply(c(1, 3), function(threads) {
    withr::local_options(wilcoxide.threads = threads)
    list(
      rank_genes_groups_df(result),
      rank_genes_groups_df(result, log2fc_min = 10, log2fc_max = 4000)
    )
  })
  expect_identical(tables[[1L]], tables[[2L]])
  all <- tables[[2L]][[1L]]
  expect_identical(all$group, gl(30, 5000, labels = groups))
  expect_identical(all$pvals, unlist(values, use.names = FALSE))
  expect_type(all$scores, "integer")
  some <- all[all$logfoldchanges > 10 & all$logfoldchanges < 4000, ]
  expect_identical(tables[[2L]][[2L]], data.frame(some, row.names = NULL))
})

test_that("columns are stacked group after group", {
  stacked <- stack_columns(
    list(list(c(1, NA), double(), NaN), list(c(4, 5), double(), 6)),
    c(2L, 0L, 1L),
    2L
  )
  expect_identical(
    stacked,
    list(
      status = "ok",
      codes = c(1L, 1L, 3L),
      columns = list(c(1, NA, NaN), c(4, 5, 6))
    )
  )
  bad <- list(
    list(1), list(1, 2L), list(1, c(2, 3)), list("a", 1), list("a"), c(1, 2),
    c("a", "b"), NULL
  )
  for (table in bad) {
    expect_identical(stack_columns(list(table), c(1L, 1L), 1L)$status, "fault")
  }
})

test_that("text is stacked by R's thread while others copy numbers", {
  latin1 <- iconv("caf\u00e9", "UTF-8", "latin1")
  texts <- list(c("a", NA), character(), c("", "\u03b2", latin1))
  # R makes the texts of these numbers when they are first asked for.
  late <- list(as.character(1:2), character(), as.character(c(0.5, 7, -1)))
  numbers <- list(c(1, 2), double(), c(3, NA, 5))
  for (threads in c(1L, 2L, 9L)) {
    stacked <- stack_columns(
      list(texts, numbers, late, texts),
      lengths(numbers),
      threads
    )
    expect_identical(stacked$codes, c(1L, 1L, 3L, 3L, 3L))
    expect_identical(
      stacked$columns,
      list(
        unlist(texts),
        unlist(numbers),
        c("1", "2", "0.5", "7", "-1"),
        unlist(texts)
      )
    )
    expect_identical(
      Encoding(stacked$columns[[1L]]),
      c("unknown", "unknown", "unknown", "UTF-8", "latin1")
    )
  }
})

test_that("texts outlive the tables that they came from", {
  make <- function(i) list(paste("a", i), paste("b", i))
  columns <- lapply(1:50, function(i) {
    stack_columns(list(make(i)), c(1L, 1L), 2L)$columns[[1L]]
  })
  gc()
  expect_identical(columns, lapply(1:50, function(i) unlist(make(i))))
})

test_that("bad arguments are refused", {
  result <- toy_ranking()
  refuses <- function(expr, message) {
    expect_error(expr, message, class = "wilcoxide_error_input")
  }
  refuses(
    rank_genes_groups_df(data.frame()),
    "`result` must be what `rank_genes_groups\\(\\)` returned.*<data.frame>"
  )
  refuses(
    rank_genes_groups_df(result, "NK"),
    "no group \"NK\".*Groups there: \"T\", \"B cell\", and \"10\""
  )
  refuses(
    rank_genes_groups_df(result, c("NK", "T", "Mono")),
    "are no groups \"NK\" and \"Mono\""
  )
  refuses(rank_genes_groups_df(result, NA), "no group")
  refuses(
    rank_genes_groups_df(result, c("T", "10", "T")),
    "each group once.*More than once: \"T\""
  )
  refuses(
    rank_genes_groups_df(result, character()),
    "`group` must be NULL or names of groups.*Groups there: \"T\""
  )
  refuses(rank_genes_groups_df(result, list("T")), "It is a list")
  refuses(
    rank_genes_groups_df(result, pval_cutoff = "0.05"),
    "`pval_cutoff` must be one number.*string"
  )
  refuses(
    rank_genes_groups_df(result, log2fc_min = c(0, 1)),
    "`log2fc_min` must be one number"
  )
  refuses(
    rank_genes_groups_df(result, log2fc_max = NA_real_),
    "`log2fc_max` must be one number"
  )
})

test_that("errors name the function that was called", {
  error <- expect_error(rank_genes_groups_df(toy_ranking(), "NK"))
  expect_identical(as.character(error$call[[1L]]), "rank_genes_groups_df")
})

test_that("gene_symbols become a column, in every way to the table", {
  result <- toy_ranking()
  symbols <- c(CD3D = "symbol of CD3D", LYZ = NA, NKG7 = "symbol of NKG7")
  table <- rank_genes_groups_df(result, gene_symbols = symbols)
  plain <- rank_genes_groups_df(result)
  expect_identical(table[names(plain)], plain)
  expect_identical(table$symbol, unname(symbols[plain$names]))
  expect_identical(as.data.frame(result, gene_symbols = symbols), table)
  expect_error(
    rank_genes_groups_df(result, gene_symbols = "symbol"),
    "`gene_symbols` must be a vector of labels, named by the genes",
    class = "wilcoxide_error_input"
  )
})
