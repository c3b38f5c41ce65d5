# `.h5ad` files that may be larger than memory: read whole where they fit,
# else in blocks of genes.
#
# Values that are stored by gene are read block by block. Those that are
# stored by cell are read once and partitioned by gene, in memory and, when that
# is full, in a temporary file without a name, which is gone with its last use;
# then each partition is ranked.

#' A matrix in a file as blocks of genes, see [block_source()]
#'
#' @param about What [describe_h5ad()] found.
#' @noRd
h5ad_blocks <- function(path, about, call) {
  block_source(
    plan = function(genes, budget, n_blocks) {
      ranges <- gene_ranges(genes, rep(1, length(genes)), Inf, n_blocks)
      lapply(ranges, structure, memory = budget)
    },
    # Workers may be in another folder.
    statistics = h5ad_reader(normalizePath(path), about),
    read = function(genes, budget, threads) {
      with_h5ad(
        path,
        function(h5ad) h5ad_gene_slices(h5ad, about, genes, budget, threads),
        call,
        modality = about$modality
      )
    }
  )
}

# Alone with the place, since workers get all that a function sees.
h5ad_reader <- function(path, about) {
  force(path)
  force(about)
  function(range, codes, settings, tick, call) {
    with_h5ad(
      path,
      function(h5ad) {
        check_unchanged(h5ad, about$stamp)
        statistics <- h5ad_statistics(list(
          h5ad = h5ad,
          matrix = h5ad_matrix_form(h5ad, about$matrix),
          codes = codes,
          settings = in_range(settings, range),
          memory = attr(range, "memory"),
          tick = function(fraction) is_interrupted(tick(fraction))
        ))
        check_unchanged(h5ad, about$stamp)
        statistics
      },
      call,
      modality = about$modality
    )
  }
}

in_range <- function(settings, range) {
  genes <- settings$genes + 1L
  settings$genes <- settings$genes[genes >= range[[1L]] & genes <= range[[2L]]]
  settings
}

is_interrupted <- function(expr) {
  tryCatch(
    {
      force(expr)
      FALSE
    },
    interrupt = function(cnd) TRUE
  )
}

check_unchanged <- function(h5ad, stamp) {
  if (identical(file_stamp(path.expand(h5ad$path)), stamp)) {
    return(invisible())
  }
  abort_file(
    c(
      "{.file {h5ad$path}} changed while it was read.",
      x = "Its size, its time of change or the file itself is different now.",
      i = "Rank it again when no program is writing to it."
    ),
    call = h5ad$call
  )
}

#' Statistics of some genes, by the way that costs least
#'
#' @param job A list: the open file, `h5ad`; `matrix`, what
#'   [h5ad_matrix_form()] says of it; `codes` and `settings` as `rank_matrix()`
#'   has them; `memory`, the bytes that may be used; `tick`, a function of the
#'   fraction done that returns `TRUE` when it was interrupted.
#' @return See [slices_statistics()].
#' @noRd
h5ad_statistics <- function(job) {
  matrix <- job$matrix
  genes <- job$settings$genes + 1L
  check_budget(job$memory, one_gene(job$settings$n_cells), job$h5ad$call)
  if (matrix$major == "gene") {
    # R lets go of one block when the next one is there already; levels are
    # dealt out of it.
    n_copies <- if (is.null(job$settings$split)) 2 else 3
    capacity <- job$memory / n_copies / 12
    sizes <- diff(matrix$starts)[genes]
    range_statistics(job, gene_ranges(genes, sizes, capacity))
  } else if (fits(matrix, job$memory)) {
    range_statistics(job, list(c(1L, matrix$n_minor)))
  } else {
    partition_statistics(job)
  }
}

# Bytes for one gene of all cells, three times: see partition_plan().
one_gene <- function(n_cells) {
  3 * 16 * (n_cells + 1)
}

#' The values of a few genes, in their order, see [block_source()]
#'
#' Those of other genes are never in memory together.
#' @noRd
h5ad_gene_slices <- function(h5ad, about, genes, budget, threads) {
  check_budget(budget, one_gene(about$n_cells), h5ad$call)
  check_unchanged(h5ad, about$stamp)
  matrix <- h5ad_matrix_form(h5ad, about$matrix)
  slices <- if (matrix$major == "gene") {
    h5ad_slices(h5ad, matrix, genes, threads)
  } else {
    partitioned_slices(h5ad, matrix, genes, budget, threads)
  }
  check_unchanged(h5ad, about$stamp)
  slices
}

