#!/usr/bin/env python3
"""Documentation runs: every C and C++ block of the documentation is cut from a program that is a test, and every link leads
somewhere, to a heading if it names one. Usage: docs.py ROOT"""
import re
import sys
from pathlib import Path

root = Path(sys.argv[1])
sources = [*(root / "tests/docs").glob("*.cpp"), *(root / "experiments").glob("*.cpp"),
           *(root / "tests/c_api").glob("*.c")]


def squeeze(text):
    """The lines without indentation and empty ones: what a cut keeps."""
    return "\n".join(line.strip() for line in text.splitlines() if line.strip())


def headings(page):
    """The anchors of a page's headings, as GitHub makes them."""
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.S)
    found = re.findall(r"^#+ (.*)$", text, re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in found}


programs = [squeeze(path.read_text(encoding="utf-8")) for path in sources]
pages = [root / "README.md", *sorted((root / "docs").rglob("*.md")), root / "experiments/README.md"]
failures = []
checks = 0
for page in (page for page in pages if page.exists()):
    text = page.read_text(encoding="utf-8")
    for block in re.findall(r"```c(?:pp)?\n(.*?)```", text, re.S):
        for part in re.split(r"\n\s*// …\n", block):
            checks += 1
            if not any(squeeze(part) in program for program in programs):
                failures.append(f"{page.relative_to(root)}: a C++ block is in no tested program:\n{part}")
    for target, anchor in re.findall(r"\]\(([^)#:]*)(?:#([^)]*))?\)", re.sub(r"```.*?```", "", text, flags=re.S)):
        checks += 1
        goal = page.parent / target if target else page
        if not goal.exists() or (anchor and anchor not in headings(goal)):
            failures.append(f"{page.relative_to(root)}: the link to {target}{'#' * bool(anchor)}{anchor} leads nowhere")
print("\n".join(failures))
print(f"{checks} blocks and links checked, {len(failures)} wrong")
sys.exit(1 if failures or checks == 0 else 0)
