# site.R: builds the site in build/site from the installed package.
options(pkgdown.internet = FALSE)
pkgdown::build_site(
  override = list(destination = "build/site"),
  install = FALSE,
  new_process = FALSE,
  preview = FALSE
)
