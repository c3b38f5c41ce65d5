# Run by configure: looks for cargo and rustc on the PATH and in ~/.cargo/bin,
# reports their versions and writes src/Makevars. Nothing is installed.

windows <- .Platform$OS.type == "windows"
home_bin <- file.path(Sys.getenv(if (windows) "USERPROFILE" else "HOME"),
                      ".cargo", "bin")
Sys.setenv(PATH = paste(Sys.getenv("PATH"), home_bin,
                        sep = .Platform$path.sep))

requirement <- read.dcf("DESCRIPTION", fields = "SystemRequirements")[[1]]
needed <- sub(".*rustc >= ([0-9.]+).*", "\\1", requirement)

how_to_install <- c(
  paste0("wilcoxide is compiled with Rust ", needed, " or later. Install it"),
  "  from https://rustup.rs, or",
  "  on Debian 13, Ubuntu 25.04 or later: apt install cargo",
  "  on Fedora: dnf install cargo",
  "  on macOS: brew install rust"
)

version_of <- function(tool) {
  line <- tryCatch(
    suppressWarnings(system2(tool, "--version", stdout = TRUE, stderr = FALSE)),
    error = function(e) character()
  )
  if (length(line) == 0 || !is.null(attr(line, "status"))) {
    stop(tool, " was not found.\n", paste(how_to_install, collapse = "\n"),
         call. = FALSE)
  }
  message("Using ", line[[1]])
  sub("^\\S+ ([0-9]+[.][0-9]+([.][0-9]+)?).*", "\\1", line[[1]])
}

version_of("cargo")
rustc <- version_of("rustc")
if (utils::compareVersion(rustc, needed) < 0) {
  stop("rustc ", rustc, " is too old.\n",
       paste(how_to_install, collapse = "\n"), call. = FALSE)
}

makevars <- if (windows) "src/Makevars.win" else "src/Makevars"
# DEBUG=1 compiles faster, to slower code: for work on the package itself.
debug <- nzchar(Sys.getenv("DEBUG"))
text <- readLines(paste0(makevars, ".in"))
text <- gsub("@PROFILE@", if (debug) "" else "--release", text)
text <- gsub("@PROFILE_DIR@", if (debug) "debug" else "release", text)
text <- gsub("@CARGO_BIN@", normalizePath(home_bin, "/", FALSE), text)
writeLines(text, makevars)
