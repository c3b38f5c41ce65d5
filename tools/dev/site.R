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
# A figure of README would have the text for who cannot see it below, not in it.
html <- gsub(
  "alt=\"\"><p class=\"caption\">([^<]*)</p>",
  "alt=\"\\1\">",
  html
)
writeLines(enc2utf8(html), index, useBytes = TRUE)

# The contents of a page, as a list of links.
contents_of <- function(page) {
  headings <- xml2::xml_find_all(
    xml2::read_html(page),
    "//main//*[self::h2 or self::h3][@id]"
  )
  if (length(headings) == 0L) {
    return("")
  }
  text <- trimws(xml2::xml_text(headings))
  is_sub <- xml2::xml_name(headings) == "h3"
  link <- sprintf(
    "<a class=\"nav-link%s\" href=\"#%s\">%s</a>",
    ifelse(is_sub, " ms-3", ""),
    xml2::xml_attr(headings, "id"),
    vapply(text, htmltools::htmlEscape, "")
  )
  links <- paste(link, collapse = "")
  paste0("<div class=\"nav flex-column\">", links, "</div>")
}

# Makes a page of pkgdown 2.0, which fetches scripts and icons from the network,
# one that needs none. Later versions bring them along.
work_offline <- function(html, page, up) {
  if (!any(grepl("//cdn", html, fixed = TRUE))) {
    return(html)
  }
  styles <- sprintf(
    "<link rel=\"stylesheet\" href=\"%sicons/css/%s.min.css\">",
    up,
    c("all", "v4-shims")
  )
  html <- sub(
    "<link [^>]*font-awesome/[^>]*/all[.]min[.]css[^>]*>",
    paste(styles, collapse = ""),
    html
  )
  html <- gsub("<link [^>]*href=\"https://cdn[^>]*>", "", html)
  html <- gsub("<script src=\"https://[^>]*></script>", "", html)
  html <- gsub(
    "(<script src=\"[^\"]*)pkgdown[.]js\"></script>",
    "\\1site-offline.js\"></script>\\1pkgdown.js\"></script>",
    html
  )
  html <- gsub("id=\"search-input\"", "id=\"site-search\"", html)
  gsub(
    "(<nav id=\"toc\">.*?</h2>)",
    paste0("\\1", contents_of(page)),
    html
  )
}

icons <- system.file("fontawesome", package = "fontawesome", mustWork = TRUE)
dir.create(file.path(site, "icons"), showWarnings = FALSE)
file.copy(
  list.dirs(icons, recursive = FALSE),
  file.path(site, "icons"),
  recursive = TRUE
)
file.copy("tools/dev/site-offline.js", site, overwrite = TRUE)

pages <- list.files(site, "[.]html$", recursive = TRUE)
for (page in pages) {
  path <- file.path(site, page)
  lines <- readLines(path, encoding = "UTF-8")
  # Debian's pkgdown adds a script of the machine that it ran on.
  lines <- gsub("<script src=\"file:[^>]*></script>", "", lines)
  # And a logo that is none.
  lines <- gsub("<img src=\"\"[^>]*>", "", lines)
  up <- strrep("../", lengths(regmatches(page, gregexpr("/", page))))
  lines <- work_offline(lines, path, up)
  writeLines(enc2utf8(lines), path, useBytes = TRUE)
}

# Functions of one page have entries without a place in pkgdown 2.0.
index <- file.path(site, "search.json")
entries <- jsonlite::read_json(index)
entries <- Filter(function(entry) length(entry$path) > 0L, entries)
jsonlite::write_json(entries, index, auto_unbox = TRUE)

# The same for the search of site-offline.js.
words_of <- function(entry) {
  parts <- unlist(entry[c("title", "what", "text", "code")])
  tolower(paste(parts, collapse = " "))
}
heading_of <- function(entry) {
  paste(unique(unlist(entry[c("title", "what")])), collapse = " > ")
}
place_of <- function(entry) {
  path <- sub(published, "", entry$path, fixed = TRUE)
  paste(c(sub("^/", "", path), entry$id), collapse = "#")
}
offline <- data.frame(
  path = vapply(entries, place_of, ""),
  heading = vapply(entries, heading_of, ""),
  words = vapply(entries, words_of, "")
)
writeLines(
  paste0("window.siteIndex = ", jsonlite::toJSON(offline), ";"),
  file.path(site, "site-index.js"),
  useBytes = TRUE
)

links <- unlist(regmatches(html, gregexpr("(?<=href=\")[^#\"][^\"]*", html,
  perl = TRUE
)))
own <- sub("#.*", "", grep("^[a-z]+:", links, value = TRUE, invert = TRUE))
nowhere <- unique(own[!file.exists(file.path(site, own))])
if (length(nowhere) > 0L) {
  stop("Links of README lead nowhere: ", toString(nowhere), call. = FALSE)
}
