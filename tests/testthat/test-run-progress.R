# Calls a new tick with each fraction, `pause` seconds before each.
tick_through <- function(fractions, pause) {
  tick <- progress_tick(TRUE)
  vapply(
    fractions,
    function(fraction) {
      Sys.sleep(pause)
      tick(fraction)
    },
    NA
  )
}

shown_by <- function(expr) {
  lines <- character()
  withCallingHandlers(
    expr,
    message = function(condition) {
      lines <<- c(lines, cli::ansi_strip(conditionMessage(condition)))
      invokeRestart("muffleMessage")
    }
  )
  lines
}

test_that("there is no tick without progress", {
  expect_null(progress_tick(FALSE))
})

test_that("within a second nothing is shown, and nothing interrupted", {
  expect_silent(answers <- tick_through(c(0, 0.1, 0.9, 1), 0.1))
  expect_identical(answers, rep(FALSE, 4L))
})

test_that("after a second a bar shows the fraction and the time left", {
  shown <- shown_by(
    expect_identical(tick_through(c(0.1, 0.25), 0.6), c(FALSE, FALSE))
  )
  expect_match(shown[[1L]], "Ranking genes", fixed = TRUE)
  expect_match(shown[[1L]], "25%", fixed = TRUE)
  # A quarter took 1.2 seconds.
  left <- as.numeric(sub(".*ETA: +([0-9]+)s.*", "\\1", shown[[1L]]))
  expect_gte(left, 3)
  expect_lte(left, 8)
})

test_that("a bar does not end another one of its frame", {
  other <- cli::cli_progress_bar("Other", total = 10)
  progress_tick(TRUE)
  expect_identical(cli::cli_progress_update(id = other), other)
})

test_that("the bar ends with the call", {
  tick <- NULL
  call <- function() {
    tick <<- progress_tick(TRUE)
    Sys.sleep(1.1)
    tick(0.5)
  }
  shown_by(call())
  # A bar that has ended cannot be shown: an error, which the tick keeps.
  expect_identical(shown_by(expect_false(tick(0.6))), character())
})

# What happens while the bar is drawn is made to happen by the fraction, which
# is evaluated there.
test_that("an interrupt is told, not thrown", {
  tick <- progress_tick(TRUE)
  Sys.sleep(1.1)
  expect_true(tick(rlang::interrupt()))
  shown_by(expect_false(tick(0.5)))
})

test_that("an error of the bar stops nothing", {
  tick <- progress_tick(TRUE)
  Sys.sleep(1.1)
  expect_false(tick(stop("no room for a bar")))
  shown_by(expect_false(tick(0.5)))
})
