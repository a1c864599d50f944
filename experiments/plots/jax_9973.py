#!/usr/bin/python3
"""How far each algorithm's four numbers are from the CPU's: jax_9973.py DATA.csv OUT.png"""
import study

NUMBERS = ["d00", "d01", "d10", "d11"]
table = study.rows(["what", *NUMBERS])
on_cpu = [float(table[0][number]) for number in NUMBERS]
figure, axes = study.panels(1, "jax#9973: distance from the CPU's numbers")
for place, number in enumerate(NUMBERS):
    axes[0].plot([abs(float(row[number]) / on_cpu[place] - 1) for row in table], [row["what"] for row in table],
                 study.MARKERS[place], label=number, markersize=4)
axes[0].set_xscale("symlog", linthresh=1e-7)
axes[0].invert_yaxis()
axes[0].legend(fontsize=7)
axes[0].set_xlabel("|d / d(CPU) − 1|")
study.save(figure)
