# Names above panels that stay legible under any theme.

#' Panels whose names and labels can be read, whatever the theme
#'
#' A whole theme that is added to a plot, such as `theme_bw()`, takes back what
#' `theme()` said before. These panels say it when they are drawn, where the
#' theme does not say anything of its own.
#'
#' @param facet What `ggplot2::facet_grid()` or `facet_wrap()` returned.
#' @param turned Turn the names above the panels?
#' @param flat Do not turn the names beside them?
#' @param bare Draw no boxes behind the names?
#' @param text_x,text_y Sizes of the labels of the axes, see [text_scale()].
#' @noRd
legible <- function(facet,
                    turned = FALSE,
                    flat = FALSE,
                    bare = FALSE,
                    text_x = 1,
                    text_y = 1) {
  own <- function(theme) {
    with_own(theme, turned, flat, bare, text_x, text_y)
  }
  ggplot2::ggproto(
    NULL,
    facet,
    draw_panels = function(self, panels, layout, x_scales, y_scales, ranges,
                           coord, data, theme, params) {
      ggplot2::ggproto_parent(facet, self)$draw_panels(
        panels, layout, x_scales, y_scales, ranges, coord, data, own(theme),
        params
      )
    }
  )
}

with_own <- function(theme, turned, flat, bare, text_x, text_y) {
  text <- ggplot2::element_text
  own <- list(strip.clip = "off")
  angle <- ggplot2::calc_element("strip.text.x", theme)$angle
  if (turned && isTRUE(angle == 0)) {
    own$strip.text.x <- text(angle = 90, hjust = 0)
  }
  if (flat) {
    own$strip.text.y.left <- text(angle = 0, hjust = 1)
  }
  if (bare) {
    own$strip.background.x <- ggplot2::element_blank()
  }
  if (text_x != 1 && is.null(theme$axis.text.x$size)) {
    own$axis.text.x <- text(size = ggplot2::rel(text_x))
  }
  if (text_y != 1 && is.null(theme$axis.text.y$size)) {
    own$axis.text.y <- text(size = ggplot2::rel(text_y))
  }
  theme + rlang::inject(ggplot2::theme(!!!own))
}

#' Are names too wide for the panels below them?
#' @param room Widths of the panels, in inches.
#' @noRd
are_too_wide <- function(names, room) {
  widths <- vapply(wrap_names(names), label_width, 0)
  any(widths > room)
}
