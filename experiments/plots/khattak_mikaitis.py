#!/usr/bin/python3
"""Error against n, a panel per number of words: khattak_mikaitis.py DATA.csv OUT.png"""
import study

table = study.rows(["format", "words", "unit", "n", "error"])
parts = study.groups(table, "words")
figure, axes = study.panels(len(parts), f"10×n by n×10, entries ±10^U(−10, 10), words of {table[0]['format']}", 4)
for plot, ((words,), part) in zip(axes, parts.items()):
    plot.set_title(f"{words} word" + ("s" if words != "1" else ""))
    for number, ((unit,), points) in enumerate(study.groups(part, "unit").items()):
        study.line(plot, points, "n", "error", unit, number)
study.finish(figure, axes, "n", "||D − E|| / (||A|| ||B||)")
