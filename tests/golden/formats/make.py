#!/usr/bin/env python3
"""Writes ml_dtypes.inc and gfloat.inc beside itself: what these two packages make of every code and of points between
them. Needs numpy, ml_dtypes and gfloat. tests/bits/formats_golden.cpp reads them, and finds the same inputs by the same
rules, which stand in inputs() and points() here and there."""
import math
from pathlib import Path

import gfloat
import gfloat.formats
import ml_dtypes
import numpy as np
from gfloat import RoundMode

here = Path(__file__).parent


def lines(text):
    return "\n".join(f'     "{text[i:i + 110]}"' for i in range(0, len(text), 110))


def write(name, header, rows):
    (here / name).write_text(f"// {header}\n// Written by make.py.\n" + "".join(rows), encoding="utf-8")


# ---------------------------------------------------------------------------------------------------------- ml_dtypes

FORMATS = {"float16": (np.float16, 16), "bfloat16": (ml_dtypes.bfloat16, 16)}
for each in ("e3m4", "e4m3", "e4m3fn", "e4m3fnuz", "e4m3b11fnuz", "e5m2", "e5m2fnuz", "e8m0fnu"):
    FORMATS["float8_" + each] = (getattr(ml_dtypes, "float8_" + each), 8)
FORMATS["float6_e2m3fn"] = (ml_dtypes.float6_e2m3fn, 6)
FORMATS["float6_e3m2fn"] = (ml_dtypes.float6_e3m2fn, 6)
FORMATS["float4_e2m1fn"] = (ml_dtypes.float4_e2m1fn, 4)


def inputs(magnitudes):
    """Float32 numbers: the specials, then of every number, and of every midpoint with the next, itself and both its
    neighbours, of either sign."""
    specials = np.array([0, 1, 0x00200000, 0x00400000, 0x00400001, 0x007FFFFF, 0x00800000, 0x7F7FFFFF, 0x7F800000,
                         0x7F800001, 0x7FC00000, 0x7FFFFFFF], np.uint32)
    after = np.append(magnitudes[1:], 2 * magnitudes[-1] - magnitudes[-2])
    points = np.column_stack([magnitudes, magnitudes + (after - magnitudes) / 2]).ravel().astype(np.float32)
    around = np.column_stack([points, np.nextafter(points, np.float32(0)), np.nextafter(points, np.float32(np.inf))])
    positive = np.concatenate([specials.view(np.float32), around.ravel()])
    return np.column_stack([positive, -positive]).ravel()


def ml_dtypes_rows():
    for name, (dtype, bits) in FORMATS.items():
        code = np.uint16 if bits == 16 else np.uint8
        values = np.arange(1 << bits).astype(code).view(dtype).astype(np.float32)
        unsigned = name == "float8_e8m0fnu"
        magnitudes = values[: 1 << (bits if unsigned else bits - 1)]
        magnitudes = magnitudes[np.isfinite(magnitudes)].astype(np.float64)
        step = 211 if bits == 16 else 1
        magnitudes = np.append(magnitudes[::step], magnitudes[-2:]) if step > 1 else magnitudes
        with np.errstate(all="ignore"):
            codes = inputs(magnitudes).astype(dtype).view(code)
        digits = bits // 4 if bits % 4 == 0 else 2
        text = "" if bits == 16 else "".join(f"{v:08X}" for v in values.view(np.uint32))
        yield (f'    {{"{name}",\n{lines(text) if text else chr(34) * 2},\n'
               f'{lines("".join(f"{c:0{digits}X}" for c in codes))}}},\n')


# ------------------------------------------------------------------------------------------------------------- gfloat

P3109 = gfloat.formats.format_info_p3109
GFLOAT = [("float16", gfloat.formats.format_info_binary16), ("bfloat16", gfloat.formats.format_info_bfloat16),
          ("float8_e4m3fn", gfloat.formats.format_info_ocp_e4m3), ("float8_e5m2", gfloat.formats.format_info_ocp_e5m2),
          ("float6_e2m3fn", gfloat.formats.format_info_ocp_e2m3), ("float4_e2m1fn", gfloat.formats.format_info_ocp_e2m1),
          ("p3109_k8p4", P3109(8, 4)), ("p3109_k8p3", P3109(8, 3)), ("p3109_k6p3", P3109(6, 3)),
          ("p3109_k8p4u", P3109(8, 4, gfloat.types.Signedness.Unsigned))]
MODES = [RoundMode.TiesToEven, RoundMode.TiesToAway, RoundMode.TowardZero, RoundMode.TowardPositive,
         RoundMode.TowardNegative, RoundMode.Stochastic, RoundMode.StochasticOdd, RoundMode.StochasticFast,
         RoundMode.StochasticFastest]


def points(info, count):
    """Numbers k/2^(r + 2) of the way from one number to the next, some of them doubled, with r and R."""
    magnitudes = [gfloat.decode_float(info, i).fval for i in range(1 << (info.k - (1 if info.is_signed else 0)))]
    magnitudes = [v for v in magnitudes if math.isfinite(v)]
    state = 1
    for _ in range(count):
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        low, draw = (state >> 44) % len(magnitudes), state >> 8
        r = (0, 1, 2, 3, 5, 8, 11, 16)[draw % 8]
        k, random = (draw >> 3) % 2 ** (r + 2), (draw >> 24) % 2**r
        below = min(low, len(magnitudes) - 2)
        x = magnitudes[low] + (magnitudes[below + 1] - magnitudes[below]) * k / 2 ** (r + 2)
        if state >> 62 == 0:
            x *= 2
        yield (-x if info.is_signed and state >> 63 else x), r, random


def gfloat_rows():
    for name, info in GFLOAT:
        digits = 4 if info.k == 16 else 2
        rows = []
        for mode in MODES:
            for saturate in (False, True):
                text = ""
                for x, r, random in points(info, 100):
                    # gfloat refuses to go beyond a format that has neither infinity nor NaN: it is always asked to stay.
                    only_finite = info.num_nans == 0
                    y = gfloat.round_float(info, x, mode, saturate or only_finite, random, r)
                    text += f"{gfloat.encode_float(info, y):0{digits}X}"
                rows.append(lines(text) + ",\n")
        yield f'    {{"{name}",\n{{{"".join(rows).strip().rstrip(",")}}}}},\n'


write("ml_dtypes.inc", f"ml_dtypes {ml_dtypes.__version__}, NumPy {np.__version__} (float16): name, the float32 value of "
      "each code, the codes of inputs().", ml_dtypes_rows())
write("gfloat.inc", f"gfloat {__import__('importlib.metadata').metadata.version('gfloat')}: name, the codes of 100 points() "
      "in each mode, unsaturated and saturated.", gfloat_rows())
