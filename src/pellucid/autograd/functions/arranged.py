"""Functions that move numbers about, a line of others each, by PyTorch's names."""

import itertools

import numpy as np

from pellucid.autograd import shapes as ops
from pellucid.autograd.dtypes import DTYPES, held
from pellucid.autograd.functions._kinds import array_of, before_dim, dimension
from pellucid.autograd.functions.picking import check_range, gather, narrow, split
from pellucid.autograd.functions.pointwise import where
from pellucid.autograd.functions.shaping import (
    cat,
    diag,
    expand,
    flip,
    meshgrid,
    stack,
    transpose,
)
from pellucid.autograd.tensor import Tensor


def atleast_1d(*tensors):
    """A vector, of a number; of several tensors, of each."""
    return _of_each(lambda x: x if x.ndim else x.reshape(1), tensors)


def atleast_2d(*tensors):
    """A matrix of one row, of a vector; of several tensors, of each."""
    return _of_each(lambda x: x if x.ndim > 1 else x.reshape(1, -1), tensors)


def atleast_3d(*tensors):
    """A matrix with a last dimension of one, a vector between two of them; of several, of each."""
    return _of_each(lambda x: x if x.ndim > 2 else atleast_2d(x).unsqueeze(-1), tensors)


def _of_each(function, tensors):
    if len(tensors) == 1 and isinstance(tensors[0], Tensor):
        return function(tensors[0])
    return tuple(map(function, tensors if len(tensors) > 1 else tensors[0]))


def column_stack(tensors):
    """Side by side, vectors as columns."""
    return cat([x if x.ndim > 1 else x.reshape(-1, 1) for x in tensors], 1)


def dstack(tensors):
    """One behind the other, along the third dimension."""
    return cat([atleast_3d(x) for x in tensors], 2)


def tensor_split(input, indices_or_sections, dim=0):
    """So many pieces along ``dim`` of sizes that differ by one at most, or cut at these places."""
    n, where = input.shape[len(before_dim(input, dim))], indices_or_sections
    where = where.tolist() if isinstance(where, Tensor) else where
    if isinstance(where, int):
        if where < 1:
            raise RuntimeError(f"number of sections must be larger than 0, got {where}")
        size, more = divmod(n, where)
        return split(input, [size + (k < more) for k in range(where)], dim)
    cuts = [0, *(min(k % n if k < 0 else k, n) for k in where), n]
    return tuple(narrow(input, dim, a, max(0, b - a)) for a, b in itertools.pairwise(cuts))


def fliplr(input):
    """Backward along the second dimension."""
    if input.ndim < 2:
        raise RuntimeError("Input must be >= 2-d.")
    return flip(input, 1)


def flipud(input):
    """Backward along the first dimension."""
    if input.ndim < 1:
        raise RuntimeError("Input must be >= 1-d.")
    return flip(input, 0)


def rot90(input, k=1, dims=(0, 1)):
    """Turned k times by a quarter, from the first of two dimensions to the second."""
    if input.ndim < 2 or len(dims) != 2 or len({dimension(input, d) for d in dims}) < 2:
        raise RuntimeError(f"rot90 turns in a plane of two dimensions, not in {dims}")
    first, second = dims
    turns = {
        0: lambda x: x.clone(),
        1: lambda x: transpose(flip(x, second), first, second),
        2: lambda x: flip(x, dims),
        3: lambda x: flip(transpose(x, first, second), second),
    }
    return turns[k % 4](input)


