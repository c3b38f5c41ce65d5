same_bits <- function(x, y) {
  identical(x, y, num.eq = FALSE, single.NA = TRUE)
}

# A copy of a fixture in a directory of its own, to write to.
writable_h5ad <- function(name = "storage", frame = parent.frame()) {
  skip_without_hdf5r()
  directory <- withr::local_tempdir(.local_envir = frame)
  path <- file.path(directory, "cells.h5ad")
  file.copy(h5ad_fixture(name), path)
  # Fixtures may be installed read-only.
  Sys.chmod(path, "644")
  path
}

# A ranking by a column of that file.
h5ad_ranking <- function(...) {
  ranking <- toy_ranking(...)
  ranking$params$groupby <- "group"
  ranking
}

# The call must fail, and leave the file and its directory as they were.
expect_unchanged <- function(call,
                             path,
                             regexp = NULL,
                             class = "wilcoxide_error_file") {
  before <- unname(tools::md5sum(path))
  files <- list.files(dirname(path), all.files = TRUE)
  testthat::expect_error(call, regexp, class = class)
  testthat::expect_identical(unname(tools::md5sum(path)), before)
  testthat::expect_identical(
    list.files(dirname(path), all.files = TRUE),
    files
  )
}

# What is written -------------------------------------------------------------

test_that("what was written is read, bit by bit", {
  path <- writable_h5ad()
  ranking <- h5ad_ranking()
  ranking$scores[["T"]] <- c(-0, 0.100000001490116119384765625, NaN, -Inf)
  ranking$pvals[["10"]] <- c(1, 0.1, 4.9406564584124654e-324, 0)
  expect_silent(returned <- write_rank_genes_groups(ranking, path))
  expect_identical(returned, ranking)
  expect_true(same_bits(get_rank_genes_groups(path), ranking))
})

test_that("rankings of every kind are read as they were written", {
  path <- writable_h5ad()
  reference <- h5ad_ranking(reference = "10")
  tables <- setdiff(names(reference), c("params", "pts"))
  reference[tables] <- lapply(reference[tables], `[`, "T")
  single <- h5ad_ranking(pts = FALSE)
  single[-1L] <- lapply(single[-1L], function(table) table[1L, "10", FALSE])
  odd <- h5ad_ranking()
  odd$params$layer <- "l\u00e4yer"
  odd$params$use_raw <- TRUE
  odd$params$reference <- "100 %s"
  odd[-1L] <- lapply(odd[-1L], function(table) {
    names(table) <- c("T cell/\u00e9", "100 %s", "1")
    table
  })
  odd$names[["1"]] <- c("g\u00e8ne 1", "%n", "a/b", "")
  more <- h5ad_ranking()
  more$auc <- more$pvals

  kinds <- list(reference, single, odd, more, h5ad_ranking(pts = FALSE))
  for (i in seq_along(kinds)) {
    write_rank_genes_groups(kinds[[i]], path, paste("key", i))
  }
  for (i in seq_along(kinds)) {
    expect_identical(get_rank_genes_groups(path, paste("key", i)), kinds[[i]])
  }
})

