# Areas under the ROC curve from their definition: over all pairs of a cell of
# one group and one of another. Genes by groups, an array of genes x g x h.
pair_areas <- function(x, groups, among = levels(groups)) {
  area <- function(gene, g, h) {
    differences <- outer(x[gene, groups %in% g], x[gene, groups %in% h], `-`)
    # Infinite values equal themselves.
    differences[is.nan(differences)] <- 0
    mean((differences > 0) + (differences == 0) / 2)
  }
  areas <- array(
    NA_real_,
    c(nrow(x), length(among), length(among)),
    list(rownames(x), among, among)
  )
  for (gene in seq_len(nrow(x))) {
    for (g in among) {
      for (h in setdiff(among, g)) {
        areas[gene, g, h] <- area(gene, g, h)
      }
    }
  }
  areas
}

pair_tables <- c("auc_min", "auc_mean", "auc_median", "auc_max", "rank_min")

# What there should be of one group, by gene in the order of `areas`.
summaries <- function(areas, group) {
  against <- areas[, group, setdiff(dimnames(areas)[[2L]], group), drop = FALSE]
  against <- matrix(against, nrow(areas), dimnames = list(rownames(areas)))
  # Rounding in the 16th digit must not part what is equal.
  places <- apply(round(-against, 12), 2L, rank, ties.method = "first")
  list(
    auc_min = apply(against, 1L, min),
    auc_mean = rowMeans(against),
    auc_median = apply(against, 1L, stats::median),
    auc_max = apply(against, 1L, max),
    rank_min = apply(matrix(places, nrow(areas)), 1L, min)
  )
}

expect_pairs <- function(result, areas, groups = names(result$names)) {
  for (group in groups) {
    expected <- summaries(areas, group)
    order <- match(result$names[[group]], rownames(areas))
    for (name in pair_tables) {
      expect_equal(
        result[[!!name]][[group]],
        unname(expected[[name]])[order],
        tolerance = 1e-14
      )
    }
  }
}

# Ties, negative and infinite values, zeros that are stored and that are not.
odd_expression <- function() {
  x <- toy_expression()
  x[1:4, ] <- x[1:4, ] - log(2)
  x[5L, c(3L, 17L, 40L)] <- Inf
  x[6L, c(1L, 2L, 40L)] <- -Inf
  x[7L, ] <- 0
  x[8L, ] <- seq_len(ncol(x)) %% 7
  x
}

odd_groups <- function() {
  groups <- factor(rep_len(c("b", "a", "d", "c", "b", "a", "b"), 60L))
  groups[c(4L, 9L, 50L)] <- NA
  groups
}

with_stored_zeros <- function(x) {
  sparse <- as_dgc(x)
  full <- methods::as(matrix(1, nrow(x), ncol(x)), "CsparseMatrix")
  stored <- methods::as(full, "generalMatrix")
  stored@x <- as.vector(x)
  stored@Dimnames <- sparse@Dimnames
  stored
}

test_that("each group is compared with every other, cell by cell", {
  x <- odd_expression()
  groups <- odd_groups()
  calls <- list(
    list(),
    list(tie_correct = TRUE, rankby_abs = TRUE, pts = TRUE),
    list(n_genes = 4L, corr_method = "bonferroni"),
    list(groups = c("d", "a", "b"), statistics = "auc"),
    list(groups = c("c", "a"), mean_in_log_space = FALSE, pts = TRUE),
    list(groups = "b", exclude = "d", statistics = "log10_pvals_adj"),
    list(groups = c("d", "b"), corr_method = "holm", adjust_over = "all"),
    list(groups = "a", min_cells = 9L, exact = TRUE)
  )
  for (arguments in calls) {
    ranked <- function(x, ...) {
      suppressWarnings(rlang::inject(
        rank_genes_groups(x, groups, !!!arguments, ..., threads = 1L)
      ))
    }
    result <- ranked(x, pairwise = TRUE)
    # Chosen groups are compared with those that are not, too.
    sizes <- table(groups)
    among <- names(sizes)[sizes >= (arguments$min_cells %||% 2L)]
    among <- setdiff(among, arguments$exclude)
    expect_pairs(result, pair_areas(x, groups, among))
    # All else is as without it, and nothing depends on how values are stored.
    plain <- ranked(x)
    tables <- setdiff(names(plain), "settings")
    expect_same_bits(unclass(result)[tables], unclass(plain)[tables])
    for (stored in list(as_dgc(x), as_dgr(x), with_stored_zeros(x))) {
      expect_same_bits(ranked(stored, pairwise = TRUE), result)
    }
  }
})

