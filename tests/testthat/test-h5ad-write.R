# What is written -------------------------------------------------------------

test_that("what was written is read, bit by bit", {
  path <- writable_h5ad()
  ranking <- h5ad_ranking()
  ranking$scores[["T"]] <- c(-0, 0.100000001490116119384765625, NaN, -Inf)
  ranking$pvals[["10"]] <- c(1, 0.1, 4.9406564584124654e-324, 0)
  expect_silent(returned <- write_rank_genes_groups(ranking, path))
  expect_identical(returned, ranking)
  expect_true(same_bits(get_rank_genes_groups(path), ranking))
})

test_that("rankings of every kind are read as they were written", {
  path <- writable_h5ad()
  reference <- h5ad_ranking(reference = "10")
  tables <- setdiff(names(reference), c("params", "pts"))
  reference[tables] <- lapply(reference[tables], `[`, "T")
  single <- h5ad_ranking(pts = FALSE)
  single[-1L] <- lapply(single[-1L], function(table) table[1L, "10", FALSE])
  odd <- h5ad_ranking()
  odd$params$layer <- "l\u00e4yer"
  odd$params$use_raw <- TRUE
  odd$params$reference <- "100 %s"
  odd[-1L] <- lapply(odd[-1L], function(table) {
    names(table) <- c("T cell/\u00e9", "100 %s", "1")
    table
  })
  odd$names[["1"]] <- c("", "g\u00e8ne %n/1", "LYZ", "CD74")
  more <- h5ad_ranking()
  more$effect <- more$pvals

  kinds <- list(reference, single, odd, more, h5ad_ranking(pts = FALSE))
  for (i in seq_along(kinds)) {
    write_rank_genes_groups(kinds[[i]], path, paste("key", i))
  }
  for (i in seq_along(kinds)) {
    expect_identical(get_rank_genes_groups(path, paste("key", i)), kinds[[i]])
  }
})

test_that("the file holds what anndata would have written", {
  path <- writable_h5ad()
  write_rank_genes_groups(h5ad_ranking(), path, "k")
  file <- hdf5r::H5File$new(path, "r")
  on.exit(file$close_all())
  encoding <- function(part) {
    object <- file[[paste0("uns/k", part)]]
    paste(
      hdf5r::h5attr(object, "encoding-type"),
      hdf5r::h5attr(object, "encoding-version")
    )
  }
  types <- function(part) {
    type <- file[[paste0("uns/k/", part)]]$get_type()
    names <- type$get_cpd_labels()
    expect_identical(names, c("T", "B cell", "10"))
    vapply(type$get_cpd_types(), function(type) type$to_text(), "")
  }
  expect_identical(encoding(""), "dict 0.1.0")
  expect_identical(encoding("/params"), "dict 0.1.0")
  expect_identical(encoding("/params/method"), "string 0.2.0")
  expect_identical(encoding("/params/use_raw"), "numeric-scalar 0.2.0")
  expect_identical(encoding("/names"), "rec-array 0.2.0")
  expect_identical(encoding("/pts"), "dataframe 0.2.0")
  expect_identical(encoding("/pts/_index"), "string-array 0.2.0")
  expect_identical(encoding("/pts/B cell"), "array 0.2.0")
  expect_identical(
    file[["uns/k/params"]]$names,
    c("corr_method", "groupby", "method", "reference", "use_raw")
  )
  expect_match(types("names"), "H5T_VARIABLE.*UTF8")
  expect_identical(unique(types("scores")), "H5T_IEEE_F32LE")
  expect_identical(unique(types("logfoldchanges")), "H5T_IEEE_F32LE")
  expect_identical(unique(types("pvals")), "H5T_IEEE_F64LE")
  expect_identical(unique(types("pvals_adj")), "H5T_IEEE_F64LE")
  # Scalars, as Python wants them.
  for (name in c("encoding-type", "_index")) {
    space <- file[["uns/k/pts"]]$attr_open(name)$get_space()
    expect_identical(as.character(space$get_simple_extent_type()), "H5S_SCALAR")
  }
})

