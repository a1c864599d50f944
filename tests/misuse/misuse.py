"""What must not compile does not, and its correct twin does: misuse.py CASES_FOLDER COMPILE_COMMAND...

Each case holds both: with -DMISUSE it must fail with a diagnostic that matches its `// expect: REGEX` line, without it
must compile.
"""
import pathlib
import re
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "support"))
import tap  # noqa: E402

cases, command = pathlib.Path(sys.argv[1]), sys.argv[2:]


def complaint(case):
    text = case.read_text()
    expected = re.search(r"^// expect: (.+)$", text, re.MULTILINE)
    if not expected or "MISUSE" not in text:
        return "a case needs a line '// expect: REGEX' and an '#ifdef MISUSE'"
    twin, misuse = (
        subprocess.run([*command, *more, str(case)], capture_output=True, text=True) for more in ([], ["-DMISUSE"])
    )
    if twin.returncode:
        return "the correct twin does not compile:\n" + twin.stderr
    if not misuse.returncode:
        return "the misuse compiles"
    if not re.search(expected[1], misuse.stderr):
        return f"the misuse fails, but not with '{expected[1]}':\n" + misuse.stderr
    return ""


tap.run({case.stem: lambda case=case: complaint(case) for case in sorted(cases.glob("*.cpp"))})
