# The rows of a file have the bits of the tables in memory, however the values
# come to be ranked.

toy_file <- function(x = toy_expression(), groupby = toy_groups(), ...,
                     output = local_output(frame = parent.frame())) {
  suppressMessages(rank_genes_groups(x, groupby, ..., output = output))
}

test_that("files have the bits of memory for every comparison and storage", {
  x <- toy_expression()
  groups <- toy_groups()
  calls <- list(
    rest = list(),
    reference = list(reference = "NK"),
    `some groups` = list(groups = c("B", "T")),
    excluded = list(exclude = "NK", groups = "B"),
    `within blocks` = list(block = rep_len(1:2, 60), tie_correct = TRUE),
    ties = list(tie_correct = TRUE, reference = "T", correct = TRUE),
    `few genes` = list(n_genes = 3, mask_var = rownames(x)[c(9, 2:6)]),
    `Seurat's` = list(preset = "seurat"),
    `absolute scores` = list(rankby_abs = TRUE, alternative = "less"),
    `linear means` = list(mean_in_log_space = FALSE, exact = TRUE),
    more = list(statistics = c("log10_pvals_adj", "zscores", "auc")),
    fractions = list(pts = TRUE),
    `fractions of a reference` = list(pts = TRUE, reference = "T"),
    pairs = list(pairwise = TRUE, groups = c("NK", "B"), n_genes = 7),
    `another adjustment` = list(corr_method = "BY", alternative = "greater")
  )
  storages <- list(base = x, dgC = as_dgc(x), dgR = as_dgr(x))
  for (arguments in calls) {
    for (storage in names(storages)) {
      extension <- if (storage == "base") ".csv.gz" else ".parquet"
      file <- rlang::inject(toy_file(
        storages[[storage]], groups, !!!arguments,
        output = local_output(extension), threads = 2
      ))
      rlang::inject(expect_file_as_memory(file, x, groups, !!!arguments))
    }
  }
})

test_that("files are the same for every number of threads and any memory", {
  x <- as_dgc(toy_expression())
  bytes <- function(extension, memory, threads) {
    withr::local_options(wilcoxide.memory = memory)
    path <- local_output(extension)
    toy_file(x, output = path, threads = threads)
    expect_identical(files_beside(path), basename(path))
    readBin(path, raw(), file.size(path))
  }
  for (extension in c(".parquet", ".csv.gz")) {
    expected <- bytes(extension, NULL, 1)
    # From all that is needed down to one gene at a time, in a temporary file.
    for (memory in c(1e6, 3000, 1)) {
      for (threads in 1:3) {
        expect_identical(bytes(extension, memory, threads), expected)
      }
    }
  }
})

test_that("more groups than lie together are written and read", {
  n_groups <- 7000L
  withr::local_seed(1)
  x <- matrix(log1p(stats::rpois(20 * 3 * n_groups, 1)), nrow = 20)
  rownames(x) <- sprintf("gene%d", 1:20)
  groups <- rep(sprintf("target %d", seq_len(n_groups)), each = 3)
  # Statistics of all groups in one batch, and in two from a temporary file.
  memory <- c(.csv.gz = 1e9, .parquet = 1e4)
  for (extension in names(memory)) {
    file <- withr::with_options(
      list(wilcoxide.memory = memory[[extension]]),
      toy_file(
        as_dgc(x), groups,
        reference = "target 7", output = local_output(extension)
      )
    )
    expect_lt(file$levels[[1L]]$groups_of_part, n_groups)
    expect_file_as_memory(file, x, groups, reference = "target 7")
  }
})

test_that("every adjustment is the same in files and in memory", {
  x <- toy_expression()
  groups <- toy_groups()
  for (method in c("BH", "bonferroni", "BY", "holm", "hochberg", "none")) {
    for (arguments in list(
      list(adjust_over = "all", n_genes = 7),
      list(adjust_over = "all", min_fraction = 0.9),
      list(min_fraction = 0.9, rankby_abs = TRUE)
    )) {
      file <- rlang::inject(toy_file(
        x, groups, !!!arguments,
        corr_method = method, statistics = "log10_pvals_adj", threads = 2
      ))
      rlang::inject(expect_file_as_memory(
        file, x, groups, !!!arguments,
        corr_method = method, statistics = "log10_pvals_adj"
      ))
    }
  }
  file <- toy_file(x, groups, corr_method = "hommel", min_fraction = 0.9)
  expect_file_as_memory(
    file, x, groups,
    corr_method = "hommel", min_fraction = 0.9
  )
  expect_true(anyNA(as.data.frame(file)$pvals_adj))
  expect_false(any(is.nan(as.data.frame(file)$pvals_adj)))
})

