"""Views, joining, splitting and picking, by PyTorch's names."""

import math

import numpy as np

from pellucid.autograd import shapes as ops
from pellucid.autograd.dtypes import as_dtype
from pellucid.autograd.functions._kinds import alike, array_of
from pellucid.autograd.tensor import Tensor


def _sizes(shape):
    """(2, 3), from (2, 3) or from ((2, 3),)."""
    return (
        tuple(shape[0]) if len(shape) == 1 and not isinstance(shape[0], int | np.integer) else shape
    )


def _at(input, dim, more=0):
    """``dim`` counted from the front; a tensor without dimensions has one here."""
    n = max(input._array.ndim + more, 1)
    if not -n <= dim < n:
        raise IndexError(
            f"Dimension out of range (expected to be in range of [{-n}, {n - 1}], but got {dim})"
        )
    return dim % n


def _before(input, dim):
    """The index of everything in the dimensions before ``dim``."""
    if input._array.ndim == 0:
        raise RuntimeError("a tensor without dimensions has no places along one")
    return (slice(None),) * _at(input, dim)


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


def view(input, *shape):
    """As ``reshape``; of the same memory, or an error."""
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
    x._array = x._array.view(kind)
    return x


def flatten(input, start_dim=0, end_dim=-1):
    """The dimensions from ``start_dim`` to ``end_dim`` as one."""
    shape = input._array.shape or (1,)
    first, last = _at(input, start_dim), _at(input, end_dim)
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
    shape, dim = input._array.shape, len(_before(input, dim))
    whole = -math.prod(sizes) if -1 in sizes else math.prod(sizes)
    if shape[dim] != whole and (-1 not in sizes or whole <= 0 or shape[dim] % whole):
        raise RuntimeError(
            f"unflatten: Provided sizes {list(sizes)} don't multiply up to the size of dim {dim} "
            f"({shape[dim]}) in the input tensor"
        )
    return reshape(input, *shape[:dim], *sizes, *shape[dim + 1 :])


def permute(input, *dims):
    """The dimensions in another order."""
    return ops.transpose(input, _sizes(dims))


def transpose(input, dim0, dim1):
    """Two dimensions in each other's place."""
    first, second = _at(input, dim0), _at(input, dim1)
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
    asked = range(len(shape)) if dim is None else (dim if isinstance(dim, tuple) else (dim,))
    asked = [_at(input, d) for d in asked]
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


def flip(input, *dims):
    """Backward along ``dims``."""
    return ops.flip(input, tuple(_sizes(dims)))


def roll(input, shifts, dims=None):
    """What falls off one end comes in at the other."""
    return ops.roll(input, shifts, dims)


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


def cat(tensors, dim=0):
    """Tensors one after the other along ``dim``."""
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
    return ops.concatenate(*full, axis=_at(full[0], dim))


def stack(tensors, dim=0):
    """Tensors side by side along a new ``dim``."""
    if not len(tensors):
        raise RuntimeError("stack expects a non-empty TensorList")
    return ops.stack(*alike(*tensors), axis=dim)


def hstack(tensors):
    """Side by side: along the second dimension, vectors along the first."""
    tensors = [x if x._array.ndim else x.reshape(1) for x in tensors]
    return cat(tensors, 0 if tensors[0]._array.ndim < 2 else 1)


def vstack(tensors):
    """One below the other: along the first dimension, vectors as rows."""
    return cat([x if x._array.ndim > 1 else x.reshape(1, -1) for x in tensors], 0)


def narrow(input, dim, start, length):
    """``length`` places along ``dim``, from ``start`` on."""
    before, start = _before(input, dim), int(start)
    n = input._array.shape[len(before)]
    start = start + n if start < 0 else start
    if not 0 <= start <= n:
        raise IndexError(f"start out of range (expected to be in range of [{-n}, {n}])")
    if length < 0 or start + length > n:
        raise RuntimeError(f"start ({start}) + length ({length}) exceeds dimension size ({n}).")
    return ops.getitem(input, (*before, slice(start, start + length)))


def select(input, dim, index):
    """One place along ``dim``."""
    return ops.getitem(input, (*_before(input, dim), int(index)))


def split(input, split_size_or_sections, dim=0):
    """Pieces along ``dim``, of one size (the last may be smaller) or of these sizes."""
    axis, sizes = len(_before(input, dim)), split_size_or_sections
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
    n = input._array.shape[len(_before(input, dim))]
    return split(input, -(-n // chunks), dim) if n else split(input, [0] * chunks, dim)


def unbind(input, dim=0):
    """What stands at each place along ``dim``."""
    parts = split(input, 1, dim) if input._array.shape[len(_before(input, dim))] else ()
    return tuple(squeeze(part, dim) for part in parts)


def index_of(index):
    """NumPy's index for one that may hold tensors and lists."""
    if isinstance(index, tuple):
        return tuple(map(index_of, index))
    if isinstance(index, list) and any(isinstance(i, Tensor) for i in index):
        return np.array([array_of(i) for i in index])
    array = array_of(index)
    if isinstance(array, np.ndarray):
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
    if input._array.ndim == 0:
        vector, places = reshape(input, 1), reshape(index, -1)
        return reshape(gather(vector, dim, places), index._array.shape)
    return ops.getitem(input, _along(index, _at(input, dim)))


def scatter(input, dim, index, src):
    """A copy in which y[index[i, j], j] = src[i, j] for dim 0, and likewise along others."""
    where = _along(index, _at(input, dim)) if input._array.ndim else ()
    if isinstance(src, Tensor):
        src = src[tuple(slice(n) for n in index._array.shape)]
    return ops.assigned(input, src, where)


def scatter_add(input, dim, index, src):
    """As ``scatter``, but added, as often as a place is named."""
    values = src[tuple(slice(n) for n in index._array.shape)]
    where = _along(index, _at(input, dim)) if input._array.ndim else ()
    return input + ops.put(values, input._array.shape, where)


def _along(index, dim):
    places = list(np.indices(index._array.shape, sparse=True))
    places[dim] = index._array
    return tuple(places)


def index_select(input, dim, index):
    """The places ``index`` along ``dim``."""
    if input._array.ndim == 0:
        return reshape(index_select(reshape(input, 1), dim, index), ())
    places = np.atleast_1d(index._array)
    return ops.getitem(input, (*_before(input, dim), places))


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
    if input._array.ndim != 1:
        raise RuntimeError(f"diag(): Supports 1D or 2D tensors. Got {input._array.ndim}D")
    n = len(input._array)
    k = np.arange(n)
    where = k - min(diagonal, 0), k + max(diagonal, 0)
    return ops.put(input, (n + abs(diagonal),) * 2, where)


def meshgrid(*tensors, indexing="ij"):
    """Grids of coordinates, one for each of the vectors."""
    tensors = _sizes(tensors)
    if any(x._array.ndim > 1 for x in tensors) or len({x._array.dtype for x in tensors}) > 1:
        raise RuntimeError("meshgrid expects vectors of one dtype")
    if indexing == "xy":
        tensors = (tensors[1], tensors[0], *tensors[2:])
    sizes = tuple(x._array.size for x in tensors)
    ones = [(1,) * k + (n,) + (1,) * (len(sizes) - k - 1) for k, n in enumerate(sizes)]
    grids = [expand(reshape(x, one), *sizes) for x, one in zip(tensors, ones, strict=True)]
    if indexing == "xy":
        grids = [transpose(g, 0, 1) for g in (grids[1], grids[0], *grids[2:])]
    return tuple(grids)
