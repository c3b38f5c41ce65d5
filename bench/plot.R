# plot.R MEDIANS FILE [FILE]: draws the time of each tool on each data set, on
# one and two threads; and that of wilcoxide on all numbers of threads.
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

# Wall time and processor time, as multiples of those on one thread.
draw_threads <- function(medians) {
  ours <- medians[medians$tool == "wilcoxide", ]
  first <- ours[ours$threads == 1L, ]
  first <- first[match(ours$data, first$data), ]
  kinds <- c("wall time", "processor time")
  ratios <- data.frame(
    title = ours$title,
    threads = ours$threads,
    ratio = c(ours$wall / first$wall, ours$cpu / first$cpu),
    kind = factor(rep(kinds, each = nrow(ours)), kinds)
  )
  ggplot(ratios, aes(.data$threads, .data$ratio, colour = .data$kind)) +
    geom_line(linewidth = 1) +
    geom_point(aes(shape = .data$kind), size = 3) +
    facet_wrap("title", ncol = 2L) +
    scale_x_continuous(trans = "log2", breaks = unique(ratios$threads)) +
    scale_y_continuous(
      trans = "log2",
      breaks = c(1 / 16, 1 / 8, 1 / 4, 1 / 2, 0.7, 1, 1.4, 2),
      labels = function(x) paste0(signif(x, 2), "x")
    ) +
    scale_colour_manual(values = c("#0072B2", "#D55E00")) +
    labs(x = "threads", y = "of one thread", colour = NULL, shape = NULL) +
    theme_minimal(base_size = 12) +
    theme(
      legend.position = "top",
      panel.grid.minor = element_blank(),
      strip.text = element_text(hjust = 0)
    )
}

arguments <- commandArgs(TRUE)
all_medians <- read_medians(arguments[[1L]])
medians <- all_medians[all_medians$threads %in% 1:2, ]
medians$threads <- factor(
  ifelse(medians$threads == 1L, "1 thread", paste(medians$threads, "threads"))
)
n_rows <- ceiling(nlevels(medians$title) / 2)
ggsave(
  arguments[[2L]],
  draw(medians),
  width = 8,
  height = 0.7 + n_rows * (0.9 + 0.28 * nlevels(medians$tool)),
  dpi = 150,
  bg = "white"
)
if (length(arguments) > 2L) {
  ggsave(
    arguments[[3L]],
    draw_threads(all_medians),
    width = 8,
    height = 0.7 + n_rows * 2.6,
    dpi = 150,
    bg = "white"
  )
}
