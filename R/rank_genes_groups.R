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
#'   mean `m1` in the group and `m2` in the rest.
#' * `pts`, `pts_rest`: the fraction of cells whose value is not zero.
#'
#' Cells without a group (`NA`) and cells of groups that are not selected
#' belong to every rest. Genes are ordered by descending score (before it is
#' rounded to single precision), ties by their place in the matrix.
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
#' @section Interrupting:
#' A running call can be interrupted; it ends within half a second and leaves
#' nothing behind.
#'
#' @param x What to rank: a matrix (of package Matrix or base R), or the path
#'   of an `.h5ad` file.
#' @param groupby The group of each cell: a vector or factor with one entry a
#'   cell or, for inputs that describe their cells, the name of a column. A
#'   factor keeps the order of its levels; strings are put in natural order
#'   (`"2"` before `"10"`).
#' @param ... Arguments that every method takes:
#'
#'   * `groups = "all"`: the groups to report, in this order. The rest is
#'     still every other cell.
#'   * `reference = "rest"`: `"rest"`, or one group to compare with. Ranks are
#'     then those within the two groups.
#'   * `mask_var = NULL`: which genes to rank, a logical vector with one entry
#'     a gene or, for inputs that describe their genes, the name of a logical
#'     column.
#'   * `n_genes = NULL`: rows of the tables. `NULL` is all genes, and so is
#'     more than there are.
#'   * `rankby_abs = FALSE`: rank by the absolute score.
#'   * `pts = FALSE`: also give the fractions of expressing cells.
#'   * `method = "wilcoxon"`: the only one.
#'   * `corr_method = "benjamini-hochberg"`: or `"bonferroni"`.
#'   * `tie_correct = FALSE`: correct the variance for ties.
#'   * `threads = NULL`: number of threads. `NULL` is the option
#'     `wilcoxide.threads`, else the cores this process may use. No number
#'     changes any bit of the result.
#'   * `progress = rlang::is_interactive()`: show a progress bar when the call
#'     lasts longer than a second.
#' @param cells Which dimension of the matrix holds the cells.
#' @param log_base The base of the logarithm of the values, `NULL` for the
#'   natural one.
#'
#' @return An object of class `rank_genes_groups`, a list shaped as Scanpy's
#'   `adata.uns["rank_genes_groups"]`:
#'
#'   * `params`: a list of `groupby`, `reference`, `method`, `use_raw`,
#'     `layer`, `corr_method`;
#'   * `names`, `scores`, `pvals`, `pvals_adj`, `logfoldchanges`: data frames
#'     with a column a group and a row a rank;
#'   * `pts`, `pts_rest`, with `pts = TRUE`: data frames with a row a gene, in
#'     the order of the input, and a column a group. With a reference there is
#'     no `pts_rest`, and `pts` has a last column for the reference.
#'
#' @seealso [rank_genes_groups_df()] for one long table,
#'   [filter_rank_genes_groups()].
#'
#' @examples
#' path <- system.file("extdata", "pbmc68k_reduced.h5ad", package = "wilcoxide")
#' if (requireNamespace("hdf5r", quietly = TRUE)) {
#'   rank_genes_groups(path, "bulk_labels", threads = 1)
#' }
#'
#' # Any matrix of genes x cells
#' set.seed(1)
#' counts <- matrix(rpois(50 * 30, 1), 50)
#' rownames(counts) <- paste0("gene", 1:50)
#' cluster <- rep(c("a", "b", "c"), each = 10)
#' counts[1:5, cluster == "b"] <- counts[1:5, cluster == "b"] + 3
#' result <- rank_genes_groups(log1p(counts), cluster, threads = 1)
#' result
#' head(rank_genes_groups_df(result, group = "b"))
#' @export
rank_genes_groups <- function(x, groupby, ...) {
  UseMethod("rank_genes_groups")
}