test_that("an older ranking is replaced, all else stays", {
  path <- writable_h5ad()
  before <- dense_of(view_h5ad(path)$matrix())
  write_rank_genes_groups(h5ad_ranking(), path)
  write_rank_genes_groups(h5ad_ranking(), path, "other")
  write_rank_genes_groups(h5ad_ranking(pts = FALSE), path)
  expect_identical(get_rank_genes_groups(path), h5ad_ranking(pts = FALSE))
  expect_identical(get_rank_genes_groups(path, "other"), h5ad_ranking())
  expect_identical(dense_of(view_h5ad(path)$matrix()), before)
  expect_identical(list.files(dirname(path), all.files = TRUE, no.. = TRUE),
                   basename(path))
  expect_not_open(path)
})

test_that("a file without uns gets one", {
  path <- writable_h5ad()
  file <- hdf5r::H5File$new(path, "r+")
  file$link_delete("uns")
  file$close_all()
  write_rank_genes_groups(h5ad_ranking(), path)
  expect_identical(get_rank_genes_groups(path), h5ad_ranking())
})

test_that("permissions stay, and links lead to the changed file", {
  skip_on_os("windows")
  path <- writable_h5ad()
  Sys.chmod(path, "640", use_umask = FALSE)
  link <- file.path(withr::local_tempdir(), "link.h5ad")
  file.symlink(path, link)
  write_rank_genes_groups(h5ad_ranking(), link)
  expect_identical(Sys.readlink(link), path)
  expect_identical(get_rank_genes_groups(path), h5ad_ranking())
  expect_identical(format(file.mode(path)), "640")
})

# What is refused -------------------------------------------------------------

test_that("rankings that Scanpy could not use are refused", {
  path <- writable_h5ad()
  refused <- function(ranking, regexp, key = "k") {
    expect_unchanged(
      write_rank_genes_groups(ranking, path, key),
      path,
      regexp,
      "wilcoxide_error_input"
    )
  }
  without <- h5ad_ranking()
  without$params["groupby"] <- list(NULL)
  refused(without, "as a\\s+vector")
  refused(toy_ranking(), "not a\\s+column")
  refused(filter_rank_genes_groups(h5ad_ranking()), "6 names")
  refused(h5ad_ranking(), "separates the names", "a/b")
  refused(h5ad_ranking(), "one string", NA_character_)
  renamed <- function(groups) {
    ranking <- h5ad_ranking()
    ranking[-1L] <- lapply(ranking[-1L], `names<-`, groups)
    ranking
  }
  refused(renamed(c("a", "a/b", "c")), "names that")
  refused(renamed(c("a", "_index", "c")), "_index")
  refused(renamed(c("a", "./b", "c")), "names that")
  refused(renamed(c("a", "", "c")), "has no name")
  expect_error(
    write_rank_genes_groups(h5ad_ranking(), c(path, path)),
    class = "wilcoxide_error_input"
  )
})

test_that("genes that the file does not have are refused", {
  path <- writable_h5ad()
  refused <- function(ranking, regexp) {
    expect_unchanged(
      write_rank_genes_groups(ranking, path),
      path,
      regexp,
      "wilcoxide_error_input"
    )
  }
  other <- h5ad_ranking(pts = FALSE)
  other$names[["T"]][1:2] <- c("MS4A1", "CD79A")
  refused(other, "2 of 6 genes are not in var: \"MS4A1\" and \"CD79A\"")
  refused(other, "Is this the file that was ranked")
  # Names of Seurat have no underscores.
  file <- hdf5r::H5File$new(path, "r+")
  file[["var/_index"]][1:2] <- c("CD3_D", "CD74")
  file$close_all()
  seurat <- h5ad_ranking(pts = FALSE)
  for (group in names(seurat$names)) {
    column <- seurat$names[[group]]
    seurat$names[[group]] <- replace(column, column == "CD3D", "CD3-D")
  }
  refused(seurat, "Seurat replaces .*Rank the file")
})

