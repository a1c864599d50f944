"""Counts the test cases of a Meson test run and names what failed: count.py TESTLOG.json...

The last line reads "N passed, N failed" and, if any were, ", N skipped". A doctest program counts its test cases, a TAP
program its checks, any other program is one. A program that crashes, runs out of time, exits with an error that its
cases do not explain, or runs no case at all is a failure more; so is a log without a test.
"""
import json
import pathlib
import re
import sys

DOCTEST = re.compile(r"^\[doctest\] test cases:\s*(\d+) \|\s*(\d+) passed \|\s*(\d+) failed \|\s*(\d+) skipped", re.M)
DOCTEST_NAME = re.compile(r"^TEST CASE:\s+(.+?)\s*$", re.M)
TAP_PLAN = re.compile(r"^1\.\.(\d+)", re.M)
TAP = re.compile(r"^(not )?ok\b[ \d]*(?:- )?(.*)$", re.M)


def count(test):
    """(passed, failed, skipped, names of what failed) of one entry of testlog.json."""
    text = test.get("stdout") or ""
    fine = test["result"] in ("OK", "EXPECTEDFAIL")
    if test["result"] == "SKIP":
        return 0, 0, 1, []
    if summary := DOCTEST.findall(re.sub(r"\x1b\[[\d;]*m", "", text)):
        passed, failed, skipped = (sum(int(row[i]) for row in summary) for i in (1, 2, 3))
        names = list(dict.fromkeys(DOCTEST_NAME.findall(text))) if failed else []
    elif plan := TAP_PLAN.search(text):
        checks = TAP.findall(text)
        skips = [what for bad, what in checks if not bad and re.search(r"#\s*skip", what, re.I)]
        names = [what for bad, what in checks if bad]
        passed, failed, skipped = len(checks) - len(names) - len(skips), len(names), len(skips)
        if len(checks) < int(plan[1]):
            return passed, failed + int(plan[1]) - len(checks), skipped, [*names, "it stopped before its last check"]
    else:
        return int(fine), int(not fine), 0, [] if fine else [f"{test['result']}, exit status {test['returncode']}"]
    if not fine and not failed:
        return passed, 1, skipped, [f"{test['result']}, exit status {test['returncode']}"]
    if passed + failed + skipped == 0:
        return 0, 1, 0, ["it ran no test case"]
    return passed, failed, skipped, names


def main(logs):
    totals = [0, 0, 0]
    for log in logs:
        try:
            tests = [json.loads(line) for line in pathlib.Path(log).read_text(encoding="utf-8").splitlines()]
        except FileNotFoundError:
            tests = []
        for test in tests:
            *counts, names = count(test)
            totals = [total + more for total, more in zip(totals, counts)]
            for name in names:
                print(f"FAILED {test['name']}: {name}")
        if not tests:
            print(f"FAILED {log}: no test ran (does it build?)")
            totals[1] += 1
    passed, failed, skipped = totals
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
