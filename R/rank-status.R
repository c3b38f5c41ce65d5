# The one place that turns the outcomes of the kernel and of the reader into
# conditions of R.

#' Go on where all is well, else raise what an answer says
#'
#' Every answer of the compiled code goes through here. A word that this does
#' not know, or that the caller has no context for, is a fault.
#'
#' @param answer A list whose `status` is one of:
#'   * `"ok"`;
#'   * `"interrupted"`;
#'   * `"not_a_number"`: `count` values are none, the first in `gene`;
#'   * `"matrix"`: `message` says why the matrix is not valid;
#'   * `"unsupported"`: the reader does not know the way in which the file
#'     stores its values, and HDF5 has to read them;
#'   * `"damaged"`: `message` says what is wrong with a part of a file;
#'   * `"not_text"`: `count` of `total` texts are not in UTF-8, in `member` of
#'     records;
#'   * `"spill"`: `message` says why a temporary file cannot be written;
#'   * `"output"`: `message` says why the file of the result cannot be written,
#'     or read;
#'   * `"fault"`: `message` says what went wrong in the compiled code.
#' @param genes Names of the genes, where there may be what is not a number.
#' @param h5ad,part The open file and the path of the part of it that is read.
#' @param folder Where temporary files are kept.
#' @param output,read The file of the result that is written, or read.
#' @param otherwise Words besides `"ok"` that the caller deals with itself:
#'   those that make it go another way.
#' @return The status, `"ok"` or one of `otherwise`.
#' @noRd
check_status <- function(answer,
                         call,
                         genes = NULL,
                         h5ad = NULL,
                         part = NULL,
                         folder = NULL,
                         output = NULL,
                         read = NULL,
                         otherwise = character()) {
  status <- if (is.list(answer)) answer$status
  if (!rlang::is_string(status)) {
    abort_fault("an answer without a status", call)
  }
  if (status %in% c("ok", otherwise)) {
    return(invisible(status))
  }
  has_context <- c(
    not_a_number = !is.null(genes),
    damaged = !is.null(h5ad),
    not_text = !is.null(h5ad),
    spill = !is.null(folder),
    output = !is.null(output %||% read)
  )
  if (status %in% names(has_context)[!has_context]) {
    abort_unexpected(status, answer, call)
  }
  switch(status,
    interrupted = rlang::interrupt(),
    not_a_number = abort_not_a_number(
      answer$count,
      genes[[answer$gene]],
      call
    ),
    matrix = abort_invalid_matrix(answer$message, call),
    damaged = abort_damaged(h5ad, part, answer$message),
    not_text = abort_not_text(
      h5ad,
      part,
      answer$count,
      answer$total,
      answer$member
    ),
    spill = abort_spill(folder, answer$message, call),
    output = abort_output(output, read, answer$message, call),
    fault = abort_fault(answer$message, call),
    abort_unexpected(status, answer, call)
  )
}

abort_unexpected <- function(status, answer, call) {
  abort_fault(
    sprintf("the unexpected status \"%s\"", status),
    call,
    details = answer$message
  )
}

#' Tell a fault of this package as one
#'
#' @param what What the code that failed said.
#' @noRd
abort_fault <- function(what, call, details = NULL, parent = NULL) {
  abort_internal(
    c(
      "The call failed because of a bug in {.pkg wilcoxide}.",
      x = "It says: {what}",
      i = if (!is.null(details)) "{details}",
      i = "Please report it: {.url {bug_reports}}."
    ),
    call = call,
    parent = parent
  )
}

bug_reports <- "https://github.com/wilcoxide/wilcoxide/issues"

abort_not_a_number <- function(count, gene, call) {
  abort_input(
    c(
      "{.arg x} must hold numbers only.",
      x = "{format(count, scientific = FALSE)} value{cli::qty(count)}{?s}
           {?is/are} NaN or NA, the first in gene {.val {gene}}."
    ),
    call = call
  )
}

abort_invalid_matrix <- function(problem, call) {
  abort_input(
    c(
      "{.arg x} must hold a valid matrix.",
      x = "Its matrix is not valid: {problem}."
    ),
    call = call
  )
}

abort_spill <- function(folder, problem, call) {
  abort_file(
    c(
      "Can't write a temporary file in {.file {folder}}.",
      x = "The system says: {problem}.",
      i = "The option {.code wilcoxide.tempdir} sets another folder, the option
           {.code wilcoxide.memory} how many bytes of memory may be used."
    ),
    call = call
  )
}

abort_output <- function(output, read, problem, call) {
  if (is.null(output)) {
    abort_file(
      c(
        "Can't read the ranking in {.file {read}}.",
        x = "The reason: {problem}."
      ),
      call = call
    )
  }
  abort_file(
    c(
      "Can't write {.arg output}, the file {.file {output}}.",
      x = "The system says: {problem}.",
      i = "What had been written was deleted."
    ),
    call = call
  )
}