test_that("the file holds what anndata would have written", {
  path <- writable_h5ad()
  write_rank_genes_groups(h5ad_ranking(), path, "k")
  file <- hdf5r::H5File$new(path, "r")
  on.exit(file$close_all())
  encoding <- function(part) {
    object <- file[[paste0("uns/k", part)]]
    paste(
      hdf5r::h5attr(object, "encoding-type"),
      hdf5r::h5attr(object, "encoding-version")
    )
  }
  types <- function(part) {
    type <- file[[paste0("uns/k/", part)]]$get_type()
    names <- type$get_cpd_labels()
    expect_identical(names, c("T", "B cell", "10"))
    vapply(type$get_cpd_types(), function(type) type$to_text(), "")
  }
  expect_identical(encoding(""), "dict 0.1.0")
  expect_identical(encoding("/params"), "dict 0.1.0")
  expect_identical(encoding("/params/method"), "string 0.2.0")
  expect_identical(encoding("/params/use_raw"), "numeric-scalar 0.2.0")
  expect_identical(encoding("/names"), "rec-array 0.2.0")
  expect_identical(encoding("/pts"), "dataframe 0.2.0")
  expect_identical(encoding("/pts/_index"), "string-array 0.2.0")
  expect_identical(encoding("/pts/B cell"), "array 0.2.0")
  expect_identical(
    file[["uns/k/params"]]$names,
    c("corr_method", "groupby", "method", "reference", "use_raw")
  )
  expect_match(types("names"), "H5T_VARIABLE.*UTF8")
  expect_identical(unique(types("scores")), "H5T_IEEE_F32LE")
  expect_identical(unique(types("logfoldchanges")), "H5T_IEEE_F32LE")
  expect_identical(unique(types("pvals")), "H5T_IEEE_F64LE")
  expect_identical(unique(types("pvals_adj")), "H5T_IEEE_F64LE")
  # Scalars, as Python wants them.
  for (name in c("encoding-type", "_index")) {
    space <- file[["uns/k/pts"]]$attr_open(name)$get_space()
    expect_identical(as.character(space$get_simple_extent_type()), "H5S_SCALAR")
  }
})

test_that("an older ranking is replaced, all else stays", {
  path <- writable_h5ad()
  before <- dense_of(view_h5ad(path)$matrix())
  write_rank_genes_groups(h5ad_ranking(), path)
  write_rank_genes_groups(h5ad_ranking(), path, "other")
  write_rank_genes_groups(h5ad_ranking(pts = FALSE), path)
  expect_identical(get_rank_genes_groups(path), h5ad_ranking(pts = FALSE))
  expect_identical(get_rank_genes_groups(path, "other"), h5ad_ranking())
  expect_identical(dense_of(view_h5ad(path)$matrix()), before)
  expect_identical(list.files(dirname(path), all.files = TRUE, no.. = TRUE),
                   basename(path))
  expect_not_open(path)
})

test_that("a file without uns gets one", {
  path <- writable_h5ad()
  file <- hdf5r::H5File$new(path, "r+")
  file$link_delete("uns")
  file$close_all()
  write_rank_genes_groups(h5ad_ranking(), path)
  expect_identical(get_rank_genes_groups(path), h5ad_ranking())
})

test_that("permissions stay, and links lead to the changed file", {
  skip_on_os("windows")
  path <- writable_h5ad()
  Sys.chmod(path, "640", use_umask = FALSE)
  link <- file.path(withr::local_tempdir(), "link.h5ad")
  file.symlink(path, link)
  write_rank_genes_groups(h5ad_ranking(), link)
  expect_identical(Sys.readlink(link), path)
  expect_identical(get_rank_genes_groups(path), h5ad_ranking())
  expect_identical(format(file.mode(path)), "640")
})

# What is refused -------------------------------------------------------------

test_that("rankings that Scanpy could not use are refused", {
  path <- writable_h5ad()
  refused <- function(ranking, regexp, key = "k") {
    expect_unchanged(
      write_rank_genes_groups(ranking, path, key),
      path,
      regexp,
      "wilcoxide_error_input"
    )
  }
  without <- h5ad_ranking()
  without$params["groupby"] <- list(NULL)
  refused(without, "as a\\s+vector")
  refused(toy_ranking(), "no column")
  refused(filter_rank_genes_groups(h5ad_ranking()), "6 names")
  refused(h5ad_ranking(), "parts the names", "a/b")
  refused(h5ad_ranking(), "one string", NA_character_)
  renamed <- function(groups) {
    ranking <- h5ad_ranking()
    ranking[-1L] <- lapply(ranking[-1L], `names<-`, groups)
    ranking
  }
  refused(renamed(c("a", "a/b", "c")), "names that")
  refused(renamed(c("a", "_index", "c")), "_index")
  refused(renamed(c("a", "./b", "c")), "names that")
  refused(renamed(c("a", "", "c")), "names that")
  expect_error(
    write_rank_genes_groups(h5ad_ranking(), c(path, path)),
    class = "wilcoxide_error_input"
  )
})