test_that("one family of many groups is merged from a temporary file", {
  n_groups <- 3000L
  withr::local_seed(1)
  x <- matrix(log1p(stats::rpois(20 * 3 * n_groups, 1)), nrow = 20)
  rownames(x) <- sprintf("gene%d", 1:20)
  groups <- rep(sprintf("target %d", seq_len(n_groups)), each = 3)
  for (method in c("BH", "holm")) {
    rank <- function(...) {
      suppressMessages(rank_genes_groups(
        x, groups, ...,
        reference = "target 7", corr_method = method, adjust_over = "all"
      ))
    }
    # Some batches of groups, and next to no memory for their p-values.
    file <- withr::with_options(
      list(wilcoxide.memory = 1e5),
      rank(output = local_output())
    )
    memory <- rank(statistics = c("means", "means_rest", "auc"))
    expect_same_table(as_screen_table(file), as_screen_table(memory))
  }
})

test_that("levels are one table, to the bit that of memory", {
  x <- toy_expression()
  groups <- toy_groups()
  level <- rep(c("one", "two", "three"), c(25L, 20L, 15L))
  # Groups that a level has not.
  level[groups == "NK"] <- "two"
  for (arguments in list(
    list(),
    list(reference = "T", pts = TRUE, adjust_over = "all"),
    list(block = rep_len(1:2, 60), corr_method = "holm")
  )) {
    for (storage in list(x, as_dgc(x), as_dgr(x))) {
      file <- rlang::inject(toy_file(
        storage, groups, !!!arguments,
        split_by = level, threads = 2
      ))
      memory <- rlang::inject(rank_quietly(
        x, groups, !!!arguments,
        split_by = level, statistics = c("means", "means_rest", "auc")
      ))
      expect_same_table(as_screen_table(file), as_screen_table(memory))
    }
  }
  expect_match(names(as_screen_table(file))[[1L]], "level")
})

test_that("files that are read in blocks, and workers, give the same bits", {
  path <- block_file(list(
    csr = compressed("csr"), csc = compressed("csc"), dense = dense()
  ))
  values <- block_cells()
  groups <- block_groups()
  for (budget in budgets[c(1L, 3L)]) {
    withr::local_options(wilcoxide.memory = budget)
    for (layer in c("csr", "csc", "dense")) {
      file <- toy_file(
        path, "group",
        layer = layer, output = local_output(), threads = 2
      )
      expect_file_as_memory(file, values, groups)
    }
  }
})

test_that("workers hand their blocks to the file in turn", {
  skip_if_not_installed("BiocParallel")
  skip_if_not_installed("DelayedArray")
  skip_on_os("windows")
  x <- toy_expression()
  delayed <- DelayedArray::DelayedArray(as_dgc(x))
  withr::local_options(wilcoxide.memory = room_for(x, 250))
  for (param in list(
    BiocParallel::SerialParam(), BiocParallel::MulticoreParam(2)
  )) {
    file <- toy_file(delayed, BPPARAM = param)
    withr::with_options(
      list(wilcoxide.memory = NULL),
      expect_file_as_memory(file, x, toy_groups())
    )
  }
})

test_that("names that CSV must quote come back", {
  x <- toy_expression()
  rownames(x)[1:4] <- c("a,b", "say \"so\"", "two\nlines", " wide ")
  groups <- factor(toy_groups(), labels = c("1,5", "\"", "caf\u00e9"))
  for (extension in c(".parquet", ".csv.gz")) {
    file <- toy_file(x, groups, output = local_output(extension))
    expect_file_as_memory(file, x, groups)
  }
  read <- utils::read.csv(gzfile(file$path), encoding = "UTF-8")
  expect_identical(read$feature, as.character(as.data.frame(file)$names))
  expect_identical(unique(enc2utf8(read$target)), levels(groups))
  expect_equal(read$p_value, as.data.frame(file)$pvals, tolerance = 1e-15)
})

# What is left behind ----------------------------------------------------------

toy_levels <- rep(c("one", "two"), c(30L, 30L))

test_that("what fails leaves no file and keeps the one that was there", {
  x <- toy_expression()
  x[3, 5] <- NaN
  path <- local_output()
  expect_error(toy_file(x, output = path), "1 value is NaN")
  expect_identical(files_beside(path), character())
  writeLines("what was there", path)
  expect_error(toy_file(x, output = path), "1 value is NaN")
  expect_identical(readLines(path), "what was there")
  # Where all goes well, it is replaced.
  file <- toy_file(output = path)
  expect_identical(files_beside(path), basename(path))
  expect_file_as_memory(file, toy_expression(), toy_groups())
})

