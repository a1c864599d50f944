"""Runs an example in its language, or says that it is not there: run.py R|Octave|Julia ARGUMENT..."""
import pathlib
import shutil
import subprocess
import sys
import tempfile

SKIPPED = 77  # to Meson


def need(*programs):
    for program in programs:
        if shutil.which(program) is None:
            print(f"{program} is not installed: unchecked that {LANGUAGE} reaches the library")
            sys.exit(SKIPPED)


def run(*command, **options):
    status = subprocess.run([*map(str, command)], **options).returncode
    if status != 0:
        sys.exit(status)


LANGUAGE, *ARGUMENTS = sys.argv[1:]
if LANGUAGE == "R":
    need("Rscript")
    run("Rscript", "--vanilla", *ARGUMENTS)
elif LANGUAGE == "Julia":
    need("julia")
    run("julia", "--startup-file=no", *ARGUMENTS)
else:
    need("octave-cli", "mkoctfile")
    example, glue, include, library = (pathlib.Path(argument).resolve() for argument in ARGUMENTS)
    with tempfile.TemporaryDirectory() as folder:
        run("mkoctfile", "--mex", f"-I{include}", glue, f"-L{library.parent}", "-lhalfway", f"-Wl,-rpath,{library.parent}",
            "-o", "halfway_round.mex", cwd=folder)
        run("octave-cli", "--quiet", "--norc", example, cwd=folder)
