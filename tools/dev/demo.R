# demo.R: ranks the groups of real cells, writes the markers as CSV and draws
# the best.
library(wilcoxide)

file <- system.file("extdata", "pbmc68k_reduced.h5ad", package = "wilcoxide")
dir.create("build", showWarnings = FALSE)
csv <- file.path(normalizePath("build"), "wilcoxide-demo.csv")
png <- file.path(normalizePath("build"), "wilcoxide-demo.png")

seconds <- system.time(
  result <- rank_genes_groups(file, "bulk_labels", pts = TRUE)
)[["elapsed"]]
markers <- rank_genes_groups_df(result)
utils::write.csv(markers, csv, row.names = FALSE)
ggplot2::ggsave(
  png,
  plot_rank_genes_groups_dotplot(file, result, n_genes = 3),
  width = 9,
  height = 4.6
)

print(result)

top <- do.call(
  rbind,
  lapply(split(markers, markers$group), utils::head, n = 5L)
)
percent <- function(fraction) sprintf("%.0f%%", 100 * fraction)
cat("\nThe five best markers of each group:\n\n")
print(
  data.frame(
    group = ifelse(duplicated(top$group), "", as.character(top$group)),
    gene = top$names,
    score = sprintf("%.2f", top$scores),
    log2fc = sprintf("%.2f", top$logfoldchanges),
    "adj. p" = sprintf("%.1e", top$pvals_adj),
    "in group" = percent(top$pct_nz_group),
    "in rest" = percent(top$pct_nz_reference),
    check.names = FALSE
  ),
  row.names = FALSE,
  right = FALSE
)

cat(
  sprintf(
    "\nRead and ranked %d genes in %d groups of cells in %.2f seconds.\n",
    nrow(result$names),
    ncol(result$names),
    seconds
  ),
  sprintf("All %d rows are in %s\n", nrow(markers), csv),
  sprintf("The best three genes of each group are drawn in %s\n", png),
  sep = ""
)
