# The front door: arguments in, kernel, result out.

#' Rank the genes that mark each group of cells
#'
#' Compares each group of cells with the rest, or with a reference group, by
#' the Wilcoxon rank-sum test, for every gene, and ranks the genes. Scores,
#' p-values, adjusted p-values, fold changes and fractions are those of
#' Scanpy's `rank_genes_groups(method = "wilcoxon")`, to the last bit.
#'
#' @section What is computed:
#' Values are expected to be logarithms of normalised counts, `log(1 + x)`,
#' though any numbers can be ranked: negative values rank below the zeros that
#' a sparse matrix does not store, infinite ones as numbers. Stored zeros are
#' zeros. The object given is never changed.
#'
#' * `scores`: the rank sum of the group less its expectation, in standard
#'   deviations; the variance is corrected for ties with `tie_correct` only.
#'   There is no continuity correction.
#' * `pvals`: the two-sided normal p-value of the score.
#' * `pvals_adj`: adjusted over all genes that are ranked, group by group.
#' * `logfoldchanges`: `log2((expm1(m1) + 1e-9) / (expm1(m2) + 1e-9))` of the
#'   mean `m1` in the group and `m2` in the rest; with
#'   `mean_in_log_space = FALSE`, `log2((m1 + 1e-9) / (m2 + 1e-9))` of the
#'   means of `expm1(x)`.
#' * `pts`, `pts_rest`: the fraction of cells whose value is not zero.
#'
#' Cells without a group (`NA`) and cells of groups that are not selected
#' belong to every rest. Genes are ordered by descending score (before it is
#' rounded to single precision), ties by their place in the matrix.
#'
#' A message says which groups are small, 25 cells or fewer, when groups are
#' compared with a reference: Scanpy hints at them, too.
#'
#' @section Exact sums:
#' Scanpy adds up the cells of a rest one after another, and the order of
#' additions shows in the last bits. Where no order of adding a gene's values
#' rounds, as for logarithms stored in single precision, the sum over the rest
#' is the total less the group's. For other values that difference is used
#' only where every sum within its error gives the same fold change; the few
#' groups left are added up cell after cell, 16 in one pass over the gene. So
#' the fold changes are those of adding cell after cell, in a time that does
#' not multiply with the number of groups.
#'
#' Means of `expm1(x)` are those of Scanpy 1.13, which has the rest from the
#' weighted means of all groups. It takes `expm1` in single precision where the
#' data are stored so. R has no such type: a file or an AnnData says how its
#' values are stored, those of other objects count as single precision when
#' they all fit.
#'
#' @section Files larger than memory:
#' The matrix of an `.h5ad` file is read whole where 12 bytes a stored value
#' fit into the memory given: the option `wilcoxide.memory`, in bytes, by
#' default half of what is free. Otherwise it is read in blocks of genes. Of a
#' file that stores values by gene (CSC) each block is read when its turn comes.
#' A file that stores them by cell (CSR, dense) is read once and dealt out by
#' gene, in 6 bytes a value (10 where values are no float32), into a third of
#' that memory, and what does not fit into a temporary file in the folder that
#' the option `wilcoxide.tempdir` names, by default R's own. That file has no
#' name and is gone when the call ends, however it ends. The bits of the result
#' are the same either way.
#'
#' Numbers stored without compression or by gzip, lzf and shuffle, as anndata
#' does, are read by all threads; all else by HDF5, by one. A file that changes
#' while it is read is an error.
#'
#' @section Interrupting:
#' A running call can be interrupted; it ends within half a second and leaves
#' nothing behind.
#'
#' @param x What to rank: a matrix (of package Matrix or base R), a
#'   SummarizedExperiment or SingleCellExperiment, a Seurat object, an AnnData
#'   object in R, or the path of an `.h5ad` file. Matrices of classes
#'   `dgCMatrix` and `dgRMatrix` are read where they lie; others are first
#'   converted to `dgCMatrix`.
#' @param groupby The group of each cell: a vector or factor with one entry a
#'   cell, in the order of the cells, or, for inputs that describe their
#'   cells, the name of a column. A factor keeps the order of its levels;
#'   strings are put in natural order (`"2"` before `"10"`), numbers by value.
#'   `NA` is no group. A vector whose names are those of the cells in another
#'   order is refused.
#' @param ... Arguments that every method takes:
#'
#'   * `groups = "all"`: the groups to report, in this order. The rest is
#'     still every other cell.
#'   * `reference = "rest"`: `"rest"`, or one group to compare with. Ranks are
#'     then those within the two groups.
#'   * `mask_var = NULL`: which genes to rank, a logical vector with one entry
#'     a gene or, for inputs that describe their genes, the name of a logical
#'     column. Others are left out of the tables and of the adjustment.
#'   * `n_genes = NULL`: rows of the tables. `NULL` is all genes, and so is
#'     more than there are.
#'   * `rankby_abs = FALSE`: rank by the absolute score.
#'   * `pts = FALSE`: also give the fractions of expressing cells. The names
#'     of the genes must then be unique.
#'   * `method = "wilcoxon"`: the only one.
#'   * `corr_method = "benjamini-hochberg"`: or `"bonferroni"`.
#'   * `tie_correct = FALSE`: correct the variance for ties.
#'   * `mean_in_log_space = TRUE`: take fold changes from the means of the
#'     logarithms, as Scanpy always has. `FALSE` takes them from the means of
#'     the values that the logarithms are of, `expm1(x)`, as Scanpy 1.13 can.
#'   * `threads = NULL`: number of threads. `NULL` is the option
#'     `wilcoxide.threads`, else the cores this process may use, limited by
#'     the environment variables `OMP_THREAD_LIMIT` and `RAYON_NUM_THREADS`.
#'     No number changes any bit of the result.
#'   * `progress = rlang::is_interactive()`: show a progress bar when the call
#'     lasts longer than a second.
#'   * `BPPARAM = NULL`: a back-end of BiocParallel whose workers read and rank
#'     blocks of genes, for inputs that are read in blocks. Each uses one
#'     thread if `threads` does not say more. Not used, with a message, for
#'     what is in memory.
#'   * `BPREDO = list()`: what `BiocParallel::bptry()` made of the error of a
#'     call some of whose blocks failed; only those are done again.
#' @param cells Which dimension of the matrix holds the cells: `"columns"`, as
#'   in Bioconductor and Seurat, or `"rows"`, as in AnnData. It is not guessed.
#' @param log_base The base of the logarithm of the values, `NULL` for the
#'   natural one, or for what a SummarizedExperiment notes of it. Fold changes
#'   need it.
#'
#' @return An object of class `rank_genes_groups`, a list shaped as Scanpy's
#'   `adata.uns["rank_genes_groups"]`:
#'
#'   * `params`: a list of `groupby`, `reference`, `method`, `use_raw`,
#'     `layer`, `corr_method`;
#'   * `names`, `scores`, `logfoldchanges`, `pvals`, `pvals_adj`: data frames
#'     with a column a group and a row a rank; `scores` and `logfoldchanges`
#'     hold values of single precision, as in Scanpy. Genes without names go
#'     by their number;
#'   * `pts`, `pts_rest`, with `pts = TRUE`: data frames with a row a gene, in
#'     the order of the input, and a column a group. With a reference there is
#'     no `pts_rest`, and `pts` has a column for the reference too: at its
#'     place among `groups`, or last where it is not among them.
#'
#' @seealso [rank_genes_groups_df()] for one long table,
#'   [filter_rank_genes_groups()].
#'
#' @examples
#' # Any matrix of genes x cells
#' set.seed(1)
#' counts <- matrix(rpois(50 * 30, 1), 50)
#' rownames(counts) <- paste0("gene", 1:50)
#' cluster <- rep(c("a", "b", "c"), each = 10)
#' counts[1:5, cluster == "b"] <- counts[1:5, cluster == "b"] + 3
#' result <- rank_genes_groups(log1p(counts), cluster, threads = 1)
#' result
#' head(rank_genes_groups_df(result, group = "b"))
#'
#' # One group against another, with the fractions of expressing cells
#' rank_genes_groups(
#'   log1p(counts), cluster,
#'   groups = "b", reference = "a", pts = TRUE, n_genes = 5, threads = 1
#' )
#'
#' # A file of AnnData
#' path <- system.file("extdata", "pbmc68k_reduced.h5ad", package = "wilcoxide")
#' if (requireNamespace("hdf5r", quietly = TRUE)) {
#'   rank_genes_groups(path, "bulk_labels", threads = 1)
#' }
#' @order 1
#' @export
rank_genes_groups <- function(x, groupby, ...) {
  UseMethod("rank_genes_groups")
}