#' Check the arguments, run the kernel, make the result
#'
#' @param view An expression view.
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
                      threads = NULL,
                      progress = rlang::is_interactive(),
                      call = rlang::caller_env()) {
  check_no_others(..., call = call)
  check_choice(method, "wilcoxon", "method", call)
  check_choice(
    corr_method,
    c("benjamini-hochberg", "bonferroni"),
    "corr_method",
    call
  )
  check_flag(rankby_abs, "rankby_abs", call)
  check_flag(pts, "pts", call)
  check_flag(tie_correct, "tie_correct", call)
  check_flag(progress, "progress", call)
  threads <- resolve_threads(threads, call)
  check_not_empty(view, call)
  if (missing(groupby)) {
    abort_input(
      "{.arg groupby} is missing: say which group each cell is in.",
      call = call
    )
  }
  cells <- cell_groups(groupby, view, call)
  chosen <- select_groups(groups, reference, cells, call)
  genes <- ranked_genes(mask_var, view, call)
  n_rows <- check_n_genes(n_genes, length(genes), call)

  settings <- list(
    n_cells = as.integer(view$n_cells),
    n_genes = length(view$genes),
    n_levels = nlevels(cells),
    selected = match(chosen$selected, levels(cells)) - 1L,
    reference = if (!is.null(chosen$reference)) {
      match(chosen$reference, levels(cells)) - 1L
    },
    genes = genes - 1L,
    log_base = if (!is.null(view$log_base)) as.double(view$log_base),
    n_rows = n_rows,
    rankby_abs = rankby_abs,
    bonferroni = corr_method == "bonferroni",
    tie_correct = tie_correct,
    pts = pts,
    threads = threads,
    block_size = 0L
  )
  ranked <- call_kernel(view, cells, settings, progress, call)
  if (ranked$looks_like_counts) {
    warn_counts(call)
  }
  make_result(
    ranked,
    names = view$genes[genes],
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

call_kernel <- function(view, cells, settings, progress, call) {
  matrix <- view$matrix()
  settings$by_cell <- matrix$major == "cell"
  codes <- as.integer(cells) - 1L
  codes[is.na(codes)] <- -1L
  ranked <- rank_groups(
    matrix$p,
    matrix$idx,
    matrix$x,
    codes,
    settings,
    progress_tick(progress)
  )
  switch(ranked$status,
    ok = ranked,
    interrupted = rlang::interrupt(),
    not_a_number = abort_input(
      c(
        "The matrix must hold numbers only.",
        x = "{ranked$count} value{?s} {?is/are} {.val {NaN}} or {.val {NA}},
             the first in gene {.val {view$genes[[ranked$gene]]}}."
      ),
      call = call
    ),
    matrix = abort_input(
      c(
        "The sparse matrix is not valid.",
        x = "What is wrong: {ranked$message}."
      ),
      call = call
    ),
    abort_internal(
      c(
        "The ranking failed by a fault of {.pkg wilcoxide}.",
        x = "What it said: {ranked$message}"
      ),
      call = call
    )
  )
}

make_result <- function(ranked, names, cells, chosen, params) {
  tables <- lapply(
    ranked[c("scores", "logfoldchanges", "pvals", "pvals_adj")],
    rlang::set_names,
    chosen$selected
  )
  fractions <- if (length(ranked$counts) > 0L) {
    expressing(ranked, names, cells, chosen)
  }
  new_rank_genes_groups(
    params = params,
    names = rlang::set_names(
      lapply(ranked$genes, function(gene) names[gene + 1L]),
      chosen$selected
    ),
    scores = tables$scores,
    logfoldchanges = tables$logfoldchanges,
    pvals = tables$pvals,
    pvals_adj = tables$pvals_adj,
    pts = fractions$pts,
    pts_rest = fractions$pts_rest
  )
}

#' Fractions of expressing cells, genes x groups
#'
#' The kernel's counts have a column a selected group and a last one for the
#' reference or for the cells of no selected group.
#' @noRd
expressing <- function(ranked, names, cells, chosen) {
  counts <- matrix(as.double(ranked$counts), ranked$counts_dim[[1L]])
  groups <- c(chosen$selected, chosen$reference)
  sizes <- tabulate(cells, nlevels(cells))[match(groups, levels(cells))]
  in_group <- counts[, seq_along(groups), drop = FALSE]
  dimnames(in_group) <- list(names, groups)
  pts <- sweep(in_group, 2L, sizes, "/")
  if (!is.null(chosen$reference)) {
    return(list(pts = pts))
  }
  pts_rest <- sweep(
    rowSums(counts) - in_group,
    2L,
    length(cells) - sizes,
    "/"
  )
  list(pts = pts, pts_rest = pts_rest)
}

#' @return Places of the genes to rank, from 1.
#' @noRd
ranked_genes <- function(mask_var, view, call) {
  n <- length(view$genes)
  if (is.null(mask_var)) {
    return(seq_len(n))
  }
  if (is.character(mask_var) && length(mask_var) == 1L) {
    if (is.null(view$var)) {
      abort_input(
        c(
          "{.arg mask_var} must be a logical vector with one entry a gene.",
          x = "It names a column, but a matrix has none."
        ),
        call = call
      )
    }
    mask_var <- annotation_column(view$var, mask_var, "mask_var", call)
  }
  if (!is.logical(mask_var) || anyNA(mask_var) || length(mask_var) != n) {
    abort_input(
      c(
        "{.arg mask_var} must be a logical vector with one entry a gene and
         no {.val {NA}}.",
        x = "A vector of class {.cls {class(mask_var)}} with
             {length(mask_var)} entr{?y/ies} was given for {n} genes."
      ),
      call = call
    )
  }
  if (!any(mask_var)) {
    abort_input("{.arg mask_var} leaves no gene to rank.", call = call)
  }
  which(mask_var)
}

check_not_empty <- function(view, call) {
  if (view$n_cells == 0L || length(view$genes) == 0L) {
    abort_input(
      c(
        "There must be cells and genes to rank.",
        x = "There are {view$n_cells} cells and {length(view$genes)} genes."
      ),
      call = call
    )
  }
}

check_no_others <- function(..., call) {
  if (...length() == 0L) {
    return(invisible())
  }
  others <- names(list(...)) %||% rep("", ...length())
  others[others == ""] <- "(without a name)"
  known <- setdiff(names(formals(rank_view)), c("view", "...", "call"))
  abort_input(
    c(
      "There are arguments that {.fn rank_genes_groups} does not take here:
       {.arg {others}}.",
      i = "Arguments of every method: {.arg {known}}."
    ),
    call = call
  )
}

check_n_genes <- function(n_genes, n_ranked, call) {
  if (is.null(n_genes)) {
    return(n_ranked)
  }
  if (!is_whole_number(n_genes)) {
    abort_input(
      c(
        "{.arg n_genes} must be one positive whole number, or NULL for all.",
        x = "{.val {n_genes}} was given."
      ),
      call = call
    )
  }
  as.integer(min(n_genes, n_ranked))
}

check_flag <- function(x, arg, call) {
  if (!rlang::is_bool(x)) {
    abort_input(
      c(
        "{.arg {arg}} must be {.val {TRUE}} or {.val {FALSE}}.",
        x = "An object of class {.cls {class(x)}} was given."
      ),
      call = call
    )
  }
}

check_choice <- function(x, choices, arg, call) {
  if (!rlang::is_string(x) || !x %in% choices) {
    abort_input(
      c(
        "{.arg {arg}} must be {.or {.val {choices}}}.",
        x = "{.val {x}} was given."
      ),
      call = call
    )
  }
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
