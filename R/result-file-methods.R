# What R's functions make of a ranking in a file.

#' A ranking in a file
#'
#' What [rank_genes_groups()] returns with `output`: it stands for the file, and
#' tells what is there. [rank_genes_groups_df()] reads the groups asked for, and
#' only their part of the file; `as.data.frame()` gives the same table, `head()`
#' the first rows as they are in the file, and `summary()` counts significant
#' genes as it does for [a ranking in memory][summary.rank_genes_groups()],
#' reading the file group by group. What needs all groups in memory, plots and
#' converters, says so.
#'
#' It can be saved, by `saveRDS()` say, and finds the file where it was written.
#' `x$path` is that place: put another one there if the file was moved. A file
#' that is missing, or is another one now, is an error.
#'
#' @param x,object What [rank_genes_groups()] returned, with `output`.
#' @param n How many rows.
#' @param ... For `as.data.frame()`, arguments of [rank_genes_groups_df()].
#' @inheritParams as.data.frame.rank_genes_groups
#' @inheritParams summary.rank_genes_groups
#'
#' @return `print()`: `x`, invisibly. `head()`, `as.data.frame()`: a data frame.
#'   `summary()`: an object of class `summary.rank_genes_groups`. Whether a gene
#'   is up or down is told by `zscores` if the file has them, else by `auc`,
#'   which is above one half where the score is positive; with `block`, the two
#'   may differ, and `statistics = "zscores"` is needed. With `split_by`, a list
#'   of the summaries of the levels.
#'
#' @seealso [rank_genes_groups()], whose section on results in files tells what
#'   is in them.
#' @examples
#' set.seed(1)
#' counts <- matrix(rpois(200 * 60, 0.4), nrow = 200)
#' rownames(counts) <- paste0("gene", 1:200)
#' counts[1:10, 1:20] <- counts[1:10, 1:20] + 3
#' groups <- factor(rep(c("a", "b", "c"), each = 20))
#'
#' path <- tempfile(fileext = ".parquet")
#' result <- rank_genes_groups(
#'   log1p(counts), groups,
#'   output = path, threads = 1
#' )
#' result
#' head(rank_genes_groups_df(result, group = "a"))
#' summary(result)
#' @name rank_genes_groups_file
NULL

#' @rdname rank_genes_groups_file
#' @method print rank_genes_groups_file
#' @export
print.rank_genes_groups_file <- function(x, ...) {
  call <- rlang::current_env()
  if (!is_whole_ranking_file(unclass(x))) {
    check_ranking_file(x, call, "x")
  }
  width <- getOption("width")
  groups <- groups_of_file(x)
  n_groups <- vapply(
    x$levels,
    function(level) length(level$settings$group_sizes),
    0L
  )
  n <- as.double(x$n_rows) * sum(n_groups)
  settings <- x$settings
  settings$split_level <- NULL
  about <- c(
    x$params$method,
    if (is_split_file(x)) describe_levels(x),
    describe_settings(settings),
    x$params$corr_method,
    describe_genes(group_table(list(), .set_row_names(x$n_rows)), settings)
  )
  size <- format(structure(x$size, class = "object_size"), units = "auto")
  writeLines(cli::ansi_strwrap(
    c(
      describe_comparison(x$params, length(groups)),
      paste(about, collapse = ", ")
    ),
    width
  ))
  writeLines(c(
    sprintf("%s rows, %s, in %s", big_number(n), size, showable(x$path)),
    cli::ansi_strwrap(
      c(
        paste("columns:", paste(x$columns$name, collapse = ", ")),
        cli::col_grey("rank_genes_groups_df(x, group = ) reads groups.")
      ),
      width
    )
  ))
  invisible(x)
}

