"""Functions that programs use now and then, each a line or two of others, by PyTorch's names."""

import itertools
import math
from collections import namedtuple

import numpy as np

from pellucid.autograd.dtypes import as_dtype, can_hold, promoted
from pellucid.autograd.functions._kinds import Dim, alike, dimension, floating
from pellucid.autograd.functions.arranged import atleast_2d
from pellucid.autograd.functions.pointwise import UNARIES, masked_fill, where
from pellucid.autograd.functions.reducing import PAIRS, amax, amin, gather, median, sort
from pellucid.autograd.functions.shaping import cat, stack
from pellucid.autograd.tensor import Tensor


class Extremes(namedtuple("aminmax", ["min", "max"])):
    """The smallest and the largest."""

    def __repr__(self):
        return f"torch.return_types.aminmax(\nmin={self.min},\nmax={self.max})"


def aminmax(input, *, dim=None, keepdim=False):
    """(smallest, largest)."""
    return Extremes(amin(input, dim, keepdim), amax(input, dim, keepdim))


def _running(input, dim, better):
    """(best of the first 1, 2, ... numbers along ``dim``, where it was last met)."""
    dim = dimension(input, dim)
    x = np.moveaxis(input._array, dim, 0)
    places, best = np.zeros(x.shape, np.int64), np.zeros(x.shape[1:], np.int64)
    for k in range(len(x)):
        now = np.take_along_axis(x, best[None], 0)[0]
        best = np.where(better(x[k], now) | np.isnan(x[k]), k, best)
        places[k] = best
    places = Tensor._of(np.ascontiguousarray(np.moveaxis(places, 0, dim)))
    return gather(input, dim, places), places


def cummax(input, dim):
    """(largest of the first 1, 2, ... numbers along ``dim``, its last place)."""
    return PAIRS["cummax"](*_running(input, dim, np.greater_equal))


def cummin(input, dim):
    """(smallest of the first 1, 2, ... numbers along ``dim``, its last place)."""
    return PAIRS["cummin"](*_running(input, dim, np.less_equal))


def logcumsumexp(input, dim):
    """log Σ exp of the first 1, 2, ... numbers along ``dim``, without overflow."""
    peak = cummax(input.detach(), dim)[0]
    n = input.shape[dim]
    rows = [input.narrow(dim, 0, k + 1).logsumexp(dim) for k in range(n)]
    return stack(rows, dim) if n else peak


def kthvalue(input, k, dim=-1, keepdim=False):
    """(k-th smallest along ``dim``, its place)."""
    values, places = sort(input, dim)
    if not 1 <= k <= input.shape[dim]:
        raise RuntimeError(f"selected number k={k} out of range for dimension {dim}")
    pair = values.narrow(dim, k - 1, 1), places.narrow(dim, k - 1, 1)
    return PAIRS["kthvalue"](*(pair if keepdim else (x.squeeze(dim) for x in pair)))


def msort(input):
    """In order along the first dimension."""
    return sort(input, 0)[0]


def nanmedian(input):
    """The middle number of those that are numbers, the lower of two."""
    kept = input[input.isnan().logical_not()]
    return median(kept) if kept.numel() else median(input)


def hypot(input, other):
    """√(x² + y²)."""
    return UNARIES["sqrt"](input * input + other * other)


def xlogy(input, other):
    """x log y, and 0 where x is 0."""
    x, y = alike(input, other)
    zero = (x == 0) & (y <= 0)
    return masked_fill(x * UNARIES["log"](floating(masked_fill(y, zero, 1))), zero, 0)


def erfc(input):
    """1 - erf(x)."""
    return 1 - UNARIES["erf"](input)


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
    """xʸ in float64."""
    x, y = (z.double() if isinstance(z, Tensor) else z for z in (input, exponent))
    return x**y


def fmax(input, other):
    """The larger of both, or the one that is a number."""
    return where(input.isnan(), other, where(other.isnan(), input, input.maximum(other)))


def fmin(input, other):
    """The smaller of both, or the one that is a number."""
    return where(input.isnan(), other, where(other.isnan(), input, input.minimum(other)))


