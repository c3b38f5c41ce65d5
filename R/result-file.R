# A ranking in a file: what is known of it without the file, and how the rows of
# some groups are read.

#' What stands for a ranking in a file
#'
#' @param params,settings As in a result in memory.
#' @param path The file, which is there.
#' @param columns See [file_columns()].
#' @param n_rows Rows of each group.
#' @param groups_of_part,starts What `draft_new()` and `draft_finish()` told.
#' @noRd
new_ranking_file <- function(params,
                             settings,
                             path,
                             columns,
                             n_rows,
                             groups_of_part,
                             starts) {
  path <- normalizePath(path)
  structure(
    list(
      params = params,
      settings = settings,
      path = path,
      columns = columns,
      n_rows = n_rows,
      size = file.size(path),
      tail = hash_of_tail(path),
      groups_of_part = groups_of_part,
      starts = starts
    ),
    class = "rank_genes_groups_file"
  )
}

is_ranking_file <- function(x) inherits(x, "rank_genes_groups_file")

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
        x = "It was changed since."
      ),
      call = call
    )
  }
  path <- elements$path
  moved <- "If the file is elsewhere now, {.code {arg}$path <- } its path."
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
        "The file of the ranking must be one that you may read.",
        x = "{.file {path}} may not be read."
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
        x = "{.file {path}} is another file now.",
        i = moved
      ),
      call = call
    )
  }
}

is_whole_ranking_file <- function(elements) {
  is_count <- function(n) is_whole_number(n) && n >= 0
  is_right <- list(
    path = rlang::is_string,
    params = is.list,
    settings = function(x) is.list(x) && is.integer(x$group_sizes),
    columns = function(x) is.list(x) && is.character(x$source),
    n_rows = is_count,
    groups_of_part = is_count,
    size = is_count,
    starts = is.double
  )
  is.list(elements) && all(vapply(
    names(is_right),
    function(name) is_right[[name]](elements[[name]]),
    NA
  ))
}

groups_of_file <- function(x) names(x$settings$group_sizes)

#' Read columns of the rows of some groups
#'
#' @param groups Places of the groups.
#' @param sources Where the columns come from, see [file_sources].
#' @return A list of vectors, named by the sources.
#' @noRd
read_ranking_file <- function(x, groups, sources, call) {
  columns <- x$columns
  answer <- output_read(
    enc2utf8(path.expand(x$path)),
    columns,
    x$starts,
    as.integer(x$groups_of_part),
    as.integer(x$n_rows),
    as.integer(groups) - 1L,
    match(sources, columns$source) - 1L
  )
  check_status(answer, call, read = x$path)
  rlang::set_names(answer$columns, sources)
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
      x = "They are {big_number(n)} rows, which take {text(needed)}; there
           {?is/are} {text(budget)} to use.",
      i = "{.code group = } reads some groups; Arrow, DuckDB or polars read a
           Parquet file piece by piece."
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
  sources <- intersect(c("gene", table_names("rank")), x$columns$source)
  check_rows_fit(x, length(group), length(sources), call)
  read <- read_ranking_file(x, match(group, groups_of_file(x)), sources, call)
  codes <- rep(seq_along(group), each = x$n_rows)
  table <- c(
    list(
      group = structure(codes, levels = group, class = "factor"),
      names = read$gene
    ),
    # Those of a ranking in memory, at their place.
    if (!is.null(read$zscores)) list(scores = as_float32(read$zscores)),
    read[setdiff(names(read), "gene")]
  )
  bound <- bound_of_fold_changes(x$settings)
  rows <- rows_within(table, pval_cutoff, bound(log2fc_min), bound(log2fc_max))
  table <- take_rows(table, rows)
  if (!is.null(labels)) {
    table$symbol <- unname(labels[match(table$names, names(labels))])
  }
  group_table(table)
}

#' The columns of a file as they are there, of some groups
#' @noRd
file_table <- function(x, group, call) {
  all <- groups_of_file(x)
  known <- c("group", "group_size", "opposite_size")
  sources <- setdiff(x$columns$source, known)
  check_rows_fit(x, length(group), length(x$columns$source), call)
  read <- read_ranking_file(x, match(group, all), sources, call)
  codes <- rep(match(group, all), each = x$n_rows)
  read$group <- structure(codes, levels = all, class = "factor")
  read$group_size <- unname(x$settings$group_sizes)[codes]
  read$opposite_size <- unname(x$settings$opposite_sizes)[codes]
  group_table(rlang::set_names(read[x$columns$source], x$columns$name))
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
  place <- match(names(on_target), all)
  part <- (place - 1L) %/% x$groups_of_part
  tables <- lapply(split(seq_along(on_target), part), function(some) {
    table <- target_rows(x, on_target[some], call)
    table$place <- some
    table
  })
  table <- do.call(rbind, unname(tables))
  table <- table[order(table$place), setdiff(names(table), "place")]
  group_table(unclass(table))
}

target_rows <- function(x, on_target, call) {
  groups <- unique(names(on_target))
  table <- file_table(x, groups, call)
  names <- split(table$feature, factor(table$target, levels = groups))
  rows <- unlist(Map(match, on_target, names[names(on_target)]))
  if (anyNA(rows)) {
    ranking <- list(names = group_table(names), settings = x$settings)
    abort_no_targets(on_target[is.na(rows)], ranking, call)
  }
  before <- (match(names(on_target), groups) - 1L) * x$n_rows
  group_table(lapply(table, `[`, before + unname(rows)))
}

# What R's functions make of it ------------------------------------------------

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
#'   may differ, and `statistics = "zscores"` is needed.
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
  n <- as.double(x$n_rows) * length(groups)
  about <- c(
    x$params$method,
    describe_settings(x$settings),
    x$params$corr_method,
    describe_genes(group_table(list(), .set_row_names(x$n_rows)), x$settings)
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
  groups <- groups_of_file(x)
  n_groups <- min(max(ceiling(n / max(x$n_rows, 1)), 1), length(groups))
  table <- file_table(x, groups[seq_len(n_groups)], call)
  group_table(lapply(table, `[`, seq_len(min(n, nrow(table)))))
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
  sign <- source_of_sign(object, call)
  groups <- groups_of_file(object)
  # Those that lie together are read together.
  at_once <- split(seq_along(groups), (seq_along(groups) - 1L) %/%
    object$groups_of_part)
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
        "Whether a gene is up or down must be told by its score.",
        x = "The file has no scores, and with {.arg block} the area under the
             curve does not tell.",
        i = "Rank the genes with {.code statistics = \"zscores\"}."
      ),
      call = call
    )
  }
  "auc"
}
