"""Functions that programs use now and then, each a line or two of others, by PyTorch's names."""

import itertools
import math

import numpy as np

from pellucid.autograd.described import Size
from pellucid.autograd.dtypes import as_dtype, can_hold, promoted
from pellucid.autograd.functions._kinds import (
    alike,
    as_tensor,
    dimension,
    floating,
    named_results,
    over,
)
from pellucid.autograd.functions.arranged import atleast_2d
from pellucid.autograd.functions.picking import along_dim
from pellucid.autograd.functions.pointwise import UNARIES, masked_fill, where
from pellucid.autograd.functions.reducing import PAIRS, amax, amin, gather, median, sort
from pellucid.autograd.functions.shaping import cat, expand, stack
from pellucid.autograd.rules import sum_to
from pellucid.autograd.tensor import Tensor

Extremes = named_results("aminmax", "min", "max")


def aminmax(input, *, dim=None, keepdim=False):
    """(smallest, largest)."""
    return Extremes(amin(input, dim, keepdim), amax(input, dim, keepdim))


def _running(input, dim, better):
    """(best of the first 1, 2, ... numbers along ``dim``, where it was last met)."""
    if not input.ndim:
        return tuple(x.reshape(()) for x in _running(input.reshape(1), dim, better))
    dim = dimension(input, dim)
    x = np.moveaxis(input._array, dim, 0)
    places, best = (np.zeros_like(x, np.int64, shape=s) for s in (x.shape, x.shape[1:]))
    for k in range(len(x)):
        now = np.take_along_axis(x, best[None], 0)[0]
        best = np.where(better(x[k], now) | np.isnan(x[k]), k, best)
        places[k] = best
    places = Tensor._of(np.copy(np.moveaxis(places, 0, dim), "C"))
    return gather(input, dim, places), places


def cummax(input, dim):
    """(largest of the first 1, 2, ... numbers along ``dim``, its last place)."""
    return PAIRS["cummax"](*_running(input, dim, np.greater_equal))


def cummin(input, dim):
    """(smallest of the first 1, 2, ... numbers along ``dim``, its last place)."""
    return PAIRS["cummin"](*_running(input, dim, np.less_equal))


def logcumsumexp(input, dim):
    """log Σ exp of the first 1, 2, ... numbers along ``dim``, without overflow."""
    if not input.ndim:
        return input.clone()
    n = input.shape[dim]
    rows = [input.narrow(dim, 0, k + 1).logsumexp(dim) for k in range(n)]
    return stack(rows, dim) if n else input.clone()


def kthvalue(input, k, dim=-1, keepdim=False):
    """(k-th smallest along ``dim``, its place)."""
    input, dim, keepdim = over(input, dim, keepdim)
    values, places = sort(input, dim)
    if not 1 <= k <= input.shape[dim]:
        raise RuntimeError(f"selected number k={k} out of range for dimension {dim}")
    pair = values.narrow(dim, k - 1, 1), places.narrow(dim, k - 1, 1)
    return PAIRS["kthvalue"](*(pair if keepdim else (x.squeeze(dim) for x in pair)))


def msort(input):
    """In order along the first dimension."""
    return sort(input, 0)[0]


