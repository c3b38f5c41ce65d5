#' wilcoxide for Scanpy users
#'
#' How each argument of Scanpy's `sc.tl.rank_genes_groups()` and of the
#' functions around it is called here, what differs, and why. This page
#' describes Scanpy 1.11 and 1.12.
#'
#' @section The call:
#' ```python
#' sc.tl.rank_genes_groups(adata, "leiden", method="wilcoxon", pts=True)
#' ```
#' ```r
#' result <- rank_genes_groups(adata, "leiden", pts = TRUE)
#' ```
#'
#' @section Arguments of `sc.tl.rank_genes_groups()`:
#'
#' | Scanpy | here | |
#' |---|---|---|
#' | `adata` | `x` | also matrices, other objects, files |
#' | `groupby` | `groupby` | also a vector or factor |
#' | `mask_var` | `mask_var` | the same |
#' | `use_raw` | `use_raw` | the same |
#' | `layer` | `layer` | the same |
#' | `groups` | `groups` | the same |
#' | `reference` | `reference` | the same |
#' | `n_genes` | `n_genes` | the same |
#' | `rankby_abs` | `rankby_abs` | the same |
#' | `pts` | `pts` | the same |
#' | `key_added` | | see below |
#' | `copy` | | see below |
#' | `method` | `method` | `"wilcoxon"`, by default and only |
#' | `corr_method` | `corr_method` | the same |
#' | `tie_correct` | `tie_correct` | the same, off by default |
#' | `mean_in_log_space` | `mean_in_log_space` | the same, of Scanpy 1.13 |
#' | `**kwds` | | of other methods only |
#'
#' * `adata`: a matrix, a SingleCellExperiment, a Seurat object, an AnnData
#'   object in R, or the path of an `.h5ad` file.
#' * `use_raw` and `layer` are for AnnData and files. A Seurat object has its
#'   own `layer`; a SingleCellExperiment calls it `assay.type`.
#' * `method`: Scanpy's default is `"t-test"`, so calls without `method` give
#'   other numbers there.
#' * `key_added`: a result is returned, not stored. [add_rank_genes_groups()]
#'   and [write_rank_genes_groups()] store it, and have this argument.
#' * `copy`: the object given is never changed.
#'
#' New here are `threads`, for `numba.set_num_threads()`, and `progress`. For a
#' matrix, `cells` and `log_base` give what an AnnData knows itself: which
#' dimension holds the cells, and `adata.uns["log1p"]["base"]`.
#'
#' @section Functions around it:
#'
#' * `sc.get.rank_genes_groups_df(adata, group)` is
#'   [`rank_genes_groups_df(result, group)`][rank_genes_groups_df()], with the
#'   same filters and columns; `gene_symbols` is a vector there, since a result
#'   does not know the columns of `var`.
#' * `sc.tl.filter_rank_genes_groups(adata)` is
#'   [`filter_rank_genes_groups(result)`][filter_rank_genes_groups()]. It gives
#'   a new result, where Scanpy stores one under another key.
#' * `sc.pl.rank_genes_groups()` is [plot_rank_genes_groups()], and
#'   `sc.pl.rank_genes_groups_dotplot()`, `_heatmap()` and `_violin()` are
#'   [plot_rank_genes_groups_dotplot()], [plot_rank_genes_groups_heatmap()] and
#'   [plot_rank_genes_groups_violin()], with `stacked = TRUE` for
#'   `_stacked_violin()`. `var_names` is `genes` there, a vector or a named
#'   list; `dendrogram`, `gene_symbols`, `min_logfoldchange`, `values_to_plot`
#'   and `standard_scale` are the same. There is no `_matrixplot()` and no
#'   `_tracksplot()`.
#' * `adata.uns["rank_genes_groups"]` is the result itself:
#'   `result$names[["B"]]` for `adata.uns["rank_genes_groups"]["names"]["B"]`.
#'   [get_rank_genes_groups()] takes it out of an object or a file.
#'
#' @section What differs, and why:
#'
#' * **Genes with the same score** are in the order of the matrix. Scanpy leaves
#'   them in an order that depends on the processor.
#' * **The number of threads** makes no difference here. In Scanpy, sums over
#'   `float64` values in CSR matrices depend on it; the numbers here are those
#'   of one thread.
#' * **More than 3.3 million cells**: Scanpy's variance overflows a 64-bit
#'   integer; here it does not.
#' * **Missing values** (`NaN`, `NA`) are refused. Scanpy's ranks would be
#'   meaningless.
#' * **Groups of one cell** are refused, as in Scanpy, and so is a group that
#'   holds all cells: it has no rest to compare with.
#' * **Gene names that occur twice** are refused with `pts = TRUE` only, because
#'   the tables of fractions go by name.
#'
#' Everything else is Scanpy's to the last bit, including its weak points:
#' without `tie_correct` the p-values of sparse genes are too large, and a gene
#' that is absent on one side has a fold change of about 30 or -30.
#'
#' @examples
#' # sc.tl.rank_genes_groups(
#' #     adata, "bulk_labels", groups=["CD19+ B"], reference="CD34+",
#' #     n_genes=5, pts=True, method="wilcoxon",
#' # )
#' # sc.get.rank_genes_groups_df(adata, group="CD19+ B")
#' path <- system.file("extdata", "pbmc68k_reduced.h5ad", package = "wilcoxide")
#' result <- rank_genes_groups(
#'   path, "bulk_labels",
#'   groups = "CD19+ B", reference = "CD34+",
#'   n_genes = 5, pts = TRUE, threads = 1
#' )
#' rank_genes_groups_df(result, group = "CD19+ B")
#' @seealso [rank_genes_groups()] for the arguments in full;
#'   `vignette("scanpy", package = "wilcoxide")` for the way to Scanpy and back.
#' @name wilcoxide-scanpy
#' @aliases scanpy
NULL
