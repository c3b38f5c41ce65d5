# plot.R MEDIANS FILE: draws the time of each tool on each data set.
library(ggplot2)

# Tools in the order of how many times as long as the fastest they take.
read_medians <- function(path) {
  medians <- utils::read.csv(path, colClasses = c(variant = "character"))
  medians <- medians[medians$variant == "" & medians$tool != "bare transpose", ]
  fastest <- ave(medians$wall, medians$data, FUN = min)
  order <- tapply(medians$wall / fastest, medians$tool, mean)
  medians$tool <- factor(medians$tool, names(sort(order, decreasing = TRUE)))
  titles <- sprintf(
    "%s: %s cells, %s genes,\n%s groups, %.0f million values",
    medians$data,
    format(medians$cells, big.mark = ",", trim = TRUE),
    format(medians$genes, big.mark = ",", trim = TRUE),
    medians$groups,
    medians$stored / 1e6
  )
  medians$title <- factor(titles, unique(titles))
  medians$threads <- factor(
    ifelse(medians$threads == 1, "1 thread", paste(medians$threads, "threads"))
  )
  medians
}

draw <- function(medians) {
  ggplot(medians, aes(.data$wall, .data$tool, colour = .data$threads)) +
    geom_line(aes(group = .data$tool), colour = "grey75", linewidth = 1) +
    geom_point(aes(shape = .data$threads), size = 3) +
    geom_text(
      aes(
        label = sprintf("   %s   ", signif(.data$wall, 2)),
        hjust = ifelse(.data$threads == "1 thread", 0, 1)
      ),
      size = 2.8, show.legend = FALSE
    ) +
    facet_wrap("title", ncol = 2L) +
    scale_x_log10(
      breaks = 10^(-2:3),
      labels = c("0.01", "0.1", "1", "10", "100", "1000"),
      expand = expansion(mult = 0.16)
    ) +
    scale_colour_manual(values = c("#0072B2", "#D55E00")) +
    labs(x = "seconds (logarithmic)", y = NULL, colour = NULL, shape = NULL) +
    theme_minimal(base_size = 12) +
    theme(
      legend.position = "top",
      panel.grid.minor = element_blank(),
      strip.text = element_text(hjust = 0)
    )
}

arguments <- commandArgs(TRUE)
medians <- read_medians(arguments[[1L]])
n_rows <- ceiling(nlevels(medians$title) / 2)
ggsave(
  arguments[[2L]],
  draw(medians),
  width = 8,
  height = 0.7 + n_rows * (0.9 + 0.28 * nlevels(medians$tool)),
  dpi = 150,
  bg = "white"
)