def nanmedian(input, dim=None, keepdim=False):
    """The middle number of those that are numbers, the lower of two; (values, indices) by dim."""
    if dim is None:
        kept = input[input.isnan().logical_not()]
        return median(kept) if kept.numel() else median(input)
    input, dim, keepdim = over(input, dim, keepdim)
    numbers = input.isnan().logical_not().sum(dim, True)
    values, places = sort(input, dim)  # NaN is sorted last
    middle = ((numbers - 1) // 2).clamp(min=0)
    pair = gather(values, dim, middle), gather(places, dim, middle)
    return PAIRS["nanmedian"](*(pair if keepdim else (x.squeeze(dim) for x in pair)))


def hypot(input, other):
    """√(x² + y²)."""
    return UNARIES["sqrt"](input * input + other * other)


def xlogy(input, other):
    """x log y, and 0 where x is 0."""
    x, y = alike(*map(as_tensor, (input, other)))
    zero = (x == 0) & (y <= 0)
    return masked_fill(x * UNARIES["log"](floating(masked_fill(y, zero, 1))), zero, 0)


def sinc(input):
    """sin(πx) / πx, and 1 at 0."""
    zero, x = input == 0, floating(input) * math.pi
    return masked_fill(UNARIES["sin"](x) / masked_fill(x, zero, 1), zero, 1)


def deg2rad(input):
    """π x / 180."""
    return floating(input) * (math.pi / 180)


def rad2deg(input):
    """180 x / π."""
    return floating(input) * (180 / math.pi)


def heaviside(input, values):
    """0 below zero, 1 above, and ``values`` at it."""
    return where(input == 0, values, (input > 0).to(input.dtype))


def float_power(input, exponent):
    """xʸ in float64, of complex numbers in complex128."""
    x, y = (
        z.to(promote_types(z.dtype, "float64")) if isinstance(z, Tensor) else z
        for z in (input, exponent)
    )
    return x**y


def fmax(input, other):
    """The larger of both, or the one that is a number."""
    return where(input.isnan(), other, where(other.isnan(), input, input.maximum(other)))


def fmin(input, other):
    """The smaller of both, or the one that is a number."""
    return where(input.isnan(), other, where(other.isnan(), input, input.minimum(other)))


def copysign(input, other):
    """|x| with the sign of y."""
    x, y = alike(input, other)
    sign = y.signbit() if isinstance(y, Tensor) else math.copysign(1, y) < 0
    size = UNARIES["abs"](floating(x))
    return where(sign, -size, size) if isinstance(sign, Tensor) else (-size if sign else size)


def vdot(input, other):
    """Σ x̄ y of two vectors."""
    return input.conj().dot(other)


def block_diag(*tensors):
    """A matrix with these along its diagonal, zeros elsewhere."""
    blocks = [atleast_2d(t) for t in tensors or (Tensor(),)]
    columns, rows, before = sum(b.shape[1] for b in blocks), [], 0
    for b in blocks:
        after = columns - before - b.shape[1]
        parts = [b.new_zeros(len(b), before), b, b.new_zeros(len(b), after)]
        rows.append(cat(parts, 1))
        before += b.shape[1]
    return cat(rows, 0)


def combinations(input, r=2, with_replacement=False):
    """All choices of r numbers of a vector, a row each."""
    choose = itertools.combinations_with_replacement if with_replacement else itertools.combinations
    if r == 0:
        return input[:0]
    places = np.array(list(choose(range(len(input)), r)), np.int64).reshape(-1, r)
    return input[Tensor._of(places)]


def unique_consecutive(input, return_inverse=False, return_counts=False, dim=None):
    """The numbers, or the slices along ``dim``, without those that equal the one before.

    Also which each is, and how often it is there.
    """
    x = np.ravel(input._array) if dim is None else np.moveaxis(input._array, dim, 0)
    new = np.ones_like(x, np.bool_, shape=len(x))
    new[1:] = (x[1:] != x[:-1]).any(tuple(range(1, x.ndim)))
    found = [x[new] if dim is None else np.moveaxis(x[new], 0, dim)]
    if return_inverse:
        places = np.cumsum(new) - 1
        found.append(places.reshape(input._array.shape) if dim is None else places)
    if return_counts:
        found.append(np.diff(np.flatnonzero(np.append(new, True))))
    out = tuple(map(Tensor._of, found))
    return out if len(out) > 1 else out[0]


def masked_scatter(input, mask, source):
    """The numbers of ``source``, in their order, where the mask holds."""
    if not isinstance(mask, Tensor) or mask._array.dtype != np.bool_:
        raise RuntimeError("masked_scatter_ only supports boolean masks")
    shape = np.broadcast_shapes(input.shape, mask.shape)
    mask = np.broadcast_to(mask._array, shape)
    wanted = int(np.count_nonzero(mask))
    if wanted > source.numel():
        raise RuntimeError(f"masked_scatter: {wanted} places and {source.numel()} numbers")
    return index_put(input.broadcast_to(shape), np.nonzero(mask), source.reshape(-1)[:wanted])


def index_put(input, indices, values, accumulate=False):
    """``values`` at the places ``indices``, added there if ``accumulate``."""
    index = tuple(Tensor._of(i) if isinstance(i, np.ndarray) else i for i in indices)
    if accumulate and input._array.dtype.kind == "b":
        return index_put(input.long(), indices, values.long(), True).bool()
    if accumulate:
        flat = Tensor._of(np.arange(input.numel(), like=input._array).reshape(input.shape))[index]
        added = values.broadcast_to(flat.shape).reshape(-1)
        return input.reshape(-1).index_add(0, flat.reshape(-1), added).reshape(input.shape)
    out = input.clone()
    out[index] = values
    return out


def scatter_reduce(input, dim, index, src, reduce, *, include_self=True):
    """Each number of ``src`` joined, at its index along ``dim``, by sum, mean, prod, amax, amin."""
    if reduce not in ("sum", "mean", "prod", "amax", "amin"):
        raise RuntimeError(f"reduce is sum, mean, prod, amax or amin, not {reduce!r}")
    if reduce in ("sum", "mean"):
        start = input if include_self else input.scatter(dim, index, 0)
        total = start.scatter_add(dim, index, src)
        if reduce == "sum":
            return total
        kept = Tensor._of(np.full_like(input._array, include_self))
        counts = kept.scatter_add(dim, index, Tensor._of(np.ones_like(src._array)))
        rounding = None if total.is_floating_point() else "floor"
        return total.div(counts.clamp(min=1), rounding_mode=rounding)
    where_, shape = along_dim("scatter_reduce", input, dim, index), index._array.shape
    taken, out = src[tuple(map(slice, shape))], np.copy(input._array)
    if not include_self:
        out[where_] = taken._array  # the first of them: one of each, to begin with
    if reduce == "prod":
        if input.requires_grad or src.requires_grad:
            raise NotImplementedError("scatter_reduce by prod has no gradient here")
        if not include_self:
            out[where_] = 1
        np.multiply.at(out, where_, taken._array)
        return Tensor._of(out)
    (np.maximum if reduce == "amax" else np.minimum).at(out, where_, taken._array)
    out = Tensor._of(out)
    if not (input.requires_grad or src.requires_grad):
        return out
    own = input == out if include_self else (input == out).scatter(dim, index, False)
    best = taken == out[where_]  # equal ones share the gradient
    shares = own.to(input.dtype).scatter_add(dim, index, best.to(src.dtype))
    kept = masked_fill(input, own.logical_not(), 0)
    summed = kept.scatter_add(dim, index, masked_fill(taken, best.logical_not(), 0))
    return where(shares == 0, out, summed / shares)


def is_nonzero(input) -> bool:
    """Whether the one number is not zero."""
    return bool(input)


def promote_types(type1, type2):
    """The type in which numbers of both are computed with."""
    return as_dtype(promoted(*(np.zeros(1, as_dtype(t).dtype) for t in (type1, type2))))


def can_cast(from_, to) -> bool:
    """Whether numbers of one type may be written where the other is."""
    return can_hold(as_dtype(to).dtype, as_dtype(from_).dtype)


def broadcast_shapes(*shapes):
    """The shape that these are broadcast to."""
    try:
        return Size(np.broadcast_shapes(*(s if isinstance(s, int) else tuple(s) for s in shapes)))
    except (ValueError, TypeError) as error:
        raise RuntimeError(str(error)) from None


def broadcast_tensors(*tensors):
    """Views of one shape."""
    shape = broadcast_shapes(*(x.shape for x in tensors))
    return tuple(expand(x, *shape) for x in tensors)


def sum_to_size(input, *size):
    """The sum over the dimensions along which a tensor of this size would be broadcast."""
    size = tuple(size[0]) if isinstance(size[0], tuple | list) else size
    if broadcast_shapes(size, input.shape) != tuple(input.shape):
        raise RuntimeError(f"size {list(size)} is not expandable to size {list(input.shape)}")
    if input._array.dtype.kind in "biu" and size != tuple(input.shape):
        input = input.long()
    return sum_to(input, size)
