/* Halfway from R: .C() passes vectors by address and strings as char**, which these lines turn into halfway.h's calls.
 * Compile with R CMD SHLIB, or as here: a shared object that is linked with libhalfway. */
#include <string.h>

#include "halfway/halfway.h"

/* x becomes what it is in the format; events are the eight counts of halfway_events. */
void halfway_r_round(double* x, const int* n, char** format, const int* rounding, double* events, int* status) {
  halfway_arithmetic arithmetic;
  halfway_events counts;
  memset(&counts, 0, sizeof counts);
  halfway_default_arithmetic(&arithmetic);
  arithmetic.rounding = *rounding;
  *status = halfway_round(x, 1, x, 1, "float64", format[0], *n, &arithmetic, &counts);
  const int64_t all[] = {counts.results, counts.invalid, counts.divided_by_zero, counts.overflow, counts.underflow,
                         counts.inexact, counts.nan,     counts.flushed};
  for (int i = 0; i < 8; ++i) events[i] = (double)all[i];
}

/* The error's text, in the string of blanks that it gets. */
void halfway_r_error_text(char** text) { strncpy(text[0], halfway_error_text(), strlen(text[0])); }
