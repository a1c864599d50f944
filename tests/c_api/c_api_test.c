/* halfway.h from C99: what each function does, and what it says when it cannot. TAP on the standard output. */
#include "halfway/halfway.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "check.h"

static void versions(void) {
  check(halfway_abi_version() == HALFWAY_ABI_VERSION, "the header's ABI is the library's");
  check(strlen(halfway_version()) >= 5, "a version");
  check(strcmp(halfway_error_text(), "") == 0, "no error before the first");
}

static void formats(void) {
  int found = 0, described = 0;
  halfway_format format;
  for (int32_t i = 0; i < halfway_format_count(); ++i) {
    found += strcmp(halfway_format_name(i), "bfloat16") == 0;
    described += halfway_describe_format(halfway_format_name(i), &format) == HALFWAY_OK;
  }
  check(found == 1, "bfloat16 is listed once");
  check(described == halfway_format_count(), "every listed format is described");
  check(halfway_format_name(-1) == NULL && halfway_format_name(halfway_format_count()) == NULL, "no name beyond");

  check(halfway_describe_format("float8_e4m3fn", &format) == HALFWAY_OK, "float8_e4m3fn is described");
  check(format.bits == 8 && format.storage_bytes == 1 && format.precision == 4 && format.exponent_bits == 4 &&
            format.bias == 7 && format.specials == HALFWAY_SPECIALS_NAN_ALL_ONES && format.is_signed == 1 &&
            format.has_zero == 1 && format.has_infinity == 0 && format.has_nan == 1 && format.has_minus_zero == 1 &&
            format.min_exponent == -6 && format.max_exponent == 8 && format.max == 448 &&
            format.min_normal == 0.015625 && format.min_subnormal == 0.001953125 && format.epsilon == 0.125,
        "its fields");
  check(halfway_describe_format("float8_e8m0fnu", &format) == HALFWAY_OK && format.min_subnormal == 0 &&
            format.is_signed == 0 && format.has_zero == 0 && format.max == ldexp(1, 127),
        "a format without zero and subnormals");
  check(halfway_describe_format("e4m3:bias=11:specials=p3109", &format) == HALFWAY_OK && format.bias == 11 &&
            format.specials == HALFWAY_SPECIALS_P3109,
        "a format without a name");
  check(
      halfway_describe_format("float17", &format) == HALFWAY_VALUE_ERROR &&
          strncmp(halfway_error_text(), "[parse_format] 'float17' is no format; there are float16, bfloat16", 66) == 0,
      "an unknown format");
  check_error(halfway_describe_format(NULL, &format), HALFWAY_VALUE_ERROR,
              "[halfway_describe_format] format is NULL; pass an address", "no format");
}

