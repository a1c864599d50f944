/* Checks for the tests in C: TAP on the standard output. */
#include <stdio.h>
#include <string.h>

#include "halfway/halfway.h"

static int checks = 0, failures = 0;

static void check(int good, const char* what) {
  ++checks;
  failures += !good;
  printf("%s %d - %s\n", good ? "ok" : "not ok", checks, what);
}

static void check_error(halfway_status status, halfway_status expected, const char* text, const char* what) {
  const int good = status == expected && strcmp(halfway_error_text(), text) == 0;
  if (!good) fprintf(stderr, "%s: status %d, %s\n", what, (int)status, halfway_error_text());
  check(good, what);
}
