# What functions of R and of other packages do with a result that is handed to
# them as if it were a data frame: they get the long table, or say how to get
# it. None puts tables side by side whose rows are in different orders.

# The long table --------------------------------------------------------------

#' @rdname rank_genes_groups_df
#' @exportS3Method tibble::as_tibble
as_tibble.rank_genes_groups <- function(x, ...) { # nolint
  check_package("tibble", "A tibble")
  tibble::as_tibble(long_table(x, ...))
}

#' @rdname rank_genes_groups_df
#' @exportS3Method generics::tidy
tidy.rank_genes_groups <- function(x, ...) { # nolint
  check_package("tibble", "{.fn tidy}")
  tibble::as_tibble(long_table(x, ...))
}

#' @rdname rank_genes_groups_df
#' @exportS3Method data.table::as.data.table
as.data.table.rank_genes_groups <- function(x, ...) { # nolint
  check_package("data.table", "A data.table")
  data.table::as.data.table(long_table(x, ...))
}

# What `ggplot(result, aes(...))` draws.
#' @exportS3Method ggplot2::fortify
fortify.rank_genes_groups <- function(model, data, ...) { # nolint
  long_table(model)
}

#' @export
merge.rank_genes_groups <- function(x, y, ...) {
  merge(long_table(x), as.data.frame(y), ...)
}

# These look their arguments up in the long table, then where they were called.

#' @export
subset.rank_genes_groups <- function(x, ...) {
  in_long_table(subset, x, rlang::enexprs(...), parent.frame())
}

#' @export
with.rank_genes_groups <- function(data, ...) {
  in_long_table(with, data, rlang::enexprs(...), parent.frame())
}

#' @export
within.rank_genes_groups <- function(data, ...) {
  in_long_table(within, data, rlang::enexprs(...), parent.frame())
}

#' @export
transform.rank_genes_groups <- function(`_data`, ...) { # nolint
  in_long_table(transform, `_data`, rlang::enexprs(...), parent.frame())
}

in_long_table <- function(f, result, arguments, env) {
  table <- if (is_split(result)) stack_levels(result) else long_table(result)
  eval(rlang::call2(f, table, !!!arguments), env)
}

# Shape -----------------------------------------------------------------------

#' @export
dim.rank_genes_groups <- function(x) {
  check_result(x, arg = "x")
  dim(x$names)
}

#' @export
dimnames.rank_genes_groups <- function(x) {
  list(NULL, groups_of(x))
}

# A list of plain elements.
#' @export
as.list.rank_genes_groups <- function(x, ...) {
  unclass(x)
}

#' @rawNamespace S3method(utils::str, rank_genes_groups)
str.rank_genes_groups <- function(object, ...) { # nolint
  cat("Class 'rank_genes_groups', a ")
  utils::str(unclass(object), ...)
}

#' @method format rank_genes_groups
#' @export
format.rank_genes_groups <- function(x, n = 10L, ...) {
  check_result(x, arg = "x")
  format_ranking(x, check_rows(n, "n", rlang::current_env()))
}

# Refused ---------------------------------------------------------------------

#' @export
rbind.rank_genes_groups <- function(...) {
  abort_not_table("rbind", "rbind(as.data.frame(x), as.data.frame(y))")
}

#' @export
cbind.rank_genes_groups <- function(...) {
  abort_not_table("cbind", "merge(x, y, by = c(\"group\", \"names\"))")
}

# Elements of several rankings would have the same names. One alone, or with
# other things, is a list, as SeuratObject makes one.
#' @export
c.rank_genes_groups <- function(...) {
  arguments <- list(...)
  rankings <- vapply(arguments, inherits, NA, "rank_genes_groups")
  if (sum(rankings) + sum(vapply(arguments, is_split, NA)) > 1L) {
    abort_not_table("c", "list(x, y)")
  }
  arguments[rankings] <- lapply(arguments[rankings], unclass)
  do.call(c, arguments)
}

#' @export
unique.rank_genes_groups <- function(x, ...) {
  abort_not_table("unique", "unique(as.data.frame(x)$names)")
}

#' @export
duplicated.rank_genes_groups <- function(x, ...) {
  abort_not_table("duplicated", "duplicated(as.data.frame(x)$names)")
}

#' @export
split.rank_genes_groups <- function(x, ...) {
  abort_not_table("split", "split(as.data.frame(x), ~group)")
}

#' @export
sort.rank_genes_groups <- function(x, ...) {
  abort_not_table("sort", "sort(x$scores$group)")
}

