# Written by tools/dev/wrappers.sh from src/rust: do not edit by hand.
# nolint start
#' The number of threads this process may use at once.
#' @noRd
available_threads <- function() .Call(wrap__available_threads)

#' Adjust p-values of all groups as one family.
#'
#' @param columns List of the p-values of each group; NaN is of no family.
#' @param corr_method As in `kernel_settings()`.
#' @param are_logs Whether they are decimal logarithms of p-values.
#' @param threads Number of threads.
#' @return A list: `status`; `columns`, the adjusted p-values.
#' @noRd
adjust_family <- function(columns, corr_method, are_logs, threads) .Call(wrap__adjust_family, columns, corr_method, are_logs, threads)

#' What tells a file from itself once it is written to, or replaced.
#'
#' @param path Its path.
#' @return A string, `NULL` where there is no such file.
#' @noRd
file_stamp <- function(path) .Call(wrap__file_stamp, path)

#' Open an HDF5 file for reading, past HDF5.
#'
#' @param path Its path.
#' @param root Path of the group that paths of parts count from, `NULL` for that
#'   of the file.
#' @return A list: `status`, see `check_status()`; `file`, an external pointer.
#' @noRd
hdf5_open <- function(path, root) .Call(wrap__hdf5_open, path, root)

#' Close a file.
#'
#' @param file What `hdf5_open()` returned.
#' @noRd
hdf5_close <- function(file) .Call(wrap__hdf5_close, file)

#' What an object of a file is.
#'
#' @param file What `hdf5_open()` returned.
#' @param part Path of the object from the root on.
#' @return A list: `status`; `kind`, `"group"`, `"dataset"`, `"other"` or
#'   `"none"`. Of a dataset also `space`, `"null"`, `"scalar"` or `"simple"`;
#'   `dims`, the slowest first; and `datatype`: a
#'   list of the name that HDF5 gives
#'   to its `class`, the `size` of a value in bytes, whether it is text of one
#'   length, `is_fixed`, and of records their `members`, by name.
#' @noRd
hdf5_node <- function(file, part) .Call(wrap__hdf5_node, file, part)

#' Names of the members of a group.
#'
#' @param file,part As for `hdf5_node()`.
#' @return A list: `status`; `members`, in their order.
#' @noRd
hdf5_members <- function(file, part) .Call(wrap__hdf5_members, file, part)

#' The value of an attribute.
#'
#' @param file,part As for `hdf5_node()`.
#' @param name Its name.
#' @return A list: `status`; `is_there`; `values`, see `hdf5_values()`.
#' @noRd
hdf5_attribute <- function(file, part, name) .Call(wrap__hdf5_attribute, file, part, name)

#' Whether there is an attribute, of whatever type.
#'
#' @param file,part,name As for `hdf5_attribute()`.
#' @return A list: `status`; `is_there`.
#' @noRd
hdf5_has_attribute <- function(file, part, name) .Call(wrap__hdf5_has_attribute, file, part, name)

#' All values of a dataset.
#'
#' @param file,part As for `hdf5_node()`.
#' @return A list: `status`; `values`: numbers, whole ones as integers where
#'   they fit; logical values of an enumeration; text; or a list of all these
#'   of records, by name. `exact` has whole numbers as text where some are of
#'   2^53 or more, and is else `NULL`; of records, a list.
#' @noRd
hdf5_values <- function(file, part) .Call(wrap__hdf5_values, file, part)

#' About how many values each gene of a matrix has.
#'
#' @param file,part,threads As for `read_sparse()`.
#' @param n Values that a sparse matrix has; not a number for a dense one.
#' @param n_genes Number of genes.
#' @param run As for `partitions_read()`.
#' @return A list: `status` as for `read_sparse()`, `sizes`.
#' @noRd
sample_sizes <- function(file, part, n, n_genes, run, threads) .Call(wrap__sample_sizes, file, part, n, n_genes, run, threads)

#' Room for values in partitions by gene.
#'
#' @param n_cells,n_genes Size of the matrix.
#' @param genes Genes to keep, from 0.
#' @param sizes About how many values each gene has.
#' @param limit About how many values a partition has.
#' @param memory Bytes to keep in memory.
#' @param directory Where a temporary file goes.
#' @return An external pointer.
#' @noRd
partitions_new <- function(n_cells, n_genes, genes, sizes, limit, memory, directory) .Call(wrap__partitions_new, n_cells, n_genes, genes, sizes, limit, memory, directory)

#' Let partitions go, and their temporary file.
#'
#' @param partitions What `partitions_new()` returned.
#' @noRd
partitions_close <- function(partitions) .Call(wrap__partitions_close, partitions)

