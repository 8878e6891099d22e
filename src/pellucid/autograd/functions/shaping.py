"""Views, joining, splitting and picking, by PyTorch's names."""

import math

import numpy as np

from pellucid.autograd import shapes as ops
from pellucid.autograd.dtypes import as_dtype
from pellucid.autograd.functions._kinds import alike, array_of, before_dim, dimension
from pellucid.autograd.tensor import Tensor


def _sizes(shape):
    """(2, 3), from (2, 3) or from ((2, 3),)."""
    return (
        tuple(shape[0]) if len(shape) == 1 and not isinstance(shape[0], int | np.integer) else shape
    )


def reshape(input, *shape):
    """The same numbers in another shape; -1 is what is left."""
    shape, free = _sizes(shape), -math.prod(_sizes(shape))
    if -1 in shape and (free <= 0 or input._array.size % free) and list(shape).count(-1) == 1:
        raise RuntimeError(
            f"shape '{list(shape)}' is invalid for input of size {input._array.size}"
        )
    if -1 not in shape and math.prod(shape) != input._array.size:
        raise RuntimeError(
            f"shape '{list(shape)}' is invalid for input of size {input._array.size}"
        )
    return ops.reshape(input, shape)


def view(input, *shape, size=None):
    """As ``reshape``; of the same memory, or an error."""
    shape = shape if size is None else (size,)
    if not shape:
        raise TypeError("view() takes a shape or a dtype")
    if len(shape) == 1 and not isinstance(shape[0], int | tuple | list):
        return _bits_as(input, as_dtype(shape[0]).dtype)
    out = reshape(input, *shape)
    if input._array.size and not np.may_share_memory(out._array, input._array):
        raise RuntimeError(
            "view size is not compatible with input tensor's size and stride; use .reshape(...)"
        )
    return out


def _bits_as(input, kind):
    """The same memory, its bits read as another type; its gradient stays behind."""
    x = input.detach()
    try:
        x._array = x._array.view(kind)
    except ValueError as error:
        raise RuntimeError(str(error)) from None
    return x


def flatten(input, start_dim=0, end_dim=-1):
    """The dimensions from ``start_dim`` to ``end_dim`` as one."""
    shape = input._array.shape or (1,)
    first, last = dimension(input, start_dim), dimension(input, end_dim)
    if first > last:
        raise RuntimeError("flatten() has invalid args: start_dim cannot come after end_dim")
    return ops.reshape(
        input, (*shape[:first], math.prod(shape[first : last + 1]), *shape[last + 1 :])
    )


def ravel(input):
    """All numbers as one vector."""
    return reshape(input, -1)


def nonzero(input, *, as_tuple=False):
    """The places (n, ndim) of what is not zero; or one vector for each dimension."""
    places = np.nonzero(np.atleast_1d(input._array))
    if input._array.ndim == 0 and not as_tuple:  # a place without coordinates, or none
        return Tensor._of(np.zeros((len(places[0]), 0), np.int64))
    return tuple(map(Tensor._of, places)) if as_tuple else Tensor._of(np.stack(places, -1))


def unflatten(input, dim, sizes):
    """One dimension as several."""
    shape, dim = input._array.shape, len(before_dim(input, dim))
    whole = -math.prod(sizes) if -1 in sizes else math.prod(sizes)
    if shape[dim] != whole and (-1 not in sizes or whole <= 0 or shape[dim] % whole):
        raise RuntimeError(
            f"unflatten: Provided sizes {list(sizes)} don't multiply up to the size of dim {dim} "
            f"({shape[dim]}) in the input tensor"
        )
    return reshape(input, *shape[:dim], *sizes, *shape[dim + 1 :])


def permute(input, dims=(), *more):
    """The dimensions in another order."""
    return ops.transpose(input, _sizes((dims, *more)))


def transpose(input, dim0, dim1):
    """Two dimensions in each other's place."""
    first, second = dimension(input, dim0), dimension(input, dim1)
    return ops.swapaxes(input, first, second) if input._array.ndim else ops.reshape(input, ())


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
    asked = range(len(shape)) if dim is None else _sizes((dim,))
    asked = [dimension(input, d) for d in asked]
    return ops.squeeze(input, tuple(d for d in asked if shape and shape[d] == 1))


