test_that("the size grows with groups and stays below what can be saved", {
  skip_without_ggplot2()
  sizes <- vapply(
    c(3L, 10L, 30L),
    function(n) {
      cells <- grouped_cells(n)
      plot <- plot_rank_genes_groups_dotplot(
        cells$data,
        cells$result,
        cells$groups
      )
      attr(plot, "size")
    },
    c(width = 0, height = 0)
  )
  expect_true(all(diff(sizes["width", ]) > 0))
  expect_true(all(diff(sizes["height", ]) > 0))
  expect_lt(max(sizes), 40)
})

test_that("a plot that needs more room than usual says how much", {
  skip_without_ggplot2()
  draw <- function(n_groups, plot = plot_rank_genes_groups_dotplot, ...) {
    cells <- grouped_cells(n_groups)
    plot(cells$data, cells$result, cells$groups, ...)
  }
  violins <- plot_rank_genes_groups_violin
  expect_no_message(draw(10L))
  expect_no_message(draw(10L, violins))
  expect_no_message(draw(10L, violins, stacked = TRUE))
  told <- "wilcoxide_message_size"
  message <- expect_message(plot <- draw(30L), class = told)
  wanted <- sprintf("fig.width = %g", ceiling(attr(plot, "size")[["width"]]))
  expect_match(conditionMessage(message), wanted, fixed = TRUE)
  expect_message(
    draw(30L, violins, stacked = FALSE),
    "stacked = TRUE",
    class = told
  )
  expect_no_message(draw(30L, violins, stacked = TRUE))
  expect_message(draw(30L, violins, stacked = TRUE, n_genes = 3), class = told)
  expect_message(draw(30L, plot_rank_genes_groups_heatmap), class = told)
  expect_message(
    plot_rank_genes_groups(grouped_cells(30L)$result),
    class = told
  )
  # Nor where knitr draws as large a figure.
  skip_if_not_installed("knitr")
  withr::local_options(knitr.in.progress = TRUE)
  size <- attr(plot, "size")
  before <- knitr::opts_current$get()
  withr::defer(knitr::opts_current$restore(before))
  knitr::opts_current$set(fig.width = size[[1L]], fig.height = size[[2L]])
  expect_no_message(draw(30L))
  knitr::opts_current$set(fig.width = 7)
  expect_message(draw(30L), class = told)
})

test_that("of hundreds of groups those asked for are shown", {
  skip_without_ggplot2()
  groups <- sprintf("g%03d", rep(1:210, each = 2L))
  data <- as_dgc(rbind(
    a = seq_along(groups) / 50,
    b = rev(seq_along(groups)) / 60,
    c = rep_len(c(0, 1.5, 0.5), length(groups))
  ))
  result <- rank_quietly(data, groups, reference = "g007")
  plots <- list(
    plot_rank_genes_groups_dotplot,
    plot_rank_genes_groups_heatmap,
    plot_rank_genes_groups_violin
  )
  told <- "wilcoxide_message_groups"
  for (draw in plots) {
    for (genes in list(NULL, c("a", "c"))) {
      expect_message(
        plot <- draw(
          data, result, groups,
          groups = c("g200", "g002"), genes = genes, n_genes = 1
        ),
        "\"g200\", \"g002\", and \"g007\"",
        class = told
      )
      expect_setequal(as.character(plot$data$group), c("g200", "g002", "g007"))
    }
    expect_error(draw(data, result, groups, genes = "a"), "more than 200")
  }
})

test_that("no plot asks for more than can be saved", {
  skip_without_ggplot2()
  cells <- grouped_cells(30L)
  sizes <- suppressMessages(list(
    plot_rank_genes_groups(cells$result, n_genes = 200),
    plot_rank_genes_groups_dotplot(
      cells$data, cells$result, cells$groups,
      n_genes = 40
    ),
    plot_rank_genes_groups_violin(
      cells$data, cells$result, cells$groups,
      stacked = FALSE, n_genes = 4
    ),
    plot_rank_genes_groups_violin(
      cells$data, cells$result, cells$groups,
      stacked = TRUE, n_genes = 6
    )
  ))
  for (size in lapply(sizes, attr, "size")) {
    expect_lt(max(size), 50)
  }
  expect_identical(panel_dims(60L, 6.3, 1.2, c(1.2, 1.6)), c(15, 4))
  expect_identical(panel_dims(6L, 1.2, 1.2, c(1.2, 0.9)), c(2, 3))
})
