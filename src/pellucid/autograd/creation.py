"""New tensors, by PyTorch's names."""

import math
import operator

import numpy as np

from pellucid.autograd.devices import device, moved
from pellucid.autograd.dtypes import as_dtype, get_default_dtype, held, promoted
from pellucid.autograd.tensor import Tensor

__all__ = [
    "arange",
    "as_tensor",
    "empty",
    "empty_like",
    "eye",
    "from_numpy",
    "frombuffer",
    "full",
    "full_like",
    "get_default_device",
    "linspace",
    "logspace",
    "ones",
    "ones_like",
    "set_default_device",
    "tensor",
    "tril_indices",
    "triu_indices",
    "zeros",
    "zeros_like",
]


_place: list = [None]  # or the device of what is made without a word of where


def get_default_device():
    """Where tensors are made for which no place is said."""
    return _place[0] or device("cpu")


def set_default_device(place) -> None:
    """Make tensors there for which no place is said."""
    _place[0] = None if place is None else device(place)


def _made(array, place, requires_grad):
    x = Tensor._of(moved(array, _place[0] if place is None else place))
    x.requires_grad = requires_grad
    return x


def _kind(dtype):
    return (get_default_dtype() if dtype is None else as_dtype(dtype)).dtype


def _shape(sizes, size=None):
    """What comes as numbers, as one tuple of them, or by the name ``size``."""
    if not sizes and size is None:
        raise TypeError('missing 1 required positional argument: "size"')
    sizes = sizes or (size,)
    if len(sizes) == 1 and isinstance(sizes[0], tuple | list):
        sizes = tuple(sizes[0])
    sizes = tuple(operator.index(n) for n in sizes)
    if any(n < 0 for n in sizes):
        raise RuntimeError(f"Trying to create tensor with negative dimension: {list(sizes)}")
    return sizes


def _array(data, dtype):
    """Numbers as an array: an array's type is kept, Python's floats get the default type."""
    kind = None if dtype is None else as_dtype(dtype).dtype
    if isinstance(data, Tensor | np.ndarray | np.generic):
        return np.asarray(data._array if isinstance(data, Tensor) else data, kind)
    found: set = set()
    array = np.asarray(_plain(data, found))
    if array.dtype.kind not in "biufc":
        _refuse(found)
    if kind is None:
        kind = promoted(*(_one_of(x) for x in found)) if found else get_default_dtype().dtype
    elif array.dtype.kind == "c" != kind.kind:
        raise TypeError("must be real number, not complex")
    if kind.kind in "iu" and array.dtype != kind and array.size:
        held(array.min().item(), kind), held(array.max().item(), kind)
    return np.asarray(array, kind)


def _plain(data, found):
    """Nested lists with numbers in the place of tensors of one, their types put into ``found``."""
    if isinstance(data, list | tuple):
        return [_plain(x, found) for x in data]
    if isinstance(data, Tensor):
        if data.numel() != 1:
            raise ValueError("only one element tensors can be converted to Python scalars")
        data = data._array.reshape(())
    found.add(data.dtype if hasattr(data, "dtype") else type(data))
    return data


def _one_of(kind):
    """A vector of NumPy's type, or of what Python's numbers become."""
    if kind is range:
        kind = int
    if not isinstance(kind, np.dtype):
        kind = promoted(kind())
    return np.zeros(1, kind)


def _refuse(found):
    """Say which of the types are no numbers'."""
    for kind in found - {bool, int, float, complex}:
        if kind in (str, bytes):
            raise TypeError(f"invalid data type {kind.__name__!r}")
        raise RuntimeError(f"Could not infer dtype of {getattr(kind, '__name__', kind)}")
    raise ValueError("a whole number is too large for int64")


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
    if any(step < 0 for step in array.strides):
        raise ValueError("tensors with negative strides are not supported: copy() the array")
    return Tensor._of(array)


def frombuffer(buffer, *, dtype, count=-1, offset=0, requires_grad=False):
    """A tensor on the memory of ``buffer``, from that byte on, of so many numbers or all."""
    kind = as_dtype(dtype).dtype
    return Tensor._of(np.frombuffer(buffer, kind, count, offset)).requires_grad_(requires_grad)


def full(size, fill_value, *, dtype=None, device=None, requires_grad=False):
    """One number everywhere."""
    fill_value = fill_value.item() if isinstance(fill_value, Tensor) else fill_value
    kind = promoted(fill_value) if dtype is None else as_dtype(dtype).dtype
    return _made(np.full(size, held(fill_value, kind), kind), device, requires_grad)


def zeros(*sizes, size=None, dtype=None, device=None, requires_grad=False):
    """Zeros."""
    return _made(np.zeros(_shape(sizes, size), _kind(dtype)), device, requires_grad)


def ones(*sizes, size=None, dtype=None, device=None, requires_grad=False):
    """Ones."""
    return _made(np.ones(_shape(sizes, size), _kind(dtype)), device, requires_grad)


def empty(*sizes, size=None, dtype=None, device=None, requires_grad=False):
    """Whatever was in that memory."""
    return _made(np.empty(_shape(sizes, size), _kind(dtype)), device, requires_grad)


def _like(function):
    def like(input, *value, dtype=None, device=None, requires_grad=False):
        kind = input._array.dtype if dtype is None else as_dtype(dtype).dtype
        value = [held(v, kind) for v in value]
        where = input.device if device is None else device
        return _made(function(input._array, *value, dtype=kind), where, requires_grad)

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
    return _places(np.tril_indices, row, col, offset, dtype, device)


def triu_indices(row, col, offset=0, *, dtype=None, device=None):
    """The places (2, n) on the diagonal and above."""
    return _places(np.triu_indices, row, col, offset, dtype, device)


def _places(find, row, col, offset, dtype, device):
    if row < 0 or col < 0:
        raise RuntimeError(f"row and col must be non-negative, got {row} and {col}")
    kind = np.int64 if dtype is None else as_dtype(dtype).dtype
    return _made(np.array(find(row, offset, col), kind), device, False)
