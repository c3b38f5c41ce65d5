# `.h5ad` files that may be larger than memory: read whole where they fit,
# else in blocks of genes.
#
# Values that are stored by gene are read block by block. Those that are
# stored by cell are read once and dealt out by gene, into partitions in memory
# and, when that is full, in a temporary file without a name, which is gone
# with its last use; then each partition is ranked.

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
        call
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
      call
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
      x = "Its size, its time of change or the file itself is another.",
      i = "Rank it again when nobody writes to it."
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
    # R lets go of one block when the next one is there already.
    capacity <- job$memory / 2 / 12
    sizes <- diff(matrix$starts)[genes]
    range_statistics(job, gene_ranges(genes, sizes, capacity))
  } else if (fits(matrix, job$memory)) {
    range_statistics(job, list(c(1L, matrix$n_minor)))
  } else {
    deal_statistics(job)
  }
}

# Bytes for one gene of all cells, three times: see deal_plan().
one_gene <- function(n_cells) {
  3 * 16 * (n_cells + 1)
}

#' The values of a few genes, in their order, see [block_source()]
#' @noRd
h5ad_gene_slices <- function(h5ad, about, genes, budget, threads) {
  check_budget(budget, one_gene(about$n_cells), h5ad$call)
  check_unchanged(h5ad, about$stamp)
  slices <- h5ad_matrix(h5ad, about$matrix, threads)
  check_unchanged(h5ad, about$stamp)
  values <- pick_genes(slices, genes, length(about$genes), about$n_cells)
  matrix_slices(values, FALSE, h5ad$call)
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
      if (job$matrix$major == "gene") range,
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

# Dealing out by gene ----------------------------------------------------------

#' Statistics of genes of a matrix that is stored by cell
#'
#' HDF5 reads what the reader in Rust does not know.
#' @noRd
deal_statistics <- function(job) {
  plan <- deal_plan(job)
  partitions <- deal_directly(job, plan) %||% deal_by_hdf5(job, plan)
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
  check_reading(answer, job, plan, "not_a_number")
  answer
}

#' A third of the memory each for what is dealt out, for the matrix of one
#' block, and for what is being read
#' @noRd
deal_plan <- function(job) {
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

#' @return Partitions, `NULL` where HDF5 has to read.
#' @noRd
deal_directly <- function(job, plan) {
  where <- h5ad_locations(job$h5ad, job$matrix)
  if (is.null(where)) {
    return(NULL)
  }
  path <- path.expand(job$h5ad$path)
  threads <- job$settings$threads
  p <- as.double(job$matrix$starts)
  sample <- sample_sizes(
    path,
    where,
    max(p, 0),
    job$matrix$n_minor,
    plan$run,
    threads
  )
  if (check_reading(sample, job, plan, "unsupported") != "ok") {
    return(NULL)
  }
  deal(job, plan, sample$sizes, function(partitions) {
    tick <- function(fraction) job$tick(fraction / 2)
    partitions_read(partitions, path, where, p, plan$run, threads, tick)
  })
}

deal_by_hdf5 <- function(job, plan) {
  matrix <- job$matrix
  p <- matrix$starts %||% (matrix$n_minor * seq(0, matrix$n_major))
  sizes <- rep(p[[matrix$n_major + 1L]] / matrix$n_minor, matrix$n_minor)
  deal(job, plan, sizes, function(partitions) {
    first <- 0
    while (first < matrix$n_major) {
      last <- max(findInterval(p[[first + 1]] + plan$run, p) - 1, first + 1)
      cells <- h5_slices(job$h5ad, matrix, c(first + 1, last))
      answer <- partitions_add(partitions, first, cells$p, cells$idx, cells$x)
      if (answer$status == "ok" && job$tick(last / matrix$n_major / 2)) {
        answer <- list(status = "interrupted")
      }
      if (answer$status != "ok") {
        return(answer)
      }
      first <- last
    }
    list(status = "ok")
  })
}

#' Partitions that `read` has filled, `NULL` where it did not know how
#' @noRd
deal <- function(job, plan, sizes, read) {
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
  if (check_reading(answer, job, plan, "unsupported") != "ok") {
    return(NULL)
  }
  is_filled <- TRUE
  partitions
}

check_reading <- function(answer, job, plan, otherwise = character()) {
  check_status(
    answer,
    job$h5ad$call,
    h5ad = job$h5ad,
    part = job$matrix$part,
    folder = plan$folder,
    otherwise = otherwise
  )
}
