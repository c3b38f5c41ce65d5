# The file that a result goes to, group by group: to users `output`.

# Ends of names, and what they are called.
output_formats <- c(".parquet", ".csv.gz")

#' The file of a result, checked
#'
#' Whether it can be written is seen when it is begun, before genes are ranked.
#'
#' @param asked A list of the arguments that every input takes, the options
#'   among them checked.
#' @return `NULL`, or the path.
#' @noRd
check_output <- function(asked, call) {
  path <- asked$output
  if (is.null(path)) {
    return(NULL)
  }
  is_path <- rlang::is_string(path) && validUTF8(enc2utf8(path)) &&
    any(endsWith(tolower(enc2utf8(path)), output_formats))
  if (!is_path) {
    abort_input(
      c(
        "{.arg output} must be the path of a file whose name ends in
         {.val {output_formats}}, or NULL.",
        x = "It is {given(path)}."
      ),
      call = call
    )
  }
  path <- path.expand(enc2utf8(path))
  if (!dir.exists(dirname(path))) {
    abort_file(
      c(
        "{.arg output} must be a file in a folder that exists.",
        x = "There is no folder {.file {dirname(path)}}.",
        i = "{.fn dir.create} creates one."
      ),
      call = call
    )
  }
  if (dir.exists(path)) {
    abort_file(
      c(
        "{.arg output} must be a file.",
        x = "{.file {path}} is a folder."
      ),
      call = call
    )
  }
  check_goes_to_file(asked, call)
  path
}

#' Refuse with `output` what is no long table, or needs what is not kept
#' @noRd
check_goes_to_file <- function(asked, call) {
  refuse <- function(argument, reason, ..., instead = NULL) {
    abort_input(
      c(
        "{.arg {argument}} cannot be combined with {.arg output}.",
        x = reason,
        i = instead %||%
          "Leave out {.arg output}, so that the result stays in memory."
      ),
      call = call
    )
  }
  if (asked$corr_method == "hommel" && asked$adjust_over == "all") {
    refuse(
      c("corr_method", "adjust_over"),
      "Hommel's method needs all p-values of a family at once, and the square of
       their number of steps.",
      instead = "{.val hochberg} is close to it, and {.code adjust_over =
       \"group\"} takes {.val hommel}."
    )
  }
  if (asked$lfc == "mean_difference") {
    refuse("lfc", "{.val mean_difference} is not a log2 fold change.")
  }
  if (length(asked$BPREDO) > 0L) {
    refuse(
      "BPREDO",
      "The blocks that workers had finished were in the file that was deleted."
    )
  }
}

#' The tables that are made for the columns of a file
#' @noRd
output_tables <- function(statistics, pairwise, fractions) {
  needed <- intersect(names(file_sources), table_names("rank"))
  c(
    needed,
    setdiff(statistics, needed),
    if (pairwise) table_names("rank", by = "pairwise"),
    fractions
  )
}

#' Fractions of expressing cells, as columns of a long table
#' @noRd
fraction_columns <- function(pts, has_reference) {
  c(
    if (pts) result_tables$pts$column,
    if (pts && !has_reference) result_tables$pts_rest$column
  )
}
