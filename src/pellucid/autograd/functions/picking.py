"""Picking places out of tensors and putting numbers there, by PyTorch's names."""

import numpy as np

from pellucid.autograd import shapes as ops
from pellucid.autograd.functions._kinds import array_of, before_dim, dimension
from pellucid.autograd.functions.shaping import reshape, squeeze
from pellucid.autograd.tensor import Tensor


def narrow(input, dim, start, length):
    """``length`` places along ``dim``, from ``start`` on."""
    before, start = before_dim(input, dim), int(start)
    n = input._array.shape[len(before)]
    start = start + n if start < 0 else start
    if not 0 <= start <= n:
        raise IndexError(f"start out of range (expected to be in range of [{-n}, {n}])")
    if length < 0 or start + length > n:
        raise RuntimeError(f"start ({start}) + length ({length}) exceeds dimension size ({n}).")
    return ops.getitem(input, (*before, slice(start, start + length)))


def select(input, dim, index):
    """One place along ``dim``."""
    return ops.getitem(input, (*before_dim(input, dim), int(index)))


def split(input, split_size_or_sections, dim=0):
    """Pieces along ``dim``, of one size (the last may be smaller) or of these sizes."""
    axis, sizes = len(before_dim(input, dim)), array_of(split_size_or_sections)
    sizes = sizes.tolist() if isinstance(sizes, np.ndarray) else sizes
    n = input._array.shape[axis]
    if isinstance(sizes, int):
        if sizes < 0 or sizes == 0 < n:
            raise RuntimeError(f"split: pieces of {sizes} do not add up to {n}")
        sizes = [min(sizes, n - k) for k in range(0, n, sizes or 1)] or [0]
    elif sum(sizes) != n:
        raise RuntimeError(
            f"split: sizes {sizes} do not add up to {n}, the size of dimension {dim}"
        )
    return ops.parts(input, axis, tuple(np.cumsum(sizes).tolist()))


