"""Views, joining, splitting and picking, by PyTorch's names."""

import math

import numpy as np

from pellucid.autograd import shapes as ops
from pellucid.autograd.functions._kinds import alike, array_of
from pellucid.autograd.tensor import Tensor


def _sizes(shape):
    """(2, 3), from (2, 3) or from ((2, 3),)."""
    return (
        tuple(shape[0]) if len(shape) == 1 and not isinstance(shape[0], int | np.integer) else shape
    )


def reshape(input, *shape):
    """The same numbers in another shape; -1 is what is left."""
    shape = _sizes(shape)
    if -1 not in shape and math.prod(shape) != input._array.size:
        raise RuntimeError(
            f"shape '{list(shape)}' is invalid for input of size {input._array.size}"
        )
    return ops.reshape(input, shape)


def view(input, *shape):
    """As ``reshape``; of the same memory, or an error."""
    if len(shape) == 1 and not isinstance(shape[0], int | tuple | list):
        return input.to(shape[0])
    out = reshape(input, *shape)
    if input._array.size and not np.may_share_memory(out._array, input._array):
        raise RuntimeError(
            "view size is not compatible with input tensor's size and stride; use .reshape(...)"
        )
    return out


def flatten(input, start_dim=0, end_dim=-1):
    """The dimensions from ``start_dim`` to ``end_dim`` as one."""
    shape = input._array.shape or (1,)
    first, last = start_dim % len(shape), end_dim % len(shape)
    return ops.reshape(
        input, (*shape[:first], math.prod(shape[first : last + 1]), *shape[last + 1 :])
    )


def ravel(input):
    """All numbers as one vector."""
    return reshape(input, -1)


def nonzero(input, *, as_tuple=False):
    """The places (n, ndim) of what is not zero; or one vector for each dimension."""
    places = np.nonzero(input._array)
    return tuple(map(Tensor._of, places)) if as_tuple else Tensor._of(np.stack(places, -1))


def unflatten(input, dim, sizes):
    """One dimension as several."""
    shape, dim = input._array.shape, dim % input._array.ndim
    return reshape(input, *shape[:dim], *sizes, *shape[dim + 1 :])


def permute(input, *dims):
    """The dimensions in another order."""
    return ops.transpose(input, _sizes(dims))


def transpose(input, dim0, dim1):
    """Two dimensions in each other's place."""
    return ops.swapaxes(input, dim0, dim1)


def t(input):
    """The transpose of a matrix; a vector as it is."""
    if input._array.ndim > 2:
        raise RuntimeError(f"t() expects a tensor with <= 2 dimensions, but self is {input.ndim}D")
    return ops.transpose(input)


def movedim(input, source, destination):
    """Dimensions moved elsewhere."""
    return ops.moveaxis(input, source, destination)


def squeeze(input, dim=None):
    """Without the dimensions of size one; without ``dim`` if it is one."""
    shape = input._array.shape
    asked = range(len(shape)) if dim is None else (dim if isinstance(dim, tuple) else (dim,))
    return ops.squeeze(input, tuple(d for d in asked if shape and shape[d] == 1))


def unsqueeze(input, dim):
    """With a dimension of size one more."""
    return ops.expand_dims(input, dim)


def expand(input, *sizes):
    """Dimensions of size one seen as larger; -1 leaves one as it is."""
    sizes, shape = _sizes(sizes), input._array.shape
    own = (1,) * (len(sizes) - len(shape)) + shape
    return ops.broadcast_to(
        input, tuple(n if s == -1 else s for s, n in zip(sizes, own, strict=True))
    )


def broadcast_to(input, shape):
    """As ``expand``."""
    return expand(input, *shape)


def flip(input, *dims):
    """Backward along ``dims``."""
    return ops.flip(input, tuple(_sizes(dims)))


def roll(input, shifts, dims=None):
    """What falls off one end comes in at the other."""
    return ops.roll(input, shifts, dims)


def tril(input, diagonal=0):
    """What lies on the diagonal and below."""
    return ops.tril(input, diagonal)


def triu(input, diagonal=0):
    """What lies on the diagonal and above."""
    return ops.triu(input, diagonal)


def cat(tensors, dim=0):
    """Tensors one after the other along ``dim``."""
    tensors = [x for x in alike(*tensors) if x._array.shape != (0,)] or list(tensors)[:1]
    return ops.concatenate(*tensors, axis=dim)


def stack(tensors, dim=0):
    """Tensors side by side along a new ``dim``."""
    return ops.stack(*alike(*tensors), axis=dim)


def hstack(tensors):
    """Side by side: along the second dimension, vectors along the first."""
    return cat(tensors, 0 if tensors[0]._array.ndim < 2 else 1)


def vstack(tensors):
    """One below the other: along the first dimension, vectors as rows."""
    return cat([x if x._array.ndim > 1 else x.reshape(1, -1) for x in tensors], 0)


def narrow(input, dim, start, length):
    """``length`` places along ``dim``, from ``start`` on."""
    before = (slice(None),) * (dim % input._array.ndim)
    return ops.getitem(input, (*before, slice(start, start + length)))


def select(input, dim, index):
    """One place along ``dim``."""
    return ops.getitem(input, (*(slice(None),) * (dim % input._array.ndim), index))