def unsqueeze(input, dim):
    """With a dimension of size one more."""
    return ops.expand_dims(input, dim)


def expand(input, *sizes):
    """Dimensions of size one seen as larger; -1 leaves one as it is."""
    sizes, shape = _sizes(sizes), input._array.shape
    if len(sizes) < len(shape) or -1 in sizes[: len(sizes) - len(shape)]:
        raise RuntimeError(f"expand: sizes {list(sizes)} do not fit shape {tuple(shape)}")
    own = (1,) * (len(sizes) - len(shape)) + shape
    return ops.broadcast_to(
        input, tuple(n if s == -1 else s for s, n in zip(sizes, own, strict=True))
    )


def broadcast_to(input, shape):
    """As ``expand``."""
    return expand(input, *shape)


def flip(input, dims, *more):
    """Backward along ``dims``."""
    return ops.flip(input, tuple(_sizes((dims, *more))))


def roll(input, shifts, dims=None):
    """What falls off one end comes in at the other."""
    several = [_sizes((x,)) for x in (shifts, () if dims is None else dims)]
    if not several[0]:
        raise RuntimeError("`shifts` required")
    if dims is not None and len(several[0]) != len(several[1]):
        lengths = f"shifts: {len(several[0])}, dims:{len(several[1])}"
        raise RuntimeError(f"shifts and dimensions must align. {lengths}")
    if dims is None and len(several[0]) > 1:
        raise RuntimeError(f"shifts and dimensions must align. shifts: {len(several[0])}, dims:0")
    return ops.roll(input, *map(tuple, several)) if dims is not None else ops.roll(input, shifts)


def tril(input, diagonal=0):
    """What lies on the diagonal and below."""
    _check_matrix("tril", input)
    return ops.tril(input, diagonal)


def triu(input, diagonal=0):
    """What lies on the diagonal and above."""
    _check_matrix("triu", input)
    return ops.triu(input, diagonal)


def _check_matrix(name, input):
    if input._array.ndim < 2:
        raise RuntimeError(f"{name}: input tensor must have at least 2 dimensions")


def _check_several(name, tensors):
    if isinstance(tensors, Tensor):
        raise TypeError(f"{name}(): argument 'tensors' must be tuple of Tensors, not Tensor")


def cat(tensors, dim=0):
    """Tensors one after the other along ``dim``."""
    _check_several("cat", tensors)
    if not len(tensors):
        raise ValueError("torch.cat(): expected a non-empty list of Tensors")
    tensors = alike(*tensors)
    full = [x for x in tensors if x._array.shape != (0,)]
    if not full:
        return ops.concatenate(*tensors, axis=0)
    if any(x._array.ndim == 0 for x in full):
        raise RuntimeError("zero-dimensional tensors cannot be concatenated: use stack")
    if len({x._array.ndim for x in full}) > 1:
        shapes = [tuple(x.shape) for x in full]
        raise RuntimeError(f"Tensors must have same number of dimensions: {shapes}")
    return ops.concatenate(*full, axis=dimension(full[0], dim))


def stack(tensors, dim=0):
    """Tensors side by side along a new ``dim``."""
    _check_several("stack", tensors)
    if not len(tensors):
        raise RuntimeError("stack expects a non-empty TensorList")
    return ops.stack(*alike(*tensors), axis=dim)


def hstack(tensors):
    """Side by side: along the second dimension, vectors along the first."""
    _check_several("hstack", tensors)
    if not len(tensors):
        raise RuntimeError("hstack expects a non-empty TensorList")
    tensors = [x if x._array.ndim else x.reshape(1) for x in tensors]
    return cat(tensors, 0 if tensors[0]._array.ndim < 2 else 1)


