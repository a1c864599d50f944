"""NumPy's own files through the library and back: data_numpy.py NPY_COPY

What NumPy saves must come back with the same bytes, or (big-endian, older versions, .npz) be loaded as the same array.
"""
import io
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "support"))
import tap  # noqa: E402

try:
    import numpy as np
except ImportError:
    print("1..0 # SKIP NumPy is not installed: unchecked that its files are read and written as it does")
    sys.exit(0)

folder = tempfile.TemporaryDirectory()
random = np.random.default_rng(1)


def copied(name, data):
    """The file of that name and content, as the library writes it after reading it."""
    source, target = (pathlib.Path(folder.name) / f"{side} {name}" for side in ("in", "out"))
    source.write_bytes(data)
    ran = subprocess.run([sys.argv[1], source, target], capture_output=True, text=True)
    if ran.returncode != 0:
        raise RuntimeError(f"{name}: {ran.stderr}")
    return target.read_bytes()


def saved(array, version=None):
    file = io.BytesIO()
    np.lib.format.write_array(file, array, version)
    return file.getvalue()


def array_of(dtype, shape):
    dtype = np.dtype(dtype)
    if dtype.kind == "b":
        return random.integers(0, 2, shape).astype(dtype)
    count = int(np.prod(shape))
    return np.frombuffer(random.bytes(count * dtype.itemsize), dtype).reshape(shape)


def same_array(name, before, after):
    if after.dtype != before.dtype.newbyteorder("<") or after.shape != before.shape:
        return f"{name}: {before.dtype} {before.shape} became {after.dtype} {after.shape}"
    little = before.astype(before.dtype.newbyteorder("<"))
    return "" if little.tobytes("A") == after.tobytes("A") else f"{name}: elements differ"


TYPES = ["?", "i1", "u1", "<i2", "<u2", "<i4", "<u4", "<i8", "<u8", "<f2", "<f4", "<f8"]
SHAPES = [(), (1,), (7,), (0,), (2, 3), (3, 0, 5), (2, 3, 4), (1,) * 31 + (2,)]


def same_bytes():
    for dtype in TYPES:
        for shape in SHAPES:
            for array in (array_of(dtype, shape), np.asfortranarray(array_of(dtype, shape))):
                data = saved(array)
                if copied("a.npy", data) != data:
                    return f"{dtype} {shape}: other bytes than NumPy {np.__version__} writes"
    return ""


def big_endian():
    for dtype in TYPES[3:]:
        array = array_of(dtype.replace("<", ">"), (5, 3))
        if wrong := same_array(dtype, array, np.load(io.BytesIO(copied("b.npy", saved(array))))):
            return wrong
    return ""


def versions():
    for version in ((1, 0), (2, 0), (3, 0)):
        array = array_of("<f4", (2, 3))
        if wrong := same_array(str(version), array, np.load(io.BytesIO(copied("v.npy", saved(array, version))))):
            return wrong
    return ""


def raw():
    """ml_dtypes writes '<V2' where NumPy writes '|V2'; both mean the same to NumPy."""
    for size in (1, 2):
        array = array_of(f"V{size}", (3, 4))
        data = copied("r.npy", saved(array))
        if data != saved(array).replace(b"'|V", b"'<V") or np.load(io.BytesIO(data)).tobytes() != array.tobytes():
            return f"V{size}: {data[:64]}"
    return ""


def archives():
    arrays = {f"{dtype.strip('<')} {len(shape)} é": array_of(dtype, shape) for dtype in TYPES for shape in SHAPES[:6]}
    for save in (np.savez, np.savez_compressed):
        file = io.BytesIO()
        save(file, **arrays)
        again = np.load(io.BytesIO(copied("a.npz", file.getvalue())))
        if again.files != list(arrays):
            return f"{save.__name__}: members {again.files}"
        for name, array in arrays.items():
            if wrong := same_array(name, array, again[name]):
                return f"{save.__name__}: {wrong}"
    return ""


def refused():
    for array, what in ((np.zeros(3, "c8"), "'<c8'"), (np.array(["text"]), "'<U4'"), (np.zeros(2, "i4,f8"), "structured"),
                        (np.array([None]), "'|O'"), (np.zeros(2, "M8[s]"), "'<M8[s]'")):
        file = io.BytesIO()
        np.save(file, array)
        try:
            copied("x.npy", file.getvalue())
        except RuntimeError as error:
            if what not in str(error) or "byte 2" not in str(error):
                return str(error)
        else:
            return f"{array.dtype} was accepted"
    return ""


def with_ml_dtypes():
    try:
        import ml_dtypes
    except ImportError:
        return ""
    for name in ("bfloat16", "float8_e4m3fn", "float8_e5m2", "float4_e2m1fn"):
        dtype = np.dtype(getattr(ml_dtypes, name))
        array = array_of(f"u{dtype.itemsize}", (3, 5)).view(dtype)
        again = np.load(io.BytesIO(copied("m.npy", saved(array))))
        if again.dtype.kind != "V" or again.tobytes() != array.tobytes():
            return f"{name} came back as {again.dtype}"
    return ""


tap.run({
    "what NumPy saves comes back byte for byte": same_bytes,
    "big-endian arrays": big_endian,
    "versions 1.0, 2.0 and 3.0": versions,
    "raw types": raw,
    "archives, stored and compressed": archives,
    "types that are refused": refused,
    "arrays of ml_dtypes, where it is installed": with_ml_dtypes,
})
