"""halfway matmul and halfway probe: matmul_test.py HALFWAY PROJECT_ROOT

Files are made and read here byte by byte; what products must be is known from papers, from issues, or from fractions.
"""
import ast
import json
import pathlib
import struct
import subprocess
import sys
import tempfile
from fractions import Fraction

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "support"))
import tap  # noqa: E402

PROGRAM = pathlib.Path(sys.argv[1]).resolve()
temporary = tempfile.TemporaryDirectory()
FOLDER = pathlib.Path(temporary.name)
CODES = {"<f2": "e", "<f4": "f", "<f8": "d", "<V1": "B", "<V2": "H"}


def run(*arguments, status=0):
    ran = subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True, cwd=FOLDER)
    if ran.returncode != status:
        raise AssertionError(f"{arguments}: exit status {ran.returncode}, not {status}\n{ran.stdout}{ran.stderr}")
    return ran.stdout if status == 0 else ran.stderr


def write(name, descr, shape, values, fortran=False):
    header = str({"descr": descr, "fortran_order": fortran, "shape": shape}).encode() + b"\n"
    data = struct.pack(f"<{len(values)}{CODES[descr]}", *values)
    (FOLDER / name).write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + data)


def read(name):
    data = (FOLDER / name).read_bytes()
    end = 10 + struct.unpack("<H", data[8:10])[0]
    header = ast.literal_eval(data[10:end].decode())
    size = int(header["descr"][2:])
    values = struct.unpack(f"<{(len(data) - end) // size}{CODES[header['descr']]}", data[end:])
    return header["descr"], header["shape"], list(values)


def differences(expected):
    return "\n".join(f"{what}: {actual!r}, not {wanted!r}" for what, (actual, wanted) in expected.items()
                     if actual != wanted)


def units():
    """2^23 - 2^23 - 0.5 - 0.25 - 0.125, Table 8 of arXiv 2511.10909."""
    terms = [(-2.0**13, 2.0**10), (-0.5, 1), (-0.25, 1), (-0.125, 1)]
    write("c.npy", "<f4", (1, 1), [2.0**23])
    wrong = {}
    for unit, descr, expected in (("volta_mma_f16", "<f2", 0), ("ampere_mma_f16", "<f2", -0.5), ("hopper_mma_f16", "<f2", -0.75),
                                  ("mi100_mfma_f16", "<f2", -0.875), ("mi300_mfma_f16", "<f2", -0.5), ("sequential", "<f4", -0.875),
                                  ("ampere_mma_tf32", "<f4", -0.5)):
        write(f"{unit}.a.npy", descr, (1, 4), [a for a, _ in terms])
        write(f"{unit}.b.npy", descr, (4, 1), [b for _, b in terms])
        printed = run("matmul", f"{unit}.a.npy", f"{unit}.b.npy", "-c", "c.npy", "-o", f"{unit}.npy", "--unit", unit)
        wrong[unit] = (read(f"{unit}.npy"), ("<f4", (1, 1), [expected]))
        wrong[f"{unit} is named"] = (f"unit       {unit}, revision 1\n" in printed, True)
    return differences(wrong)


def devices():
    """jax issue 9973: the same float32 product on a CPU and, in bfloat16, on a TPU."""
    write("x.npy", "<f4", (2, 2), [0.3744, 0.1656, 0.4707, 0.1663])
    write("y.npy", "<f4", (2, 2), [0.3946, 0.1186, 0.1569, 0.3145])
    single = lambda values: [struct.unpack("<f", struct.pack("<f", x))[0] for x in values]  # noqa: E731
    wrong = {}
    for device, options, expected in (("cpu", (), [0.17372088, 0.09648504, 0.21183069, 0.10812637]),
                                      ("tpu_v3", (), [0.17405128, 0.09669876, 0.21180916, 0.10805416]),
                                      ("cpu", ("--algorithm", "BF16_BF16_F32"), [0.17405128, 0.09669876, 0.21180916, 0.10805416])):
        report = json.loads(run("matmul", "x.npy", "y.npy", "-o", "xy.npy", "--device", device, *options, "--json"))
        wrong[f"{device} {options}"] = (read("xy.npy"), ("<f4", (2, 2), single(expected)))
        wrong[f"{device}: report"] = ((report["device"], report["d"]["shape"], report["d"]["dtype"]), (device, [2, 2], "float32"))
    report = json.loads(run("matmul", "x.npy", "y.npy", "-o", "xy.npy", "--device", "tpu_v3", "--precision", "highest", "--json"))
    wrong["highest"] = (report["algorithm"], "BF16_BF16_F32_X6")
    run("matmul", "x.npy", "y.npy", "-o", "half.npy", "--out", "bfloat16")
    wrong["bfloat16"] = (read("half.npy"), ("<V2", (2, 2), [0x3E32, 0x3DC6, 0x3E59, 0x3DDD]))
    run("matmul", "half.npy", "half.npy", "--input-format", "bfloat16", "-o", "square.npy", "--device", "h100")
    wrong["of ml_dtypes"] = (read("square.npy")[:2], ("<f4", (2, 2)))
    return differences(wrong)


