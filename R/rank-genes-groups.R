# The front door: whatever holds the cells becomes a view, the arguments become
# a request, and both go to be run.

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
#' * `scores`: the rank sum of the group minus its expectation, in standard
#'   deviations; the variance is corrected for ties with `tie_correct` only.
#'   There is no continuity correction, whatever `correct` says of p-values.
#' * `pvals`: the two-sided normal p-value of the score, unless `alternative`,
#'   `correct` or `exact` ask for another.
#' * `pvals_adj`: adjusted over all genes that are ranked, group by group;
#'   `adjust_over` and `min_fraction` make other families.
#' * `logfoldchanges`: `log2((expm1(m1) + 1e-9) / (expm1(m2) + 1e-9))` of the
#'   mean `m1` in the group and `m2` in the rest; with
#'   `mean_in_log_space = FALSE`, `log2((m1 + 1e-9) / (m2 + 1e-9))` of the
#'   means of `expm1(x)`. See the section on fold changes for others.
#' * `pts`, `pts_rest`: the fraction of cells whose value is not zero.
#'
#' Cells without a group (`NA`) and cells of groups that are not selected belong
#' to every rest; those of groups in `exclude` belong to none. Genes are ordered
#' by descending score (before it is rounded to single precision), ties by their
#' place in the matrix.
#'
#' When groups are compared with a reference, a message names those of 25 cells
#' or fewer, as a hint of Scanpy's does. `min_cells` leaves them out.
#'
#' @section Groups:
#' `groupby` may be of any class that holds labels in R: factors, strings in any
#' encoding, numbers (also 64-bit integers, with or without package bit64),
#' logical values, dates, an `Rle`, or a data frame of one column. A factor
#' keeps the order of its levels; strings are put in natural order (`"2"` before
#' `"10"`), everything else in the order of the values. `NA` is not a group.
#' Levels without a cell are left out with a message, unless `groups` names
#' them. A vector whose names are those of the cells in another order is
#' refused, and so are labels whose names are uncertain, such as numbers of a
#' class whose package is not loaded.
#'
#' Groups have the names that Scanpy gives them. For R's own numbers, which may
#' be whole or not, these are `"1"`, `"100000"` and `"0.5"`; those of an AnnData
#' or a file that are stored as floats are `"1.0"`, `"100000.0"` and `"0.5"`, as
#' in Python. Logical values are `"TRUE"` and `"FALSE"`, in an AnnData or a file
#' `"True"` and `"False"`.
#'
#' @section Blocks:
#' With `block`, ranks are taken within each block, and the blocks are combined:
#' the stratified Wilcoxon test of van Elteren (1960). Differences between
#' donors or batches then neither hide a difference between groups nor pass for
#' one.
#'
#' The score is `sum(w * d) / sqrt(sum(w^2 * v))` over the blocks, where `d` is
#' the distance of a block's rank sum from its expectation and `v` its variance,
#' corrected for the ties of the block with `tie_correct`. With
#' `block_weights = "van_elteren"`, `w` is `1 / (n + 1)` for a block in which
#' `n` cells are compared, which is best at finding a difference that all blocks
#' share; with `"equal"`, large blocks weigh more. Blocks in which a group, or
#' what it is compared with, has no cells are left out for that group; a message
#' says how many. One block of all cells gives the bits of the call without
#' `block`.
#'
#' The area under the curve (`auc`) is the share of pairs of cells of one block,
#' over all blocks. Fold changes and fractions of expressing cells are those of
#' all cells, whatever their block.
#'
#' @section Pairs of groups:
#' Compared with the rest, a gene that is high in a group and also in another,
#' small group still looks like a marker. With `pairwise = TRUE`, each group is
#' compared with every other single group as well, by the area under the ROC
#' curve between the cells of the two, equal values counting one half. A high
#' `auc_min` says that a gene is higher than in every other group, a high
#' `auc_max` that it is higher than in one of them. `rank_min` is the best rank
#' of the gene over all of these comparisons, genes being ordered by descending
#' area in each, equal areas by place in the matrix: genes whose `rank_min` is 5
#' or less are the five best against each other group. These are the statistics
#' of `scran::scoreMarkers()` and of scrapper, in the order of the scores here;
#' there, equal areas share a rank.
#'
#' Cells without a group are in no pair. With `groups`, those chosen are ranked,
#' and compared with all groups that take part, chosen or not, as long as these
#' have two cells, or `min_cells`; `exclude` leaves groups out. All genes that
#' are ranked have a place, whatever `n_genes` says. There are no pairs with a
#' `reference`. With `block`, areas are of the pairs of cells of one block, over
#' all blocks; groups that share no block are not compared.
#'
#' The pairs come from the same pass over the values, but all of them are kept
#' until genes are ranked: 8 bytes for each pair and gene, which are 46 MB for
#' 20 groups and 30,000 genes, 1.2 GB for 100 groups, and twice as much for a
#' matrix that is read in blocks. A call that would take more than the option
#' `wilcoxide.memory` allows, by default half of what is free, is refused.
#'
#' @section Fold changes:
#' `lfc` chooses the definition of `logfoldchanges`. Where `c` is the
#' pseudocount, and `sum` that of `expm1(x)` over the `n` cells of a side:
#'
#' * `"scanpy"`: as above, with `c` = 1e-9, in single precision.
#' * `"seurat"`: `log2((sum + c) / n)` in the group, minus the same of the other
#'   side, with `c` = 1, as in Seurat 5.
#' * `"seurat4"`: `log2(sum / n + c)`, minus the same of the other side, with
#'   `c` = 1, as in Seurat 3 and 4.
#' * `"mean_difference"`: the difference of the means of the values as they are
#'   stored, which presto calls `logFC`.
#'
#' All but Scanpy's are in double precision. Sums are added in the order of the
#' cells; the sum over the rest is put together from those of the groups.
#'
#' @section Presets:
#' `preset` sets the arguments that give the numbers of another package.
#' Arguments that you give yourself take precedence.
#'
#' * `"scanpy"`: the defaults.
#' * `"seurat"`: `tie_correct = TRUE, correct = TRUE, lfc = "seurat",
#'   corr_method = "bonferroni"`.
#' * `"presto"`: `tie_correct = TRUE, correct = TRUE, lfc = "mean_difference",
#'   corr_method = "benjamini-hochberg"`.
#'
#' @section Levels:
#' With `split_by`, the whole ranking is made within each level, as if its cells
#' were the only ones, to the bit: stimulated against control cells within each
#' cell type, for example, with donors as `block`. The matrix is read once.
#' Groups and levels with too few cells to be compared are left out, with a
#' message, and so are cells whose level is `NA`. See [rank_genes_groups_split]
#' for what is returned, and `combine` of [rank_genes_groups_df()] for genes
#' that all levels share.
#'
#' @section Exact sums:
#' Scanpy adds up the cells of a rest one after another, and the order of
#' additions shows in the last bits. Where the sum of a gene's values is exact
#' in any order, as for logarithms stored in single precision, the sum over the
#' rest is the total minus the group's. For other values that difference is used
#' only where every sum within its error gives the same fold change; the few
#' groups left are added up cell after cell, 16 in one pass over the gene. So
#' the fold changes are those of adding cell after cell, without the time
#' growing with the number of groups.
#'
#' Means of `expm1(x)` are those of Scanpy 1.13, which computes the rest from
#' the weighted means of all groups, and takes `expm1` in single precision if
#' the data are stored in it. R has no such type: a file or an AnnData says how
#' its values are stored; values of other objects count as single precision if
#' all of them fit.
#'
#' @section Files larger than memory:
#' The matrix of an `.h5ad` file is read at once if 12 bytes per stored value
#' fit into the memory that may be used: the option `wilcoxide.memory`, in
#' bytes, by default half of what is free. Otherwise it is read in blocks of
#' genes. If the file stores values by gene (CSC), each block is read when its
#' turn comes. A file that stores them by cell (CSR, dense) is read once and
#' sorted by gene, in 6 bytes per value (10 if values are not float32). A third
#' of that memory is used for this; what does not fit goes to a temporary file
#' in the folder of the option `wilcoxide.tempdir`, by default R's own. That
#' file has no name and is gone when the call ends, however it ends. The bits of
#' the result are the same either way.
#'
#' Numbers stored without compression or by gzip, lzf, zstd and shuffle are read
#' by all threads. Files that are compressed in other ways, or open for writing,
#' are read by HDF5 on one thread, which needs the package hdf5r. A file that
#' changes while it is read, or is damaged, is an error.
#'
#' @section Results in files:
#' With `output`, the result is one long table in a file, a row for each group
#' and gene: that of [as_screen_table()], to the bit, with the tables that
#' `statistics`, `pairwise` and `pts` ask for after it, and with `split_by` the
#' level before it. A screen of 19,000 perturbations and 18,000 genes has 342
#' million rows, which do not fit into the memory of most machines. Genes that
#' `min_fraction` kept out have NaN as `fdr`.
#'
#' Files that end in `.parquet` are read by Arrow, DuckDB, pandas, polars and
#' many others; names are coded by dictionaries, and compression is Snappy's.
#' Scanpy's fold changes are numbers of single precision there, as they are in
#' Scanpy. Files that end in `.csv.gz` are text that gives the same numbers when
#' it is read; they take longer to write and to read.
#'
#' The file is written in the folder where it will be, under a name that begins
#' with a dot and ends in `.part`, and gets its own name when it is complete,
#' replacing any file of that name. A call that fails or is interrupted leaves
#' nothing behind; one that is killed leaves only the `.part` file.
#'
#' Intermediate results are kept until all groups are ranked: in up to 256 MB of
#' memory, and beyond that in a temporary file in the folder of the option
#' `wilcoxide.tempdir`. It takes some 20 to 30 bytes for each group and gene,
#' which is 10 GB for that screen. Memory does not grow with the number of
#' groups.
#'
#' With `adjust_over = "all"`, p-values are sorted, and groups ranked twice; 16
#' bytes more are kept for each group and gene. With `pairwise`, all pairs of
#' groups must be in memory, as without a file.
#'
#' These cannot be combined with `output`: Hommel's adjustment over all groups,
#' and `lfc = "mean_difference"` (`preset = "presto"`), which is not a log2 fold
#' change. With workers (`BPPARAM`), failed blocks cannot be done again with
#' `BPREDO`.
#'
#' @section Interrupting:
#' A running call can be interrupted; it ends within half a second and leaves
#' nothing behind.
#'
#' @param x What to rank: a matrix (of package Matrix or base R), a
#'   SummarizedExperiment or SingleCellExperiment, a Seurat object, an AnnData
#'   object in R, or the path of an `.h5ad` file. Matrices of classes
#'   `dgCMatrix` and `dgRMatrix` are read in place; others are first converted
#'   to `dgCMatrix`.
#' @param groupby The group of each cell: a vector or factor with one entry per
#'   cell, in the order of the cells, or, for inputs that describe their
#'   cells, the name of a column. See the section on groups.
#' @param ... Must be empty. Arguments after it have to be named in full.
#' @param groups `"all"`, or the groups to report, in this order. The rest is
#'   still every other cell.
#' @param reference `"rest"`, or one group to compare with, or several, which
#'   are pooled. Ranks are then those within the group and the reference.
#' @param exclude Groups whose cells are left out altogether: they are not
#'   ranked and belong to no rest. `NULL` for none.
#' @param min_cells Leave out groups of fewer cells than this whole number,
#'   which is 2 or more, with a message. Otherwise a group of one cell is an
#'   error. Their cells still belong to every rest. A reference must have at
#'   least as many cells. With `split_by`, this holds within each level. `NULL`
#'   for no bound.
#' @param block Which block, such as a donor or batch, each cell is in: a vector
#'   with one entry per cell or, for inputs that describe their cells, the name
#'   of a column. Cells are compared within blocks only. See the section on
#'   blocks.
#' @param block_weights How the blocks are weighted: `"van_elteren"` or
#'   `"equal"`.
#' @param split_by Rank within each level of this, for example within each cell
#'   type: a vector with one entry per cell or, for inputs that describe their
#'   cells, the name of a column. See the section on levels.
#' @param mask_var Which genes to rank: a logical vector with one entry per
#'   gene, the names of the genes, or, for inputs that describe their genes, the
#'   name of a logical column. Others are left out of the tables and of the
#'   adjustment.
#' @param n_genes Number of rows of the tables. `NULL`, or more than there are,
#'   gives all genes.
#' @param rankby_abs Rank by the absolute score?
#' @param pts Also give the fractions of expressing cells? The names of the
#'   genes must then be unique.
#' @param method The test. `"wilcoxon"` is the only one.
#' @param corr_method How p-values are adjusted: `"benjamini-hochberg"` or
#'   `"bonferroni"`, or a method of [stats::p.adjust()]: `"BH"` and `"fdr"`,
#'   which are the first of these, `"BY"`, `"holm"`, `"hochberg"`, `"hommel"`
#'   (slow for thousands of genes) or `"none"`.
#' @param adjust_over `"group"` adjusts the p-values of each group separately,
#'   as Scanpy does; `"all"` adjusts those of all groups and genes together, as
#'   one family.
#' @param min_fraction Adjust only the p-values of genes that at least this
#'   fraction of the cells express, from 0 to 1, in the group or in what it is
#'   compared with. With fewer genes in the family, adjusted p-values are
#'   smaller. The other genes stay in the tables, with `NA` as adjusted p-value,
#'   which passes no bound. `NULL` for all genes.
#' @param tie_correct Correct the variance for ties?
#' @param mean_in_log_space `TRUE` takes fold changes from the means of the
#'   logarithms, as Scanpy does by default. `FALSE` takes them from the means of
#'   the values before the logarithm, `expm1(x)`, as Scanpy 1.13 can.
#' @param lfc Whose definition of a fold change: `"scanpy"`, `"seurat"`,
#'   `"seurat4"` or `"mean_difference"`, see the section on fold changes.
#' @param pseudocount The constant that keeps fold changes finite where a gene
#'   is absent on one side; `NULL` for that of the definition.
#' @param alternative Which differences count for p-values: `"two.sided"`,
#'   `"greater"` (the group has higher values) or `"less"`, as in
#'   [stats::wilcox.test()].
#' @param correct Correct p-values for continuity, as [stats::wilcox.test()]
#'   does?
#' @param exact Take p-values from the exact distribution where both sides have
#'   50 cells or fewer and no two values of the gene are equal? The normal
#'   approximation is used elsewhere, and a message says for how many groups and
#'   genes.
#' @param preset Whose numbers to give: `"scanpy"`, `"seurat"` or `"presto"`,
#'   see the section on presets.
#' @param statistics Optional tables to add to the result: `NULL` for none, or
#'   any of `"zscores"`, `"log10_pvals"`, `"log10_pvals_adj"`, `"auc"`,
#'   `"means"`, `"means_rest"`; see the value.
#' @param pairwise Also compare each group with every other single group? See
#'   the value, and the section on pairs of groups.
#' @param threads Number of threads. `NULL` means the option `wilcoxide.threads`
#'   or, if that is not set, the cores this process may use, limited by the
#'   environment variables `OMP_THREAD_LIMIT` and `RAYON_NUM_THREADS`. The
#'   result has the same bits for every number of threads.
#' @param progress Show a progress bar when the call lasts longer than a second?
#' @param BPPARAM A back-end of BiocParallel whose workers read and rank blocks
#'   of genes, for inputs that are read in blocks. Each worker uses one thread
#'   unless `threads` says otherwise. For data in memory it is not used, and a
#'   message says so.
#' @param BPREDO What `BiocParallel::bptry()` returned for a call in which some
#'   blocks failed; only those are done again.
#' @param output `NULL`, or the path of a `.parquet` or `.csv.gz` file: the
#'   tables are written there group by group and are never in memory as a whole.
#'   See the section on results in files.
#'
#' @return An object of class `rank_genes_groups`, a list shaped as Scanpy's
#'   `adata.uns["rank_genes_groups"]`:
#'
#'   With `split_by`, a list of such objects, one per level, of class
#'   [rank_genes_groups_split]; with `output`, an object that stands for the
#'   file, of class [rank_genes_groups_file]. The elements of a ranking:
#'
#'   * `params`: a list of `groupby`, `reference` (several joined by `", "`),
#'     `method`, `use_raw`, `layer`, `corr_method`;
#'   * `settings`: a list of everything else that shaped the numbers:
#'     `n_ranked`, how many genes were ranked; `group_sizes` and
#'     `opposite_sizes`, how many cells each group has and is compared with; the
#'     arguments as given; `log_base`, if it is not e; and the `version` of this
#'     package. Scanpy's own rankings have none;
#'   * `names`, `scores`, `logfoldchanges`, `pvals`, `pvals_adj`: data frames
#'     with one column per group and one row per rank; `scores` and
#'     `logfoldchanges` hold values of single precision, as in Scanpy. Genes
#'     without names go by their number;
#'   * those of the following that `statistics` names, data frames as these:
#'     `zscores`, the scores in double precision; `log10_pvals` and
#'     `log10_pvals_adj`, decimal logarithms of the p-values, which also tell
#'     genes apart whose p-value is smaller than R's smallest number; `auc`, the
#'     area under the ROC curve, which is the probability that a cell of the
#'     group has a higher value than a cell of the rest, equal values counting
#'     one half, whatever the test; `means` and `means_rest`, the means of the
#'     values as they are stored, in the group and in what it is compared with;
#'   * `auc_min`, `auc_mean`, `auc_median`, `auc_max`, `rank_min`, with
#'     `pairwise = TRUE`: data frames as these, of the areas under the ROC
#'     curve against each other single group: the lowest, their mean and
#'     median, the highest, and the best rank that the gene has in any of these
#'     comparisons;
#'   * `pts`, `pts_rest`, with `pts = TRUE`: data frames with one row per gene,
#'     in the order of the input, and one column per group. With a reference
#'     there is no `pts_rest`, and `pts` has a column for the reference too: at
#'     its place among `groups`, or last where it is not among them.
#'
#' @references van Elteren PH (1960). On the combination of independent two
#'   sample tests of Wilcoxon. *Bulletin of the International Statistical
#'   Institute* 37, 351-361.
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
#' rank_genes_groups(path, "bulk_labels", threads = 1)
#' @order 1
#' @export
rank_genes_groups <- function(x,
                              groupby,
                              ...,
                              groups = "all",
                              reference = "rest",
                              exclude = NULL,
                              min_cells = NULL,
                              block = NULL,
                              block_weights = c("van_elteren", "equal"),
                              split_by = NULL,
                              mask_var = NULL,
                              n_genes = NULL,
                              rankby_abs = FALSE,
                              pts = FALSE,
                              method = "wilcoxon",
                              corr_method = "benjamini-hochberg",
                              adjust_over = c("group", "all"),
                              min_fraction = NULL,
                              tie_correct = FALSE,
                              mean_in_log_space = TRUE,
                              lfc = c(
                                "scanpy", "seurat", "seurat4",
                                "mean_difference"
                              ),
                              pseudocount = NULL,
                              alternative = c("two.sided", "greater", "less"),
                              correct = FALSE,
                              exact = FALSE,
                              preset = c("scanpy", "seurat", "presto"),
                              statistics = NULL,
                              pairwise = FALSE,
                              threads = NULL,
                              progress = rlang::is_interactive(),
                              BPPARAM = NULL, # nolint
                              BPREDO = list(), # nolint
                              output = NULL,
                              cells = c("columns", "rows"),
                              log_base = NULL,
                              assay.type = NULL, # nolint
                              altexp = NULL,
                              assay = NULL,
                              layer = NULL,
                              use_raw = NULL,
                              modality = NULL) {
  call <- rlang::current_env()
  check_x_given(missing(x), call)
  # The arguments of some kinds of input only: NULL leaves them to the input.
  own <- list(
    log_base = log_base,
    assay.type = assay.type,
    altexp = altexp,
    assay = assay,
    layer = layer,
    use_raw = use_raw,
    modality = modality
  )
  own <- own[!vapply(own, is.null, NA)]
  if (!missing(cells)) {
    own["cells"] <- list(cells)
  }
  others <- rlang::names2(substitute(list(...)))[-1L]
  check_arguments(others, own, x, call)
  asked <- list(
    groups = groups,
    reference = reference,
    exclude = exclude,
    min_cells = min_cells,
    block = block,
    block_weights = block_weights,
    split_by = split_by,
    mask_var = mask_var,
    n_genes = n_genes,
    rankby_abs = rankby_abs,
    pts = pts,
    method = method,
    corr_method = corr_method,
    adjust_over = adjust_over,
    min_fraction = min_fraction,
    tie_correct = tie_correct,
    mean_in_log_space = mean_in_log_space,
    lfc = lfc,
    pseudocount = pseudocount,
    alternative = alternative,
    correct = correct,
    exact = exact,
    statistics = statistics,
    pairwise = pairwise,
    threads = threads,
    progress = progress,
    BPPARAM = BPPARAM,
    BPREDO = BPREDO,
    output = output
  )
  is_missing <- c(
    missing(tie_correct), missing(correct), missing(lfc), missing(corr_method)
  )
  asked <- apply_preset(asked, preset, is_missing, call)
  view <- open_view(x, own, call)
  request <- check_request(
    view,
    groupby = if (!missing(groupby)) groupby,
    asked = asked,
    call
  )
  run_request(view, request, call)
}
