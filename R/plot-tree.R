# A tree of the groups, by how similar the values shown are, beside a plot.

#' The tree of groups, as Scanpy makes it
#'
#' Of the correlations between groups, by complete linkage.
#' @param means Mean values, groups by genes.
#' @return What `stats::hclust()` returned, or `NULL` where there is nothing to
#'   put in order.
#' @noRd
tree_of_groups <- function(means) {
  if (nrow(means) < 3L || ncol(means) < 2L) {
    return(NULL)
  }
  # Of a group whose means are all the same there is none.
  correlation <- suppressWarnings(stats::cor(t(means)))
  correlation[is.na(correlation)] <- 0
  stats::hclust(stats::as.dist(1 - correlation), "complete")
}

#' The branches of a tree
#'
#' @param tree What `stats::hclust()` returned.
#' @return A data frame of segments: `at` and `at_end` from 1 to the number of
#'   leaves, in their order; `height` and `height_end` from 0 to 1.
#' @noRd
tree_branches <- function(tree) {
  place <- order(tree$order)
  top <- max(tree$height)
  joined <- list(at = double(), height = double())
  branches <- lapply(seq_len(nrow(tree$merge)), function(i) {
    sides <- tree$merge[i, ]
    is_leaf <- sides < 0
    ends <- list(at = place[abs(sides)], height = c(0, 0))
    ends$at[!is_leaf] <- joined$at[sides[!is_leaf]]
    ends$height[!is_leaf] <- joined$height[sides[!is_leaf]]
    height <- if (top > 0) tree$height[[i]] / top else 1
    joined$at[[i]] <<- mean(ends$at)
    joined$height[[i]] <<- height
    data.frame(
      at = c(ends$at, ends$at[[1L]]),
      at_end = c(ends$at, ends$at[[2L]]),
      height = c(ends$height, height),
      height_end = height
    )
  })
  do.call(rbind, branches)
}

#' Draw a tree beside the panels of a plot
#'
#' @param table The panels, as a facet of ggplot2 has drawn them.
#' @param tree A tree, or `NULL` for none.
#' @param side `"right"`, where groups are rows, the first on top; `"top"`,
#'   where they are columns of one panel; `"panels"`, where each is a panel.
#' @param range What the axis of the groups shows of its scale.
#' @noRd
add_tree <- function(table, tree, side, range) {
  if (is.null(tree)) {
    return(table)
  }
  branches <- tree_branches(tree)
  n <- length(tree$order)
  if (side == "panels") {
    range <- c(0.5, n + 0.5)
  }
  along <- function(at) {
    at <- if (side == "right") n + 1 - at else at
    (at - range[[1L]]) / (range[[2L]] - range[[1L]])
  }
  # A little apart from the panels, and from the edge.
  across <- function(height) 0.1 + 0.85 * height
  ends <- list(
    along(branches$at),
    across(branches$height),
    along(branches$at_end),
    across(branches$height_end)
  )
  if (side == "right") {
    ends <- ends[c(2L, 1L, 4L, 3L)]
  }
  grob <- grid::segmentsGrob(
    ends[[1L]], ends[[2L]], ends[[3L]], ends[[4L]],
    gp = grid::gpar(col = "grey30", lwd = 1, lineend = "square"),
    name = "tree"
  )
  panels <- table$layout[grepl("^panel", table$layout$name), ]
  thickness <- grid::unit(tree_size, "in")
  if (side == "right") {
    table <- gtable::gtable_add_cols(table, thickness)
    gtable::gtable_add_grob(
      table, grob,
      t = min(panels$t), b = max(panels$b), l = ncol(table), name = "tree"
    )
  } else {
    table <- gtable::gtable_add_rows(table, thickness, pos = 0L)
    gtable::gtable_add_grob(
      table, grob,
      t = 1L, l = min(panels$l), r = max(panels$r), name = "tree"
    )
  }
}

# In inches.
tree_size <- 0.5