# What `order()` calls.
#' @export
xtfrm.rank_genes_groups <- function(x) {
  abort_not_table("order", "order(x$scores$group)")
}

#' @rawNamespace S3method(mean, rank_genes_groups)
mean.rank_genes_groups <- function(x, ...) {
  abort_not_table("mean", "mean(as.data.frame(x)$scores)")
}

#' @export
rev.rank_genes_groups <- function(x) {
  abort_not_table("rev", "tail(x)")
}

#' @method t rank_genes_groups
#' @export
t.rank_genes_groups <- function(x) {
  abort_not_table("t", "t(x$scores)")
}

#' @method as.matrix rank_genes_groups
#' @export
as.matrix.rank_genes_groups <- function(x, ...) {
  abort_not_table("as.matrix", "as.matrix(x$scores)")
}

#' @rawNamespace S3method(utils::stack, rank_genes_groups)
stack.rank_genes_groups <- function(x, ...) { # nolint
  abort_not_table("stack", "stack(x$scores)")
}

#' @export
Ops.rank_genes_groups <- function(e1, e2) { # nolint
  abort_not_table(get(".Generic"), "identical(x, y)")
}

#' @export
Math.rank_genes_groups <- function(x, ...) { # nolint
  abort_not_table(get(".Generic"), "abs(x$scores)")
}

#' @export
Summary.rank_genes_groups <- function(..., na.rm = FALSE) { # nolint
  abort_not_table(get(".Generic"), "max(as.data.frame(x)$scores)")
}

abort_not_table <- function(generic, instead, call = rlang::caller_env()) {
  abort_input(
    c(
      "{.fn {generic}} does not take a ranking.",
      x = "A ranking is a list of tables, not one table.",
      i = "For example {.code {instead}}; {.code as.data.frame(x)} is one table
           of all groups."
    ),
    call = call
  )
}

# The verbs of dplyr would say that they have no method.
#' @rawNamespace
#' S3method(dplyr::add_count, rank_genes_groups, verb_of_dplyr)
#' S3method(dplyr::anti_join, rank_genes_groups, verb_of_dplyr)
#' S3method(dplyr::arrange, rank_genes_groups, verb_of_dplyr)
#' S3method(dplyr::count, rank_genes_groups, verb_of_dplyr)
#' S3method(dplyr::distinct, rank_genes_groups, verb_of_dplyr)
#' S3method(dplyr::filter, rank_genes_groups, verb_of_dplyr)
#' S3method(dplyr::full_join, rank_genes_groups, verb_of_dplyr)
#' S3method(dplyr::group_by, rank_genes_groups, verb_of_dplyr)
#' S3method(dplyr::inner_join, rank_genes_groups, verb_of_dplyr)
#' S3method(dplyr::left_join, rank_genes_groups, verb_of_dplyr)
#' S3method(dplyr::mutate, rank_genes_groups, verb_of_dplyr)
#' S3method(dplyr::pull, rank_genes_groups, verb_of_dplyr)
#' S3method(dplyr::relocate, rank_genes_groups, verb_of_dplyr)
#' S3method(dplyr::rename, rank_genes_groups, verb_of_dplyr)
#' S3method(dplyr::right_join, rank_genes_groups, verb_of_dplyr)
#' S3method(dplyr::select, rank_genes_groups, verb_of_dplyr)
#' S3method(dplyr::semi_join, rank_genes_groups, verb_of_dplyr)
#' S3method(dplyr::slice, rank_genes_groups, verb_of_dplyr)
#' S3method(dplyr::slice_head, rank_genes_groups, verb_of_dplyr)
#' S3method(dplyr::slice_max, rank_genes_groups, verb_of_dplyr)
#' S3method(dplyr::slice_min, rank_genes_groups, verb_of_dplyr)
#' S3method(dplyr::slice_sample, rank_genes_groups, verb_of_dplyr)
#' S3method(dplyr::slice_tail, rank_genes_groups, verb_of_dplyr)
#' S3method(dplyr::summarise, rank_genes_groups, verb_of_dplyr)
#' S3method(dplyr::tally, rank_genes_groups, verb_of_dplyr)
#' S3method(dplyr::transmute, rank_genes_groups, verb_of_dplyr)
#' S3method(dplyr::ungroup, rank_genes_groups, verb_of_dplyr)
#' S3method(dplyr::add_count, rank_genes_groups_split, verb_of_dplyr)
#' S3method(dplyr::anti_join, rank_genes_groups_split, verb_of_dplyr)
#' S3method(dplyr::arrange, rank_genes_groups_split, verb_of_dplyr)
#' S3method(dplyr::count, rank_genes_groups_split, verb_of_dplyr)
#' S3method(dplyr::distinct, rank_genes_groups_split, verb_of_dplyr)
#' S3method(dplyr::filter, rank_genes_groups_split, verb_of_dplyr)
#' S3method(dplyr::full_join, rank_genes_groups_split, verb_of_dplyr)
#' S3method(dplyr::group_by, rank_genes_groups_split, verb_of_dplyr)
#' S3method(dplyr::inner_join, rank_genes_groups_split, verb_of_dplyr)
#' S3method(dplyr::left_join, rank_genes_groups_split, verb_of_dplyr)
#' S3method(dplyr::mutate, rank_genes_groups_split, verb_of_dplyr)
#' S3method(dplyr::pull, rank_genes_groups_split, verb_of_dplyr)
#' S3method(dplyr::relocate, rank_genes_groups_split, verb_of_dplyr)
#' S3method(dplyr::rename, rank_genes_groups_split, verb_of_dplyr)
#' S3method(dplyr::right_join, rank_genes_groups_split, verb_of_dplyr)
#' S3method(dplyr::select, rank_genes_groups_split, verb_of_dplyr)
#' S3method(dplyr::semi_join, rank_genes_groups_split, verb_of_dplyr)
#' S3method(dplyr::slice, rank_genes_groups_split, verb_of_dplyr)
#' S3method(dplyr::slice_head, rank_genes_groups_split, verb_of_dplyr)
#' S3method(dplyr::slice_max, rank_genes_groups_split, verb_of_dplyr)
#' S3method(dplyr::slice_min, rank_genes_groups_split, verb_of_dplyr)
#' S3method(dplyr::slice_sample, rank_genes_groups_split, verb_of_dplyr)
#' S3method(dplyr::slice_tail, rank_genes_groups_split, verb_of_dplyr)
#' S3method(dplyr::summarise, rank_genes_groups_split, verb_of_dplyr)
#' S3method(dplyr::tally, rank_genes_groups_split, verb_of_dplyr)
#' S3method(dplyr::transmute, rank_genes_groups_split, verb_of_dplyr)
#' S3method(dplyr::ungroup, rank_genes_groups_split, verb_of_dplyr)
verb_of_dplyr <- function(.data, ...) { # nolint
  verb <- get(".Generic")
  abort_not_table(verb, sprintf("as_tibble(x) |> %s(...)", verb))
}

