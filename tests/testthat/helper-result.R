# A ranking of four genes in three groups, small enough to read; the values
# are made up.
toy_ranking <- function(pts = TRUE, reference = "rest") {
  fractions <- matrix(
    c(
      1.00, 0.75, 0.25, 0.50,
      0.50, 0.30, 1.00, 0.00,
      0.20, 0.90, 0.60, 0.40
    ),
    nrow = 4L,
    dimnames = list(
      c("CD3D", "CD74", "NKG7", "LYZ"),
      c("T", "B cell", "10")
    )
  )
  rest <- fractions
  rest[] <- c(
    0.10, 0.50, 0.40, 0.45,
    0.25, 0.80, 0.20, 0.60,
    0.70, 0.45, 0.35, 0.10
  )
  new_rank_genes_groups(
    params = list(
      groupby = "cell_type",
      reference = reference,
      method = "wilcoxon",
      use_raw = FALSE,
      layer = NULL,
      corr_method = "benjamini-hochberg"
    ),
    tables = list(
      names = list(
        "T" = c("CD3D", "LYZ", "CD74", "NKG7"),
        "B cell" = c("NKG7", "CD3D", "CD74", "LYZ"),
        "10" = c("CD74", "NKG7", "LYZ", "CD3D")
      ),
      scores = list(
        "T" = c(6.5, 1.5, 0.25, -2),
        "B cell" = c(4, 3, -1, -5.5),
        "10" = c(3.5, 2.5, 0, -0.5)
      ),
      logfoldchanges = list(
        "T" = c(3.5, 1, NaN, -2.5),
        "B cell" = c(2, 1.5, -1, -4),
        "10" = c(1.25, 1.125, Inf, -Inf)
      ),
      pvals = list(
        "T" = c(0.0001, 0.125, 0.75, 0.03125),
        "B cell" = c(0.0005, 0.0025, 0.25, 0.00001),
        "10" = c(0.0004, 0.0125, 1, 0.5)
      ),
      pvals_adj = list(
        "T" = c(0.0004, 0.25, 0.75, 0.0625),
        "B cell" = c(0.001, 0.005, 0.25, 0.00004),
        "10" = c(0.0016, 0.025, 1, 0.625)
      ),
      pts = if (pts) fractions,
      pts_rest = if (pts && reference == "rest") rest
    )
  )
}

# The tables that every result has, the numbers of all the same.
alike_tables <- function(names, values) {
  list(
    names = names,
    scores = values,
    logfoldchanges = values,
    pvals = values,
    pvals_adj = values
  )
}

# Two genes ranked in groups of these names.
named_groups <- function(groups, genes = c("x", "y")) {
  columns <- function(column) {
    rlang::set_names(rep(list(column), length(groups)), groups)
  }
  new_rank_genes_groups(
    toy_ranking()$params,
    alike_tables(columns(genes), columns(rev(seq_along(genes)) / 1))
  )
}
