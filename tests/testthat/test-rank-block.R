# Comparisons within blocks: van Elteren's test, written out and from package
# coin, and the same bits from every input.

blocked_cells <- function() {
  cells <- shipped_cells()
  cells$donor <- rep_len(c("d1", "d2", "d3", "d2", "d1"), ncol(cells$data))
  cells
}

# Van Elteren's score of one gene, from ranks within blocks.
van_elteren <- function(values, is_group, block, weights, tie_correct) {
  parts <- lapply(split(seq_along(values), block), function(cells) {
    n <- length(cells)
    n1 <- sum(is_group[cells])
    if (n1 == 0L || n1 == n) {
      return(c(0, 0))
    }
    rank_sum <- sum(rank(values[cells])[is_group[cells]])
    runs <- as.numeric(table(values[cells]))
    ties <- if (tie_correct) sum(runs^3 - runs) / (n * (n - 1)) else 0
    weight <- if (weights == "equal") 1 else 1 / (n + 1)
    c(
      weight * (rank_sum - n1 * (n + 1) / 2),
      weight^2 * n1 * (n - n1) / 12 * (n + 1 - ties)
    )
  })
  sums <- Reduce(`+`, parts)
  if (sums[[1L]] == 0) 0 else sums[[1L]] / sqrt(sums[[2L]])
}

test_that("scores are those of the definition", {
  x <- toy_expression()
  groups <- toy_groups()
  block <- rep_len(c("a", "b", "b", "c", "a"), ncol(x))
  for (weights in c("van_elteren", "equal")) {
    for (tie_correct in c(FALSE, TRUE)) {
      for (reference in c("rest", "NK")) {
        result <- rank_quietly(
          x, groups,
          reference = reference, block = block, block_weights = weights,
          tie_correct = tie_correct
        )
        table <- as.data.frame(result)
        expected <- mapply(
          function(gene, group) {
            cells <- groups == group |
              (if (reference == "rest") TRUE else groups == reference)
            van_elteren(
              x[gene, cells], groups[cells] == group, block[cells], weights,
              tie_correct
            )
          },
          table$names, as.character(table$group)
        )
        expect_equal(table$scores, unname(expected), tolerance = 1e-6)
        expect_equal(
          table$pvals,
          unname(2 * stats::pnorm(-abs(expected))),
          tolerance = 1e-9
        )
      }
    }
  }
})

test_that("areas are of the pairs of cells of one block", {
  x <- toy_expression()
  groups <- toy_groups()
  block <- rep_len(c("a", "b", "b", "c", "a"), ncol(x))
  for (reference in c("rest", "NK")) {
    result <- rank_quietly(
      x, groups,
      reference = reference, block = block, statistics = "auc"
    )
    table <- as.data.frame(result)
    area <- function(gene, group) {
      pairs <- lapply(split(seq_along(groups), block), function(cells) {
        own <- cells[groups[cells] == group]
        other <- if (reference == "rest") {
          setdiff(cells, own)
        } else {
          cells[groups[cells] == reference]
        }
        wins <- outer(x[gene, own], x[gene, other], function(a, b) {
          (a > b) + (a == b) / 2
        })
        c(sum(wins), length(wins))
      })
      sums <- Reduce(`+`, pairs)
      sums[[1L]] / sums[[2L]]
    }
    areas <- mapply(area, table$names, as.character(table$group))
    expect_equal(table$auc, unname(areas), tolerance = 1e-12)
  }
})

test_that("p-values are those of coin with equal weights and ties", {
  skip_if_not_installed("coin")
  x <- toy_expression()
  groups <- toy_groups()
  block <- factor(rep_len(c("a", "b", "b", "c", "a"), ncol(x)))
  result <- rank_quietly(
    x, groups,
    block = block, block_weights = "equal", tie_correct = TRUE
  )
  table <- as.data.frame(result)
  for (row in seq_len(nrow(table))) {
    # Its wilcox_test() ranks over all blocks.
    test <- coin::independence_test(
      values ~ side | block,
      data = data.frame(
        values = x[table$names[[row]], ],
        side = factor(groups != table$group[[row]]),
        block = block
      ),
      teststat = "scalar",
      ytrafo = function(data) {
        coin::trafo(data, numeric_trafo = coin::rank_trafo, block = block)
      }
    )
    p <- as.numeric(coin::pvalue(test))
    expect_equal(table$pvals[[row]], p, tolerance = 1e-9)
    expect_equal(
      table$scores[[row]],
      as.numeric(coin::statistic(test)),
      tolerance = 1e-6
    )
  }
})

