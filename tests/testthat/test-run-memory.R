test_that("the option says how much memory reading may use", {
  withr::local_options(wilcoxide.memory = 2e9)
  expect_identical(memory_budget(NULL), 2e9)
  expect_identical(memory_budget(NULL, n_processes = 4L), 2e9)
  for (bad in list("1 GB", -1, NA_real_, c(1e9, 2e9), 0.5)) {
    withr::local_options(wilcoxide.memory = bad)
    expect_error(memory_budget(NULL), class = "wilcoxide_error_input")
  }
})

test_that("half of what is free is used where no option says more", {
  withr::local_options(wilcoxide.memory = NULL)
  expect_identical(memory_budget(NULL, free = 1e9), 5e8)
  expect_identical(memory_budget(NULL, n_processes = 4L, free = 1e9), 1.25e8)
  expect_identical(memory_budget(NULL, free = NULL), memory_unknown / 2)
})

test_that("less than one gene needs is refused with the sizes", {
  expect_silent(check_budget(2e6, 2e6, NULL))
  expect_error(
    check_budget(2e6, 1.23e9, NULL),
    "1,230 MB; 2 MB may be used",
    class = "wilcoxide_error_input"
  )
  expect_error(
    check_budget(1e3, 123456, NULL),
    "123,456 bytes; 1,000 bytes may be used",
    class = "wilcoxide_error_input"
  )
})

test_that("free memory is what the system or the container leaves", {
  skip_on_os(c("windows", "solaris"))
  free <- free_memory()
  expect_gt(free, 1e6)
  expect_lt(free, 1e14)

  limit <- withr::local_tempfile(lines = "3000000")
  used <- withr::local_tempfile(lines = "1000000")
  expect_identical(control_group_memory(limit, used), 2e6)
  writeLines("max", limit)
  expect_null(control_group_memory(limit, used))
  expect_null(control_group_memory(limit, tempfile()))
})

test_that("temporary files go where the option says", {
  withr::local_options(wilcoxide.tempdir = NULL)
  expect_identical(temporary_folder(NULL), tempdir())
  folder <- withr::local_tempdir()
  withr::local_options(wilcoxide.tempdir = folder)
  expect_identical(temporary_folder(NULL), folder)
  for (bad in list(file.path(folder, "none"), 1, c(folder, folder))) {
    withr::local_options(wilcoxide.tempdir = bad)
    expect_error(temporary_folder(NULL), class = "wilcoxide_error_input")
  }
})

test_that("ranges hold all genes and no more values than fit", {
  genes <- c(2L, 3L, 5:40, 50L)
  withr::local_seed(1)
  stored <- stats::rpois(39L, 30) * stats::rbinom(39L, 1, 0.7)
  for (capacity in c(60, 100, 333, 1e6)) {
    for (n_blocks in c(1L, 2L, 5L, 100L)) {
      ranges <- gene_ranges(genes, stored, capacity, n_blocks)
      held <- lapply(ranges, function(range) {
        which(genes >= range[[1L]] & genes <= range[[2L]])
      })
      expect_identical(unlist(held), seq_along(genes))
      sizes <- vapply(held, function(at) sum(stored[at]), 1)
      expect_true(all(sizes <= capacity))
      expect_gte(length(ranges), min(n_blocks, length(genes)))
    }
  }
  expect_identical(gene_ranges(1:3, c(9, 9, 9), 1e6), list(c(1L, 3L)))
  expect_identical(
    gene_ranges(1:4, c(9, 9, 9, 9), 20),
    list(c(1L, 2L), c(3L, 4L))
  )
  # A gene alone is in a range of its own, however large it is.
  expect_length(gene_ranges(1:3, c(9, 9, 9), 1), 3L)
  expect_length(gene_ranges(1:3, c(0, 0, 0), 1e6), 1L)
})
