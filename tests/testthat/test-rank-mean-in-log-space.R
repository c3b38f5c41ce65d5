# Against the definition of Scanpy 1.13, in plain R: its fold changes are
# compared with the real ones in tests/parity.

to_single <- function(x) {
  bytes <- writeBin(as.double(x), raw(), size = 4)
  readBin(bytes, "double", length(x), size = 4)
}

logs <- function(single) {
  withr::local_seed(5)
  counts <- matrix(rpois(60 * 40, 1), 60)
  logs <- log1p(t(t(counts) / colSums(counts)) * 100)
  if (single) logs[] <- to_single(logs)
  rownames(logs) <- paste0("g", 1:60)
  logs
}

cluster <- rep(c("a", "b", "c", NA), 10)

fold_changes <- function(logs, groups, reference, log_base, single) {
  linear <- logs
  linear[] <- if (!is.null(log_base)) {
    expm1(logs * log(log_base))
  } else if (single) {
    to_single(expm1(logs))
  } else {
    expm1(logs)
  }
  sum_up <- function(x) Reduce(`+`, x, accumulate = FALSE)
  add <- function(columns) {
    sum_up(lapply(which(columns), function(column) linear[, column]))
  }
  of <- function(group) cluster %in% group
  mean_of <- function(columns) add(columns) / sum(columns)
  weighted <- function(columns) sum(columns) * mean_of(columns)
  parts <- c(lapply(groups, of), list(!of(groups)))
  total <- sum_up(lapply(parts, weighted))
  changes <- lapply(groups, function(group) {
    opposite <- if (reference == "rest") {
      (total - weighted(of(group))) / sum(!of(group))
    } else {
      mean_of(of(reference))
    }
    to_single(log2((mean_of(of(group)) + 1e-9) / (opposite + 1e-9)))
  })
  rlang::set_names(changes, groups)
}

in_input_order <- function(result, genes) {
  Map(
    function(values, names) values[match(genes, names)],
    as.list(result$logfoldchanges),
    as.list(result$names)
  )
}

test_that("fold changes are those of means of linear values", {
  cases <- expand.grid(
    single = c(TRUE, FALSE),
    reference = c("rest", "c"),
    base = c(NA, 2),
    stringsAsFactors = FALSE
  )
  for (i in seq_len(nrow(cases))) {
    case <- cases[i, ]
    base <- if (!is.na(case$base)) case$base
    logs <- logs(case$single)
    for (groups in list(c("a", "b"), "b")) {
      expected <- fold_changes(logs, groups, case$reference, base, case$single)
      sparse <- as(logs, "CsparseMatrix")
      rank <- function(x, cells) {
        rank_genes_groups(
          x, cluster,
          cells = cells, groups = groups, reference = case$reference,
          log_base = base, mean_in_log_space = FALSE, threads = 2
        )
      }
      by_column <- rank(sparse, "columns")
      expect_identical(in_input_order(by_column, rownames(logs)), expected)
      expect_identical(rank(Matrix::t(sparse), "rows"), by_column)
      plain <- rank_genes_groups(
        sparse, cluster,
        groups = groups, reference = case$reference, log_base = base
      )
      expect_identical(plain$pvals, by_column$pvals)
      expect_false(identical(plain$logfoldchanges, by_column$logfoldchanges))
    }
  }
})

test_that("a file says that its values are in single precision", {
  skip_if_not_installed("hdf5r")
  path <- system.file("extdata", "pbmc68k_reduced.h5ad", package = "wilcoxide")
  is_single <- function(h5ad) h5ad_is_single(h5ad, "raw/X")
  expect_true(with_h5ad(path, is_single, NULL))
  result <- rank_genes_groups(path, "bulk_labels", mean_in_log_space = FALSE)
  expect_false(anyNA(result$logfoldchanges))
})

test_that("anything but TRUE or FALSE is refused", {
  expect_error(
    rank_genes_groups(logs(TRUE), cluster, mean_in_log_space = "no"),
    class = "wilcoxide_error_input"
  )
})
