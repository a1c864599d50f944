#!/usr/bin/env python3
"""Training the guide's model: time per sample of the library, policy by policy, beside PyTorch in float32.

Usage: training_bench.py PROGRAM [--quick] [--units N…] [--policies NAME…] [--epochs N] [--threads N…]
PROGRAM is the built training_bench. Both sides keep their processes; their epochs take turns, so that whatever slows the
machine slows both. A side's time is its shortest epoch, at its better number of threads. Needs Debian's python3-torch and
libopenblas0-pthread.
"""
import argparse
import gzip
import importlib.util
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np

HERE = pathlib.Path(__file__).parent


def samples(count):
    """(what they are, images, labels): of MNIST where HALFWAY_DATA has it, else random ones of the same shape."""
    folder = pathlib.Path(os.environ.get("HALFWAY_DATA", "/nonexistent")) / "mnist"
    if folder.exists():
        images, labels = (
            np.frombuffer(gzip.open(folder / f"train-{name}-ubyte.gz").read(), np.uint8)[header:]
            for name, header in (("images-idx3", 16), ("labels-idx1", 8))
        )
        return "MNIST", images[:count * 784].astype(np.float32) / np.float32(255), labels[:count]
    draw = np.random.RandomState(1)
    ink = draw.randint(0, 256, count * 784) * (draw.randint(0, 5, count * 784) == 0)
    return "random images", ink.astype(np.float32) / np.float32(255), draw.randint(0, 10, count).astype(np.uint8)


class Worker:
    """A process that trains an epoch when asked to."""

    def __init__(self, *command):
        self.process = subprocess.Popen([str(word) for word in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True)
        self.introduction, self.seconds, self.loss = self.answer(), [], None

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"{self.process.args[0]} stopped; it says why above")
        return line.strip()

    def epoch(self):
        time.sleep(0.05)  # the other side's threads stop spinning
        self.process.stdin.write("epoch\n")
        self.process.stdin.flush()
        seconds, self.loss = map(float, self.answer().split())
        self.seconds.append(seconds)

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def best(workers, count):
    """(microseconds per sample, text) of the one with the shortest epoch."""
    threads, worker = min(workers.items(), key=lambda item: min(item[1].seconds))
    shortest, median = min(worker.seconds), statistics.median(worker.seconds)
    text = (f"{1e6 * shortest / count:8.3f} us/sample, {threads} thread{'s'[:threads > 1]}, median "
            f"+{100 * (median / shortest - 1):.0f} %, last loss {worker.loss:.3f}")
    return 1e6 * shortest / count, text


def compare(options, units, folder, count):
    workers = {
        policy: {
            threads: Worker(options.program, policy, units, options.batch_size, threads, folder)
            for threads in options.threads
        }
        for policy in options.policies
    }
    workers["PyTorch float32"] = {
        threads: Worker(sys.executable, HERE / "torch_peer.py", units, options.batch_size, threads, folder)
        for threads in options.threads
    }
    for worker in [*next(iter(workers.values())).values()][:1] + [*workers["PyTorch float32"].values()]:
        print("  " + worker.introduction)
    for _ in range(options.epochs):
        for side in workers.values():
            for worker in side.values():
                worker.epoch()
    peer, peer_text = best(workers["PyTorch float32"], count)
    for name, side in workers.items():
        time_per_sample, text = best(side, count)
        print(f"  {name:<16} {text}" + (f", {peer / time_per_sample:.2f} times as fast as PyTorch"
                                        if name in options.policies else ""), flush=True)
        for worker in side.values():
            worker.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--quick", action="store_true", help="64 units, two batches an epoch, three epochs: a smoke test")
    parser.add_argument("--units", type=int, nargs="+", default=[64, 1024])
    parser.add_argument("--policies", nargs="+", default=["float32", "mixed_float16", "mixed_bfloat16"])
    parser.add_argument("--epochs", type=int, default=11)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--batch-size", type=int, default=8192)
    options = parser.parse_args()
    count = 48000
    if options.quick:
        options.units, options.epochs, count = [64], 3, 2 * options.batch_size
    if not importlib.util.find_spec("torch"):
        sys.exit("There is no PyTorch to compare with: apt-get install python3-torch libopenblas0-pthread")
    with tempfile.TemporaryDirectory() as folder:
        source, x, y = samples(count)
        x.tofile(pathlib.Path(folder) / "x.f32")
        y.tofile(pathlib.Path(folder) / "y.u8")
        for units in options.units:
            print(f"{units} units, batches of {options.batch_size}, {count} samples ({source}), shortest of "
                  f"{options.epochs} epochs of each, in turns:", flush=True)
            compare(options, units, folder, count)


main()
