# Arguments of Seurat's functions, checked.

option_names <- c(
  "assay", "group.by", "subset.ident", "logfc.threshold", "test.use", "layer",
  "min.pct", "min.diff.pct", "verbose", "only.pos", "max.cells.per.ident",
  "random.seed", "latent.vars", "min.cells.feature", "min.cells.group",
  "pseudocount.use", "base", "return.thresh", "fc.name", "recorrect_umi",
  "threads"
)

#' The options that [find_markers()] or [find_all_markers()] was given
#'
#' @param frame The frame of the call.
#' @return A list by name.
#' @noRd
given_options <- function(frame) {
  mget(intersect(option_names, ls(frame)), envir = frame)
}

#' Check the arguments that do not depend on the object
#'
#' @param asked A list of arguments as [find_markers()] has them.
#' @return The same with defaults filled in.
#' @noRd
check_marker_options <- function(asked, rules, call) {
  asked$logfc.threshold <- asked$logfc.threshold %||% rules$logfc.threshold
  asked$min.pct <- asked$min.pct %||% rules$min.pct
  check_test_use(asked$test.use, call)
  if (!is.null(asked$latent.vars)) {
    abort_input(
      c(
        "{.arg latent.vars} must be NULL.",
        x = "A Wilcoxon test takes no covariates: Seurat, too, leaves them out,
             with a warning.",
        i = "To compare cells within batches or donors only, see {.arg block} of
             {.fn rank_genes_groups}; {.code Seurat::FindMarkers(test.use =
             \"LR\")} takes covariates."
      ),
      call = call
    )
  }
  flags <- c("only.pos", "recorrect_umi", "verbose")
  for (flag in flags) {
    check_flag(asked[[flag]], flag, call)
  }
  numbers <- c("logfc.threshold", "min.pct", "min.diff.pct", "return.thresh")
  for (arg in intersect(numbers, names(asked))) {
    check_threshold(asked[[arg]], arg, call)
  }
  for (arg in c("min.cells.feature", "min.cells.group")) {
    check_whole_number(asked[[arg]] %||% NA, arg, "1", call)
  }
  check_sampling(asked, call)
  check_positive(asked$pseudocount.use, "pseudocount.use", 0, call)
  check_positive(asked$base, "base", 1, call)
  if (!is.null(asked$fc.name) && !rlang::is_string(asked$fc.name)) {
    abort_input(
      c(
        "{.arg fc.name} must be the name of a column, or NULL.",
        x = "It is {given(asked$fc.name)}."
      ),
      call = call
    )
  }
  asked$run <- list(
    threads = resolve_threads(asked$threads, call),
    progress = asked$verbose && rlang::is_interactive()
  )
  asked
}

check_test_use <- function(test, call) {
  others <- c(
    "wilcox_limma", "bimod", "roc", "t", "negbinom", "poisson", "LR", "MAST",
    "DESeq2"
  )
  if (!rlang::is_string(test) || !test %in% others) {
    return(check_choice(test, "wilcox", "test.use", call))
  }
  abort_input(
    c(
      "{.arg test.use} must be {.val wilcox}.",
      x = "It is {.val {test}}.",
      i = switch(test,
        roc = "The area under the ROC curve is a table of {.code
               rank_genes_groups(statistics = \"auc\")}.",
        wilcox_limma = "Its numbers are those of {.val wilcox} here.",
        "Call {.code Seurat::FindMarkers(test.use = \"{test}\")}."
      )
    ),
    call = call
  )
}

# A number that may be infinite.
check_threshold <- function(x, arg, call) {
  if (!is.numeric(x) || is.object(x) || length(x) != 1L || is.na(x)) {
    abort_input(
      c("{.arg {arg}} must be one number.", x = "It is {given(x)}."),
      call = call
    )
  }
}

check_positive <- function(x, arg, other_than, call) {
  if (!is_number(x) || x <= 0 || x == other_than) {
    abort_input(
      c(
        "{.arg {arg}} must be a number above 0{if (other_than == 1) ' other than
         1'}.",
        x = "It is {given(x)}."
      ),
      call = call
    )
  }
}

check_sampling <- function(asked, call) {
  most <- asked$max.cells.per.ident
  if (!identical(most, Inf)) {
    check_whole_number(most %||% NA, "max.cells.per.ident", "Inf", call)
  }
  seed <- asked$random.seed
  if (!is_number(seed) || seed != round(seed) ||
        abs(seed) > .Machine$integer.max) {
    abort_input(
      c(
        "{.arg random.seed} must be a whole number.",
        x = "It is {given(seed)}."
      ),
      call = call
    )
  }
}

#' Places of the features that are asked for, in their order
#' @noRd
asked_features <- function(features, view, call) {
  check_feature_names(view$genes, call)
  if (is.null(features)) {
    return(seq_along(view$genes))
  }
  if (!is.character(features) || length(features) == 0L || anyNA(features)) {
    abort_input(
      c(
        "{.arg features} must be names of features, or NULL for all.",
        x = "It is {given(features)}."
      ),
      call = call
    )
  }
  features <- enc2utf8(features)
  twice <- unique(features[duplicated(features)])
  unknown <- setdiff(features, view$genes)
  if (length(unknown) + length(twice) > 0L) {
    abort_input(
      c(
        "{.arg features} must name features that exist, each once.",
        x = if (length(unknown) > 0L) {
          "There {cli::qty(unknown)}{?is no feature/are no features}
           {.val {unknown}}."
        },
        x = if (length(twice) > 0L) "Named more than once: {.val {twice}}.",
        i = did_you_mean(unknown, view$genes)
      ),
      call = call
    )
  }
  match(features, view$genes)
}

check_feature_names <- function(genes, call) {
  twice <- unique(genes[duplicated(genes)])
  if (length(twice) > 0L || anyNA(genes)) {
    abort_input(
      c(
        "Names of features must be unique: tables of markers have one row per
         feature.",
        x = if (length(twice) > 0L) {
          "Used more than once: {.val {twice}}."
        } else {
          "A name is missing."
        },
        i = "{.fn make.unique} makes names unique."
      ),
      call = call
    )
  }
}
