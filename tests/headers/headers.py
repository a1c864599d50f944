"""Each public header compiles alone and twice over, without a warning: headers.py INCLUDE_FOLDER COMPILE_COMMAND..."""
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "support"))
import tap  # noqa: E402

include, command = pathlib.Path(sys.argv[1]), sys.argv[2:]


def complaint(header):
    unit = f'#include "{header}"\n' * 2
    done = subprocess.run([*command, "-x", "c++", "-"], input=unit, capture_output=True, text=True)
    return done.stderr if done.returncode else ""


headers = sorted(path.relative_to(include).as_posix() for path in include.rglob("*.hpp"))
tap.run({header: lambda header=header: complaint(header) for header in headers})
