"""The program halfway: cli_test.py HALFWAY PROJECT_ROOT

Files are made and read here byte by byte, numbers are rounded here as fractions: nothing of the library, nothing of
NumPy (tests/bits/data_numpy.py compares with that).
"""
import json
import os
import pathlib
import re
import struct
import subprocess
import sys
import tempfile
import zipfile
from fractions import Fraction

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "support"))
import tap  # noqa: E402

PROGRAM, ROOT = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2])
temporary = tempfile.TemporaryDirectory()
FOLDER = pathlib.Path(temporary.name)

# ------------------------------------------------------------------------------------------------------- the program


def run(*arguments, status=0, **options):
    ran = subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True, cwd=FOLDER, **options)
    if ran.returncode != status:
        raise AssertionError(f"{arguments}: exit status {ran.returncode}, not {status}\n{ran.stdout}{ran.stderr}")
    return ran.stdout if status == 0 else ran.stderr


def report(*arguments):
    return json.loads(run(*arguments, "--json"))


def differences(expected):
    """What is wrong with {what: (actual, expected)}."""
    return "\n".join(f"{what}: {actual!r}, not {wanted!r}" for what, (actual, wanted) in expected.items()
                     if actual != wanted)


# ------------------------------------------------------------------------------------------------------------- files


def npy(descr, shape, data):
    header = str({"descr": descr, "fortran_order": False, "shape": shape}).encode() + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + data


