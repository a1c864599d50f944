/* Matrix products, devices, units and probing of halfway.h from C99. TAP on the standard output. */
#include "check.h"

enum { terms = 4 };

/* 2^23 - 2^23 - 0.5 - 0.25 - 0.125 (Table 8 of arXiv 2511.10909), in float16 with c in float32. */
static const uint16_t left[terms] = {0xF000, 0xB800, 0xB400, 0xB000}, right[terms] = {0x6400, 0x3C00, 0x3C00, 0x3C00};
static const float c = 8388608.0f;

static halfway_matrix matrix(const void* data, const char* format, int64_t rows, int64_t cols) {
  const halfway_matrix x = {(void*)(size_t)data, format, rows, cols, cols, 1};
  return x;
}

/* As docs/other-languages.md has it. */
static void documented(void) {
  const float one = 1, two = 2;
  float y = 0;
  const halfway_matrix a = matrix(&one, "float32", 1, 1), b = matrix(&two, "float32", 1, 1),
                       d = matrix(&y, "float32", 1, 1);
  halfway_status status;
  halfway_matmul_options how;
  halfway_default_matmul(&how);
  how.device = "h100"; /* or how.unit = "hopper_mma_f16"; how.algorithm = "BF16_BF16_F32_X3"; ... */
  status = halfway_matmul(&a, &b, &d, &how);
  check(status == HALFWAY_OK && y == 2, "as documented");
}

static void products(void) {
  const halfway_matrix a = matrix(left, "float16", 1, terms), b = matrix(right, "float16", terms, 1),
                       addend = matrix(&c, "float32", 1, 1);
  float sum = 0;
  const halfway_matrix d = matrix(&sum, "float32", 1, 1);
  halfway_matmul_options how;
  halfway_default_matmul(&how);
  how.addend = &addend;
  const struct {
    const char *device, *unit;
    float expected;
  } cases[] = {{"tesla_v100", NULL, 0},           {"a100", NULL, -0.5f}, {"h100", NULL, -0.75f},
               {NULL, "mi100_mfma_f16", -0.875f}, {NULL, NULL, -0.875f}, {NULL, "mi300_mfma_f16", -0.5f}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
    how.device = cases[i].device, how.unit = cases[i].unit, sum = 99;
    check(halfway_matmul(&a, &b, &d, &how) == HALFWAY_OK && sum == cases[i].expected, cases[i].unit ? cases[i].unit
                                                                                      : cases[i].device
                                                                                          ? cases[i].device
                                                                                          : "the cpu");
  }
  check(halfway_exact_matmul(&a, &b, &d, &addend) == HALFWAY_OK && sum == -0.875f, "exactly");

  const float x[6] = {1, 2, 3, 4, 5, 6}, bias[2] = {0.5f, -100};
  float y[4] = {0};
  const halfway_matrix rows = matrix(x, "float32", 2, 3), d2 = matrix(y, "float32", 2, 2);
  const halfway_matrix cols = {(void*)(size_t)x, "float32", 3, 2, 1, 3}; /* x transposed */
  halfway_default_matmul(&how);
  how.bias = bias, how.relu = 1;
  check(
      halfway_matmul(&rows, &cols, &d2, &how) == HALFWAY_OK && y[0] == 14.5f && y[1] == 0 && y[2] == 32.5f && y[3] == 0,
      "strides, bias and relu");
  how.algorithm = "BF16_BF16_F32_X3", how.bias = NULL, how.relu = 0;
  check(halfway_matmul(&rows, &cols, &d2, &how) == HALFWAY_OK && y[0] == 14 && y[3] == 77, "an algorithm");
  check(halfway_matmul(&rows, &cols, &d2, NULL) == HALFWAY_OK && y[1] == 32, "no options");

  how.algorithm = "BF17";
  check_error(
      halfway_matmul(&rows, &cols, &d2, &how), HALFWAY_VALUE_ERROR,
      "[halfway_matmul] there is no algorithm 'BF17'; use one of XLA's, such as BF16_BF16_F32, TF32_TF32_F32 or "
      "F32_F32_F32",
      "an unknown algorithm");
  halfway_default_matmul(&how);
  how.device = "cpu", how.unit = "sequential";
  check_error(halfway_matmul(&rows, &cols, &d2, &how), HALFWAY_VALUE_ERROR,
              "[halfway_matmul] options name a device and a unit; a unit stands for itself: set device to NULL",
              "a device and a unit");
  how.unit = NULL, how.device = "h101";
  check(halfway_matmul(&rows, &cols, &d2, &how) == HALFWAY_VALUE_ERROR &&
            strncmp(halfway_error_text(), "[halfway_matmul] there is no device 'h101'; there are cpu, ", 58) == 0,
        "an unknown device");
  check(halfway_matmul(&rows, &rows, &d2, NULL) == HALFWAY_SHAPE_ERROR, "sizes that do not fit");
  check_error(halfway_matmul(NULL, &cols, &d2, NULL), HALFWAY_VALUE_ERROR,
              "[halfway_matmul] a is NULL; pass an address", "no operand");
  const halfway_matrix nowhere = matrix(NULL, "float32", 2, 3);
  check_error(halfway_matmul(&nowhere, &cols, &d2, NULL), HALFWAY_VALUE_ERROR,
              "[halfway_matmul] a->data is NULL; pass an address", "an operand that is nowhere");
  const halfway_matrix one_place = {y, "float32", 2, 2, 0, 1};
  check_error(halfway_matmul(&rows, &cols, &one_place, NULL), HALFWAY_VALUE_ERROR,
              "[halfway_matmul] d has a stride of 0; results need places of their own", "results in one place");
}

