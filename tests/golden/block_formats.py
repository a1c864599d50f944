#!/usr/bin/env python3
"""Writes block_formats.inc: what gfloat (github.com/graphcore-research/gfloat) makes of blocks in the MX formats.
Needs gfloat and numpy: python3 block_formats.py > block_formats.inc"""
import random

import numpy as np
from gfloat import RoundMode, compute_scale_amax, encode_block
from gfloat.formats import (format_info_mxfp4_e2m1, format_info_mxfp6_e2m3, format_info_mxfp6_e3m2,
                            format_info_mxfp8_e4m3, format_info_mxfp8_e5m2)

FORMATS = {"mxfp8_e4m3": format_info_mxfp8_e4m3, "mxfp8_e5m2": format_info_mxfp8_e5m2,
           "mxfp6_e2m3": format_info_mxfp6_e2m3, "mxfp6_e3m2": format_info_mxfp6_e3m2,
           "mxfp4": format_info_mxfp4_e2m1}
ROUNDINGS = {"ties_to_even": RoundMode.TiesToEven, "ties_to_away": RoundMode.TiesToAway,
             "toward_zero": RoundMode.TowardZero, "toward_positive": RoundMode.TowardPositive,
             "toward_negative": RoundMode.TowardNegative}

random.seed(1)


def block():
    """32 float32 numbers of a common size, with zeros, ties and small ones among them."""
    scale = 2.0 ** random.randint(-120, 120)
    numbers = [random.choice([random.uniform(-2, 2), random.randint(-16, 16) / 8, random.uniform(-0.01, 0.01), 0.0])
               for _ in range(32)]
    return np.float32([x * scale for x in numbers])


print("// {block format, rounding, the bits of 32 numbers, the scale's code and the elements', by gfloat}")
for name, info in FORMATS.items():
    for rounding, mode in ROUNDINGS.items():
        for _ in range(4):
            x = block()
            scale = compute_scale_amax(info.etype.emax, x.astype(np.float64))
            codes = list(encode_block(info, scale, x.astype(np.float64) / scale, mode))
            bits = ", ".join(f"0x{b:08X}" for b in x.view(np.uint32))
            print(f'{{"{name}", Rounding::{rounding}, {{{bits}}}, {{{", ".join(map(str, codes))}}}}},')
