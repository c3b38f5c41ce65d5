# Looks at and reads a file; tells the error by class and message. Whatever
# went wrong, the file is as it was, and not open.
refuses_h5ad <- function(path, has, ..., column = "group", class = "file") {
  skip_without_hdf5r()
  bytes <- function() if (!dir.exists(path)) tools::md5sum(path)
  before <- bytes()
  error <- expect_error(
    {
      view <- view_h5ad(path, ...)
      annotation_column(view$obs, column, "groupby")
      view$matrix()
    },
    class = paste0("wilcoxide_error_", class)
  )
  expect_s3_class(error, "wilcoxide_error")
  message <- gsub("\\s+", " ", cli::ansi_strip(conditionMessage(error)))
  for (fragment in has) {
    expect_match(message, fragment, fixed = TRUE)
  }
  expect_identical(bytes(), before)
  if (can_be_opened(path)) {
    expect_not_open(path)
  }
  invisible(error)
}

can_be_opened <- function(path) {
  if (!file.exists(path)) {
    return(FALSE)
  }
  tryCatch(
    {
      hdf5r::H5File$new(path, "r")$close()
      TRUE
    },
    error = function(cnd) FALSE
  )
}

test_that("what cannot be a path is refused", {
  refused <- function(..., has) {
    error <- expect_error(
      rank_genes_groups(...),
      class = "wilcoxide_error_input"
    )
    for (fragment in has) {
      expect_match(conditionMessage(error), fragment, fixed = TRUE)
    }
  }
  path <- h5ad_fixture("storage")
  refused(c(path, path), "group", has = c("`x`", "one string", "length 2"))
  refused(NA_character_, "group", has = c("`x`", "one string"))
  refused(path, 1:11, has = c("`groupby`", "11 entries for 12 cells"))
  refused(path, has = c("`groupby` must say", "missing", "\"group\""))
  refused(path, NULL, has = c("`groupby` must say", "NULL"))
  refused(path, "group", layer = 2, has = c("`layer`", "one string"))
  refused(path, "group", use_raw = NA, has = c("`use_raw`", "TRUE"))
  refused(path, "group", use_raw = "no", has = c("`use_raw`", "\"no\""))
})

test_that("errors name the function that was called", {
  skip_without_hdf5r()
  error <- expect_error(
    rank_genes_groups(h5ad_fixture("storage"), "no such"),
    class = "wilcoxide_error_file"
  )
  expect_match(as.character(error$call[[1L]]), "^rank_genes_groups")
})

test_that("what is no .h5ad file is refused", {
  refuses_h5ad(file.path(tempdir(), "none.h5ad"), c("no file", "none.h5ad"))
  folder <- withr::local_tempdir()
  refuses_h5ad(folder, c("directory", "Zarr"))
  text <- withr::local_tempfile(lines = "a {text} file", fileext = ".h5ad")
  refuses_h5ad(text, "not an HDF5 file")
  empty <- withr::local_tempfile(fileext = ".h5ad")
  file.create(empty)
  refuses_h5ad(empty, "not an HDF5 file")
  whole <- readBin(h5ad_fixture("storage"), "raw", 1e6)
  truncated <- withr::local_tempfile(fileext = ".h5ad")
  writeBin(whole[seq_len(length(whole) %/% 2L)], truncated)
  refuses_h5ad(truncated, c("truncated", "Copy or download it again"))
  shorter <- withr::local_tempfile(fileext = ".h5ad")
  writeBin(whole[-length(whole)], shorter)
  refuses_h5ad(shorter, "truncated")
  other <- edited_h5ad("storage", function(file) {
    file$link_delete("obs")
    file$link_delete("var")
  })
  refuses_h5ad(other, c("but not an '.h5ad' file", "no obs and var"))
})

