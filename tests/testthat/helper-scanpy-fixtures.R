# Reads what tests/fixtures/make_scanpy.py wrote.

fixture_path <- function(name) {
  testthat::test_path("fixtures", paste0(name, ".h5"))
}

fixture_tables <- c("scores", "logfoldchanges", "pvals", "pvals_adj")

with_fixture <- function(name, read) {
  file <- hdf5r::H5File$new(fixture_path(name), "r")
  on.exit(file$close_all())
  read(file)
}

read_fixture <- function(name) {
  with_fixture(name, function(file) {
    levels <- file[["levels"]]$read()
    codes <- file[["codes"]]$read()
    codes[codes < 0L] <- NA
    cases <- as.character(seq_along(file[["cases"]]$names) - 1L)
    list(
      groups = factor(levels[codes + 1L], levels),
      genes = file[["genes"]]$read(),
      mask = if ("mask" %in% file$names) file[["mask"]]$read() == 1L,
      matrix = if ("X" %in% file$names) read_fixture_matrix(file),
      log_base = read_fixture_log_base(file),
      cases = lapply(file.path("cases", cases), function(case) {
        read_fixture_case(file[[case]])
      })
    )
  })
}

# Cells are the columns of what is returned.
read_fixture_matrix <- function(file) {
  x <- file[["X"]]
  shape <- hdf5r::h5attr(x, "shape")
  by_cell <- hdf5r::h5attr(x, "layout") == "csr"
  stored <- methods::new(
    "dgCMatrix",
    p = x[["indptr"]]$read(),
    i = x[["indices"]]$read(),
    x = x[["data"]]$read(),
    Dim = as.integer(if (by_cell) rev(shape) else shape)
  )
  stored <- if (by_cell) stored else Matrix::t(stored)
  rownames(stored) <- file[["genes"]]$read()
  stored
}

read_fixture_log_base <- function(file) {
  if (!"X" %in% file$names) {
    return(NULL)
  }
  base <- hdf5r::h5attr(file[["X"]], "log_base")
  if (is.nan(base)) NULL else base
}

read_fixture_case <- function(group) {
  values <- lapply(group$names, function(name) group[[name]]$read())
  names(values) <- group$names
  in_tables <- c("names", "promised", "untied", fixture_tables)
  n_groups <- length(values$groups)
  values[in_tables] <- lapply(values[in_tables], matrix, ncol = n_groups)
  values$name <- hdf5r::h5attr(group, "name")
  values$arguments <- eval(str2lang(hdf5r::h5attr(group, "arguments")))
  values
}

#' Expect that a result is Scanpy's, gene by gene and bit by bit
#'
#' Scanpy's order among ties depends on the processor it ran on, so names must
#' be its names where the score is untied, and follow the promised order
#' everywhere.
#' @noRd
expect_scanpy_result <- function(result,
                                 case,
                                 genes,
                                 label,
                                 tables = fixture_tables) {
  label <- paste0(label, ", ", case$name)
  testthat::expect_identical(names(result$names), case$groups, label = label)
  ours <- matrix(
    match(unlist(result$names, use.names = FALSE), genes) - 1L,
    ncol = length(case$groups)
  )
  testthat::expect_identical(ours, case$promised, label = label)
  untied <- case$untied == 1L
  testthat::expect_identical(ours[untied], case$names[untied], label = label)

  for (field in tables) {
    expect_equal_bits(
      at_scanpys_genes(as.matrix(result[[field]]), ours, case$names),
      case[[field]][listed_by(ours, case$names)],
      paste(label, field)
    )
  }
  for (field in c("pts", "pts_rest")) {
    expect_equal_bits(
      unlist(result[[field]]), c(case[[field]]), paste(label, field)
    )
  }
}

# What a ranking in a file has of a ranking's tables.
read_tables <- function(file) {
  columns <- c(
    names = "feature",
    logfoldchanges = "log2_fold_change",
    pvals = "p_value",
    pvals_adj = "fdr"
  )
  table <- as_screen_table(file)
  lapply(columns, function(column) {
    as.data.frame(split(table[[column]], table$target), optional = TRUE)
  })
}

# Which of Scanpy's entries are of genes that we list in the same group: all,
# unless its table ends among ties.
listed_by <- function(ours, theirs) {
  !is.na(ranks_of(theirs, ours))
}

at_scanpys_genes <- function(values, ours, theirs) {
  ranks <- ranks_of(theirs, ours)
  keep <- !is.na(ranks)
  values[cbind(ranks[keep], col(ranks)[keep])]
}

ranks_of <- function(genes, table) {
  vapply(
    seq_len(ncol(genes)),
    function(group) match(genes[, group], table[, group]),
    integer(nrow(genes))
  )
}
