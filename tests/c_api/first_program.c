#include <halfway/halfway.h>
#include <stdio.h>

int main(void) {
  double x[3] = {0.1, 1e5, 1e-9};
  halfway_events events = {0};
  if (halfway_round(x, 1, x, 1, "float64", "float16", 3, NULL, &events) != HALFWAY_OK)
    return fprintf(stderr, "%s\n", halfway_error_text()), 1;
  /* 0.0999755859375 inf 0, overflows: 1 */
  printf("%.17g %g %g, overflows: %d\n", x[0], x[1], x[2], (int)events.overflow);
}
