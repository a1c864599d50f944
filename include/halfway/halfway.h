/* Halfway for other languages: number formats, rounding, arithmetic and functions on arrays, in plain C (C99).
 *
 * Every function that can fail returns a halfway_status; halfway_error_text() then says what is wrong, in words. No C++
 * exception leaves the library. Functions may be called from several threads.
 *
 * A format is given by its name ("bfloat16", "float8_e4m3fn", ...) or by a notation: "e5m10",
 * "e4m3:bias=8:specials=nan_minus_zero:unsigned" (format_text.hpp has the grammar). Its numbers are codes in the
 * smallest of 8, 16, 32 bits, those of float64 in 64: float32 and float64 are C's float and double. Where conversions
 * meet integers these are "int8" to "int64" and "uint8" to "uint64". Strides count
 * elements, may be negative and, of what is only read, zero. What each result is stands in bulk.hpp and math.hpp.
 */
#ifndef HALFWAY_HALFWAY_H
#define HALFWAY_HALFWAY_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Grows by one when something below changes in a way that a compiled program would notice; what is only added does not
 * count. halfway_abi_version() is that of the library, which must be equal. */
#define HALFWAY_ABI_VERSION 1
int32_t halfway_abi_version(void);
/* "0.1.0" */
const char* halfway_version(void);

typedef int32_t halfway_status;
enum {
  HALFWAY_OK = 0,
  HALFWAY_VALUE_ERROR = 1, /* an argument is out of its domain */
  HALFWAY_DTYPE_ERROR = 2, /* formats do not fit together */
  HALFWAY_SHAPE_ERROR = 3, /* sizes do not fit together */
  HALFWAY_NO_MEMORY = 4,
  HALFWAY_OTHER_ERROR = 5
};
/* Of the last call on this thread that failed; "" if none has. Valid until the next one fails. */
const char* halfway_error_text(void);

/* ------------------------------------------------------------------------------------------------------- formats */

enum { /* halfway_format.specials: what the codes outside the finite numbers mean */
       HALFWAY_SPECIALS_IEEE = 0,
       HALFWAY_SPECIALS_NAN_ALL_ONES = 1,
       HALFWAY_SPECIALS_NAN_MINUS_ZERO = 2,
       HALFWAY_SPECIALS_P3109 = 3,
       HALFWAY_SPECIALS_NONE = 4
};

typedef struct halfway_format {
  int32_t bits, storage_bytes;
  int32_t precision; /* significand bits, the hidden one included */
  int32_t exponent_bits, bias, specials, is_signed, has_zero;
  int32_t has_infinity, has_nan, has_minus_zero;
  int32_t min_exponent, max_exponent;             /* of normal numbers: 2^e <= |x| < 2^(e + 1) */
  double max, min_normal, min_subnormal, epsilon; /* min_subnormal: 0 where there is none */
} halfway_format;

/* The formats that have a name, counted from 0; NULL beyond the last. */
int32_t halfway_format_count(void);
const char* halfway_format_name(int32_t index);
halfway_status halfway_describe_format(const char* format, halfway_format* description);

/* ------------------------------------------------------------------------------------------------------ rounding */

enum { /* halfway_arithmetic.rounding */
       HALFWAY_TIES_TO_EVEN = 0,
       HALFWAY_TIES_TO_AWAY = 1,
       HALFWAY_TOWARD_ZERO = 2,
       HALFWAY_TOWARD_POSITIVE = 3,
       HALFWAY_TOWARD_NEGATIVE = 4,
       HALFWAY_TO_ODD = 5,
       HALFWAY_STOCHASTIC = 6,
       HALFWAY_STOCHASTIC_ODD = 7,
       HALFWAY_STOCHASTIC_FAST = 8,
       HALFWAY_STOCHASTIC_FASTEST = 9
};

/* How results are rounded; where NULL is given for it, as halfway_default_arithmetic() sets it. */
typedef struct halfway_arithmetic {
  int32_t rounding;
  int32_t flush_inputs, flush_results; /* not 0: subnormal operands, tiny results become zeros */
  int32_t saturate;                    /* not 0: beyond the largest finite number, that */
  int32_t random_bits;                 /* of stochastic rounding: 0 to 32 */
  int32_t reserved;                    /* 0 */
  uint64_t seed, stream;               /* the random bits of element i depend on these and i alone */
} halfway_arithmetic;

