"""The judge is judged: count.py on what test programs print, well and badly ended."""
import count
import tap


def summary(passed, failed, skipped=0):
    return (f"[doctest] test cases: {passed + failed + skipped:2d} | {passed:2d} passed | \x1b[31m{failed} failed\x1b[0m"
            f" | {skipped} skipped\n[doctest] assertions: 99 | 99 passed | 0 failed |\n")


# What is said of it: result, stdout, (passed, failed, skipped).
CASES = {
    "doctest, all pass": ("OK", summary(12, 0), (12, 0, 0)),
    "doctest, one fails": ("FAIL", "TEST CASE:  ties\n" + summary(11, 1), (11, 1, 0)),
    "doctest, some skipped": ("OK", summary(3, 0, 2), (3, 0, 2)),
    "doctest, no case": ("OK", summary(0, 0), (0, 1, 0)),
    "doctest, a crash before the summary": ("FAIL", "[doctest] doctest version is 2.4.9\n", (0, 1, 0)),
    "doctest, a crash after the summary": ("FAIL", summary(5, 0), (5, 1, 0)),
    "doctest, out of time": ("TIMEOUT", "", (0, 1, 0)),
    "TAP, all pass": ("OK", "1..2\nok 1 - a\nok 2 - b\n", (2, 0, 0)),
    "TAP, one fails": ("ERROR", "1..2\nok 1 - a\nnot ok 2 - b\n", (1, 1, 0)),
    "TAP, one skipped": ("OK", "1..2\nok 1 - a\nok 2 - b # SKIP no data\n", (1, 0, 1)),
    "TAP, stops early": ("ERROR", "1..3\nok 1 - a\n", (1, 2, 0)),
    "TAP, nothing to check": ("ERROR", "1..0\n", (0, 1, 0)),
    "a plain program passes": ("OK", "fine\n", (1, 0, 0)),
    "a plain program fails": ("FAIL", "", (0, 1, 0)),
    "a plain program is skipped": ("SKIP", "", (0, 0, 1)),
}


def complaint(result, stdout, expected):
    *counts, names = count.count({"name": "t", "result": result, "returncode": 0, "stdout": stdout})
    if tuple(counts) != expected:
        return f"counted {counts}, expected {expected}"
    return "" if bool(names) == (counts[1] > 0) else f"names {names} for {counts[1]} failures"


tap.run({name: lambda case=case: complaint(*case) for name, case in CASES.items()})