test_that("braces and percent signs in a path are only characters", {
  skip_without_hdf5r()
  path <- file.path(withr::local_tempdir(), "{x} 100%s%n.h5ad")
  refuses_h5ad(path, "{x} 100%s%n.h5ad")
  file.copy(h5ad_fixture("storage"), path)
  expect_identical(dense_of(view_h5ad(path)$matrix()), h5ad_values())
  refuses_h5ad(path, "{nothing} %d", column = "{nothing} %d")
  refuses_h5ad(path, "{nothing} %n", layer = "{nothing} %n")
  refuses_h5ad(path, "{z}", layer = "{z}")
  writeLines("text", path)
  refuses_h5ad(path, "{x} 100%s%n.h5ad")
})

test_that("a file that may not be read is refused", {
  skip_on_os("windows")
  path <- edited_h5ad("storage", function(file) NULL)
  Sys.chmod(path, "0000")
  skip_if(file.access(path, 4L) == 0L, "permissions do not bind this user")
  error <- expect_error(view_h5ad(path), class = "wilcoxide_error_file")
  expect_match(conditionMessage(error), "Permission")
})

test_that("a file without X is refused, unless something else is ranked", {
  without <- function(file) file$link_delete("X")
  refuses_h5ad(edited_h5ad("storage", without), c("nothing to rank", "no X"))
  null <- function(file) {
    file$link_delete("X")
    create_null(file, "X")
  }
  refuses_h5ad(edited_h5ad("storage", null), c("nothing to rank", "no X"))
  view <- view_h5ad(edited_h5ad("raw", without))
  expect_identical(dense_of(view$matrix()), h5ad_values())
  refuses_h5ad(
    edited_h5ad("raw", function(file) file$link_delete("raw/X")),
    c("nothing to rank", "no raw/X")
  )
})

test_that("columns and layers that are not there are refused", {
  refuses_h5ad(
    h5ad_fixture("storage"),
    c("no column \"leiden\"", "\"group\", \"ordered\""),
    column = "leiden"
  )
  refuses_h5ad(
    h5ad_fixture("storage"),
    c("no layer \"counts\"", "\"csr_int64\""),
    layer = "counts"
  )
  refuses_h5ad(
    h5ad_fixture("anndata-0.7"),
    c("no layer \"counts\"", "no layers"),
    use_raw = FALSE,
    layer = "counts"
  )
})

test_that("use_raw and layer follow Scanpy's rules", {
  refuses_h5ad(
    h5ad_fixture("storage"),
    c("`use_raw = TRUE` needs raw", "has none"),
    use_raw = TRUE,
    class = "input"
  )
  for (use_raw in list(NULL, TRUE)) {
    refuses_h5ad(
      h5ad_fixture("raw"),
      c("`layer` and `use_raw = TRUE` exclude", "`use_raw = FALSE`"),
      use_raw = use_raw,
      layer = "scaled",
      class = "input"
    )
  }
})

test_that("damaged matrices are refused", {
  damaged <- function(part, change, has, name = "storage") {
    path <- edited_h5ad(name, function(file) {
      replace_values(file, part, change(file[[part]]$read()))
    })
    refuses_h5ad(path, has, use_raw = FALSE)
  }
  pointers <- c("X in", "is damaged", "pointers")
  damaged("X/indptr", function(p) p[-3L], pointers)
  damaged("X/indptr", function(p) replace(p, 4L, 20L), pointers)
  damaged("X/indptr", function(p) replace(p, 1L, 1L), pointers)
  damaged("X/indptr", function(p) replace(p, 13L, 1000L), pointers)
  damaged("X/indptr", function(p) replace(as.double(p), 2L, NaN), pointers)
  outside <- c("X in", "is damaged", "outside its shape")
  damaged("X/indices", function(i) replace(i, 4L, 6L), outside)
  damaged("X/indices", function(i) replace(i, 1L, -1L), outside)
  damaged("X/indices", function(i) replace(i, 1L, 2^40), outside)
  damaged("X/data", function(x) x[-1L], "fewer values than indices")
  damaged("X/data", function(x) as.character(x), "Can't read")
  one <- "it has 1 dimension, and 2 are needed"
  damaged("X", function(x) as.double(x), one, name = "raw")
})

