# Labels: the groups of the cells in whatever R keeps them in, and what the
# groups are called.

#' Labels as the vector that they are
#'
#' A run-length encoding is written out, and of a data frame the one column is
#' taken, with the names of its rows.
#'
#' @param arg Name of the argument that they were given as.
#' @return A vector or factor of one dimension, of a type that R's own
#'   functions know.
#' @noRd
plain_labels <- function(x, arg, call) {
  if (inherits(x, "Rle")) {
    check_bioc_package("S4Vectors", "Taking labels of class Rle", call)
    return(plain_labels(S4Vectors::decode(x), arg, call))
  }
  if (is_data_frame(x)) {
    return(plain_labels(only_column(x, arg, call), arg, call))
  }
  check_labels_type(x, arg, call)
  x
}

is_data_frame <- function(x) {
  is.data.frame(x) || inherits(x, c("DFrame", "DataFrame"))
}

only_column <- function(x, arg, call) {
  if (isS4(x)) {
    check_bioc_package("S4Vectors", "Taking labels of a DataFrame", call)
  }
  if (ncol(x) != 1L) {
    columns <- colnames(x)
    abort_input(
      c(
        "{.arg {arg}} must be one vector or factor, one entry per cell.",
        x = "It is a data frame of {length(columns)} column{?s}.",
        i = if (length(columns) > 0L) {
          "Give one of them: {.code {arg}[[\"{columns[[1L]]}\"]]}."
        },
        i = if (length(columns) > 1L) {
          "{.fn paste} makes one of several."
        }
      ),
      call = call
    )
  }
  values <- x[[1L]]
  has_names <- if (isS4(x)) !is.null(rownames(x)) else .row_names_info(x) > 0L
  if (has_names && is.null(dim(values)) && is.null(names(values))) {
    names(values) <- rownames(x)
  }
  values
}

check_labels_type <- function(x, arg, call) {
  is_vector <- typeof(x) %in% c("logical", "integer", "double", "character") &&
    length(dim(x)) < 2L
  if (!is_vector) {
    abort_input(
      c(
        "{.arg {arg}} must be a vector or a factor, one entry per cell.",
        x = "It is {given(x)}.",
        i = if (is.list(x)) {
          "{.code unlist({arg})} makes a vector of a list of single values."
        } else if (is.complex(x) || is.raw(x)) {
          "{.code as.character({arg})} makes text of it."
        }
      ),
      call = call
    )
  }
  if (is.factor(x) && !is_valid_factor(x)) {
    abort_input(
      c(
        "{.arg {arg}} must be a valid factor.",
        x = "It has codes or levels that no factor has.",
        i = "Make it with {.fn factor}."
      ),
      call = call
    )
  }
}

# One put together by hand may not be.
is_valid_factor <- function(x) {
  codes <- as.vector(unclass(x))
  is.integer(codes) && is.character(levels(x)) &&
    anyDuplicated(levels(x)) == 0L &&
    all(codes >= 1L & codes <= nlevels(x), na.rm = TRUE)
}

#' Groups as Scanpy names and orders them
#'
#' Factors keep their levels, empty ones too, but not `NA`: that is not a group.
#' Numbers sort as numbers, strings in natural order. R does not tell whole
#' numbers from others, so they are named without a point unless they belong to
#' an AnnData; logical values likewise go by R's names.
#'
#' @param x What [plain_labels()] returned.
#' @param python Name numbers and logical values as those of Python?
#' @return A factor; `NA` for cells without a group.
#' @noRd
as_groups <- function(x,
                      arg = "groupby",
                      call = rlang::caller_env(),
                      python = FALSE) {
  if (is.factor(x)) {
    return(factor_groups(x, arg, call))
  }
  x <- without_known_class(x)
  if (is.character(x)) {
    return(string_groups(as.character(x), arg, call))
  }
  if (inherits(x, "integer64")) {
    return(whole_groups(int64_text(x, missing = NA)))
  }
  if (is.object(x)) {
    return(object_groups(x, arg, call))
  }
  if (is.logical(x)) {
    names <- if (python) c("False", "True") else c("FALSE", "TRUE")
    return(value_groups(x, function(values) names[values + 1L]))
  }
  check_no_lost_class(x, arg, call)
  check_no_measurement(x, arg, call)
  is_float <- python && is.double(x)
  value_groups(x, function(values) number_text(values, is_float))
}

# Classes that say nothing of what the values are, or what the type says, too.
known_classes <- c(
  "AsIs", "table", "noquote", "array", "labelled", "vector",
  "logical", "integer", "double", "numeric", "character"
)

without_known_class <- function(x) {
  if (isS4(x)) {
    of_type <- Filter(function(class) is(x, class), known_classes)
    if (length(of_type) > 0L) {
      x <- asS4(x, FALSE)
      attr(x, "class") <- NULL
    }
  }
  if (all(class(x) %in% known_classes)) as.vector(unclass(x)) else x
}

factor_groups <- function(x, arg, call) {
  levels(x) <- utf8_text(levels(x), arg, call)
  if (anyNA(levels(x))) {
    x <- factor(x, levels(x)[!is.na(levels(x))])
  }
  x
}

string_groups <- function(x, arg, call) {
  x <- utf8_text(x, arg, call)
  factor(x, levels = natural_sort(unique(x)))
}

