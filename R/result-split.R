# A ranking within each level of a second annotation: a list of rankings that
# prints as one thing and stacks into one table.

#' Put the rankings of all levels together
#'
#' @param results Named list of rankings.
#' @noRd
new_split <- function(results) {
  structure(results, class = c("rank_genes_groups_split", "list"))
}

is_split <- function(x) {
  inherits(x, "rank_genes_groups_split")
}

check_split_result <- function(x, call = rlang::caller_env(), arg = "x") {
  levels <- unclass(x)
  is_whole <- is.list(levels) && length(levels) > 0L &&
    rlang::is_named(levels) && anyDuplicated(names(levels)) == 0L
  if (!is_whole) {
    abort_input(
      c(
        "{.arg {arg}} must be a whole ranking within levels.",
        x = "Its levels have no names, or several have one.",
        i = "Something changed it after {.fn rank_genes_groups}."
      ),
      call = call
    )
  }
  for (level in levels) {
    check_result(level, call, arg)
  }
}

#' Rankings within levels
#'
#' What `rank_genes_groups(split_by = )` returns: a list with one ranking for
#' each level, under its name. `x[["level"]]` is an ordinary ranking, which all
#' functions take; `x[c("this", "that")]` has some of the levels, and
#' `c(x, y)` those of two such results that were made alike. Where both have
#' levels of the same names, `c(one = x, two = y)` calls them by both.
#'
#' [rank_genes_groups_df()], `as.data.frame()`, `tibble::as_tibble()`,
#' `generics::tidy()` and `data.table::as.data.table()` stack all levels into
#' one table, with a column `level` before the others.
#' [plot_rank_genes_groups()] draws a panel for each level and group,
#' [add_rank_genes_groups()] and [write_rank_genes_groups()] store all levels,
#' and [get_rank_genes_groups()] fetches them.
#'
#' @param x,object What [rank_genes_groups()] returned.
#' @param n For `print()`, how many genes to show of each group; for `head()`
#'   and `tail()` as for [head.rank_genes_groups()].
#' @param i Names or places of levels.
#' @param ... For `summary()`, its `pval_cutoff`; for tables, arguments of
#'   [rank_genes_groups_df()]; for `c()`, rankings within levels.
#' @param row.names `NULL`, or names for the rows of the table.
#' @param optional Not used.
#' @param combine As for [rank_genes_groups_df()].
#' @param stringsAsFactors Make a factor of the names of the genes?
#'
#' @return `print()`: `x`, invisibly. `head()`, `tail()`, `[`, `c()`: rankings
#'   within levels. `summary()`: a list of the summaries of the levels.
#'
#' @seealso [rank_genes_groups()]
#' @examples
#' set.seed(1)
#' counts <- matrix(rpois(200 * 80, 0.4), nrow = 200)
#' rownames(counts) <- paste0("gene", 1:200)
#' condition <- rep(c("control", "stimulated"), 40)
#' type <- rep(c("B", "T"), each = 40)
#' counts[1:10, condition == "stimulated"] <-
#'   counts[1:10, condition == "stimulated"] + 2
#'
#' result <- rank_genes_groups(
#'   log1p(counts), condition,
#'   reference = "control", split_by = type, threads = 1
#' )
#' result
#' result[["T"]]
#' head(as.data.frame(result), 3)
#' @name rank_genes_groups_split
NULL

#' @rdname rank_genes_groups_split
#' @method print rank_genes_groups_split
#' @export
print.rank_genes_groups_split <- function(x, n = 3L, ...) {
  check_split_result(x)
  n <- check_rows(n, "n", rlang::current_env())
  writeLines(format_split(x, n))
  invisible(x)
}

#' @method format rank_genes_groups_split
#' @export
format.rank_genes_groups_split <- function(x, n = 3L, ...) {
  check_split_result(x)
  format_split(x, check_rows(n, "n", rlang::current_env()))
}

format_split <- function(x, n) {
  width <- getOption("width")
  by <- unique(unlist(lapply(x, function(level) level$settings$split_by)))
  heading <- paste0(
    "<rank_genes_groups_split> ",
    count_of(length(x), "level"),
    if (length(by) > 0L) paste(" of", paste(by, collapse = " and "))
  )
  levels <- lapply(names(x), function(level) {
    result <- x[[level]]
    result$settings$split_level <- NULL
    lines <- format_ranking(result, n)
    c("", paste0("[[\"", level, "\"]] ", sub("<[^>]*> ", "", lines[[1L]])),
      lines[-1L])
  })
  c(cli::ansi_strwrap(heading, width), unlist(levels))
}

#' @rdname rank_genes_groups_split
#' @method [ rank_genes_groups_split
#' @export
`[.rank_genes_groups_split` <- function(x, i) {
  call <- rlang::current_env()
  if (missing(i)) {
    return(x)
  }
  levels <- unclass(x)
  if (is.character(i)) {
    check_levels_there(i, names(levels), call)
  } else if (!are_places(i, length(levels))) {
    abort_input(
      c(
        "Levels are selected by name, or by numbers from 1 to
         {length(levels)}.",
        x = "{given(i)} was given."
      ),
      call = call
    )
  }
  new_split(levels[i])
}

