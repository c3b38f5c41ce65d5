# Rankings within levels where only rankings are stored, in AnnData objects and
# files: one for each level, under a key that has its name, so that Scanpy finds
# each. Their settings tell which belong together.

#' Keys of the levels
#' @noRd
level_keys <- function(key, levels) {
  # "/" parts the names of groups in a file.
  paste0(key, "_", make.unique(gsub("/", "_", levels, fixed = TRUE), "_"))
}

params_of <- function(result) {
  if (is_split(result)) result[[1L]]$params else result$params
}

#' The rankings to store: those of all levels under their keys, or the one
#' @noRd
rankings_to_store <- function(result, key) {
  if (!is_split(result)) {
    return(rlang::set_names(list(result), key))
  }
  results <- lapply(names(result), function(level) {
    ranking <- result[[level]]
    ranking$settings$split_level <- level
    ranking$settings$split_levels <- names(result)
    ranking
  })
  rlang::set_names(results, level_keys(key, names(result)))
}

#' Put the rankings of levels together again
#'
#' @param there Names of what is stored.
#' @param read Function of one of these that returns the ranking.
#' @return `NULL` where nothing under this key is of levels.
#' @noRd
fetch_levels <- function(key, there, read) {
  candidates <- there[startsWith(there, paste0(key, "_"))]
  for (candidate in candidates) {
    ranking <- tryCatch(read(candidate), wilcoxide_error = function(cnd) NULL)
    levels <- ranking$settings$split_levels
    keys <- level_keys(key, levels)
    if (length(levels) > 0L && candidate %in% keys && all(keys %in% there)) {
      return(new_split(rlang::set_names(lapply(keys, read), levels)))
    }
  }
}
