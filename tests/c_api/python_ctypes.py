"""Halfway from Python, with nothing but the standard library: python_ctypes.py LIBRARY

The class is the example; what follows checks it.
"""
import ctypes
import struct
import sys


class Arithmetic(ctypes.Structure):
    """halfway_arithmetic"""
    _fields_ = [(name, ctypes.c_int32) for name in ("rounding", "flush_inputs", "flush_results", "saturate", "random_bits",
                                                    "reserved")]
    _fields_ += [("seed", ctypes.c_uint64), ("stream", ctypes.c_uint64)]


class Events(ctypes.Structure):
    """halfway_events"""
    _fields_ = [(name, ctypes.c_int64) for name in ("results", "invalid", "divided_by_zero", "overflow", "underflow",
                                                    "inexact", "nan", "flushed")]


class Array(ctypes.Structure):
    """halfway_array"""
    _fields_ = [("data", ctypes.c_void_p), ("format", ctypes.c_char_p), ("stride", ctypes.c_int64)]


class Matrix(ctypes.Structure):
    """halfway_matrix"""
    _fields_ = [("data", ctypes.c_void_p), ("format", ctypes.c_char_p)]
    _fields_ += [(name, ctypes.c_int64) for name in ("rows", "cols", "row_stride", "col_stride")]


class MatmulOptions(ctypes.Structure):
    """halfway_matmul_options"""
    _fields_ = [(name, ctypes.c_char_p) for name in ("device", "unit", "algorithm", "precision")]
    _fields_ += [("addend", ctypes.POINTER(Matrix)), ("bias", ctypes.c_void_p), ("relu", ctypes.c_int32),
                 ("reserved", ctypes.c_int32), ("seed", ctypes.c_uint64), ("stream", ctypes.c_uint64)]


MULTIPLY = ctypes.CFUNCTYPE(ctypes.c_int32, *[ctypes.c_void_p] * 5)


class BlackBox(ctypes.Structure):
    """halfway_black_box"""
    _fields_ = [(name, ctypes.c_char_p) for name in ("a_format", "b_format", "result_format")]
    _fields_ += [(name, ctypes.c_int64) for name in ("terms", "rows", "cols")]
    _fields_ += [("takes_c", ctypes.c_int32), ("reserved", ctypes.c_int32), ("multiply", MULTIPLY), ("user", ctypes.c_void_p)]