test_that("as many groups as HDF5 has room for are written", {
  path <- writable_h5ad()
  many <- function(n) {
    values <- rep(list(c(1, 2)), n)
    names(values) <- sprintf("group %04d \u00e9", seq_len(n))
    names <- lapply(values, function(x) c("a", "b"))
    params <- h5ad_ranking()$params
    new_rank_genes_groups(params, names, values, values, values, values)
  }
  expect_unchanged(
    write_rank_genes_groups(many(964L), path),
    path,
    "964 groups",
    "wilcoxide_error_input"
  )
  write_rank_genes_groups(many(963L), path)
  expect_identical(get_rank_genes_groups(path), many(963L))
})

test_that("what is no .h5ad file is refused", {
  skip_without_hdf5r()
  directory <- withr::local_tempdir()
  path <- file.path(directory, "100%s.h5ad")
  refused <- function(regexp) {
    expect_unchanged(
      write_rank_genes_groups(h5ad_ranking(), path),
      path,
      regexp
    )
  }
  refused("no file")
  writeLines("text", path)
  refused("no HDF5 file")
  file <- hdf5r::H5File$new(path, "w")
  file$close_all()
  refused("obs")
  expect_error(
    write_rank_genes_groups(h5ad_ranking(), directory),
    "directory",
    class = "wilcoxide_error_file"
  )
})

test_that("a read-only file is refused", {
  skip_on_os("windows")
  path <- writable_h5ad()
  Sys.chmod(path, "444")
  expect_unchanged(
    write_rank_genes_groups(h5ad_ranking(), path),
    path,
    "read-only"
  )
})

test_that("a read-only directory is refused", {
  skip_on_os("windows")
  skip_if(file.access("/", 2L) == 0L, "root may write everywhere")
  path <- writable_h5ad()
  Sys.chmod(dirname(path), "555")
  withr::defer(Sys.chmod(dirname(path), "755"))
  expect_unchanged(
    write_rank_genes_groups(h5ad_ranking(), path),
    path,
    "directory.*read-only"
  )
})

test_that("a file that is open for writing is refused", {
  path <- writable_h5ad()
  file <- hdf5r::H5File$new(path, "r+")
  expect_unchanged(
    write_rank_genes_groups(h5ad_ranking(), path),
    path,
    "in this R session"
  )
  expect_true(file$is_valid)
  file$close_all()

  # One that is open for reading goes on to be read as it was.
  file <- hdf5r::H5File$new(path, "r")
  write_rank_genes_groups(h5ad_ranking(), path)
  expect_false(file$path_valid("uns/rank_genes_groups"))
  file$close_all()
  expect_identical(get_rank_genes_groups(path), h5ad_ranking())
})

# A child of this R, with this package.
run_r <- function(code, before = "", wait = TRUE) {
  script <- tempfile(fileext = ".R")
  library <- dirname(getNamespaceInfo("wilcoxide", "path"))
  writeLines(c(sprintf("library(wilcoxide, lib.loc = %s)", deparse(library)),
               code), script)
  command <- paste(
    before,
    "exec", shQuote(file.path(R.home("bin"), "Rscript")), shQuote(script)
  )
  suppressWarnings(
    system2("sh", c("-c", shQuote(command)),
            stdout = if (wait) TRUE else FALSE, stderr = FALSE, wait = wait)
  )
}

