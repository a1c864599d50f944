#!/usr/bin/env python3
"""The published output of real tensor cores as files that silicon_check reads: published_output.py CLONE FOLDER

CLONE is one of https://github.com/north-numerical-computing/MATLAB-tensor-core (Khattak and Mikaitis, arXiv 2512.07004), whose
model_validation has 5000 dot products per card and format: a and b in hexadecimal, c and d in binary, all as bits of a float32.
"""
import pathlib
import sys

UNITS = {"V100": "volta_mma", "A100": "ampere_mma", "A2": "ampere_mma", "Ada": "ada_mma", "L40S": "ada_mma",
         "H100": "hopper_mma", "H200": "hopper_mma", "B200": "blackwell_mma"}
INPUTS = {"fp16": "float16", "bf16": "bfloat16", "tf32": "tf32", "E4M3": "float8_e4m3fn", "E5M2": "float8_e5m2"}
OUTPUTS = {"fp16": "float16", "fp32": "float32"}


def converted(results, card, form, output):
    """The lines of the file for the results of one card, format of operands and format of results."""
    def lines(name):
        return (results.parent / f"{name}.txt").read_text(encoding="ascii").splitlines()

    a, b = lines(f"a_{card}_{form}"), lines(f"b_{card}_{form}")
    c, d = ([f"{int(line, 2):08x}" for line in lines(name)] for name in (f"c_{card}_fp32", f"d_{card}_{output}"))
    unit, use = UNITS[card], "used"
    if unit == "hopper_mma" and form in ("E4M3", "E5M2") and output == "fp32":
        unit, use = "hopper_wgmma", "ignored"  # as their Validate_TC_models.m says: D = AB + 0
    yield (f"# unit {unit} inputs {INPUTS[form]} output {OUTPUTS[output]} K {len(a[0].split())} c {use} "
           f"measured_on {card}")
    for terms in zip(a, b, c, d, strict=True):
        yield " ".join(" ".join(terms).split())


if len(sys.argv) != 3:
    sys.exit(__doc__)
folder = pathlib.Path(sys.argv[2])
folder.mkdir(parents=True, exist_ok=True)
found = sorted(pathlib.Path(sys.argv[1]).glob("model_validation/*/*/d_*.txt"))
if not found:
    sys.exit(f"published_output.py: '{sys.argv[1]}' has no model_validation/CARD/FORMAT/d_*.txt; is it a clone of the repository?")
for file in found:
    kind, of_card, result = file.stem.split("_")
    source = file.parent.name
    (folder / f"{of_card}-{source}-{result}.txt".lower()).write_text(
        "\n".join(converted(file, of_card, source, result)) + "\n", encoding="ascii")
print(f"{len(found)} files in {folder}")