/* Ties to even, subnormals kept, overflow to infinity, 16 random bits of seed 0 and stream 0. */
void halfway_default_arithmetic(halfway_arithmetic* arithmetic);

/* How often each event happened: calls add to what stands there. NULL where nobody wants to know. */
typedef struct halfway_events {
  int64_t results, invalid, divided_by_zero, overflow, underflow, inexact, nan, flushed;
} halfway_events;

/* dst[i] = src[i] as a code of dst_format, rounded once; either may be integers. The same array may be src and dst if
 * their elements have one size; other overlap is not allowed, here and below. */
halfway_status halfway_convert(const void* src, const char* src_format, int64_t src_stride, void* dst,
                               const char* dst_format, int64_t dst_stride, int64_t n,
                               const halfway_arithmetic* arithmetic, halfway_events* events);

/* dst[i] = src[i] rounded to a number of `format`, both held as float32 or float64, which `held` names: values for
 * programs that have no type of that format. */
halfway_status halfway_round(const void* src, int64_t src_stride, void* dst, int64_t dst_stride, const char* held,
                             const char* format, int64_t n, const halfway_arithmetic* arithmetic,
                             halfway_events* events);

/* ------------------------------------------------------------------------------------- operations and functions */

typedef struct halfway_array {
  void* data; /* of an operand only read */
  const char* format;
  int64_t stride;
} halfway_array;

/* The names that halfway_evaluate() knows, counted from 0, NULL beyond the last: operations (add, fma, minimum, ...),
 * then functions (exp, gelu, ...). */
const char* halfway_operation_name(int32_t index);
/* How many operands it takes, or 0 if there is no such operation. */
int32_t halfway_operation_operands(const char* operation);

/* result[i] = operation(operands[0][i], ...), computed exactly and rounded once. `count` operands, as many as the
 * operation takes. */
halfway_status halfway_evaluate(const char* operation, const halfway_array* operands, int32_t count,
                                const halfway_array* result, int64_t n, const halfway_arithmetic* arithmetic,
                                halfway_events* events);

/* result[i] = f(x[i]) on float32 by a documented sequence of operations, the same bits everywhere: within 1.05 units in
 * the last place and some hundred times as fast as the correctly rounded form above. result may be x. */
halfway_status halfway_evaluate_float32(const char* name, const float* x, float* result, int64_t n);

/* out[i] = 1 if x[i] and y[i] compare so, else 0: "equal", "not_equal", "less", "less_equal", "greater",
 * "greater_equal", "unordered", "total_order" (IEEE 754's totalOrder; of one format). */
halfway_status halfway_compare(const char* comparison, const halfway_array* x, const halfway_array* y, uint8_t* out,
                               int64_t n);

/* --------------------------------------------------------------------------------------------------------- text */

/* The code of the number that a text stands for (0.1, 0x1.8p-3, inf, nan), rounded once. */
halfway_status halfway_parse(const char* text, const char* format, const halfway_arithmetic* arithmetic,
                             uint64_t* code);
/* The shortest text that reads back as the code, and all digits of its value. Each writes at most `size` bytes, the
 * final 0 included; HALFWAY_VALUE_ERROR if that is too few: 32 always do for the first, 1100 for the second. */
halfway_status halfway_to_string(const char* format, uint64_t code, char* text, size_t size);
halfway_status halfway_exact_decimal(const char* format, uint64_t code, char* text, size_t size);

/* -------------------------------------------------------------------------------------------------- matrix products */

/* Element (i, j) stands at data[i * row_stride + j * col_stride]; strides count elements. Formats are those of dtypes:
 * float16, bfloat16, float32, float64, float8_e4m3fn, float8_e5m2, float8_e4m3fnuz, float8_e5m2fnuz. */
typedef struct halfway_matrix {
  void* data; /* of an operand only read */
  const char* format;
  int64_t rows, cols, row_stride, col_stride;
} halfway_matrix;