# Code for the child: writes a ranking, and prints the class of what came.
write_in_child <- function(ranking, path) {
  file <- file.path(dirname(path), "ranking.rds")
  saveRDS(ranking, file)
  sprintf(
    "tryCatch({
      write_rank_genes_groups(readRDS(%s), %s)
      cat('written')
    }, error = function(cnd) cat(class(cnd)[[1L]], conditionMessage(cnd)))",
    deparse(file),
    deparse(path)
  )
}

test_that("a file that another program writes to is refused", {
  skip_on_os("windows")
  path <- writable_h5ad()
  ready <- file.path(dirname(path), "ready")
  done <- file.path(dirname(path), "done")
  file.create(done)
  run_r(
    sprintf(
      "file <- hdf5r::H5File$new(%s, 'r+')
      file.create(%s)
      while (file.exists(%s)) Sys.sleep(0.05)
      file$close_all()
      file.remove(%s)",
      deparse(path), deparse(ready), deparse(done), deparse(ready)
    ),
    wait = FALSE
  )
  wait_until <- function(there) {
    deadline <- Sys.time() + 30
    while (file.exists(ready) != there && Sys.time() < deadline) {
      Sys.sleep(0.05)
    }
  }
  withr::defer(unlink(done))
  wait_until(TRUE)
  expect_unchanged(
    write_rank_genes_groups(h5ad_ranking(), path),
    path,
    "another program"
  )
  unlink(done)
  wait_until(FALSE)
})

# Half-way --------------------------------------------------------------------

# Takes some room in a file.
large_ranking <- function(n_genes = 5000L) {
  values <- rep(list(rnorm(n_genes)), 3L)
  names(values) <- c("a", "b", "c")
  names <- lapply(values, function(x) sprintf("gene%d", seq_along(x)))
  ranking <- new_rank_genes_groups(
    h5ad_ranking()$params, names, values, values, values, values
  )
  ranking
}

test_that("an error half-way leaves the file as it was", {
  path <- writable_h5ad()
  change <- function(file) {
    file$link_delete("X")
    file$create_group("uns/half")
    stop("enough")
  }
  replace <- function(change) {
    replace_h5ad(path, function(h5ad) NULL, change, rlang::current_env())
  }
  expect_unchanged(replace(change), path, "enough")

  expect_unchanged(
    replace(function(file) file$create_group("none/at/all")),
    path,
    hdf5_says()
  )
  write_rank_genes_groups(h5ad_ranking(), path)
  expect_identical(get_rank_genes_groups(path), h5ad_ranking())
})

test_that("an interrupt half-way leaves the file as it was", {
  path <- writable_h5ad()
  before <- tools::md5sum(path)
  change <- function(file) {
    file$link_delete("X")
    rlang::interrupt()
  }
  outcome <- tryCatch(
    replace_h5ad(path, function(h5ad) NULL, change, rlang::current_env()),
    interrupt = function(cnd) "interrupted"
  )
  expect_identical(outcome, "interrupted")
  expect_identical(tools::md5sum(path), before)
  expect_identical(list.files(dirname(path), all.files = TRUE, no.. = TRUE),
                   "cells.h5ad")
})

test_that("a file that another program changed meanwhile is left alone", {
  path <- writable_h5ad()
  change <- function(file) {
    writeLines("something else", path)
  }
  expect_error(
    replace_h5ad(path, function(h5ad) NULL, change, rlang::current_env()),
    "meanwhile",
    class = "wilcoxide_error_file"
  )
  expect_identical(readLines(path), "something else")
  expect_identical(list.files(dirname(path), all.files = TRUE, no.. = TRUE),
                   "cells.h5ad")
})