test_that("cells of one block are compared with each other only", {
  x <- odd_expression()
  groups <- odd_groups()
  groups[is.na(groups)] <- "a"
  # Groups a and b share no block with c.
  block <- ifelse(groups == "c", "late", rep_len(c("one", "two"), ncol(x)))
  block[groups == "d"][1:3] <- "late"
  result <- suppressMessages(suppressWarnings(rank_genes_groups(
    x, groups,
    block = block, pairwise = TRUE, threads = 1L
  )))
  levels <- levels(groups)
  shape <- list(rownames(x), levels, levels)
  wins <- cells <- array(0, lengths(shape), shape)
  for (part in unique(block)) {
    own <- block == part
    sizes <- tabulate(groups[own], 4L)
    areas <- pair_areas(x[, own], groups[own], levels)
    areas[is.na(areas)] <- 0
    pairs <- rep(outer(sizes, sizes), each = nrow(x))
    wins <- wins + areas * pairs
    cells <- cells + pairs
  }
  areas <- wins / cells
  expect_true(all(is.nan(areas[, "c", c("a", "b")])))
  for (group in levels) {
    shared <- levels[colSums(is.nan(areas[, group, ])) == 0L]
    expect_pairs(
      result[c("params", "names", pair_tables)],
      areas[, union(group, shared), union(group, shared)],
      group
    )
  }
})

test_that("genes that are left out have no place", {
  x <- odd_expression()
  mask <- seq_len(nrow(x)) %% 3L != 0L
  result <- suppressWarnings(rank_genes_groups(
    x, odd_groups(),
    mask_var = mask, pairwise = TRUE, statistics = "auc", threads = 1L
  ))
  expect_pairs(result, pair_areas(x[mask, ], odd_groups()))
})

test_that("threads, blocks and workers give the same bits", {
  x <- odd_expression()
  ranked <- function(x, threads = 1L, ...) {
    suppressWarnings(rank_genes_groups(
      x, odd_groups(),
      pairwise = TRUE, pts = TRUE, threads = threads, ...
    ))
  }
  expected <- ranked(x)
  for (threads in 2:3) {
    expect_same_bits(ranked(as_dgc(x), threads), expected)
    expect_same_bits(ranked(as_dgr(x), threads), expected)
  }
  for (size in c(1L, 6L, 20L)) {
    expect_same_bits(ranked(view_in_blocks(x, size)), expected)
    expect_same_bits(ranked(view_in_blocks(x, size, FALSE), 2L), expected)
  }
  skip_if_not_installed("BiocParallel")
  skip_if_not_installed("DelayedArray")
  skip_on_os("windows")
  delayed <- DelayedArray::DelayedArray(as_dgc(x))
  expect_same_bits(ranked(delayed), expected)
  param <- BiocParallel::MulticoreParam(2)
  expect_same_bits(ranked(delayed, BPPARAM = param), expected)
})

test_that("a file gives the bits of memory, and stores the tables", {
  skip_without_hdf5r()
  path <- withr::local_tempfile(fileext = ".h5ad")
  file.copy(
    system.file("extdata", "pbmc68k_reduced.h5ad", package = "wilcoxide"),
    path
  )
  ranked <- function(...) {
    rank_genes_groups(path, "bulk_labels", pairwise = TRUE, ..., threads = 2L)
  }
  whole <- ranked()
  # In blocks of genes, from a temporary file; 45 pairs of 765 genes, twice.
  withr::with_options(
    list(wilcoxide.memory = 1e6),
    expect_same_bits(ranked(), whole)
  )
  write_rank_genes_groups(whole, path)
  expect_same_bits(get_rank_genes_groups(path), whole)
})

test_that("these are the statistics of scran", {
  skip_if_not_installed("scran")
  x <- abs(odd_expression())
  x[x == Inf] <- 3
  groups <- odd_groups()
  there <- !is.na(groups)
  result <- suppressWarnings(
    rank_genes_groups(x, groups, pairwise = TRUE, threads = 1L)
  )
  scored <- scran::scoreMarkers(x[, there], groups[there], full.stats = TRUE)
  pairs <- scran::pairwiseWilcox(x[, there], groups[there])
  for (group in levels(groups)) {
    theirs <- scored[[group]]
    expected <- function(name) {
      unname(theirs[result$names[[group]], name])
    }
    expect_equal(result$auc_min[[!!group]], expected("min.AUC"))
    expect_equal(result$auc_mean[[!!group]], expected("mean.AUC"))
    expect_equal(result$auc_median[[!!group]], expected("median.AUC"))
    expect_equal(result$auc_max[[!!group]], expected("max.AUC"))
    # Equal areas share a rank there, unless told otherwise.
    areas <- round(as.matrix(as.data.frame(theirs$full.AUC)), 12)
    ranks <- scran::computeMinRank(areas, ties.method = "first")
    expect_identical(
      result$rank_min[[!!group]],
      as.double(ranks[match(result$names[[group]], rownames(x))])
    )
    of_group <- which(pairs$pairs$first == group)
    areas <- vapply(
      pairs$statistics[of_group],
      function(pair) pair[result$names[[group]], "AUC"],
      numeric(nrow(x))
    )
    expect_equal(result$auc_max[[!!group]], apply(areas, 1L, max))
    expect_equal(result$auc_mean[[!!group]], rowMeans(areas))
  }
})

