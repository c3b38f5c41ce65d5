# What Scanpy 1.11.5 with anndata 0.12.19, pandas 2.3.3 and NumPy 2.4.6 calls
# groups, found by ranking files with these datasets. "@" marks what these do
# not read; the names are then those of the same values in a type that they do.

h5_type <- function(name) hdf5r::h5types[[paste0("H5T_", name)]]

# "unknown" is what hdf5r calls ASCII.
h5_string <- function(size, pad = "NULLTERM", set = "UTF-8") {
  type <- hdf5r::H5T_STRING$new(size = size)$set_cset(set)
  type$set_strpad(hdf5r::h5const[[paste0("H5T_STR_", pad)]])
  type
}

h5_int64 <- function(...) {
  skip_if_not_installed("bit64")
  bit64::as.integer64(c(...))
}

label_cases <- function() {
  whole <- list(c(10, 2, 7), c("10", "2", "7"))
  float <- list(c(0.1, 1, 1e5), c("0.1", "1.0", "100000.0"))
  text <- list(c("a", "bb", "c d"), c("a", "bb", "c d"))
  letters <- list(c("\u03b2", "bb", "c d"), c("\u03b2", "bb", "c d"))
  case <- function(type, values, ...) list(type = type, values = values, ...)
  list(
    int8 = case(h5_type("STD_I8LE"), whole),
    int16 = case(h5_type("STD_I16LE"), whole),
    int32 = case(h5_type("STD_I32LE"), whole),
    int64 = case(h5_type("STD_I64LE"), whole),
    uint8 = case(h5_type("STD_U8LE"), whole),
    uint16 = case(h5_type("STD_U16LE"), whole),
    uint32 = case(h5_type("STD_U32LE"), list(
      c(4294967295, 2, 7), c("4294967295", "2", "7")
    )),
    uint64 = case(h5_type("STD_U64LE"), whole),
    "int16 @ big-endian" = case(h5_type("STD_I16BE"), whole),
    "int64 @ big-endian" = case(h5_type("STD_I64BE"), whole),
    "int64 past 2^53" = case(h5_type("STD_I64LE"), list(
      h5_int64("9007199254740993", "9007199254740992", "-9223372036854775807"),
      c("9007199254740993", "9007199254740992", "-9223372036854775807")
    )),
    "uint64 past 2^53" = case(h5_type("STD_U64LE"), list(
      h5_int64("9007199254740993", "9223372036854775807", "1"),
      c("9007199254740993", "9223372036854775807", "1")
    )),
    float32 = case(h5_type("IEEE_F32LE"), float),
    float64 = case(h5_type("IEEE_F64LE"), float),
    "float32 @ big-endian" = case(h5_type("IEEE_F32BE"), float),
    "float64 @ big-endian" = case(h5_type("IEEE_F64BE"), float),
    "float32, many digits" = case(h5_type("IEEE_F32LE"), list(
      c(16777217, 1 / 3, 123456.789),
      c("1.6777216e+07", "0.33333334", "123456.79")
    )),
    "float64, many digits" = case(h5_type("IEEE_F64LE"), list(
      c(0.1 + 0.2, 1e16, 1e-5),
      c("0.30000000000000004", "1e+16", "1e-05")
    )),
    "float64, no digits" = case(h5_type("IEEE_F64LE"), list(
      c(Inf, -Inf, -0), c("inf", "-inf", "-0.0")
    )),
    boolean = case(h5_flag(), list(c(TRUE, FALSE), c("True", "False"))),
    "text of any length" = case(h5_text(), letters),
    "text of any length, ASCII" = case(
      hdf5r::H5T_STRING$new(size = Inf), text
    ),
    "text, null-terminated" = case(h5_string(6), letters),
    "text, null-padded" = case(h5_string(6, "NULLPAD"), letters),
    "text, space-padded" = case(h5_string(6, "SPACEPAD"), letters),
    "ASCII, space-padded" = case(h5_string(6, "SPACEPAD", "unknown"), text),
    "text that fills its room" = case(h5_string(3, "NULLPAD"), list(
      c("abc", "xyz", "c d"), c("abc", "xyz", "c d")
    )),
    "text with spaces" = case(h5_string(6, "NULLPAD"), list(
      c("a ", " b", "c"), c("a ", " b", "c")
    )),
    "bytes" = case(
      h5_string(6, "NULLPAD", "unknown"),
      list(text[[1L]], c("b'a'", "b'bb'", "b'c d'")),
      encoding = "array"
    )
  )
}