def write(name, descr, data, shape=None):
    size = int(descr[2:])
    (FOLDER / name).write_bytes(npy(descr, shape or (len(data) // size,), data))
    return name


def read_bytes(data):
    """(descr, shape, data) of an .npy file's bytes."""
    length = struct.unpack("<H", data[8:10])[0]
    header = eval(data[10:10 + length])  # our own program's
    return header["descr"], header["shape"], data[10 + length:]


def read(name):
    return read_bytes((FOLDER / name).read_bytes())


def codes(name):
    descr, _, data = read(name)
    size = int(descr[2:])
    return list(struct.unpack(f"<{len(data) // size}{' BH I   Q'[size]}", data))


# ---------------------------------------------------------------------------------------------------------- numbers

# name: precision, exponent bits, bias
BFLOAT16, FLOAT16, FLOAT32 = (8, 8, 127), (11, 5, 15), (24, 8, 127)


def value(code, precision, exponent_bits, bias):
    """The fraction that a finite code of an IEEE format stands for."""
    magnitude = code & (1 << (precision + exponent_bits - 1)) - 1
    field, fraction = magnitude >> (precision - 1), magnitude & (1 << (precision - 1)) - 1
    significand = fraction + (1 << (precision - 1) if field else 0)
    sign = -1 if code != magnitude else 1
    return sign * significand * Fraction(2) ** (max(field, 1) - bias - precision + 1)


def rounded(x, direction, precision, exponent_bits, bias):
    """The code to which a fraction that is not 0 rounds, and whether that overflowed, underflowed, was inexact."""
    infinity = ((1 << exponent_bits) - 1) << (precision - 1)
    negative, x = x < 0, abs(x)
    # Codes in order, infinity as the next number: the last one that is not above x.
    low, high = 0, infinity
    while low + 1 < high:
        middle = (low + high) // 2
        low, high = (middle, high) if value(middle, precision, exponent_bits, bias) <= x else (low, middle)
    below, above = (value(low, precision, exponent_bits, bias), Fraction(2) ** ((1 << exponent_bits) - 1 - bias)
                    if low + 1 == infinity else value(low + 1, precision, exponent_bits, bias))
    inexact, middle = x != below, (below + above) / 2
    up = inexact and {
        "ties_to_even": x > middle or (x == middle and low % 2 == 1), "ties_to_away": x >= middle,
        "toward_zero": False, "to_odd": low % 2 == 0, "toward_positive": not negative, "toward_negative": negative}[direction]
    code = low + up
    overflow = code == infinity or x >= above
    if overflow and direction in ("toward_zero", "to_odd", "toward_negative" if not negative else "toward_positive"):
        code = infinity - 1
    elif x >= above:
        code = infinity
    # Tiny after rounding as if there were no smallest exponent: below the smallest normal number, seen with one bit more.
    smallest = Fraction(2) ** (1 - bias)
    tiny = x < smallest and not (above == smallest and rounds_up_to_normal(x, direction, negative, precision, smallest))
    return code | negative << (precision + exponent_bits - 1), overflow, tiny and inexact, inexact or overflow


def rounds_up_to_normal(x, direction, negative, precision, smallest):
    step = smallest / (1 << precision)
    rest = smallest - x
    return {"ties_to_even": rest <= step / 2, "ties_to_away": rest <= step / 2, "toward_zero": False, "to_odd": False,
            "toward_positive": not negative and rest < step, "toward_negative": negative and rest < step}[direction]


DIRECTIONS = ["ties_to_even", "ties_to_away", "toward_zero", "toward_positive", "toward_negative", "to_odd"]


def float32_codes():
    """Numbers of every size, ties, neighbours of ties, subnormals, and what overflows."""
    found = []
    for exponent in range(0, 255, 6):
        for fraction in (0, 1, 0x7FFF, 0x8000, 0x8001, 0x17FFF, 0x18000, 0x1000, 0x3000, 0x2FFF, 0x7FFFFF, 0x7F8000):
            found += [exponent << 23 | fraction, 1 << 31 | exponent << 23 | fraction]
    found += [e << 23 | f for e in (111, 112, 113, 141, 142) for f in (0, 0x1FFF, 0x1000, 0x7FE000, 0x7FF000, 0x7FFFFF)]
    return [code for code in found if code & 0x7FFFFFFF and code >> 23 & 255 != 255]


# ------------------------------------------------------------------------------------------------------------- round


def every_direction():
    inputs = float32_codes()
    write("d.npy", "<f4", struct.pack(f"<{len(inputs)}I", *inputs))
    for name, format_ in (("bfloat16", BFLOAT16), ("float16", FLOAT16)):
        for direction in DIRECTIONS:
            expected = [rounded(value(code, *FLOAT32), direction, *format_) for code in inputs]
            counts = report("round", "d.npy", f"{name}{direction}.npy", "--format", name, "--rounding", direction)["arrays"][0]
            if wrong := differences({
                    "codes": (codes(f"{name}{direction}.npy"), [code for code, *_ in expected]),
                    "overflow": (counts["overflow"], sum(each[1] for each in expected)),
                    "underflow": (counts["underflow"], sum(each[2] for each in expected)),
                    "inexact": (counts["inexact"], sum(each[3] for each in expected)),
                    "numbers": (counts["numbers"], len(inputs))}):
                return f"{name}, {direction}: {wrong[:2000]}"
    return ""


def how_results_are_stored():
    write("s.npy", "<f4", struct.pack("<6f", 1, -2, 0.1, 1e9, 1e-9, 0), (2, 3))
    expected = {
        "float16": ("<f2", "003c00c0662e007c00000000"), "bfloat16": ("<V2", "803f00c0cd3d6e4e89300000"),
        "float32": ("<f4", None), "float64": ("<f8", None), "float8_e5m2": ("<V1", "3cc02e7c0000"),
        "float8_e4m3fn": ("<V1", "38c01d7f0000"), "float4_e2m1fn": ("<V1", "020c00070000"),
        "e5m2": ("<V1", "3cc02e7c0000"), "tf32": ("<V4", None), "e5m10": ("<f2", "003c00c0662e007c00000000")}
    wrong = {}
    for name, (descr, data) in expected.items():
        run("round", "s.npy", "t.npy", "--format", name)
        found = read("t.npy")
        wrong[f"{name}: descr and shape"] = (found[:2], (descr, (2, 3)))
        if data:
            wrong[f"{name}: data"] = (found[2].hex(), data)
    for held, descr, code in (("float32", "<f4", "f"), ("float64", "<f8", "d")):
        run("round", "s.npy", "t.npy", "--format", "float8_e4m3fn", "--output", held, "--overflow", "saturate")
        found = read("t.npy")
        wrong[held] = (found[0], descr)
        wrong[f"{held}: values"] = (struct.unpack(f"<6{code}", found[2]), (1, -2, 0.1015625, 448, 0, 0))
    return differences(wrong)


def raw_arrays():
    write("raw.npy", "|V2", struct.pack("<3H", 0x3F80, 0xC000, 0x7F80))
    run("round", "raw.npy", "out.npy", "--format", "float32", "--input-format", "bfloat16")
    wrong = {"values": (struct.unpack("<3f", read("out.npy")[2]), (1.0, -2.0, float("inf")))}
    write("six.npy", "|V1", bytes([0x3F, 0x40]))
    for arguments, message in {
            ("raw.npy",): "'raw.npy' holds V2, raw codes of a format that the file does not name; name it with --input-format",
            ("raw.npy", "--input-format", "float8_e5m2"):
                "'raw.npy' holds V2, raw codes, and float8_e5m2 has codes of 1 byte(s); name the right format with "
                "--input-format",
            ("six.npy", "--input-format", "float6_e2m3fn"):
                "'six.npy': element 1 is 0x40, which is no code of float6_e2m3fn; name the right format with --input-format",
            ("out.npy", "--input-format", "bfloat16"):
                "'out.npy' holds no raw array, and --input-format is for these; leave it away"}.items():
        wrong[message] = (run("round", arguments[0], "no.npy", "--format", "float32", *arguments[1:], status=1),
                          f"[halfway round] {message}\n")
    wrong["nothing is written"] = ((FOLDER / "no.npy").exists(), False)
    return differences(wrong)


def integers():
    # Of 2^60 + 2^36 + 1, float64 would keep a tie, and float32 would then round it to even, which is down.
    numbers = [2**60 + 2**36 + 1, -(2**60 + 2**36 + 1), 2**63 - 1, -(2**63), 7, 0]
    write("i.npy", "<i8", struct.pack("<6q", *numbers))
    wrong = {}
    for direction in DIRECTIONS:
        counts = report("round", "i.npy", "o.npy", "--format", "float32", "--rounding", direction)["arrays"][0]
        expected = [rounded(Fraction(number), direction, *FLOAT32)[0] if number else 0 for number in numbers]
        wrong[direction] = (codes("o.npy"), expected)
        wrong[f"{direction}: counts"] = ((counts["inexact"], counts["from"]), (3, "int64"))
    counts = report("round", "i.npy", "o.npy", "--format", "float64", "--rounding", "toward_zero")["arrays"][0]
    wrong["float64"] = (struct.unpack("<6d", read("o.npy")[2]), (2.0**60 + 2**36, -(2.0**60 + 2**36), 2.0**63 - 1024, -(2.0**63), 7, 0))
    wrong["float64: inexact"] = (counts["inexact"], 3)
    write("u.npy", "<u8", struct.pack("<Q", 2**64 - 1))
    run("round", "u.npy", "o.npy", "--format", "bfloat16")
    wrong["uint64"] = (codes("o.npy"), [0x5F80])
    write("b.npy", "|b1", bytes([0, 1]))
    run("round", "b.npy", "o.npy", "--format", "float16")
    wrong["bool"] = (codes("o.npy"), [0, 0x3C00])
    # All 36 discarded bits of 2^60 + 2^36 + 1 count: a 32-bit random number takes it up half of the time.
    write("many.npy", "<i8", struct.pack("<q", numbers[0]) * 1000)
    run("round", "many.npy", "o.npy", "--format", "float32", "--rounding", "stochastic", "--random-bits", 32)
    wrong["stochastic"] = (400 < sum(code - 0x5D800000 for code in codes("o.npy")) < 600, True)
    return differences(wrong)


def subnormals():
    write("n.npy", "<f4", struct.pack("<4I", 0x00000001, 0x007FFFFF, 0x80400000, 0x33800001))  # the last: 2^-24 and a bit
    wrong = {}
    for choice, target, expected, flushed in (
            ("keep", "bfloat16", [0, 0x80, 0x8040, 0x3380], 0), ("flush_inputs", "bfloat16", [0, 0, 0x8000, 0x3380], 3),
            ("flush_results", "float16", [0, 0, 0x8000, 0], 4), ("flush", "float16", [0, 0, 0x8000, 0], 4),
            ("keep", "float16", [0, 0, 0x8000, 1], 0)):
        counts = report("round", "n.npy", "f.npy", "--format", target, "--subnormals", choice)["arrays"][0]
        wrong[f"{choice}, {target}"] = ((codes("f.npy"), counts["flushed"]), (expected, flushed))
    return differences(wrong)


def stochastic():
    count = 4096
    write("r.npy", "<f4", struct.pack("<f", 1 + 2**-9) * count)  # a quarter of the way to the next bfloat16
    def up(*arguments, **options):
        run("round", "r.npy", "q.npy", "--format", "bfloat16", "--rounding", "stochastic", *arguments, **options)
        return [code - 0x3F80 for code in codes("q.npy")]
    first = up()
    one_thread = up(env={**os.environ, "OMP_NUM_THREADS": "1"})
    share = sum(first) / count
    wrong = {"one thread": (one_thread, first), "the same seed": (up("--seed", 0, "--random-bits", 16), first),
             "zeros and ones": (set(first), {0, 1}), "a quarter goes up": (0.22 < share < 0.28, True),
             "one random bit never sees a quarter": (sum(up("--random-bits", 1)) in (0, count), True)}
    for arguments in (("--seed", 1), ("--stream", 1), ("--random-bits", 8)):
        if arguments[0] != "--random-bits" and up(*arguments) == first:
            wrong[str(arguments)] = ("the same bits", "others")
    wrong["without stochastic rounding"] = (
        run("round", "r.npy", "q.npy", "--format", "bfloat16", "--seed", 1, status=2),
        "--random-bits, --seed and --stream: are for stochastic rounding\nRun with --help for more information.\n")
    return differences(wrong)


def archives():
    same = npy("<f4", (4096,), struct.pack("<f", 1 + 2**-9) * 4096)
    wrong = {}
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        with zipfile.ZipFile(FOLDER / "a.npz", "w", method) as archive:
            for name, member in (("w.npy", same), ("again.npy", same), ("n.npy", npy("|u1", (3,), bytes([1, 2, 255])))):
                archive.writestr(name, member)
        arrays = report("round", "a.npz", "b.npz", "--format", "bfloat16", "--rounding", "stochastic")["arrays"]
        with zipfile.ZipFile(FOLDER / "b.npz") as archive:
            members = {info.filename: (read_bytes(archive.read(info)), info.compress_type) for info in archive.infolist()}
        wrong[f"{method}: names"] = (list(members), ["w.npy", "again.npy", "n.npy"])
        wrong[f"{method}: compression"] = ({each[1] for each in members.values()}, {method})
        wrong[f"{method}: integers"] = (members["n.npy"][0], ("<V2", (3,), struct.pack("<3H", 0x3F80, 0x4000, 0x437F)))
        wrong[f"{method}: members have their own random bits"] = (members["w.npy"][0][2] != members["again.npy"][0][2], True)
        wrong[f"{method}: report"] = ([each["name"] for each in arrays], ["w", "again", "n"])
        wrong[f"{method}: numbers"] = ([each["numbers"] for each in arrays], [4096, 4096, 3])
    return differences(wrong)


def report_for_people():
    write("p.npy", "<f4", struct.pack("<3f", 0.1, 1e9, 1), (3, 1))
    return differences({"text": (run("round", "p.npy", "p2.npy", "--format", "float16"), (
        "p.npy -> p2.npy: float16, ties_to_even\n\n"
        "array  shape   from     numbers  inexact  underflow  overflow  flushed  nan  invalid\n"
        "p.npy  (3, 1)  float32        3        2          0         1        0    0        0\n"))})


def in_place():
    write("same.npy", "<f4", struct.pack("<2f", 0.1, 2))
    run("round", "same.npy", "same.npy", "--format", "float16")
    wrong = {"in place": (codes("same.npy"), [0x2E66, 0x4000])}
    before = (FOLDER / "same.npy").read_bytes()
    (FOLDER / "broken.npy").write_bytes(before[:-1])
    message = run("round", "broken.npy", "same.npy", "--format", "float32", status=1)
    wrong["a broken file"] = (message.startswith("[read_npy] 'broken.npy', byte "), True)
    wrong["OUT stays"] = ((FOLDER / "same.npy").read_bytes(), before)
    return differences(wrong)


def wrong_usage():
    write("w.npy", "<f4", struct.pack("<f", 1))
    help_ = "\nRun with --help for more information.\n"
    wrong = {}
    for arguments, message in {
            (): "A subcommand is required",
            ("round", "w.npy", "x.npy"): "--format is required",
            ("round", "w.npy", "x.npz", "--format", "float16"): "IN and OUT: are of two kinds; give both .npy or both .npz",
            ("round", "w.txt", "x.npy", "--format", "float16"): "'w.txt': is neither an .npy nor an .npz file",
            ("round", "w.npy", "x.npy", "--format", "float16", "--rounding", "nearest"):
                "--rounding: [halfway] 'nearest' is no choice; there are ties_to_even, ties_to_away, toward_zero, "
                "toward_positive, toward_negative, to_odd, stochastic, stochastic_odd, stochastic_fast, stochastic_fastest",
            ("round", "w.npy", "x.npy", "--format", "float16", "--subnormals", "drop"):
                "--subnormals: [halfway] 'drop' is no choice; there are keep, flush_inputs, flush_results, flush",
            ("inspect", "1", "--input-format", "float16"): "--input-format: is for a code, and '1' is a number",
            ("inspect", "0b12"):
                "NUMBER: [inspect] '0b12' is no code; write one such as bits:0x3C00, bits:0b111 or 0b111",
            ("formats", "--json", "--markdown"): None,
            ("formats", "--format", "float17"): None}.items():
        text = run(*arguments, status=2)
        if message:
            wrong[str(arguments)] = (text, message + help_)
    text = run("round", "w.npy", "x.npy", "--format", "float17", status=2)
    for name in ("float17", "bfloat16", "float8_e8m0fnu", "e4m3:bias=8"):
        wrong[f"an unknown format's message has {name}"] = (name in text, True)
    missing = run("round", "none.npy", "x.npy", "--format", "float16", status=1)
    wrong["a missing file"] = (missing, "[read_npy] 'none.npy': found nothing that is a file; expected an .npy file; check the path\n")
    wrong["--version"] = (bool(re.fullmatch(r"halfway \d+\.\d+\.\d+\n", run("--version"))), True)
    for command in ((), ("round",), ("inspect",), ("formats",)):
        wrong[f"{command} --help"] = ("--help" in run(*command, "--help"), True)
    return differences(wrong)


def no_room():
    if not os.path.exists("/dev/full"):
        return ""
    with open("/dev/full", "w") as full:
        ran = subprocess.run([PROGRAM, "formats"], stdout=full, stderr=subprocess.PIPE, text=True)
    return differences({"status": (ran.returncode, 1),
                        "message": (ran.stderr, "[halfway] the output cannot be written; look where it goes\n")})


# ----------------------------------------------------------------------------------------------------------- inspect


def inspected_text():
    return differences({
        "0.1": (run("inspect", "0.1", "--format", "float16"), """\
float16  0x2E66  0.1
  fields      0 01011 1001100110
              normal: 2^-4 * (1 + 614/1024)
  exactly     0.0999755859375
  hexadecimal 0x1.998p-4
  ulp         2^-14
  below       0x2E65  0.0999
  above       0x2E67  0.10004
  error       -2.44141e-05 absolute, -0.000244141 relative, -0.4 ulp
  rounded     0x2E66  0.1  ties_to_even, ties_to_away, toward_zero, toward_negative
              0x2E67  0.10004  toward_positive, to_odd
"""),
        "a code": (run("inspect", "bits:0x81", "--format", "float8_e4m3fn,float8_e8m0fnu"), """\
float8_e4m3fn  0x81  -0.002
  fields      1 0000 001
              subnormal: -2^-6 * 1/8
  exactly     -0.001953125
  hexadecimal -0x1p-9
  ulp         2^-9
  below       0x82  -0.004
  above       0x80  -0

float8_e8m0fnu  0x81  4
  fields      10000001
              normal: 2^2
  exactly     4
  hexadecimal 0x1p+2
  ulp         2^2
  below       0x80  2
  above       0x82  8
"""),
        "of another format": (run("inspect", "bits:0x3C01", "--input-format", "float16", "--format", "float8_e5m2"), """\
float8_e5m2  0x3C  1
  fields      0 01111 00
              normal: 2^0 * (1 + 0/4)
  exactly     1
  hexadecimal 0x1p+0
  ulp         2^-2
  below       0x3B  0.9
  above       0x3D  1.2
  error       -0.000976562 absolute, -0.000975610 relative, -0.00390625 ulp
""".replace("0.000975610", "0.00097561") + """\
  rounded     0x3C  1  ties_to_even, ties_to_away, toward_zero, toward_negative
              0x3D  1.2  toward_positive, to_odd
"""),
        "NaN": (run("inspect", "nan", "--format", "float16").splitlines()[:2],
                ["float16  0x7E00  nan", "  fields      0 11111 1000000000"]),
        "lines of at most 96": (max(map(len, run("inspect", "1e-40", "--format", "float64,float32").splitlines())) <= 96, True)})


def inspected_numbers():
    """Codes, exact values, neighbours and errors of many numbers, against fractions."""
    wrong = {}
    for text in ("0.1", "-0.1", "3.14159", "1e-5", "-6e-8", "65519.99", "65520", "1e9", "0x1.8p-3", "-0x1.00202p0", "2.9e-8",
                 "1.00000000000000000000000000000000000001", "123456789012345678901234567890e-25", "1e-45", "-1e39"):
        number = Fraction(float.fromhex(text)) if "x" in text else Fraction(text)
        formats = {"float16": FLOAT16, "bfloat16": BFLOAT16, "float32": FLOAT32}
        for each in json.loads(run("inspect", text, "--format", ",".join(formats), "--json"))["formats"]:
            format_ = formats[each["format"]]
            what = f"{text} in {each['format']}"
            for direction in DIRECTIONS:
                code = rounded(number, direction, *format_)[0]
                wrong[f"{what}, {direction}"] = (int(each["rounded"][direction]["code"], 16), code)
            code = int(each["code"], 16)
            wrong[what] = (code, rounded(number, "ties_to_even", *format_)[0])
            if each["kind"] == "infinity":
                wrong[f"{what}: error"] = (each["error"], None)
                continue
            exact = value(code, *format_)
            wrong[f"{what}: value"] = (Fraction(each["value"]), exact)
            ulp = Fraction(2) ** each["ulp_exponent"]
            magnitude = code & (1 << (sum(format_[:2]) - 1)) - 1
            if magnitude + 1 < ((1 << format_[1]) - 1) << (format_[0] - 1):
                wrong[f"{what}: ulp"] = (ulp, abs(value(magnitude + 1, *format_) - value(magnitude, *format_)))
            for key, error in (("absolute", exact - number), ("relative", (exact - number) / number),
                               ("ulps", (exact - number) / ulp)):
                shown = each["error"][key]
                near = abs(Fraction(shown) - error) <= abs(error) * Fraction(6, 10**6)
                wrong[f"{what}: {key} error {shown} of {float(error)}"] = (near, True)
    return differences(wrong)


# ----------------------------------------------------------------------------------------------------------- formats


def listed_formats():
    listed = {each["name"]: each for each in json.loads(run("formats", "--json"))}
    facts = {  # OCP OFP8 and MX 1.0, IEEE 754, ml_dtypes' finfo
        "float16": ("65504", "0.00006103515625", "0.000000059604644775390625", "0.0009765625"),
        "float8_e4m3fn": ("448", "0.015625", "0.001953125", "0.125"), "float8_e5m2": ("57344", "0.00006103515625", "0.0000152587890625", "0.25"),
        "float8_e4m3fnuz": ("240", "0.0078125", "0.0009765625", "0.125"), "float6_e2m3fn": ("7.5", "1", "0.125", "0.125"),
        "float6_e3m2fn": ("28", "0.25", "0.0625", "0.25"), "float4_e2m1fn": ("6", "1", "0.5", "0.5")}
    wrong = {name: (tuple(listed[name][key] for key in ("max", "min_normal", "min_subnormal", "epsilon")), expected)
             for name, expected in facts.items()}
    wrong["e8m0"] = ((listed["float8_e8m0fnu"]["min_subnormal"], listed["float8_e8m0fnu"]["has_zero"]), (None, False))
    wrong["float64"] = (Fraction(listed["float64"]["max"]), Fraction(sys.float_info.max))
    table = run("formats").splitlines()
    wrong["lines"] = (len(table), len(listed) + 1)
    wrong["width"] = (max(map(len, table)) <= 101, True)
    wrong["a line"] = (run("formats", "--format", "e4m3:bias=8:specials=none:unsigned").splitlines()[1].split(),
                       ["e4m3:bias=8:specials=none:unsigned", "7", "0/4/3", "8", "240", "2^-7", "2^-10", "2^-3", "none"])
    return differences(wrong)


def documented_formats():
    page = (ROOT / "docs/numerics.md").read_text(encoding="utf-8")
    table = run("formats", "--markdown")
    return "" if table in page else f"docs/numerics.md does not hold what halfway formats --markdown prints:\n{table}"


# ----------------------------------------------------------------------------------------------------------- devices


def listed_devices():
    """Names as drivers print them, capabilities and memory as data sheets give them; text and JSON agree."""
    devices = {each["name"]: each for each in json.loads(run("devices", "--json"))}
    facts = {"tesla_p100": ("Tesla P100-SXM2-16GB", "6.0", 16), "tesla_v100": ("Tesla V100-SXM2-16GB", "7.0", 16),
             "titan_v": ("NVIDIA TITAN V", "7.0", 12), "rtx_2080": ("NVIDIA GeForce RTX 2080", "7.5", 8),
             "a100": ("NVIDIA A100-SXM4-40GB", "8.0", 40), "rtx_4090": ("NVIDIA GeForce RTX 4090", "8.9", 24),
             "h100": ("NVIDIA H100 80GB HBM3", "9.0", 80), "b200": ("NVIDIA B200", "10.0", 180),
             "mi300": ("AMD Instinct MI300X", None, 192), "tpu_v4": ("TPU v4", None, 32)}
    wrong = {name: ((devices[name]["description"], devices[name]["compute_capability"],
                     devices[name]["memory_bytes"] >> 30), expected) for name, expected in facts.items()}
    lines = run("devices").splitlines()
    wrong["lines"] = (len(lines), len(devices) + 1)
    wrong["a line"] = (lines[9], "GPU 1: Tesla V100-SXM2-16GB (emulated: tesla_v100) [checked against published silicon output]")
    wrong["every device"] = ([name for name in devices if f"({name})" not in "\n".join(lines) and f": {name})" not in "\n".join(lines)], [])
    for device in devices.values():
        text = run("devices", device["name"])
        for unit in device["units"]:
            wrong[f"{device['name']}, {unit['unit']}"] = (unit["unit"] in text and unit["evidence"] in text, True)
        for variant in device["variants"]:
            wrong[variant] = (run("devices", variant).startswith(f"{variant}: {device['description']}"), True)
    tf32 = devices["a100"]["products"]["float32"]
    wrong["TF32"] = ([tf32[precision]["algorithm"] for precision in ("default", "high", "highest")],
                     ["TF32_TF32_F32", "TF32_TF32_F32", "F32_F32_F32"])
    wrong["TPU"] = ([devices["tpu_v3"]["products"]["float32"][precision]["algorithm"] for precision in ("default", "high", "highest")],
                    ["BF16_BF16_F32", "BF16_BF16_F32_X3", "BF16_BF16_F32_X6"])
    wrong["no FP8"] = ("float8_e4m3fn" in devices["a100"]["products"], False)
    wrong["unknown"] = ("tpu_v9" in run("devices", "tpu_v9", status=2) and "tesla_v100" in run("devices", "tpu_v9", status=2), True)
    return differences(wrong)


def documented_sessions():
    """Every command of docs/programs.md prints what stands there."""
    folder = FOLDER / "documented"
    folder.mkdir()
    (folder / "weights.npy").write_bytes(npy("<f4", (2, 3), struct.pack("<6f", 0.1, -2, 1e9, 1e-9, 65520, float("inf"))))
    (folder / "a.npy").write_bytes(npy("<f2", (1, 4), struct.pack("<4e", -8192, -0.5, -0.25, -0.125)))
    (folder / "b.npy").write_bytes(npy("<f2", (4, 1), struct.pack("<4e", 1024, 1, 1, 1)))
    (folder / "c.npy").write_bytes(npy("<f4", (1, 1), struct.pack("<f", 2**23)))
    environment = {**os.environ, "PATH": f"{PROGRAM.parent}:{os.environ['PATH']}"}
    page = (ROOT / "docs/programs.md").read_text(encoding="utf-8")
    wrong = {}
    for block in re.findall(r"```console\n(.*?)```", page, re.S):
        for command, expected in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", block, re.M):
            ran = subprocess.run(["bash", "-c", command], cwd=folder, env=environment, text=True, stdout=subprocess.PIPE,
                                 stderr=subprocess.STDOUT)
            wrong[command] = (ran.stdout, expected)
    return differences(wrong) if len(wrong) > 5 else f"only {len(wrong)} commands found"


tap.run({
    "round: every direction, with its events": every_direction,
    "round: how results are stored": how_results_are_stored,
    "round: raw arrays": raw_arrays,
    "round: integers": integers,
    "round: subnormals": subnormals,
    "round: stochastic": stochastic,
    "round: archives": archives,
    "round: what people read": report_for_people,
    "round: in place, and not at all": in_place,
    "usage": wrong_usage,
    "output that cannot be written": no_room,
    "inspect: what people read": inspected_text,
    "inspect: numbers": inspected_numbers,
    "formats: the list": listed_formats,
    "formats: the table in docs/numerics.md": documented_formats,
    "devices: the list, and all of one": listed_devices,
    "what docs/programs.md shows": documented_sessions,
})