#' @rdname rank_genes_groups_split
#' @method c rank_genes_groups_split
#' @export
c.rank_genes_groups_split <- function(...) { # nolint
  arguments <- list(...)
  splits <- vapply(arguments, is_split, NA)
  if (all(splits) && length(splits) > 1L) {
    return(join_splits(arguments, rlang::current_env()))
  }
  if (any(vapply(arguments, inherits, NA, "rank_genes_groups"))) {
    abort_not_table("c", "list(x, y)")
  }
  # As one ranking is a list, alone or with other things.
  arguments[splits] <- lapply(arguments[splits], unclass)
  do.call(c, arguments)
}

#' The levels of several rankings within levels, those of a named one with its
#' name before theirs, as R names elements
#' @noRd
join_splits <- function(splits, call) {
  for (number in seq_along(splits)) {
    check_split_result(splits[[number]], call, paste0("..", number))
  }
  places <- lapply(splits, function(x) rlang::set_names(seq_along(x), names(x)))
  levels <- names(do.call(c, places))
  results <- do.call(c, unname(lapply(splits, unclass)))
  twice <- unique(levels[duplicated(levels)])
  if (length(twice) > 0L) {
    abort_input(
      c(
        "{.fn c} puts rankings within different levels together.",
        x = "{cli::qty(twice)}Level{?s} {.val {twice}} {?is/are} there twice.",
        i = "With names for the rankings, levels are called by both:
             {.code c(first = x, second = y)}."
      ),
      call = call
    )
  }
  made_of <- function(result) {
    list(result$params, sort(setdiff(names(result), "settings")))
  }
  if (length(unique(lapply(results, made_of))) > 1L) {
    abort_input(
      c(
        "{.fn c} puts rankings together that were made alike.",
        x = "These differ in what is compared, or in their tables.",
        i = "{.code list(x, y)} keeps them side by side."
      ),
      call = call
    )
  }
  new_split(Map(
    function(result, level) {
      if (!is.null(result$settings)) {
        result$settings$split_level <- level
        result$settings$split_levels <- levels
      }
      result
    },
    rlang::set_names(results, levels),
    levels
  ))
}

#' @method [[ rank_genes_groups_split
#' @export
`[[.rank_genes_groups_split` <- function(x, i, ...) {
  levels <- unclass(x)
  if (rlang::is_string(i)) {
    check_levels_there(i, names(levels), rlang::current_env())
  } else if (!is_place(i, length(levels))) {
    abort_input(
      c(
        "Levels are selected by name, or by numbers from 1 to
         {length(levels)}.",
        x = "{given(i)} was given."
      ),
      call = rlang::current_env()
    )
  }
  .subset2(levels, i)
}

#' @method $ rank_genes_groups_split
#' @export
`$.rank_genes_groups_split` <- function(x, name) {
  levels <- unclass(x)
  check_levels_there(name, names(levels), rlang::current_env())
  .subset2(levels, name)
}

check_levels_there <- function(wanted, levels, call) {
  unknown <- setdiff(wanted, levels)
  if (length(unknown) > 0L) {
    abort_input(
      c(
        "Levels must be named by names that exist.",
        x = "There {cli::qty(unknown)}{?is no level/are no levels}
             {.val {unknown}}.",
        i = did_you_mean(unknown, levels),
        i = "{cli::qty(levels)}Level{?s} there: {.val {levels}}."
      ),
      call = call
    )
  }
}

#' @rdname rank_genes_groups_split
#' @method head rank_genes_groups_split
#' @rawNamespace S3method(utils::head, rank_genes_groups_split)
head.rank_genes_groups_split <- function(x, n = 6L, ...) { # nolint
  check_split_result(x)
  new_split(lapply(unclass(x), head.rank_genes_groups, n = n))
}

#' @rdname rank_genes_groups_split
#' @method tail rank_genes_groups_split
#' @rawNamespace S3method(utils::tail, rank_genes_groups_split)
tail.rank_genes_groups_split <- function(x, n = 6L, ...) { # nolint
  check_split_result(x)
  new_split(lapply(unclass(x), tail.rank_genes_groups, n = n))
}

#' @rdname rank_genes_groups_split
#' @method summary rank_genes_groups_split
#' @export
summary.rank_genes_groups_split <- function(object, ...) {
  check_split_result(object, arg = "object")
  lapply(unclass(object), summary.rank_genes_groups, ...)
}

# One table -------------------------------------------------------------------

