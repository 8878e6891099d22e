"""New tensors, by PyTorch's names."""

import math

import numpy as np

from pellucid.autograd.devices import moved
from pellucid.autograd.dtypes import as_dtype, get_default_dtype, held
from pellucid.autograd.tensor import Tensor

__all__ = [
    "arange",
    "as_tensor",
    "empty",
    "empty_like",
    "eye",
    "from_numpy",
    "full",
    "full_like",
    "linspace",
    "logspace",
    "ones",
    "ones_like",
    "tensor",
    "tril_indices",
    "triu_indices",
    "zeros",
    "zeros_like",
]


def _made(array, device, requires_grad):
    x = Tensor._of(moved(array, device))
    x.requires_grad = requires_grad
    return x


def _kind(dtype):
    return (get_default_dtype() if dtype is None else as_dtype(dtype)).dtype


def _shape(sizes):
    if len(sizes) == 1 and not isinstance(sizes[0], int | np.integer):
        sizes = tuple(sizes[0])
    if any(n < 0 for n in sizes):
        raise RuntimeError(f"Trying to create tensor with negative dimension: {list(sizes)}")
    return sizes


def _array(data, dtype):
    """Numbers as an array: an array's type is kept, Python's floats get the default type."""
    kind = None if dtype is None else as_dtype(dtype).dtype
    if isinstance(data, Tensor | np.ndarray | np.generic):
        return np.asarray(data._array if isinstance(data, Tensor) else data, kind)
    array = np.asarray(_without_tensors(data))
    if array.dtype.kind not in "biufc":
        if isinstance(data, str | bytes | dict):
            raise TypeError(f"a tensor holds numbers, not {type(data).__name__} {data!r:.100}")
        raise ValueError(f"a tensor holds numbers in a rectangle, not {data!r:.100}")
    first = _first_leaf(data)
    if kind is None and isinstance(first, np.generic):
        kind = first.dtype  # NumPy would widen it by Python's numbers beside it
    elif kind is None and first is None:
        if array.dtype.kind == "f" or array.size == 0:
            kind = get_default_dtype().dtype
        elif array.dtype.kind == "c":
            kind = np.result_type(get_default_dtype().dtype, np.complex64)
    if kind is not None and kind.kind in "iu" and array.dtype.kind in "iu" and array.size:
        limits = np.iinfo(kind)
        if array.min() < limits.min or array.max() > limits.max:
            raise RuntimeError(f"value cannot be converted to type {kind} without overflow")
    return np.asarray(array, kind)


def _without_tensors(data):
    if isinstance(data, list | tuple):
        return [_without_tensors(x) for x in data]
    return data._array if isinstance(data, Tensor) else data


def _first_leaf(data):
    """The first array in nested lists, whose type is then that of all; None of plain numbers."""
    while isinstance(data, list | tuple) and len(data):
        data = data[0]
    return data if hasattr(data, "dtype") else None


def tensor(data, *, dtype=None, device=None, requires_grad=False):
    """A copy of numbers, of nested lists of them, or of an array."""
    array = np.array(_array(data, dtype))
    as_dtype(array.dtype)
    return _made(array, device, requires_grad)


def as_tensor(data, dtype=None, device=None):
    """As ``tensor``; without a copy, and on the tape, where that is possible."""
    if isinstance(data, Tensor):
        return data if dtype is None and device is None else data.to(device=device, dtype=dtype)
    array = _array(data, dtype)
    as_dtype(array.dtype)
    return _made(array, device, False)


def from_numpy(array):
    """A tensor on the memory of an array: what changes one changes the other."""
    if not isinstance(array, np.ndarray):
        raise TypeError(f"expected np.ndarray (got {type(array).__name__})")
    as_dtype(array.dtype)
    return Tensor._of(array)


def full(size, fill_value, *, dtype=None, device=None, requires_grad=False):
    """One number everywhere."""
    kind = as_dtype(type(fill_value)) if dtype is None else dtype
    kind = _kind(kind)
    return _made(np.full(size, held(fill_value, kind), kind), device, requires_grad)


def zeros(*size, dtype=None, device=None, requires_grad=False):
    """Zeros."""
    return _made(np.zeros(_shape(size), _kind(dtype)), device, requires_grad)


