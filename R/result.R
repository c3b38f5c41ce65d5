# The result: what Scanpy keeps in `adata.uns["rank_genes_groups"]`.

#' Put a result together
#'
#' @param params List: `groupby`, `reference`, `method`, `use_raw`, `layer`,
#'   `corr_method`.
#' @param tables Named list of the tables, see [result_tables]. One per rank is
#'   a named list of vectors, one per group, all of one length; one per gene is
#'   a data frame, or a matrix with dimnames, of genes by groups, the names of
#'   the genes unique.
#'   `NULL` for a table that there is not.
#' @param settings List, see [result_settings]; `NULL` where they are not known,
#'   as of Scanpy's own results.
#' @noRd
new_rank_genes_groups <- function(params, tables, settings = NULL) {
  tables <- Filter(Negate(is.null), tables[names(result_tables)])
  tables <- Map(
    function(table, name) {
      switch(result_tables[[name]]$per,
        rank = group_table(table),
        gene = gene_table(table)
      )
    },
    tables,
    names(tables)
  )
  structure(
    c(
      list(params = params),
      if (!is.null(settings)) list(settings = settings),
      tables
    ),
    class = c("rank_genes_groups", "list")
  )
}

check_result <- function(result,
                         call = rlang::caller_env(),
                         arg = "result") {
  if (missing(result) || !inherits(result, "rank_genes_groups")) {
    abort_input(
      c(
        "{.arg {arg}} must be what {.fn rank_genes_groups} returned.",
        x = if (missing(result)) {
          "It is missing."
        } else {
          "It is {given(result)}."
        },
        i = if (!missing(result) && is_ranking_file(result)) {
          "This ranking is in a file, and all of it must be in memory here:
           rank the genes without {.arg output}, or take the table of some
           groups, {.code rank_genes_groups_df({arg}, group = )}."
        },
        i = if (!missing(result) && is_split(result)) {
          "Rankings within levels are taken one at a time:
           {.code {arg}[[\"{names(result)[[1L]]}\"]]}."
        }
      ),
      call = call
    )
  }
  problem <- problem_of(unclass(result))
  if (!is.null(problem)) {
    abort_input(
      c(
        "{.arg {arg}} must be a whole ranking, with tables of one shape.",
        x = problem,
        i = "Something changed it after {.fn rank_genes_groups}. Change copies
             of its tables, or {.code as.data.frame(result)}."
      ),
      call = call
    )
  }
}

#' What keeps a result from being whole, in words
#'
#' Tables that do not fit each other would be put side by side.
#' @return Text for people, or `NULL`.
#' @noRd
problem_of <- function(elements) {
  groups <- names(elements$names)
  twice <- unique(groups[duplicated(groups)])
  if (length(twice) > 0L) {
    return(cli::format_inline("Several groups are called {.val {twice}}."))
  }
  if (anyNA(groups) || "" %in% groups) {
    return("One of its groups has no name.")
  }
  problem <- problem_of_settings(elements$settings, groups)
  if (!is.null(problem)) {
    return(cli::format_inline("{.field settings} {problem}."))
  }
  tables <- intersect(
    names(result_tables),
    c(table_names("rank", optional = FALSE), names(elements))
  )
  for (name in tables) {
    problem <- problem_of_table(elements[[name]], name, elements$names)
    if (!is.null(problem)) {
      return(cli::format_inline("{.field {name}} {problem}."))
    }
  }
}

problem_of_table <- function(table, name, names) {
  if (is.null(table)) {
    "is missing"
  } else if (!is.data.frame(table)) {
    "is not a data frame"
  } else if (!all(names(names) %in% names(table))) {
    "has other columns than the names"
  } else if (result_tables[[name]]$per == "gene") {
    if (!is.character(attr(table, "row.names"))) {
      "has lost its row names, the genes"
    }
  } else if (!identical(dim(table), dim(names))) {
    sprintf(
      "has %d rows and %d columns, the names have %d and %d",
      nrow(table), length(table), nrow(names), length(names)
    )
  }
}

check_one_number <- function(x, arg, call = rlang::caller_env()) {
  if (!is.numeric(x) || length(x) != 1L || is.na(x)) {
    abort_input(
      c(
        "{.arg {arg}} must be one number.",
        x = "It is {.obj_type_friendly {x}}."
      ),
      call = call
    )
  }
}

#' A function that makes a number what fold changes are compared with
#'
#' Scanpy's are float32 values and are compared in that precision, so a bound
#' such as 0.1 has to be rounded to it first.
#' @noRd
bound_of_fold_changes <- function(settings) {
  is_single <- has_scanpys_fold_changes(settings)
  function(bound) if (is_single && !is.null(bound)) as_float32(bound) else bound
}

as_float32 <- function(x) {
  readBin(
    writeBin(as.double(x), raw(), size = 4L),
    "double",
    n = length(x),
    size = 4L
  )
}

#' Print a ranking, or take its first or last genes
#'
#' `print()` shows what was compared and the first genes of as many groups as
#' fit the console. `head()` and `tail()` give the ranking of the first or last
#' genes of each group; fractions stay those of all genes.
#'
#' @param x What [rank_genes_groups()] returned.
#' @param n How many genes; for `head()` and `tail()`, a negative number leaves
#'   so many out. `Inf` is all of them.
#' @param ... Not used.
#'
#' @return `print()`: `x`, invisibly. `head()`, `tail()`: an object of class
#'   `rank_genes_groups`; the row names of its tables are the ranks.
#'
#' @seealso [summary.rank_genes_groups()], [rank_genes_groups_df()]
#' @examples
#' set.seed(1)
#' counts <- matrix(rpois(200 * 60, 0.4), nrow = 200)
#' rownames(counts) <- paste0("gene", 1:200)
#' counts[1:10, 1:20] <- counts[1:10, 1:20] + 3
#' groups <- factor(rep(c("a", "b", "c"), each = 20))
#'
#' result <- rank_genes_groups(log1p(counts), groups, threads = 1)
#' print(result, n = 3)
#' tail(result, 3)
#' @method print rank_genes_groups
#' @export
print.rank_genes_groups <- function(x, n = 10L, ...) {
  check_result(x, arg = "x")
  writeLines(format_ranking(x, check_rows(n, "n", rlang::current_env())))
  invisible(x)
}

#' Refuse what is no number of rows
#'
#' @param negative Is a negative number one, too?
#' @noRd
check_rows <- function(n, arg, call, negative = FALSE) {
  least <- if (negative) -.Machine$double.xmax else 0
  is_number <- is.numeric(n) && length(n) == 1L && !is.na(n)
  if (!is_number || n < least || n != round(n)) {
    abort_input(
      c(
        if (negative) {
          "{.arg {arg}} must be one whole number, or Inf for all."
        } else {
          "{.arg {arg}} must be one whole number from 0, or Inf for all."
        },
        x = "It is {given(n)}."
      ),
      call = call
    )
  }
  n
}

format_ranking <- function(x, n) {
  width <- getOption("width")
  table <- print_table(x$names, n, width)
  heading <- c(
    describe_comparison(x$params, length(x$names)),
    describe_ranking(x)
  )
  rest <- describe_rest(table$more_genes, table$more_groups)
  c(
    cli::ansi_strwrap(heading, width),
    table$lines,
    cli::ansi_strwrap(cli::col_grey(rest), width)
  )
}

describe_comparison <- function(params, n_groups) {
  by <- if (rlang::is_string(params$groupby)) paste(" of", params$groupby)
  reference <- params$reference
  versus <- if (identical(reference, "rest")) "the rest" else reference
  paste0(
    "<rank_genes_groups> ",
    count_of(n_groups, "group"),
    by,
    " versus ",
    versus
  )
}

describe_ranking <- function(x) {
  paste(
    c(
      x$params$method,
      describe_settings(x$settings),
      x$params$corr_method,
      describe_genes(x$names, x$settings)
    ),
    collapse = ", "
  )
}

describe_rest <- function(genes, groups) {
  counts <- c(
    if (genes > 0L) count_of(genes, "more gene"),
    if (groups > 0L) count_of(groups, "more group")
  )
  if (length(counts) > 0L) {
    paste(cli::symbol$ellipsis, "and", paste(counts, collapse = ", "))
  }
}

count_of <- function(n, noun) {
  paste0(big_number(n), " ", noun, if (n != 1L) "s")
}

big_number <- function(n) {
  format(n, big.mark = ",", trim = TRUE)
}

#' Lay out the head of a table of names, as many groups as fit
#'
#' @return `lines`, and how many genes and groups they leave out.
#' @noRd
print_table <- function(names, n, width) {
  shown <- min(n, nrow(names))
  ranks <- align_column(c("", ranks_of(names)[seq_len(shown)]))
  room <- width - cli::ansi_nchar(ranks[[1L]], "width") - 1L
  # A column takes two at the least: its text and the space before it.
  candidates <- names[seq_len(min(length(names), width %/% 2L))]
  columns <- Map(
    function(column, group) {
      align_column(c(group, column[seq_len(shown)]), min(max(room, 1L), 20L))
    },
    candidates,
    names(candidates)
  )
  used <- cumsum(vapply(columns, column_width, integer(1L)) + 1L)
  fitting <- max(sum(used <= room + 1L), 1L)
  lines <- do.call(paste, unname(c(list(ranks), columns[seq_len(fitting)])))
  list(
    lines = cli::ansi_trimws(lines, "right"),
    more_genes = nrow(names) - shown,
    more_groups = length(names) - fitting
  )
}

# Widths are those of the console: a letter may take two places, or none.
align_column <- function(text, max_width = 20L, align = "left") {
  text[is.na(text)] <- "NA"
  # One that is too long would shorten those that just fit, in cli 3.6.0.
  long <- cli::ansi_nchar(text, "width") > max_width
  text[long] <- cli::ansi_strtrim(text[long], max_width)
  cli::ansi_align(text, max(cli::ansi_nchar(text, "width")), align)
}

column_width <- function(column) {
  cli::ansi_nchar(column[[1L]], "width")
}

# Row names of a table per rank; those of the end of a ranking begin later.
ranks_of <- function(names) {
  as.integer(attr(names, "row.names"))
}

# The head of a list would fill the console.
#' @rdname print.rank_genes_groups
#' @method head rank_genes_groups
#' @rawNamespace S3method(utils::head, rank_genes_groups)
head.rank_genes_groups <- function(x, n = 6L, ...) { # nolint
  check_result(x, arg = "x")
  n <- check_rows(n, "n", rlang::current_env(), negative = TRUE)
  n_genes <- nrow(x$names)
  take_ranks(x, seq_len(if (n < 0) max(n_genes + n, 0) else min(n, n_genes)))
}

#' @rdname print.rank_genes_groups
#' @method tail rank_genes_groups
#' @rawNamespace S3method(utils::tail, rank_genes_groups)
tail.rank_genes_groups <- function(x, n = 6L, ...) { # nolint
  check_result(x, arg = "x")
  n <- check_rows(n, "n", rlang::current_env(), negative = TRUE)
  n_genes <- nrow(x$names)
  taken <- if (n < 0) max(n_genes + n, 0) else min(n, n_genes)
  take_ranks(x, n_genes - taken + seq_len(taken))
}

take_ranks <- function(result, rows) {
  tables <- rank_table_names(result)
  result[tables] <- lapply(
    unclass(result)[tables],
    function(table) table[rows, , drop = FALSE]
  )
  result
}