def vstack(tensors):
    """One below the other: along the first dimension, vectors as rows."""
    _check_several("vstack", tensors)
    if not len(tensors):
        raise RuntimeError("vstack expects a non-empty TensorList")
    return cat([x if x._array.ndim > 1 else x.reshape(1, -1) for x in tensors], 0)


def tile(input, dims, *more):
    """Copies of the tensor along its dimensions."""
    dims = _sizes((dims, *more))
    return repeat(input, *(1,) * (input._array.ndim - len(dims)), *dims)


def repeat(input, *sizes):
    """Copies of the tensor, so many along each dimension."""
    sizes = _sizes(sizes)
    if len(sizes) < input._array.ndim:
        raise RuntimeError(
            "Number of dimensions of repeat dims can not be smaller than number of dimensions of "
            f"tensor: {list(sizes)} of shape {tuple(input.shape)}"
        )
    shape = (1,) * (len(sizes) - input._array.ndim) + input._array.shape
    apart = ops.reshape(input, tuple(n for s in shape for n in (1, s)))
    spread = ops.broadcast_to(
        apart, tuple(n for r, s in zip(sizes, shape, strict=True) for n in (r, s))
    )
    out = ops.reshape(spread, tuple(r * s for r, s in zip(sizes, shape, strict=True)))
    return ops.copy(out) if out._is_view else out


def repeat_interleave(input, repeats=None, dim=None, *, output_size=None):
    """Each number, or each place along ``dim``, so many times; alone, each place, as input says.

    Raises
    ------
    RuntimeError
        If a number of times is below zero, or they are not ``output_size`` places.
    """
    if repeats is None:
        return repeat_interleave(Tensor._of(np.arange(len(input))), input)
    if np.any(np.less(array_of(repeats), 0)):
        raise RuntimeError("repeats can not be negative")
    if dim is None:
        input, dim = ops.reshape(input, (-1,)), 0
    places = np.repeat(np.arange(input._array.shape[dim]), array_of(repeats))
    if output_size not in (None, len(places)):
        raise RuntimeError(f"output_size is {output_size}, and there are {len(places)} places")
    return ops.getitem(input, (*before_dim(input, dim), places))


def diagonal(input, offset=0, dim1=0, dim2=1):
    """The numbers on a diagonal of two dimensions, as a last one."""
    if dimension(input, dim1) == dimension(input, dim2):
        raise RuntimeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")
    return ops.diagonal(input, offset, dim1, dim2)


def diag(input, diagonal=0):
    """The diagonal of a matrix; of a vector, the matrix that has it there."""
    if input._array.ndim == 2:
        return ops.copy(ops.diagonal(input, diagonal))
    if input._array.ndim != 1:
        raise RuntimeError(f"diag(): Supports 1D or 2D tensors. Got {input._array.ndim}D")
    n = len(input._array)
    k = np.arange(n)
    where = k - min(diagonal, 0), k + max(diagonal, 0)
    return ops.put(input, (n + abs(diagonal),) * 2, where)


def meshgrid(*tensors, indexing="ij"):
    """Grids of coordinates, one for each of the vectors."""
    tensors = tensors[0] if tensors and isinstance(tensors[0], list | tuple) else tensors
    if not tensors:
        raise RuntimeError("meshgrid expects a non-empty TensorList")
    if indexing not in ("ij", "xy"):
        raise RuntimeError(f'meshgrid: indexing must be one of "xy" or "ij", not {indexing!r}')
    swapped = indexing == "xy" and len(tensors) > 1
    if any(x._array.ndim > 1 for x in tensors) or len({x._array.dtype for x in tensors}) > 1:
        raise RuntimeError("meshgrid expects vectors of one dtype")
    if swapped:
        tensors = (tensors[1], tensors[0], *tensors[2:])
    sizes = tuple(x._array.size for x in tensors)
    ones = [(1,) * k + (n,) + (1,) * (len(sizes) - k - 1) for k, n in enumerate(sizes)]
    grids = [expand(reshape(x, one), *sizes) for x, one in zip(tensors, ones, strict=True)]
    if swapped:
        grids = [grids[1], grids[0], *grids[2:]]
    return tuple(grids)
