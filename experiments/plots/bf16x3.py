#!/usr/bin/python3
"""The error of each dot algorithm, a panel per case, a point per seed: bf16x3.py DATA.csv OUT.png"""
import study

table = study.rows(["algorithm", "distribution", "k", "seed", "error"])
parts = study.groups(table, "distribution", "k")
figure, axes = study.panels(len(parts), "max |D − E| / max |E| of dot algorithms", 4)
for plot, ((distribution, k), part) in zip(axes, parts.items()):
    plot.set_title(f"{distribution}, K = {k}")
    plot.semilogx([float(row["error"]) for row in part], [row["algorithm"] for row in part], "o", markersize=3)
    plot.grid(True, linewidth=0.3)
axes[0].invert_yaxis()
study.save(figure)