test_that("where groups are well apart, ranks agree with scran's by p-value", {
  skip_if_not_installed("scran")
  # No ties at all, groups of one size: p falls as the area rises from one half.
  withr::local_seed(2)
  groups <- factor(rep(c("a", "b", "c"), each = 40L))
  means <- outer(c(0, 0.7, 1.5), stats::rexp(8L))
  x <- apply(means[as.integer(groups), ], 1L, stats::rnorm, n = 8L)
  rownames(x) <- sprintf("gene%d", 1:8)
  result <- rank_genes_groups(x, groups, pairwise = TRUE, threads = 1L)
  theirs <- scran::findMarkers(
    x, groups,
    test.type = "wilcox", direction = "up", sorted = FALSE
  )
  # The best gene against some group is first in both.
  for (group in levels(groups)) {
    expect_identical(
      sort(result$names[[group]][result$rank_min[[group]] == 1]),
      sort(rownames(x)[theirs[[group]]$Top == 1L])
    )
  }
})

test_that("the tables are columns of the long table", {
  result <- rank_genes_groups(
    toy_expression(), toy_groups(),
    statistics = "auc", pairwise = TRUE, threads = 1L
  )
  table <- rank_genes_groups_df(result)
  expect_identical(names(table)[7:12], c("auc", pair_tables))
  for (name in pair_tables) {
    expect_identical(
      table[[name]],
      unlist(result[[name]], use.names = FALSE)
    )
  }
  expect_identical(nrow(head(result, 3L)$rank_min), 3L)
  withr::local_options(width = 200)
  expect_output(print(result), "with pairs of groups")
})

test_that("two groups are each other's only pair", {
  groups <- factor(rep(c("a", "b"), 30L))
  result <- rank_genes_groups(
    toy_expression(), groups,
    statistics = "auc", pairwise = TRUE, threads = 1L
  )
  for (name in c("auc_min", "auc_mean", "auc_median", "auc_max")) {
    expect_identical(result[[!!name]], result$auc)
  }
})

test_that("pairs are refused with a reference and for one group", {
  refused <- function(message, ..., groupby = toy_groups()) {
    expect_error(
      rank_genes_groups(toy_expression(), groupby, ..., threads = 1L),
      message,
      class = "wilcoxide_error_input"
    )
  }
  refused("`reference` is \"T\"", reference = "T", pairwise = TRUE)
  only_b <- replace(toy_groups(), toy_groups() != "B", NA)
  refused("two groups.*only one, \"B\"", pairwise = TRUE, groupby = only_b)
  refused("`pairwise` must be TRUE or FALSE", pairwise = "B")
  refused("no \"auc_min\"", statistics = "auc_min")
})

test_that("pairs that do not fit into the memory given are refused", {
  # 3 pairs of 20 genes.
  needed <- 8 * 3 * 20
  ranked <- function(x, memory, ...) {
    withr::with_options(
      list(wilcoxide.memory = memory),
      rank_genes_groups(x, toy_groups(), ..., pairwise = TRUE, threads = 1L)
    )
  }
  x <- toy_expression()
  expect_s3_class(ranked(x, needed), "rank_genes_groups")
  expect_error(
    ranked(x, needed - 1),
    "3 pairs of 3 groups, and 20 genes, take 480 bytes; 479 bytes may be used",
    class = "wilcoxide_error_input"
  )
  expect_s3_class(
    ranked(x, needed - 1, exclude = setdiff(toy_groups(), c("T", "B"))),
    "rank_genes_groups"
  )
  # Those of blocks are there twice.
  view <- view_in_blocks(x, 7L)
  expect_s3_class(ranked(view, 2 * needed), "rank_genes_groups")
  expect_error(
    ranked(view, 2 * needed - 1),
    "take 960 bytes; 959 bytes may be used",
    class = "wilcoxide_error_input"
  )
})
