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
#' @noRd
new_rank_genes_groups <- function(params, tables) {
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
    c(list(params = params), tables),
    class = c("rank_genes_groups", "list")
  )
}

check_result <- function(result, call = rlang::caller_env()) {
  if (missing(result) || !inherits(result, "rank_genes_groups")) {
    abort_input(
      c(
        "{.arg result} must be what {.fn rank_genes_groups} returned.",
        x = if (missing(result)) {
          "It is missing."
        } else {
          "An object of class {.cls {class(result)}} was given."
        }
      ),
      call = call
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

# Fold changes are float32 values. Scanpy compares them in that precision, so a
# bound such as 0.1 has to be rounded to it first.
as_float32 <- function(x) {
  readBin(
    writeBin(as.double(x), raw(), size = 4L),
    "double",
    n = length(x),
    size = 4L
  )
}

#' @method print rank_genes_groups
#' @export
print.rank_genes_groups <- function(x, n = 10L, ...) {
  width <- getOption("width")
  table <- print_table(x$names, n, width)
  heading <- c(
    describe_comparison(x$params, length(x$names)),
    describe_ranking(x$params, nrow(x$names))
  )
  rest <- describe_rest(table$more_genes, table$more_groups)
  writeLines(c(
    cli::ansi_strwrap(heading, width),
    table$lines,
    cli::ansi_strwrap(cli::col_grey(rest), width)
  ))
  invisible(x)
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

describe_ranking <- function(params, n_genes) {
  paste(
    c(params$method, params$corr_method, count_of(n_genes, "gene")),
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
  ranks <- align_column(c("", seq_len(shown)))
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

# The first ranks, as a ranking: the head of a list would fill the console.
#' @exportS3Method utils::head
head.rank_genes_groups <- function(x, n = 6L, ...) { # nolint
  n_genes <- nrow(x$names)
  rows <- seq_len(if (n < 0L) max(n_genes + n, 0L) else min(n, n_genes))
  tables <- rank_table_names(x)
  x[tables] <- lapply(x[tables], function(table) table[rows, , drop = FALSE])
  x
}
