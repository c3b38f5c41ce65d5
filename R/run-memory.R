# How much memory and disk the reading of large matrices may use.

# What a process is given where nothing tells how much is free.
memory_unknown <- 2^31

#' Bytes that reading may use in one process
#'
#' The option `wilcoxide.memory`, or half of what is free.
#' @param n_processes How many share what is free.
#' @noRd
memory_budget <- function(call, n_processes = 1L, free = free_memory()) {
  budget <- getOption("wilcoxide.memory")
  if (is.null(budget)) {
    return((free %||% memory_unknown) / 2 / n_processes)
  }
  if (!is_whole_number(budget)) {
    abort_input(
      c(
        "The option {.code wilcoxide.memory} must be a number of bytes, or
         NULL for half of what is free.",
        x = "It is {given(budget)}."
      ),
      call = call
    )
  }
  as.double(budget)
}

#' Refuse a budget that is too small for even one gene
#' @param needed Bytes that reading takes for one gene.
#' @noRd
check_budget <- function(budget, needed, call) {
  if (budget >= needed) {
    return(invisible())
  }
  text <- memory_in_words(needed, budget)
  abort_input(
    c(
      "Reading {.arg x} needs memory for at least one gene of all cells.",
      x = "That is {text(needed)}; {text(budget)} may be used.",
      i = "The option {.code wilcoxide.memory} sets how many bytes may be used,
           by default half of what is free."
    ),
    call = call
  )
}

#' How to write numbers of bytes so that two that differ do not read alike
#' @return A function of bytes.
#' @noRd
memory_in_words <- function(needed, budget) {
  function(bytes) {
    if (ceiling(needed / 1e6) == ceiling(budget / 1e6)) {
      paste(format(ceiling(bytes), big.mark = ",", scientific = FALSE), "bytes")
    } else {
      paste(format(ceiling(bytes / 1e6), big.mark = ","), "MB")
    }
  }
}

#' Where files that a call needs are kept until it ends
#'
#' The option `wilcoxide.tempdir`, or R's own folder.
#' @noRd
temporary_folder <- function(call) {
  folder <- getOption("wilcoxide.tempdir")
  if (is.null(folder)) {
    return(tempdir())
  }
  is_folder <- rlang::is_string(folder) && dir.exists(folder)
  if (!is_folder || file.access(folder, 2L) != 0L) {
    abort_input(
      c(
        "The option {.code wilcoxide.tempdir} must be a folder that files can
         be written to, or NULL.",
        x = "It is {given(folder)}."
      ),
      call = call
    )
  }
  folder
}

#' Bytes of memory that are free for this process, `NULL` where unknown
#'
#' What the system has, or less where a container or a job of a cluster is
#' given less.
#' @noRd
free_memory <- function() {
  free <- c(
    system_memory(),
    control_group_memory(
      "/sys/fs/cgroup/memory.max",
      "/sys/fs/cgroup/memory.current"
    ),
    control_group_memory(
      "/sys/fs/cgroup/memory/memory.limit_in_bytes",
      "/sys/fs/cgroup/memory/memory.usage_in_bytes"
    )
  )
  if (length(free) > 0L) max(min(free), 0)
}

system_memory <- function() {
  if (file.exists("/proc/meminfo")) {
    lines <- readLines("/proc/meminfo")
    available <- grep("^MemAvailable:", lines, value = TRUE)
    return(1024 * as.double(gsub("[^0-9]", "", available)))
  }
  if (nzchar(Sys.which("vm_stat"))) {
    lines <- system2("vm_stat", stdout = TRUE)
    page <- as.double(gsub("[^0-9]", "", lines[[1L]]))
    free <- grep("^Pages (free|inactive|speculative):", lines, value = TRUE)
    return(page * sum(as.double(gsub("[^0-9]", "", free))))
  }
  NULL
}

control_group_memory <- function(limit, used) {
  if (!all(file.exists(limit, used))) {
    return(NULL)
  }
  # No limit is the word "max".
  values <- suppressWarnings(as.double(c(readLines(limit), readLines(used))))
  if (!anyNA(values)) values[[1L]] - values[[2L]]
}

#' Cut genes into ranges that fit into memory
#'
#' As few and as even as may be.
#' @param genes Places of the genes to rank, ascending.
#' @param stored Stored values of each of `genes`, or as many as there may be.
#' @param capacity Stored values that a range may have.
#' @param n_blocks Make about as many ranges, if there are as many genes.
#' @return A list of first and last places.
#' @noRd
gene_ranges <- function(genes, stored, capacity, n_blocks = 1L) {
  weights <- as.double(stored) + 1
  middle <- cumsum(weights) - weights / 2
  total <- sum(weights)
  n <- max(n_blocks, ceiling(total / capacity))
  repeat {
    n <- min(n, length(genes))
    block <- floor(middle / total * n)
    if (n == length(genes) || max(rowsum(weights, block)) <= capacity) {
      break
    }
    n <- ceiling(1.05 * n)
  }
  if (n == length(genes)) {
    block <- seq_along(genes)
  }
  starts <- which(!duplicated(block))
  ends <- c(starts[-1L] - 1L, length(genes))
  Map(c, genes[starts], genes[ends])
}
