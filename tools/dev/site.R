# site.R: builds the site in build/site from the installed package.
options(pkgdown.internet = FALSE)
site <- "build/site"
pkgdown::build_site(
  override = list(destination = site),
  install = FALSE,
  new_process = FALSE,
  preview = FALSE
)

# README leads to files of the repository, which on the site have other places
# or none.
index <- file.path(site, "index.html")
html <- readLines(index, encoding = "UTF-8")
urls <- strsplit(read.dcf("DESCRIPTION", "URL"), ",\\s*")[[1L]]
repository <- paste0(grep("github.com", urls, value = TRUE), "/blob/main/")
published <- paste0(grep("github.com", urls, value = TRUE, invert = TRUE), "/")
places <- c(
  "vignettes/([a-z-]+)[.]Rmd" = "articles/\\1.html",
  "NEWS[.]html" = "news/index.html",
  "(bench/results)[.]html" = paste0(repository, "\\1.md"),
  "(LICENSE[.]note)" = paste0(repository, "\\1")
)
for (place in names(places)) {
  html <- gsub(
    sprintf("href=\"%s\"", place),
    sprintf("href=\"%s\"", places[[place]]),
    html
  )
}
# What README links to on the site is here, too, so that it works offline.
html <- gsub(
  sprintf("href=\"%s", published),
  "href=\"",
  html,
  fixed = TRUE
)
writeLines(enc2utf8(html), index, useBytes = TRUE)

# Debian's pkgdown adds a script of the machine that it ran on.
pages <- list.files(site, "[.]html$", full.names = TRUE, recursive = TRUE)
for (page in pages) {
  lines <- readLines(page, encoding = "UTF-8")
  lines <- gsub("<script src=\"file:[^>]*></script>", "", lines)
  writeLines(enc2utf8(lines), page, useBytes = TRUE)
}

# Functions of one page have entries without a place in pkgdown 2.0.
index <- file.path(site, "search.json")
entries <- jsonlite::read_json(index)
entries <- Filter(function(entry) length(entry$path) > 0L, entries)
jsonlite::write_json(entries, index, auto_unbox = TRUE)

links <- unlist(regmatches(html, gregexpr("(?<=href=\")[^#\"][^\"]*", html,
  perl = TRUE
)))
own <- sub("#.*", "", grep("^[a-z]+:", links, value = TRUE, invert = TRUE))
nowhere <- unique(own[!file.exists(file.path(site, own))])
if (length(nowhere) > 0L) {
  stop("Links of README lead nowhere: ", toString(nowhere), call. = FALSE)
}