test_that("matrices in other encodings are refused by name", {
  path <- edited_h5ad("storage", function(file) {
    x <- file[["X"]]
    x$attr_delete("encoding-type")
    x$create_attr("encoding-type", "coo_matrix")
  })
  refuses_h5ad(path, "encoding \"coo_matrix\"")
  path <- edited_h5ad("storage", function(file) {
    file[["X"]]$attr_delete("shape")
  })
  refuses_h5ad(path, "it has 0 dimensions, and 2 are needed")
})

test_that("more values than R's sparse matrices can hold are refused", {
  path <- edited_h5ad("storage", function(file) {
    replace_values(file, "X/indptr", c(rep(0, 12L), 2^31))
    for (part in c("X/data", "X/indices")) {
      file$link_delete(part)
      file$create_dataset(
        part,
        dtype = hdf5r::h5types$H5T_NATIVE_INT,
        space = hdf5r::H5S$new(dims = 2^31, maxdims = 2^31),
        chunk_dims = 2^20
      )
    }
  })
  refuses_h5ad(path, c("too large", "2^31 - 1 values"))
})

test_that("damaged annotations are refused", {
  damaged <- function(part, values, has, column = "group") {
    path <- edited_h5ad("storage", function(file) {
      replace_values(file, part, values)
    })
    refuses_h5ad(path, has, column = column)
  }
  codes <- "obs/group/codes"
  damaged(codes, rep(3L, 12L), c("obs/group", "codes without a category"))
  damaged(codes, rep(-2L, 12L), c("obs/group", "codes without a category"))
  damaged(codes, 0:2, c("obs/group", "3 entries instead of 12"))
  damaged("obs/integer", 0:2, "3 entries instead of 12", column = "integer")
  damaged("obs/group/categories", c("a", "a", "b"), "not distinct")
  damaged("var/_index", c("a", "b"), c("6 genes, 2 have names"))
  damaged("uns/log1p/base", -1, c("uns/log1p/base", "positive number"))
  damaged("uns/log1p/base", "e", c("uns/log1p/base", "positive number"))

  gone <- function(part, has, column = "group") {
    path <- edited_h5ad("storage", function(file) file$link_delete(part))
    refuses_h5ad(path, has, column = column)
  }
  gone("obs/string", "\"string\" is missing", column = "string")
  gone("obs/group/categories", "obs/group/categories")
  gone("var/_index", "var/_index")

  path <- edited_h5ad("storage", function(file) {
    group <- file[["obs/group"]]
    group$attr_delete("encoding-type")
    group$create_attr("encoding-type", "interval-array")
  })
  refuses_h5ad(path, "encoding \"interval-array\"")
  path <- edited_h5ad("anndata-0.7", function(file) {
    file$link_delete("obs/__categories/cluster")
  })
  refuses_h5ad(path, "obs/__categories/cluster", column = "cluster")
  path <- edited_h5ad("anndata-0.7", function(file) {
    file[["raw/var"]]$attr_delete("_index")
    file[["raw/var"]]$link_delete("_index")
  })
  refuses_h5ad(path, c("raw/var", "which column is its index"))
})

test_that("attributes that are not the text they should be are damage", {
  damaged <- function(part, name, value, has) {
    path <- edited_h5ad("storage", function(file) {
      object <- file[[part]]
      object$attr_delete(name)
      object$create_attr(name, value)
    })
    refuses_h5ad(path, c(paste(part, "in"), name, has))
  }
  damaged("X", "encoding-type", c("csr_matrix", "array"), "not one string")
  damaged("obs/group", "encoding-type", 1:2, "not one string")
  damaged("obs", "column-order", c(1e10, 2), "not strings")
  damaged("var", "_index", 6, "not one string")
})

