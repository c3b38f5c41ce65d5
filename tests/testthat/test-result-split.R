split_result <- function(...) {
  cells <- shipped_cells()
  object <- as_experiment(cells)
  object$level <- rep_len(c("b/1", "a", "b/1"), ncol(object))
  rank_quietly(object, "cluster", split_by = "level", ...)
}

test_that("a split prints as one thing and has its levels as elements", {
  result <- split_result()
  expect_s3_class(result, "rank_genes_groups_split")
  lines <- format(result, n = 2)
  expect_identical(lines[[1L]], "<rank_genes_groups_split> 2 levels of level")
  heading <- "[[\"b/1\"]] 10 groups of cluster versus the rest"
  expect_true(heading %in% lines)
  expect_output(print(result), "2 levels of level")
  expect_s3_class(result[["a"]], "rank_genes_groups")
  expect_identical(result$a, result[[1L]])
  expect_output(print(result[["a"]]), "within a")
  expect_named(result["b/1"], "b/1")
  expect_s3_class(result[2:1], "rank_genes_groups_split")
  expect_identical(nrow(head(result, 3)$a$names), 3L)
  expect_identical(tail(result, 3)$a, tail(result$a, 3))
  expect_named(summary(result), c("a", "b/1"))
  for (wrong in list("A", 3, NA, list())) {
    expect_error(result[[wrong]], class = "wilcoxide_error_input")
    expect_error(result[wrong], class = "wilcoxide_error_input")
  }
  expect_error(result$c, "Levels there: \"a\" and \"b/1\"")
  # What takes one ranking says how to take one.
  expect_error(
    filter_rank_genes_groups(result),
    "result[[\"a\"]]",
    fixed = TRUE,
    class = "wilcoxide_error_input"
  )
})

test_that("levels of several results are put together", {
  result <- split_result()
  both <- c(result["b/1"], result["a"])
  expect_s3_class(both, "rank_genes_groups_split")
  expect_identical(as.data.frame(both), as.data.frame(result[c("b/1", "a")]))
  expect_identical(both$a$settings$split_levels, c("b/1", "a"))
  expect_identical(format(both)[[1L]], format(result)[[1L]])

  # Levels of the same names are called by the names of the results, too.
  named <- c(one = result, two = result["a"])
  expect_named(named, c("one.a", "one.b/1", "two.a"))
  expect_identical(named$two.a$scores, result$a$scores)
  expect_identical(named$two.a$settings$split_level, "two.a")
  expect_error(c(result, result), "Levels \"a\" and \"b/1\" are there twice")
  expect_error(
    c(result["a"], split_result(pts = TRUE)["b/1"]),
    "or in their tables",
    class = "wilcoxide_error_input"
  )
  for (mixed in list(quote(c(result, result$a)), quote(c(result$a, result)))) {
    expect_error(eval(mixed), "list(x, y)", fixed = TRUE)
  }
  # As one ranking is: SeuratObject makes a list of what it stores.
  expect_identical(c(result), unclass(result))
  expect_identical(c(result, list(b = 1)), c(unclass(result), list(b = 1)))
})

test_that("levels stack into one table", {
  result <- split_result(pts = TRUE)
  table <- rank_genes_groups_df(result, pval_cutoff = 0.01)
  expect_identical(names(table)[1:3], c("level", "group", "names"))
  expect_identical(levels(table$level), c("a", "b/1"))
  of_level <- table[table$level == "b/1", -1L]
  rownames(of_level) <- NULL
  expect_identical(
    of_level,
    as.data.frame(result[["b/1"]], pval_cutoff = 0.01)
  )
  table_of_all <- as.data.frame(result)
  expect_identical(rank_genes_groups_df(result), table_of_all)
  one <- rank_genes_groups_df(result, group = "Dendritic")
  expect_identical(levels(one$group), "Dendritic")
  expect_identical(
    subset(result, level == "a" & pvals < 0.01),
    subset(as.data.frame(result), level == "a" & pvals < 0.01)
  )
  for (combine in list(NULL, "max_p")) {
    expect_identical(
      as.data.frame(result, group = "Dendritic", combine = combine),
      rank_genes_groups_df(result, group = "Dendritic", combine = combine)
    )
  }
  path <- withr::local_tempfile()
  utils::write.csv(result, path, row.names = FALSE)
  expect_identical(utils::read.csv(path)$names, table_of_all$names)
  for (call in expression(
    rbind(result, result), sort(result), result > 1, utils::stack(result),
    t(result), mean(result), max(result)
  )) {
    expect_error(eval(call), "does not take", class = "wilcoxide_error_input")
  }
  expect_identical(with(result, range(pvals)), range(table_of_all$pvals))
  expect_named(transform(result, one = 1)["one"], "one")
  expect_named(within(result, one <- 1)["one"], "one")
  if (rlang::is_installed("ggplot2")) {
    expect_identical(ggplot2::ggplot(result)$data, table_of_all)
  }
  expect_error(
    rank_genes_groups_df(result, level = "a"),
    "result[\"a\"]",
    fixed = TRUE,
    class = "wilcoxide_error_input"
  )
  expect_error(rank_genes_groups_df(result, group = "none"), "no group")
  expect_error(rank_genes_groups_df(result, groups = "none"), "group")
  skip_if_not_installed("tibble")
  expect_identical(
    tibble::as_tibble(result),
    tibble::as_tibble(as.data.frame(result))
  )
})

