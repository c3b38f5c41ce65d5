# Tests rank views that they have made or changed themselves.
registerS3method(
  "view_of",
  "wilcoxide_expression",
  function(x, ..., call) x,
  envir = asNamespace("wilcoxide")
)

# A view of `x`, genes by cells, that gives blocks of `size` genes.
view_in_blocks <- function(x, size, by_cell = TRUE) {
  x <- as_dgc(x)
  source <- block_source(
    plan = function(genes, budget, n_blocks) {
      starts <- seq(1L, length(genes), by = size)
      ends <- pmin(starts + size - 1L, length(genes))
      Map(c, genes[starts], genes[ends])
    },
    statistics = function(range, codes, settings, tick, call) {
      some <- x[range[[1L]]:range[[2L]], , drop = FALSE]
      some <- if (by_cell) some else as_dgr(some)
      slices_statistics(
        matrix_slices(some, TRUE, NULL),
        range,
        codes,
        settings
      )
    },
    read = function(genes, budget, threads) {
      matrix_slices(x[genes, , drop = FALSE], TRUE, NULL)
    }
  )
  expression_view(
    matrix = NULL,
    genes = rownames(x),
    n_cells = ncol(x),
    blocks = source
  )
}
