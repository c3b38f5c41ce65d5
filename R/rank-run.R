# A request is run: the kernel is given a view's values, in memory or in blocks,
# and what it answers becomes the result.

#' Rank what was asked for
#'
#' @param request What [check_request()] returned.
#' @noRd
run_request <- function(view, request, call) {
  if (!is.null(request$output)) {
    return(rank_to_file(view, request, call))
  }
  if (!is.null(request$split)) {
    return(run_levels(view, request, call))
  }
  settings <- kernel_settings(view, request)
  codes <- group_codes(request$cells, request$chosen$takes_part)
  ranked <- if (is.null(view$blocks)) {
    rank_in_memory(view, codes, settings, request$progress)
  } else {
    rank_in_blocks(view, codes, settings, request, call)
  }
  # The bar is gone with its frame: R starts a new line at an interrupt.
  check_status(ranked, call, genes = view$genes)
  if (ranked$looks_like_counts) {
    warn_counts(call)
  }
  if (!is.null(request$chosen$reference)) {
    hint_few_cells(request$chosen$counted, request$cells)
  }
  finish_ranking(ranked, view, request, call)
}

#' The result of what the kernel answered
#' @noRd
finish_ranking <- function(ranked, view, request, call) {
  ranked <- without_opponents(ranked, request)
  ranked <- adjust_ranked(ranked, request, call)
  result <- make_result(ranked, view, request)
  if (request$exact) {
    tell_not_exact(result$settings, ranked$n_tied)
  }
  result
}

# The kernel counts groups and genes from 0.
kernel_settings <- function(view, request) {
  chosen <- request$chosen
  block <- request$block
  code <- function(group) match(group, levels(request$cells)) - 1L
  list(
    n_cells = length(request$cells),
    n_genes = length(view$genes),
    n_levels = nlevels(request$cells),
    # Those that are ranked come first.
    selected = code(c(chosen$selected, chosen$opponents)),
    reference = if (!is.null(chosen$reference)) code(chosen$reference),
    strata = if (!is.null(block)) as.integer(block$strata) - 1L,
    n_strata = nlevels(block$strata),
    equal_weights = identical(block$weights, "equal"),
    split = NULL,
    genes = request$genes - 1L,
    log_base = if (!is.null(view$log_base)) as.double(view$log_base),
    n_rows = if (is_adjusted_by_kernel(request)) {
      request$n_rows
    } else {
      length(request$genes)
    },
    tables = request$tables,
    rankby_abs = request$rankby_abs,
    corr_method = request$corr_method,
    over_all = !is_adjusted_by_kernel(request),
    min_fraction = request$min_fraction,
    tie_correct = request$tie_correct,
    alternative = request$alternative,
    correct = request$correct,
    exact = request$exact,
    lfc = request$lfc,
    pseudocount = request$pseudocount,
    mean_in_log_space = request$mean_in_log_space,
    single = view$single,
    pts = request$pts,
    above_zero = FALSE,
    sums = FALSE,
    ties_but_largest = FALSE,
    pairwise = request$pairwise,
    threads = request$threads,
    tile_size = 0L
  )
}

group_codes <- function(cells, takes_part) {
  codes <- as.integer(cells) - 1L
  codes[is.na(codes)] <- -1L
  codes[!takes_part] <- -2L
  codes
}

rank_in_memory <- function(view, codes, settings, progress) {
  matrix <- view$matrix()
  settings$by_cell <- matrix$major == "cell"
  settings["single"] <- list(matrix$single %||% settings$single)
  rank_matrix(
    matrix$p,
    matrix$idx,
    matrix$x,
    codes,
    settings,
    progress_tick(progress)
  )
}

#' Rank the genes of a matrix that is read in blocks, here or by workers
#' @noRd
rank_in_blocks <- function(view, codes, settings, request, call) {
  block <- statistics_in_blocks(view, codes, settings, request, call)
  if (block$status != "ok") {
    return(block)
  }
  settings$by_cell <- FALSE
  rank_statistics(block$statistics, codes, settings, NULL)
}

statistics_in_blocks <- function(view, codes, settings, request, call) {
  if (is.null(request$workers)) {
    blocks_here(view$blocks, codes, settings, request$progress, call)
  } else {
    blocks_of_workers(view, codes, settings, request$workers, call)
  }
}

blocks_here <- function(source, codes, settings, progress, call) {
  # Pairs of groups are kept beside what is read.
  budget <- memory_budget(call) - pair_bytes_of(settings)
  ranges <- source$plan(settings$genes + 1L, budget, 1L)
  show <- progress_tick(progress) %||% function(fraction) FALSE
  blocks <- list()
  for (range in ranges) {
    tick <- function(fraction) {
      if (show((length(blocks) + fraction) / length(ranges))) {
        rlang::interrupt()
      }
    }
    block <- source$statistics(range, codes, settings, tick, call)
    blocks[[length(blocks) + 1L]] <- block
    if (stops_ranking(block)) {
      break
    }
    tick(0)
  }
  join_blocks(blocks)
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
#' @noRd
make_result <- function(ranked, view, request) {
  chosen <- request$chosen
  genes <- view$genes[request$genes]
  by_group <- function(columns) {
    if (!is.null(columns)) rlang::set_names(columns, chosen$selected)
  }
  ranked$names <- lapply(ranked$genes, function(gene) genes[gene + 1L])
  # Those that the kernel was not asked for are not there.
  tables <- lapply(
    rlang::set_names(c("names", request$tables)),
    function(name) by_group(ranked[[name]])
  )
  if (request$pts) {
    tables <- c(tables, fraction_tables(ranked, genes, chosen))
  }
  new_rank_genes_groups(
    result_params(view, request),
    tables,
    settings_of_request(view, request)
  )
}

#' What Scanpy keeps of the arguments
#' @noRd
result_params <- function(view, request) {
  list(
    groupby = request$groupby,
    reference = request$chosen$reference %||% "rest",
    method = request$method,
    use_raw = view$use_raw,
    layer = view$layer,
    corr_method = request$corr_method
  )
}

#' Fractions of expressing cells, as tables of genes by groups
#'
#' The kernel has the reference last; it goes to the place where it was asked
#' for.
#' @noRd
fraction_tables <- function(ranked, genes, chosen) {
  groups <- c(chosen$selected, chosen$reference)
  list(
    pts = group_table(
      rlang::set_names(ranked$pts, groups)[chosen$counted],
      genes
    ),
    pts_rest = if (is.null(chosen$reference)) {
      group_table(rlang::set_names(ranked$pts_rest, groups), genes)
    }
  )
}