#' Text in UTF-8, of whatever encoding it is marked as
#' @noRd
utf8_text <- function(x, arg, call) {
  bad <- Encoding(x) == "bytes"
  # R would write "<ce><b2>" for what this locale has no letters for, and
  # "<e9>" for what is no text in it.
  locale <- Sys.getlocale("LC_CTYPE")
  if (l10n_info()[["UTF-8"]] || locale %in% c("C", "POSIX")) {
    unmarked <- Encoding(x) == "unknown"
    Encoding(x[unmarked]) <- "UTF-8"
  }
  text <- rep(NA_character_, length(x))
  text[!bad] <- enc2utf8(x[!bad])
  bad <- bad | !(validUTF8(text) | is.na(text))
  if (any(bad)) {
    abort_input(
      c(
        "{.arg {arg}} must have labels of valid text.",
        x = "{sum(bad)} {?is/are} not in the encoding that R takes {?it/them}
             for, the first: {.val {encodeString(x[bad][[1L]])}}.",
        i = "{.fn iconv} makes valid text of any encoding."
      ),
      call = call
    )
  }
  text
}

#' Groups of values that have an order of their own
#' @param name Function of distinct values that returns their names.
#' @noRd
value_groups <- function(x, name) {
  # NaN is not a group either.
  values <- sort(unique(x[!is.na(x)]))
  structure(match(x, values), levels = name(values), class = "factor")
}

#' Groups of whole numbers that are written out
#' @noRd
whole_groups <- function(text) {
  levels <- unique(text[!is.na(text)])
  in_order <- order(nchar(levels), levels, method = "radix")
  negative <- startsWith(levels[in_order], "-")
  in_order <- c(rev(in_order[negative]), in_order[!negative])
  factor(text, levels = levels[in_order])
}

#' Groups of an object of a class, as its class writes its values
#'
#' Without methods, as when its package is not loaded, there are only numbers
#' that may mean anything.
#' @noRd
object_groups <- function(x, arg, call) {
  if (!has_method("as.character", x) && !has_method("format", x)) {
    abort_input(
      c(
        "{.arg {arg}} must have labels that R can write as text.",
        x = "It is {given(x)}, and no package that is loaded knows this class.",
        i = "Load the package that it is of and give
             {.code as.character({arg})}."
      ),
      call = call
    )
  }
  if (!has_method("as.character", x)) {
    return(value_groups(as.vector(unclass(x)), number_text))
  }
  rlang::try_fetch(
    {
      text <- utf8_text(as.character(x), arg, call)
      text[is.na(x)] <- NA
      first <- which(!duplicated(text) & !is.na(text))
      levels <- text[first[order(x[first])]]
    },
    error = function(cnd) {
      if (inherits(cnd, "wilcoxide_error")) {
        rlang::cnd_signal(cnd)
      }
      abort_input(
        c(
          "{.arg {arg}} must have labels that R can write as text.",
          x = "It is {given(x)}. R says: {conditionMessage(cnd)}"
        ),
        call = call
      )
    }
  )
  n_values <- length(unique(as.vector(unclass(x))[!is.na(text)]))
  if (n_values > length(levels)) {
    abort_input(
      c(
        "{.arg {arg}} must have labels that differ when they are written.",
        x = "It is {given(x)} with {n_values} different values, of which R
             writes some alike: {length(levels)} text{?s}.",
        i = "Round them, or give text of your own."
      ),
      call = call
    )
  }
  factor(text, levels = levels)
}

has_method <- function(generic, x) {
  has_s3 <- function(class) {
    !is.null(utils::getS3method(generic, class, optional = TRUE))
  }
  any(vapply(class(x), has_s3, NA)) ||
    (isS4(x) && methods::hasMethod(generic, class(x)))
}

# Doubles so small are bits of 64-bit integers whose class got lost, as where
# bit64 is not loaded.
check_no_lost_class <- function(x, arg, call) {
  if (is.double(x) && any(x != 0 & abs(x) < 2^-1022, na.rm = TRUE)) {
    abort_input(
      c(
        "{.arg {arg}} must hold labels.",
        x = "Its numbers are too small to be labels: they look like 64-bit
             integers that have lost their class.",
        i = "Load {.pkg bit64} before reading them, and turn them into text
             with {.fn as.character}."
      ),
      call = call
    )
  }
}

# Groups are not named by thousands of broken numbers.
check_no_measurement <- function(x, arg, call) {
  if (!is.double(x)) {
    return(invisible())
  }
  values <- unique(x[is.finite(x)])
  broken <- sum(values != round(values))
  if (broken > 1000L) {
    abort_input(
      c(
        "{.arg {arg}} must say which group each cell is in.",
        x = "It has {length(values)} different numbers, {broken} of which are
             not whole: they look like a measurement of the cells.",
        i = "{.fn cut} makes ranges of numbers; {.fn as.character} makes them
             labels if that is what they are."
      ),
      call = call
    )
  }
}

#' Sort strings so that the numbers in them count as numbers: "2" before "10"
#'
#' As the Python package natsort does it for anndata.
#' @noRd
natural_sort <- function(x) {
  x <- enc2utf8(x[!is.na(x)])
  x[natural_order(x)]
}

#' Names of groups as the user may write them
#'
#' Numbers and logical values name the groups of these values, however those
#' are written.
#' @param levels The groups there are.
#' @noRd
group_names <- function(x, levels) {
  if (inherits(x, "integer64")) {
    return(int64_text(x))
  }
  if (is.object(x) || is.character(x)) {
    return(enc2utf8(as.character(x)))
  }
  names <- as.character(x)
  in_python <- names
  if (is.logical(x)) {
    in_python <- c("False", "True")[x + 1L]
  } else if (is.numeric(x)) {
    names <- number_text(x)
    in_python <- number_text(x, is_float = TRUE)
  }
  ifelse(!names %in% levels & in_python %in% levels, in_python, names)
}
