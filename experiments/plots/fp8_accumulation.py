#!/usr/bin/python3
"""Largest relative error (U(0, 1)) and that in the Frobenius norm against K: fp8_accumulation.py DATA.csv OUT.png"""
import study

table = study.rows(["distribution", "way", "k", "max_relative_error", "frobenius_error"])
parts = study.groups(table, "distribution")
figure, axes = study.panels(len(parts), "FP8 (e4m3) sums")
for plot, ((distribution,), part) in zip(axes, parts.items()):
    plot.set_title(distribution)
    for number, ((way,), points) in enumerate(study.groups(part, "way").items()):
        study.line(plot, points, "k", "frobenius_error", way, number)
    if distribution.startswith("U"):
        plot.plot([4096], [0.02], "k*", label="DeepSeek-V3: \"nearly 2%\"")
study.finish(figure, axes, "K", "||D − E|| / ||E||")
