# What the plots have in common. None sets a theme as a whole, so that the
# user's own holds; what must be turned or shortened is so by means that survive
# a change of the theme.

check_ggplot2 <- function(call) {
  check_package("ggplot2", "Drawing a plot", call = call)
}

#' Note how large a plot likes to be
#'
#' @param width,height In inches, for text of 11 points.
#' @noRd
with_size <- function(plot, width, height) {
  size <- c(width = width, height = height)
  attr(plot, "size") <- pmin(size, largest_side)
  plot
}

# In inches: `ggplot2::ggsave()` refuses 50.
largest_side <- 49

#' Rows and columns of panels that make a figure of the usual shape
#'
#' @param n Number of panels.
#' @param width,height Of a panel as large as it should be, in inches.
#' @param border Width and height of what is not panels.
#' @return Numbers of rows and columns.
#' @noRd
panel_dims <- function(n, width, height, border) {
  columns <- seq_len(n)
  rows <- ceiling(n / columns)
  width <- border[[1L]] + width * columns
  height <- border[[2L]] + height * rows
  # What cannot be saved comes after all that can.
  beyond <- pmax(width / largest_side, height / largest_side, 1)
  best <- order(beyond, abs(log(width / height / (7 / 5))))[[1L]]
  c(rows[[best]], columns[[best]])
}

#' Say that a plot cannot be read on the figure at hand
#'
#' @param is_crowded Whether that is so on 7 x 5 inches.
#' @param hint What else the user can do, for cli.
#' @noRd
tell_crowded <- function(plot, is_crowded, hint) {
  if (is_crowded && any(figure_size() < attr(plot, "size"))) {
    size <- ceiling(attr(plot, "size"))
    is_cut <- any(size == largest_side)
    cli::cli_inform(
      c(
        i = paste0(
          "This plot can be read at {size[[1L]]} x {size[[2L]]} inches: ",
          "{.code fig.width = {size[[1L]]}, fig.height = {size[[2L]]}} for ",
          "knitr, {.arg width} and {.arg height} for {.fn ggplot2::ggsave}",
          if (is_cut) ", but for labels that would overlap",
          "."
        ),
        i = hint
      ),
      class = c("wilcoxide_message_size", "wilcoxide_message")
    )
  }
  plot
}

# In inches, what is there to draw on: as knitr's chunk says, or the usual.
figure_size <- function() {
  size <- if (isTRUE(getOption("knitr.in.progress"))) {
    unlist(knitr::opts_current$get(c("fig.width", "fig.height")))
  }
  if (length(size) == 2L) size else c(7, 5)
}

# What labels need, in inches.
label_width <- function(text) {
  lines <- unlist(strsplit(text, "\n", fixed = TRUE))
  0.08 * max(cli::ansi_nchar(lines, "width"), 0L)
}

#' Break long names at spaces or behind other marks
#'
#' Into as few lines as may be, as even as they can be; lines without such marks
#' are shortened.
#' @noRd
wrap_names <- function(names, width = 20L) {
  vapply(names, wrap_name, "", width = width, USE.NAMES = FALSE)
}

wrap_name <- function(name, width) {
  parts <- regmatches(name, gregexpr("[^ _/|,;:]*[ _/|,;:]*", name))[[1L]]
  widest <- fill_lines(parts, width)
  for (narrower in seq_len(width)) {
    lines <- fill_lines(parts, narrower)
    if (length(lines) == length(widest)) {
      break
    }
  }
  paste(shorten(lines), collapse = "\n")
}

fill_lines <- function(parts, width) {
  lines <- ""
  for (part in parts) {
    last <- length(lines)
    longer <- paste0(lines[[last]], part)
    fits <- cli::ansi_nchar(trimws(longer), "width") <= width
    if (fits || lines[[last]] == "") {
      lines[[last]] <- longer
    } else {
      lines <- c(lines, part)
    }
  }
  trimws(lines)
}

#' Cut the middle out of long names, which often differ at their ends
#' @noRd
shorten <- function(names, width = 40L) {
  n <- nchar(names)
  half <- (width - 1) %/% 2
  ifelse(
    n > width,
    paste0(substr(names, 1, half), "\u2026", substring(names, n - half + 1)),
    names
  )
}

# Okabe and Ito's, which the colour-blind tell apart.
vermillion <- "#D55E00"
blue <- "#0072B2"
grey <- "#999999"

# From pale for the low to dark for the high, on paper and in shades of grey;
# ColorBrewer's Reds, which Scanpy's dots have, too.
ramp <- c("#FFF5F0", "#FCBBA1", "#FB6A4A", "#CB181D", "#67000D")

#' The size of the labels of an axis, relative to those of the theme
#'
#' So that they do not overlap on a figure of 7 x 5 inches, which is what knitr
#' draws by default, as far as text can be read then.
#'
#' @param n Number of labels side by side.
#' @param room What they have together, in inches.
#' @noRd
text_scale <- function(n, room) {
  max(0.5, min(1, room / n / text_height(1)))
}

# In inches, of labels of axes of this relative size.
text_height <- function(scale) {
  scale * 8.8 / 72 / 0.9
}

versus <- function(reference) {
  if (identical(reference, "rest")) {
    "versus the rest"
  } else {
    paste("versus", reference)
  }
}

#' Bring each row or column into the range from 0 to 1
#'
#' As Scanpy does it: less the smallest, over the largest; 0 where all are the
#' same.
#' @param margin 1 for rows, 2 for columns.
#' @noRd
scale_to_unit <- function(values, margin) {
  values <- sweep(values, margin, apply(values, margin, min))
  values <- sweep(values, margin, apply(values, margin, max), `/`)
  values[is.nan(values)] <- 0
  values
}

check_scaling <- function(standard_scale, choices, call) {
  if (!is.null(standard_scale)) {
    check_choice(standard_scale, choices, "standard_scale", call)
  }
}
