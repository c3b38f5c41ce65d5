# Names above panels that stay legible under any theme.

#' Panels whose names and labels can be read, whatever the theme
#'
#' A whole theme that is added to a plot, such as `theme_bw()`, takes back what
#' `theme()` said before. These panels say it when they are drawn, where the
#' theme does not say anything of its own.
#'
#' @param facet What `ggplot2::facet_grid()` or `facet_wrap()` returned.
#' @param turned Turn the names above the panels?
#' @param beside Names to write beside the panels, not turned, top down: see
#'   [write_beside()].
#' @param bare Draw no boxes behind the names?
#' @param spacing_x,spacing_y Room between panels, in points, `NULL` for that of
#'   the theme.
#' @param text_x,text_y,strip_x,strip_y Sizes of the labels of the axes and of
#'   the names, see [text_scale()].
#' @param tree,side See [add_tree()].
#' @noRd
legible <- function(facet,
                    turned = FALSE,
                    beside = NULL,
                    bare = FALSE,
                    spacing_x = NULL,
                    spacing_y = NULL,
                    text_x = 1,
                    text_y = 1,
                    strip_x = 1,
                    strip_y = 1,
                    tree = NULL,
                    side = "right") {
  own <- function(theme) {
    theme <- with_own(theme, turned, bare, text_x, text_y)
    theme <- with_spacing(theme, spacing_x, spacing_y)
    with_strips(theme, strip_x, strip_y)
  }
  ggplot2::ggproto(
    NULL,
    facet,
    draw_panels = function(self, panels, layout, x_scales, y_scales, ranges,
                           coord, data, theme, params) {
      theme <- own(theme)
      table <- ggplot2::ggproto_parent(facet, self)$draw_panels(
        panels, layout, x_scales, y_scales, ranges, coord, data, theme, params
      )
      if (inherits(coord, "CoordFlip")) {
        return(table)
      }
      table <- write_beside(table, beside, theme)
      range <- ranges[[1L]][[if (side == "right") "y.range" else "x.range"]]
      add_tree(table, tree, side, range)
    }
  )
}

with_own <- function(theme, turned, bare, text_x, text_y) {
  text <- ggplot2::element_text
  own <- list(strip.clip = "off")
  angle <- ggplot2::calc_element("strip.text.x", theme)$angle
  if (turned && isTRUE(angle == 0)) {
    own$strip.text.x <- text(angle = 90, hjust = 0)
  }
  own$strip.text.y.left <- text(angle = 0, hjust = 1)
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

with_spacing <- function(theme, x, y) {
  points <- list(panel.spacing.x = x, panel.spacing.y = y)
  is_free <- vapply(names(points), function(at) is.null(theme[[at]]), NA)
  is_ours <- !vapply(points, is.null, NA)
  spacing <- lapply(points[is_free & is_ours], ggplot2::unit, units = "pt")
  theme + rlang::inject(ggplot2::theme(!!!spacing))
}

with_strips <- function(theme, strip_x, strip_y) {
  scales <- list(strip.text.x = strip_x, strip.text.y.left = strip_y)
  is_free <- vapply(names(scales), function(at) is.null(theme[[at]]$size), NA)
  smaller <- lapply(scales[is_free & scales != 1], function(scale) {
    ggplot2::element_text(size = ggplot2::rel(scale))
  })
  theme + rlang::inject(ggplot2::theme(!!!smaller))
}

#' Write the names beside rows of panels anew, without those that would overlap
#'
#' Rows may be lower than their names, depending on the figure.
#' @param table The panels, as a facet of ggplot2 has drawn them.
#' @param names Names from the top down, `NULL` to leave the table as it is.
#' @noRd
write_beside <- function(table, names, theme) {
  is_strip <- startsWith(table$layout$name, "strip-l")
  text <- ggplot2::calc_element("strip.text.y.left", theme)
  if (is.null(names) || !any(is_strip) || is.null(text$size)) {
    return(table)
  }
  place <- table$layout[is_strip, ]
  n <- length(names)
  grob <- grid::textGrob(
    names,
    x = grid::unit(1, "npc") - grid::unit(3, "pt"),
    y = (n - seq_len(n) + 0.5) / n,
    hjust = 1,
    check.overlap = TRUE,
    gp = grid::gpar(
      fontsize = text$size,
      fontfamily = text$family,
      fontface = text$face,
      col = text$colour
    ),
    name = "beside"
  )
  table$grobs[is_strip] <- list(ggplot2::zeroGrob())
  gtable::gtable_add_grob(
    table, grob,
    t = min(place$t), b = max(place$b), l = min(place$l),
    clip = "off", name = "beside"
  )
}

#' How to write names above panels so that they do not overlap
#'
#' Names that are too wide for their panels are turned, and in one line and
#' smaller where there is no room for two.
#' @param room Widths of the panels, in inches, as large as they should be.
#' @param least The same on a figure of 7 x 5 inches.
#' @return A list: `turned`; `labels`, a function of names; `scale`, see
#'   [text_scale()].
#' @noRd
heading_style <- function(names, room, least) {
  wrapped <- wrap_names(names)
  if (all(vapply(wrapped, label_width, 0) <= room)) {
    return(list(turned = FALSE, labels = wrap_names, scale = 1))
  }
  lines <- lengths(strsplit(wrapped, "\n", fixed = TRUE))
  has_room <- all(lines * text_height(1) <= least)
  list(
    turned = TRUE,
    labels = if (has_room) wrap_names else function(x) shorten(x, 30L),
    scale = if (has_room) 1 else text_scale(1L, min(least))
  )
}

#' How to write names above panels that are not turned
#'
#' @param room What a name has on a figure of 7 x 5 inches.
#' @return As [heading_style()].
#' @noRd
flat_heading_style <- function(names, room) {
  needed <- vapply(wrap_names(names), label_width, 0)
  scale <- max(0.6, min(1, room / needed))
  width <- as.integer(max(10, min(20, room / (0.08 * scale))))
  list(labels = function(x) wrap_names(x, width), scale = scale)
}
