# Paths of what is not an `.h5ad` file: what it is, and what to do with it.

check_is_local <- function(path, arg, call) {
  if (!grepl("^[A-Za-z][A-Za-z0-9+.-]+://", showable(path))) {
    return(invisible())
  }
  abort_file(
    c(
      "{.arg {arg}} must be the path of an {.file .h5ad} file on this machine.",
      x = "It is an address, {.val {path}}.",
      i = "Fetch it first: {.code download.file(url, path, mode = \"wb\")}."
    ),
    call = call
  )
}

check_is_no_folder <- function(path, arg, call) {
  if (!dir.exists(path)) {
    return(invisible())
  }
  has <- function(...) any(file.exists(file.path(path, c(...))))
  abort_file(
    c(
      "{.arg {arg}} must be the path of an {.file .h5ad} file.",
      x = "{.file {path}} is a directory.",
      i = if (has("matrix.mtx", "matrix.mtx.gz")) {
        "{.code Seurat::Read10X()} and {.code DropletUtils::read10xCounts()}
         read the counts of 10x Genomics in it."
      } else if (has("col_names", "row_names", "idxptr", "version")) {
        "{.code BPCells::open_matrix_dir()} opens a matrix of BPCells."
      } else {
        "AnnData stores in Zarr format are not supported. Write the object into
         a file in Python: {.code anndata.read_zarr(path).write_h5ad(file)}."
      }
    ),
    call = call
  )
}

abort_not_hdf5 <- function(path, call) {
  file <- tolower(showable(path))
  name <- sub("[.](gz|bz2|xz)$", "", file)
  abort_file(
    c(
      "Can't read {.file {path}}.",
      x = "It is not an HDF5 file.",
      i = if (grepl("[.](rds|rda|rdata|qs)$", name)) {
        "It seems to hold an object of R: read it, and give the object."
      } else if (grepl("[.](csv|tsv|txt)$", name)) {
        "It seems to be a table of text: give a matrix of it, such as
         {.code as.matrix(read.csv(path, row.names = 1))}."
      } else if (endsWith(name, ".mtx")) {
        "It seems to be a matrix of text: give what {.code Matrix::readMM()}
         makes of it."
      } else if (grepl("[.]h5ad[.](zip|tar|gz|bz2|xz)$", file)) {
        "It seems to be compressed: unpack it first."
      }
    ),
    call = call
  )
}

#' Refuse an HDF5 file of other contents than an AnnData's
#' @noRd
check_is_h5ad <- function(h5ad) {
  parts <- h5_members(h5ad, "/")
  if (is_mudata(parts)) {
    abort_mudata(h5ad)
  }
  missing <- setdiff(c("obs", "var"), parts)
  if (length(missing) == 0L) {
    return(invisible())
  }
  abort_file(
    c(
      "{.file {h5ad$path}} is an HDF5 file, but not an {.file .h5ad} file.",
      x = "It has no {.field {missing}}.",
      i = if (all(c("row_attrs", "col_attrs") %in% parts)) {
        "It is a loom file. Convert it in Python:
         {.code anndata.io.read_loom(path).write_h5ad(file)}."
      } else if (all(c("assays", "cell.names") %in% parts)) {
        "It is a file of package {.pkg SeuratDisk}: {.code LoadH5Seurat()} reads
         the object in it."
      } else if (is_10x(h5ad, parts)) {
        "It holds counts of 10x Genomics: {.code Seurat::Read10X_h5()} and
         {.code DropletUtils::read10xCounts()} read them."
      }
    ),
    call = h5ad$call
  )
}

is_mudata <- function(parts) {
  "mod" %in% parts && !"X" %in% parts
}

abort_mudata <- function(h5ad) {
  modalities <- h5_members(h5ad, "mod")
  # That of the genes, if it has the name that it usually has.
  one <- c(intersect("rna", modalities), modalities, "rna")[[1L]]
  abort_file(
    c(
      "{.file {h5ad$path}} is a MuData file, not an {.file .h5ad} file.",
      x = "It has {length(modalities)} modalit{?y/ies}: {.val {modalities}}.",
      i = "Say which one you mean: {.code modality = \"{one}\"}.",
      i = "For anything else, write it to a file of its own in Python:
           {.code mudata.read_h5ad(path, mod=\"{one}\").write_h5ad(file)}."
    ),
    call = h5ad$call
  )
}

check_modality <- function(h5ad, modality) {
  is_mudata <- is_mudata(h5_members(h5ad, "/"))
  modalities <- if (is_mudata) h5_members(h5ad, "mod")
  if (modality %in% modalities) {
    return(invisible())
  }
  abort_file(
    c(
      "{.arg modality} must name a modality of {.file {h5ad$path}}.",
      x = if (is_mudata) {
        "There is no modality {.val {modality}}."
      } else {
        "It is not a MuData file, and has no modalities."
      },
      i = if (is_mudata) {
        "Modalities there: {.val {modalities}}."
      } else {
        "Leave {.arg modality} out."
      }
    ),
    call = h5ad$call
  )
}

# In a group that is called "matrix", or after the genome.
is_10x <- function(h5ad, parts) {
  has_barcodes <- function(part) h5_exists(h5ad, paste0(part, "/barcodes"))
  any(vapply(parts, has_barcodes, NA))
}