partitioned_slices <- function(h5ad, matrix, genes, budget, threads) {
  job <- list(
    h5ad = h5ad,
    matrix = matrix,
    settings = list(
      n_cells = matrix$n_major,
      genes = sort(genes) - 1L,
      threads = threads
    ),
    memory = budget,
    tick = function(fraction) FALSE
  )
  plan <- partition_plan(job)
  partitions <- partition_by_gene(job, plan)
  on.exit(partitions_close(partitions))
  answer <- partitions_values(partitions, threads, NULL)
  status <- check_status(
    answer,
    h5ad$call,
    h5ad = h5ad,
    part = matrix$part,
    folder = plan$folder,
    otherwise = "too_large"
  )
  if (status == "too_large") {
    abort_too_large(h5ad, matrix$part, "values of the genes to show")
  }
  pick_slices(answer, rank(genes))
}

#' Slices in another order
#' @noRd
pick_slices <- function(slices, at) {
  lengths <- diff(slices$p)[at]
  stored <- sequence(lengths, from = slices$p[at] + 1L)
  list(
    p = c(0L, cumsum(lengths)),
    idx = slices$idx[stored],
    x = slices$x[stored],
    major = "gene"
  )
}

fits <- function(matrix, memory) {
  if (matrix$is_dense) {
    return(FALSE)
  }
  n <- matrix$starts[[matrix$n_major + 1L]]
  n <= .Machine$integer.max && 12 * n + 4 * length(matrix$starts) <= memory
}

#' Statistics of ranges of genes that are read as they are stored
#' @noRd
range_statistics <- function(job, ranges) {
  settings <- job$settings
  blocks <- list()
  for (range in ranges) {
    tick <- function(half) {
      function(fraction) {
        job$tick((length(blocks) + (half + fraction) / 2) / length(ranges))
      }
    }
    slices <- h5ad_slices(
      job$h5ad,
      job$matrix,
      if (job$matrix$major == "gene") seq(range[[1L]], range[[2L]]),
      settings$threads,
      tick(0)
    )
    block <- slices_statistics(slices, range, job$codes, settings, tick(1))
    blocks[[length(blocks) + 1L]] <- block
    if (stops_ranking(block)) {
      break
    }
  }
  join_blocks(blocks)
}

# Partitioning by gene ---------------------------------------------------------

#' Statistics of genes of a matrix that is stored by cell
#'
#' @noRd
partition_statistics <- function(job) {
  plan <- partition_plan(job)
  partitions <- partition_by_gene(job, plan)
  on.exit(partitions_close(partitions))
  settings <- job$settings
  settings$by_cell <- TRUE
  answer <- partitions_statistics(
    partitions,
    plan$limit,
    job$codes,
    settings,
    function(fraction) job$tick((1 + fraction) / 2)
  )
  check_status(
    answer,
    job$h5ad$call,
    h5ad = job$h5ad,
    part = job$matrix$part,
    folder = plan$folder,
    otherwise = "not_a_number"
  )
  answer
}

#' A third of the memory each for the partitions, for the matrix of one block,
#' and for what is being read
#' @noRd
partition_plan <- function(job) {
  share <- job$memory / 3
  starts <- 4 * (job$settings$n_cells + 1)
  list(
    memory = share,
    limit = min(max((share - starts) %/% 12, 1), .Machine$integer.max),
    # A value that is being read takes 32 bytes, all in all.
    run = min(max(share %/% (32 * job$settings$threads), 1), 2^20),
    folder = temporary_folder(job$h5ad$call)
  )
}

#' Partitions of the matrix, full
#'
#' HDF5 reads what the reader in Rust does not know.
#' @noRd
partition_by_gene <- function(job, plan) {
  partition_directly(job, plan) %||% partition_by_hdf5r(job, plan)
}

#' @return Partitions, `NULL` where HDF5 has to read.
#' @noRd
partition_directly <- function(job, plan) {
  h5ad <- job$h5ad
  matrix <- job$matrix
  part <- enc2utf8(matrix$part)
  threads <- job$settings$threads
  p <- matrix$starts
  n <- if (matrix$is_dense) NaN else max(p, 0)
  answer <- h5_answer(h5ad, function(reader) {
    sample_sizes(reader, part, n, matrix$n_minor, plan$run, threads)
  })
  if (!is_read(h5ad, matrix, answer)) {
    return(NULL)
  }
  tick <- function(fraction) job$tick(fraction / 2)
  fill_partitions(job, plan, answer$sizes, function(partitions) {
    partitions_read(
      partitions, h5ad$reader, part, p, plan$run, threads, tick
    )
  })
}

#' Partitions that `read` has filled, `NULL` where HDF5 has to read
#' @noRd
fill_partitions <- function(job, plan, sizes, read) {
  partitions <- partitions_new(
    job$settings$n_cells,
    job$matrix$n_minor,
    job$settings$genes,
    sizes,
    plan$limit,
    plan$memory,
    path.expand(plan$folder)
  )
  is_filled <- FALSE
  on.exit(if (!is_filled) partitions_close(partitions))
  answer <- read(partitions)
  is_filled <- is_read(job$h5ad, job$matrix, answer, plan$folder)
  if (is_filled) partitions
}
