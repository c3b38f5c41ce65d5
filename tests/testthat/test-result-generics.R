long <- function(...) as.data.frame(toy_ranking(...))

# One group alone, whose table has a column `group` all the same.
one_group <- function() {
  result <- toy_ranking(pts = FALSE)
  tables <- setdiff(names(result), c("params", "settings"))
  result[tables] <- lapply(result[tables], `[`, "10")
  result
}

test_that("each world's table is the long one, with its groups", {
  result <- toy_ranking()
  one <- one_group()
  with_group <- cbind(
    group = factor(rep("10", 4L)),
    rank_genes_groups_df(one)
  )
  expect_identical(as.data.frame(one), with_group)

  skip_if_not_installed("tibble")
  expect_identical(tibble::as_tibble(result), tibble::as_tibble(long()))
  expect_identical(tibble::as_tibble(one), tibble::as_tibble(with_group))
  skip_if_not_installed("generics")
  expect_identical(generics::tidy(one), tibble::as_tibble(with_group))
})

test_that("data.table has the long table, too", {
  skip_if_not_installed("data.table")
  expect_identical(
    as.data.frame(data.table::as.data.table(toy_ranking())),
    long()
  )
})

test_that("tables take the arguments of rank_genes_groups_df()", {
  result <- toy_ranking()
  expect_identical(
    as.data.frame(result, group = "T", pval_cutoff = 0.3)$names,
    rank_genes_groups_df(result, "T", pval_cutoff = 0.3)$names
  )
  expect_named(as.data.frame(result, group = "T"), names(long()))
  expect_identical(
    as.data.frame(result, stringsAsFactors = TRUE)$names,
    factor(long()$names)
  )
  named <- as.data.frame(result, row.names = letters[1:12])
  expect_identical(rownames(named), letters[1:12])

  refuses <- function(expr, message) {
    expect_error(expr, message, class = "wilcoxide_error_input")
  }
  refuses(as.data.frame(result, row.names = 1:2), "12 names")
  refuses(as.data.frame(result, row.names = rep("a", 12L)), "all different")
  refuses(as.data.frame(result, stringsAsFactors = NA), "TRUE or FALSE")
  refuses(as.data.frame(result, groups = "T"), "Did you mean `group`")
  refuses(rank_genes_groups_df(result, groups = "T"), "Did you mean `group`")
  refuses(rank_genes_groups_df(result, pval_cut_off = 1), "`pval_cutoff`\\?")
  refuses(rank_genes_groups_df(result, NULL, 1, 1, 1, 1), "without a name")
})

test_that("functions of data frames work on the long table", {
  result <- toy_ranking()
  cut <- 0.01
  expect_identical(
    subset(result, pvals_adj < cut, select = c(group, names)),
    subset(long(), pvals_adj < cut, select = c(group, names))
  )
  # The variables of the caller, not those of the package.
  within_function <- function(cut) with(result, sum(pvals_adj < cut))
  expect_identical(within_function(0.01), sum(long()$pvals_adj < 0.01))
  expect_identical(within(result, a <- cut), within(long(), a <- cut))
  expect_identical(transform(result, a = scores), transform(long(), a = scores))
  expect_identical(
    stats::aggregate(scores ~ group, result, max),
    stats::aggregate(scores ~ group, long(), max)
  )
  genes <- data.frame(names = c("LYZ", "CD74"), kind = c("m", "b"))
  expect_identical(merge(result, genes), merge(long(), genes))
  expect_identical(merge(genes, result), merge(genes, long()))
  # Fractions are those of the gene of the row.
  expect_identical(
    with(result, pct_nz_group[group == "T" & names == "LYZ"]),
    result$pts["LYZ", "T"]
  )
})

test_that("ggplot() draws the long table", {
  skip_if_not_installed("ggplot2")
  plot <- ggplot2::ggplot(toy_ranking(), ggplot2::aes(.data$scores))
  expect_identical(plot$data, long())
})

test_that("a result has the shape of its tables per rank", {
  result <- toy_ranking()
  expect_identical(dim(result), c(4L, 3L))
  expect_identical(nrow(head(result, 2L)), 2L)
  expect_identical(colnames(result), c("T", "B cell", "10"))
  expect_null(rownames(result))
  expect_length(result, 8L)
})

test_that("as a list it has its elements", {
  result <- toy_ranking()
  expect_identical(as.list(result), unclass(result))
  expect_identical(lapply(result, class), lapply(unclass(result), class))
  expect_match(capture.output(str(result))[[1L]], "genes_groups.*List of 8")
  expect_true(all.equal(result, toy_ranking()))
  expect_type(all.equal(result, tail(result, 2L)), "character")
  expect_identical(c(result, list(a = 1)), c(unclass(result), list(a = 1)))
  expect_identical(c(result), unclass(result))
  file <- withr::local_tempfile()
  saveRDS(result, file)
  expect_identical(readRDS(file), result)
})

test_that("format() gives the lines that print() shows", {
  result <- toy_ranking()
  printed <- capture.output(print(result, n = 2L))
  expect_identical(format(result, n = 2L), printed)
})

test_that("functions that would mix up the tables are refused", {
  result <- toy_ranking()
  refused <- list(
    rbind = quote(rbind(result, result)),
    rbind = quote(rbind(result, long())),
    cbind = quote(cbind(result, result)),
    cbind = quote(cbind(1:3, result)),
    c = quote(c(result, result)),
    unique = quote(unique(result)),
    duplicated = quote(duplicated(result)),
    split = quote(split(result, "group")),
    sort = quote(sort(result)),
    order = quote(order(result)),
    mean = quote(mean(result)),
    rev = quote(rev(result)),
    t = quote(t(result)),
    "as.matrix" = quote(as.matrix(result)),
    "as.matrix" = quote(apply(result, 1, max)),
    stack = quote(utils::stack(result)),
    ">" = quote(result > 1),
    abs = quote(abs(result)),
    max = quote(max(result))
  )
  for (i in seq_along(refused)) {
    expect_error(
      eval(refused[[i]]),
      paste0("`", names(refused)[[i]], "\\(\\)` does not take a ranking"),
      class = "wilcoxide_error_input"
    )
  }
})

test_that("verbs of dplyr say what to make first", {
  skip_if_not_installed("dplyr")
  result <- toy_ranking()
  verbs <- c(
    "add_count", "anti_join", "arrange", "count", "distinct", "filter",
    "full_join", "group_by", "inner_join", "left_join", "mutate", "pull",
    "relocate", "rename", "right_join", "select", "semi_join", "slice",
    "slice_head", "slice_max", "slice_min", "slice_sample", "slice_tail",
    "summarise", "tally", "transmute", "ungroup"
  )
  for (verb in verbs) {
    # These two look for an order before they look for methods.
    more <- if (verb %in% c("slice_max", "slice_min")) list(order_by = 1)
    expect_error(
      do.call(getExportedValue("dplyr", verb), c(list(result), more)),
      sprintf("`as_tibble\\(x\\) \\|> %s\\(...\\)`", verb),
      class = "wilcoxide_error_input"
    )
  }
})
