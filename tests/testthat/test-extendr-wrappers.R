# The border to the kernel takes anything: what R code above it would have
# refused must not end the session either.

# What R hands over for a good matrix, taken on the way.
kernel_arguments <- function() {
  taken <- new.env()
  namespace <- asNamespace("wilcoxide")
  suppressMessages(trace(
    "rank_matrix",
    bquote(assign("arguments", as.list(environment()), envir = .(taken))),
    where = namespace,
    print = FALSE
  ))
  on.exit(suppressMessages(untrace("rank_matrix", where = namespace)))
  x <- as_dgc(toy_expression(6L, 8L))
  rank_genes_groups(x, rep(1:2, 4L), tie_correct = TRUE, pts = TRUE)
  taken$arguments[names(formals(rank_matrix))]
}

# What came of it: a status, or "error" for one of R's own.
kernel_answer <- function(arguments) {
  tryCatch(
    do.call(rank_matrix, arguments)$status,
    error = function(cnd) "error"
  )
}

answers <- c("matrix", "not_a_number", "fault", "error")

test_that("the arguments that follow are bad for one reason each", {
  expect_identical(kernel_answer(kernel_arguments()), "ok")
})

test_that("settings of a wrong type or size are refused", {
  good <- kernel_arguments()
  odd <- list(
    NULL, NA, NA_integer_, NaN, -1L, 1e10, "a", character(), integer(),
    list(), sum, quote(x), 1i, as.raw(1L)
  )
  optional <- vapply(good$settings, is.null, NA)
  for (name in names(good$settings)[!optional]) {
    for (value in odd) {
      bad <- good
      bad$settings[name] <- list(value)
      answer <- kernel_answer(bad)
      # Nothing selected is nothing to do.
      empty <- name %in% c("selected", "genes", "tables") && length(value) == 0L
      large <- name == "pseudocount" && identical(value, 1e10)
      expect_true(answer %in% c(answers, if (empty || large) "ok"), info = name)
    }
  }
})

test_that("sizes that fit nothing are refused before they take memory", {
  for (name in c("n_cells", "n_levels")) {
    bad <- kernel_arguments()
    bad$settings[[name]] <- 1L
    expect_true(kernel_answer(bad) %in% answers)
  }
  bad <- kernel_arguments()
  bad$settings$n_cells <- .Machine$integer.max
  expect_identical(kernel_answer(bad), "matrix")
  bad$settings$by_cell <- FALSE
  expect_identical(kernel_answer(bad), "matrix")
})

test_that("any spoilt vector is refused, or is one of another matrix", {
  withr::local_seed(1)
  good <- kernel_arguments()
  for (name in c("p", "idx", "x", "codes")) {
    for (i in seq_len(100L)) {
      bad <- good
      at <- sample(length(bad[[name]]), 1L)
      value <- sample(list(NA, -1L, 0L, 3L, 100L, .Machine$integer.max), 1L)
      bad[[name]][at] <- as.vector(value[[1L]], typeof(good[[name]]))
      if (i %% 5L == 0L) {
        bad[[name]] <- bad[[name]][-1L]
      }
      expect_true(kernel_answer(bad) %in% c(answers, "ok"))
    }
    bad <- good
    bad[[name]] <- as.character(good[[name]])
    expect_identical(kernel_answer(bad), "error")
  }
})

test_that("vectors that R has not made yet are made", {
  x <- as_dgc(matrix(1:4 / 3, 1L, dimnames = list("a", NULL)))
  # A sequence of which R keeps the ends only.
  lazy <- with_attribute(x, "p", 0:4)
  groups <- c("u", "u", "v", "v")
  expect_same_bits(
    rank_genes_groups(lazy, groups),
    rank_genes_groups(x, groups)
  )
})

test_that("a matrix that claims the most cells or genes costs no memory", {
  most <- .Machine$integer.max
  empty <- function(n_rows, n_columns) {
    methods::new("dgCMatrix",
      Dim = c(n_rows, n_columns), p = integer(n_columns + 1)
    )
  }
  # As genes, whose names are not made before they are needed.
  expect_error(
    rank_genes_groups(empty(most, 4L), c("a", "b")),
    class = "wilcoxide_error_input"
  )
  # As cells.
  expect_error(
    rank_genes_groups(empty(most, 4L), c("a", "b"), cells = "rows"),
    class = "wilcoxide_error_input"
  )
})
