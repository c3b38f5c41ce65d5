# What tests/fixtures/make_h5ad.py writes; the formulas are stated there.
h5ad_values <- function() {
  steps <- h5ad_steps()
  values <- ifelse(steps < 3, 0, steps - 4.5)
  values[1L, 1L] <- 0.100000001490116119384765625
  values
}

h5ad_counts <- function() {
  steps <- h5ad_steps()
  ifelse(steps < 3, 0, steps)
}

h5ad_steps <- function() {
  outer(0:11, 0:5, function(i, j) (3 * i + 2 * j + i * j) %% 7)
}

h5ad_genes <- sprintf("g\u00e8ne%d", 0:5)
h5ad_labels <- c("\u03b2 cells", "T/NK", "Monocytes")
h5ad_codes <- c(1L, 2L, 3L, 1L, 2L, 3L, 1L, 2L, NA, 1L, 2L, 3L)

h5ad_factor <- function(labels = h5ad_labels, ordered = FALSE) {
  factor(labels[h5ad_codes], levels = labels, ordered = ordered)
}

skip_without_hdf5r <- function() {
  testthat::skip_if_not_installed("hdf5r")
}

h5ad_fixture <- function(name) {
  testthat::test_path("fixtures", paste0(name, ".h5ad"))
}

# The expression view of a file, without ranking anything. Its `matrix()` reads
# all values at once, as nothing but tests does.
view_h5ad <- function(name, ...) {
  skip_without_hdf5r()
  path <- if (file.exists(name)) name else h5ad_fixture(name)
  call <- rlang::current_env()
  view <- view_of(path, ..., call = call)
  view$matrix <- function() {
    with_h5ad(
      path,
      function(h5ad) {
        about <- describe_h5ad(h5ad, ...)
        form <- h5ad_matrix_form(h5ad, about$matrix)
        if (form$is_dense) {
          genes <- seq_len(form$n_minor)
          partitioned_slices(h5ad, form, genes, 1e8, threads = 2L)
        } else {
          h5ad_slices(h5ad, form, threads = 2L)
        }
      },
      call
    )
  }
  view
}

# Slices as a base matrix, cells by genes.
dense_of <- function(slices, n_cells = 12L, n_genes = 6L) {
  by_cell <- slices$major == "cell"
  minor <- slices$idx + 1L
  major <- rep(seq_len(length(slices$p) - 1L), diff(slices$p))
  dense <- matrix(0, n_cells, n_genes)
  at <- if (by_cell) cbind(major, minor) else cbind(minor, major)
  dense[at] <- slices$x
  dense
}

# A copy of a fixture, changed by `edit`, a function of the open file.
edited_h5ad <- function(name, edit, frame = parent.frame()) {
  skip_without_hdf5r()
  path <- withr::local_tempfile(fileext = ".h5ad", .local_envir = frame)
  file.copy(h5ad_fixture(name), path)
  file <- hdf5r::H5File$new(path, "r+")
  edit(file)
  file$close_all()
  path
}

# Puts other values in the place of a dataset.
replace_values <- function(file, part, values) {
  force(values)
  file$link_delete(part)
  file$create_dataset(part, values)
}

# How anndata writes None.
create_null <- function(file, part) {
  file$create_dataset(
    part,
    dtype = hdf5r::h5types$H5T_NATIVE_FLOAT,
    space = hdf5r::H5S$new("null"),
    chunk_dims = NULL
  )
}

# The file can be opened for writing: nobody has it open for reading.
expect_not_open <- function(path) {
  file <- hdf5r::H5File$new(path, "r+")
  testthat::expect_equal(as.integer(file$get_obj_count()), 1L)
  file$close_all()
}

# While this process has a file open for writing, HDF5 alone reads it.
through_hdf5 <- function(path, code) {
  file <- hdf5r::H5File$new(path, "r+")
  on.exit(file$close_all())
  force(code)
}

# Who gives the reason when HDF5 fails: it keeps silent once rhdf5 is loaded.
hdf5_says <- function() {
  if (isNamespaceLoaded("rhdf5")) "says" else "HDF5 says"
}
