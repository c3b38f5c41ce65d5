# The expression view: what every input becomes before it reaches the kernel.

#' The expression view of whatever holds cells
#'
#' A new kind of input is one adapter file with a method of this generic. The
#' arguments of a method that come after `...` and before `call` are those that
#' the input takes besides what every input takes; they stand in the signature
#' of [rank_genes_groups()], too.
#'
#' @param x The object.
#' @param call Where errors are said to come from.
#' @return See [expression_view()].
#' @noRd
view_of <- function(x, ..., call) {
  UseMethod("view_of")
}

#' The view of an object by the arguments that the user gave
#'
#' @param own A list of arguments that the input takes itself.
#' @noRd
open_view <- function(x, own, call) {
  # Quoted, so that no value is taken for code.
  own <- lapply(own, function(value) base::call("quote", value))
  rlang::inject(view_of(x, !!!own, call = call))
}

#' Names of the arguments that the input takes itself
#' @noRd
own_arguments <- function(x) {
  classes <- c(if (isS4(x)) is(x) else class(x), "default")
  for (class in classes) {
    method <- get0(paste0("view_of.", class), topenv(), mode = "function")
    if (!is.null(method)) {
      return(setdiff(names(formals(method)), c("x", "...", "call")))
    }
  }
}

#' Describe a matrix of cells and genes to the kernel
#'
#' Everything but the values is at hand at once, so that bad arguments are
#' refused before a file is read. Nothing is copied: `matrix()` returns the
#' slots of the caller's matrix where they have a form the kernel reads.
#'
#' @param matrix A function of no arguments that returns `list(p, idx, x,
#'   major)`: `p` integer, starts of the major slices, from 0; `idx` integer,
#'   minor index of each stored value, from 0, ascending within a slice; `x`
#'   double, the stored values; `major` `"cell"` when `p` runs over cells,
#'   `"gene"` when over genes. `NULL` with `blocks`.
#' @param genes Names of the genes, character.
#' @param n_cells Number of cells.
#' @param cells Names of the cells, or `NULL`; or a function of no arguments
#'   that returns them, where they have to be read.
#' @param obs,var Annotations of the cells and of the genes, see
#'   [annotation()]; `NULL` for inputs that have none. `var` describes the
#'   genes that `mask_var` is about.
#' @param log_base Base of the logarithm of the values, `NULL` for natural.
#' @param single Whether the values are stored in single precision, `NULL` where
#'   that is not known; what `matrix()` says in an element of this name goes
#'   first.
#' @param transposed The argument that would make the genes the cells, for a
#'   hint; `NULL` where the input knows which is which.
#' @param name_calls The calls that give the user the names of `cells` and of
#'   `genes`, for hints: a character vector with these names, or `NULL`.
#' @param blocks In the place of `matrix`, for values that may not fit into
#'   memory: see [block_source()].
#' @param default_groupby What `groupby` means where it is not given, `NULL`
#'   where it has to be.
#' @param in_object Places of the cells among those of the object, where the
#'   object has more of them: `n_object_cells`.
#' @param use_raw,layer What `params` of the result says of the source.
#' @return A list of these; `cells` is always a function.
#' @noRd
expression_view <- function(matrix,
                            genes,
                            n_cells,
                            cells = NULL,
                            obs = NULL,
                            var = NULL,
                            log_base = NULL,
                            single = NULL,
                            transposed = NULL,
                            name_calls = NULL,
                            blocks = NULL,
                            default_groupby = NULL,
                            in_object = NULL,
                            n_object_cells = n_cells,
                            use_raw = FALSE,
                            layer = NULL) {
  structure(
    list(
      matrix = matrix,
      genes = genes,
      n_cells = n_cells,
      cells = if (is.function(cells)) cells else function() cells,
      obs = obs,
      var = var,
      log_base = log_base,
      single = single,
      transposed = transposed,
      name_calls = name_calls,
      blocks = blocks,
      default_groupby = default_groupby,
      in_object = in_object,
      n_object_cells = n_object_cells,
      use_raw = use_raw,
      layer = layer
    ),
    class = "wilcoxide_expression"
  )
}

#' Columns that describe cells or genes
#'
#' @param names Names of the columns.
#' @param get Function of one name that returns the column: a factor where
#'   the object has categories, else an atomic vector; missing values `NA`.
#' @param what What the user calls it, for messages: `"obs"`, `"colData"`.
#' @param path The file that has the columns, or `NULL`.
#' @param groups Function of one name that returns the column as groups, where
#'   its values alone would not tell their names; `NULL` where they do.
#' @param python Are groups to be named as those of Python's values?
#' @noRd
annotation <- function(names,
                       get,
                       what,
                       path = NULL,
                       groups = NULL,
                       python = FALSE) {
  list(
    names = names,
    get = get,
    what = what,
    path = path,
    groups = groups,
    python = python
  )
}

#' Take a column, or tell which there are
#'
#' @param arg Name of the argument that asked for it.
#' @noRd
annotation_column <- function(annotation,
                              name,
                              arg,
                              call = rlang::caller_env()) {
  check_column_exists(annotation, name, arg, call)
  annotation$get(name)
}

#' A column as groups, see [as_groups()]
#' @param hint A line for the message where there is no such column, or `NULL`.
#' @noRd
annotation_groups <- function(annotation, name, arg, call, hint = NULL) {
  check_column_exists(annotation, name, arg, call, hint)
  if (!is.null(annotation$groups)) {
    return(annotation$groups(name))
  }
  values <- plain_labels(annotation$get(name), arg, call)
  as_groups(unname(values), arg, call, annotation$python)
}

check_column_exists <- function(annotation, name, arg, call, hint = NULL) {
  if (name %in% annotation$names) {
    return(invisible())
  }
  there <- annotation$names
  in_file <- !is.null(annotation$path)
  abort <- if (in_file) abort_file else abort_input
  abort(
    c(
      "{.arg {arg}} must name a column of {.field {annotation$what}}{if
       (in_file) cli::format_inline(' in {.file {annotation$path}}')}.",
      x = "There is no column {.val {name}}.",
      i = hint %||% did_you_mean(name, there),
      i = if (length(there) > 0L) {
        "{cli::qty(there)}Column{?s} there: {.val {there}}."
      } else {
        "{.field {annotation$what}} has no columns."
      }
    ),
    call = call
  )
}
