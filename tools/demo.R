# demo.R: ranks the groups of real cells and writes the markers as CSV.
library(wilcoxide)

file <- system.file("extdata", "pbmc68k_reduced.h5ad", package = "wilcoxide")
dir.create("build", showWarnings = FALSE)
csv <- file.path(normalizePath("build"), "wilcoxide-demo.csv")

seconds <- system.time(
  result <- rank_genes_groups(file, "bulk_labels", pts = TRUE)
)[["elapsed"]]
table <- rank_genes_groups_df(result)
utils::write.csv(table, csv, row.names = FALSE)

print(result)

top <- do.call(rbind, lapply(split(table, table$group), utils::head, n = 5L))
top$scores <- sprintf("%.2f", top$scores)
top$logfoldchanges <- sprintf("%.2f", top$logfoldchanges)
top$pvals_adj <- sprintf("%.1e", top$pvals_adj)
top$pct_nz_group <- sprintf("%.0f%%", 100 * top$pct_nz_group)
top$pct_nz_reference <- sprintf("%.0f%%", 100 * top$pct_nz_reference)
top$pvals <- NULL
top$group[duplicated(top$group)] <- ""

cat("\nThe five best markers of each group:\n\n")
print(top, row.names = FALSE, right = FALSE)
cat(
  sprintf(
    "\nRanked %d genes in %d groups of cells in %.0f ms.\n",
    nrow(result$names),
    ncol(result$names),
    1000 * seconds
  ),
  sprintf("All %d rows are in %s\n", nrow(table), csv),
  sep = ""
)