def shapes():
    """Stacks, broadcast as NumPy does, in C and Fortran order; float64 units; 8-bit operands."""
    a, b = [float(i * i % 11) for i in range(24)], [float(i % 7) for i in range(12)]
    write("stack.npy", "<f8", (2, 1, 3, 4), a)
    write("right.npy", "<f8", (1, 4, 3), b)
    run("matmul", "stack.npy", "right.npy", "-o", "product.npy")
    expected = [sum(a[12 * s + 4 * i + k] * b[3 * k + j] for k in range(4)) for s in range(2) for i in range(3) for j in range(3)]
    wrong = {"stack": (read("product.npy"), ("<f8", (2, 1, 3, 3), expected))}
    write("fortran.npy", "<f8", (4, 3), [b[3 * k + j] for j in range(3) for k in range(4)], fortran=True)
    run("matmul", "stack.npy", "fortran.npy", "-o", "product.npy", "--unit", "hopper_mma_f64")
    wrong["Fortran order"] = (read("product.npy")[2], expected)
    write("empty.npy", "<f4", (3, 0), []), write("none.npy", "<f4", (0, 2), [])
    run("matmul", "empty.npy", "none.npy", "-o", "zeros.npy")
    wrong["no terms"] = (read("zeros.npy"), ("<f4", (3, 2), [0.0] * 6))
    write("bytes.npy", "<V1", (2, 2), [0x38, 0x40, 0x44, 0x30])  # fnuz: 0.5, 1, 1.5, 0.25
    run("matmul", "bytes.npy", "bytes.npy", "--input-format", "float8_e4m3fnuz", "-o", "product.npy", "--device", "mi300")
    wrong["fnuz"] = (read("product.npy")[2], [0.5 * 0.5 + 1.5, 0.5 + 0.25, 0.75 + 0.375, 1.5 + 0.0625])
    write("many.npy", "<f2", (300, 40), [float(i % 5 - 2) for i in range(12000)])
    write("wide.npy", "<f2", (40, 30), [float(i % 3 - 1) for i in range(1200)])
    run("matmul", "many.npy", "wide.npy", "-o", "product.npy", "--device", "a100")
    wrong["many rows"] = (read("product.npy")[2], [float(sum((40 * i + k) % 5 * ((30 * k + j) % 3 - 1) - 2 * ((30 * k + j) % 3 - 1)
                                                             for k in range(40))) for i in range(300) for j in range(30)])
    return differences(wrong)


def errors():
    """--exact: what it counts, against fractions."""
    values = [(i * 37 % 101 - 50) / 64 for i in range(64)]
    write("left.npy", "<f2", (8, 8), values), write("row.npy", "<f2", (8, 8), values[::-1])
    report = json.loads(run("matmul", "left.npy", "row.npy", "-o", "p.npy", "--out", "float16", "--exact", "--json"))
    exact = [sum(Fraction(values[8 * i + k]) * Fraction(values[::-1][8 * k + j]) for k in range(8)) for i in range(8) for j in range(8)]
    got = [Fraction(x) for x in read("p.npy")[2]]
    largest = max(abs(x - y) for x, y in zip(got, exact)) / max(map(abs, exact))
    wrong = {"elements": (report["errors"]["elements"], 64),
             "right": (report["errors"]["correctly_rounded"], sum(struct.unpack("<e", struct.pack("<e", y))[0] == x for x, y in zip(got, exact))),
             "largest": (abs(report["errors"]["max_norm"] - float(largest)) <= 1e-9 * float(largest), True)}
    text = run("matmul", "left.npy", "row.npy", "-o", "p.npy", "--unit", "hopper_mma_f16", "--exact")
    wrong["text"] = ("ulp" in text and "hopper_mma_f16" in text, True)
    return differences(wrong)


