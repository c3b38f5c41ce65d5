# A ranking in a file: what is known of it without the file, and how the rows of
# some groups are read.

#' What stands for a ranking in a file
#'
#' @param params As in a result in memory.
#' @param settings A list of the settings of each level, named by the levels, or
#'   of those of all cells.
#' @param path The file, which is there.
#' @param columns See [file_columns()].
#' @param n_rows Rows of each group.
#' @param groups_of_part,starts What `draft_new()` and `draft_finish()` told.
#' @return A list of class `rank_genes_groups_file`. Its `levels` have
#'   `settings`, `groups_of_part` and `first_part`, the place of their first
#'   part in the file; there is one without a name where `split_by` was not
#'   given.
#' @noRd
new_ranking_file <- function(params,
                             settings,
                             path,
                             columns,
                             n_rows,
                             groups_of_part,
                             starts) {
  path <- normalizePath(path)
  n_groups <- vapply(settings, function(level) length(level$group_sizes), 0L)
  n_parts <- ceiling(n_groups / groups_of_part)
  levels <- Map(
    function(settings, groups_of_part, first_part) {
      list(
        settings = settings,
        groups_of_part = groups_of_part,
        first_part = first_part
      )
    },
    settings,
    groups_of_part,
    cumsum(n_parts) - n_parts
  )
  structure(
    list(
      params = params,
      settings = settings[[1L]],
      levels = levels,
      path = path,
      columns = columns,
      n_rows = n_rows,
      size = file.size(path),
      tail = hash_of_tail(path),
      starts = starts
    ),
    class = "rank_genes_groups_file"
  )
}

is_ranking_file <- function(x) inherits(x, "rank_genes_groups_file")

is_split_file <- function(x) !is.null(names(x$levels))

#' The levels of a file, each as a ranking in that file
#' @noRd
levels_of_file <- function(x) {
  lapply(x$levels, function(level) {
    x$settings <- level$settings
    x$levels <- list(level)
    x
  })
}

# The end of a file tells it from others: what its parts take, or hold.
hash_of_tail <- function(path, n = 2^16) {
  size <- file.size(path)
  connection <- file(path, "rb")
  on.exit(close(connection))
  seek(connection, max(size - n, 0))
  rlang::hash(readBin(connection, raw(), n))
}

