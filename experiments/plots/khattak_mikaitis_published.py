#!/usr/bin/python3
"""How many of the published figures khattak_mikaitis gives to the last digit printed, and which it does not:
khattak_mikaitis_published.py DATA.csv FOLDER, the latter being experiments/data of a clone of
https://github.com/north-numerical-computing/MATLAB-tensor-core"""
import csv
import pathlib
import sys

FORMATS = {"bfloat16": "bfloat16", "float16": "binary16"}
UNITS = {"A100": "a100", "B200": "b200", "B200, to nearest": "b200rn", "V100": "v100", "MI100": "mi100", "MI250": "mi250",
         "MI300X": "mi300x"}


def published(folder, row):
    """{n: error as printed} of that row's file; empty if there is none."""
    name = f"matmul_test_{FORMATS[row['format']]}_binary32_words_{row['words']}_model_{UNITS.get(row['unit'])}.dat"
    file = pathlib.Path(folder) / name
    return dict(line.split()[:2] for line in file.read_text().splitlines()[1:] if line.strip()) if file.exists() else {}


if len(sys.argv) != 3:
    sys.exit(__doc__)
equal, different = 0, []
with open(sys.argv[1], newline="", encoding="utf-8") as data:
    for each in csv.DictReader(data):
        there = published(sys.argv[2], each).get(each["n"])
        if there == f"{float(each['error']):e}":
            equal += 1
        elif there is not None:
            different.append(f"{each['unit']}, {each['words']} words, n = {each['n']}: {float(each['error']):e}, published {there}")
print(f"{equal} figures are the published ones in every digit, {len(different)} are not", *different, sep="\n")
