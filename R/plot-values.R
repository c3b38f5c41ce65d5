# What is shown of cells beside their ranking: values of a few genes, from any
# object that can be ranked.

#' Read the values of some genes and the groups of the cells
#'
#' @param x,groupby,... As for [rank_genes_groups()]: the object, the groups,
#'   and the arguments that say which of its matrices is meant.
#' @param result A ranking of `x`. Unless told otherwise, the matrix is the
#'   one that it was made of.
#' @param genes Names of genes; each may be there more than once.
#' @return A list: `groups`, a factor, `NA` for cells without a group;
#'   `values`, a sparse matrix of cells by the distinct `genes`.
#' @noRd
expression_of <- function(x, groupby, result, genes, ..., call) {
  view <- view_of_result(x, result, rlang::list2(...), call)
  expression_in(view, groupby, result, genes, call = call)
}

#' @param given Arguments that say which matrix of `x` is meant, in a list, so
#'   that whatever they are called is told apart from those of functions here.
#' @noRd
view_of_result <- function(x, result, given, call) {
  own <- matrix_of_result(x, result$params, given, call)
  view <- open_view(x, own, call)
  check_not_empty(view, call)
  view
}

#' @param own_genes Did the user name the genes?
#' @noRd
expression_in <- function(view,
                          groupby,
                          result,
                          genes,
                          own_genes = FALSE,
                          call) {
  groups <- cell_groups(given_groups(groupby, view, call), view, call)
  check_result_groups(result, groups, call)
  at <- places_of_genes(unique(genes), view, own_genes, call)
  # Plots keep to the same options as rankings do.
  values <- gene_values(
    view,
    at,
    budget = memory_budget(call),
    threads = resolve_threads(NULL, call)
  )
  list(groups = groups, values = values)
}

#' Stop unless it is known which group each cell of `x` is in
#'
#' A ranking knows the name of a column, but no vector. Other groups may have
#' the same names, so none are taken in their place.
#'
#' @param is_default Was `groupby` left to its default, what `result` knows?
#' @noRd
check_groups_known <- function(groupby, is_default, x, call) {
  if (missing(x)) {
    abort_input(
      c("{.arg x} must be the data that were ranked.", x = "It is missing."),
      call = call
    )
  }
  has_own <- inherits(x, "Seurat")
  if (!is.null(groupby) || (has_own && !is_default)) {
    return(invisible())
  }
  abort_input(
    c(
      "{.arg groupby} must say which group each cell is in.",
      x = if (is_default) {
        "{.arg result} names no column: its groups were given as a vector."
      } else {
        "It is NULL."
      },
      i = "Give the groups that were ranked, one entry per cell:
           {.code groupby = labels}.",
      i = if (has_own) "For {.code Idents(x)}, give {.code groupby = NULL}."
    ),
    call = call
  )
}

#' Arguments that name the matrix that was ranked, and those of the user
#' @noRd
matrix_of_result <- function(x, params, given, call) {
  taken <- own_arguments(x)
  check_no_more(setdiff(rlang::names2(given), taken), taken, call)
  # What the input calls an assay is a layer to Scanpy.
  known <- list(
    layer = params$layer,
    use_raw = params$use_raw,
    assay.type = params$layer
  )
  known <- known[intersect(names(known), taken)]
  known <- known[!vapply(known, is.null, NA)]
  c(given, known[setdiff(names(known), names(given))])
}

check_no_more <- function(others, taken, call) {
  if (length(others) == 0L) {
    return(invisible())
  }
  # The arguments of the plot are variables of the call.
  known <- c(taken, if (is.environment(call)) ls(call))
  hints <- plot_hints(others, known)
  others[others == ""] <- "(without a name)"
  abort_input(
    c(
      "This plot does not take {cli::qty(others)}{?this/these} argument{?s} for
       this {.arg x}: {.arg {others}}.",
      hints
    ),
    call = call
  )
}

# What Scanpy's and Seurat's plots call the arguments of those here.
foreign_plot_arguments <- c(
  var_names = "genes",
  features = "genes",
  cluster.idents = "cluster_groups",
  group.by = "groupby",
  gene_symbol = "gene_symbols",
  stack = "stacked"
)

