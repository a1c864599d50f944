#!/usr/bin/python3
"""Error of sums against their length, a line per unit: accumulation_order.py DATA.csv OUT.png"""
import study

table = study.rows(["distribution", "format", "unit", "k", "componentwise_error", "same_bits_as"])
parts = study.groups(table, "distribution")
figure, axes = study.panels(len(parts), f"Error against length, {table[0]['format']} operands")
for plot, ((distribution,), part) in zip(axes, parts.items()):
    plot.set_title(distribution)
    units = study.groups((row for row in part if not row["same_bits_as"]), "unit")
    for number, ((unit,), points) in enumerate(units.items()):
        study.line(plot, points, "k", "componentwise_error", unit, number)
    lengths = sorted({float(row["k"]) for row in part})
    for label, power in (("K u", 1.0), ("sqrt(K) u", 0.5)):
        plot.loglog(lengths, [length**power * 2**-24 for length in lengths], color="grey", linewidth=0.8,
                    linestyle=":" if power < 1 else "--", label=label)
study.finish(figure, axes, "K", "largest |D - E| / (|A||B|)")
