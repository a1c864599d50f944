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

try:
    halfway.round([1.0], "float17")
except ValueError as error:
    assert str(error).startswith("[parse_format] 'float17' is no format; there are float16, bfloat16"), error
else:
    raise AssertionError("float17 was accepted")
print(f"Python {sys.version.split()[0]} rounds with halfway")