#' Refuse what is no ranking in a file, or one whose file is another now
#' @noRd
check_ranking_file <- function(x, call, arg) {
  elements <- unclass(x)
  if (!is_whole_ranking_file(elements)) {
    abort_input(
      c(
        "{.arg {arg}} must be what {.fn rank_genes_groups} returned.",
        x = "It was changed afterwards."
      ),
      call = call
    )
  }
  path <- elements$path
  moved <- "If the file has moved, give its new place:
            {.code {arg}$path <- \"the new path\"}."
  if (!file.exists(path) || dir.exists(path)) {
    abort_file(
      c(
        "The file of the ranking must be where it was written.",
        x = "There is no file {.file {path}}.",
        i = moved
      ),
      call = call
    )
  }
  if (file.access(path, 4L) != 0L) {
    abort_file(
      c(
        "Can't read the file of the ranking.",
        x = "You do not have permission to read {.file {path}}."
      ),
      call = call
    )
  }
  is_same <- file.size(path) == elements$size &&
    identical(hash_of_tail(path), elements$tail)
  if (!is_same) {
    abort_file(
      c(
        "The file of the ranking must be as it was written.",
        x = "{.file {path}} has changed or is another file.",
        i = moved
      ),
      call = call
    )
  }
}

is_whole_ranking_file <- function(elements) {
  is_count <- function(n) is_whole_number(n) && n >= 0
  is_level <- function(level) {
    is.list(level) && is.integer(level$settings$group_sizes) &&
      is_count(level$groups_of_part) && is_number(level$first_part)
  }
  is_right <- list(
    path = rlang::is_string,
    params = is.list,
    levels = function(x) {
      is.list(x) && length(x) > 0L && all(vapply(x, is_level, NA))
    },
    columns = function(x) is.list(x) && is.character(x$source),
    n_rows = is_count,
    size = is_count,
    starts = is.double
  )
  is.list(elements) && all(vapply(
    names(is_right),
    function(name) is_right[[name]](elements[[name]]),
    NA
  ))
}

#' The groups of a file, or of all of its levels
#' @noRd
groups_of_file <- function(x) {
  groups <- lapply(
    x$levels,
    function(level) names(level$settings$group_sizes)
  )
  unique(unlist(groups, use.names = FALSE))
}

#' Read columns of the rows of some groups
#'
#' @param x A ranking in a file, or one level of it.
#' @param groups Places of the groups.
#' @param sources Where the columns come from, see [file_sources].
#' @return A list of vectors, named by the sources.
#' @noRd
read_ranking_file <- function(x, groups, sources, call) {
  columns <- x$columns
  level <- x$levels[[1L]]
  places <- as.integer(groups) - 1L
  answer <- output_read(
    enc2utf8(path.expand(x$path)),
    columns,
    x$starts,
    as.integer(level$first_part + places %/% level$groups_of_part),
    as.integer(places %% level$groups_of_part),
    as.integer(x$n_rows),
    match(sources, columns$source) - 1L
  )
  check_status(answer, call, read = x$path)
  read <- rlang::set_names(answer$columns, sources)
  # A number that is none is what genes have that are of no family.
  adjusted <- intersect(adjusted_tables, sources)
  if (!is.null(level$settings$min_fraction)) {
    read[adjusted] <- lapply(read[adjusted], nan_as_na)
  }
  read
}

# Rows that R has room for: those of a file may be more than it counts.
check_rows_fit <- function(x, n_groups, n_columns, call) {
  n <- as.double(x$n_rows) * n_groups
  needed <- 8 * n * n_columns
  budget <- memory_budget(call)
  if (n <= .Machine$integer.max && needed <= budget) {
    return(invisible())
  }
  text <- memory_in_words(needed, budget)
  abort_input(
    c(
      "The rows of {n_groups} group{?s} must fit into memory.",
      x = "There are {big_number(n)} rows, which take {text(needed)};
           {text(budget)} may be used.",
      i = "Read some of the groups with {.code group = }; Arrow, DuckDB and
           polars read a Parquet file piece by piece."
    ),
    call = call
  )
}

#' The long table of some groups, always with a column `group`
#'
#' @param group Their names, or `NULL` for all.
#' @noRd
long_table_of_file <- function(x,
                               group = NULL,
                               pval_cutoff = NULL,
                               log2fc_min = NULL,
                               log2fc_max = NULL,
                               ...,
                               gene_symbols = NULL,
                               call,
                               arg = "x") {
  check_ranking_file(x, call, arg)
  group <- check_df_arguments(
    group,
    groups_of_file(x),
    pval_cutoff,
    log2fc_min,
    log2fc_max,
    ...,
    call = call
  )
  labels <- symbol_labels(gene_symbols, NULL, call)
  known <- c("gene", table_names("rank"), fraction_columns(TRUE, FALSE))
  sources <- intersect(known, x$columns$source)
  n_groups <- vapply(
    levels_of_file(x),
    function(level) sum(group %in% groups_of_file(level)),
    0L
  )
  check_rows_fit(x, sum(n_groups), length(sources), call)
  bound <- bound_of_fold_changes(x$settings)
  tables <- lapply(levels_of_file(x)[n_groups > 0L], function(level) {
    there <- intersect(group, groups_of_file(level))
    table <- long_table_of_level(level, there, sources, call)
    rows <- rows_within(
      table,
      pval_cutoff,
      bound(log2fc_min),
      bound(log2fc_max)
    )
    take_rows(table, rows)
  })
  table <- if (is_split_file(x)) {
    bind_levels(tables, group)
  } else {
    tables[[1L]]
  }
  if (!is.null(labels)) {
    table$symbol <- unname(labels[match(table$names, names(labels))])
  }
  group_table(table)
}

long_table_of_level <- function(x, group, sources, call) {
  read <- read_ranking_file(x, match(group, groups_of_file(x)), sources, call)
  codes <- rep(seq_along(group), each = x$n_rows)
  c(
    list(
      group = structure(codes, levels = group, class = "factor"),
      names = read$gene
    ),
    # Those of a ranking in memory, at their place.
    if (!is.null(read$zscores)) list(scores = as_float32(read$zscores)),
    read[setdiff(names(read), "gene")]
  )
}

#' The columns of a file as they are there, of some groups
#'
#' Those of levels are in the order that they have there.
#' @noRd
file_table <- function(x, group, call) {
  if (!is_split_file(x)) {
    check_rows_fit(x, length(group), length(x$columns$source), call)
    return(group_table(table_of_level(x, group, call)))
  }
  there <- lapply(
    levels_of_file(x),
    function(level) intersect(groups_of_file(level), group)
  )
  check_rows_fit(x, sum(lengths(there)), length(x$columns$source), call)
  has_some <- lengths(there) > 0L
  tables <- Map(
    function(level, group) table_of_level(level, group, call),
    levels_of_file(x)[has_some],
    there[has_some]
  )
  table <- bind_levels(
    tables,
    groups_of_file(x),
    column = file_sources[["group"]]
  )
  group_table(table)
}

table_of_level <- function(x, group, call) {
  all <- groups_of_file(x)
  known <- c("level", "group", "group_size", "opposite_size")
  sources <- setdiff(x$columns$source, known)
  read <- read_ranking_file(x, match(group, all), sources, call)
  codes <- rep(match(group, all), each = x$n_rows)
  read$group <- structure(codes, levels = all, class = "factor")
  read$group_size <- unname(x$settings$group_sizes)[codes]
  read$opposite_size <- unname(x$settings$opposite_sizes)[codes]
  is_there <- x$columns$source != "level"
  rlang::set_names(read[x$columns$source[is_there]], x$columns$name[is_there])
}

#' The table of a screen: all of the file, or the rows of genes in their groups
#'
#' These are read from a few groups at a time.
#' @noRd
screen_table_of_file <- function(x, on_target, call) {
  check_ranking_file(x, call, "result")
  all <- groups_of_file(x)
  if (is.null(on_target)) {
    return(file_table(x, all, call))
  }
  known <- list(names = rlang::set_names(as.list(all), all))
  on_target <- check_on_target(on_target, known, call)
  if (!is_split_file(x)) {
    return(group_table(targets_of_file(x, on_target, call)))
  }
  tables <- lapply(levels_of_file(x), function(level) {
    there <- names(on_target) %in% groups_of_file(level)
    if (any(there)) targets_of_file(level, on_target[there], call)
  })
  group_table(bind_levels(
    Filter(length, tables),
    all,
    column = file_sources[["group"]]
  ))
}

targets_of_file <- function(x, on_target, call) {
  place <- match(names(on_target), groups_of_file(x))
  part <- (place - 1L) %/% x$levels[[1L]]$groups_of_part
  places <- split(seq_along(on_target), part)
  tables <- lapply(places, function(some) target_rows(x, on_target[some], call))
  back <- order(unlist(places, use.names = FALSE))
  lapply(do.call(rbind, unname(tables)), `[`, back)
}

target_rows <- function(x, on_target, call) {
  groups <- unique(names(on_target))
  check_rows_fit(x, length(groups), length(x$columns$source), call)
  table <- table_of_level(x, groups, call)
  names <- split(table$feature, factor(table$target, levels = groups))
  rows <- unlist(Map(match, on_target, names[names(on_target)]))
  if (anyNA(rows)) {
    ranking <- list(names = group_table(names), settings = x$settings)
    abort_no_targets(on_target[is.na(rows)], ranking, call)
  }
  before <- (match(names(on_target), groups) - 1L) * x$n_rows
  group_table(lapply(table, `[`, before + unname(rows)))
}
