# Which test, which fold changes and which adjustment: the arguments that say
# so, and the presets that stand for several of them.

#' What a preset means
#'
#' Every argument that a preset sets, by preset; Scanpy's are the defaults of
#' [rank_genes_groups()].
#' @noRd
presets <- list(
  scanpy = list(),
  seurat = list(
    tie_correct = TRUE,
    correct = TRUE,
    lfc = "seurat",
    corr_method = "bonferroni"
  ),
  presto = list(
    tie_correct = TRUE,
    correct = TRUE,
    lfc = "mean_difference",
    corr_method = "benjamini-hochberg"
  )
)

# The arguments that a preset may set.
preset_arguments <- c("tie_correct", "correct", "lfc", "corr_method")

#' Put the values of a preset where no argument was given
#'
#' @param asked The arguments, by name.
#' @param is_missing For each of [preset_arguments], whether it was left out.
#' @noRd
apply_preset <- function(asked, preset, is_missing, call) {
  preset <- choose_one(preset, names(presets), "preset", call)
  values <- presets[[preset]]
  # There is no correction for continuity within blocks.
  if (!is.null(asked$block)) {
    values$correct <- NULL
  }
  open <- intersect(names(values), preset_arguments[is_missing])
  asked[open] <- values[open]
  asked
}

#' Check the arguments that say which test it is
#'
#' @return `asked`, its names of corrections Scanpy's where Scanpy has them, its
#'   pseudocount that of the definition where none was given.
#' @noRd
check_options <- function(asked, call) {
  check_choice(asked$corr_method, names(corrections), "corr_method", call)
  asked$corr_method <- corrections[[asked$corr_method]]
  asked$adjust_over <- choose_one(
    asked$adjust_over, c("group", "all"), "adjust_over", call
  )
  asked["min_fraction"] <- list(check_min_fraction(asked$min_fraction, call))
  asked$alternative <- choose_one(
    asked$alternative, c("two.sided", "greater", "less"), "alternative", call
  )
  asked$lfc <- choose_one(asked$lfc, names(pseudocounts), "lfc", call)
  asked["pseudocount"] <- list(
    check_pseudocount(asked$pseudocount, asked$lfc, call)
  )
  within_blocks <- c("correct", "exact")[c(asked$correct, asked$exact)]
  if (!is.null(asked$block) && length(within_blocks) > 0L) {
    abort_input(
      c(
        "{.arg {within_blocks}} must be FALSE where cells are compared within
         blocks.",
        x = "{cli::qty(within_blocks)}{?It is/They are} TRUE, and {.arg block}
             is given.",
        i = "p-values within blocks are always from the normal approximation."
      ),
      call = call
    )
  }
  if (isFALSE(asked$mean_in_log_space) && asked$lfc != "scanpy") {
    abort_input(
      c(
        "{.code mean_in_log_space = FALSE} must go with
         {.code lfc = \"scanpy\"}.",
        x = "{.arg lfc} is {.val {asked$lfc}}, which determines by itself what
             its means are taken over."
      ),
      call = call
    )
  }
  asked
}

check_min_fraction <- function(min_fraction, call) {
  if (is.null(min_fraction)) {
    return(NULL)
  }
  if (!is_number(min_fraction) || min_fraction < 0 || min_fraction > 1) {
    abort_input(
      c(
        "{.arg min_fraction} must be one number from 0 to 1, or NULL.",
        x = "It is {given(min_fraction)}.",
        i = if (is_number(min_fraction) && min_fraction > 1) {
          "5 % is {.code 0.05}."
        }
      ),
      call = call
    )
  }
  as.double(min_fraction)
}

# Names of corrections that are taken, and the name that a result tells:
# Scanpy's where it has the method, else that of `stats::p.adjust()`.
corrections <- c(
  "benjamini-hochberg" = "benjamini-hochberg",
  bonferroni = "bonferroni",
  BH = "benjamini-hochberg",
  fdr = "benjamini-hochberg",
  BY = "BY",
  holm = "holm",
  hochberg = "hochberg",
  hommel = "hommel",
  none = "none"
)

# The pseudocount of each definition of a fold change; NA for none.
pseudocounts <- c(
  scanpy = 1e-9,
  seurat = 1,
  seurat4 = 1,
  mean_difference = NA
)

check_pseudocount <- function(pseudocount, lfc, call) {
  own <- pseudocounts[[lfc]]
  if (is.null(pseudocount)) {
    return(if (!is.na(own)) own)
  }
  if (is.na(own)) {
    abort_input(
      c(
        "{.arg pseudocount} must be NULL with {.code lfc = \"{lfc}\"}.",
        x = "It is {given(pseudocount)}, and that fold change has none."
      ),
      call = call
    )
  }
  if (!is_number(pseudocount) || pseudocount < 0) {
    abort_input(
      c(
        "{.arg pseudocount} must be one number from 0, or NULL for that of
         {.arg lfc}, {own}.",
        x = "It is {given(pseudocount)}."
      ),
      call = call
    )
  }
  as.double(pseudocount)
}

# The most cells on a side whose p-values are exact, as in the kernel.
most_exact_cells <- 50L

#' Tell where the normal approximation was taken though exact p-values were
#' asked for
#'
#' @param n_tied For each group, how many genes have equal values.
#' @noRd
tell_not_exact <- function(settings, n_tied) {
  is_large <- settings$group_sizes > most_exact_cells |
    settings$opposite_sizes > most_exact_cells
  tied <- n_tied[!is_large]
  n_large <- sum(is_large)
  n_tied <- sum(tied > 0L)
  if (n_large + n_tied == 0L) {
    return(invisible())
  }
  genes <- if (n_tied > 0L) {
    paste(unique(range(tied[tied > 0L])), collapse = " to ")
  }
  cli::cli_inform(
    c(
      i = "Not all p-values are exact: the others are from the normal
           approximation.",
      " " = if (n_large > 0L) {
        "{n_large} group{?s} {?has/have} more than {most_exact_cells} cells, or
         {?is/are} compared with more."
      },
      " " = if (n_tied > 0L) {
        "In {n_tied} group{?s}, {genes} of {settings$n_ranked} genes have equal
         values."
      }
    ),
    class = c("wilcoxide_message_exact", "wilcoxide_message")
  )
}