test_that("genes of raw are those of raw, some of them are enough", {
  path <- writable_h5ad("raw")
  genes <- function(use_raw) view_h5ad(path, use_raw = use_raw)$genes
  only_raw <- setdiff(genes(TRUE), genes(FALSE))
  ranking <- function(genes, use_raw) {
    ranking <- named_groups(c("a", "b"), genes)
    ranking$params$groupby <- "group"
    ranking$params["use_raw"] <- list(use_raw)
    ranking
  }
  expect_silent(write_rank_genes_groups(ranking(only_raw, TRUE), path))
  # A matrix does not know whether it was raw.
  expect_silent(write_rank_genes_groups(ranking(only_raw, NULL), path))
  expect_silent(write_rank_genes_groups(ranking(genes(FALSE), FALSE), path))
  expect_unchanged(
    write_rank_genes_groups(ranking(only_raw, FALSE), path),
    path,
    "not in var",
    "wilcoxide_error_input"
  )
})

test_that("as many groups as HDF5 has room for are written", {
  path <- writable_h5ad()
  many <- function(n) {
    values <- rep(list(c(1, 2)), n)
    names(values) <- sprintf("group %04d \u00e9", seq_len(n))
    names <- lapply(values, function(x) c("CD3D", "LYZ"))
    params <- h5ad_ranking()$params
    new_rank_genes_groups(params, alike_tables(names, values))
  }
  expect_unchanged(
    write_rank_genes_groups(many(964L), path),
    path,
    "964 groups",
    "wilcoxide_error_input"
  )
  write_rank_genes_groups(many(963L), path)
  expect_identical(get_rank_genes_groups(path), many(963L))
})

test_that("what is no .h5ad file is refused", {
  skip_without_hdf5r()
  directory <- withr::local_tempdir()
  path <- file.path(directory, "100%s.h5ad")
  refused <- function(regexp) {
    expect_unchanged(
      write_rank_genes_groups(h5ad_ranking(), path),
      path,
      regexp
    )
  }
  refused("no file")
  writeLines("text", path)
  refused("not an HDF5 file")
  file <- hdf5r::H5File$new(path, "w")
  file$close_all()
  refused("obs")
  expect_error(
    write_rank_genes_groups(h5ad_ranking(), directory),
    "directory",
    class = "wilcoxide_error_file"
  )
})

test_that("a read-only file is refused", {
  skip_on_os("windows")
  path <- writable_h5ad()
  Sys.chmod(path, "444")
  expect_unchanged(
    write_rank_genes_groups(h5ad_ranking(), path),
    path,
    "read-only"
  )
})

test_that("a read-only directory is refused", {
  skip_on_os("windows")
  skip_if(file.access("/", 2L) == 0L, "root may write everywhere")
  path <- writable_h5ad()
  Sys.chmod(dirname(path), "555")
  withr::defer(Sys.chmod(dirname(path), "755"))
  expect_unchanged(
    write_rank_genes_groups(h5ad_ranking(), path),
    path,
    "directory.*read-only"
  )
})

test_that("a file that is open for writing is refused", {
  path <- writable_h5ad()
  file <- hdf5r::H5File$new(path, "r+")
  expect_unchanged(
    write_rank_genes_groups(h5ad_ranking(), path),
    path,
    "in this R session"
  )
  expect_true(file$is_valid)
  file$close_all()

  # One that is open for reading goes on to be read as it was.
  file <- hdf5r::H5File$new(path, "r")
  write_rank_genes_groups(h5ad_ranking(), path)
  expect_false(file$path_valid("uns/rank_genes_groups"))
  file$close_all()
  expect_identical(get_rank_genes_groups(path), h5ad_ranking())
})
