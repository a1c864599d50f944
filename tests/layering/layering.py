"""Includes go down the floors only: layering.py PROJECT_ROOT

Reads every #include of the library, the emulator and the experiments, and every absolute path that a source names.
Before it judges the project it judges itself: each rule on a small tree that breaks it.
"""
import pathlib
import re
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "support"))
import tap  # noqa: E402

FLOORS = ["formats", "emu", "backend", "tensor", "autograd", "ops", "nn"]
HEIGHT = {"root": -1, **{floor: height for height, floor in enumerate(FLOORS)}}
HEIGHT["data"] = HEIGHT["nn"]  # one floor, two folders
HEIGHT["contents"] = HEIGHT["c_api"] = len(FLOORS)  # halfway/halfway.hpp, the table of contents
HEIGHT["experiments"] = HEIGHT["cli"] = len(FLOORS) + 1
HEIGHT["tests"] = len(FLOORS) + 2

SOURCES = ["include", "src", "emu", "experiments"]
INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]', re.MULTILINE)
OUTSIDE = ("hwy/", "doctest/", "CLI/", "fmt/", "nlohmann/", "boost/")  # libraries that may be included in quotes
ABSOLUTE = re.compile(r"""["'`\s(=](/(?:[\w.-]+/)+[\w.-]*)""")
SYSTEM = ("/usr/", "/etc/", "/proc/", "/sys/", "/dev/", "/bin/", "/var/", "/tmp/")


def floor_of(path):
    """The floor of a file, by its path relative to the project."""
    parts = path.parts
    if parts[0] == "include":
        if len(parts) == 3:
            return "contents" if path.name == "halfway.hpp" else "root"
        return parts[2]
    return parts[1] if parts[0] == "src" else parts[0]


def find(root, including, name):
    """The project's file that `#include "name"` means, relative to the project, or None."""
    for folder in (including.parent, root / "include", root / "src", root):
        if (folder / name).is_file():
            return (folder / name).resolve().relative_to(root.resolve())
    return None


def wrong_includes(root):
    for source in (file for folder in SOURCES for file in sorted((root / folder).rglob("*.[ch]pp"))):
        path = source.relative_to(root)
        floor = floor_of(path)
        if floor not in HEIGHT:
            yield f"{path}: '{floor}' is no floor of layering.py"
            continue
        for quote, name in INCLUDE.findall(source.read_text()):
            target = find(root, source, name)
            if target is None:
                if quote == '"' and not name.startswith(OUTSIDE):
                    yield f"{path}: includes {name}, which does not exist"
                continue
            below = floor_of(target)
            if HEIGHT.get(below, 0) > HEIGHT[floor]:
                yield f"{path}: {floor} includes {name}, which is up in {below}"
            if target.parts[0] != "include" and path.parts[0] == "include":
                yield f"{path}: a public header includes {name}, which is internal"
            if target.parts[0] not in ("include", "experiments") and path.parts[0] == "experiments":
                yield f"{path}: an experiment includes {name}, which is internal"


def wrong_paths(root):
    """Absolute paths hold on one machine only."""
    for folder in [*SOURCES, "tests", "docs"]:
        for source in sorted((root / folder).rglob("*")):
            if source.suffix not in (".cpp", ".hpp", ".py", ".build", ".md", ".sh") or not source.is_file():
                continue
            for found in ABSOLUTE.findall(source.read_text()):
                if not found.startswith(SYSTEM):
                    yield f"{source.relative_to(root)}: names {found}"


# What each rule must catch: the file that breaks it, and a piece of the complaint.
BROKEN = {
    "formats includes emu": ({"include/halfway/formats/a.hpp": '#include "halfway/emu/b.hpp"'}, "up in emu"),
    "tensor includes autograd": ({"src/tensor/a.cpp": "#include <halfway/autograd/b.hpp>"}, "up in autograd"),
    "emu includes a source of backend": ({"emu/a.cpp": '# include "backend/b.hpp"'}, "up in backend"),
    "a floor includes the contents": ({"src/nn/a.cpp": '#include "halfway/halfway.hpp"'}, "up in contents"),
    "a root header includes formats": ({"include/halfway/a.hpp": '#include "halfway/formats/b.hpp"'}, "up in formats"),
    "a public header includes an internal one": ({"include/halfway/ops/a.hpp": '#include "tensor/b.hpp"'}, "internal"),
    "the library includes a test's header": ({"src/nn/a.cpp": '#include "tests/b.hpp"'}, "up in tests"),
    "an experiment includes an internal header": ({"experiments/a.cpp": '#include "nn/b.hpp"'}, "internal"),
    "an include that does not exist": ({"src/nn/a.cpp": '#include "halfway/nn/absent.hpp"'}, "does not exist"),
    "a folder that is no floor": ({"src/attic/a.cpp": ""}, "no floor"),
    "an absolute path": ({"tests/a.py": 'open("' + "/somewhere" + '/data.txt")'}, "names"),
}
TARGETS = [*(f"include/halfway/{floor}/b.hpp" for floor in FLOORS), *(f"src/{floor}/b.hpp" for floor in FLOORS),
           "include/halfway/halfway.hpp", "tests/b.hpp"]


def self_test(files, expected):
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        for name, text in {**dict.fromkeys(TARGETS, ""), **files}.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
        complaints = [*wrong_includes(root), *wrong_paths(root)]
    return "" if len(complaints) == 1 and expected in complaints[0] else f"expected '{expected}', got {complaints}"


project = pathlib.Path(sys.argv[1])
tap.run({
    **{f"catches: {name}": lambda case=case: self_test(*case) for name, case in BROKEN.items()},
    "a correct tree has no complaint": lambda: "" if self_test({}, "") == "expected '', got []" else "it has",
    "includes go down": lambda: "\n".join(wrong_includes(project)),
    "no absolute paths": lambda: "\n".join(wrong_paths(project)),
})
