"""The Test Anything Protocol, which Meson reads: one line per check."""
import os
import sys
from concurrent.futures import ThreadPoolExecutor


def run(checks):
    """Runs {name: function}, functions in parallel. A function returns what is wrong: '' if nothing is."""
    with ThreadPoolExecutor(max_workers=min(4, os.cpu_count() or 1)) as pool:
        complaints = [pool.submit(check) for check in checks.values()]
        print(f"1..{len(checks)}")
        failed = 0
        for number, (name, complaint) in enumerate(zip(checks, complaints), start=1):
            text = complaint.result()
            failed += bool(text)
            print(f"{'not ok' if text else 'ok'} {number} - {name}", flush=True)
            if text:
                print(f"{name}:\n{text}", file=sys.stderr, flush=True)
    if not checks:
        print("Bail out! nothing to check", flush=True)
    sys.exit(1 if failed or not checks else 0)
