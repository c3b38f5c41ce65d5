# packages.R FIELD...: writes the names of the packages in these fields of
# DESCRIPTION, one per line, without those that come with R itself.
fields <- read.dcf("DESCRIPTION", commandArgs(TRUE))
names <- unlist(strsplit(fields[!is.na(fields)], ","))
names <- trimws(sub("[(].*", "", names))
own <- rownames(utils::installed.packages(.Library, priority = "base"))
writeLines(setdiff(names, c("R", own)))
