"""The probe without a GPU: silicon_probe_test.py SILICON_PROBE SILICON_CHECK

The models stand in for the GPU: what it prints, and that the files which it writes are read and found right.
"""
import pathlib
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "support"))
import tap  # noqa: E402

PROBE, CHECK = (pathlib.Path(path).resolve() for path in sys.argv[1:3])
temporary = tempfile.TemporaryDirectory()
FOLDER = pathlib.Path(temporary.name) / "golden"
print("# no GPU is asked here: unchecked that mma.sync and wgmma give what their models say", flush=True)


def run(*arguments):
    ran = subprocess.run([str(each) for each in arguments], capture_output=True, text=True)
    return ran.returncode, ran.stdout + ran.stderr


def simulated():
    status, output = run(PROBE, "--simulate", "--tiles", 2, "--lines", 40, "--out", FOLDER)
    counts = re.findall(r"^  (\w+) +(\d+) of (\d+) wrong$", output, re.M)
    right = len(counts) == 16 * 8 and all(wrong == "0" for _, wrong, _ in counts)
    if status != 0 or not right:
        return f"exit status {status}\n{output}"
    files = sorted(FOLDER.glob("hopper_mma-*.txt"))
    status, output = run(CHECK, *files)
    wrong = re.findall(r": (\d+) of (\d+) wrong", output)
    return "" if status == 0 and len(wrong) == 8 and all(int(total) >= 200 for _, total in wrong) else output


def without_gpu():
    status, output = run(PROBE)
    return "" if status == 1 and "built without nvcc" in output else f"exit status {status}\n{output}"


tap.run({
    "every instruction and class, simulated; silicon_check reads the files and finds none wrong": simulated,
    "without a GPU": without_gpu,
    "usage": lambda: "" if run(PROBE, "--tiles", "x")[0] == 2 else "accepted",
})
