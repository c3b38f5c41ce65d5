# What the child runs. It says when it is about to start, and what came of it.
interrupted_call <- function(files, library) {
  library("wilcoxide", lib.loc = library, character.only = TRUE)
  loadNamespace("Matrix")
  small <- matrix(seq(0.1, 4, by = 0.1), nrow = 4L)
  large <- list(groups = 2000L, genes = 20000L, cells = 20000L)
  per_cell <- 500L
  step <- large$genes %/% per_cell
  x <- methods::new(
    "dgCMatrix",
    i = as.integer(
      outer(
        (seq_len(per_cell) - 1L) * step,
        seq_len(large$cells) %% step,
        `+`
      )
    ),
    p = seq(0L, by = per_cell, length.out = large$cells + 1L),
    x = rep_len(sqrt(2:100003), per_cell * large$cells),
    Dim = c(large$genes, large$cells)
  )
  groups <- rep_len(seq_len(large$groups), large$cells)

  writeLines(as.character(Sys.getpid()), files$pid)
  file.create(files$started)
  outcome <- tryCatch(
    {
      rank_genes_groups(x, groups, n_genes = 10L, threads = 2L)
      "finished"
    },
    interrupt = function(condition) "interrupted",
    error = function(condition) conditionMessage(condition)
  )
  at <- as.numeric(Sys.time())
  usable <- ncol(rank_genes_groups(small, rep(1:2, 5))$names) == 2L
  saveRDS(list(outcome = outcome, at = at, usable = usable), files$partial)
  file.rename(files$partial, files$outcome)
}

wait_for <- function(file, seconds) {
  deadline <- Sys.time() + seconds
  while (!file.exists(file) && Sys.time() < deadline) {
    Sys.sleep(0.02)
  }
  file.exists(file)
}

test_that("a long call is interrupted at once, and R goes on", {
  skip_on_os("windows")
  library <- dirname(getNamespaceInfo("wilcoxide", "path"))
  skip_if_not(
    file.exists(file.path(library, "wilcoxide", "Meta", "package.rds")),
    "wilcoxide is installed"
  )
  folder <- withr::local_tempdir()
  names <- c("pid", "started", "partial", "outcome")
  files <- stats::setNames(as.list(file.path(folder, names)), names)
  saveRDS(list(interrupted_call, files, library), file.path(folder, "task"))
  script <- file.path(folder, "script.R")
  writeLines(
    c(
      sprintf("task <- readRDS(%s)", deparse(file.path(folder, "task"))),
      "task[[1L]](task[[2L]], task[[3L]])"
    ),
    script
  )
  # A background child ignores SIGINT where nothing sets it back.
  is_linux <- Sys.info()[["sysname"]] == "Linux"
  system2(
    "env",
    c(
      if (is_linux) "--default-signal=INT",
      shQuote(file.path(R.home("bin"), "Rscript")),
      "--vanilla",
      shQuote(script)
    ),
    stdout = file.path(folder, "output"),
    stderr = file.path(folder, "output"),
    wait = FALSE
  )
  expect_true(wait_for(files$started, 60))
  child <- as.integer(readLines(files$pid))
  withr::defer(tools::pskill(child, tools::SIGKILL))

  Sys.sleep(0.5)
  expect_false(file.exists(files$outcome))
  sent <- as.numeric(Sys.time())
  tools::pskill(child, tools::SIGINT)
  expect_true(wait_for(files$outcome, 30))
  result <- readRDS(files$outcome)
  expect_identical(result$outcome, "interrupted")
  expect_lt(result$at - sent, 0.5)
  expect_true(result$usable)
})

# Files that are open and have no name, as Linux tells.
open_without_name <- function() {
  if (!dir.exists("/proc/self/fd")) {
    return(0L)
  }
  links <- Sys.readlink(list.files("/proc/self/fd", full.names = TRUE))
  sum(grepl("(deleted)", links, fixed = TRUE))
}

# Long enough for several ticks in each half.
test_that("what is partitioned by gene is interrupted at once, and gone", {
  skip_without_hdf5r()
  n_cells <- 20000L
  per_cell <- 200L
  x <- methods::new(
    "dgCMatrix",
    i = as.integer(
      outer(10L * (seq_len(per_cell) - 1L), seq_len(n_cells) %% 10L, `+`)
    ),
    p = seq(0L, by = per_cell, length.out = n_cells + 1L),
    x = rep_len(sqrt(2:1009), per_cell * n_cells),
    Dim = c(10L * per_cell, n_cells),
    Dimnames = list(paste0("gene", seq_len(10L * per_cell)), seq_len(n_cells))
  )
  groups <- factor(rep_len(c("a", "b", "c"), n_cells))
  path <- withr::local_tempfile(fileext = ".h5ad")
  write_h5ad_file(list(data = x, groups = groups), path)
  folder <- withr::local_tempdir()
  withr::local_options(wilcoxide.tempdir = folder, wilcoxide.memory = 2e6)
  before <- open_without_name()

  # Dealing out is the first half of the work, ranking the second.
  for (half in c(0, 0.5)) {
    view <- view_h5ad(path, groupby = "cluster")
    statistics <- view$blocks$statistics
    spilled <- NULL
    told <- NULL
    tick <- function(fraction) {
      if (fraction > half) {
        spilled <<- open_without_name() - before
        told <<- c(fraction = fraction, at = as.numeric(Sys.time()))
        rlang::interrupt()
      }
    }
    view$blocks$statistics <- function(range, codes, settings, ignored, call) {
      statistics(range, codes, settings, tick, call)
    }
    outcome <- tryCatch(
      rank_genes_groups(view, groups, threads = 1L),
      interrupt = function(cnd) "interrupted"
    )
    expect_lt(as.numeric(Sys.time()) - told[["at"]], 0.5)
    expect_identical(outcome, "interrupted")
    expect_gt(told[["fraction"]], half)
    expect_lt(told[["fraction"]], half + 0.5)
    if (dir.exists("/proc/self/fd")) {
      expect_identical(spilled, 1L)
    }
    expect_identical(open_without_name(), before)
    expect_identical(list.files(folder, all.files = TRUE), c(".", ".."))
    expect_not_open(path)
  }
  expect_identical(
    rank_genes_groups(path, "cluster", n_genes = 10L, threads = 1L)$scores,
    rank_genes_groups(x, groups, n_genes = 10L, threads = 1L)$scores
  )
})
