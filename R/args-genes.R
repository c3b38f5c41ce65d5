# Genes to rank: from what the user names to their places.

#' @return Places of the genes to rank, from 1.
#' @noRd
ranked_genes <- function(mask_var, view, call) {
  n_genes <- length(view$genes)
  if (is.null(mask_var)) {
    return(seq_len(n_genes))
  }
  mask <- gene_mask(mask_var, view, call)
  if (!is.logical(mask) || length(mask) != n_genes) {
    abort_input(
      c(
        "{.arg mask_var} must be a logical vector with one entry per gene, or
         names of genes.",
        x = "It is {given(mask)}; there {cli::qty(n_genes)}{?is/are}
             {n_genes} gene{?s}."
      ),
      call = call
    )
  }
  n_missing <- sum(is.na(mask))
  if (n_missing > 0L) {
    abort_input(
      c(
        "{.arg mask_var} must be TRUE or FALSE for every gene.",
        x = "{n_missing} entr{?y is/ies are} NA."
      ),
      call = call
    )
  }
  if (!any(mask)) {
    abort_input(
      c(
        "{.arg mask_var} must leave a gene to rank.",
        x = "It is FALSE for every gene."
      ),
      call = call
    )
  }
  check_order(
    mask,
    "mask_var",
    "gene",
    names = view$genes,
    names_call = view$name_calls[["genes"]],
    call = call
  )
  which(as.vector(mask))
}

#' The genes as the user named them, as a vector of TRUE and FALSE
#'
#' One string is the name of a column, if there is one; all others are names of
#' genes.
#' @noRd
gene_mask <- function(mask_var, view, call) {
  if (!is.character(mask_var) || is.object(mask_var)) {
    return(mask_var)
  }
  if (length(mask_var) == 1L && mask_var %in% view$var$names) {
    return(annotation_column(view$var, mask_var, "mask_var", call))
  }
  if (length(mask_var) == 0L || !all(mask_var %in% view$genes)) {
    abort_no_genes(mask_var, view, call)
  }
  view$genes %in% mask_var
}

abort_no_genes <- function(mask_var, view, call) {
  unknown <- unique(mask_var[!mask_var %in% view$genes])
  columns <- view$var$names
  one <- length(mask_var) == 1L && length(columns) > 0L
  abort_input(
    c(
      "{.arg mask_var} must be a logical vector with one entry per gene, names
       of genes, or the name of a logical column that describes genes.",
      x = if (length(mask_var) == 0L) {
        "It is {given(mask_var)}."
      } else if (one) {
        "There is no column of {.field {view$var$what}} and no gene
         {.val {unknown}}."
      } else {
        "There {cli::qty(unknown)}{?is no gene/are no genes} {.val {unknown}}."
      },
      i = did_you_mean(unknown, c(columns, view$genes)),
      i = if (one) "{cli::qty(columns)}Column{?s} there: {.val {columns}}.",
      i = if (any(mask_var %in% view$genes)) {
        "To rank those that are there, give {.code intersect(mask_var,
         {view$name_calls[['genes']]})}."
      }
    ),
    call = call
  )
}

#' Refuse names that cannot be those of rows
#' @noRd
check_row_names <- function(genes, call) {
  twice <- unique(genes[duplicated(genes)])
  if (length(twice) > 0L || anyNA(genes)) {
    problem <- if (length(twice) > 0L) {
      "{length(twice)} name{?s} {?is/are} there more than once:
       {.val {twice}}."
    } else {
      "A name is missing."
    }
    abort_input(
      c(
        "Gene names must be unique with {.code pts = TRUE}: those tables have
         one row per gene.",
        x = problem,
        i = "Make the names of the genes unique with {.fn make.unique}, or
             leave {.arg pts} out."
      ),
      call = call
    )
  }
}
