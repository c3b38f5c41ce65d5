# The two sides of a comparison: from identities, or names of cells, to places.

#' Refuse identities that no cell has
#'
#' @param levels Those that there are.
#' @noRd
check_idents <- function(idents, levels, arg, call) {
  is_vector <- is.atomic(idents) && !is.null(idents) && length(idents) > 0L
  # Bytes that are no text in this locale can be looked at afterwards.
  idents <- if (is_vector) enc2utf8(as.character(idents))
  if (!is_vector || anyNA(idents)) {
    abort_input(
      c(
        "{.arg {arg}} must name identities, or be a vector of names of cells.",
        x = "It is {given(idents)}.",
        i = "{cli::qty(levels)}Identit{?y/ies} there: {.val {levels}}."
      ),
      call = call
    )
  }
  unknown <- setdiff(idents, levels)
  if (length(unknown) > 0L) {
    abort_input(
      c(
        "{.arg {arg}} must name identities that exist.",
        x = "There {cli::qty(unknown)}{?is no identity/are no identities}
             {.val {unknown}}.",
        i = did_you_mean(unknown, levels),
        i = "{cli::qty(levels)}Identit{?y/ies} there: {.val {levels}}."
      ),
      call = call
    )
  }
}

#' Places of the cells that an argument names
#'
#' Seurat takes several values for names of cells as soon as one of them is.
#'
#' @param source What [open_markers()] returned.
#' @noRd
cells_named <- function(ident, source, arg, call) {
  if (inherits(ident, "phylo") || identical(ident, "clustertree")) {
    abort_input(
      c(
        "{.arg {arg}} must name identities or cells.",
        x = "It is a tree of clusters, which is not taken here.",
        i = "Name the identities on both sides of a node as {.arg ident.1} and
             {.arg ident.2}."
      ),
      call = call
    )
  }
  if (is.atomic(ident) && length(ident) > 1L) {
    cells <- source$view$cells()
    names <- enc2utf8(as.character(ident))
    if (!is.null(cells) && any(names %in% cells[source$cells])) {
      return(places_of_cells(names, cells, source, arg, call))
    }
  }
  idents <- source$idents[source$cells]
  check_idents(ident, levels(droplevels(idents)), arg, call)
  source$cells[idents %in% as.character(ident)]
}

places_of_cells <- function(names, cells, source, arg, call) {
  unknown <- setdiff(names, cells[source$cells])
  if (length(unknown) > 0L) {
    abort_input(
      c(
        "{.arg {arg}} must name cells that exist.",
        x = "There {cli::qty(unknown)}{?is no cell/are no cells}
             {.val {unknown}}."
      ),
      call = call
    )
  }
  match(unique(names), cells)
}

#' Both sides, checked
#'
#' @return A list of `one` and `two`, places of cells of the view.
#' @noRd
marker_sides <- function(ident.1, ident.2, source, least, call) { # nolint
  one <- cells_named(ident.1, source, "ident.1", call)
  two <- if (is.null(ident.2)) {
    setdiff(source$cells, one)
  } else {
    cells_named(ident.2, source, "ident.2", call)
  }
  both <- intersect(one, two)
  if (length(both) > 0L) {
    abort_input(
      c(
        "{.arg ident.1} and {.arg ident.2} must have no cell in common.",
        x = "{length(both)} cell{?s} {?is/are} on both sides."
      ),
      call = call
    )
  }
  sizes <- c(ident.1 = length(one), ident.2 = length(two))
  small <- names(sizes)[sizes < least][1L]
  if (!is.na(small)) {
    rest <- small == "ident.2" && is.null(ident.2)
    abort_input(
      c(
        "There must be at least {least} cell{?s} on either side, which is
         {.arg min.cells.group}.",
        x = "{if (rest) 'Outside of ident.1' else cli::format_inline('In
             {.arg {small}}')} there {cli::qty(sizes[[small]])}{?is/are}
             {sizes[[small]]}."
      ),
      call = call
    )
  }
  list(one = one, two = two)
}

#' Draw the cells whose values are tested, as Seurat draws them
#'
#' The random numbers of the session go on as if none had been drawn.
#' @noRd
sample_sides <- function(sides, most, seed) {
  if (max(lengths(sides)) <= most) {
    return(sides)
  }
  before <- get0(".Random.seed", globalenv(), inherits = FALSE)
  on.exit(
    if (is.null(before)) {
      rm(".Random.seed", envir = globalenv())
    } else {
      assign(".Random.seed", before, globalenv())
    }
  )
  set.seed(seed)
  lapply(sides, function(cells) {
    if (length(cells) > most) {
      cells[sample.int(length(cells), most)]
    } else {
      cells
    }
  })
}