test_that("text in another encoding than UTF-8 is refused", {
  path <- edited_h5ad("storage", function(file) {
    latin1 <- c("\xe9", "b", "c")
    replace_values(file, "obs/group/categories", latin1)
  })
  refuses_h5ad(path, "not in UTF-8")
})

test_that("bytes that do not decompress are refused", {
  skip_without_hdf5r()
  shipped <- system.file(
    "extdata", "pbmc68k_reduced.h5ad",
    package = "wilcoxide"
  )
  bytes <- readBin(shipped, "raw", 1e6)
  bytes[seq(2e5, 3e5)] <- as.raw(0L)
  path <- withr::local_tempfile(fileext = ".h5ad")
  writeBin(bytes, path)
  refuses_h5ad(path, c("raw/X", "is damaged"), column = "bulk_labels")
})

test_that("hdf5r is asked for where it is missing", {
  error <- expect_error(
    check_package("wilcoxide.none", "Reading an .h5ad file"),
    class = "wilcoxide_error_package"
  )
  expect_match(conditionMessage(error), "install.packages(\"wilcoxide.none\")",
    fixed = TRUE
  )
})

test_that("a fault in ranking a file is not told as one of the file", {
  skip_without_hdf5r()
  local_stubs(gene_statistics = function(...) stop("a bug in the ranking"))
  error <- expect_error(
    rank_genes_groups(shipped_file(), "bulk_labels", threads = 1L),
    class = "wilcoxide_error_internal"
  )
  expect_match(conditionMessage(error), "a bug in the ranking")
  expect_match(conditionMessage(error$parent), "a bug in the ranking")
  expect_no_match(conditionMessage(error), "Can't read", fixed = TRUE)
})

test_that("only what hdf5r raised is told as an error of the file", {
  skip_without_hdf5r()
  read <- function(read) {
    with_h5ad(
      h5ad_fixture("storage"),
      function(h5ad) {
        open_by_hdf5r(h5ad, "X", "of a test", tell = FALSE)
        read(h5ad)
      },
      call = NULL
    )
  }
  expect_error(
    read(function(h5ad) h5ad$hdf5r$file$open("nothing there")),
    "Can.t read.*says: An object with name",
    class = "wilcoxide_error_file"
  )
  expect_error(
    read(function(h5ad) h5_values(h5ad, "nothing there")),
    class = "wilcoxide_error_file"
  )
  expect_error(
    read(function(h5ad) hdf5r_numbers(h5ad, "X/data", "double", 1e6)),
    class = "wilcoxide_error_file"
  )
  expect_error(
    read(function(h5ad) list()[[1L]]),
    class = "wilcoxide_error_internal"
  )
  expect_error(
    read(function(h5ad) abort_input("Not this.")),
    class = "wilcoxide_error_input"
  )
  # What is caught is of no concern.
  expect_identical(
    read(function(h5ad) tryCatch(stop("caught"), error = function(cnd) 1)),
    1
  )
  expect_not_open(h5ad_fixture("storage"))
})

test_that("a group in the place of a dataset is damage", {
  for (part in c("X/data", "X/indptr", "X/indices", "obs/group/codes")) {
    path <- edited_h5ad("storage", function(file) {
      file$link_delete(part)
      file$create_group(part)$close()
    })
    refuses_h5ad(path, c(part, "It is not a dataset."))
  }
})

test_that("a mask that is not one of booleans is damage", {
  for (mask in list("a", c(TRUE, FALSE), 1:12)) {
    path <- edited_h5ad("storage", function(file) {
      file$link_delete("obs/nullable_integer/mask")
      file[["obs/nullable_integer/mask"]] <- mask
    })
    refuses_h5ad(
      path,
      c("obs/nullable_integer/mask", "not a mask of 12 booleans"),
      column = "nullable_integer"
    )
  }
})
