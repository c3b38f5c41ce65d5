ranked <- function(...) {
  rank_quietly(toy_expression(), toy_groups(), ...)
}

adjust_logs <- function(logs, method) {
  adjust_family(list(logs), method, TRUE, 1L)$columns[[1L]]
}

test_that("adjusted p-values are those of p.adjust()", {
  plain <- ranked()
  for (method in stats::p.adjust.methods) {
    result <- ranked(corr_method = method)
    expect_same_bits(result$pvals, plain$pvals)
    for (group in names(plain$pvals)) {
      expect_equal(
        result$pvals_adj[[group]],
        stats::p.adjust(plain$pvals[[group]], method),
        tolerance = 1e-14
      )
    }
    everything <- ranked(corr_method = method, adjust_over = "all")
    expect_equal(
      unlist(everything$pvals_adj, use.names = FALSE),
      stats::p.adjust(unlist(plain$pvals), method),
      tolerance = 1e-14, ignore_attr = TRUE
    )
  }
})

test_that("Scanpy's names and R's are of the same methods", {
  expect_identical(ranked(corr_method = "BH"), ranked())
  expect_identical(ranked(corr_method = "fdr"), ranked())
  expect_identical(
    ranked(corr_method = "fdr")$params$corr_method,
    "benjamini-hochberg"
  )
  expect_identical(ranked(corr_method = "holm")$params$corr_method, "holm")
})

test_that("fewer rows are adjusted as all of them", {
  for (arguments in list(
    list(corr_method = "BY"), list(adjust_over = "all"),
    list(corr_method = "hommel", adjust_over = "all", rankby_abs = TRUE)
  )) {
    rank <- function(...) {
      rlang::inject(ranked(
        !!!arguments, ...,
        statistics = c("log10_pvals_adj", "means"), pts = TRUE
      ))
    }
    all <- rank()
    few <- rank(n_genes = 5L)
    expect_null(few$log10_pvals)
    expect_same_bits(few$pvals_adj, head(all, 5L)$pvals_adj)
    expect_same_bits(unclass(few), unclass(head(all, 5L)))
  }
})

test_that("logarithms are adjusted as what they are of", {
  set.seed(1)
  for (n in c(1L, 2L, 3L, 40L)) {
    p <- stats::runif(n)^3
    p[seq_len(n %/% 4L)] <- p[[1L]]
    for (method in setdiff(stats::p.adjust.methods, c("fdr", "BH"))) {
      expect_equal(
        adjust_logs(log10(p), method),
        log10(stats::p.adjust(p, method)),
        tolerance = 1e-13
      )
    }
  }
  # Far below what a double holds.
  expect_equal(adjust_logs(c(-900, -400, -1), "benjamini-hochberg"), c(
    -900 + log10(3), -400 + log10(1.5), -1
  ))
})

test_that("logarithms are adjusted within groups as in one family", {
  for (method in setdiff(names(corrections), c("BH", "fdr"))) {
    result <- ranked(
      corr_method = method,
      statistics = c("log10_pvals", "log10_pvals_adj")
    )
    for (group in names(result$pvals)) {
      expect_same_bits(
        result$log10_pvals_adj[[group]],
        adjust_logs(result$log10_pvals[[group]], method)
      )
      expect_equal(
        10^result$log10_pvals_adj[[group]], result$pvals_adj[[group]],
        tolerance = 1e-12
      )
    }
  }
})
