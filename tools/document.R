# document.R: writes man/ and NAMESPACE from the comments in R/.
roxygen2::roxygenise(load_code = "source")
