# Rankings in files against those in memory.

# What a file has, by whatever way it was made, is the table of a screen.
expect_file_as_memory <- function(file, x, groupby, ..., statistics = NULL) {
  memory <- suppressMessages(rank_genes_groups(
    x,
    groupby,
    ...,
    statistics = union(c("means", "means_rest", "auc"), statistics),
    threads = 1
  ))
  expect_same_table(
    file_table(file, groups_of_file(file), rlang::current_env()),
    as_screen_table(memory)
  )
}

expect_same_table <- function(actual, expected) {
  testthat::expect_identical(names(actual), names(expected))
  testthat::expect_identical(dim(actual), dim(expected))
  for (name in names(expected)) {
    same <- identical(
      actual[[name]], expected[[name]],
      num.eq = FALSE, single.NA = TRUE
    )
    testthat::expect(same, sprintf("The columns %s differ.", name))
  }
}

local_output <- function(extension = ".parquet", frame = parent.frame()) {
  folder <- withr::local_tempdir(.local_envir = frame)
  file.path(folder, paste0("result", extension))
}

files_beside <- function(path) {
  list.files(dirname(path), all.files = TRUE, no.. = TRUE)
}
