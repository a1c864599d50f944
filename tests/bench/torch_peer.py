"""PyTorch's side of training_bench.py: the guide's model in float32, an epoch for each line it reads; answers with the
seconds of that epoch and its loss. Usage: torch_peer.py UNITS BATCH_SIZE THREADS FOLDER

An epoch is what the library's is: a shuffle, then for each batch gathering, forward, loss, backward and RMSprop. The loss
is taken from logits in one fused operation, which is the faster way; no accuracy is computed.
"""
import os
import pathlib
import re
import sys
import time

UNITS, BATCH_SIZE, THREADS, FOLDER = *map(int, sys.argv[1:4]), pathlib.Path(sys.argv[4])
for handicap in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):  # what would keep OpenBLAS from its best kernels here
    os.environ.pop(handicap, None)
os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = str(THREADS)  # before torch is loaded

import numpy as np  # noqa: E402
import torch  # noqa: E402


def blas():
    """The BLAS library that this process has really loaded; exits if it is not OpenBLAS with threads."""
    torch.mm(torch.ones(64, 64), torch.ones(64, 64))
    maps = pathlib.Path("/proc/self/maps").read_text()
    loaded = sorted(set(re.findall(r"/\S*blas\S*", maps)))
    if not any("openblas-pthread" in name for name in loaded):
        sys.exit("PyTorch runs on " + (", ".join(loaded) or "no BLAS") + ", not on OpenBLAS: install libopenblas0-pthread"
                 " and choose it with update-alternatives --config libblas.so.3-x86_64-linux-gnu")
    return next(name for name in loaded if "openblas-pthread" in name)


torch.set_num_threads(THREADS)
torch.manual_seed(0)
x = torch.from_numpy(np.fromfile(FOLDER / "x.f32", np.float32).reshape(-1, 784))
y = torch.from_numpy(np.fromfile(FOLDER / "y.u8", np.uint8).astype(np.int64))
model = torch.nn.Sequential(
    torch.nn.Linear(784, UNITS), torch.nn.ReLU(),
    torch.nn.Linear(UNITS, UNITS), torch.nn.ReLU(),
    torch.nn.Linear(UNITS, 10))  # fmt: skip
optimizer = torch.optim.RMSprop(model.parameters(), lr=1e-3, alpha=0.9, eps=1e-7)

print(f"PyTorch {torch.__version__} on {blas()}, {torch.get_num_threads()} threads", flush=True)
for _ in sys.stdin:
    start, total = time.perf_counter(), 0.0
    for rows in torch.randperm(len(x)).split(BATCH_SIZE):
        inputs, labels = x.index_select(0, rows), y.index_select(0, rows)
        optimizer.zero_grad(set_to_none=True)
        loss = torch.nn.functional.cross_entropy(model(inputs), labels)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(rows)
    print(time.perf_counter() - start, total / len(x), flush=True)