static void conversions(void) {
  const float in[6] = {0.1f, -2.0f, 1e9f, 1e-9f, 65520.0f, INFINITY};
  uint16_t halves[12];
  halfway_events events;
  memset(&events, 0, sizeof events);
  memset(halves, 0xAA, sizeof halves);
  check(halfway_convert(in, "float32", 1, halves, "float16", 2, 6, NULL, &events) == HALFWAY_OK, "float32 to float16");
  check(halves[0] == 0x2E66 && halves[2] == 0xC000 && halves[4] == 0x7C00 && halves[6] == 0 && halves[8] == 0x7C00 &&
            halves[10] == 0x7C00,
        "its codes, two apart");
  check(halves[1] == 0xAAAA && halves[11] == 0xAAAA, "what lies between stays");
  check(events.results == 6 && events.inexact == 4 && events.overflow == 2 && events.underflow == 1 && events.nan == 0,
        "its events");

  halfway_arithmetic arithmetic;
  halfway_default_arithmetic(&arithmetic);
  check(arithmetic.random_bits == 16 && arithmetic.rounding == HALFWAY_TIES_TO_EVEN, "the default arithmetic");
  arithmetic.rounding = HALFWAY_TOWARD_POSITIVE;
  arithmetic.saturate = 1;
  check(halfway_convert(in + 5, "float32", -1, halves, "float16", 1, 6, &arithmetic, &events) == HALFWAY_OK &&
            halves[0] == 0x7BFF && halves[2] == 1 && halves[5] == 0x2E67,
        "upwards, saturating, from the last to the first");
  check(events.results == 12, "events are added");

  double values[2] = {0.1, 1e-50};
  check(halfway_round(values, 1, values, 1, "float64", "bfloat16", 2, NULL, NULL) == HALFWAY_OK &&
            values[0] == 0.10009765625 && values[1] == 0,
        "values in place");
  const int64_t integers[2] = {(INT64_C(1) << 60) + (INT64_C(1) << 36) + 1, -7};
  float floats[2];
  int8_t bytes[2];
  check(halfway_convert(integers, "int64", 1, floats, "float32", 1, 2, NULL, NULL) == HALFWAY_OK &&
            floats[0] == ldexpf(8388609.0f, 37) && floats[1] == -7,
        "integers, rounded once");
  check(halfway_convert(floats, "float32", 1, bytes, "int8", 1, 2, NULL, NULL) == HALFWAY_OK && bytes[0] == 127 &&
            bytes[1] == -7,
        "to integers");

  float half = 0.1f;
  check(
      halfway_round(&half, 0, &half, 0, "float32", "float16", 1, NULL, NULL) == HALFWAY_OK && half == 0.0999755859375f,
      "one value needs no stride");

  check_error(halfway_round(values, 1, values, 1, "float16", "bfloat16", 2, NULL, NULL), HALFWAY_VALUE_ERROR,
              "[halfway_round] held is 'float16'; use float32 or float64", "values are held as C's types");
  check_error(halfway_convert(NULL, "float32", 1, halves, "float16", 1, 1, NULL, NULL), HALFWAY_VALUE_ERROR,
              "[halfway_convert] src is NULL; pass an address", "no source");
  check(halfway_convert(NULL, "float32", 1, NULL, "float16", 1, 0, NULL, NULL) == HALFWAY_OK, "nothing to convert");
  check_error(halfway_convert(in, "float32", 1, halves, "float16", 1, -1, NULL, NULL), HALFWAY_VALUE_ERROR,
              "[halfway_convert] n is -1; it counts elements: pass 0 or more", "a negative size");
  check_error(halfway_convert(in, "float32", 0, halves, "float16", 0, 2, NULL, NULL), HALFWAY_VALUE_ERROR,
              "[halfway_convert] dst has a stride of 0; results need places of their own", "results in one place");
  check_error(halfway_convert((const char*)in + 1, "float32", 1, halves, "float16", 1, 1, NULL, NULL),
              HALFWAY_VALUE_ERROR,
              "[halfway_convert] src stands at an address that is no multiple of 4, the size of its elements; copy it "
              "to one that is",
              "an address between elements");
  arithmetic.rounding = 10;
  check_error(halfway_convert(in, "float32", 1, halves, "float16", 1, 1, &arithmetic, NULL), HALFWAY_VALUE_ERROR,
              "[halfway_convert] arithmetic->rounding is 10; use 0 to 9, as halfway.h names them", "no such rounding");
  halfway_default_arithmetic(&arithmetic);
  arithmetic.rounding = HALFWAY_STOCHASTIC;
  arithmetic.random_bits = 33;
  check(halfway_convert(in, "float32", 1, halves, "float16", 1, 1, &arithmetic, NULL) == HALFWAY_VALUE_ERROR,
        "too many random bits");
}