plot_hints <- function(others, known) {
  lines <- lapply(others[nzchar(others)], function(argument) {
    meant <- foreign_plot_arguments[argument]
    if (meant %in% known) {
      return(cli::format_inline("{.arg {argument}} is {.arg {meant}} here."))
    }
    meant <- nearest(argument, intersect(known, plot_arguments))
    if (length(meant) > 0L) {
      cli::format_inline("Did you mean {.arg {meant}}?")
    }
  })
  lines <- unique(as.character(unlist(lines)))
  rlang::set_names(lines, rep_len("i", length(lines)))
}

plot_arguments <- c(
  "groupby", "n_genes", "groups", "genes", "gene_symbols", "min_logfoldchange",
  "cluster_groups", "dendrogram", "standard_scale", "values_to_plot", "stacked",
  "n_cells"
)

check_result_groups <- function(result, groups, call) {
  unknown <- setdiff(names(result$names), levels(groups))
  if (length(unknown) > 0L) {
    there <- levels(groups)
    abort_input(
      c(
        "{.arg groupby} must have the groups of {.arg result}.",
        x = "It has no {cli::qty(unknown)}group{?s} {.val {unknown}}.",
        i = "{cli::qty(there)}Group{?s} there: {.val {there}}."
      ),
      call = call
    )
  }
}

places_of_genes <- function(genes, view, own_genes, call) {
  unknown <- setdiff(genes, view$genes)
  if (length(unknown) > 0L && own_genes) {
    abort_input(
      c(
        "{.arg genes} must be genes of {.arg x}.",
        x = "There {cli::qty(unknown)}{?is no gene/are no genes}
             {.val {unknown}}.",
        i = did_you_mean(unknown, view$genes)
      ),
      call = call
    )
  }
  if (length(unknown) > 0L) {
    abort_input(
      c(
        "{.arg result} must be a ranking of {.arg x}.",
        x = "{length(unknown)} of the {length(genes)} gene{?s} to show
             {cli::qty(unknown)}{?is/are} not there: {.val {unknown}}.",
        i = "If {.arg x} has several matrices, name the one that was ranked."
      ),
      call = call
    )
  }
  twice <- intersect(genes, view$genes[duplicated(view$genes)])
  if (length(twice) > 0L) {
    abort_input(
      c(
        "Names of the genes to show must be unique.",
        x = "Several genes of {.arg x} are called {.val {twice}}.",
        i = "Make the names unique with {.fn make.unique}, and rank again."
      ),
      call = call
    )
  }
  match(genes, view$genes)
}

#' The columns of some genes
#'
#' Nothing is made of the other genes' values.
#'
#' @param at Places of the genes, from 1.
#' @param budget,threads See [block_source()].
#' @return A `dgCMatrix` of cells by genes.
#' @noRd
gene_values <- function(view, at, budget, threads) {
  values <- if (is.null(view$blocks)) {
    pick_genes(view$matrix(), at, length(view$genes), view$n_cells)
  } else {
    slices <- view$blocks$read(at, budget, threads)
    pick_genes(slices, seq_along(at), length(at), view$n_cells)
  }
  dimnames(values) <- list(NULL, view$genes[at])
  values
}

#' @param slices The values as `matrix()` of an [expression_view()] gives them.
#' @param block Values looked at together.
#' @noRd
pick_genes <- function(slices, at, n_genes, n_cells, block = 2^22) {
  found <- if (slices$major == "gene") {
    values_of_slices(slices, at)
  } else {
    values_at_minor(slices, at, n_genes, block)
  }
  Matrix::sparseMatrix(
    i = found$cell,
    j = found$gene,
    x = found$x,
    dims = c(n_cells, length(at))
  )
}

values_of_slices <- function(slices, at) {
  lengths <- slices$p[at + 1L] - slices$p[at]
  stored <- sequence(lengths, from = slices$p[at] + 1L)
  list(
    cell = slices$idx[stored] + 1L,
    gene = rep(seq_along(at), lengths),
    x = slices$x[stored]
  )
}

values_at_minor <- function(slices, at, n_genes, block) {
  column <- integer(n_genes)
  column[at] <- seq_along(at)
  starts <- seq(0, by = block, length.out = ceiling(length(slices$idx) / block))
  stored <- unlist(lapply(starts, function(start) {
    some <- seq(start + 1, min(start + block, length(slices$idx)))
    some[column[slices$idx[some] + 1L] > 0L]
  }))
  list(
    cell = findInterval(stored - 1, slices$p),
    gene = column[slices$idx[stored] + 1L],
    x = slices$x[stored]
  )
}
