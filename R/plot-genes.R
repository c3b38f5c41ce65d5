# Which genes a plot shows: the best of a ranking, or the user's own; and what
# they are called.

#' The genes to show, with their groups
#'
#' @param result A result that was checked, or not yet.
#' @param genes The user's own genes, `NULL` for the best of each group.
#' @param groups,n_genes,min_logfoldchange As the user gave them.
#' @return A list of vectors of one length, an entry per gene shown: `group`, a
#'   factor of the headings that genes stand under; `gene`; and `row`, which
#'   tells genes of one group apart.
#' @noRd
shown_genes <- function(result,
                        genes,
                        groups,
                        n_genes,
                        min_logfoldchange,
                        call) {
  if (is.null(genes)) {
    return(top_genes(result, groups, n_genes, call, min_logfoldchange))
  }
  check_result(result, call)
  groups_to_draw(groups, result, call)
  own_genes(genes, call)
}

own_genes <- function(genes, call) {
  sets <- if (is.list(genes) && !is.data.frame(genes)) genes else list(genes)
  are_names <- vapply(
    sets,
    function(set) {
      is.atomic(set) && (is.character(set) || is.factor(set)) && !anyNA(set)
    },
    NA
  )
  if (!all(are_names) || sum(lengths(sets)) == 0L) {
    abort_input(
      c(
        "{.arg genes} must be names of genes, or a list of such vectors.",
        x = "It is {given(genes)}.",
        i = "For example {.code list(B = c(\"CD79A\", \"MS4A1\"), NK =
             \"NKG7\")}."
      ),
      call = call
    )
  }
  headings <- unique(rlang::names2(sets))
  list(
    group = factor(rep(rlang::names2(sets), lengths(sets)), headings),
    gene = unlist(lapply(sets, as.character), use.names = FALSE),
    row = seq_len(sum(lengths(sets)))
  )
}

#' Genes by the names that the object has for them
#'
#' Where labels are given, genes may be named by these.
#' @param labels See [symbol_labels()].
#' @noRd
as_ids <- function(genes, labels) {
  by_label <- !genes %in% names(labels) & genes %in% labels
  genes[by_label] <- names(labels)[match(genes[by_label], labels)]
  genes
}

#' What to call genes in a plot or table
#'
#' @param gene_symbols The name of a column of annotations of the genes, or a
#'   vector with the names of genes as its names; `NULL` for none.
#' @param view The view of the object, `NULL` where there is none.
#' @return A character vector of labels whose names are those of the genes;
#'   `NULL` where there are none.
#' @noRd
symbol_labels <- function(gene_symbols, view, call) {
  if (is.null(gene_symbols)) {
    return(NULL)
  }
  is_column <- rlang::is_string(gene_symbols) && is.null(names(gene_symbols))
  if (is_column && !is.null(view$var)) {
    labels <- annotation_column(view$var, gene_symbols, "gene_symbols", call)
    labels <- rlang::set_names(as.character(labels), view$genes)
  } else {
    is_vector <- is.atomic(gene_symbols) && !is.null(names(gene_symbols)) &&
      (is.character(gene_symbols) || is.factor(gene_symbols))
    if (!is_vector) {
      abort_input(
        c(
          "{.arg gene_symbols} must be a vector of labels, named by the genes{
           if (!is.null(view$var)) ', or the name of a column'}.",
          x = "It is {given(gene_symbols)}.",
          i = "{.code setNames(labels, genes)} makes such a vector."
        ),
        call = call
      )
    }
    labels <- rlang::set_names(as.character(gene_symbols), names(gene_symbols))
  }
  labels[!is.na(labels) & labels != ""]
}

#' Labels of genes, their own names where there are none
#' @noRd
label_genes <- function(genes, labels) {
  found <- match(genes, names(labels))
  ifelse(is.na(found), genes, labels[found])
}
