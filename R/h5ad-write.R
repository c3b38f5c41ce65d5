#' Write a ranking into an `.h5ad` file
#'
#' Puts a ranking into `uns` of a file of AnnData as anndata itself writes it,
#' so that `sc.get.rank_genes_groups_df()`, `sc.tl.filter_rank_genes_groups()`
#' and the plots `sc.pl.rank_genes_groups*()` of Scanpy work on it in Python.
#'
#' The file is never left half-written: the ranking is written into a copy in
#' the same directory, which replaces the file when it is complete. A call that
#' fails, is interrupted or killed leaves the file unchanged. This needs as much
#' free space as the file takes, and permission to write in its directory. A
#' call that is killed leaves the unfinished copy behind, a hidden file whose
#' name begins with `.wilcoxide-`; it can be deleted.
#'
#' Permissions of the file stay, and where `path` is a link, the file that it
#' leads to is changed. Its owner becomes the user who writes it, as for every
#' new file. Programs that have the file open for reading go on reading it as it
#' was; if one has it open for writing, that is an error.
#'
#' Scanpy's plots and filter look up the groups of cells in the column of `obs`
#' that `params$groupby` names. If the groups were given as a vector, set
#' `result$params$groupby` to the name of that column first.
#'
#' The genes of the ranking must be those of the file, or some of them: in
#' `raw/var` if `raw` was ranked, in `var` otherwise.
#'
#' The settings of the ranking and tables that Scanpy does not make are written
#' next to Scanpy's own, which Scanpy reads as before and leaves in place.
#'
#' A ranking within levels (`split_by`) is written as one ranking for each
#' level, under `key_added`, `_` and the name of the level.
#'
#' Not written are entries of `params` that are `NULL`: versions of anndata
#' before 0.12 could not read the file, and Scanpy does not need them.
#'
#' @param result What [rank_genes_groups()] returned. Names that
#'   [filter_rank_genes_groups()] set to `NA` cannot be stored in a file: write
#'   the ranking as it was, and filter it in Python.
#' @param path Path of an existing `.h5ad` file.
#' @param key_added Name of the ranking in `uns`. A ranking that is already
#'   there under this name is replaced.
#' @param modality Of a MuData file (`.h5mu`), the name of the modality that was
#'   ranked, such as `"rna"`: the ranking goes into its `uns`.
#'
#' @return `result`, invisibly.
#'
#' @seealso [get_rank_genes_groups()] reads rankings from files, Scanpy's too.
#' @examplesIf requireNamespace("hdf5r", quietly = TRUE)
#' path <- tempfile(fileext = ".h5ad")
#' shipped <- system.file(
#'   "extdata", "pbmc68k_reduced.h5ad",
#'   package = "wilcoxide"
#' )
#' file.copy(shipped, path)
#'
#' result <- rank_genes_groups(path, "bulk_labels", pts = TRUE, threads = 1)
#' write_rank_genes_groups(result, path)
#' identical(get_rank_genes_groups(path), result)
#' @export
write_rank_genes_groups <- function(result,
                                    path,
                                    key_added = "rank_genes_groups",
                                    modality = NULL) {
  call <- rlang::current_env()
  if (!missing(result) && is_split(result)) {
    check_split_result(result, call, "result")
  } else {
    check_result(result)
  }
  check_h5ad_string(path, "path", "the path of an .h5ad file", call)
  check_h5ad_key(key_added, call)
  check_modality_string(modality, call)
  rankings <- rankings_to_store(result, key_added)
  for (ranking in rankings) {
    check_names_writable(ranking, call)
    check_groups_writable(ranking, call)
    check_groups_fit(names(ranking$names), call)
  }
  check_package("hdf5r", "Writing an .h5ad file")
  replace_h5ad(
    path,
    check = function(h5ad) {
      check_is_h5ad(h5ad)
      check_groupby_stored(
        params_of(result)$groupby,
        frame_columns(h5ad, "obs"),
        cli::format_inline("{.file {path}}"),
        call
      )
      check_genes_stored(rankings[[1L]], h5ad)
    },
    change = function(file) {
      root <- paste(c(modality_root(modality), "uns"), collapse = "/")
      for (key in names(rankings)) {
        write_uns(file, root, key, rankings[[key]])
      }
    },
    call,
    modality
  )
  invisible(result)
}

