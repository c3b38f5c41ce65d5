# The settings of a result: what shaped its numbers besides `params`, which has
# Scanpy's entries and no others. Nothing else lists them: printing, what is
# stored in `uns`, writers and readers go by this list.

#' Describe a setting
#'
#' @param type `"logical"`, `"integer"`, `"double"` or `"character"`.
#' @param per Its values: one for the whole `"result"`, or one per `"group"`,
#'   named by it, or `"any"` number.
#' @param words Function of the value: what `print()` says of it, or `NULL`
#'   where there is nothing to say.
#' @noRd
result_setting <- function(type, per = "result", words = function(value) NULL) {
  list(type = type, per = per, words = words)
}

says_if <- function(trigger, words) {
  function(value) if (identical(value, trigger)) words
}

# In the order of the list that a result has. What does not apply to a result is
# left out of it.
result_settings <- list(
  n_ranked = result_setting("integer"),
  group_sizes = result_setting("integer", "group"),
  opposite_sizes = result_setting("integer", "group"),
  exclude = result_setting(
    "character",
    per = "any",
    words = function(value) paste("without", paste(value, collapse = ", "))
  ),
  min_cells = result_setting(
    "integer",
    words = function(value) paste("groups of", value, "cells or more")
  ),
  split_by = result_setting("character"),
  split_level = result_setting(
    "character",
    words = function(value) paste("within", value)
  ),
  split_levels = result_setting("character", "any"),
  block = result_setting("character"),
  n_blocks = result_setting(
    "integer",
    words = function(value) paste("within", count_of(value, "block"))
  ),
  blocks_compared = result_setting("integer", "group"),
  block_weights = result_setting(
    "character",
    words = says_if("equal", "blocks of equal weight")
  ),
  rankby_abs = result_setting(
    "logical",
    words = says_if(TRUE, "by absolute scores")
  ),
  tie_correct = result_setting(
    "logical",
    words = says_if(TRUE, "corrected for ties")
  ),
  mean_in_log_space = result_setting(
    "logical",
    words = says_if(FALSE, "fold changes of linear means")
  ),
  pairwise = result_setting(
    "logical",
    words = says_if(TRUE, "with pairs of groups")
  ),
  alternative = result_setting(
    "character",
    words = function(value) {
      if (value != "two.sided") paste("one-sided:", value)
    }
  ),
  correct = result_setting(
    "logical",
    words = says_if(TRUE, "corrected for continuity")
  ),
  exact = result_setting(
    "logical",
    words = says_if(TRUE, "exact where possible")
  ),
  adjust_over = result_setting(
    "character",
    words = says_if("all", "adjusted over all groups")
  ),
  min_fraction = result_setting("double", words = function(value) {
    sprintf("adjusted over genes in %g%% of cells or more", 100 * value)
  }),
  lfc = result_setting("character", words = function(value) {
    switch(value,
      seurat = "Seurat's fold changes",
      seurat4 = "Seurat 4's fold changes",
      mean_difference = "differences of means"
    )
  }),
  pseudocount = result_setting("double"),
  log_base = result_setting("double"),
  version = result_setting("character")
)

# Elements of a result that are lists of plain values, and no tables.
plain_elements <- c("params", "settings")

#' The settings of a ranking that is made here
#' @noRd
settings_of_request <- function(view, request) {
  chosen <- request$chosen
  sizes <- group_sizes(chosen$selected, request$cells)
  opposite <- if (is.null(chosen$reference)) {
    sum(chosen$takes_part) - sizes
  } else {
    rep(group_sizes(chosen$reference, request$cells), length(sizes))
  }
  by_group <- function(sizes) {
    rlang::set_names(as.integer(sizes), chosen$selected)
  }
  known <- list(
    n_ranked = length(request$genes),
    group_sizes = by_group(sizes),
    opposite_sizes = by_group(opposite),
    exclude = if (length(chosen$excluded) > 0L) chosen$excluded,
    block = request$block$block,
    n_blocks = if (!is.null(request$block)) nlevels(request$block$strata),
    blocks_compared = if (!is.null(request$block)) {
      by_group(request$block$n_compared)
    },
    block_weights = request$block$weights,
    log_base = if (!is.null(view$log_base)) as.double(view$log_base),
    version = getNamespaceVersion("wilcoxide")[["version"]]
  )
  all <- c(known, request[setdiff(names(result_settings), names(known))])
  Filter(Negate(is.null), all[names(result_settings)])
}

#' The settings of the ranking of one level
#'
#' Each tells of all levels, so that they can be put together again.
#' @param split What [check_split()] returned.
#' @noRd
split_settings <- function(settings, split, level) {
  settings$split_by <- split$by
  settings$split_level <- level
  settings$split_levels <- names(split$levels)
  settings[intersect(names(result_settings), names(settings))]
}

#' What is amiss with settings, in words
#' @return Text for people, or `NULL`.
#' @noRd
problem_of_settings <- function(settings, groups) {
  if (is.null(settings)) {
    return(NULL)
  }
  if (!is.list(settings)) {
    return("is not a list")
  }
  for (name in intersect(names(result_settings), names(settings))) {
    if (!is_setting(settings[[name]], result_settings[[name]], groups)) {
      return(sprintf("has another kind of `%s`", name))
    }
  }
}

is_setting <- function(value, setting, groups) {
  is_whole <- typeof(value) == setting$type && !is.object(value) &&
    !anyNA(value)
  is_whole && switch(setting$per,
    result = length(value) == 1L,
    any = length(value) > 0L,
    group = identical(names(value), groups)
  )
}

#' What to say of the settings of a result, in words
#' @noRd
describe_settings <- function(settings) {
  there <- intersect(names(result_settings), names(settings))
  words <- lapply(
    there,
    function(name) result_settings[[name]]$words(settings[[name]])
  )
  unlist(words)
}

#' How many genes a result has, out of how many that were ranked
#' @noRd
describe_genes <- function(names, settings) {
  n <- nrow(names)
  ranked <- settings$n_ranked
  if (is.null(ranked) || ranked <= n) {
    return(count_of(n, "gene"))
  }
  is_top <- identical(ranks_of(names), seq_len(n))
  sprintf(
    "%s%s of %s",
    if (is_top) "top " else "",
    big_number(n),
    count_of(ranked, "gene")
  )
}

# Stored ----------------------------------------------------------------------

#' Settings as others store them: plain vectors, those per group in the order of
#' the groups of `names`
#' @noRd
stored_settings <- function(settings) {
  lapply(settings[intersect(names(result_settings), names(settings))], unname)
}

#' The opposite, of what another package read
#'
#' What is not of the right kind did not come from here, and is left out.
#' @return `NULL` where nothing is left.
#' @noRd
read_settings <- function(stored, groups) {
  if (!is.list(stored)) {
    return(NULL)
  }
  known <- intersect(names(result_settings), names(stored))
  settings <- lapply(
    rlang::set_names(known),
    function(name) read_setting(stored[[name]], result_settings[[name]], groups)
  )
  settings <- Filter(Negate(is.null), settings)
  if (length(settings) > 0L) settings
}

read_setting <- function(value, setting, groups) {
  if (is.factor(value)) {
    value <- as.character(value)
  }
  fits <- is.atomic(value) && switch(setting$per,
    result = length(value) == 1L,
    any = TRUE,
    group = length(value) == length(groups)
  )
  if (!fits) {
    return(NULL)
  }
  value <- suppressWarnings(as.vector(value, setting$type))
  names(value) <- switch(setting$per, group = groups)
  if (is_setting(value, setting, groups)) value
}