#' Partition all values of a matrix in a file by gene.
#'
#' @param partitions What `partitions_new()` returned.
#' @param file,part,threads,tick As for `read_sparse()`.
#' @param starts First value of each cell of a sparse matrix, and the number
#'   of values; `NULL` of a dense one.
#' @param run Values to read at once.
#' @return A list: `status` as for `read_sparse()`.
#' @noRd
partitions_read <- function(partitions, file, part, starts, run, threads, tick) .Call(wrap__partitions_read, partitions, file, part, starts, run, threads, tick)

#' Add the values of some neighbouring cells.
#'
#' @param partitions What `partitions_new()` returned.
#' @param first_cell The first of the cells, from 0.
#' @param p,idx,x Compressed sparse storage of these cells, genes in any order.
#' @param is_single Are the values stored in single precision?
#' @return A list: `status` as for `read_sparse()`.
#' @noRd
partitions_add <- function(partitions, first_cell, p, idx, x, is_single) .Call(wrap__partitions_add, partitions, first_cell, p, idx, x, is_single)

#' The values of all genes that were kept.
#'
#' @param partitions What `partitions_new()` returned.
#' @param threads,tick As for `read_sparse()`.
#' @return A list: `status` as for `read_sparse()`, or `"too_large"` where there
#'   are more values than R's sparse matrices have; `p`, `idx` and `x`, a slice
#'   for each gene that was kept, in their order.
#' @noRd
partitions_values <- function(partitions, threads, tick) .Call(wrap__partitions_values, partitions, threads, tick)

#' The statistics of all genes that were kept, block by block.
#'
#' @param partitions What `partitions_new()` returned.
#' @param limit Values that a block may have, but for blocks of one gene.
#' @param codes,settings,tick As for `rank_matrix()`.
#' @return A list: `status`; `statistics`, a list as `rank_statistics()` takes
#'   it, empty where the settings have a `draft`; `looks_like_counts`; `single`, `NA`, as a file tells that itself;
#'   `n_blocks`; `spilled`, the bytes that were in
#'   the temporary file.
#' @noRd
partitions_statistics <- function(partitions, limit, codes, settings, tick) .Call(wrap__partitions_statistics, partitions, limit, codes, settings, tick)

#' Read slices of a compressed sparse matrix.
#'
#' @param file What `hdf5_open()` returned.
#' @param part Path of the matrix in the file.
#' @param starts First value of each slice in the file, from 0.
#' @param p Where the slices start in what is returned, and where the last one
#'   ends.
#' @param bound Indices must be below.
#' @param threads Number of threads.
#' @param tick As for `rank_matrix()`.
#' @return A list: `status`, see `check_status()`; `p`, `idx` and `x`, the
#'   indices of each slice ascending; several values in one place are summed.
#' @noRd
read_sparse <- function(file, part, starts, p, bound, threads, tick) .Call(wrap__read_sparse, file, part, starts, p, bound, threads, tick)

#' Make the indices of each slice ascend.
#'
#' @param p,idx,x Compressed sparse storage, the indices in any order.
#' @param is_single Are the values stored in single precision?
#' @param bound,threads,tick As for `read_sparse()`.
#' @return As for `read_sparse()`.
#' @noRd
order_slices <- function(p, idx, x, is_single, bound, threads, tick) .Call(wrap__order_slices, p, idx, x, is_single, bound, threads, tick)

#' Begin the file of a result.
#'
#' @param codes,settings As for `rank_matrix()`; the genes are all that are
#'   ranked.
#' @param path The file.
#' @param columns A list: `name`; `source`, `"level"`, `"group"`, `"gene"`,
#'   `"group_size"`, `"opposite_size"` or a table; `single`, whether its values
#'   are of single precision.
#' @param names A list of the names of all `levels`, `groups` and `genes`.
#' @param written For each level, or for all cells, the groups that have rows, a
#'   list: `name`, their place among the names, from 0; `size` and
#'   `opposite_size`, how many cells they and the other sides have.
#' @param memory Bytes to use.
#' @param directory Where a temporary file goes.
#' @return A list: `status`, `"output"` where the file cannot be made; `draft`,
#'   an external pointer; `groups_of_part`, for each level, of how many groups the
#'   rows are that lie together; `genes_at_once`, genes whose statistics have room
#'   in memory.
#' @noRd
draft_new <- function(codes, settings, path, columns, names, written, memory, directory) .Call(wrap__draft_new, codes, settings, path, columns, names, written, memory, directory)

#' Keep the statistics of further genes.
#'
#' @param draft What `draft_new()` returned.
#' @param blocks List of the `statistics` that `gene_statistics()` gave, in
#'   the order of the genes.
#' @return A list: `status`.
#' @noRd
draft_add <- function(draft, blocks) .Call(wrap__draft_add, draft, blocks)

