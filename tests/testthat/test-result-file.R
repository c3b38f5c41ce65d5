# What stands for a ranking in a file: what it prints and gives; saved, moved
# and changed.

file_of_toys <- function(extension = ".parquet", ...,
                         frame = parent.frame()) {
  rank_genes_groups(
    toy_expression(), toy_groups(),
    output = local_output(extension, frame), threads = 1, ...
  )
}

test_that("what is there is printed", {
  file <- file_of_toys(n_genes = 5)
  printed <- cli::ansi_strip(utils::capture.output(returned <- print(file)))
  expect_identical(returned, file)
  expect_match(printed[[1L]], "<rank_genes_groups> 3 groups versus the rest")
  expect_match(printed[[2L]], "top 5 of 20 genes")
  expect_match(printed[[3L]], "^15 rows, .* in .*result.parquet$")
  expect_match(paste(printed, collapse = " "), "target, feature, target_mean")
})

test_that("groups are read as rows of the ranking in memory", {
  memory <- rank_genes_groups(
    toy_expression(), toy_groups(),
    threads = 1, statistics = c("zscores", "means", "means_rest", "auc")
  )
  for (extension in c(".parquet", ".csv.gz")) {
    file <- file_of_toys(extension, statistics = "zscores")
    read <- function(...) rank_genes_groups_df(file, ...)
    expected <- function(...) rank_genes_groups_df(memory, ...)
    expect_setequal(names(read()), names(expected()))
    same <- function(...) {
      expect_same_table(read(...)[names(expected(...))], expected(...))
    }
    same()
    same("NK")
    same(c("B", "T"))
    same(c("B", "T", "NK"))
    same(pval_cutoff = 0.5, log2fc_min = 0)
    same("B", gene_symbols = c(gene3 = "CD3D"))
    expect_identical(as.data.frame(file, group = "T")$group[[1L]], factor("T"))
    expect_identical(head(file, 3), utils::head(as_screen_table(memory), 3))
    expect_identical(nrow(head(file, 25)), 25L)
    expect_identical(summary(file)$counts, summary(memory)$counts)
    expect_identical(
      summary(file, pval_cutoff = 0.9)$counts,
      summary(memory, pval_cutoff = 0.9)$counts
    )
  }
  # Without scores their sign is that of the area under the curve.
  expect_identical(summary(file_of_toys())$counts, summary(memory)$counts)
  expect_output(print(summary(file)), "Significant genes")
  expect_error(read("no such"), class = "wilcoxide_error_input")
  expect_error(read(grup = "T"), class = "wilcoxide_error_input")
})

test_that("the table of a screen is read from the file", {
  memory <- rank_genes_groups(
    toy_expression(), toy_groups(),
    threads = 1, statistics = c("means", "means_rest", "auc")
  )
  file <- file_of_toys(".csv.gz")
  targets <- c(NK = "gene4", T = "gene20", NK = "gene1")
  expect_same_table(as_screen_table(file), as_screen_table(memory))
  expect_same_table(
    as_screen_table(file, on_target = targets),
    as_screen_table(memory, on_target = targets)
  )
  for (bad in list(c(NK = "gene"), c(no = "gene1"), "gene1")) {
    told <- expect_error(
      as_screen_table(file, on_target = bad),
      class = "wilcoxide_error_input"
    )
    expect_error(
      as_screen_table(memory, on_target = bad),
      conditionMessage(told),
      fixed = TRUE
    )
  }
})

test_that("levels are read as those of the ranking in memory", {
  level <- rep(c("one", "two"), each = 30L)
  level[toy_groups() == "NK"] <- "two"
  file <- file_of_toys(split_by = level, statistics = "zscores", pts = TRUE)
  memory <- rank_quietly(
    toy_expression(), toy_groups(),
    split_by = level, pts = TRUE,
    statistics = c("zscores", "means", "means_rest", "auc")
  )
  expect_match(
    paste(utils::capture.output(print(file)), collapse = " "),
    "within 2 levels"
  )
  same <- function(...) {
    expected <- rank_genes_groups_df(memory, ...)
    read <- rank_genes_groups_df(file, ...)
    expect_same_table(read[names(expected)], expected)
  }
  same()
  same("NK")
  same(c("NK", "T"), pval_cutoff = 0.5, log2fc_min = 0)
  same("B", gene_symbols = c(gene3 = "CD3D"))
  whole <- as_screen_table(memory)
  expect_identical(as_screen_table(file), whole)
  expect_identical(head(file, 3), utils::head(whole, 3))
  expect_identical(nrow(head(file, 90)), 90L)
  expect_identical(
    lapply(summary(file), `[[`, "counts"),
    lapply(summary(memory), `[[`, "counts")
  )
  targets <- c(NK = "gene4", T = "gene20", NK = "gene1")
  table <- as_screen_table(file, on_target = targets)
  expect_identical(as_screen_table(memory, on_target = targets), table)
  expect_identical(as.character(table$level), c("one", "two", "two", "two"))
  expect_error(
    rank_genes_groups_df(file, combine = "max_p"),
    "Levels in a file can't be combined",
    class = "wilcoxide_error_input"
  )
})

