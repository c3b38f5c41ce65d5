# Every exported function over a table of bad arguments, one at a time: each
# call returns or ends in a condition of this package, in words.

# Signs of what should have been filled in: "{.arg x}", "{?s}", "%s".
raw_markup <- "[{][.?]|[{](cli|qty)|%[sdf]"
nasty <- "100% {x} {.val y} %s <b>"

bad_values <- function() {
  list(
    null = NULL,
    missing = NA,
    `missing text` = NA_character_,
    `no text` = character(),
    `no list` = list(),
    negative = -1,
    zero = 0,
    huge = 1e300,
    `not a number` = NaN,
    `empty text` = "",
    nasty = nasty,
    latin1 = "caf\xe9",
    texts = c("no such thing", "nor this"),
    `text and NA` = c("a", NA),
    numbers = c(3, -1),
    complex = 1i,
    code = quote(stop("run")),
    `function` = sum,
    environment = new.env(),
    factor = factor("no such thing"),
    `date in parts` = as.POSIXlt("2020-01-01", tz = "UTC"),
    `data frame` = data.frame(a = 1:2),
    matrix = matrix(c(1, NA), 1L),
    list = list(1, "a"),
    `odd class` = structure(1, class = "odd"),
    `not a result` = structure(list(), class = "rank_genes_groups"),
    S4 = methods::getClass("numeric")
  )
}

# Every argument gets those that have most often found something, and a third of
# the others, each another third: a call takes 35 milliseconds to be refused.
# WILCOXIDE_ALL_TESTS=true gives every argument all of them.
kinds_for <- function(argument) {
  all <- names(bad_values())
  if (identical(Sys.getenv("WILCOXIDE_ALL_TESTS"), "true")) {
    return(all)
  }
  always <- c("null", "missing", "nasty", "latin1", "list", "odd class")
  others <- setdiff(all, always)
  c(always, others[seq_along(others) %% 3L == nchar(argument) %% 3L])
}

# What is wrong with how a call ends, NULL if nothing. The values go by names,
# as a user's would.
fault_of <- function(fun, arguments) {
  warned <- NULL
  as_names <- lapply(sprintf("value%d", seq_along(arguments)), as.name)
  values <- rlang::set_names(unname(arguments), as.character(as_names))
  names(as_names) <- names(arguments)
  call <- as.call(c(quote(fun), as_names))
  where <- list2env(values, parent = environment())
  cnd <- tryCatch(
    withCallingHandlers(
      {
        eval(call, where)
        NULL
      },
      warning = function(cnd) {
        if (!inherits(cnd, "wilcoxide_warning")) {
          warned <<- conditionMessage(cnd)
        }
        rlang::cnd_muffle(cnd)
      },
      message = function(cnd) rlang::cnd_muffle(cnd)
    ),
    error = identity
  )
  if (!is.null(warned)) {
    return(paste("warns:", warned))
  }
  if (is.null(cnd)) {
    return(NULL)
  }
  message <- cli::ansi_strip(conditionMessage(cnd))
  if (!inherits(cnd, "wilcoxide_error")) {
    return(paste("is not of this package:", message))
  }
  if (inherits(cnd, "wilcoxide_error_internal")) {
    return(paste("is told as a fault:", message))
  }
  if (grepl(raw_markup, gsub(nasty, "", message, fixed = TRUE))) {
    return(paste("has raw markup:", message))
  }
}

# Calls with one argument bad or missing, and with one too many.
bad_calls <- function(good, arguments, takes_more) {
  values <- bad_values()
  calls <- list()
  for (argument in arguments) {
    for (kind in kinds_for(argument)) {
      given <- good
      given[argument] <- values[kind]
      calls[[paste(argument, "=", kind)]] <- given
    }
    calls[[paste(argument, "missing")]] <- good[setdiff(names(good), argument)]
  }
  if (takes_more) {
    calls[["an unknown name"]] <- c(good, no_such_argument = 1)
    calls[["no name"]] <- c(good, as.list(1:5))
  }
  calls
}

expect_told <- function(name, good, arguments = NULL) {
  fun <- getExportedValue("wilcoxide", name)
  arguments <- arguments %||% setdiff(names(formals(fun)), "...")
  takes_more <- "..." %in% names(formals(fun))
  calls <- bad_calls(good, arguments, takes_more)
  faults <- lapply(calls, function(arguments) fault_of(fun, arguments))
  faults <- Filter(Negate(is.null), faults)
  expect_identical(faults, rlang::set_names(list(), character()), label = name)
}

toy_result <- function() {
  without_counts_warning(
    rank_genes_groups(toy_expression(), toy_groups(), pts = TRUE, threads = 1)
  )
}

