# Reading rankings in `.h5ad` files, as anndata or anndataR wrote them.

#' @param path Path of the file.
#' @noRd
read_h5ad_ranking <- function(path, key, modality, call) {
  check_h5ad_string(path, "object", "the path of an .h5ad file", call)
  check_key(key, "key", call)
  check_modality_string(modality, call)
  read <- function(h5ad) {
    levels <- h5ad_levels(h5ad, key, call)
    if (!is.null(levels)) {
      return(levels)
    }
    read_h5ad_key(h5ad, key, call)
  }
  with_h5ad(path, read, call, "object", modality)
}

read_h5ad_key <- function(h5ad, key, call) {
  check_h5ad_ranking(h5ad, key)
  result_from_uns(
    h5ad_uns(h5ad, paste0("uns/", key)),
    list(
      where = cli::format_inline("{.field uns/{key}} in {.file {h5ad$path}}"),
      abort = abort_file,
      call = call
    )
  )
}

h5ad_levels <- function(h5ad, key, call) {
  if (is_h5ad_ranking(h5ad, paste0("uns/", key))) {
    return(NULL)
  }
  fetch_levels(
    key,
    h5ad_rankings(h5ad),
    function(key) read_h5ad_key(h5ad, key, call)
  )
}

h5ad_rankings <- function(h5ad) {
  members <- if (h5_exists(h5ad, "uns")) {
    h5_members(h5ad, "uns")
  } else {
    character()
  }
  Filter(
    function(member) is_h5ad_ranking(h5ad, paste0("uns/", member)),
    members
  )
}

check_h5ad_ranking <- function(h5ad, key) {
  if (is_h5ad_ranking(h5ad, paste0("uns/", key))) {
    return(invisible())
  }
  if (is.null(h5ad$root) && is_mudata(h5_members(h5ad, "/"))) {
    abort_mudata(h5ad)
  }
  there <- h5ad_rankings(h5ad)
  abort_file(
    c(
      "{.arg key} must name a ranking in {.file {h5ad$path}}.",
      x = "There is none named {.val {key}}.",
      i = if (length(there) > 0L) {
        "Rankings there: {.val {there}}."
      } else if (is.null(h5ad$root)) {
        "The file has no rankings."
      } else {
        "This modality has no rankings."
      }
    ),
    call = h5ad$call
  )
}

is_h5ad_ranking <- function(h5ad, part) {
  h5_exists(h5ad, part) && h5_is_group(h5ad, part) &&
    all(c("params", "names") %in% h5_members(h5ad, part))
}

#' All elements of a ranking as lists, see [result_from_uns()]
#' @noRd
h5ad_uns <- function(h5ad, part) {
  members <- h5_members(h5ad, part)
  lapply(rlang::set_names(members), function(name) {
    member <- paste0(part, "/", name)
    if (name %in% plain_elements) {
      h5ad_params(h5ad, member)
    } else if (name %in% table_names("gene")) {
      group_table(h5ad_columns(h5ad, member), frame_index(h5ad, member))
    } else {
      h5ad_table(h5ad, member)
    }
  })
}

h5ad_params <- function(h5ad, part) {
  members <- Filter(
    function(name) !h5_is_group(h5ad, paste0(part, "/", name)),
    h5_members(h5ad, part)
  )
  lapply(rlang::set_names(members), function(name) {
    member <- paste0(part, "/", name)
    if (!h5_is_null(h5ad, member)) h5_values(h5ad, member)
  })
}

# anndata writes records, anndataR a group of columns or a data frame.
h5ad_table <- function(h5ad, part) {
  if (!h5_is_group(h5ad, part)) {
    return(h5_records(h5ad, part))
  }
  if (identical(h5_attr(h5ad, part, "encoding-type"), "dataframe")) {
    return(h5ad_columns(h5ad, part))
  }
  lapply(
    rlang::set_names(h5_members(h5ad, part)),
    function(name) h5_values(h5ad, paste0(part, "/", name))
  )
}

h5ad_columns <- function(h5ad, frame) {
  lapply(
    rlang::set_names(frame_columns(h5ad, frame)),
    function(name) frame_column(h5ad, frame, name)
  )
}