test_that("a process killed half-way leaves the file as it was", {
  skip_on_os("windows")
  skip_on_cran()
  path <- writable_h5ad()
  before <- tools::md5sum(path)
  run_r(sprintf(
    "wilcoxide:::replace_h5ad(%s, function(h5ad) NULL, function(file) {
      file$link_delete('X')
      file$flush()
      tools::pskill(Sys.getpid(), 9L)
    }, environment())",
    deparse(path)
  ))
  expect_identical(tools::md5sum(path), before)
  # It was killed indeed, and its copy is in nobody's way.
  expect_match(
    setdiff(
      list.files(dirname(path), all.files = TRUE, no.. = TRUE),
      "cells.h5ad"
    ),
    "^[.]wilcoxide-"
  )
  write_rank_genes_groups(h5ad_ranking(), path)
  expect_identical(get_rank_genes_groups(path), h5ad_ranking())
})

test_that("a full disk leaves the file as it was", {
  skip_on_os("windows")
  skip_on_cran()
  path <- writable_h5ad()
  code <- write_in_child(large_ranking(), path)
  before <- tools::md5sum(path)
  files <- list.files(dirname(path), all.files = TRUE)
  # A shell counts in 512 or in 1024 bytes. The trap makes the limit an error.
  size <- ceiling(file.size(path) / 512)
  for (limit in c(size %/% 4, size + 20)) {
    said <- run_r(code, sprintf("trap '' XFSZ; ulimit -f %.0f;", limit))
    expect_match(paste(said, collapse = " "), "wilcoxide_error_file.*full")
    expect_identical(tools::md5sum(path), before)
    expect_identical(list.files(dirname(path), all.files = TRUE), files)
  }
  expect_identical(as.character(run_r(code)), "written")
  expect_identical(get_rank_genes_groups(path)$names, large_ranking()$names)
})

# What others wrote -----------------------------------------------------------

test_that("rankings are told apart from other things", {
  path <- writable_h5ad()
  missing <- function(key, regexp) {
    expect_error(
      get_rank_genes_groups(path, key),
      regexp,
      class = "wilcoxide_error_file"
    )
  }
  missing("rank_genes_groups", "no rankings")
  write_rank_genes_groups(h5ad_ranking(), path, "mine")
  missing("rank_genes_groups", "Rankings there: \"mine\"")
  expect_error(
    get_rank_genes_groups(file.path(dirname(path), "none.h5ad")),
    "`object`",
    class = "wilcoxide_error_file"
  )
  expect_error(
    get_rank_genes_groups(character()),
    class = "wilcoxide_error_input"
  )
})

test_that("columns as anndataR writes them are read", {
  path <- writable_h5ad()
  write_rank_genes_groups(h5ad_ranking(), path, "k")
  file <- hdf5r::H5File$new(path, "r+")
  for (name in c("names", "scores")) {
    part <- paste0("uns/k/", name)
    file$link_delete(part)
    file$create_group(part)
    for (group in names(h5ad_ranking()$names)) {
      values <- h5ad_ranking()[[name]][[group]]
      file[[paste0(part, "/", group)]] <- values
    }
  }
  file$create_group("uns/k/params/more")
  create_null(file, "uns/k/params/layer")
  file$close_all()
  read <- get_rank_genes_groups(path, "k")
  # They are in no order there.
  read[-1L] <- lapply(read[-1L], `[`, names(h5ad_ranking()$names))
  expect_identical(read, h5ad_ranking())
})

test_that("a damaged ranking is an error of the file", {
  path <- writable_h5ad()
  damaged <- function(change, regexp) {
    write_rank_genes_groups(h5ad_ranking(), path)
    file <- hdf5r::H5File$new(path, "r+")
    change(file)
    file$close_all()
    expect_error(
      get_rank_genes_groups(path),
      regexp,
      class = "wilcoxide_error_file"
    )
  }
  part <- function(name) paste0("uns/rank_genes_groups/", name)
  damaged(function(file) file$link_delete(part("pvals")), "pvals")
  damaged(
    function(file) replace_values(file, part("scores"), 1:4),
    "neither a group nor a table"
  )
  damaged(
    function(file) {
      replace_values(file, part("scores"), data.frame(T = 1, b = 2))
    },
    "one shape"
  )
})