class Halfway:
    def __init__(self, path):
        self.library = ctypes.CDLL(path)
        if self.library.halfway_abi_version() != 1:
            raise ImportError(f"{path} has another ABI than these lines are written for")
        self.library.halfway_error_text.restype = ctypes.c_char_p
        self.library.halfway_format_name.restype = ctypes.c_char_p

    def check(self, status):
        if status != 0:
            raise ValueError(self.library.halfway_error_text().decode())

    def formats(self):
        return [self.library.halfway_format_name(i).decode() for i in range(self.library.halfway_format_count())]

    def arithmetic(self, **settings):
        arithmetic = Arithmetic()
        self.library.halfway_default_arithmetic(ctypes.byref(arithmetic))
        for name, value in settings.items():
            setattr(arithmetic, name, value)
        return arithmetic

    def round(self, values, format_, **settings):
        """Floats rounded to numbers of the format, and what happened."""
        array, events = (ctypes.c_double * len(values))(*values), Events()
        one, n = ctypes.c_int64(1), ctypes.c_int64(len(values))
        self.check(self.library.halfway_round(array, one, array, one, b"float64", format_.encode(), n,
                                              ctypes.byref(self.arithmetic(**settings)), ctypes.byref(events)))
        return list(array), events

    def matmul(self, a, b, **options):
        """The product of matrices of floats, given as lists of rows, in float32."""
        def matrix(rows):
            flat = (ctypes.c_float * sum(map(len, rows)))(*[x for row in rows for x in row])
            return flat, Matrix(ctypes.cast(flat, ctypes.c_void_p), b"float32", len(rows), len(rows[0]), len(rows[0]), 1)

        how = MatmulOptions(**{name: value.encode() for name, value in options.items()})
        result = [[0.0] * len(b[0]) for _ in a]
        (keep_a, left), (keep_b, right), (out, d) = matrix(a), matrix(b), matrix(result)
        self.check(self.library.halfway_matmul(*map(ctypes.byref, (left, right, d, how))))
        return [list(out[i * d.cols:(i + 1) * d.cols]) for i in range(d.rows)]

    def probe(self, function, terms):
        """What halfway.h says of function(a, b, c) on lists of floats, which returns their dot product."""
        def multiply(a, b, c, d, user):
            floats = ctypes.POINTER(ctypes.c_float)
            x, y = (ctypes.cast(pointer, floats)[:terms] for pointer in (a, b))
            ctypes.cast(d, floats)[0] = function(x, y, ctypes.cast(c, floats)[0])
            return 0

        callback, text = MULTIPLY(multiply), ctypes.create_string_buffer(8192)
        box = BlackBox(b"float32", b"float32", b"float32", terms, 1, 1, 1, 0, callback, None)
        self.check(self.library.halfway_probe(ctypes.byref(box), ctypes.c_uint64(0), text, ctypes.c_size_t(len(text))))
        return text.value.decode()

    def evaluate(self, operation, format_, code_type, *operands):
        """The codes of operation(operands), themselves lists of codes of one format."""
        n = len(operands[0])
        buffers = [(code_type * n)(*codes) for codes in (*operands, [0] * n)]
        arrays = (Array * len(buffers))(*[(ctypes.addressof(each), format_.encode(), 1) for each in buffers])
        self.check(self.library.halfway_evaluate(operation.encode(), arrays, len(operands),
                                                 ctypes.byref(arrays[len(operands)]), ctypes.c_int64(n), None, None))
        return list(buffers[-1])


halfway = Halfway(sys.argv[1])
TOWARD_POSITIVE = 3

assert {"float16", "bfloat16", "float8_e4m3fn"} <= set(halfway.formats())

values, events = halfway.round([0.1, 1e5, 1e-9, 1.0], "float16")
assert values == [0.0999755859375, float("inf"), 0.0, 1.0], values
assert (events.results, events.overflow, events.underflow, events.inexact) == (4, 1, 1, 3)
assert halfway.round([0.1], "float16", rounding=TOWARD_POSITIVE)[0] == [0.10003662109375]
assert halfway.round([1e5], "float16", saturate=1)[0] == [65504]

# struct knows float16 too.
halves = [struct.unpack("<H", struct.pack("<e", x))[0] for x in (1.0, 2.5, -3.0)]
sums = [struct.unpack("<e", struct.pack("<H", code))[0] for code in halfway.evaluate("add", "float16", ctypes.c_uint16, halves, halves)]
assert sums == [2.0, 5.0, -6.0], sums
assert halfway.evaluate("exp", "float16", ctypes.c_uint16, [0x3C00]) == [0x4170]  # e, rounded to 2.71875

# jax issue 9973: the same product on a CPU and on a TPU.
x, y = [[0.3744, 0.1656], [0.4707, 0.1663]], [[0.3946, 0.1186], [0.1569, 0.3145]]
for device, expected in (("cpu", [[0.17372088, 0.09648504], [0.21183069, 0.10812637]]),
                         ("tpu_v3", [[0.17405128, 0.09669876], [0.21180916, 0.10805416]])):
    products = halfway.matmul(x, y, device=device)
    assert products == [[ctypes.c_float(each).value for each in row] for row in expected], (device, products)


def sum_of_products(a, b, c):
    for left, right in zip(a, b):
        c = ctypes.c_float(c + ctypes.c_float(left * right).value).value
    return c


probed = halfway.probe(sum_of_products, 6)
assert "order: c + 0 + 1 + ... + 5\n" in probed and ": xla_reference" in probed, probed

try:
    halfway.round([1.0], "float17")
except ValueError as error:
    assert str(error).startswith("[parse_format] 'float17' is no format; there are float16, bfloat16"), error
else:
    raise AssertionError("float17 was accepted")
print(f"Python {sys.version.split()[0]} rounds with halfway")
