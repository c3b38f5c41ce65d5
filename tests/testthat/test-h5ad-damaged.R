# Files that HDF5 itself crashes on, or takes gigabytes for: texts of any length
# are in heaps, and what leads to them may be damaged.

# The bytes of a whole number, the lowest first.
number_bytes <- function(number, n) {
  as.raw((number %/% 256^(seq_len(n) - 1L)) %% 256)
}

put <- function(bytes, at, number, n) {
  bytes[at + seq_len(n) - 1L] <- number_bytes(number, n)
  bytes
}

find_heaps <- function(bytes) {
  grepRaw("GCOL", bytes, fixed = TRUE, all = TRUE)
}

# Where the address of a heap is: in each text that is in it.
find_references <- function(bytes, heaps = find_heaps(bytes)) {
  unlist(lapply(heaps, function(heap) {
    grepRaw(number_bytes(heap - 1L, 8L), bytes, fixed = TRUE, all = TRUE)
  }))
}

# Each changes what is at one place: a heap, or the reference to one, which
# follows the size of a text and is followed by its number there.
heap_damages <- list(
  "no heap" = function(bytes, at) put(bytes, at, 0L, 4L),
  "a heap of no bytes" = function(bytes, at) put(bytes, at + 8L, 0, 8L),
  "a heap of 2^40 bytes" = function(bytes, at) put(bytes, at + 8L, 2^40, 8L),
  "a text of 2^62 bytes" = function(bytes, at) put(bytes, at + 24L, 2^62, 8L),
  "a text that is freed" = function(bytes, at) put(bytes, at + 16L, 0L, 2L)
)
reference_damages <- list(
  "a heap beyond the file" = function(bytes, at) put(bytes, at, 2^40, 8L),
  "a heap at the end" = function(bytes, at) {
    put(bytes, at, length(bytes) - 4, 8L)
  },
  "a heap in other bytes" = function(bytes, at) put(bytes, at, 1000, 8L),
  "a text not there" = function(bytes, at) put(bytes, at + 8L, 60000, 4L),
  "a text longer than it" = function(bytes, at) put(bytes, at - 4L, 5000, 4L),
  "a text of 2^31 bytes" = function(bytes, at) put(bytes, at - 4L, 2^31, 4L)
)

# The error of ranking damaged bytes, `NULL` where there is none.
rank_damaged <- function(bytes) {
  path <- withr::local_tempfile(fileext = ".h5ad")
  writeBin(bytes, path)
  rlang::catch_cnd(rank_genes_groups(path, "group", threads = 1L), "error")
}

fixture_bytes <- function(name) {
  path <- h5ad_fixture(name)
  readBin(path, "raw", file.size(path))
}

test_that("a file whose texts are all damaged is refused", {
  for (name in c("raw", "anndata-0.7", "lzf")) {
    whole <- fixture_bytes(name)
    heaps <- find_heaps(whole)
    references <- find_references(whole)
    expect_gt(length(references), 10L)
    expect_null(rank_damaged(whole))
    damaged <- c(
      lapply(heap_damages, function(damage) Reduce(damage, heaps, whole)),
      lapply(
        reference_damages,
        function(damage) Reduce(damage, references, whole)
      )
    )
    for (what in names(damaged)) {
      error <- rank_damaged(damaged[[what]])
      expect_s3_class(error, "wilcoxide_error_file")
    }
  }
})

test_that("a file with any text damaged is ranked or refused", {
  whole <- fixture_bytes("anndata-0.7")
  outcome <- function(damage, at) class(rank_damaged(damage(whole, at)))[[1L]]
  # Each reference in one of the ways.
  references <- find_references(whole)
  outcomes <- c(
    unlist(lapply(heap_damages, outcome, find_heaps(whole)[[1L]])),
    mapply(outcome, rep_len(reference_damages, length(references)), references)
  )
  # Ranking does not read all texts.
  expect_setequal(outcomes, c("NULL", "wilcoxide_error_file"))
})

test_that("strings that claim more bytes than the file are refused", {
  whole <- fixture_bytes("anndata-0.6")
  # Types of texts of one length: class 3 of version 1, the padding, two zeros,
  # and the size.
  at <- seq_len(length(whole) - 8L)
  types <- which(
    whole[at] == 0x13 & whole[at + 1L] < 3L &
      whole[at + 2L] == 0L & whole[at + 3L] == 0L
  )
  expect_gt(length(types), 1L)
  for (size in c(2^16, 2^31 - 1, 2^32 - 1)) {
    damaged <- Reduce(function(bytes, at) put(bytes, at + 4L, size, 4L),
      types,
      init = whole
    )
    error <- rank_damaged(damaged)
    expect_s3_class(error, "wilcoxide_error_file")
  }
})

test_that("numbers of more bits than their bytes have are refused", {
  whole <- fixture_bytes("anndata-0.7")
  # A whole number of 1 byte with a sign, as codes are: its bits come last.
  head <- as.raw(c(0x10, 0x08, 0, 0, 1, 0, 0, 0, 0, 0, 8, 0))
  types <- grepRaw(head, whole, fixed = TRUE, all = TRUE)
  expect_gt(length(types), 0L)
  for (bits in c(0, 9, 16, 65535)) {
    damaged <- Reduce(function(bytes, at) put(bytes, at + 10L, bits, 2L),
      types,
      init = whole
    )
    error <- rank_damaged(damaged)
    expect_s3_class(error, "wilcoxide_error_file")
    expect_match(conditionMessage(error), "contradicts itself")
  }
})