static void lists(void) {
  int known = 0, h100 = 0, units = 0, labelled = 0;
  halfway_device device;
  for (int32_t i = 0; halfway_device_name(i) != NULL; ++i, ++known) h100 += strcmp(halfway_device_name(i), "h100") == 0;
  check(known >= 16 && h100 == 1 && halfway_device_name(-1) == NULL, "devices are listed");
  check(halfway_describe_device("tesla_v100", &device) == HALFWAY_OK && device.kind == 1 && device.major == 7 &&
            device.minor == 0 && strcmp(device.description, "Tesla V100-SXM2-16GB") == 0 && device.memory_bytes > 0,
        "a device");
  check(halfway_describe_device("tpu_v3", &device) == HALFWAY_OK && device.kind == 2 && device.flushes == 1 &&
            device.major == -1,
        "a TPU");
  check(halfway_describe_device("abacus", &device) == HALFWAY_VALUE_ERROR, "an unknown device");
  halfway_unit unit;
  for (int32_t i = 0; halfway_unit_name(i) != NULL; ++i, ++units)
    labelled += halfway_describe_unit(halfway_unit_name(i), &unit) == HALFWAY_OK && strlen(unit.label) >= 10;
  check(units > 40 && labelled == units, "units are listed");
  check(halfway_describe_unit("hopper_mma_f16", &unit) == HALFWAY_OK && strcmp(unit.result, "float32") == 0 &&
            unit.revision == 1 && unit.operand_formats == 2 && strlen(unit.unsettled) > 0 && strlen(unit.source) > 0 &&
            strcmp(unit.label, "checked against published silicon output") == 0,
        "a unit");
  check(strcmp(halfway_unit_operand("hopper_mma_f16", 1), "bfloat16") == 0 &&
            halfway_unit_operand("hopper_mma_f16", 2) == NULL,
        "its operands");
}

/* A unit that nobody knows by name: float32 terms from the last to the first; and how often it was asked. */
static int32_t backwards(const void* a, const void* b, const void* addend, void* d, void* user) {
  const float *x = a, *y = b;
  float sum = addend ? *(const float*)addend : 0;
  for (int k = 8; k-- > 0;) sum = (float)(sum + (float)(x[k] * y[k]));
  *(float*)d = sum;
  ++*(int*)user;
  return 0;
}
static int32_t broken(const void* a, const void* b, const void* addend, void* d, void* user) {
  (void)a, (void)b, (void)addend, (void)d, (void)user;
  return 7;
}

static void probing(void) {
  int calls = 0;
  char text[8192];
  halfway_black_box box = {"float32", "float32", "float32", 8, 1, 1, 1, 0, backwards, &calls};
  check(halfway_probe(&box, 0, text, sizeof text) == HALFWAY_OK &&
            strstr(text, "order: c + 7 + 6 + ... + 0\n") != NULL &&
            strstr(text, "rounding where c is added: ties_to_even\n") != NULL && strstr(text, "nearest: ") != NULL &&
            strstr(text, "unit: ") == NULL && calls > 500,
        "a sum from behind");
  check(halfway_probe(&box, 0, text, 16) == HALFWAY_VALUE_ERROR, "too little room");
  box.multiply = broken;
  check_error(halfway_probe(&box, 0, text, sizeof text), HALFWAY_VALUE_ERROR,
              "[halfway_probe] box->multiply returned 7; the probing ends there", "a function that fails");
  box.multiply = NULL;
  check_error(halfway_probe(&box, 0, text, sizeof text), HALFWAY_VALUE_ERROR,
              "[halfway_probe] box->multiply is NULL; pass a function", "no function");
}

int main(void) {
  documented();
  products();
  lists();
  probing();
  printf("1..%d\n", checks);
  return failures != 0;
}
