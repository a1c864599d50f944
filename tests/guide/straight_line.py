"""Training steps of the guide's model in straight-line NumPy, written from docs/numerics.md alone.

Values of every dtype are kept as float32 arrays that hold them exactly. NumPy adds, multiplies, divides and takes roots
in float32 one operation at a time, each rounded to nearest even; everything else is spelled out here.
"""
import numpy as np

f32, f64 = np.float32, np.float64
SMALLEST_NORMAL = f32(2.0**-126)
LEARNING_RATE, RHO, RMS_EPSILON, CLIP_EPSILON = f32(1e-3), f32(0.9), f32(1e-7), f32(1e-7)


def outer_fma(a, b, c):
    """fma(a[i], b[j], c[i, j]), rounded once to float32: the product is exact in float64, the sum is rounded to odd there."""
    product = a.astype(f64)[:, None] * b.astype(f64)[None, :]
    c = c.astype(f64)
    s = product + c
    t = s - product
    error = (product - (s - t)) + (c - t)
    bits = s.view(np.int64)
    step = np.where((error > 0) == (s > 0), 1, -1)
    bits += np.where((error != 0) & (bits % 2 == 0), step, 0)
    return s


def product_is_exact(a, b):
    """Whether every product of two elements is a float32: then a multiplication and an addition are the fma."""
    magnitudes = [np.abs(x[x != 0]) for x in (a, b)]
    if any(m.size == 0 for m in magnitudes):
        return True
    short = all(not np.any(m.view(np.uint32) & 0xFFF) for m in magnitudes)  # 12 bits each, 24 together
    low, high = (float(f(magnitudes[0])) * float(f(magnitudes[1])) for f in (np.min, np.max))
    return short and low >= 2.0**-100 and high < 2.0**127


class Cpu:
    """The device `cpu`: IEEE 754 float32, and a chain over the whole of K."""

    def do(self, operation, *operands):
        return operation(*(np.asarray(x, dtype=f32) for x in operands))

    def add(self, a, b):
        return self.do(np.add, a, b)

    def subtract(self, a, b):
        return self.do(np.subtract, a, b)

    def multiply(self, a, b):
        return self.do(np.multiply, a, b)

    def divide(self, a, b):
        return self.do(np.divide, a, b)

    def chain(self, a, b, flush=lambda s: s.astype(f32)):
        """acc = fma(a[:, k], b[k], acc) for every k in order, from +0; `flush` makes a float32 of a float64 sum."""
        acc = np.zeros((a.shape[0], b.shape[1]), f32)
        if product_is_exact(a, b):
            for k in range(a.shape[1]):
                acc = flush(a[:, k, None] * b[k] + acc)
        else:
            for k in range(a.shape[1]):
                rows = np.flatnonzero(a[:, k])  # the others add a zero, which changes nothing
                acc[rows] = flush(outer_fma(a[rows, k], b[k], acc[rows]))
        return acc

    def matmul(self, a, b):
        return self.chain(a, b)

    def narrow(self, x, dtype):
        """float32 to `dtype`, to nearest even."""
        if dtype == "float32":
            return x
        if dtype == "float16":
            return x.astype(np.float16).astype(f32)
        bits = x.view(np.uint32)
        return ((bits + (0x7FFF + ((bits >> 16) & 1))) & np.uint32(0xFFFF0000)).view(f32)

    def blocked32(self, x):
        """The sum over the first axis."""
        total = None
        for chunk in (x[i:i + 1024] for i in range(0, len(x), 1024)):
            partial = chunk[:32].copy()
            for row in (chunk[i:i + 32] for i in range(32, len(chunk), 32)):
                partial[:len(row)] = self.add(partial[:len(row)], row)
            for half in (16, 8, 4, 2, 1):
                joined = max(0, len(partial) - half)
                partial[:joined] = self.add(partial[:joined], partial[half:])
                partial = partial[:half]
            total = partial[0] if total is None else self.add(total, partial[0])
        return total

    def exp(self, x):
        """For arguments ≤ 0."""
        magic, high, low = f32(12582912), f32(0.693359375), f32(-2.12194440e-4)
        n = self.subtract(self.add(self.multiply(x, f32(1.44269504)), magic), magic)
        r = self.subtract(self.subtract(x, self.multiply(n, high)), self.multiply(n, low))
        q = np.full_like(x, f32(1.98412698e-4))
        for term in (1.38888889e-3, 8.33333333e-3, 4.16666667e-2, 1.66666667e-1, 0.5):
            q = self.add(self.multiply(q, r), f32(term))
        p = self.add(f32(1), self.add(r, self.multiply(self.multiply(q, r), r)))
        k = n.astype(np.int32)
        for power in (k >> 1, k - (k >> 1)):
            p = self.multiply(p, ((power.clip(-126, 127) + 127) << 23).view(f32))
        return np.where(x < f32(-103.972084), f32(0), p)

    def log(self, x):
        """For positive normal numbers."""
        root_half = 0x3F3504F3
        shifted = x.view(np.int32) + (0x3F800000 - root_half)
        n = ((shifted >> 23) - 127).astype(f32)
        f = self.subtract(((shifted & 0x7FFFFF) + root_half).view(f32), f32(1))
        s = self.divide(f, self.add(f32(2), f))
        z = self.multiply(s, s)
        series = np.full_like(x, f32(2) / f32(11))
        for k in (9, 7, 5, 3):
            series = self.add(self.multiply(series, z), f32(2) / f32(k))
        series = self.multiply(series, z)
        h = self.multiply(self.multiply(f32(0.5), f), f)
        low = self.add(self.multiply(s, self.add(h, series)), self.multiply(n, f32(-2.12194440e-4)))
        return self.subtract(self.multiply(n, f32(0.693359375)), self.subtract(self.subtract(h, low), f))

    def round_output(self, x, dtype):
        """A matrix product's result."""
        return self.narrow(x, dtype)

    def round_before_bias(self, x, dtype):
        return self.round_output(x, dtype)

    def unscale(self, gradient, scale):
        return self.multiply(gradient, f32(1) / f32(scale))

    def rmsprop(self, w, g, rms):
        rms = self.add(self.multiply(RHO, rms), self.multiply(f32(1) - RHO, self.multiply(g, g)))
        root = self.add(self.do(np.sqrt, rms), RMS_EPSILON)
        return self.subtract(w, self.divide(self.multiply(LEARNING_RATE, g), root)), rms