test_that("an interrupt leaves nothing", {
  path <- local_output()
  namespace <- asNamespace("wilcoxide")
  suppressMessages(trace(
    "draft_finish", quote(rlang::interrupt()),
    where = namespace, print = FALSE
  ))
  on.exit(suppressMessages(untrace("draft_finish", where = namespace)))
  for (levels in list(NULL, toy_levels)) {
    outcome <- tryCatch(
      toy_file(output = path, split_by = levels),
      interrupt = function(cnd) "stopped"
    )
    expect_identical(outcome, "stopped")
    expect_identical(files_beside(path), character())
  }
})

test_that("a process that is killed leaves no file of the name", {
  skip_on_os("windows")
  skip_if_not_installed("callr")
  for (levels in list(NULL, toy_levels)) {
    path <- local_output()
    child <- callr::r_bg(
      function(x, groups, split_by, output) {
        # Stops for ever when the file is begun.
        trace(
          "draft_finish",
          quote(Sys.sleep(600)),
          where = asNamespace("wilcoxide"),
          print = FALSE
        )
        wilcoxide::rank_genes_groups(
          x, groups,
          split_by = split_by, output = output
        )
      },
      list(toy_expression(), toy_groups(), levels, path)
    )
    for (i in 1:600) {
      if (length(files_beside(path)) > 0L || !child$is_alive()) break
      Sys.sleep(0.05)
    }
    expect_match(files_beside(path), "^\\.result\\.parquet\\..*\\.part$")
    child$kill()
    expect_false(file.exists(path))
  }
})

test_that("a full disk is told, and nothing is left", {
  skip_on_os("windows")
  path <- local_output()
  # Files of this process, too, may have so many blocks only: R's own are
  # smaller. What is not written then is an error, as on a full disk.
  script <- withr::local_tempfile(fileext = ".R", lines = sprintf(
    "x <- matrix(sqrt(seq_len(4e5) %%%% 1013), nrow = 4000)
     rownames(x) <- paste0('gene', 1:4000)
     for (levels in list(NULL, rep(1:2, each = 50))) {
       tryCatch(
         wilcoxide::rank_genes_groups(
           x, rep(1:10, 10), split_by = levels, output = '%s', threads = 1
         ),
         wilcoxide_error_file = function(cnd) {
           cat('told:', conditionMessage(cnd))
         }
       )
     }", path
  ))
  libraries <- paste(.libPaths(), collapse = .Platform$path.sep)
  told <- suppressWarnings(system2(
    "sh",
    c("-c", shQuote(sprintf(
      "trap '' XFSZ; ulimit -f 200; R_LIBS=%s exec %s/Rscript %s 2>&1",
      shQuote(libraries), R.home("bin"), shQuote(script)
    ))),
    stdout = TRUE
  ))
  skip_if(!any(grepl("told|Error", told)), "no limit of a file's size here")
  told <- paste(told, collapse = " ")
  expect_match(told, "(told: Can't write `output`.*File too large.*){2}")
  expect_identical(files_beside(path), character())
})

# What is refused --------------------------------------------------------------

test_that("what can't go to a file is refused before anything is ranked", {
  refused <- function(..., class = "wilcoxide_error_input") {
    path <- local_output()
    cnd <- expect_error(toy_file(..., output = path), class = class)
    expect_identical(files_beside(path), character())
    conditionMessage(cnd)
  }
  expect_match(
    refused(corr_method = "hommel", adjust_over = "all"),
    "`corr_method` and `adjust_over` cannot be combined with `output`"
  )
  expect_match(refused(preset = "presto"), "is not a log2 fold change")
})

test_that("paths that are no place for a file are refused", {
  told <- function(output, class) {
    conditionMessage(expect_error(toy_file(output = output), class = class))
  }
  folder <- withr::local_tempdir()
  for (output in list("result.csv", "result", "", NA, 1, c("a.csv.gz", "b"))) {
    expect_match(told(output, "wilcoxide_error_input"), "must be the path of a")
  }
  missing <- file.path(folder, "no folder", "result.parquet")
  expect_match(told(missing, "wilcoxide_error_file"), "There is no folder")
  dir.create(file.path(folder, "folder.parquet"))
  expect_match(
    told(file.path(folder, "folder.parquet"), "wilcoxide_error_file"),
    "is a folder"
  )
  # Root may write anywhere.
  skip_on_os("windows")
  skip_if(file.access("/proc/1", 2L) == 0L && !dir.exists("/proc/sys"))
  expect_match(
    told("/proc/result.parquet", "wilcoxide_error_file"),
    "Can't write"
  )
})