#' All levels in one table, the level first
#' @noRd
stack_levels <- function(x,
                         group = NULL,
                         ...,
                         call = rlang::caller_env(),
                         arg = "x") {
  check_split_result(x, call, arg)
  if (any(c("level", "levels") %in% rlang::names2(rlang::enexprs(...)))) {
    abort_input(
      c(
        "A table is of all levels that it is made of.",
        i = "Choose levels before: {.code {arg}[\"{names(x)[[1L]]}\"]}."
      ),
      call = call
    )
  }
  results <- unclass(x)
  there <- lapply(results, function(result) names(result$names))
  groups <- check_df_groups(group, unique(unlist(there)), call = call)
  has_some <- function(result) any(groups %in% names(result$names))
  results <- Filter(has_some, results)
  tables <- lapply(results, function(result) {
    long_table(
      result,
      intersect(groups, names(result$names)),
      ...,
      call = call,
      arg = arg
    )
  })
  group_table(bind_levels(tables, groups))
}

#' Put tables of levels one after the other, the level first
#'
#' @param tables Named by the levels, lists of columns.
#' @param groups All groups, the levels of the factor of them.
#' @param column The column that has them.
#' @noRd
bind_levels <- function(tables, groups, column = "group") {
  columns <- lapply(rlang::set_names(names(tables[[1L]])), function(name) {
    if (name == column) {
      codes <- lapply(tables, function(table) {
        match(levels(table[[column]]), groups)[as.integer(table[[column]])]
      })
      codes <- as.integer(unlist(codes, use.names = FALSE))
      return(structure(codes, levels = groups, class = "factor"))
    }
    unlist(lapply(tables, `[[`, name), use.names = FALSE)
  })
  n <- vapply(tables, function(table) length(table[[1L]]), 0L)
  codes <- rep(seq_along(tables), n)
  c(
    list(level = structure(codes, levels = names(tables), class = "factor")),
    columns
  )
}

#' @rdname rank_genes_groups_split
#' @method as.data.frame rank_genes_groups_split
#' @export
as.data.frame.rank_genes_groups_split <- function(x,
                                                  row.names = NULL, # nolint
                                                  optional = FALSE,
                                                  ...,
                                                  combine = NULL,
                                                  stringsAsFactors = FALSE) { # nolint
  call <- rlang::current_env()
  check_flag(stringsAsFactors, "stringsAsFactors", call)
  table <- if (is.null(combine)) {
    stack_levels(x, ..., call = call)
  } else {
    rank_genes_groups_df(x, ..., combine = combine)
  }
  if (stringsAsFactors) {
    table$names <- factor(table$names)
  }
  if (!is.null(row.names)) {
    table <- group_table(table, check_new_row_names(row.names, table, call))
  }
  table
}

#' @exportS3Method tibble::as_tibble
as_tibble.rank_genes_groups_split <- function(x, ...) { # nolint
  check_package("tibble", "A tibble")
  tibble::as_tibble(as.data.frame(x, ...))
}

#' @exportS3Method generics::tidy
tidy.rank_genes_groups_split <- function(x, ...) { # nolint
  check_package("tibble", "{.fn tidy}")
  tibble::as_tibble(as.data.frame(x, ...))
}

#' @exportS3Method data.table::as.data.table
as.data.table.rank_genes_groups_split <- function(x, ...) { # nolint
  check_package("data.table", "A data.table")
  data.table::as.data.table(as.data.frame(x, ...))
}

# One plot --------------------------------------------------------------------

#' All levels as the groups of one ranking, for what shows groups side by side
#'
#' A group is called by its level where that has no other, else by both.
#' @noRd
levels_as_groups <- function(x, call, arg = "result") {
  check_split_result(x, call, arg)
  results <- unclass(x)
  name <- namer_in_levels(results)
  needed <- table_names("rank", optional = FALSE)
  tables <- lapply(rlang::set_names(needed), function(table) {
    columns <- Map(
      function(result, level) {
        columns <- unclass(result[[table]])[names(result$names)]
        rlang::set_names(columns, name(names(columns), level))
      },
      results,
      names(results)
    )
    unlist(unname(columns), recursive = FALSE)
  })
  new_rank_genes_groups(results[[1L]]$params, tables)
}

namer_in_levels <- function(results) {
  alone <- all(vapply(results, function(result) length(result$names), 0L) == 1L)
  function(group, level) {
    if (alone) level else paste(level, group, sep = ": ")
  }
}

#' Groups as [levels_as_groups()] names them
#'
#' One of the ranking's own stands for itself in every level.
#'
#' @param groups As the user gave them.
#' @noRd
groups_in_levels <- function(groups, x) {
  if (is.factor(groups)) {
    groups <- as.character(groups)
  }
  # None at all is refused later, as NULL would not be.
  if (!is.character(groups) || length(groups) == 0L) {
    return(groups)
  }
  results <- unclass(x)
  name <- namer_in_levels(results)
  named <- lapply(groups, function(group) {
    has_group <- vapply(results, function(one) group %in% names(one$names), NA)
    if (any(has_group)) name(group, names(results)[has_group]) else group
  })
  unlist(named)
}

#' @rdname plot_rank_genes_groups
#' @export
plot.rank_genes_groups_split <- function(x, ...) {
  drawn <- plot_rank_genes_groups(x, ...)
  print(drawn)
  invisible(drawn)
}
