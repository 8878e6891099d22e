"""Functions that move numbers about, a line of others each, by PyTorch's names."""

import itertools

import numpy as np

from pellucid.autograd import shapes as ops
from pellucid.autograd.functions._kinds import array_of
from pellucid.autograd.functions.shaping import (
    cat,
    diag,
    expand,
    flip,
    gather,
    meshgrid,
    narrow,
    split,
    stack,
    transpose,
)
from pellucid.autograd.tensor import Tensor


def atleast_1d(input):
    """A vector, of a number."""
    return input if input.ndim else input.reshape(1)


def atleast_2d(input):
    """A matrix of one row, of a vector."""
    return input if input.ndim > 1 else input.reshape(1, -1)


def atleast_3d(input):
    """A matrix with a last dimension of one; a vector between two of them."""
    return input if input.ndim > 2 else atleast_2d(input).unsqueeze(-1)


def column_stack(tensors):
    """Side by side, vectors as columns."""
    return cat([x if x.ndim > 1 else x.reshape(-1, 1) for x in tensors], 1)


def dstack(tensors):
    """One behind the other, along the third dimension."""
    return cat([atleast_3d(x) for x in tensors], 2)


def broadcast_tensors(*tensors):
    """Views of one shape."""
    shape = np.broadcast_shapes(*(x.shape for x in tensors))
    return tuple(expand(x, *shape) for x in tensors)


def tensor_split(input, indices_or_sections, dim=0):
    """So many pieces along ``dim`` of sizes that differ by one at most, or cut at these places."""
    n, where = input.shape[dim], indices_or_sections
    if isinstance(where, int):
        size, more = divmod(n, where)
        return split(input, [size + (k < more) for k in range(where)], dim)
    cuts = [0, *(min(k % n if k < 0 else k, n) for k in where), n]
    return tuple(narrow(input, dim, a, max(0, b - a)) for a, b in itertools.pairwise(cuts))


def fliplr(input):
    """Backward along the second dimension."""
    return flip(input, 1)


def flipud(input):
    """Backward along the first dimension."""
    return flip(input, 0)


def rot90(input, k=1, dims=(0, 1)):
    """Turned k times by a quarter, from the first of two dimensions to the second."""
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
    sizes = [1 if d == dim % input.ndim else n for d, n in enumerate(input.shape)]
    return gather(input, dim, expand(indices, *np.broadcast_shapes(indices.shape, sizes)))


def _at(input, dim, index):
    return (*(slice(None),) * (dim % input.ndim), array_of(index))


def index_add(input, dim, index, source, *, alpha=1):
    """A copy to whose places ``index`` along ``dim`` α source is added, as often as named."""
    return input + ops.put(source * alpha, input._array.shape, _at(input, dim, index))


def index_copy(input, dim, index, source):
    """A copy with source at the places ``index`` along ``dim``."""
    return ops.assigned(input, source, _at(input, dim, index))


def index_fill(input, dim, index, value):
    """A copy with one number at the places ``index`` along ``dim``."""
    return ops.assigned(input, np.asarray(array_of(value)), _at(input, dim, index))


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
    n = (input.shape[dimension] - size) // step + 1
    places = step * np.arange(n)[:, None] + np.arange(size)  # (windows, size)
    windows = ops.getitem(input, _at(input, dimension, Tensor._of(places)))
    return windows.movedim(dimension % input.ndim + 1, -1)