test_that("bad arguments of a ranking of a matrix are told", {
  expect_told(
    "rank_genes_groups",
    list(x = as_dgc(toy_expression()), groupby = toy_groups(), threads = 1),
    setdiff(
      names(formals(rank_genes_groups)),
      # Of other inputs, as `layer` and `assay` are, which stay.
      c("...", "assay.type", "altexp", "use_raw")
    )
  )
})

test_that("bad arguments of a ranking of an experiment are told", {
  cells <- small_cells()
  expect_told(
    "rank_genes_groups",
    list(x = as_experiment(cells), groupby = "cluster", threads = 1),
    c("groupby", "mask_var", "assay.type", "altexp", "log_base", "cells")
  )
})

test_that("bad arguments of a ranking of a Seurat object are told", {
  cells <- small_cells()
  expect_told(
    "rank_genes_groups",
    list(x = as_seurat(cells), groupby = "cluster", threads = 1),
    c("groupby", "mask_var", "assay", "layer", "use_raw")
  )
})

test_that("bad arguments of a ranking of a file are told", {
  skip_without_hdf5r()
  expect_told(
    "rank_genes_groups",
    list(x = h5ad_fixture("raw"), groupby = "group", threads = 1),
    c("groupby", "mask_var", "use_raw", "layer", "assay")
  )
})

test_that("bad arguments of a ranking in blocks are told", {
  skip_if_not_installed("DelayedArray")
  x <- DelayedArray::DelayedArray(as_dgc(toy_expression()))
  expect_told(
    "rank_genes_groups",
    list(x = x, groupby = toy_groups(), threads = 1),
    c("groupby", "cells", "log_base", "BPPARAM", "BPREDO")
  )
})

test_that("bad arguments of what finds Seurat's markers are told", {
  x <- toy_expression()
  groups <- toy_groups()
  expect_told(
    "find_all_markers",
    list(object = x, group.by = groups, threads = 1),
    c("object", "group.by", "features", "layer")
  )
  expect_told(
    "find_markers",
    list(object = x, ident.1 = groups[[1]], group.by = groups, threads = 1),
    c("ident.1", "subset.ident", "max.cells.per.ident", "base")
  )
  expect_told(
    "find_conserved_markers",
    list(
      object = x,
      ident.1 = groups[[1]],
      grouping.var = rep_len(c("x", "y"), length(groups)),
      group.by = groups,
      threads = 1,
      min.cells.group = 2
    ),
    c("grouping.var", "meta.method")
  )
})

test_that("bad arguments of what reads a result are told", {
  result <- toy_result()
  for (name in c(
    "rank_genes_groups_df", "filter_rank_genes_groups", "as_seurat_markers",
    "as_presto_markers"
  )) {
    expect_told(name, list(result = result))
  }
  means <- rank_quietly(
    toy_expression(), toy_groups(), statistics = c("means", "means_rest", "auc")
  )
  expect_told("as_screen_table", list(result = means))
  skip_if_not_installed("S4Vectors")
  expect_told("as_marker_list", list(result = result))
})

test_that("bad arguments of plots are told", {
  skip_if_not_installed("ggplot2")
  result <- toy_result()
  x <- toy_expression()
  groups <- toy_groups()
  expect_told("plot_rank_genes_groups", list(result = result))
  expect_told(
    "plot_rank_genes_groups_volcano",
    list(result = result, group = "B")
  )
  for (name in c(
    "plot_rank_genes_groups_dotplot", "plot_rank_genes_groups_heatmap",
    "plot_rank_genes_groups_violin"
  )) {
    expect_told(name, list(x = x, result = result, groupby = groups))
  }
})

test_that("bad arguments of what stores and fetches a result are told", {
  result <- toy_result()
  cells <- small_cells()
  experiment <- as_experiment(cells)
  stored <- add_rank_genes_groups(experiment, result)
  expect_told(
    "add_rank_genes_groups",
    list(object = experiment, result = result)
  )
  expect_told("get_rank_genes_groups", list(object = stored))
  seurat <- add_rank_genes_groups(as_seurat(cells), result)
  expect_told("add_rank_genes_groups", list(object = seurat, result = result))
  expect_told("get_rank_genes_groups", list(object = seurat))
})

test_that("bad arguments of what writes and reads a file are told", {
  skip_without_hdf5r()
  path <- writable_h5ad()
  result <- h5ad_ranking()
  expect_told("write_rank_genes_groups", list(result = result, path = path))
  write_rank_genes_groups(result, path)
  expect_told("get_rank_genes_groups", list(object = path))
})

test_that("every exported function is among these", {
  tested <- paste(readLines(test_path("test-args-bad.R")), collapse = "\n")
  for (name in getNamespaceExports("wilcoxide")) {
    if (!startsWith(name, ".__")) {
      expect_match(tested, sprintf("\"%s\"", name), fixed = TRUE)
    }
  }
})