def split(input, split_size_or_sections, dim=0):
    """Pieces along ``dim``, of one size (the last may be smaller) or of these sizes."""
    axis, n, sizes = dim % input._array.ndim, input._array.shape[dim], split_size_or_sections
    if isinstance(sizes, int):
        sizes = [min(sizes, n - k) for k in range(0, n, sizes)] or [0]
    elif sum(sizes) != n:
        raise RuntimeError(
            f"split: sizes {sizes} do not add up to {n}, the size of dimension {dim}"
        )
    return ops.parts(input, axis, tuple(np.cumsum(sizes).tolist()))


def chunk(input, chunks, dim=0):
    """At most so many pieces along ``dim``, all but the last of one size."""
    return split(input, max(1, -(-input._array.shape[dim] // chunks)), dim)


def unbind(input, dim=0):
    """What stands at each place along ``dim``."""
    parts = split(input, 1, dim) if input._array.shape[dim] else ()
    return tuple(squeeze(part, dim) for part in parts)


def index_of(index):
    """NumPy's index for one that may hold tensors and lists."""
    if isinstance(index, tuple):
        return tuple(map(index_of, index))
    if isinstance(index, list) and any(isinstance(i, Tensor) for i in index):
        return np.array([array_of(i) for i in index])
    return array_of(index)


def gather(input, dim, index):
    """y[i, j] = x[index[i, j], j] for dim 0, and likewise along others."""
    return ops.getitem(input, _along(index, dim))


def scatter(input, dim, index, src):
    """A copy in which y[index[i, j], j] = src[i, j] for dim 0, and likewise along others."""
    where = _along(index, dim)
    if isinstance(src, Tensor):
        src = src[tuple(slice(n) for n in index._array.shape)]
    return ops.assigned(input, src, where)


def scatter_add(input, dim, index, src):
    """As ``scatter``, but added, as often as a place is named."""
    values = src[tuple(slice(n) for n in index._array.shape)]
    return input + ops.put(values, input._array.shape, _along(index, dim))


def _along(index, dim):
    places = list(np.indices(index._array.shape, sparse=True))
    places[dim] = index._array
    return tuple(places)


def index_select(input, dim, index):
    """The places ``index`` along ``dim``."""
    return ops.getitem(input, (*(slice(None),) * (dim % input._array.ndim), index._array))


def masked_select(input, mask):
    """The numbers where the mask holds, as a vector."""
    x, m = input, np.broadcast_to(mask._array, np.broadcast_shapes(mask.shape, input.shape))
    return ops.getitem(ops.broadcast_to(x, m.shape), m)


def take(input, index):
    """Places of the flattened tensor."""
    return ops.getitem(ops.reshape(input, (-1,)), index._array)


def tile(input, *dims):
    """Copies of the tensor along its dimensions."""
    dims = _sizes(dims)
    return repeat(input, *(1,) * (input._array.ndim - len(dims)), *dims)


def repeat(input, *sizes):
    """Copies of the tensor, so many along each dimension."""
    sizes = _sizes(sizes)
    shape = (1,) * (len(sizes) - input._array.ndim) + input._array.shape
    apart = ops.reshape(input, tuple(n for s in shape for n in (1, s)))
    spread = ops.broadcast_to(
        apart, tuple(n for r, s in zip(sizes, shape, strict=True) for n in (r, s))
    )
    return ops.reshape(spread, tuple(r * s for r, s in zip(sizes, shape, strict=True)))


def repeat_interleave(input, repeats, dim=None):
    """Each number, or each place along ``dim``, so many times."""
    if dim is None:
        input, dim = ops.reshape(input, (-1,)), 0
    places = np.repeat(np.arange(input._array.shape[dim]), array_of(repeats))
    return index_select(input, dim, Tensor._of(places))


def diagonal(input, offset=0, dim1=0, dim2=1):
    """The numbers on a diagonal of two dimensions, as a last one."""
    x = ops.moveaxis(input, (dim1, dim2), (-2, -1))
    rows, columns = x._array.shape[-2:]
    k = np.arange(max(0, min(rows + min(offset, 0), columns - max(offset, 0))))
    return ops.getitem(x, (..., k - min(offset, 0), k + max(offset, 0)))


def diag(input, diagonal=0):
    """The diagonal of a matrix; of a vector, the matrix that has it there."""
    if input._array.ndim == 2:
        return globals()["diagonal"](input, diagonal)
    n = len(input._array)
    k = np.arange(n)
    where = k - min(diagonal, 0), k + max(diagonal, 0)
    return ops.put(input, (n + abs(diagonal),) * 2, where)


def meshgrid(*tensors, indexing="ij"):
    """Grids of coordinates, one for each of the vectors."""
    tensors = _sizes(tensors)
    if indexing == "xy":
        tensors = (tensors[1], tensors[0], *tensors[2:])
    sizes = tuple(x._array.size for x in tensors)
    ones = [(1,) * k + (n,) + (1,) * (len(sizes) - k - 1) for k, n in enumerate(sizes)]
    grids = [expand(reshape(x, one), *sizes) for x, one in zip(tensors, ones, strict=True)]
    if indexing == "xy":
        grids = [transpose(g, 0, 1) for g in (grids[1], grids[0], *grids[2:])]
    return tuple(grids)