#' Check the arguments, run the kernel, make the result
#'
#' Every method ends here.
#'
#' @param view An expression view.
#' @param use What to do with the view and the groups instead of ranking, see
#'   [with_expression()].
#' @noRd
rank_view <- function(view,
                      groupby,
                      ...,
                      groups = "all",
                      reference = "rest",
                      mask_var = NULL,
                      n_genes = NULL,
                      rankby_abs = FALSE,
                      pts = FALSE,
                      method = "wilcoxon",
                      corr_method = "benjamini-hochberg",
                      tie_correct = FALSE,
                      mean_in_log_space = TRUE,
                      threads = NULL,
                      progress = rlang::is_interactive(),
                      BPPARAM = NULL, # nolint
                      BPREDO = list(), # nolint
                      use = NULL,
                      call = rlang::caller_env()) {
  if (!is.null(use)) {
    return(use(view, groupby, ..., call = call))
  }
  check_no_others(..., call = call)
  check_method(method, call)
  check_choice(corr_method, corrections, "corr_method", call)
  check_flag(rankby_abs, "rankby_abs", call)
  check_flag(pts, "pts", call)
  check_flag(tie_correct, "tie_correct", call)
  check_flag(mean_in_log_space, "mean_in_log_space", call)
  check_flag(progress, "progress", call)
  workers <- block_workers(BPPARAM, BPREDO, view, call)
  # Workers share the cores already.
  threads <- resolve_threads(
    if (is.null(workers)) threads else threads %||% 1L,
    call
  )
  check_not_empty(view, call)
  check_given(missing(groupby), view, call)

  cells <- cell_groups(groupby, view, call)
  chosen <- select_groups(groups, reference, cells, call)
  genes <- ranked_genes(mask_var, view, call)
  if (pts) {
    check_row_names(view$genes[genes], call)
  }
  settings <- list(
    log_base = if (!is.null(view$log_base)) as.double(view$log_base),
    n_rows = check_n_genes(n_genes, length(genes), call),
    rankby_abs = rankby_abs,
    bonferroni = corr_method == "bonferroni",
    tie_correct = tie_correct,
    mean_in_log_space = mean_in_log_space,
    single = view$single,
    pts = pts,
    threads = threads,
    block_size = 0L
  )
  settings <- c(settings, kernel_sizes(view, cells, chosen, genes))
  codes <- as.integer(cells) - 1L
  codes[is.na(codes)] <- -1L
  ranked <- if (is.null(view$blocks)) {
    rank_slices(view, codes, settings, progress, call)
  } else {
    rank_blocks(view, codes, settings, workers, progress, call)
  }
  # The bar is gone with its frame: R starts a new line at an interrupt.
  check_kernel(ranked, view, call)
  if (ranked$looks_like_counts) {
    warn_counts(call)
  }
  if (!is.null(chosen$reference)) {
    hint_few_cells(chosen$counted, cells)
  }
  make_result(
    ranked,
    genes = view$genes[genes],
    cells = cells,
    chosen = chosen,
    params = list(
      groupby = if (is_column_name(groupby, view)) groupby,
      reference = chosen$reference %||% "rest",
      method = method,
      use_raw = view$use_raw,
      layer = view$layer,
      corr_method = corr_method
    )
  )
}