def copysign(input, other):
    """|x| with the sign of y."""
    sign = other.signbit() if isinstance(other, Tensor) else math.copysign(1, other) < 0
    size = UNARIES["abs"](floating(input))
    return where(sign, -size, size) if isinstance(sign, Tensor) else (-size if sign else size)


def vdot(input, other):
    """Σ x̄ y of two vectors."""
    return input.dot(other)


def trapezoid(y, x=None, *, dx=1, dim=-1):
    """The area under a line through the points."""
    n = y.shape[dim]
    wide = dx if x is None else x.diff(dim=-1)
    return ((y.narrow(dim, 1, n - 1) + y.narrow(dim, 0, n - 1)) * wide).sum(dim) / 2


def block_diag(*tensors):
    """A matrix with these along its diagonal, zeros elsewhere."""
    blocks = [atleast_2d(t) for t in tensors]
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
    places = np.array(list(choose(range(len(input)), r)), np.int64).reshape(-1, r)
    return input[Tensor._of(places)]


def unique_consecutive(input, return_inverse=False, return_counts=False):
    """The numbers without those that equal the one before; also which each is, and how often."""
    x = np.ravel(input._array)
    new = np.ones(x.size, np.bool_)
    new[1:] = x[1:] != x[:-1]
    found = [x[new]]
    if return_inverse:
        found.append((np.cumsum(new) - 1).reshape(input._array.shape))
    if return_counts:
        found.append(np.diff(np.flatnonzero(np.append(new, True))))
    out = tuple(map(Tensor._of, found))
    return out if len(out) > 1 else out[0]


def histc(input, bins=100, min=0, max=0):
    """How many numbers are in each of ``bins`` equal parts of [min, max]."""
    x = np.ravel(input._array)
    if min == max == 0 and x.size:
        min, max = float(x.min()), float(x.max())
    counts, _ = np.histogram(x, bins, (min, max))
    return Tensor._of(counts.astype(input._array.dtype))


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
    if accumulate:
        flat = Tensor._of(np.arange(input.numel()).reshape(input.shape))[index]
        added = values.broadcast_to(flat.shape).reshape(-1)
        return input.reshape(-1).index_add(0, flat.reshape(-1), added).reshape(input.shape)
    out = input.clone()
    out[index] = values
    return out


def scatter_reduce(input, dim, index, src, reduce, *, include_self=True):
    """Each number of ``src`` joined, at its index along ``dim``, by sum, mean, amax or amin."""
    if reduce not in ("sum", "mean", "amax", "amin"):
        raise RuntimeError(f"reduce is sum, mean, amax or amin, not {reduce!r}")
    if reduce in ("sum", "mean"):
        start = input if include_self else input.scatter(dim, index, 0.0)
        total = start.scatter_add(dim, index, src)
        if reduce == "sum":
            return total
        ones = np.full_like(input._array, include_self)
        counts = Tensor._of(ones).scatter_add(dim, index, Tensor._of(np.ones_like(src._array)))
        return total / counts.clamp(min=1)
    if input.requires_grad or src.requires_grad:
        raise NotImplementedError("scatter_reduce by amax or amin has no gradient here: use amax()")
    join = np.maximum if reduce == "amax" else np.minimum
    out = np.array(input._array)
    if not include_self:
        np.put_along_axis(out, index._array, -np.inf if reduce == "amax" else np.inf, dim)
    places = list(np.indices(index._array.shape))
    places[dim] = index._array
    taken = src._array[tuple(slice(n) for n in index._array.shape)]
    join.at(out, tuple(places), taken)
    return Tensor._of(out)


def is_complex(input) -> bool:
    """Whether its numbers are complex."""
    return input._array.dtype.kind == "c"


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
    from pellucid.autograd.described import Size

    return Size(np.broadcast_shapes(*(tuple(s) if not isinstance(s, int) else s for s in shapes)))


def sum_to_size(input, *size: Dim):
    """The sum over the dimensions along which a tensor of this size would be broadcast."""
    from pellucid.autograd.rules import sum_to

    return sum_to(input, tuple(size[0]) if isinstance(size[0], tuple | list) else size)