test_that("within blocks the score tells the sign", {
  block <- rep_len(1:2, 60)
  expect_error(
    summary(file_of_toys(block = block)),
    "must hold scores"
  )
  file <- file_of_toys(block = block, statistics = "zscores")
  memory <- rank_genes_groups(
    toy_expression(), toy_groups(),
    block = block, threads = 1
  )
  expect_identical(summary(file)$counts, summary(memory)$counts)
})

test_that("it is saved, and finds its file again", {
  file <- file_of_toys()
  saved <- withr::local_tempfile()
  saveRDS(file, saved)
  again <- readRDS(saved)
  expected <- as.data.frame(file)
  expect_identical(as.data.frame(again), expected)
  moved <- file.path(withr::local_tempdir(), "moved.parquet")
  file.rename(file$path, moved)
  told <- expect_error(as.data.frame(again), class = "wilcoxide_error_file")
  expect_match(conditionMessage(told), "There is no file")
  again$path <- moved
  expect_identical(as.data.frame(again), expected)
})

test_that("another file, or a damaged one, is told", {
  for (extension in c(".parquet", ".csv.gz")) {
    file <- file_of_toys(extension)
    bytes <- readBin(file$path, raw(), file$size)
    for (changed in list(bytes[-1], raw(), rev(bytes), c(bytes, as.raw(0)))) {
      writeBin(changed, file$path)
      told <- expect_error(head(file), class = "wilcoxide_error_file")
      expect_match(conditionMessage(told), "has changed or is another file")
    }
    # Damage that only reading can tell.
    changed <- bytes
    changed[seq_len(length(bytes) %/% 2)] <- as.raw(0xff)
    writeBin(changed, file$path)
    file$tail <- hash_of_tail(file$path)
    expect_error(as.data.frame(file), class = "wilcoxide_error_file")
  }
  file$columns <- NULL
  expect_error(print(file), class = "wilcoxide_error_input")
  expect_error(head(file), class = "wilcoxide_error_input")
})

test_that("what needs all groups in memory says so", {
  file <- file_of_toys()
  for (fun in list(
    as_seurat_markers, as_presto_markers, filter_rank_genes_groups,
    function(result) plot_rank_genes_groups(result)
  )) {
    told <- expect_error(fun(file), class = "wilcoxide_error_input")
    expect_match(conditionMessage(told), "This ranking is in a file")
  }
  withr::local_options(wilcoxide.memory = 100)
  told <- expect_error(as.data.frame(file), class = "wilcoxide_error_input")
  expect_match(conditionMessage(told), "must fit into memory")
})

test_that("pyarrow and polars read types, names and bits", {
  python <- Sys.getenv("RETICULATE_PYTHON")
  # R's libraries are not Python's.
  withr::local_envvar(LD_LIBRARY_PATH = NA)
  has <- function(module) {
    nzchar(python) &&
      system2(python, c("-c", shQuote(paste("import", module))),
        stdout = FALSE, stderr = FALSE
      ) == 0L
  }
  skip_if_not(has("pyarrow.parquet"), "no Python with pyarrow")
  file <- file_of_toys(statistics = "log10_pvals")
  expected <- file_table(file, groups_of_file(file), rlang::current_env())
  columns <- withr::local_tempdir()
  readers <- c("pyarrow", if (has("polars")) "polars")
  name <- "dictionary<values=string, indices=int32, ordered=0>"
  types <- list(
    pyarrow = c(name, name, "double", "double", "int32", "int32", "float")[
      c(1:7, 3, 3, 3, 3)
    ],
    polars = c("String", "Float64", "Int32", "Float32")[
      c(1, 1, 2, 2, 3, 3, 4, 2, 2, 2, 2)
    ]
  )
  coded <- ifelse(types$polars %in% c("String", "Int32"), "dictionary", "plain")
  types_for <- list(
    pyarrow = paste(names(expected), types$pyarrow, coded, "SNAPPY"),
    polars = paste(names(expected), types$polars)
  )
  for (reader in readers) {
    told <- system2(
      python,
      shQuote(c(
        test_path("fixtures", "read_parquet.py"), reader, file$path, columns
      )),
      stdout = TRUE
    )
    expect_identical(told, types_for[[reader]])
    for (name in names(expected)) {
      from <- file.path(columns, name)
      values <- expected[[name]]
      if (is.double(values)) {
        read <- readBin(from, "double", length(values) + 1L)
        expect_equal_bits(read, values, name)
      } else {
        expect_identical(readLines(from), as.character(values))
      }
    }
  }
})
