# Put functions of the package in the place of its own until the caller ends.
# What testthat has for it is not in the versions before 3.1.7.
local_stubs <- function(..., .env = parent.frame()) {
  stubs <- list(...)
  home <- asNamespace("wilcoxide")
  for (name in names(stubs)) {
    own <- get(name, home, inherits = FALSE)
    set_binding(name, stubs[[name]], home)
    restore_later(name, own, home, .env)
  }
}

# A function of its own, since a loop has one variable for all turns.
restore_later <- function(name, own, home, envir) {
  force(name)
  force(own)
  withr::defer(set_binding(name, own, home), envir = envir)
}

set_binding <- function(name, value, home) {
  if (bindingIsLocked(name, home)) {
    unlockBinding(name, home)
    on.exit(lockBinding(name, home))
  }
  assign(name, value, home)
}
