"""What the studies of accumulators print at small sizes: studies_test.py ROOT PROGRAM…

Each prints the line that experiments/README.md promises, writes a CSV file that its plot can read, and gives the same
file for the same seed.
"""
import csv
import os
import pathlib
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "support"))
import tap  # noqa: E402

ROOT = pathlib.Path(sys.argv[1])
PROGRAMS = {pathlib.Path(program).name: program for program in sys.argv[2:]}
NUMBER = r"[\d.]+(e[-+]\d+)?"
RANGE = rf"{NUMBER} \({NUMBER} to {NUMBER}\)"
temporary = tempfile.TemporaryDirectory()


def run(*command):
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}  # a program on each core already
    return subprocess.run(command, capture_output=True, text=True, env=environment)


def study(name, *options):
    """What it prints, and the rows of its CSV file."""
    file = pathlib.Path(temporary.name) / f"{name}.csv"
    ran = run(PROGRAMS[name], "--csv", str(file), *options)
    if ran.returncode != 0 or ran.stderr:
        raise RuntimeError(f"{name} {options} exited with {ran.returncode}: {ran.stderr}")
    with open(file, newline="", encoding="utf-8") as opened:
        return ran.stdout, list(csv.DictReader(opened))


def missing(text, patterns):
    """Those that match no line in full."""
    lines = text.splitlines()
    absent = [pattern for pattern in patterns if not any(re.fullmatch(pattern, line) for line in lines)]
    return "".join(f"no line '{pattern}'\n" for pattern in absent) + (f"in:\n{text}" if absent else "")


def unless(condition, complaint):
    return "" if condition else complaint


def number_of(rows, key, **where):
    """The number in the one row that has these values."""
    found = [row for row in rows if all(row[name] == value for name, value in where.items())]
    if len(found) != 1:
        raise RuntimeError(f"{len(found)} rows have {where}")
    return float(found[0][key])


# ------------------------------------------------------------------------------------------------------- the studies


def jax_9973():
    text, rows = study("jax_9973")
    return missing(text, [r"BF16_BF16_F32, TPU of 128 \(H0\) .* 4 of 4 +0", r"BF16_BF16_F32, TPU of 128 \(H4\) .* 4 of 4 +0",
                          r"F32_F32_F32, a fused chain .* 0 of 4 +4", ".*K = 2.*"]) + unless(len(rows) == 10, f"{rows}")


def stagnation():
    text, rows = study("stagnation", "--terms", "20000", "--runs", "4", "--length", "32768")
    sums = {row["accumulator"]: float(row["sum"]) for row in rows if row["study"] == "swamping" and row["terms"] == "32768"}
    wrong = missing(text, [r"bfloat16 +65 +5\.0625 +65 +5\.0625", r"float16 +513 +7\.0859375 +513 +7\.0859375",
                           r"float32 +2,097,152 +15\.403683 +2,097,152 +15\.4036827"])
    wrong += unless(sums["nearest"] == 4096, f"to nearest the sum should stop at 4096: {sums}")
    close = all(abs(sums[way] / sums["float32"] - 1) < 0.1 for way in ("chunks of 64", "chunks of 256", "stochastic"))
    return wrong + unless(close, f"chunks and stochastic rounding should be near the sum: {sums}")


def ootomo_yokota():
    text, rows = study("ootomo_yokota", "--length", "4096")
    at = {row["way"]: float(row["error"]) for row in rows if row["k"] == "4096"}
    plain, inside, nearest, outside, chain = at.values()
    order = plain > 10 * inside > 50 * nearest and inside > 5 * chain and outside < chain
    return unless(order, f"errors at K = 4096: {at}") + missing(text, [rf" +1024( +{NUMBER} \[{NUMBER}\]){{5}}"])


def bf16x3():
    text, rows = study("bf16x3", "--size", "32", "--seeds", "2", "--length", "512")
    cut, nearest = (number_of(rows, "error", algorithm=f"BF16_BF16_F32_X3{split}", distribution="U(0, 1)", seed="1")
                    for split in ("", ":nearest"))
    return missing(text, [rf"BF16_BF16_F32_X6( +{RANGE} \[{NUMBER}\]){{3}}", rf".*K = 128 +cut( +-?{NUMBER}){{5}}"]) + unless(
        cut > 3 * nearest, f"cutting should cost more than {cut} against {nearest}") + unless(len(rows) == 78, "13·3·2 rows")


def tpu_precision():
    text, rows = study("tpu_precision", "--seeds", "3")
    mean = {key: sum(float(row["error"]) for row in rows if row["precision"] == key) / 6 for key in ("default", "high", "highest")}
    return missing(text, [rf"default +BF16_BF16_F32 +H[04] +{RANGE} +2\.2e-03 +{RANGE} +1\.1e-07",
                          rf"highest +BF16_BF16_F32_X6 +H[04] +{RANGE} +1\.0e-07 +{RANGE} +2\.3e-03"]) + unless(
        1e-3 < mean["default"] < 4e-3 and mean["highest"] < 3e-7 < mean["high"] < 1e-4, f"mean errors: {mean}")


def fp8_accumulation():
    text, rows = study("fp8_accumulation", "--size", "16", "--length", "4096")
    at = {row["way"]: float(row["frobenius_error"]) for row in rows
          if row["k"] == "4096" and row["distribution"] == "U(0, 1)"}
    straight, promoted = at["H100 wgmma, straight"], at["H100 wgmma, promoted"]
    return missing(text, [rf" +4096( +{NUMBER}, ({NUMBER})){{5}}", ".*nearly 2%.*"]) + unless(
        straight > 5 * promoted > 0, f"promotion should help: {at}")


