# plots.R: draws the plots of README.md from the shipped cells.
library(wilcoxide)
library(ggplot2)

path <- system.file("extdata", "pbmc68k_reduced.h5ad", package = "wilcoxide")
result <- rank_genes_groups(path, "bulk_labels", pts = TRUE)
save <- function(name, plot, width, height) {
  file <- file.path("man", "figures", name)
  dir.create(dirname(file), showWarnings = FALSE)
  ggsave(file, plot, width = width, height = height, dpi = 110, bg = "white")
}

groups <- c("CD14+ Monocyte", "CD19+ B", "CD56+ NK", "Dendritic")
save(
  "scores.png",
  plot_rank_genes_groups(result, groups, n_genes = 12, ncol = 4),
  width = 9,
  height = 3
)
save(
  "dotplot.png",
  plot_rank_genes_groups_dotplot(path, result, n_genes = 3),
  width = 9,
  height = 4.6
)