def flushed(x):
    """Subnormal float32 to zeros of their sign."""
    return np.where(np.abs(x) < SMALLEST_NORMAL, np.copysign(f32(0), x), x)


class TpuV3(Cpu):
    """The device `tpu_v3`: subnormals flushed in and out, products of bfloat16 in passes of 128 (H0)."""

    def do(self, operation, *operands):
        result = super().do(operation, *(flushed(np.asarray(x, dtype=f32)) for x in operands))
        # Rounded up to the smallest normal number, or that number? The flushing rule needs to know; here it never happens.
        assert not np.any(np.abs(result) == SMALLEST_NORMAL), "undecided: tiny before or after rounding"
        return flushed(result)

    def narrow(self, x, dtype):
        return x if dtype == "float32" else super().narrow(flushed(x), dtype)

    def round_output(self, x, dtype):
        return super().narrow(x, dtype)

    def passes(self, terms):
        return [slice(i, i + 128) for i in range(0, terms, 128)]

    def matmul(self, a, b):
        def flush(s):  # tiny after rounding to 24 bits with an unbounded exponent
            limit = 2.0**-126 - (2.0**-151 if s.dtype == f64 else 0)
            return np.where(np.abs(s) < limit, np.copysign(f32(0), s.astype(f32)), s.astype(f32))

        a, b = (Cpu.narrow(self, flushed(x), "bfloat16") for x in (a, b))
        first, *rest = (self.chain(a[:, terms], b[terms], flush) for terms in self.passes(a.shape[1]))
        for sums in rest:
            first = self.add(first, sums)
        return first


def train(device, policy, weights, x, y, steps):
    """Trains on one batch; what every step leaves behind: loss, predictions, gradients (unscaled) and weights.

    device: a Cpu or a TpuV3. policy: its name. weights: kernel, bias, kernel, bias, … in float32. x: float32 [n, 784]; y:
    labels [n].
    """
    compute = policy.removeprefix("mixed_")
    scale = 32768 if policy == "mixed_float16" else 1
    n, layers, rows = len(x), len(weights) // 2, np.arange(len(x))
    mean_squares = [np.zeros_like(w) for w in weights]
    record = []
    for _ in range(steps):
        # Forward: three Dense layers, relu after the first two; softmax and the loss in float32.
        values = [device.narrow(w, compute) for w in weights]
        inputs, h = [], device.narrow(x, compute)
        for layer in range(layers):
            inputs.append(h)
            h = device.round_before_bias(device.matmul(h, values[2 * layer]), compute)
            h = device.narrow(device.add(h, values[2 * layer + 1]), compute)
            if layer < layers - 1:
                h = np.where(h <= 0, f32(0), h)
        e = device.exp(device.subtract(h, h.max(axis=1, keepdims=True)))
        p = device.divide(e, device.blocked32(e.T)[:, None])
        chosen, low, high = p[rows, y], CLIP_EPSILON, f32(1) - CLIP_EPSILON
        loss = device.divide(device.blocked32(-device.log(chosen.clip(low, high))), f32(n))

        # Backward, from the scale down.
        share = device.divide(device.multiply(f32(1), f32(scale)), f32(n))
        g = np.zeros_like(p)
        g[rows, y] = np.where((chosen < low) | (chosen > high), f32(0), device.divide(-share, chosen))
        t = device.blocked32(device.multiply(g, p).T)[:, None]
        g = device.narrow(device.multiply(p, device.subtract(g, t)), compute)
        gradients = []
        for layer in reversed(range(layers)):
            bias = device.narrow(device.blocked32(g), compute)
            kernel = device.round_output(device.matmul(inputs[layer].T, g), compute)
            gradients = [kernel, bias] + gradients
            if layer > 0:
                g = device.round_output(device.matmul(g, values[2 * layer].T), compute)
                g = np.where(inputs[layer] <= 0, f32(0), g)
        if scale != 1:
            gradients = [device.unscale(gradient, scale) for gradient in gradients]
        assert all(np.all(np.isfinite(gradient)) for gradient in gradients), "this step would be skipped"

        updates = [device.rmsprop(w, g, rms) for w, g, rms in zip(weights, gradients, mean_squares)]
        weights, mean_squares = [w for w, _ in updates], [rms for _, rms in updates]
        record.append({"loss": loss, "predictions": p, "gradients": gradients, "weights": weights})
    return record