# The columns of a file that has, for each case, its values as a column of
# `obs` and as the categories of another.
label_columns <- function(cases, frame = parent.frame()) {
  path <- edited_h5ad("storage", frame = frame, edit = function(file) {
    obs <- file[["obs"]]
    obs$attr_delete("column-order")
    columns <- c("group", names(cases), paste("categorical", names(cases)))
    set_h5_strings(obs, "column-order", columns)
    for (name in names(cases)) {
      case <- cases[[name]]
      values <- case$values[[1L]]
      column <- obs$create_group(paste("categorical", name))
      encode_h5ad(column, "categorical", "0.2.0")
      column[["codes"]] <- rep_len(seq_along(values) - 1L, 12L)
      datasets <- list(
        obs$create_dataset(name, rep_len(values, 12L), dtype = case$type),
        column$create_dataset("categories", values, dtype = case$type)
      )
      if (!is.null(case$encoding)) {
        lapply(datasets, set_h5_attr, "encoding-type", case$encoding)
      }
    }
  })
  obs <- view_h5ad(path)$obs
  function(name) annotation_groups(obs, name, "groupby", NULL)
}

test_that("categories of every type are named as Scanpy names them", {
  skip_without_hdf5r()
  cases <- label_cases()
  column <- label_columns(cases)
  for (name in names(cases)) {
    groups <- column(paste("categorical", name))
    names <- cases[[name]]$values[[2L]]
    expect_identical(levels(groups), names, info = name)
    expect_identical(
      as.integer(groups),
      rep_len(seq_along(names), 12L),
      info = name
    )
  }
})

test_that("columns of every type are named as pandas makes categories", {
  skip_without_hdf5r()
  cases <- label_cases()
  column <- label_columns(cases)
  for (name in names(cases)) {
    groups <- column(name)
    values <- cases[[name]]$values[[1L]]
    names <- cases[[name]]$values[[2L]]
    expect_identical(as.character(groups), rep_len(names, 12L), info = name)
    in_order <- if (is.character(values)) {
      natural_sort(names)
    } else {
      names[match(sort(values), values)]
    }
    expect_identical(levels(groups), in_order, info = name)
  }
})

test_that("labels without a sure name are refused", {
  skip_without_hdf5r()
  invalid <- c("\xe9", "b")
  Encoding(invalid) <- "UTF-8"
  case <- function(has, type, values, ...) {
    list(has = has, type = type, values = list(values), ...)
  }
  cases <- list(
    long = case("128 bits", h5_type("NATIVE_LDOUBLE"), c(0.5, 1)),
    invalid = case("not in UTF-8", h5_string(4), invalid),
    bytes = case(
      "bytes, not text",
      h5_string(4),
      c("\u03b2", "b"),
      encoding = "array"
    ),
    # pandas has no category for it.
    none = case("missing value", h5_type("IEEE_F64LE"), c(NaN, 1))
  )
  if (.Machine$sizeof.longdouble < 16L) {
    cases$long <- NULL
  }
  column <- label_columns(cases)
  for (name in names(cases)) {
    for (kind in c("", "categorical ")) {
      if (name == "none" && kind == "") {
        next
      }
      error <- expect_error(
        column(paste0(kind, name)),
        class = "wilcoxide_error_file"
      )
      message <- gsub("\\s+", " ", cli::ansi_strip(conditionMessage(error)))
      expect_match(message, cases[[name]]$has, fixed = TRUE)
      expect_match(message, paste0("obs/", kind, name), fixed = TRUE)
    }
  }
})

test_that("what is missing is in no group, and gives none its name", {
  skip_without_hdf5r()
  obs <- view_h5ad("storage")$obs
  groups <- function(name) annotation_groups(obs, name, "groupby", NULL)
  number <- groups("float")
  expect_identical(number[1:5], factor(c("0.0", "0.25", "0.5", NA, "1.0"),
                                       levels(number)))
  expect_length(levels(number), 11L)
  expect_identical(levels(groups("bool")), c("False", "True"))
  expect_identical(levels(groups("nullable_bool")), c("False", "True"))
  expect_identical(is.na(groups("nullable_bool")), 0:11 == 3)
  expect_identical(levels(groups("nullable_integer")),
                   as.character(setdiff(0:11, 3)))
  expect_identical(levels(groups("nullable_string")),
                   natural_sort(h5ad_labels))
  expect_identical(is.na(groups("nullable_string")), 0:11 == 3)
  expect_identical(levels(groups("large_integer")),
                   sprintf("%.0f", 0:11 + 2^40))
  # Masks of genes are the values.
  expect_type(obs$get("bool"), "logical")
})
