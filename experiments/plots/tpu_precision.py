#!/usr/bin/python3
"""The error at each precision under H0 and H4, a point per product: tpu_precision.py DATA.csv OUT.png"""
import study

PUBLISHED = {"default": 2.2e-3, "highest": 1.0e-7}  # TPU v4, see tpu_precision.cpp
table = study.rows(["precision", "algorithm", "device", "draw", "error", "error_from_bfloat16"])
figure, axes = study.panels(1, "16×128 by 128×128 on an emulated TPU v4")
for (precision, algorithm, device), part in study.groups(table, "precision", "algorithm", "device").items():
    label = f"{precision}: {algorithm}, {'H0' if device.endswith('h0') else 'H4'}"
    axes[0].semilogx([float(row["error"]) for row in part], [label] * len(part), "o", markersize=3)
    if precision in PUBLISHED:
        axes[0].semilogx([PUBLISHED[precision]], [label], "k*")
axes[0].set_xlabel("max |D − E| / max |E| (star: a real TPU v4)")
axes[0].grid(True, linewidth=0.3)
study.save(figure)