static void operations(void) {
  uint16_t x[3] = {0x3F80, 0x4000, 0x7F80} /* 1, 2, inf */, y = 0x4040 /* 3 */, out[3];
  const halfway_array operands[2] = {{x, "bfloat16", 1}, {&y, "bfloat16", 0}};
  const halfway_array result = {out, "bfloat16", 1};
  halfway_events events;
  memset(&events, 0, sizeof events);
  check(halfway_evaluate("divide", operands, 2, &result, 3, NULL, &events) == HALFWAY_OK && out[0] == 0x3EAB &&
            out[1] == 0x3F2B && out[2] == 0x7F80,
        "a quotient with one divisor for all");
  check(events.results == 3 && events.inexact == 2, "its events");
  check(halfway_evaluate("exp", operands, 1, &result, 3, NULL, NULL) == HALFWAY_OK && out[0] == 0x402E &&
            out[1] == 0x40EC && out[2] == 0x7F80,
        "a function");

  const float one[2] = {0.0f, 1.0f};
  float e[2];
  check(halfway_evaluate_float32("exp", one, e, 2) == HALFWAY_OK && e[0] == 1.0f && fabsf(e[1] - 2.7182817f) < 1e-6f,
        "a function on float32");
  check(halfway_evaluate_float32("expo", one, e, 2) == HALFWAY_VALUE_ERROR &&
            strncmp(halfway_error_text(), "[halfway_evaluate_float32] there is no function 'expo'; there are exp",
                    69) == 0,
        "an unknown function");
  check_error(halfway_evaluate_float32("exp", one, NULL, 2), HALFWAY_VALUE_ERROR,
              "[halfway_evaluate_float32] result is NULL; pass an address", "a result that is nowhere");

  int known = 0;
  int32_t count = 0;
  for (const char* name; (name = halfway_operation_name(count)) != NULL; ++count)
    known += halfway_operation_operands(name) >= 1 && halfway_operation_operands(name) <= 3;
  check(count > 30 && known == count, "operations and functions are listed");
  check(halfway_operation_operands("fma") == 3 && halfway_operation_operands("gelu") == 1 &&
            halfway_operation_operands("plus") == 0 && halfway_operation_operands(NULL) == 0,
        "how many operands they take");
  check(
      halfway_evaluate("plus", operands, 2, &result, 3, NULL, NULL) == HALFWAY_VALUE_ERROR &&
          strncmp(halfway_error_text(), "[halfway_evaluate] there is no operation 'plus'; there are convert", 66) == 0,
      "an unknown operation");
  check_error(halfway_evaluate("add", operands, 1, &result, 3, NULL, NULL), HALFWAY_VALUE_ERROR,
              "[halfway_evaluate] add came with count 1; it takes 2 operand(s)", "too few operands");
  const halfway_array nowhere = {NULL, "bfloat16", 1};
  check_error(halfway_evaluate("exp", &nowhere, 1, &result, 3, NULL, NULL), HALFWAY_VALUE_ERROR,
              "[halfway_evaluate] operands[0]->data is NULL; pass an address", "an operand that is nowhere");

  uint8_t truth[3];
  check(halfway_compare("less", &operands[0], &operands[1], truth, 3) == HALFWAY_OK && truth[0] == 1 && truth[1] == 1 &&
            truth[2] == 0,
        "a comparison");
  check_error(halfway_compare("<", &operands[0], &operands[1], truth, 3), HALFWAY_VALUE_ERROR,
              "[halfway_compare] there is no comparison '<'; there are equal, not_equal, less, less_equal, greater, "
              "greater_equal, unordered, total_order",
              "an unknown comparison");
}

static void texts(void) {
  uint64_t code = 0;
  char text[64];
  check(halfway_parse("0.1", "float16", NULL, &code) == HALFWAY_OK && code == 0x2E66, "a number is read");
  check(halfway_to_string("float16", code, text, sizeof text) == HALFWAY_OK && strcmp(text, "0.1") == 0, "and written");
  check(halfway_exact_decimal("float16", code, text, sizeof text) == HALFWAY_OK && strcmp(text, "0.0999755859375") == 0,
        "with all digits");
  check_error(halfway_to_string("float16", code, text, 3), HALFWAY_VALUE_ERROR,
              "[halfway_to_string] size is 3, and the text takes 4 bytes; pass as many", "too little room");
  check(halfway_parse("a tenth", "float16", NULL, &code) == HALFWAY_VALUE_ERROR && code == 0x2E66,
        "no number is no code");
}

static void threads(void) {
  check(halfway_set_threads(1) == HALFWAY_OK && halfway_threads() == 1, "one thread");
  check(halfway_set_threads(0) == HALFWAY_VALUE_ERROR && halfway_threads() == 1, "none");
}

int main(void) {
  versions();
  formats();
  conversions();
  operations();
  texts();
  threads();
  printf("1..%d\n", checks);
  return failures != 0;
}