test_that("levels are drawn as panels", {
  skip_if_not_installed("ggplot2")
  result <- split_result()
  plot <- plot_rank_genes_groups(result["a"], n_genes = 3)
  expect_identical(
    levels(plot$data$group)[1:2],
    paste0("a: ", names(result$a$names)[1:2])
  )
  cells <- shipped_cells()
  one <- rank_quietly(
    cells$data, cells$groups,
    groups = "Dendritic", split_by = rep_len(c("x", "y"), ncol(cells$data))
  )
  plot <- plot_rank_genes_groups(one, n_genes = 3)
  expect_identical(levels(plot$data$group), c("x", "y"))
  expect_identical(plot$data$gene[4:6], head(one$y$names[[1L]], 3))
  # A group is drawn in every level.
  expect_identical(
    levels(droplevels(plot_rank_genes_groups(one, "Dendritic")$data$group)),
    c("x", "y")
  )
  plot <- plot_rank_genes_groups(result, groups = "Dendritic", n_genes = 2)
  expect_identical(
    levels(droplevels(plot$data$group)),
    c("a: Dendritic", "b/1: Dendritic")
  )
  expect_identical(
    plot_rank_genes_groups(result, factor("Dendritic"), n_genes = 2)$data,
    plot$data
  )
  twice <- rep("Dendritic", 2)
  for (groups in list("none", character(), twice, NA_character_)) {
    expect_error(
      plot_rank_genes_groups(result, groups = groups),
      class = "wilcoxide_error_input"
    )
  }
})

test_that("levels are stored and fetched", {
  result <- split_result()
  cells <- shipped_cells()
  experiment <- add_rank_genes_groups(as_experiment(cells), result)
  expect_same_bits(get_rank_genes_groups(experiment), result)
  seurat <- add_rank_genes_groups(as_seurat(cells), result)
  expect_same_bits(get_rank_genes_groups(seurat), result)
  adata <- toy_adata()
  add_rank_genes_groups(adata, result, "by level")
  expect_named(adata$uns, c("by level_a", "by level_b_1"))
  expect_same_bits(get_rank_genes_groups(adata, "by level"), result)
  expect_same_bits(
    get_rank_genes_groups(adata, "by level_a")$names,
    result$a$names
  )
  expect_error(get_rank_genes_groups(adata, "by"), "none named \"by\"")
})

test_that("levels are written to files and read", {
  skip_without_hdf5r()
  path <- withr::local_tempfile(fileext = ".h5ad")
  cells <- shipped_cells()
  write_h5ad_file(cells, path)
  result <- rank_quietly(
    path, "cluster",
    split_by = rep_len(c("b/1", "a", "b/1"), ncol(cells$data)), pts = TRUE
  )
  write_rank_genes_groups(result, path)
  expect_same_bits(get_rank_genes_groups(path), result)
  one <- get_rank_genes_groups(path, "rank_genes_groups_a")
  expect_same_bits(one, result$a)
  # Written over.
  write_rank_genes_groups(result["a"], path, "other")
  expect_same_bits(get_rank_genes_groups(path, "other")$a$pvals, one$pvals)
})