corrections <- c("benjamini-hochberg", "bonferroni")

check_not_empty <- function(view, call) {
  n_genes <- length(view$genes)
  if (view$n_cells == 0L || n_genes == 0L) {
    abort_input(
      c(
        "{.arg x} must have cells and genes to rank.",
        x = "It has {view$n_cells} cell{?s} and {n_genes} gene{?s}."
      ),
      call = call
    )
  }
}

check_given <- function(is_missing, view, call) {
  if (is_missing) {
    abort_input(
      c(
        "{.arg groupby} must say which group each cell is in.",
        x = "It is missing.",
        i = if (is.null(view$obs)) {
          "Give a vector or a factor, one entry a cell."
        } else {
          "Give a vector, one entry a cell, or the name of a column of
           {.field {view$obs$what}}: {.val {view$obs$names}}."
        }
      ),
      call = call
    )
  }
}

# The kernel counts groups and genes from 0.
kernel_sizes <- function(view, cells, chosen, genes) {
  code <- function(group) match(group, levels(cells)) - 1L
  list(
    n_cells = as.integer(view$n_cells),
    n_genes = length(view$genes),
    n_levels = nlevels(cells),
    selected = code(chosen$selected),
    reference = if (!is.null(chosen$reference)) code(chosen$reference),
    genes = genes - 1L
  )
}

