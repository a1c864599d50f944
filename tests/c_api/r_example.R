# Halfway from R: Rscript r_example.R GLUE, where GLUE is r_glue.c as a shared object.
# The first two functions are the example; what follows checks them.

dyn.load(commandArgs(trailingOnly = TRUE)[1])

rounding <- c(ties_to_even = 0L, ties_to_away = 1L, toward_zero = 2L, toward_positive = 3L, toward_negative = 4L)

round_to <- function(x, format, direction = "ties_to_even") {
  done <- .C("halfway_r_round", x = as.double(x), length(x), format, rounding[[direction]], events = double(8),
             status = integer(1), NAOK = TRUE)  # infinities and NaN are numbers
  if (done$status != 0) stop(trimws(.C("halfway_r_error_text", strrep(" ", 1000))[[1]]))
  structure(done$x, events = setNames(done$events, c("results", "invalid", "divided_by_zero", "overflow", "underflow",
                                                     "inexact", "nan", "flushed")))
}

y <- round_to(c(0.1, 1e5, 1e-9, 1, Inf), "float16")
stopifnot(identical(as.numeric(y), c(0.0999755859375, Inf, 0, 1, Inf)))
stopifnot(attr(y, "events")[["results"]] == 5, attr(y, "events")[["overflow"]] == 1, attr(y, "events")[["inexact"]] == 3)
stopifnot(as.numeric(round_to(0.1, "float16", "toward_positive")) == 0.10003662109375)
stopifnot(as.numeric(round_to(1e10, "e5m10", "toward_zero")) == 65504)
stopifnot(is.nan(round_to(NaN, "bfloat16")))
message <- tryCatch(round_to(1, "float17"), error = conditionMessage)
stopifnot(startsWith(message, "[parse_format] 'float17' is no format; there are float16, bfloat16"))
cat(R.version.string, "rounds with halfway\n")
