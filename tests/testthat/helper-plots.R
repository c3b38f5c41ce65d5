skip_without_ggplot2 <- function() {
  testthat::skip_if_not_installed("ggplot2", "3.4.0")
}

# Another version of ggplot2 places things a little differently.
expect_picture <- function(title, plot) {
  testthat::skip_if_not_installed("vdiffr")
  version <- as.character(utils::packageVersion("ggplot2")[, 1:2])
  testthat::skip_if_not(
    version == "3.4",
    paste0("the pictures are of ggplot2 3.4, not ", version)
  )
  vdiffr::expect_doppelganger(title, plot)
}

# The real cells that come with the package and their ranking, in their ten
# groups, in 3 made of these, or in 30. Made once.
grouped_cells <- local({
  made <- list()
  function(n = 10L) {
    key <- as.character(n)
    if (is.null(made[[key]])) {
      cells <- shipped_cells()
      cells$groups <- switch(key,
        "3" = into_lineages(cells$groups),
        "10" = cells$groups,
        "30" = into_parts(cells$groups)
      )
      cells$result <- rank_quietly(cells$data, cells$groups, pts = TRUE)
      made[[key]] <<- cells
    }
    made[[key]]
  }
})

into_lineages <- function(groups) {
  lineages <- c("lymphoid", "myeloid", "progenitor")
  of_group <- c(1L, 1L, 1L, 1L, 1L, 2L, 1L, 3L, 1L, 2L)
  factor(lineages[of_group[groups]], lineages)
}

into_parts <- function(groups) {
  part <- stats::ave(
    seq_along(groups),
    groups,
    FUN = function(at) rep_len(1:3, length(at))
  )
  factor(paste0(c("", "\u03b2 ", "late ")[part], groups))
}

# The text that is drawn, whatever it belongs to, and its angles.
drawn_grobs <- function(plot) {
  grDevices::pdf(NULL)
  on.exit(grDevices::dev.off())
  found <- list()
  visit <- function(grob) {
    if (!is.null(grob$label)) {
      found[[length(found) + 1L]] <<- grob
    }
    for (child in c(grob$grobs, grob$children)) {
      visit(child)
    }
  }
  visit(ggplot2::ggplotGrob(plot))
  found
}

drawn_text <- function(plot) {
  unlist(lapply(drawn_grobs(plot), function(grob) as.character(grob$label)))
}

drawn_angle <- function(plot, text) {
  has_text <- function(grob) identical(as.character(grob$label), text)
  vapply(Filter(has_text, drawn_grobs(plot)), function(grob) grob$rot, 0)
}
