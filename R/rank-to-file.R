# A ranking whose tables go to a file, group by group: what stage 1 makes is
# kept, in memory or in a temporary file, until all genes are there; then the
# groups are ranked a few at a time.

#' Rank what was asked for, into a file
#'
#' @param request What [check_request()] returned, with an `output`.
#' @return See [new_ranking_file()].
#' @noRd
rank_to_file <- function(view, request, call) {
  is_split <- !is.null(request$split)
  requests <- if (is_split) requests_of_levels(request) else list(request)
  about <- lapply(requests, function(level) settings_of_request(view, level))
  if (is_split) {
    about <- Map(
      function(settings, name) split_settings(settings, request$split, name),
      about,
      names(about)
    )
  }
  settings <- settings_of_draft(view, request, requests)
  codes <- group_codes(request$cells, request$chosen$takes_part)
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
  if (!is_split && !is.null(request$chosen$reference)) {
    hint_few_cells(request$chosen$counted, request$cells)
  }
  if (request$exact) {
    Map(tell_not_exact, about, written$n_tied)
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

#' What the kernel has to know to make a file
#'
#' Statistics have one layout there, whatever that of the values; rows are cut
#' when they are written.
#' @noRd
settings_of_draft <- function(view, request, requests) {
  for_file <- function(settings) {
    settings$by_cell <- FALSE
    settings$n_rows <- request$n_rows
    settings
  }
  settings <- for_file(kernel_settings(view, request))
  if (!is.null(request$split)) {
    settings$split <- unname(Map(
      function(level, request) {
        level <- kernel_level(level$at, view, request)
        level$settings <- for_file(level$settings)
        level
      },
      request$split$levels,
      requests
    ))
  }
  settings
}

begin_file <- function(view, request, codes, settings, about, columns, call) {
  genes <- enc2utf8(view$genes[request$genes])
  groups <- unique(unlist(lapply(about, function(of) names(of$group_sizes))))
  levels <- if (!is.null(request$split)) enc2utf8(names(about))
  check_names_are_text(genes, "gene", call)
  check_names_are_text(enc2utf8(groups), "group", call)
  check_names_are_text(levels, "level", call)
  written <- lapply(about, function(settings) {
    list(
      name = match(names(settings$group_sizes), groups) - 1L,
      size = unname(settings$group_sizes),
      opposite_size = unname(settings$opposite_sizes)
    )
  })
  draft <- draft_new(
    codes,
    settings,
    enc2utf8(request$output),
    columns,
    list(
      levels = as.character(levels),
      groups = as.character(enc2utf8(groups)),
      genes = genes
    ),
    unname(written),
    memory_budget(call),
    path.expand(temporary_folder(call))
  )
  check_status(draft, call, output = request$output)
  draft
}

check_names_are_text <- function(names, what, call) {
  bad <- which(is.na(names) | !validUTF8(as.character(names)))
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
  known <- c(table_names("rank"), fraction_columns(TRUE, FALSE))
  others <- intersect(known, others)
  level <- if (!is.null(request$split)) "level"
  sources <- c(level, names(file_sources), others)
  list(
    name = c(level, unname(file_sources), others),
    source = sources,
    single = sources == "logfoldchanges" & request$lfc == "scanpy"
  )
}
