# A ranking whose tables go to a file, group by group: what stage 1 makes is
# kept, in memory or in a temporary file, until all genes are there; then the
# groups are ranked a few at a time.

#' Rank what was asked for, into a file
#'
#' @param request What [check_request()] returned, with an `output`.
#' @return See [new_ranking_file()].
#' @noRd
rank_to_file <- function(view, request, call) {
  settings <- kernel_settings(view, request)
  # Statistics have one layout, whatever that of the values.
  settings$by_cell <- FALSE
  codes <- group_codes(request$cells, request$chosen$takes_part)
  about <- settings_of_request(view, request)
  columns <- file_columns(request)
  draft <- begin_file(view, request, codes, settings, about, columns, call)
  on.exit(draft_close(draft$draft))
  check <- function(answer) {
    check_status(
      answer,
      call,
      genes = view$genes,
      folder = temporary_folder(call),
      output = request$output
    )
  }
  check(keep_statistics(view, codes, settings, request, draft, call))
  written <- draft_finish(draft$draft, writing_tick(request$progress))
  check(written)
  if (written$looks_like_counts) {
    warn_counts(call)
  }
  if (!is.null(request$chosen$reference)) {
    hint_few_cells(request$chosen$counted, request$cells)
  }
  if (request$exact) {
    tell_not_exact(about, written$n_tied)
  }
  new_ranking_file(
    result_params(view, request),
    about,
    path = request$output,
    columns = columns,
    n_rows = request$n_rows,
    groups_of_part = draft$groups_of_part,
    starts = written$starts
  )
}

begin_file <- function(view, request, codes, settings, about, columns, call) {
  genes <- enc2utf8(view$genes[request$genes])
  groups <- enc2utf8(request$chosen$selected)
  check_names_are_text(genes, "gene", call)
  check_names_are_text(groups, "group", call)
  draft <- draft_new(
    codes,
    settings,
    enc2utf8(request$output),
    columns,
    groups,
    genes,
    unname(about$group_sizes),
    unname(about$opposite_sizes),
    memory_budget(call),
    path.expand(temporary_folder(call))
  )
  check_status(draft, call, output = request$output)
  draft
}

check_names_are_text <- function(names, what, call) {
  bad <- which(is.na(names) | !validUTF8(names))
  if (length(bad) > 0L) {
    abort_input(
      c(
        "Names of {what}s must be text, to be written to {.arg output}.",
        x = "{length(bad)} {?is/are} NA or not in UTF-8, the first is number
             {bad[[1L]]}."
      ),
      call = call
    )
  }
}

#' Have the draft keep the statistics of all genes
#' @return What says how it ended, see [check_status()].
#' @noRd
keep_statistics <- function(view, codes, settings, request, draft, call) {
  if (!is.null(request$workers)) {
    return(blocks_of_workers(
      view,
      codes,
      settings,
      request$workers,
      call,
      draft = draft
    ))
  }
  settings$draft <- draft$draft
  if (!is.null(view$blocks)) {
    return(blocks_here(view$blocks, codes, settings, request$progress, call))
  }
  matrix <- view$matrix()
  settings$by_cell <- matrix$major == "cell"
  settings["single"] <- list(matrix$single %||% settings$single)
  gene_statistics(
    matrix$p,
    matrix$idx,
    matrix$x,
    codes,
    settings,
    progress_tick(request$progress)
  )
}

writing_tick <- function(progress, .envir = rlang::caller_env()) {
  progress_tick(progress, "Writing groups", .envir = .envir)
}

# Where the columns of a file come from, by the name of the source.
file_sources <- c(
  group = "target",
  gene = "feature",
  means = "target_mean",
  means_rest = "reference_mean",
  group_size = "target_cells",
  opposite_size = "reference_cells",
  logfoldchanges = "log2_fold_change",
  pvals = "p_value",
  auc = "auc",
  pvals_adj = "fdr"
)

#' The columns of a file, as the compiled code has them
#'
#' Tables that `statistics` asked for besides go by their own names.
#' @noRd
file_columns <- function(request) {
  others <- setdiff(request$tables, names(file_sources))
  others <- intersect(table_names("rank"), others)
  sources <- c(names(file_sources), others)
  list(
    name = c(unname(file_sources), others),
    source = sources,
    single = sources == "logfoldchanges" & request$lfc == "scanpy"
  )
}
