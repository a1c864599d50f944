#!/usr/bin/python3
"""Error against K, a line per way: ootomo_yokota.py DATA.csv OUT.png"""
import study

table = study.rows(["way", "k", "error"])
figure, axes = study.panels(1, "float32 products on an A100's float16 tensor cores")
for number, ((way,), points) in enumerate(study.groups(table, "way").items()):
    study.line(axes[0], points, "k", "error", way, number)
study.finish(figure, axes, "K", "relative error (Frobenius)")