def ones(*size, dtype=None, device=None, requires_grad=False):
    """Ones."""
    return _made(np.ones(_shape(size), _kind(dtype)), device, requires_grad)


def empty(*size, dtype=None, device=None, requires_grad=False):
    """Whatever was in that memory."""
    return _made(np.empty(_shape(size), _kind(dtype)), device, requires_grad)


def _like(function):
    def like(input, *value, dtype=None, device=None, requires_grad=False):
        kind = input._array.dtype if dtype is None else as_dtype(dtype).dtype
        value = [held(v, kind) for v in value]
        return _made(function(input._array, *value, dtype=kind), device, requires_grad)

    like.__name__ = like.__qualname__ = function.__name__
    like.__doc__ = f"{function.__name__.split('_')[0]} in the shape and type of another tensor."
    return like


zeros_like, ones_like = _like(np.zeros_like), _like(np.ones_like)
empty_like, full_like = _like(np.empty_like), _like(np.full_like)


def arange(start=0, end=None, step=1, *, dtype=None, device=None, requires_grad=False):
    """start, start + step, ... below end: ``arange(end)`` or ``arange(start, end, step=1)``."""
    bounds = (0, start, step) if end is None else (start, end, step)
    start, end, step = (b.item() if isinstance(b, Tensor) else b for b in bounds)
    if dtype is None:
        whole = all(isinstance(b, int | np.integer) for b in (start, end, step))
        dtype = as_dtype(int) if whole else get_default_dtype()
    kind = as_dtype(dtype).dtype
    if not (math.isfinite(start) and math.isfinite(end)):
        raise RuntimeError(f"unsupported range: {start} -> {end}")
    n = None
    if kind == np.int64:
        start, end, step = int(start), int(end), int(step)
    if step == 0:
        raise RuntimeError("step must be nonzero")
    if (end - start) * step < 0:
        raise RuntimeError("upper bound and lower bound inconsistent with step sign")
    n = math.ceil((end - start) / step)
    if kind.kind in "iu":
        start, step = int(start), int(step)
    array = start + step * np.arange(n, dtype=np.float64 if isinstance(step, float) else None)
    return _made(array.astype(kind), device, requires_grad)


def linspace(start, end, steps, *, dtype=None, device=None, requires_grad=False):
    """``steps`` numbers from start to end, at equal distances."""
    return _made(_spaced(start, end, steps, _kind(dtype)), device, requires_grad)


def logspace(start, end, steps, base=10.0, *, dtype=None, device=None, requires_grad=False):
    """baseˢ for ``steps`` numbers s from start to end."""
    kind = _kind(dtype)
    array = np.power(float(base), _spaced(start, end, steps, kind, np.float64)).astype(kind)
    return _made(array, device, requires_grad)


def _spaced(start, end, steps, kind, given=None):
    """Numbers at equal distances; between whole bounds, and cut to whole ones, in such a type."""
    start, end = (b.item() if isinstance(b, Tensor) else b for b in (start, end))
    if steps < 0:
        raise RuntimeError("number of steps must be non-negative")
    if kind.kind in "iu":
        start, end = int(start), int(end)
    wide = np.result_type(kind, np.float64)
    return np.linspace(start, end, steps, dtype=wide).astype(kind if given is None else given)


def eye(n, m=None, *, dtype=None, device=None, requires_grad=False):
    """Ones on the diagonal."""
    for name, size in (("n", n), ("m", m or 0)):
        if size < 0:
            raise RuntimeError(f"{name} must be greater or equal to 0, got {size}")
    return _made(np.eye(n, m, dtype=_kind(dtype)), device, requires_grad)


def tril_indices(row, col, offset=0, *, dtype=None, device=None):
    """The places (2, n) on the diagonal and below."""
    return _places(np.tril_indices(row, offset, col), dtype, device)


def triu_indices(row, col, offset=0, *, dtype=None, device=None):
    """The places (2, n) on the diagonal and above."""
    return _places(np.triu_indices(row, offset, col), dtype, device)


def _places(found, dtype, device):
    kind = np.int64 if dtype is None else as_dtype(dtype).dtype
    return _made(np.array(found, kind), device, False)
