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
        "{.arg mask_var} must be a logical vector with one entry per gene.",
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

gene_mask <- function(mask_var, view, call) {
  if (!rlang::is_string(mask_var)) {
    return(mask_var)
  }
  if (is.null(view$var)) {
    abort_input(
      c(
        "{.arg mask_var} must be a logical vector with one entry per gene.",
        x = "It names a column, {.val {mask_var}}, but a matrix has none."
      ),
      call = call
    )
  }
  annotation_column(view$var, mask_var, "mask_var", call)
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
        "Genes must have names of their own with {.code pts = TRUE}: those
         tables have one row per gene.",
        x = problem,
        i = "Make the names of the genes unique with {.fn make.unique}, or
             leave {.arg pts} out."
      ),
      call = call
    )
  }
}
