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
        "{.arg output} must be a file in a folder that is there.",
        x = "There is no folder {.file {dirname(path)}}.",
        i = "{.fn dir.create} makes one."
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

#' Refuse with `output` what needs all groups together, or is no long table
#' @noRd
check_goes_to_file <- function(asked, call) {
  refuse <- function(argument, reason) {
    abort_input(
      c(
        "{.arg {argument}} can't go with {.arg output}.",
        x = reason,
        i = "Without {.arg output}, the result is in memory and takes it."
      ),
      call = call
    )
  }
  if (!is.null(asked$split_by)) {
    refuse("split_by", "A file holds one ranking, not one for each level.")
  }
  if (asked$pairwise) {
    refuse("pairwise", "Pairs of groups must all be in memory.")
  }
  if (asked$pts) {
    refuse("pts", "Fractions of expressing cells are not written.")
  }
  if (asked$adjust_over == "all") {
    refuse(
      "adjust_over = \"all\"",
      "Groups are written before the p-values of all of them are known."
    )
  }
  if (!is.null(asked$min_fraction)) {
    refuse("min_fraction", "It needs the fractions of expressing cells.")
  }
  if (!is_adjusted_by_kernel(asked)) {
    refuse(
      "corr_method",
      "{.val {asked$corr_method}} is not one of the two that are taken there,
       {.val {c('benjamini-hochberg', 'bonferroni')}}."
    )
  }
  if (asked$lfc == "mean_difference") {
    refuse("lfc", "{.val mean_difference} is no log2 fold change.")
  }
  if (length(asked$BPREDO) > 0L) {
    refuse("BPREDO", "What workers have done is in the file that was given up.")
  }
}

#' The tables that are made for the columns of a file
#' @noRd
output_tables <- function(statistics) {
  needed <- intersect(names(file_sources), table_names("rank"))
  c(needed, setdiff(statistics, needed))
}