def khattak_mikaitis():
    """The authors' own random numbers give the figures in their data files, all digits; these are of n = 379."""
    published = {("1", "A100"): "1.168148e-03", ("2", "A100"): "2.984756e-06", ("3", "A100"): "1.595666e-07",
                 ("3", "B200"): "2.007581e-07", ("3", "B200, to nearest"): "3.124480e-08", ("3", "MI100"): "3.201388e-08",
                 ("3", "MI250"): "3.243537e-08", ("3", "MI300X"): "2.869400e-08"}
    halves = {("2", "V100"): "7.092147e-08", ("3", "A100"): "1.172190e-07"}
    complaints = []
    for expected, options in ((published, []), (halves, ["--format", "float16"])):
        _, rows = study("khattak_mikaitis", "--length", "379", *options)
        for (words, unit), error in expected.items():
            found = f"{number_of(rows, 'error', unit=unit, words=words, n='379'):e}"
            complaints += [] if found == error else [f"{unit}, {words} words: {found}, published {error}"]
    return "\n".join(complaints)


def accumulation_order():
    text, rows = study("accumulation_order", "--size", "4", "--length", "1024")
    wrong = missing(text, [r"blackwell_mma_f16 +the same bits as hopper_mma_f16", rf"hopper_mma_f16( +{NUMBER}){{4}}"])
    exact, truncated, chain = (number_of(rows, "componentwise_error", unit=unit, k="1024", distribution="U(0, 1)")
                               for unit in ("kulisch", "hopper_mma_f16", "sequential_bf16"))
    for dtype in ("float16", "float32", "float8_e4m3fn", "float8_e4m3fnuz"):
        study("accumulation_order", "--size", "2", "--length", "64", "--format", dtype)
    return wrong + unless(exact < 2**-24 < truncated < 1e-3 < chain, f"{exact}, {truncated}, {chain}")


def tensor_core_properties():
    text, rows = study("tensor_core_properties")
    return missing(text, [r"extra bits in the alignment \+ +0 = +1 +1 = .*", r"\d+ answers are the published ones, 0 are not\."])


def orders():
    text, _ = study("tensor_core_properties", "--orders")
    return missing(text, [r"    c \+ \[0-15\] \+ \[16-31\] \+ .*", r"    named: .*hopper_mma_f16.*"])


# ---------------------------------------------------------------------------------------------------------- all of them

SMALL = {"accumulation_order": ["--size", "2", "--length", "64"], "bf16x3": ["--size", "8", "--seeds", "1", "--length", "64"],
         "fp8_accumulation": ["--size", "4", "--length", "64"], "khattak_mikaitis": ["--length", "100"],
         "ootomo_yokota": ["--length", "256"], "tpu_precision": ["--seeds", "1"], "jax_9973": [], "tensor_core_properties": [],
         "stagnation": ["--terms", "500", "--runs", "2", "--length", "2048", "--float32-terms", "1000"]}
SEEDLESS = ("jax_9973", "tensor_core_properties")


def same_seed_same_file():
    complaints = []
    for name, options in SMALL.items():
        first, second = study(name, *options), study(name, *options)
        if first != second:
            complaints.append(f"{name}: two runs differ")
        if name not in SEEDLESS and study(name, *options, "--seed", "7")[1] == first[1]:
            complaints.append(f"{name}: --seed changes nothing")
    return "\n".join(complaints)


def help_and_mistakes():
    complaints = []
    for name, program in PROGRAMS.items():
        ran = run(program, "--help")
        if ran.returncode != 0 or "--csv" not in ran.stdout:
            complaints.append(f"{name} --help: {ran.stdout}{ran.stderr}")
        nowhere = os.path.join(temporary.name, "absent", "file.csv")
        ran = run(program, *SMALL[name], "--csv", nowhere)
        if ran.returncode != 1 or nowhere not in ran.stderr:
            complaints.append(f"{name} --csv in no folder: {ran.returncode}, {ran.stderr}")
    for command in (["accumulation_order", "--format", "int8"], ["khattak_mikaitis", "--length", "0"],
                    ["tpu_precision", "--operands", "absent.npy", "absent.npy"]):
        ran = run(PROGRAMS[command[0]], *command[1:])
        if ran.returncode != 1 or command[-1] not in ran.stderr:
            complaints.append(f"{command}: {ran.returncode}, {ran.stderr}")
    return "\n".join(complaints)


def plots():
    """Every study has a plot that draws its file; without matplotlib, at least one that names its columns."""
    can_draw = run("/usr/bin/python3", "-c", "import matplotlib").returncode == 0
    complaints = []
    for name, options in SMALL.items():
        script = ROOT / "experiments" / "plots" / f"{name}.py"
        study(name, *options)
        picture = pathlib.Path(temporary.name) / f"{name}.png"
        data = pathlib.Path(temporary.name) / f"{name}.csv"
        if not can_draw:
            header = data.read_text(encoding="utf-8").splitlines()[0].split(",")
            named = [column for column in header if f'"{column}"' in script.read_text(encoding="utf-8")]
            complaints += [] if len(named) > 1 else [f"{script.name} names {named} of {header}"]
            continue
        ran = run("/usr/bin/python3", str(script), str(data), str(picture))
        if ran.returncode != 0 or not picture.read_bytes().startswith(b"\x89PNG"):
            complaints.append(f"{script.name}: {ran.stderr}")
    return "\n".join(complaints)


tap.run({each.__name__: each for each in (
    jax_9973, stagnation, ootomo_yokota, bf16x3, tpu_precision, fp8_accumulation, khattak_mikaitis, accumulation_order,
    tensor_core_properties, orders)} | {
    "the same seed gives the same file, another one another": same_seed_same_file,
    "--help everywhere; mistakes are told": help_and_mistakes,
    "every plot reads its study's file": plots,
})
