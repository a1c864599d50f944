#!/usr/bin/python3
"""Sums of numbers of mean 1 in (1, 6, 9), divided by their length: stagnation.py DATA.csv OUT.png"""
import study

table = [row for row in study.rows(["study", "accumulator", "terms", "sum"]) if row["study"] == "swamping"]
figure, axes = study.panels(1, "Sums of n numbers of mean 1 in (1, 6, 9)")
for number, ((accumulator,), points) in enumerate(study.groups(table, "accumulator").items()):
    study.line(axes[0], points, "terms", "sum", accumulator, number)
study.finish(figure, axes, "n", "sum")
