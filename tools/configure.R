# Run by configure: looks for a Rust that is new enough, on the PATH and where
# rustup puts it, and writes src/Makevars. Nothing is installed.

windows <- .Platform$OS.type == "windows"
requirement <- read.dcf("DESCRIPTION", fields = "SystemRequirements")[[1]]
needed <- sub(".*rustc >= ([0-9.]+).*", "\\1", requirement)

how_to_install <- c(
  "To install Rust:",
  "  with rustup, from https://rustup.rs",
  "  if rustup is there: rustup update stable; rustup default stable",
  "  on Debian 13, Ubuntu 25.04 or later: apt install cargo",
  "  on Debian 12: apt install cargo-web rustc-web",
  "  on Fedora: dnf install cargo",
  "  on macOS: brew install rust",
  "  on Windows: with rustup, then: rustup target add x86_64-pc-windows-gnu"
)

# The PATH of an R that was started from a menu often lacks rustup's.
rustup_bin <- function() {
  home <- if (windows) Sys.getenv("USERPROFILE") else path.expand("~")
  file.path(Sys.getenv("CARGO_HOME", file.path(home, ".cargo")), "bin")
}

version_line <- function(program) {
  line <- tryCatch(
    suppressWarnings(
      system2(program, "--version", stdout = TRUE, stderr = FALSE)
    ),
    error = function(e) character()
  )
  failed <- length(line) == 0L || !is.null(attr(line, "status"))
  if (failed) NA_character_ else line[[1]]
}

inspect <- function(programs) {
  there <- file.exists(programs)
  lines <- rep(NA_character_, length(programs))
  lines[there] <- vapply(programs[there], version_line, character(1))
  versions <- sub("^\\S+ ([0-9]+[.][0-9]+([.][0-9]+)?).*", "\\1", lines)
  fault <- if (!all(there)) {
    paste(names(programs)[!there], "was not found")
  } else if (anyNA(lines)) {
    paste(programs[is.na(lines)], "does not run")
  } else {
    old <- vapply(versions, utils::compareVersion, 0, needed) < 0
    if (any(old)) paste0(lines[old], " is too old (", programs[old], ")")
  }
  list(programs = programs, lines = lines, faults = fault)
}

find_rust <- function() {
  tools <- c(cargo = "cargo", rustc = "rustc")
  on_path <- inspect(Sys.which(tools))
  if (is.null(on_path$faults)) {
    return(on_path)
  }
  bin <- rustup_bin()
  suffix <- if (windows) ".exe" else ""
  by_rustup <- inspect(
    stats::setNames(file.path(bin, paste0(tools, suffix)), tools)
  )
  if (is.null(by_rustup$faults)) {
    return(by_rustup)
  }
  stop(
    "wilcoxide is compiled with Rust ", needed, " or later.\n",
    paste0("  on the PATH, ", on_path$faults, collapse = "\n"), "\n",
    paste0("  in ", bin, ", ", by_rustup$faults, collapse = "\n"), "\n",
    paste(how_to_install, collapse = "\n"),
    call. = FALSE
  )
}

# Released sources hold the crates; others are downloaded by cargo.
vendored_flags <- function() {
  archive <- "src/rust/vendor.tar.xz"
  if (!file.exists(archive)) {
    return("")
  }
  message("Using the crates in ", archive)
  utils::untar(archive, exdir = dirname(archive), tar = "internal")
  paste(
    "--offline --jobs 2",
    "--config 'source.crates-io.replace-with=\"vendored\"'",
    "--config 'source.vendored.directory=\"rust/vendor\"'"
  )
}

# Five of six megabytes that Rust hands over are debug symbols of its standard
# library, and functions that nothing calls, once R is not to find them either.
link_flags <- function() {
  linux <- Sys.info()[["sysname"]] == "Linux"
  paste("-Wl,-S", if (linux) "-Wl,--exclude-libs,ALL -Wl,--gc-sections")
}

rust <- find_rust()
message(paste("Using", rust$lines, collapse = "\n"))
# Links stay unresolved: rustup goes by the name that it is called by.
programs <- chartr("\\", "/", rust$programs)
flags <- vendored_flags()
# DEBUG=1 compiles faster, to slower code: for work on the package itself.
debug <- nzchar(Sys.getenv("DEBUG"))

values <- c(
  CARGO = programs[["cargo"]],
  RUSTC = programs[["rustc"]],
  # Away from the user's own, which a released package has no need to touch.
  CARGO_HOME = if (nzchar(flags)) "CARGO_HOME=\"$(TARGET_DIR)/home\"" else "",
  FLAGS = paste(if (!debug) "--release", flags),
  LINK = link_flags(),
  PROFILE = if (debug) "debug" else "release"
)
makevars <- if (windows) "src/Makevars.win" else "src/Makevars"
text <- readLines(paste0(makevars, ".in"))
for (name in names(values)) {
  text <- gsub(paste0("@", name, "@"), values[[name]], text, fixed = TRUE)
}
writeLines(text, makevars)