rank_slices <- function(view, codes, settings, progress, call) {
  matrix <- view$matrix()
  settings$by_cell <- matrix$major == "cell"
  settings["single"] <- list(matrix$single %||% settings$single)
  rank_groups(
    matrix$p,
    matrix$idx,
    matrix$x,
    codes,
    settings,
    progress_tick(progress)
  )
}

#' Raise what the kernel says in the place of a result
#' @param answer A list with `status`.
#' @noRd
check_kernel <- function(answer, view, call) {
  switch(answer$status,
    ok = NULL,
    interrupted = rlang::interrupt(),
    not_a_number = abort_not_a_number(
      answer$count,
      view$genes[[answer$gene]],
      call
    ),
    matrix = abort_invalid_matrix(answer$message, call),
    abort_internal(
      c(
        "The ranking failed by a fault of {.pkg wilcoxide}.",
        x = "What it said: {answer$message}"
      ),
      call = call
    )
  )
}

abort_not_a_number <- function(count, gene, call) {
  abort_input(
    c(
      "{.arg x} must hold numbers only.",
      x = "{format(count, scientific = FALSE)} value{cli::qty(count)}{?s}
           {?is/are} NaN or NA, the first in gene {.val {gene}}."
    ),
    call = call
  )
}

warn_counts <- function(call) {
  cli::cli_warn(
    c(
      "The values look like raw counts: all are whole numbers, none is
       negative.",
      i = "Normalise and take logarithms before ranking."
    ),
    class = c("wilcoxide_warning_counts", "wilcoxide_warning"),
    call = call
  )
}

#' Scanpy's hint where a group is compared with a reference
#' @noRd
hint_few_cells <- function(groups, cells) {
  few <- groups[group_sizes(groups, cells) <= 25L]
  if (length(few) > 0L) {
    cli::cli_inform(
      c(
        i = "{cli::qty(few)}Group{?s} with few cells for a normal approximation
             (25 or fewer): {.val {few}}. The p-values are less accurate."
      ),
      class = c("wilcoxide_message_few_cells", "wilcoxide_message")
    )
  }
}

#' Tables of the kernel as a result
#'
#' @param genes Names of the genes that were ranked.
#' @noRd
make_result <- function(ranked, genes, cells, chosen, params) {
  by_group <- function(columns) {
    if (!is.null(columns)) rlang::set_names(columns, chosen$selected)
  }
  ranked$names <- lapply(ranked$genes, function(gene) genes[gene + 1L])
  # Those that the kernel was not asked for are not there.
  tables <- lapply(
    rlang::set_names(table_names("rank")),
    function(name) by_group(ranked[[name]])
  )
  if (length(ranked$counts) > 0L) {
    tables <- c(tables, expressing(ranked$counts, genes, cells, chosen))
  }
  new_rank_genes_groups(params, tables)
}

#' Fractions of expressing cells, genes x groups
#'
#' @param counts Expressing cells: all genes of the first selected group, then
#'   those of the next; at last those of the reference, or of the cells of no
#'   selected group. A table of many groups is large, so each is looked at on
#'   its own.
#' @noRd
expressing <- function(counts, genes, cells, chosen) {
  n_genes <- length(genes)
  of_slot <- function(slot) counts[(slot - 1) * n_genes + seq_len(n_genes)]
  slots <- match(chosen$counted, c(chosen$selected, chosen$reference))
  sizes <- group_sizes(chosen$counted, cells)
  table <- function(fractions) {
    values <- vapply(seq_along(slots), fractions, double(n_genes))
    # One gene alone comes as a vector.
    dim(values) <- c(n_genes, length(slots))
    dimnames(values) <- list(genes, chosen$counted)
    values
  }

  pts <- table(function(j) of_slot(slots[[j]]) / sizes[[j]])
  if (!is.null(chosen$reference)) {
    return(list(pts = pts))
  }
  total <- double(n_genes)
  for (slot in seq_len(length(slots) + 1L)) {
    total <- total + of_slot(slot)
  }
  n_cells <- length(cells)
  pts_rest <- table(function(j) {
    (total - of_slot(slots[[j]])) / (n_cells - sizes[[j]])
  })
  list(pts = pts, pts_rest = pts_rest)
}
