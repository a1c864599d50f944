"""The library's first steps against those of straight_line.py, bit for bit: first_step.py PROGRAM

The batch is of MNIST where HALFWAY_DATA has it, else random. Then the other way round: every mutant of the straight-line
program, wrong in one rule, must give other weights.
"""
import gzip
import os
import pathlib
import subprocess
import sys
import tempfile

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "support"))
import straight_line  # noqa: E402
import tap  # noqa: E402
from straight_line import Cpu, TpuV3, f32  # noqa: E402

SAMPLES, STEPS = 1100, 2  # more than a chunk of blocked32; 1/n is not exact
SHAPES = [(784, 64), (64,), (64, 64), (64,), (64, 10), (10,)]
DEVICES = {"cpu": Cpu, "tpu_v3": TpuV3}


def batch():
    folder = pathlib.Path(os.environ.get("HALFWAY_DATA", "")) / "mnist"
    if "HALFWAY_DATA" in os.environ and folder.exists():
        images, labels = (
            np.frombuffer(gzip.open(folder / f"train-{name}-ubyte.gz").read(), np.uint8)[header:]
            for name, header in (("images-idx3", 16), ("labels-idx1", 8))
        )
        return "MNIST", images[:SAMPLES * 784].reshape(-1, 784).astype(f32) / f32(255), labels[:SAMPLES]
    draw = np.random.RandomState(1)
    ink = draw.randint(0, 256, (SAMPLES, 784)) * (draw.randint(0, 5, (SAMPLES, 784)) == 0)
    return "random images: HALFWAY_DATA has no mnist", ink.astype(f32) / f32(255), draw.randint(0, 10, SAMPLES)


class Library:
    """What the library computed for a policy on a device, each pair computed once."""

    def __init__(self, program, x, y):
        self.program, self.x, self.y, self.known = program, x, y, {}

    def run(self, policy, device):
        """(initial weights, a record per step as straight_line.train gives)"""
        if (policy, device) not in self.known:
            with tempfile.TemporaryDirectory() as folder:
                self.known[policy, device] = self.run_in(pathlib.Path(folder), policy, device)
        return self.known[policy, device]

    def run_in(self, folder, policy, device):
        self.x.tofile(folder / "x.f32")
        self.y.astype(np.uint8).tofile(folder / "y.u8")
        subprocess.run([self.program, policy, device, str(STEPS), str(folder)], check=True, capture_output=True)

        def read(name, shape):
            return np.fromfile(folder / name, f32).reshape(shape)

        def read_all(name):
            return [read(f"{name}{i}", shape) for i, shape in enumerate(SHAPES)]

        return read_all("initial"), [
            {
                "loss": read(f"step{step}_loss", ()),
                "predictions": read(f"step{step}_predictions", (SAMPLES, 10)),
                "gradients": read_all(f"step{step}_gradients"),
                "weights": read_all(f"step{step}_weights"),
            }
            for step in range(STEPS)
        ]


def differences(ours, theirs):
    """A line for each array of two records that is not the same bits."""
    lines = []
    for step, (one, other) in enumerate(zip(ours, theirs)):
        for key, value in one.items():
            pairs = zip(value, other[key]) if isinstance(value, list) else [(value, other[key])]
            for i, (a, b) in enumerate(pairs):
                wrong = np.asarray(a).view(np.uint32) != np.asarray(b).view(np.uint32)
                if np.any(wrong):
                    worst = np.max(np.abs(np.asarray(a) - b))
                    lines.append(f"step {step}, {key} {i}: {np.sum(wrong)} of {wrong.size} differ, by up to {worst:.3g}")
    return lines


# Mutants: one rule each is wrong.
class BackwardsInK(Cpu):
    def matmul(self, a, b):
        return super().matmul(a[:, ::-1], b[::-1])


class BiasAddedBeforeRounding(Cpu):
    def round_before_bias(self, x, dtype):
        return x


class Truncates(Cpu):
    def narrow(self, x, dtype):
        return (x.view(np.uint32) & np.uint32(0xFFFF0000)).view(f32)


class SumsInOrder(Cpu):
    def blocked32(self, x):
        total = x[0]
        for row in x[1:]:
            total = total + row
        return total


class ForgetsChunks(Cpu):
    """32 partial sums over the whole axis."""

    def blocked32(self, x):
        partial = x[:32].copy()
        for row in (x[i:i + 32] for i in range(32, len(x), 32)):
            partial[:len(row)] += row
        return super().blocked32(partial)


class LibraryExp(Cpu):
    def exp(self, x):
        return np.exp(x.astype(np.float64)).astype(f32)


class UnscalesInFloat16(Cpu):
    def unscale(self, gradient, scale):
        return self.narrow(super().unscale(gradient, scale), "float16")


class OneMinusRhoIsATenth(Cpu):
    def rmsprop(self, w, g, rms):
        rms = straight_line.RHO * rms + f32(0.1) * (g * g)
        return w - straight_line.LEARNING_RATE * g / (np.sqrt(rms) + straight_line.RMS_EPSILON), rms


class RateLast(Cpu):
    def rmsprop(self, w, g, rms):
        _, rms = super().rmsprop(w, g, rms)
        return w - straight_line.LEARNING_RATE * (g / (np.sqrt(rms) + straight_line.RMS_EPSILON)), rms


class OnePass(TpuV3):
    def passes(self, terms):
        return [slice(0, terms)]


class KeepsFloat32Operands(TpuV3):
    def matmul(self, a, b):
        return self.chain(a, b)


MUTANTS = {
    "mixed_float16": [BackwardsInK, BiasAddedBeforeRounding, SumsInOrder, UnscalesInFloat16, OneMinusRhoIsATenth,
                      RateLast],
    "mixed_bfloat16": [Truncates, BackwardsInK, BiasAddedBeforeRounding],
    "float32": [ForgetsChunks, LibraryExp, OnePass, KeepsFloat32Operands],
}  # fmt: skip


def agrees(library, policy, device):
    initial, theirs = library.run(policy, device)
    return "\n".join(differences(straight_line.train(DEVICES[device](), policy, initial, library.x, library.y, STEPS), theirs))


def is_found(library, policy, mutant):
    initial, theirs = library.run(policy, "tpu_v3" if issubclass(mutant, TpuV3) else "cpu")
    ours = straight_line.train(mutant(), policy, initial, library.x, library.y, STEPS)
    return "" if any("weights" in line for line in differences(ours, theirs)) else "this mutant gives the same weights"


def main(program):
    source, x, y = batch()
    print(f"# {SAMPLES} samples, {STEPS} steps; {source}")
    library = Library(program, x, y)
    for policy in MUTANTS:
        for device in DEVICES:
            library.run(policy, device)
    checks = {
        f"{policy} on {device}: the straight-line program gives the same bits": (
            lambda policy=policy, device=device: agrees(library, policy, device))
        for policy in MUTANTS for device in DEVICES
    } | {
        f"{policy}: the mutant {mutant.__name__} is found": (
            lambda policy=policy, mutant=mutant: is_found(library, policy, mutant))
        for policy, mutants in MUTANTS.items() for mutant in mutants
    }  # fmt: skip
    tap.run(checks)


main(sys.argv[1])
