# Tests rank views that they have made or changed themselves.
registerS3method(
  "view_of",
  "wilcoxide_expression",
  function(x, ..., call) x,
  envir = asNamespace("wilcoxide")
)