#' Write the tables of all groups, and give the file its name.
#'
#' @param draft What `draft_new()` returned; it is closed then.
#' @param tick As for `rank_matrix()`.
#' @return A list: `status` as for `rank_matrix()`, or `"output"`, `"spill"`;
#'   `starts`, where each part of the file begins, if the file does not say so;
#'   `looks_like_counts`; `n_tied` as for `rank_matrix()`, of each level;
#'   `spilled`, the bytes that were in a temporary file.
#' @noRd
draft_finish <- function(draft, tick) .Call(wrap__draft_finish, draft, tick)

#' Give a file up.
#'
#' @param draft What `draft_new()` returned.
#' @noRd
draft_close <- function(draft) .Call(wrap__draft_close, draft)

#' The order that sorts strings naturally.
#'
#' @param x Strings, valid UTF-8, none `NA`.
#' @return Places in `x` from 1, the first string's first.
#' @noRd
natural_order <- function(x) .Call(wrap__natural_order, x)

#' Read the rows of some groups of a result in a file.
#'
#' @param path The file.
#' @param columns As for `draft_new()`.
#' @param starts What `draft_finish()` told of the file.
#' @param parts,places For each group to read, the part of the file that has its
#'   rows, and its place among the groups of this part, from 0.
#' @param n_rows Rows of each group.
#' @param wanted Columns to read, from 0.
#' @return A list: `status`, `"output"` where the file cannot be read;
#'   `columns`, a list of vectors.
#' @noRd
output_read <- function(path, columns, starts, parts, places, n_rows, wanted) .Call(wrap__output_read, path, columns, starts, parts, places, n_rows, wanted)

#' Rank genes.
#'
#' @param p,idx,x Compressed sparse storage, see `expression_view()`.
#' @param codes Group of each cell from 0; -1 for a cell without a group, -2 for
#'   one that takes no part.
#' @param settings A list, see `kernel_settings()`.
#' @param tick `NULL` or a function of the fraction done, called about every
#'   100 ms; it returns `TRUE` when it was interrupted.
#' @return A list; `status` is `"ok"`, `"interrupted"`, `"not_a_number"`,
#'   `"matrix"` or `"fault"`. Of each table that was asked for, and of `genes`,
#'   a list of one vector per group; of `pts` and `pts_rest`, where cells were
#'   counted, one vector per group, and in `pts` a last one for a reference;
#'   `looks_like_counts`; `n_tied`, for each group, how many genes have equal
#'   values among the cells compared, empty where nobody looked. Where the
#'   settings have a `split`, a list of `levels`, each with these tables.
#' @noRd
rank_matrix <- function(p, idx, x, codes, settings, tick) .Call(wrap__rank_matrix, p, idx, x, codes, settings, tick)

#' The statistics of a block of genes.
#'
#' What `rank_statistics()` makes tables of. It is plain data that may go
#' from one process to another.
#'
#' @param p,idx,x Compressed sparse storage of the genes of the block and of
#'   all cells, see `expression_view()`.
#' @param codes,settings,tick As for `rank_matrix()`; the genes are those of
#'   the block. Where the settings have a `draft`, it keeps the statistics.
#' @return A list; `status` as for `rank_matrix()`, `statistics`; where the
#'   settings have a `split`, a list of those of each level.
#' @noRd
gene_statistics <- function(p, idx, x, codes, settings, tick) .Call(wrap__gene_statistics, p, idx, x, codes, settings, tick)

#' Rank genes whose statistics are known.
#'
#' @param blocks List of the `statistics` that `gene_statistics()` gave, in
#'   the order of the genes.
#' @param codes,settings,tick As for `rank_matrix()`; the genes are those of
#'   all blocks.
#' @return As for `rank_matrix()`.
#' @noRd
rank_statistics <- function(blocks, codes, settings, tick) .Call(wrap__rank_statistics, blocks, codes, settings, tick)

#' Stack the columns of tables, group after group.
#'
#' What `unlist()` does, by all threads: most of the time goes into new memory.
#' Text can be written by R's thread only, while the others copy numbers.
#'
#' @param tables List of tables, each a list of one vector per group, all of
#'   them text or all of them doubles.
#' @param lengths How many rows each group has, in all tables.
#' @param threads Number of threads.
#' @return A list: `status`; `codes`, the number of each row's group, from 1;
#'   `columns`, one vector per table.
#' @noRd
stack_columns <- function(tables, lengths, threads) .Call(wrap__stack_columns, tables, lengths, threads)

#' Statistics of genes as numbers.
#'
#' @param blocks,codes,settings As for `rank_statistics()`.
#' @return A list; `status` is `"ok"` or `"fault"`. `rank_sums`, `expressing`
#'   and `sums`: a matrix each, one row per gene and one column per group, the
#'   last two with a last column for the cells of no selected group;
#'   `tie_factors`, one column for all groups. What was not kept has no
#'   columns.
#' @noRd
statistics_values <- function(blocks, codes, settings) .Call(wrap__statistics_values, blocks, codes, settings)

# nolint end
