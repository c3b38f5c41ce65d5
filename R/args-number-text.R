# Numbers as Python writes them, which is what Scanpy names groups by.

#' @param is_float Is 1 to be written as a float, "1.0"? Numbers that are not
#'   whole are floats in any case.
#' @param single Are the values those of single precision?
#' @noRd
number_text <- function(x, is_float = FALSE, single = FALSE) {
  text <- vapply(as.double(x), float_text, "", single = single)
  if (!is_float) {
    text <- sub("^-0$", "0", sub("\\.0$", "", text))
  }
  text[is.na(x) & !is.nan(x)] <- NA
  text
}

#' The shortest digits that give the number again
#'
#' With an exponent as Python writes doubles, from 1e16 on and below 1e-4, and
#' as NumPy 2.4 writes single precision, from 1e6 on.
#' @noRd
float_text <- function(x, single = FALSE) {
  if (!is.finite(x)) {
    return(tolower(as.character(x)))
  }
  stored <- if (single) as_single else identity
  for (digits in 1:17) {
    text <- sprintf("%.*e", digits - 1L, x)
    if (stored(as.double(text)) == x) break
  }
  exponent <- as.integer(sub(".*e", "", text))
  is_small <- x != 0 && abs(x) < 1e-4
  if (is_small || exponent >= if (single) 6L else 16L) {
    return(text)
  }
  sprintf("%.*f", max(digits - 1L - exponent, 1L), x)
}

as_single <- function(x) {
  readBin(writeBin(x, raw(), size = 4L), "double", length(x), size = 4L)
}

#' 64-bit integers, whose bits are in doubles, as text
#'
#' Of package bit64's class or as the reader of files gives them, without that
#' package.
#' @param missing The text of the lowest of them, which bit64 takes for `NA`.
#' @noRd
int64_text <- function(x, missing = NA_character_) {
  n <- length(x)
  limbs <- readBin(
    writeBin(as.double(unclass(x)), raw(), endian = "little"),
    "integer",
    4L * n,
    size = 2L,
    signed = FALSE,
    endian = "little"
  )
  limbs <- matrix(as.double(limbs), 4L)
  negative <- limbs[4L, ] >= 2^15
  limbs[, negative] <- negated(limbs[, negative, drop = FALSE])
  parts <- character(n)
  for (part in 1:5) {
    divided <- divide_limbs(limbs, 1e4)
    limbs <- divided$quotient
    parts <- paste0(sprintf("%04.0f", divided$remainder), parts)
  }
  digits <- sub("^0+(?=.)", "", parts, perl = TRUE)
  text <- paste0(ifelse(negative, "-", ""), digits)
  text[text == "-9223372036854775808"] <- missing
  text
}

# Two's complement, limb by limb, the lowest first.
negated <- function(limbs) {
  limbs <- 65535 - limbs
  carry <- 1
  for (i in 1:4) {
    limbs[i, ] <- limbs[i, ] + carry
    carry <- limbs[i, ] %/% 65536
    limbs[i, ] <- limbs[i, ] %% 65536
  }
  limbs
}

divide_limbs <- function(limbs, by) {
  remainder <- 0
  for (i in 4:1) {
    value <- remainder * 65536 + limbs[i, ]
    limbs[i, ] <- value %/% by
    remainder <- value %% by
  }
  list(quotient = limbs, remainder = remainder)
}
