# install-packages.R NAME...: installs packages from CRAN and Bioconductor into
# the first library that can be written to.
wanted <- commandArgs(TRUE)
repos <- getOption("repos")
repos[repos == "@CRAN@"] <- "https://cloud.r-project.org"
library_path <- Find(function(path) file.access(path, 2) == 0, .libPaths())

if (!nzchar(system.file(package = "BiocManager"))) {
  utils::install.packages("BiocManager", library_path, repos = repos)
}
options(repos = repos)
utils::install.packages(
  wanted,
  library_path,
  repos = BiocManager::repositories()
)

missing <- wanted[!nzchar(vapply(
  wanted,
  function(package) system.file(package = package),
  character(1)
))]
if (length(missing) > 0L) {
  stop("Not installed: ", toString(missing), call. = FALSE)
}
