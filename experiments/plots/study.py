"""What the plots share: NAME.py DATA.csv OUT.png, rows of a CSV file, lines against a logarithmic axis."""
import csv
import io
import pathlib
import sys

import matplotlib
from PIL import Image  # which matplotlib needs too

matplotlib.use("Agg")  # no display
import matplotlib.pyplot as plt  # noqa: E402

STYLES = ["-", "--", "-.", ":"]
MARKERS = "osv^Dx+*<>ph"


def rows(columns):
    """The rows of the file that was named, as dictionaries; exits if it is not one of these columns."""
    if len(sys.argv) != 3:
        sys.exit(f"usage: {pathlib.Path(sys.argv[0]).name} DATA.csv OUT.png (the program writes DATA.csv with --csv)")
    with open(sys.argv[1], newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        found = list(reader)
    if reader.fieldnames is None or not set(columns) <= set(reader.fieldnames):
        sys.exit(f"{sys.argv[1]} has the columns {reader.fieldnames}, but this plot needs {columns}")
    return found


def groups(table, *keys):
    """{(values of keys): rows}, in the order of the table."""
    found = {}
    for row in table:
        found.setdefault(tuple(row[key] for key in keys), []).append(row)
    return found


def panels(count, title, width=5.2, height=4.2):
    """A figure of `count` plots beside one another."""
    figure, axes = plt.subplots(1, count, figsize=(width * count, height), squeeze=False, sharey=True)
    figure.suptitle(title)
    return figure, axes[0]


def line(axes, table, x, y, label, number):
    """y against x, both logarithmic; zeros are left out."""
    points = sorted((float(row[x]), float(row[y])) for row in table if float(row[y]) > 0)
    if points:
        axes.loglog(*zip(*points), label=label, linestyle=STYLES[number // 10 % len(STYLES)],
                    marker=MARKERS[number % len(MARKERS)], markersize=3, linewidth=1)


def finish(figure, axes, x_label, y_label, columns=1):
    for each in axes:
        each.set_xlabel(x_label)
        each.grid(True, which="major", linewidth=0.3)
    axes[0].set_ylabel(y_label)
    handles, labels = axes[0].get_legend_handles_labels()
    if handles:
        axes[-1].legend(handles, labels, fontsize=7, ncol=columns, loc="center left", bbox_to_anchor=(1.01, 0.5))
    save(figure)


def save(figure):
    drawn = io.BytesIO()
    figure.savefig(drawn, dpi=80, bbox_inches="tight")
    Image.open(drawn).convert("RGB").quantize(64).save(sys.argv[2], format="PNG", optimize=True)  # a third of the bytes