def randomness():
    """Stochastic units: the seed and the place in a stack decide."""
    write("ones.npy", "<f4", (2, 20, 64), [1.0, *[2.0**-13] * 63] * 40), write("column.npy", "<f4", (64, 1), [1.0] * 64)
    results = {}
    for seed in (0, 1):
        for repeat in range(2):
            run("matmul", "ones.npy", "column.npy", "-o", "s.npy", "--unit", "sequential_f16_stochastic", "--algorithm", "F16_F16_F16",
                "--seed", seed)
            results[seed, repeat] = read("s.npy")[2]
    return differences({"again": (results[0, 0] == results[0, 1], True), "seeds": (results[0, 0] == results[1, 0], False),
                        "stack": (results[0, 0][:20] == results[0, 0][20:], False),
                        "sums": (1.002 < sum(results[0, 0]) / 40 < 1.02, True)})


def mistakes():
    write("m.npy", "<f4", (2, 3), [1.0] * 6), write("v.npy", "<f4", (3,), [1.0] * 3), write("t.npy", "<f4", (3, 2), [1.0] * 6)
    write("raw.npy", "<V2", (3, 2), [0x3F80] * 6)
    out = ("-o", "out.npy")
    wrong = {}
    for arguments, status, text in (
            (("m.npy", "m.npy"), 1, "A has not as many columns as B has rows"),
            (("m.npy", "v.npy"), 1, "'v.npy' has the shape (3,); a matrix has two axes"),
            (("m.npy", "raw.npy"), 1, "raw codes of a format that the file does not name; name it with --input-format"),
            (("m.npy", "t.npy", "-c", "m.npy"), 1, "C must be of that shape"),
            (("m.npy", "t.npy", "--device", "h101"), 1, "'h101' is no device; there are cpu, "),
            (("m.npy", "t.npy", "--unit", "hopper"), 1, "'hopper' is no matrix unit; there are sequential, "),
            (("m.npy", "t.npy", "--unit", "hopper_mma_f16"), 1, "which multiplies float16, bfloat16; convert them"),
            (("m.npy", "t.npy", "--algorithm", "BF17"), 2, "'BF17' is no dot algorithm; there are "),
            (("m.npy", "t.npy", "--out", "int8"), 2, "'int8' is no floating-point dtype"),
            (("m.npy", "t.npy", "--device", "cpu", "--unit", "sequential"), 2, "excludes")):
        wrong[arguments] = (text in run("matmul", *arguments, *out, status=status), True)
    wrong["no file is left"] = ((FOLDER / "out.npy").exists(), False)
    wrong["probe"] = ("does not multiply float16" in run("probe", "--unit", "vdpbf16ps", "--input-format", "float16", status=1), True)
    return differences(wrong)


def probing():
    report = json.loads(run("probe", "--unit", "hopper_mma_f16", "--json"))
    properties = report["properties"]
    wrong = {"order": (report["order"], "c + [0-15] + [16-31] + ... + [48-63]"),
             "bits": (properties["bits kept below the largest exponent"], "25"),
             "rounding": (properties["rounding where c is added"], "toward_zero"),
             "models": ([each["name"] for each in report["models"]], ["hopper_mma_f16", "blackwell_mma_f16"])}
    text = run("probe", "--unit", "vdpbf16ps", "--terms", 8)
    wrong["text"] = ("order  c + 1 + 0 + 3 + 2 + 5 + 4 + 7 + 6\n" in text or "order  c + 1 + 0 + 3 + 2 + ... + 7 + 6\n" in text, True)
    wrong["who"] = ("the same bits as\n  vdpbf16ps, revision 1 (checked on silicon)\n" in text, True)
    return differences(wrong)


tap.run({"matmul: units": units, "matmul: devices, algorithms, results": devices, "matmul: shapes and dtypes": shapes,
         "matmul: errors": errors, "matmul: stochastic rounding": randomness, "matmul: mistakes": mistakes, "probe": probing})
