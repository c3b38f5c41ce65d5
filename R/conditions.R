# Every error this package raises comes from here, so that its class is right
# and its call is the user's own.

abort_input <- function(message,
                        ...,
                        call = rlang::caller_env(),
                        .envir = rlang::caller_env()) {
  abort_wilcoxide("input", message, ..., call = call, .envir = .envir)
}

abort_file <- function(message,
                       ...,
                       call = rlang::caller_env(),
                       .envir = rlang::caller_env()) {
  abort_wilcoxide("file", message, ..., call = call, .envir = .envir)
}

abort_internal <- function(message,
                           ...,
                           call = rlang::caller_env(),
                           .envir = rlang::caller_env()) {
  abort_wilcoxide("internal", message, ..., call = call, .envir = .envir)
}

abort_wilcoxide <- function(kind, message, ..., call, .envir) {
  cli::cli_abort(
    message,
    ...,
    class = c(paste0("wilcoxide_error_", kind), "wilcoxide_error"),
    call = call,
    .envir = showable_values(message, .envir),
    .frame = .envir
  )
}

#' The values that a message shows, as text that can be shown
#'
#' R warns of bytes that are no text, or fails, wherever cli looks at them.
#'
#' @param message A message of cli, whose braces hold code.
#' @param envir Where that code is to be evaluated.
#' @return An environment to evaluate it in instead.
#' @noRd
showable_values <- function(message, envir) {
  words <- regmatches(message, gregexpr("[[:alpha:].][[:alnum:]._]*", message))
  named <- intersect(unlist(words), ls(envir, all.names = TRUE))
  values <- lapply(rlang::set_names(named), function(name) {
    # An argument may be missing that a message has a word in common with.
    tryCatch(get(name, envir), error = function(cnd) NULL)
  })
  shown <- lapply(values, showable)
  changed <- !mapply(identical, values, shown)
  list2env(shown[changed], parent = envir)
}

#' Bytes of text that are not valid UTF-8 as "<e9>"
#' @noRd
showable <- function(x) {
  if (is.character(x)) {
    text <- enc2utf8(x)
    bad <- !validUTF8(text) & !is.na(text)
    x[bad] <- iconv(text[bad], "UTF-8", "UTF-8", sub = "byte")
  } else if (rlang::is_bare_list(x)) {
    x[] <- lapply(x, showable)
  }
  if (!is.null(names(x)) && is.vector(x)) {
    names(x) <- showable(names(x))
  }
  x
}

#' Stop unless a suggested package is there
#'
#' @param package Its name.
#' @param what What needs it, as the start of the message.
#' @param install The call that installs it.
#' @noRd
check_package <- function(package,
                          what,
                          install = NULL,
                          call = rlang::caller_env()) {
  if (requireNamespace(package, quietly = TRUE)) {
    return(invisible())
  }
  install <- install %||% sprintf("install.packages(\"%s\")", package)
  abort_wilcoxide(
    "package",
    c(
      "{what} needs the package {.pkg {package}}, which is not installed.",
      i = "Install it with {.code {install}}."
    ),
    call = call,
    .envir = rlang::current_env()
  )
}

#' What was given, in a few words however large it is
#'
#' For messages, as a value in braces: "It is {given(x)}."
#' @noRd
given <- function(x) {
  if (is.null(x)) {
    return("NULL")
  }
  if (!is.atomic(x) || is.object(x)) {
    return(cli::format_inline("an object of class {.cls {class(x)}}"))
  }
  if (length(x) == 1L) {
    return(cli::format_inline("{.val {x}}"))
  }
  article <- if (is.integer(x)) "an" else "a"
  shape <- if (is.null(dim(x))) "vector" else "array"
  sprintf("%s %s %s of length %.0f", article, typeof(x), shape, length(x))
}