#' Refuse a result of genes that the file does not have
#'
#' Scanpy looks their values up: in `raw` where that was ranked, in `var`
#' otherwise. A ranking of a matrix does not know which it was.
#' @noRd
check_genes_stored <- function(result, h5ad) {
  use_raw <- result$params$use_raw
  raw <- if (!isFALSE(use_raw)) h5ad_raw_part(h5ad, "var")
  parts <- c(if (!isTRUE(use_raw) || is.null(raw)) "var", raw)
  there <- unlist(lapply(parts, function(part) frame_index(h5ad, part)))
  ranked <- unique(unlist(as.list(result$names), use.names = FALSE))
  unknown <- setdiff(ranked, there)
  if (length(unknown) == 0L) {
    return(invisible())
  }
  abort_input(
    c(
      "{.arg result} must be of the genes in {.file {h5ad$path}}: Scanpy's plots
       and filter look them up there.",
      x = "{length(unknown)} of {length(ranked)} gene{?s}
           {cli::qty(unknown)}{?is/are} not in {.or {.field {parts}}}:
           {.val {cli::cli_vec(unknown, list(`vec-trunc` = 5))}}.",
      i = if (all(gsub("-", "_", unknown) %in% gsub("-", "_", there))) {
        "Seurat replaces {.val _} in names of genes by {.val -}. Rank the file
         itself: {.code rank_genes_groups(path, groupby)}."
      } else {
        "Is this the file that was ranked?"
      }
    ),
    call = h5ad$call
  )
}

check_h5ad_key <- function(key, call) {
  check_key(key, "key_added", call)
  if (grepl("/", enc2utf8(key), fixed = TRUE) || key == ".") {
    abort_input(
      c(
        "{.arg key_added} must be a name that an HDF5 file can hold.",
        x = "It is {.val {key}}: {.val /} separates the names of groups in a
             file."
      ),
      call = call
    )
  }
}

check_names_writable <- function(result, call) {
  dropped <- sum(vapply(result$names, function(x) sum(is.na(x)), 0L))
  if (dropped > 0L) {
    abort_input(
      c(
        "{.arg result} must name all its genes to be written.",
        x = "{dropped} name{?s} {?is/are} NA, which no {.file .h5ad} file can
             hold.",
        i = "Write the ranking before {.fn filter_rank_genes_groups}, and
             filter in Python: {.code sc.tl.filter_rank_genes_groups(adata)}."
      ),
      call = call
    )
  }
}

# A table of records has its columns described within 64 KiB, so that HDF5 has
# room for about 1,000 groups. Scanpy's own tables end there, too.
check_groups_fit <- function(groups, call) {
  bytes <- nchar(enc2utf8(groups), type = "bytes")
  if (8 + sum(8 * (bytes %/% 8 + 1) + 52) > 65535) {
    abort_input(
      c(
        "Groups must be few enough for a table of an {.file .h5ad} file.",
        x = "{length(groups)} groups with names of {sum(bytes)} bytes are too
             many.",
        i = "Rank some of them with {.arg groups}, or write them in parts under
             several keys."
      ),
      call = call
    )
  }
}

# Columns of fractions are parts of the file with names of their own, where a
# slash makes a group of what is before it.
check_groups_writable <- function(result, call) {
  groups <- unique(c(names(result$names), names(result$pts)))
  bad <- groups == ""
  if (!is.null(result$pts)) {
    in_the_way <- vapply(
      groups,
      function(group) any(startsWith(groups, paste0(group, "/"))),
      NA
    )
    bad <- bad | in_the_way | groups == "_index" |
      grepl("(^|/)[.]?(/|$)", groups)
  }
  if (any(bad)) {
    abort_input(
      c(
        "Groups must have names that an {.file .h5ad} file can hold.",
        x = "{sum(bad)} {?has/have} none: {.val {groups[bad]}}.",
        i = "Give the groups other names in R and in {.field obs}."
      ),
      call = call
    )
  }
}

#' Write a ranking into an open file
#'
#' @param file A file of hdf5r, open for writing.
#' @param uns The group to write it into.
#' @noRd
write_uns <- function(file, uns, key, result) {
  if (!file$path_valid(uns)) {
    write_group(file, uns)
  }
  part <- paste0(uns, "/", key)
  if (file$path_valid(part)) {
    file$link_delete(part)
  }
  write_group(file, part)
  for (name in stored_elements(result)) {
    member <- paste0(part, "/", name)
    if (name == "params") {
      write_params(file, member, result$params)
    } else if (name == "settings") {
      write_settings(file, member, result$settings)
    } else if (name %in% table_names("gene")) {
      write_frame(file, member, result[[name]])
    } else {
      table <- result[[name]]
      type <- table_type(name, table, result$settings)
      write_records(file, member, table, type)
    }
  }
}