def chunk(input, chunks, dim=0):
    """At most so many pieces along ``dim``, all but the last of one size."""
    if chunks <= 0:
        raise RuntimeError(f"chunk expects `chunks` to be greater than 0, got: {chunks}")
    n = input._array.shape[len(before_dim(input, dim))]
    return split(input, -(-n // chunks), dim) if n else split(input, [0] * chunks, dim)


def unbind(input, dim=0):
    """What stands at each place along ``dim``."""
    parts = split(input, 1, dim) if input._array.shape[len(before_dim(input, dim))] else ()
    return tuple(squeeze(part, dim) for part in parts)


def index_of(index):
    """NumPy's index for one that may hold tensors and lists.

    A list, if it is no longer than 31 and not of numbers alone, is as a tuple in its place.
    """
    if isinstance(index, list) and len(index) < 32 and any(map(_is_part, index)):
        index = tuple(index)
    return tuple(map(_part_of, index)) if isinstance(index, tuple) else _part_of(index)


def _is_part(thing):
    return thing is None or thing is ... or isinstance(thing, slice | list | tuple | range | Tensor)


def _part_of(index):
    if isinstance(index, tuple | list) and any(isinstance(i, Tensor) for i in index):
        return np.array([array_of(i) for i in index])
    if isinstance(index, slice) and isinstance(index.step, int) and index.step < 0:
        raise ValueError("step must be greater than zero")
    array = array_of(index)
    if isinstance(array, np.ndarray):
        if isinstance(index, Tensor) and index.ndim and array.dtype in (np.int8, np.int16):
            raise IndexError("tensors used as indices must be long, int, byte or bool tensors")
        if array.dtype == np.uint8:  # a mask, as booleans were before there were any
            return array.astype(bool)
        return int(array) if array.ndim == 0 and array.dtype.kind in "iu" else array
    return array


def steps_of(index):
    """An index as one, or two that are taken one after the other.

    NumPy moves to the front what numbers and arrays with a slice between them have picked;
    PyTorch so only with arrays.  So numbers are taken first.
    """
    if not isinstance(index, tuple) or not any(_is_array(part) for part in index):
        return [index]
    if not any(type(part) is int for part in index):
        return [index]
    first, then = [], []
    for part in index:
        if part is None or isinstance(part, bool):  # what makes a dimension, and takes none
            then.append(part)
            continue
        first.append(part if part is ... or type(part) is int else slice(None))
        taken = part.ndim if getattr(part, "dtype", None) == np.bool_ else 1
        first += [slice(None)] * (taken - 1)
        then += [] if type(part) is int else [part]
    return [tuple(first), tuple(then)]


def _is_array(part):
    return isinstance(part, np.ndarray | list)


def gather(input, dim, index):
    """y[i, j] = x[index[i, j], j] for dim 0, and likewise along others."""
    if not index._array.size:
        return ops.getitem(reshape(input, -1), np.zeros(index._array.shape, np.int64))
    if input._array.ndim == 0:
        vector, places = reshape(input, 1), reshape(index, -1)
        return reshape(gather(vector, dim, places), index._array.shape)
    return ops.getitem(input, along_dim("gather", input, dim, index))


def scatter(input, dim, index, src=None, *, value=None, reduce=None):
    """A copy in which y[index[i, j], j] = src[i, j] for dim 0, and likewise along others.

    ``reduce``: "add" or "multiply" what is there.
    """
    src = value if src is None else src
    where = along_dim("scatter", input, dim, index)
    if isinstance(src, Tensor) and src.ndim:
        src = _fitting("scatter", input, index, src)
    if reduce is None:
        return ops.assigned(input, src, where)
    if reduce not in ("add", "multiply"):
        raise RuntimeError("reduce argument must be either add or multiply.")
    if input._requires_grad or getattr(src, "_requires_grad", False):
        raise NotImplementedError(f"scatter by {reduce} has no gradient: use scatter_reduce")
    out = np.copy(input._array)
    (np.add if reduce == "add" else np.multiply).at(
        out, where, np.asarray(array_of(src), out.dtype, like=out)
    )
    return Tensor._of(out)


def scatter_add(input, dim, index, src):
    """As ``scatter``, but added, as often as a place is named."""
    values = _fitting("scatter_add", input, index, src)
    where = along_dim("scatter_add", input, dim, index)
    return input + ops.put(values, input._array.shape, where)


def _fitting(name, input, index, src):
    """The part of ``src`` that has the shape of the index."""
    if src._array.dtype != input._array.dtype:
        raise RuntimeError(f"{name}(): Expected self.dtype to be equal to src.dtype")
    shape = index._array.shape
    if src.ndim != len(shape) or any(n > m for n, m in zip(shape, src.shape, strict=True)):
        raise RuntimeError(f"{name}: index of shape {shape} does not fit src {tuple(src.shape)}")
    return src[tuple(map(slice, shape))]


def along_dim(name, input, dim, index):
    """NumPy's index of the places that ``index`` names along ``dim``."""
    places, shape, axis = index._array, input._array.shape, dimension(input, dim)
    if places.dtype.kind not in "iu":
        raise RuntimeError(f"{name}(): Expected dtype int32/int64 for index")
    if places.size and places.ndim != len(shape):
        raise RuntimeError("Index tensor must have the same number of dimensions as input tensor")
    if not shape:
        return ()
    pairs = zip(places.shape, shape, strict=False)
    if any(n > m for d, (n, m) in enumerate(pairs) if d != axis):
        raise RuntimeError(
            f"Size does not match at dimension: expected index {list(places.shape)} to be no "
            f"larger than self {list(shape)} apart from dimension {axis}"
        )
    check_range(places, axis, shape[axis])
    found = list(np.indices(places.shape, sparse=True))
    found[axis] = places
    return tuple(found)


def check_range(places, axis, size, kind=RuntimeError):
    """That each of them is one of so many places, counted from the front."""
    if not places.size:
        return
    low, high = places.min(), places.max()
    if low < 0 or high >= size:
        raise kind(
            f"index {low if low < 0 else high} is out of bounds for dimension {axis} with size "
            f"{size}: index out of range in self"
        )


def index_select(input, dim, index):
    """The places ``index`` along ``dim``."""
    if input._array.ndim == 0:
        return reshape(index_select(reshape(input, 1), dim, index), ())
    if index._array.ndim > 1:
        raise IndexError("index_select(): Index is supposed to be a vector")
    if index._array.dtype not in (np.int32, np.int64):
        raise RuntimeError("index_select(): Expected dtype int32 or int64 for index")
    places, before = np.atleast_1d(index._array), before_dim(input, dim)
    check_range(places, len(before), input._array.shape[len(before)], IndexError)
    return ops.getitem(input, (*before, places))


def masked_select(input, mask):
    """The numbers where the mask holds, as a vector."""
    if mask._array.dtype != np.bool_:
        raise RuntimeError("masked_select: expected BoolTensor for mask")
    x, m = input, np.broadcast_to(mask._array, np.broadcast_shapes(mask.shape, input.shape))
    return ops.getitem(ops.broadcast_to(x, m.shape), m)


def take(input, index):
    """Places of the flattened tensor."""
    return ops.getitem(ops.reshape(input, (-1,)), index._array)