/* By what D = A*B + C is computed: a device, or a matrix unit; what is NULL or 0 is left to it. Set all with
 * halfway_default_matmul(). */
typedef struct halfway_matmul_options {
  const char* device;           /* as halfway_device_name() lists them; NULL: "cpu" */
  const char* unit;             /* as halfway_unit_name() lists them, instead of a device */
  const char* algorithm;        /* as XLA names it: "BF16_BF16_F32_X3", ... */
  const char* precision;        /* "default", "high", "highest": of float32 operands */
  const halfway_matrix* addend; /* C, of D's size */
  const void* bias;             /* one number of D's format for each column, added to what was rounded to that */
  int32_t relu;                 /* not 0: last, x <= 0 becomes +0 */
  int32_t reserved;             /* 0 */
  uint64_t seed, stream;        /* of units that round stochastically */
} halfway_matmul_options;
void halfway_default_matmul(halfway_matmul_options* options);

/* D = A*B (+ C) with the bits of the device or unit (matmul.hpp says how). D overlaps neither A nor B and may be C.
 * `options` NULL: the defaults. */
halfway_status halfway_matmul(const halfway_matrix* a, const halfway_matrix* b, const halfway_matrix* d,
                              const halfway_matmul_options* options);
/* The same with each element correctly rounded; c may be NULL. */
halfway_status halfway_exact_matmul(const halfway_matrix* a, const halfway_matrix* b, const halfway_matrix* d,
                                    const halfway_matrix* c);

/* The devices that are emulated, counted from 0, NULL beyond the last; and what is known of one ("" where nothing). */
const char* halfway_device_name(int32_t index);
typedef struct halfway_device {
  const char *description, *mixed_policy, *remark, *source;
  int32_t kind;         /* 0 CPU, 1 GPU, 2 TPU */
  int32_t flushes;      /* not 0: subnormal numbers become zeros in element-wise work */
  int32_t major, minor; /* compute capability; -1 where there is none */
  int64_t memory_bytes; /* 0: as much as this machine has */
} halfway_device;
halfway_status halfway_describe_device(const char* device, halfway_device* description);

/* The matrix units that are known, counted from 0, NULL beyond the last. */
const char* halfway_unit_name(int32_t index);
typedef struct halfway_unit {
  const char* result; /* the format of C and of sums */
  const char* label;  /* how far it is known: "checked on silicon", ... */
  const char* source;
  const char* unsettled; /* what the evidence leaves open; "" for nothing */
  int32_t revision;
  int32_t operand_formats; /* how many it takes; 0: float32 and what fits into it */
} halfway_unit;
halfway_status halfway_describe_unit(const char* unit, halfway_unit* description);
/* The formats of a unit's operands, counted from 0; NULL beyond the last. */
const char* halfway_unit_operand(const char* unit, int32_t index);

/* D = A*B + C of matrices of fixed sizes: rows x terms, terms x cols, rows x cols, row-major, in the box's formats. The
 * return value 0 is success; any other ends the probing. */
typedef int32_t (*halfway_multiply)(const void* a, const void* b, const void* c, void* d, void* user);
typedef struct halfway_black_box {
  const char *a_format, *b_format, *result_format;
  int64_t terms, rows, cols; /* the more rows and columns, the fewer calls */
  int32_t takes_c;           /* 0: c is NULL in every call */
  int32_t reserved;          /* 0 */
  halfway_multiply multiply;
  void* user;
} halfway_black_box;
/* The order of the sum, its properties and the known units that give the same bits (probe.hpp), as lines "what: value":
 * "order: c + [0-15] + ...", properties, then "unit: name" for each, or "nearest: name" where none does. Writes at most
 * `size` bytes, the final 0 included; HALFWAY_VALUE_ERROR if that is too few: 8192 do for all that are known today. */
halfway_status halfway_probe(const halfway_black_box* box, uint64_t seed, char* text, size_t size);

/* ----------------------------------------------------------------------------------------------------- execution */

/* Threads that a call may use, 1 or more; they change no bit of any result. */
int32_t halfway_threads(void);
halfway_status halfway_set_threads(int32_t threads);

#ifdef __cplusplus
}
#endif

#endif /* HALFWAY_HALFWAY_H */