# Entries that are no single values have no place in Scanpy's `params`.
write_params <- function(file, part, params) {
  write_group(file, part)
  for (name in names(params)) {
    value <- params[[name]]
    if (is.atomic(value) && length(value) == 1L) {
      encoding <- if (is.character(value)) "string" else "numeric-scalar"
      write_dataset(
        file,
        paste0(part, "/", name),
        value,
        scalar_type(value),
        encoding,
        space = hdf5r::H5S$new("scalar")
      )
    }
  }
}

write_settings <- function(file, part, settings) {
  settings <- stored_settings(settings)
  is_scalar <- vapply(
    names(settings),
    function(name) result_settings[[name]]$per == "result",
    NA
  )
  write_params(file, part, settings[is_scalar])
  for (name in names(settings)[!is_scalar]) {
    value <- settings[[name]]
    write_dataset(
      file,
      paste0(part, "/", name),
      value,
      scalar_type(value),
      if (is.character(value)) "string-array" else "array"
    )
  }
}

write_records <- function(file, part, table, type) {
  type <- hdf5r::H5T_COMPOUND$new(
    labels = enc2utf8(names(table)),
    dtypes = rep(list(column_type(type)), length(table))
  )
  table[] <- lapply(table, as_hdf5)
  write_dataset(file, part, table, type, "rec-array")
}

write_frame <- function(file, part, frame) {
  names(frame) <- enc2utf8(names(frame))
  write_group(file, part, "dataframe", "0.2.0", names(frame))
  text <- column_type("text")
  genes <- attr(frame, "row.names")
  write_dataset(file, paste0(part, "/_index"), genes, text, "string-array")
  for (name in names(frame)) {
    make_parents(file, part, name)
    write_dataset(
      file,
      paste0(part, "/", name),
      frame[[name]],
      column_type("float64"),
      "array"
    )
  }
}

# HDF5 -------------------------------------------------------------------------

#' @param columns Their names, for a data frame.
#' @noRd
write_group <- function(file,
                        part,
                        encoding = "dict",
                        version = "0.1.0",
                        columns = NULL) {
  group <- file$create_group(part)
  on.exit(group$close())
  write_encoding(group, encoding, version)
  if (!is.null(columns)) {
    write_attribute(group, "_index", "_index")
    write_attribute(group, "column-order", columns, space = NULL)
  }
}

write_dataset <- function(file, part, values, type, encoding, space = NULL) {
  dataset <- withCallingHandlers(
    file$create_dataset(
      part,
      robj = as_hdf5(values),
      dtype = type,
      space = space,
      chunk_dims = NULL
    ),
    # hdf5r warns that infinity is out of the range of single precision, and
    # stores it.
    warning = function(cnd) {
      if (grepl("H5T_CONV_EXCEPT_RANGE", conditionMessage(cnd))) {
        rlang::cnd_muffle(cnd)
      }
    }
  )
  on.exit(dataset$close())
  write_encoding(dataset, encoding, "0.2.0")
}

# A slash in the name of a column makes a group.
make_parents <- function(file, part, name) {
  pieces <- strsplit(name, "/", fixed = TRUE)[[1L]]
  parents <- Reduce(file.path, pieces[-length(pieces)], accumulate = TRUE)
  for (parent in file.path(part, parents)) {
    if (!file$path_valid(parent)) {
      file$create_group(parent)$close()
    }
  }
}

write_encoding <- function(object, encoding, version) {
  write_attribute(object, "encoding-type", encoding)
  write_attribute(object, "encoding-version", version)
}

write_attribute <- function(object,
                            name,
                            value,
                            space = hdf5r::H5S$new("scalar")) {
  attribute <- object$create_attr(
    name,
    robj = value,
    dtype = column_type("text"),
    space = space
  )
  attribute$close()
}

as_hdf5 <- function(values) {
  if (is.character(values)) enc2utf8(values) else values
}

scalar_type <- function(value) {
  if (is.logical(value)) {
    # Python's booleans.
    hdf5r::H5T_LOGICAL$new(include_NA = FALSE)
  } else {
    column_type(switch(typeof(value),
      character = "text",
      integer = "int64",
      "float64"
    ))
  }
}

column_type <- function(type) {
  switch(type,
    text = hdf5r::H5T_STRING$new(size = Inf)$set_cset(
      hdf5r::h5const$H5T_CSET_UTF8
    ),
    int64 = hdf5r::h5types$H5T_STD_I64LE,
    float32 = hdf5r::h5types$H5T_IEEE_F32LE,
    float64 = hdf5r::h5types$H5T_IEEE_F64LE
  )
}
