# P-values where neither presto nor limma is there: Seurat calls wilcox.test().

skip_if_not_installed("Seurat")

# Values without ties, but for some features.
continuous_cells <- function() {
  withr::local_seed(4)
  values <- matrix(rexp(40 * 30) + rep(0:1, each = 40 * 15), 40)
  values[31:35, ] <- round(values[31:35, ], 1)
  values[36, ] <- 2
  values[37, 1:2] <- 0
  values[38, 1] <- 0
  dimnames(values) <- list(sprintf("G%d", 1:40), sprintf("c%d", 1:30))
  object <- quietly(
    SeuratObject::CreateSeuratObject(as(values, "CsparseMatrix"))
  )
  object <- Seurat::NormalizeData(
    object,
    normalization.method = "RC",
    verbose = FALSE
  )
  # As they are, so that what is tied stays so.
  object <- SeuratObject::SetAssayData(
    object,
    "data",
    new.data = as(values, "CsparseMatrix")
  )
  object$cluster <- rep(c("a", "b"), each = 15)
  object$cluster[c(3, 20)] <- "c"
  SeuratObject::Idents(object) <- "cluster"
  object
}

# Seurat finds neither presto nor limma until the end of a test.
hide_packages_from_seurat <- function(frame = parent.frame()) {
  imports <- parent.env(asNamespace("Seurat"))
  original <- imports$PackageCheck
  set <- function(value) {
    rlang::env_binding_unlock(imports, "PackageCheck")
    assign("PackageCheck", value, imports)
    rlang::env_binding_lock(imports, "PackageCheck")
  }
  set(function(...) FALSE)
  withr::defer(set(original), frame)
}

test_that("small groups without ties have the exact p-values", {
  object <- continuous_cells()
  # Later ones do not ask this function.
  skip_if(utils::packageVersion("Seurat") >= "5.4.0")
  hide_packages_from_seurat()
  for (given in list(
    list(ident.1 = "a"),
    list(ident.1 = "a", max.cells.per.ident = 5),
    list(ident.1 = "c", ident.2 = "b", min.cells.group = 2),
    list(ident.1 = "a", only.pos = TRUE, features = sprintf("G%d", 40:1))
  )) {
    given <- c(given, logfc.threshold = 0, min.pct = 0)
    ours <- rlang::inject(
      find_markers(object, !!!given, exact = TRUE, threads = 1)
    )
    theirs <- rlang::inject(seurat_table("FindMarkers", object, !!!given))
    expect_seurat_table(ours, theirs)
  }
})

test_that("exact p-values are those of wilcox.test()", {
  withr::local_seed(5)
  for (n1 in c(2, 7, 49)) {
    for (n2 in c(3, 20, 49)) {
      x <- matrix(runif(12 * (n1 + n2)) + rep(c(0.3, 0), 12 * c(n1, n2)), 12)
      rownames(x) <- sprintf("G%d", 1:12)
      ours <- find_markers(
        x,
        "a",
        group.by = rep(c("a", "b"), c(n1, n2)),
        logfc.threshold = 0,
        min.cells.group = 2,
        exact = TRUE,
        threads = 1
      )
      theirs <- apply(x, 1L, function(x) {
        wilcox.test(x[seq_len(n1)], x[-seq_len(n1)], exact = TRUE)$p.value
      })
      expect_equal(
        ours[rownames(x), "p_val"],
        unname(theirs),
        tolerance = 1e-12
      )
    }
  }
})
