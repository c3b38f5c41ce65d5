# Seurat's own tables beside ours.

#' Generated cells as a Seurat object: `n` cells of three identities and one NA
seurat_cells <- function(n = 80, n_genes = 60, seed = 1, normalise = TRUE) {
  withr::local_seed(seed)
  cluster <- sample(c("b", "a", "c", NA), n, TRUE, c(4, 3, 2, 1))
  counts <- matrix(rpois(n_genes * n, rexp(n_genes, 1.5)), n_genes)
  for (group in c("a", "b", "c")) {
    raised <- seq(match(group, letters), n_genes %/% 3L, by = 3L)
    own <- which(cluster %in% group)
    counts[raised, own] <- counts[raised, own] + rpois(length(raised), 2)
  }
  # Features whose names a second row of another could get.
  genes <- sprintf("G%d", seq_len(n_genes))
  dimnames(counts) <- list(genes, sprintf("cell%d", seq_len(n)))
  object <- quietly(
    SeuratObject::CreateSeuratObject(as(counts, "CsparseMatrix"))
  )
  if (normalise) {
    object <- Seurat::NormalizeData(object, verbose = FALSE)
  }
  object$cluster <- factor(cluster, c("b", "a", "c", "none"))
  object$donor <- rep_len(c("d1", "d2", "d2", "d1", "d2"), n)
  SeuratObject::Idents(object) <- "cluster"
  object
}

#' The table of a function of Seurat's, without its chatter
seurat_table <- function(fun, ...) {
  fun <- getExportedValue("Seurat", fun)
  suppressMessages(suppressWarnings(fun(..., verbose = FALSE)))
}

quietly <- function(expr) {
  suppressMessages(suppressWarnings(expr))
}

#' Relative difference of numbers, NaN beside NaN being none; of numbers below
#' `least`, relative to that
relative_difference <- function(ours, theirs, least = 0) {
  same <- (is.na(ours) & is.na(theirs)) | ours %in% theirs & ours == theirs
  same[is.na(same)] <- FALSE
  difference <- abs(ours - theirs) / pmax(abs(ours), abs(theirs), least)
  max(0, difference[!same])
}

#' Expect Seurat's table: names, order, fractions and factors to the bit, other
#' numbers within 1e-12
expect_seurat_table <- function(ours, theirs, label = NULL) {
  is_exact <- function(column) !grepl("p_val|avg_|pval$", column)
  exact <- names(theirs)[is_exact(names(theirs))]
  expect_identical(names(ours), names(theirs), label = label)
  expect_identical(rownames(ours), rownames(theirs), label = label)
  expect_identical(
    as.list(ours[exact]),
    as.list(theirs[exact]),
    label = label
  )
  # Fold changes are differences of two logarithms, rounded in their last place.
  least <- function(column) if (startsWith(column, "avg_")) 1e-3 else 0
  for (column in setdiff(names(theirs), exact)) {
    expect_lt(
      relative_difference(ours[[column]], theirs[[column]], least(column)),
      1e-12,
      label = paste(label, column)
    )
  }
}