#' @rdname rank_genes_groups_file
#' @method head rank_genes_groups_file
#' @rawNamespace S3method(utils::head, rank_genes_groups_file)
head.rank_genes_groups_file <- function(x, n = 6L, ...) { # nolint
  call <- rlang::current_env()
  check_ranking_file(x, call, "x")
  n <- check_rows(n, "n", call)
  # Some groups of the first levels.
  left <- max(ceiling(n / max(x$n_rows, 1)), 1)
  tables <- list()
  for (level in levels_of_file(x)) {
    groups <- groups_of_file(level)
    n_groups <- min(left, length(groups))
    left <- left - n_groups
    check_rows_fit(x, n_groups, length(x$columns$source), call)
    groups <- groups[seq_len(n_groups)]
    tables[[length(tables) + 1L]] <- table_of_level(level, groups, call)
    if (left == 0L) break
  }
  names(tables) <- names(x$levels)[seq_along(tables)]
  table <- if (is_split_file(x)) {
    all <- bind_levels(tables, groups_of_file(x), file_sources[["group"]])
    levels(all$level) <- names(x$levels)
    all
  } else {
    tables[[1L]]
  }
  group_table(lapply(table, `[`, seq_len(min(n, length(table[[1L]])))))
}

describe_levels <- function(x) {
  by <- x$settings$split_by
  paste0(
    "within ",
    count_of(length(x$levels), "level"),
    if (!is.null(by)) paste(" of", by)
  )
}

#' @rdname rank_genes_groups_file
#' @method as.data.frame rank_genes_groups_file
#' @export
as.data.frame.rank_genes_groups_file <- function(x,
                                                 row.names = NULL, # nolint
                                                 optional = FALSE,
                                                 ...) { # nolint
  call <- rlang::current_env()
  table <- long_table_of_file(x, ..., call = call)
  if (!is.null(row.names)) {
    table <- group_table(table, check_new_row_names(row.names, table, call))
  }
  table
}

#' @rdname rank_genes_groups_file
#' @method summary rank_genes_groups_file
#' @export
summary.rank_genes_groups_file <- function(object, pval_cutoff = 0.05, ...) {
  call <- rlang::current_env()
  check_ranking_file(object, call, "object")
  check_one_number(pval_cutoff, "pval_cutoff", call)
  summaries <- lapply(
    levels_of_file(object),
    function(level) summary_of_level(level, pval_cutoff, call)
  )
  if (is_split_file(object)) summaries else summaries[[1L]]
}

summary_of_level <- function(object, pval_cutoff, call) {
  sign <- source_of_sign(object, call)
  groups <- groups_of_file(object)
  # Those that lie together are read together.
  at_once <- split(seq_along(groups), (seq_along(groups) - 1L) %/%
    object$levels[[1L]]$groups_of_part)
  counts <- lapply(at_once, function(some) {
    read <- read_ranking_file(object, some, c("pvals_adj", sign), call)
    middle <- if (sign == "auc") 0.5 else 0
    significant <- read$pvals_adj < pval_cutoff
    count <- function(is_counted) {
      is_counted <- matrix(is_counted, ncol = length(some))
      colSums(is_counted, na.rm = TRUE)
    }
    list(
      up = count(significant & read[[sign]] > middle),
      down = count(significant & read[[sign]] < middle)
    )
  })
  count_of_all <- function(which) {
    as.integer(unlist(lapply(counts, `[[`, which), use.names = FALSE))
  }
  structure(
    list(
      params = object$params,
      settings = object$settings,
      pval_cutoff = pval_cutoff,
      n_genes = object$n_rows,
      genes = describe_genes(
        group_table(list(), .set_row_names(object$n_rows)),
        object$settings
      ),
      counts = group_table(list(
        group = groups,
        cells = unname(object$settings$group_sizes),
        up = count_of_all("up"),
        down = count_of_all("down")
      ))
    ),
    class = "summary.rank_genes_groups"
  )
}

source_of_sign <- function(x, call) {
  if ("zscores" %in% x$columns$source) {
    return("zscores")
  }
  if (!is.null(x$settings$n_blocks)) {
    abort_input(
      c(
        "The file must hold scores, which say whether a gene is up or down.",
        x = "It has none, and with {.arg block} the area under the curve does
             not say it.",
        i = "Rank the genes with {.code statistics = \"zscores\"}."
      ),
      call = call
    )
  }
  "auc"
}
