# lint.R: fails when lintr has something to say.
library(wilcoxide)

# lintr knows a method by its generic only where both are in one file, and
# does not look for variables inside of cli's messages.
is_noise <- function(lint) {
  grepl("extendr-wrappers[.]R$", lint$filename) ||
    (lint$linter == "object_name_linter" &&
      grepl("^(view_of|blocks_of)[.]", lint$line)) ||
    (grepl("^local variable", lint$message) && is_in_message(lint))
}

is_in_message <- function(lint) {
  variable <- sub("^local variable \u2018(.*)\u2019 .*$", "\\1", lint$message)
  any(grepl(
    sprintf("[{][^}]*\\b%s\\b", variable),
    readLines(lint$filename)
  ))
}

# Scripts and tests use what they attach, which lintr cannot see.
scripts <- lintr::linters_with_defaults(object_usage_linter = NULL)
lints <- c(
  lintr::lint_dir("R", relative_path = FALSE),
  unlist(
    lapply(
      c("tests", "tools", "bench"),
      lintr::lint_dir,
      linters = scripts,
      relative_path = FALSE
    ),
    recursive = FALSE
  )
)
lints <- Filter(Negate(is_noise), lints)
for (found in lints) {
  print(found)
}
if (length(lints) > 0L) {
  stop("lintr found faults: ", length(lints), call. = FALSE)
}
message("lintr found nothing")
