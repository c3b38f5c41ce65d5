# The whole ranking within each level of a second annotation, in one call: the
# matrix is read once, and the kernel takes the cells of each level out of it.

#' Rank within each level
#'
#' @param request What [check_request()] returned, with a `split`.
#' @noRd
run_levels <- function(view, request, call) {
  requests <- requests_of_levels(request)
  settings <- kernel_settings(view, request)
  settings$split <- unname(Map(
    function(level, request) kernel_level(level$at, view, request),
    request$split$levels,
    requests
  ))
  codes <- group_codes(request$cells, request$chosen$takes_part)
  ranked <- if (is.null(view$blocks)) {
    rank_in_memory(view, codes, settings, request$progress)
  } else {
    rank_levels_in_blocks(view, codes, settings, request, call)
  }
  check_status(ranked, call, genes = view$genes)
  if (ranked$looks_like_counts) {
    warn_counts(call)
  }
  results <- Map(
    function(tables, level, name) {
      result <- finish_ranking(tables, view, level, call)
      result$settings <- split_settings(result$settings, request$split, name)
      result
    },
    ranked$levels,
    requests,
    names(requests)
  )
  new_split(rlang::set_names(results, names(requests)))
}

#' What is asked of each level
#' @noRd
requests_of_levels <- function(request) {
  lapply(request$split$levels, function(level) {
    request[c("cells", "chosen", "block")] <-
      level[c("cells", "chosen", "block")]
    request
  })
}

#' What the kernel has to know of one level
#' @noRd
kernel_level <- function(at, view, request) {
  settings <- kernel_settings(view, request)
  # Those of the whole call go for all levels.
  settings$by_cell <- FALSE
  list(
    cells = at - 1L,
    codes = group_codes(request$cells, request$chosen$takes_part),
    settings = settings
  )
}

rank_levels_in_blocks <- function(view, codes, settings, request, call) {
  block <- statistics_in_blocks(view, codes, settings, request, call)
  if (block$status != "ok") {
    return(block)
  }
  levels <- lapply(seq_along(settings$split), function(number) {
    level <- settings$split[[number]]
    level$settings$threads <- settings$threads
    statistics <- lapply(block$statistics, `[[`, number)
    rank_statistics(statistics, level$codes, level$settings, NULL)
  })
  amiss <- Find(stops_ranking, levels)
  amiss %||% list(
    status = "ok",
    looks_like_counts = all(vapply(levels, `[[`, NA, "looks_like_counts")),
    levels = levels
  )
}