test_that("one block changes no bit, nor do fold changes and fractions", {
  cells <- shipped_cells()
  rank <- function(...) {
    rank_quietly(
      cells$data, cells$groups,
      tie_correct = TRUE, pts = TRUE, statistics = "auc", ...
    )
  }
  for (reference in c("rest", "Dendritic")) {
    expected <- rank(reference = reference)
    expect_same_tables(
      rank(reference = reference, block = rep("a", ncol(cells$data))),
      expected
    )
  }
  donor <- rep_len(c("a", "b", "c"), ncol(cells$data))
  result <- rank(block = donor)
  expected <- rank()
  expect_same_bits(result$pts, expected$pts)
  expect_same_bits(result$pts_rest, expected$pts_rest)
  for (group in names(result$names)) {
    at <- match(result$names[[group]], expected$names[[group]])
    expect_same_bits(
      result$logfoldchanges[[group]],
      expected$logfoldchanges[[group]][at]
    )
  }
})

test_that("every input has the same bits", {
  skip_without_hdf5r()
  cells <- blocked_cells()
  for (asked in list(
    list(tie_correct = TRUE, pts = TRUE, statistics = "auc"),
    list(reference = "Dendritic", block_weights = "equal", n_genes = 20)
  )) {
    rank <- function(...) {
      do.call(rank_quietly, c(list(..., block = cells$donor), asked))
    }
    expected <- rank(cells$data, cells$groups)
    expect_same_tables(rank(as_dgr(cells$data), cells$groups), expected)
    expect_same_tables(
      suppressMessages(do.call(
        rank_genes_groups,
        c(list(cells$data, cells$groups, threads = 3), asked,
          list(block = cells$donor))
      )),
      expected
    )
    object <- as_experiment(cells)
    object$donor <- cells$donor
    expect_same_tables(
      do.call(rank_quietly, c(
        list(object, "cluster", block = "donor"), asked
      )),
      expected
    )
    path <- withr::local_tempfile(fileext = ".h5ad")
    write_h5ad_file(cells, path, c(X = "csr", "layers/csc" = "csc"))
    for (memory in list(NULL, 2e5)) {
      withr::with_options(list(wilcoxide.memory = memory), {
        expect_same_tables(rank(path, "cluster"), expected)
        expect_same_tables(rank(path, "cluster", layer = "csc"), expected)
      })
    }
    skip_if_not_installed("DelayedArray")
    delayed <- DelayedArray::DelayedArray(cells$data)
    expect_same_tables(rank(delayed, cells$groups), expected)
    if (rlang::is_installed("BiocParallel")) {
      workers <- BiocParallel::MulticoreParam(2L)
      expect_same_tables(
        rank(delayed, cells$groups, BPPARAM = workers),
        expected
      )
    }
  }
})

test_that("a column of a file may be the blocks", {
  skip_without_hdf5r()
  expect_same_tables(
    rank_quietly(
      shipped_file(), "bulk_labels",
      groups = "Dendritic", block = "louvain"
    ),
    {
      file <- hdf5r::H5File$new(shipped_file(), "r")
      louvain <- file[["obs/louvain/codes"]][]
      file$close_all()
      cells <- shipped_cells()
      rank_quietly(
        cells$data, cells$groups,
        groups = "Dendritic", block = louvain
      )
    }
  )
})

test_that("excluded cells need no block", {
  x <- toy_expression()
  groups <- toy_groups()
  block <- rep_len(c("a", "b"), ncol(x))
  block[groups == "NK"] <- NA
  kept <- groups != "NK"
  expect_same_tables(
    rank_quietly(x, groups, exclude = "NK", block = block),
    rank_quietly(x[, kept], factor(groups[kept]), block = block[kept])
  )
  expect_same_tables(
    rank_quietly(x, groups, reference = "B", groups = "T", block = block),
    rank_quietly(
      x[, kept], factor(groups[kept]),
      reference = "B", groups = "T", block = block[kept]
    )
  )
})
