"""PyTorch's own files (.pt, .pth): tensors in plain containers, such as a state_dict.

A file is a pickle of the containers, in which each tensor is (storage, offset, sizes, strides), and
the storages' bytes: as members of a zip archive, or, before PyTorch 1.6, one after the other behind
it.  No code of the file is run (``pickles``), and no tensor looks beyond its storage.
"""

import importlib
import io
import zipfile
from collections import Counter, OrderedDict

import numpy as np

from pellucid.persistence.pickles import as_key, read_pickle

__all__ = ["is_pytorch_file", "read_pytorch_file"]

ARCHIVE = b"PK\x03\x04"
OLD = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."  # a pickle of the number that begins old files
STORAGES = {  # PyTorch's name -> how the bytes are read
    "DoubleStorage": "<f8",
    "FloatStorage": "<f4",
    "HalfStorage": "<f2",
    "BFloat16Storage": "<u2",  # the upper half of a float32: widened to one
    "LongStorage": "<i8",
    "IntStorage": "<i4",
    "ShortStorage": "<i2",
    "CharStorage": "i1",
    "ByteStorage": "u1",
    "BoolStorage": "u1",
    "ComplexFloatStorage": "<c8",
    "ComplexDoubleStorage": "<c16",
}
DTYPES = (
    *("float64", "float32", "float16", "int64", "int32", "int16", "int8", "uint8", "bool"),
    *("complex64", "complex128"),
)


def is_pytorch_file(beginning) -> bool:
    """Whether a file that begins so may be PyTorch's."""
    return beginning.startswith((ARCHIVE, OLD))


def read_pytorch_file(data):
    """What ``torch.save`` wrote: tensors, numbers, strings, and plain containers of them.

    Raises
    ------
    ValueError, or what zipfile and others raise
        If it is damaged, or holds anything else.
    """
    return (_archive if data.startswith(ARCHIVE) else _old)(data)


def _archive(data):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = {info.filename.partition("/")[2]: info for info in archive.infolist()}
        if "data.pkl" not in members:
            raise ValueError("the archive has no data.pkl, so torch.save did not write it")

        def record(name):
            if members[name].compress_type != zipfile.ZIP_STORED:
                raise ValueError(f"its member {name} is compressed, as PyTorch's never are")
            return archive.read(members[name])

        big = "byteorder" in members and record("byteorder") == b"big"
        storages = _Storages(len(data), big)

        def persistent(said):
            storage = storages.named(*said)
            if not storage.filled:
                storage.fill(record(f"data/{said[2]}"))
            return storage

        return read_pickle(io.BytesIO(record("data.pkl")), _names(), persistent)


def _old(data):
    file = io.BytesIO(data)
    storages, names = _Storages(len(data), big=False), _names()

    def nothing(said):
        raise ValueError("a storage stands where none can")

    _, version, system = (read_pickle(file, names, nothing) for _ in range(3))
    if version != 1001 or not system["little_endian"]:
        raise ValueError("it is of a kind of machine, or a version of the format, not read here")
    value = read_pickle(file, names, lambda said: storages.named(*said[:5], view=said[5]))
    for key in read_pickle(file, names, nothing):
        storage = storages.known[key]
        count = int.from_bytes(file.read(8), "little")
        if count != storage.array.size:
            raise ValueError(f"the storage {key} is not as long as is said of it")
        storage.fill(file.read(storage.raw.nbytes))
    if not all(storage.filled for storage in storages.known.values()):
        raise ValueError("it ends before its last storage")
    return value


class _Storage:
    """The memory of one or several tensors."""

    def __init__(self, kind, numel, big):
        self.raw = np.zeros(numel, np.dtype(STORAGES[kind]).newbyteorder(">" if big else "<"))
        self.kind, self.filled, self.changes = kind, False, [0, 0]
        wide = {"BFloat16Storage": np.float32, "BoolStorage": np.bool_}
        self.array = np.zeros(numel, wide.get(kind, self.raw.dtype.newbyteorder("=")))

    def fill(self, data):
        if len(data) != self.raw.nbytes:
            raise ValueError(f"a storage has {len(data)} bytes, not {self.raw.nbytes}")
        self.raw = np.frombuffer(data, self.raw.dtype)
        if self.kind == "BFloat16Storage":
            self.array[:] = (self.raw.astype(np.uint32) << 16).view(np.float32)
        else:
            self.array[:] = self.raw
        self.raw, self.filled = self.raw[:0], True


class _Storages:
    """Storages by key; together they are no longer than the file."""

    def __init__(self, size, big):
        self.left, self.big, self.known = size, big, {}

    def named(self, tag, kind, key, location, numel, view=None):
        words = isinstance(kind, str) and isinstance(key, str) and kind in STORAGES
        if tag != "storage" or not words or type(numel) is not int or view is not None:
            raise ValueError("it speaks of a storage of a kind that is not read")
        if key not in self.known:
            self.left -= numel * np.dtype(STORAGES[kind]).itemsize
            if numel < 0 or self.left < 0:
                raise ValueError("its storages are larger than itself")
            self.known[key] = _Storage(kind, numel, self.big)
        return self.known[key]


def _rebuilt_tensor(storage, offset, sizes, strides, requires_grad=False, hooks=None, notes=None):
    """The tensor that looks at a storage so."""
    array, item = storage.array, storage.array.itemsize
    numbers = (offset, *sizes, *strides)
    if len(sizes) != len(strides) or any(type(n) is not int or n < 0 for n in numbers):
        raise ValueError("a tensor's sizes and strides are not such")
    if 0 not in sizes:
        last = offset + sum((n - 1) * step for n, step in zip(sizes, strides, strict=True))
        if last >= array.size:
            raise ValueError("a tensor looks beyond its storage")
    else:
        offset, strides = 0, [0] * len(sizes)
    tensor = importlib.import_module("pellucid.autograd").Tensor
    steps = [step * item for step in strides]
    value = tensor._of(np.lib.stride_tricks.as_strided(array[offset:], sizes, steps))
    value._changes = storage.changes
    value.requires_grad = bool(requires_grad)
    return value


def _rebuilt_parameter(data, requires_grad, hooks=None):
    return importlib.import_module("pellucid.nn").Parameter(data.detach(), bool(requires_grad))


def _ordered():
    """An OrderedDict that is yet to be filled; what comes with it ready-made is not taken."""
    return OrderedDict()


def _set_of(things):
    return set(map(as_key, things))


def _counted(counts):
    return Counter({key: counts[key] for key in counts})


def _encoded(text, encoding):
    """The bytes of a string of characters below 256, as old pickles write them."""
    if not isinstance(text, str) or not encoding == "latin1":
        raise ValueError("it encodes what is no string, or otherwise than as latin1")
    return text.encode("latin1")


def _names():
    """All that a file may name, and what stands for it."""
    dtypes = importlib.import_module("pellucid.autograd.dtypes").DTYPES
    size = importlib.import_module("pellucid.autograd").Size
    return {
        ("collections", "OrderedDict"): _ordered,
        ("collections", "Counter"): _counted,
        ("__builtin__", "set"): _set_of,
        ("_codecs", "encode"): _encoded,
        ("torch", "Size"): size,
        ("torch._utils", "_rebuild_tensor_v2"): _rebuilt_tensor,
        ("torch._utils", "_rebuild_parameter"): _rebuilt_parameter,
        **{("torch", kind): kind for kind in STORAGES},
        **{("torch", name): dtypes[name] for name in DTYPES},
    }