# Rankings within levels -------------------------------------------------------

# These see the table of all levels.

#' @export
subset.rank_genes_groups_split <- subset.rank_genes_groups

#' @export
with.rank_genes_groups_split <- with.rank_genes_groups

#' @export
within.rank_genes_groups_split <- within.rank_genes_groups

#' @export
transform.rank_genes_groups_split <- transform.rank_genes_groups

#' @exportS3Method ggplot2::fortify
fortify.rank_genes_groups_split <- function(model, data, ...) { # nolint
  stack_levels(model)
}

# Refused, as for one ranking.

#' @export
rbind.rank_genes_groups_split <- rbind.rank_genes_groups

#' @export
cbind.rank_genes_groups_split <- cbind.rank_genes_groups

#' @export
unique.rank_genes_groups_split <- unique.rank_genes_groups

#' @export
duplicated.rank_genes_groups_split <- duplicated.rank_genes_groups

#' @export
split.rank_genes_groups_split <- split.rank_genes_groups

#' @export
sort.rank_genes_groups_split <- sort.rank_genes_groups

#' @export
xtfrm.rank_genes_groups_split <- xtfrm.rank_genes_groups

#' @rawNamespace S3method(mean, rank_genes_groups_split)
mean.rank_genes_groups_split <- mean.rank_genes_groups

#' @method t rank_genes_groups_split
#' @export
t.rank_genes_groups_split <- t.rank_genes_groups

#' @method as.matrix rank_genes_groups_split
#' @export
as.matrix.rank_genes_groups_split <- as.matrix.rank_genes_groups

#' @rawNamespace S3method(utils::stack, rank_genes_groups_split)
stack.rank_genes_groups_split <- stack.rank_genes_groups # nolint

#' @export
Ops.rank_genes_groups_split <- Ops.rank_genes_groups # nolint

#' @export
Math.rank_genes_groups_split <- Math.rank_genes_groups # nolint

#' @export
Summary.rank_genes_groups_split <- Summary.rank_genes_groups # nolint
