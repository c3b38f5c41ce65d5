# Results as other packages keep them: lists of the shape of
# `adata.uns["rank_genes_groups"]`, but no objects of our class.

uns_params <- c(
  "groupby", "reference", "method", "use_raw", "layer", "corr_method"
)

#' Make a result of a list that another package read
#'
#' @param uns A list with the elements of a result. A table may be a data
#'   frame, a list of columns or a matrix, its columns possibly arrays of one
#'   dimension.
#' @param source Where it was found, for messages: a list of `where`, text;
#'   `abort`, the function for errors; `call`.
#' @noRd
result_from_uns <- function(uns, source) {
  if (inherits(uns, "rank_genes_groups") || is_split(uns)) {
    return(uns)
  }
  check_uns(uns, source)
  frames <- lapply(rlang::set_names(table_names("gene")), function(name) {
    uns_frame(uns[[name]])
  })
  groups <- uns_groups(uns$names) %||% names(frames$pts_rest)
  check_uns_groups(groups, source)
  n <- uns_rows(uns$names)
  known <- intersect(table_names("rank"), names(uns))
  others <- Filter(
    function(name) is_uns_table(uns[[name]], groups, n),
    setdiff(names(uns), c(plain_elements, names(result_tables)))
  )
  tables <- lapply(
    rlang::set_names(c(known, others)),
    function(name) uns_table(uns[[name]], name, groups, n, source)
  )
  tables$names <- lapply(tables$names, gene_names)
  tables <- lapply(tables, group_table)
  elements <- c(
    list(
      params = read_uns_params(uns$params),
      settings = read_settings(uns$settings, groups)
    ),
    tables,
    frames
  )
  order <- c(plain_elements, names(result_tables), others)
  structure(
    Filter(Negate(is.null), elements[intersect(order, names(elements))]),
    class = c("rank_genes_groups", "list")
  )
}

#' Names of the elements of a result that are stored
#'
#' Other things that somebody put into it have no place in `uns`.
#' @noRd
stored_elements <- function(result) {
  intersect(
    names(result),
    c(plain_elements, names(result_tables), rank_table_names(result))
  )
}

#' The opposite: a list of plain lists, as anndataR reads Scanpy's results
#' @noRd
result_as_uns <- function(result) {
  plain <- rank_table_names(result)
  result <- unclass(result)[stored_elements(result)]
  result[plain] <- lapply(result[plain], as.list)
  if (!is.null(result$settings)) {
    result$settings <- stored_settings(result$settings)
  }
  result
}

check_uns <- function(uns, source) {
  if (!is.list(uns) || !all(c("params", "names") %in% names(uns))) {
    source$abort(
      c(
        "There must be a ranking in {source$where}.",
        x = "What is there has no {.field params} and {.field names}."
      ),
      call = source$call
    )
  }
  needed <- table_names("rank", optional = FALSE)
  missing <- setdiff(needed, names(uns))
  if (length(missing) > 0L) {
    source$abort(
      c(
        "The ranking in {source$where} must have all of {.field {needed}}.",
        x = "It has no {.field {missing}}.",
        i = if (identical(as.character(uns$params$method), "logreg")) {
          "Scanpy's method {.val logreg} computes none."
        }
      ),
      call = source$call
    )
  }
}

# zellkonverter makes a matrix of Scanpy's records, and their names are lost
# unless the fractions have them.
check_uns_groups <- function(groups, source) {
  if (is.null(groups)) {
    source$abort(
      c(
        "The ranking in {source$where} must name its groups.",
        x = "Its tables have no names of columns.",
        i = "Read it from the {.file .h5ad} file:
             {.code get_rank_genes_groups(\"file.h5ad\")}."
      ),
      call = source$call
    )
  }
  # R finds no column by such a name.
  if (anyNA(groups) || "" %in% groups) {
    source$abort(
      c(
        "The ranking in {source$where} must name all its groups.",
        x = "One has an empty name.",
        i = "Give those cells another label, and rank again."
      ),
      call = source$call
    )
  }
}

uns_groups <- function(table) {
  if (is.matrix(table)) colnames(table) else names(table)
}

#' Is this one more table of the shape of `names`?
#' @noRd
is_uns_table <- function(table, groups, n) {
  (is.list(table) || is.matrix(table)) &&
    setequal(uns_groups(table), groups) &&
    uns_rows(table) == n
}

#' One column per group, in their order
#'
#' @param n Rows that there must be.
#' @noRd
uns_table <- function(table, name, groups, n, source) {
  columns <- if (is.matrix(table)) {
    lapply(seq_len(ncol(table)), function(j) table[, j])
  } else {
    lapply(as.list(table), as.vector)
  }
  names(columns) <- uns_groups(table) %||% groups[seq_along(columns)]
  if (!setequal(names(columns), groups) || any(lengths(columns) != n)) {
    source$abort(
      c(
        "The tables of the ranking in {source$where} must be of one shape.",
        x = "{.field {name}} has other columns or rows than {.field names}."
      ),
      call = source$call
    )
  }
  columns[groups]
}

uns_rows <- function(table) {
  if (is.matrix(table)) nrow(table) else length(as.list(table)[[1L]])
}

# A gene that `scanpy.tl.filter_rank_genes_groups()` dropped is the float NaN
# in Python, and the text in files.
gene_names <- function(genes) {
  if (is.list(genes)) {
    genes <- vapply(genes, as.character, "", USE.NAMES = FALSE)
  }
  replace(as.character(genes), genes %in% c("nan", "NaN"), NA)
}

uns_frame <- function(frame) {
  if (is.null(frame)) {
    return(NULL)
  }
  genes <- rownames(frame)
  columns <- if (is.matrix(frame)) as.data.frame(frame) else as.list(frame)
  group_table(lapply(columns, as.vector), as.character(genes))
}

# Entries that are NULL may not have survived.
read_uns_params <- function(params) {
  known <- lapply(rlang::set_names(uns_params), function(name) {
    value <- params[[name]]
    if (is.null(value)) NULL else as.character(value)
  })
  if (!is.null(known$use_raw)) {
    known$use_raw <- as.logical(known$use_raw)
  }
  c(known, params[setdiff(names(params), uns_params)])
}

#' Refuse a result whose groups Scanpy would not find
#'
#' @param columns Columns of `obs` of where it is to be stored.
#' @param where What it is to be stored in, for messages.
#' @noRd
check_groupby_stored <- function(groupby, columns, where, call) {
  if (rlang::is_string(groupby) && groupby %in% columns) {
    return(invisible())
  }
  abort_input(
    c(
      "{.arg result} must name the column of {.field obs} that the groups are
       from: Scanpy's plots and filter look them up there.",
      x = if (is.null(groupby)) {
        "{.code result$params$groupby} is NULL, as the groups were given as a
         vector."
      } else {
        "{.code result$params$groupby} is {.val {groupby}}, which is not a
         column of {.field obs} in {where}."
      },
      i = if (length(columns) > 0L) "Columns there: {.val {columns}}.",
      i = "Set {.code result$params$groupby} to the name of the column."
    ),
    call = call
  )
}
