# roundtrip.R WAY FOLDER LIBRARY: R's half of roundtrip.py. It reads the calls
# to make from `calls.R` in the folder; with WAY `write` it ranks the file of
# each call and writes the ranking into it, with `read` it reads the ranking
# that Scanpy put there. Either way it writes every table as raw numbers.
arguments <- commandArgs(TRUE)
way <- arguments[[1L]]
folder <- arguments[[2L]]
library <- arguments[[3L]]
if (nzchar(library)) {
  .libPaths(c(library, .libPaths()))
}
suppressPackageStartupMessages(library(wilcoxide))

put_text <- function(text, connection) {
  bytes <- charToRaw(enc2utf8(paste(text, collapse = "\n")))
  writeBin(length(bytes), connection, size = 4L, endian = "little")
  writeBin(bytes, connection)
}

put_table <- function(table, connection) {
  put_text(names(table), connection)
  writeBin(dim(table), connection, size = 4L, endian = "little")
  for (column in table) {
    if (is.character(column)) {
      put_text(column, connection)
    } else {
      writeBin(as.double(column), connection, size = 8L, endian = "little")
    }
  }
}

put_result <- function(result, path) {
  connection <- file(path, "wb")
  on.exit(close(connection))
  params <- Filter(Negate(is.null), result$params)
  put_text(paste(names(params), params, sep = "="), connection)
  tables <- setdiff(names(result), c("params", "settings"))
  put_text(tables, connection)
  for (name in tables) {
    put_table(result[[name]], connection)
    if (name %in% c("pts", "pts_rest")) {
      put_text(rownames(result[[name]]), connection)
    }
  }
}

same <- function(x, y) {
  identical(x, y, num.eq = FALSE, single.NA = TRUE)
}

for (call in dget(file.path(folder, "calls.R"))) {
  arguments <- c(list(call$path), call$args, list(threads = 2L))
  ours <- do.call(rank_genes_groups, arguments)
  if (way == "write") {
    write_rank_genes_groups(ours, call$path, key_added = call$key)
    back <- get_rank_genes_groups(call$path, key = call$key)
    if (!same(back, ours)) {
      stop("what was written is not what is read: ", call$name)
    }
    put_result(ours, paste0(call$path, ".ours"))
  } else {
    theirs <- get_rank_genes_groups(call$path, key = call$key)
    put_result(theirs, paste0(call$path, ".theirs"))
    put_result(ours, paste0(call$path, ".ours"))
  }
}