def take_along_dim(input, indices, dim=None):
    """As ``gather``, the indices broadcast; of the flattened tensor where no ``dim`` is said."""
    if dim is None:
        return gather(input.reshape(-1), 0, indices.reshape(-1))
    if indices.dtype is not DTYPES["int64"]:
        raise RuntimeError(
            f"take_along_dim(): dtype of indices should be Long, not {indices.dtype}"
        )
    if indices.ndim != input.ndim:
        raise RuntimeError(
            "take_along_dim(): input and indices should have the same number of dimensions, but "
            f"got {input.ndim} and {indices.ndim}"
        )
    dim = dimension(input, dim)
    shapes = [tuple(x.shape) for x in (input, indices)]
    both = np.broadcast_shapes(*(s[:dim] + (1,) + s[dim + 1 :] for s in shapes))
    input, indices = (
        expand(x, *both[:dim], s[dim], *both[dim + 1 :])
        for x, s in zip((input, indices), shapes, strict=True)
    )
    return gather(input, dim, where(indices < 0, indices + input.shape[dim], indices))


def _at(input, dim, index):
    return (*(slice(None),) * dimension(input, dim), array_of(index)) if input.ndim else ()


def index_add(input, dim, index, source, *, alpha=1):
    """A copy to whose places ``index`` along ``dim`` α source is added, as often as named."""
    _check_source("index_add_", input, dim, index, source, RuntimeError)
    return input + ops.put(source * alpha, input._array.shape, _at(input, dim, index))


def index_copy(input, dim, index, source):
    """A copy with source at the places ``index`` along ``dim``."""
    _check_source("index_copy_", input, dim, index, source, IndexError)
    return ops.assigned(input, source, _at(input, dim, index))


def _check_source(name, input, dim, index, source, kind):
    """That there is a slice of ``source`` for each place, and each place is one of ``dim``."""
    if source.dtype is not input.dtype:
        raise RuntimeError(f"{name}(): self and source expected to have the same dtype")
    dim, shape = dimension(input, dim), list(input.shape)
    check_range(index._array, dim, (shape or [1])[dim], kind)
    shape[dim : dim + 1] = [index.numel()]
    if list(source.shape) != shape and source.ndim:
        raise kind(
            f"{name}: source tensor shape must match self tensor shape, excluding the specified "
            f"dimension: {shape}, not {list(source.shape)}"
        )


def index_fill(input, dim, index, value):
    """A copy with one number at the places ``index`` along ``dim``."""
    if not input.ndim:
        return index_fill(input.reshape(1), dim, index, value).reshape(())
    value = value.to(input.dtype) if isinstance(value, Tensor) else held(value, input._array.dtype)
    *before, places = _at(input, dim, index)
    return ops.assigned(
        input, value, (*before, np.unique(places))
    )  # or one named twice learns twice


def diagflat(input, offset=0):
    """The matrix that has these numbers on its diagonal."""
    return diag(input.reshape(-1), offset)


def diag_embed(input, offset=0, dim1=-2, dim2=-1):
    """Matrices whose diagonals are the vectors along the last dimension."""
    n = input.shape[-1]
    k = np.arange(n)
    size = n + abs(offset)
    where = (..., k - min(offset, 0), k + max(offset, 0))
    out = ops.put(input, (*input._array.shape[:-1], size, size), where)
    return out.movedim((-2, -1), (dim1, dim2))


def cartesian_prod(*tensors):
    """All ways to take a number of each vector, as rows."""
    if len(tensors) == 1:
        return tensors[0]
    return stack([grid.reshape(-1) for grid in meshgrid(*tensors)], 1)


def unfold(input, dimension, size, step):
    """Windows of ``size`` along a dimension, each ``step`` further, as a last dimension."""
    if not input.ndim:
        return unfold(input.reshape(1), dimension, size, step).reshape(size)
    if size > input.shape[dimension] or step < 1:
        raise RuntimeError(
            f"unfold: windows of {size}, each {step} further, do not fit {input.shape[dimension]}"
        )
    n = (input.shape[dimension] - size) // step + 1
    places = step * np.arange(n)[:, None] + np.arange(size)  # (windows, size)
    windows = ops.getitem(input, _at(input, dimension, Tensor._of(places)))
    return windows.movedim(dimension % input.ndim + 1, -1)
