# Blocks of genes on the workers of BiocParallel.

#' Check what was given of workers
#'
#' @param redo What a call returned some of whose blocks failed, or nothing.
#' @return A list, or `NULL` where this process does all.
#' @noRd
block_workers <- function(param, redo, view, call) {
  check_redo(redo, param, call)
  if (is.null(param)) {
    return(NULL)
  }
  check_bioc_package("BiocParallel", "{.arg BPPARAM}", call)
  if (!is(param, "BiocParallelParam")) {
    abort_input(
      c(
        "{.arg BPPARAM} must be a back-end of {.pkg BiocParallel}, or NULL.",
        x = "It is {given(param)}.",
        i = "For example {.code BiocParallel::MulticoreParam(4)}."
      ),
      call = call
    )
  }
  if (is.null(view$blocks)) {
    cli::cli_inform(
      "{.arg BPPARAM} is not used: {.arg x} is in memory, where {.arg threads}
       rank it.",
      class = "wilcoxide_message"
    )
    return(NULL)
  }
  list(param = param, redo = redo)
}

check_redo <- function(redo, param, call) {
  if (length(redo) == 0L) {
    return(invisible())
  }
  if (is.null(param) || !is.list(redo) || is.null(attr(redo, "ranges"))) {
    abort_input(
      c(
        "{.arg BPREDO} must be what {.fn BiocParallel::bptry} returned for a
         call with {.arg BPPARAM} in which some blocks failed.",
        x = "It is {given(redo)}{if (is.null(param)) ', without BPPARAM'}."
      ),
      call = call
    )
  }
}

#' Statistics that workers make
#'
#' @param draft `NULL`, or what `draft_new()` returned: it keeps the statistics
#'   of the blocks of each round, which then are not in memory.
#' @noRd
blocks_of_workers <- function(view,
                              codes,
                              settings,
                              workers,
                              call,
                              draft = NULL) {
  asked <- rlang::hash(list(
    view$genes,
    codes,
    settings[setdiff(names(settings), c("threads", "n_rows", "tables"))],
    # Blocks keep the sums of their values for these tables.
    c("means", "means_rest") %in% settings$tables
  ))
  redo <- workers$redo
  if (length(redo) > 0L && !identical(attr(redo, "asked"), asked)) {
    abort_input(
      "{.arg BPREDO} must come from a call with the same cells, genes, groups
       and options.",
      call = call
    )
  }
  n_workers <- BiocParallel::bpnworkers(workers$param)
  ranges <- attr(redo, "ranges") %||% view$blocks$plan(
    settings$genes + 1L,
    memory_budget(call, n_workers),
    max(n_workers, blocks_of_draft(draft, length(settings$genes)))
  )
  not_begun <- list(block_error("It was not begun.", "unevaluated"))
  blocks <- if (length(redo) > 0L) redo else rep(not_begun, length(ranges))
  job <- list(view$blocks$statistics, codes, settings)
  keep <- if (is.null(draft)) identity else into_draft(draft, call)
  blocks <- run_on_workers(blocks, ranges, workers$param, job, keep)
  if (!all(is_done(blocks))) {
    blocks <- structure(blocks, ranges = ranges, asked = asked)
    abort_workers(blocks, view$genes, can_redo = is.null(draft), call)
  }
  join_blocks(blocks)
}

#' Do the blocks that are not done, as many at once as there are workers
#'
#' In rounds, since what else was done is lost where a worker dies.
#' @param job What [block_of_worker()] takes besides a range.
#' @param keep Function of blocks that are done; those that it returns take
#'   their place.
#' @return `blocks`, all done or some of them errors.
#' @noRd
run_on_workers <- function(blocks, ranges, param, job, keep = identity) {
  todo <- which(!is_done(blocks))
  if (!BiocParallel::bpisup(param)) {
    param <- BiocParallel::bpstart(param)
    # Dead workers cannot be stopped.
    on.exit(try(BiocParallel::bpstop(param), silent = TRUE))
  }
  round <- (seq_along(todo) - 1L) %/% BiocParallel::bpnworkers(param)
  for (some in split(todo, round)) {
    answers <- tryCatch(
      BiocParallel::bptry(rlang::inject(BiocParallel::bplapply(
        ranges[some],
        block_of_worker,
        !!!job,
        BPPARAM = param
      ))),
      error = identity
    )
    blocks[some] <- as_answers(answers, length(some))
    if (!all(is_done(blocks[some]))) {
      break
    }
    blocks[some] <- keep(blocks[some])
  }
  blocks
}

# Blocks small enough for the draft to keep those of a round in turn.
blocks_of_draft <- function(draft, n_genes) {
  if (is.null(draft)) 1 else ceiling(n_genes / draft$genes_at_once)
}

into_draft <- function(draft, call) {
  function(blocks) {
    lapply(blocks, function(block) {
      if (block$status == "ok") {
        check_status(
          draft_add(draft$draft, block$statistics),
          call,
          folder = temporary_folder(call)
        )
        block$statistics <- list()
      }
      block
    })
  }
}

block_of_worker <- function(range, statistics, codes, settings) {
  statistics(range, codes, settings, function(fraction) NULL, NULL)
}

is_done <- function(blocks) {
  vapply(blocks, function(block) is.list(block) && !is_error(block), NA)
}

is_error <- function(x) inherits(x, "error")

# An error in the place of the answers is that of a worker that died.
as_answers <- function(answers, n) {
  if (is_error(answers)) {
    answers <- rep(list(block_error(conditionMessage(answers))), n)
  }
  lapply(answers, function(answer) {
    if (is.list(answer)) answer else block_error(as.character(answer))
  })
}

# In the form of BiocParallel's own, for its `bpok()`.
block_error <- function(message, kind = "remote") {
  structure(
    list(message = message, call = NULL),
    class = c(paste0(kind, "_error"), "bperror", "error", "condition")
  )
}

#' Stop with the blocks as they are, for `BiocParallel::bptry()` to catch
#' @noRd
abort_workers <- function(blocks, genes, can_redo, call) {
  ranges <- attr(blocks, "ranges")
  failed <- which(vapply(blocks, inherits, NA, "remote_error"))
  name <- function(i) {
    ends <- genes[ranges[[i]]]
    sprintf("%d (genes \"%s\" to \"%s\")", i, ends[[1L]], ends[[2L]])
  }
  names <- vapply(failed, name, "")
  reason <- conditionMessage(blocks[[failed[[1L]]]])
  cnd <- rlang::catch_cnd(
    abort_wilcoxide(
      "worker",
      c(
        "Block{cli::qty(names)}{?s} {names} of {length(blocks)} failed in
         {?a worker/workers}, or a worker died.",
        x = "It said: {reason}",
        i = if (can_redo) {
          "{sum(is_done(blocks))} block{?s} {?is/are} done. To do only the
           others, catch the error with {.fn BiocParallel::bptry} and give its
           value as {.arg BPREDO}."
        }
      ),
      call = call,
      .envir = rlang::current_env()
    ),
    "error"
  )
  class(cnd) <- append(class(cnd), c("bplist_error", "bperror"), 2L)
  attr(cnd, "result") <- blocks
  rlang::cnd_signal(cnd)
}
