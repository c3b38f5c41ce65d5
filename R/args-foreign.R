# Arguments that people bring along from other packages, and what they are here.

# Names of arguments of Seurat, scran, presto and Scanpy that have another name
# here.
foreign_arguments <- c(
  group.by = "groupby",
  group_by = "groupby",
  grouping = "groupby",
  clusters = "groupby",
  cluster = "groupby",
  labels = "groupby",
  y = "groupby",
  ident.1 = "groups",
  ident = "groups",
  idents = "groups",
  groups_use = "groups",
  ident.2 = "reference",
  min.cells.group = "min_cells",
  latent.vars = "block",
  batch = "block",
  batch_key = "block",
  donor = "block",
  sample = "block",
  replicate = "block",
  strata = "block",
  slot = "layer",
  seurat_assay = "assay",
  assay_type = "assay.type",
  alt.exp = "altexp",
  features = "mask_var",
  genes.use = "mask_var",
  subset.row = "mask_var",
  subset_row = "mask_var",
  p.adjust.method = "corr_method",
  p_adjust_method = "corr_method",
  test.use = "method",
  test.type = "method",
  base = "log_base",
  pseudocount.use = "pseudocount",
  p.adjust.methods = "corr_method",
  verbose = "progress",
  nthreads = "threads",
  num.threads = "threads",
  num_threads = "threads",
  n_jobs = "threads",
  n_cores = "threads"
)

# Those that have none here, with what to do: templates for cli.
foreign_advice <- local({
  filter <- "All genes are ranked. Filter the table afterwards, for example with
             {.code as_seurat_markers(result, only.pos = TRUE, min.pct = 0.1)};
             {.fn find_all_markers} takes Seurat's own filters."
  all_cells <- "All cells are used, so the result does not depend on chance."
  c(
    only.pos = filter,
    min.pct = filter,
    min.diff.pct = filter,
    logfc.threshold = filter,
    return.thresh = filter,
    max.cells.per.ident = all_cells,
    random.seed = all_cells,
    key_added = "{.fn add_rank_genes_groups} keeps the result in the object.",
    copy = "The object is never changed; the result is returned.",
    direction = "The sign of {.field scores} gives the direction.",
    combine = "{.code rank_genes_groups_df(result, combine = )} combines the
               levels of a ranking with {.arg split_by}.",
    grouping.var = "{.arg split_by} ranks within each level, and
                    {.code rank_genes_groups_df(result, combine = \"max_p\")}
                    tells what holds in all of them.",
    subset.ident = "{.arg split_by} ranks within each of such levels.",
    restrict = "Name the groups to leave out in {.arg exclude}."
  )
})

#' Lines for a message on arguments of other packages
#'
#' @param arguments Names of arguments that are not taken.
#' @param taken Names of the arguments that are.
#' @return A character vector, one line for each of which there is something to
#'   say, named as cli's bullets are.
#' @noRd
foreign_hints <- function(arguments, taken) {
  lines <- lapply(unique(arguments), function(argument) {
    meant <- foreign_arguments[argument]
    if (!meant %in% taken) {
      meant <- if (nzchar(argument) && !argument %in% names(foreign_advice)) {
        nearest(argument, taken)
      }
      if (length(meant) > 0L) {
        return(cli::format_inline("Did you mean {.arg {meant}}?"))
      }
      advice <- foreign_advice[argument]
      return(if (!is.na(advice)) cli::format_inline(advice))
    }
    cli::format_inline("{.arg {argument}} is {.arg {meant}} here.")
  })
  lines <- unique(as.character(unlist(lines)))
  rlang::set_names(lines, rep_len("i", length(lines)))
}
