"""Functions that few programs use, a line or two of others each, by PyTorch's names."""

import math

import numpy as np

from pellucid.autograd import shapes as ops
from pellucid.autograd.elementwise import zeta
from pellucid.autograd.functions._kinds import alike, dimension, floating
from pellucid.autograd.functions.arranged import tensor_split
from pellucid.autograd.functions.combined import logaddexp
from pellucid.autograd.functions.linear import PRODUCTS, weighted
from pellucid.autograd.functions.picking import narrow
from pellucid.autograd.functions.pointwise import sub, where
from pellucid.autograd.functions.reducing import cumsum, norm, sum
from pellucid.autograd.functions.seldom import index_put, scatter_reduce
from pellucid.autograd.functions.shaping import cat, stack
from pellucid.autograd.tensor import Tensor


def _whole(name, function):
    def of_whole(input, other):
        x, y = alike(input, other)
        if x._array.dtype.kind not in "iu":
            raise NotImplementedError(f"{name} is of whole numbers, not of {x.dtype}")
        return Tensor._of(function(x._array, y._array))

    of_whole.__name__ = of_whole.__qualname__ = name
    return of_whole


gcd = _whole("gcd", np.gcd)
gcd.__doc__ = "The greatest number that divides both."
lcm = _whole("lcm", np.lcm)
lcm.__doc__ = "The least number that both divide."


def isposinf(input):
    """Where a number is +∞."""
    return input == math.inf


def isneginf(input):
    """Where a number is -∞."""
    return input == -math.inf


def nextafter(input, other):
    """The next number that the type has, on the way from x to y."""
    x, y = alike(input, other)
    return Tensor._of(np.nextafter(x._array, y._array))


def ldexp(input, other):
    """x 2ʸ."""
    return input * 2.0**other


def rsub(input, other, *, alpha=1):
    """other - α input."""
    return sub(other, input, alpha=alpha)


def logaddexp2(input, other):
    """log₂(2ˣ + 2ʸ), without overflow."""
    x, y = alike(input, other)
    return logaddexp(x * math.log(2), y * math.log(2)) / math.log(2)


def addbmm(input, batch1, batch2, *, beta=1, alpha=1):
    """β input + α Σ batch1 batch2, over the matrices."""
    total = sum(PRODUCTS["bmm"](batch1, batch2), 0, dtype=batch1.dtype)
    return weighted(input, total, beta, alpha)


def renorm(input, p, dim, maxnorm):
    """Each slice along ``dim`` whose p-norm is more than ``maxnorm``, shrunk to it."""
    others = [d for d in range(input.ndim) if d != dimension(input, dim)]
    size = norm(input, p, others, True)
    return input * where(size > maxnorm, maxnorm / (size + 1e-7), size * 0 + 1)


def hsplit(input, indices_or_sections):
    """Parts along the second dimension; of a vector, along its own."""
    return _split("hsplit", input, indices_or_sections, 0 if input.ndim == 1 else 1, 1)


def vsplit(input, indices_or_sections):
    """Parts along the first dimension."""
    return _split("vsplit", input, indices_or_sections, 0, 2)


def dsplit(input, indices_or_sections):
    """Parts along the third dimension."""
    return _split("dsplit", input, indices_or_sections, 2, 3)


def _split(name, input, where, dim, least):
    if input.ndim < least:
        raise RuntimeError(
            f"torch.{name} requires a tensor with at least {least} dimension, but got a tensor "
            f"with {input.ndim} dimensions!"
        )
    if isinstance(where, int) and (where <= 0 or input.shape[dim] % where):
        raise RuntimeError(
            f"torch.{name} attempted to split along dimension {dim}, but the size of the dimension "
            f"{input.shape[dim]} is not divisible by the split_size {where}!"
        )
    return tensor_split(input, where, dim)


def select_scatter(input, src, dim, index):
    """A copy with ``src`` at one place along ``dim``."""
    return _with(input, src, (*(slice(None),) * dimension(input, dim), index))


def slice_scatter(input, src, dim=0, start=None, end=None, step=1):
    """A copy with ``src`` at a slice of places along ``dim``."""
    return _with(input, src, (*(slice(None),) * dimension(input, dim), slice(start, end, step)))


def diagonal_scatter(input, src, offset=0, dim1=0, dim2=1):
    """A copy with ``src`` on a diagonal."""
    places = np.arange(input.numel()).reshape(input._array.shape)
    index = np.unravel_index(np.diagonal(places, offset, dim1, dim2), places.shape)
    return _with(input, src, index)


def _with(input, src, index):
    shape = input._array[index].shape
    if tuple(src.shape) != shape:
        raise RuntimeError(
            f"expected src to have a size equal to the slice of self: {shape}, not "
            f"{tuple(src.shape)}"
        )
    return ops.assigned(input, src, index)


def as_strided(input, size, stride, storage_offset=0):
    """A view of the numbers as they lie in memory: y[i, j] = x[offset + i stride₀ + j stride₁].

    Raises
    ------
    RuntimeError
        For steps backward, places beyond the last number, or an input that is not in C order.
    """
    size, stride = tuple(size), tuple(stride)
    if len(size) != len(stride) or any(step < 0 for step in stride):
        raise RuntimeError(f"as_strided: no steps {stride} for sizes {size}")
    if not input.is_contiguous():
        raise RuntimeError("as_strided is of tensors in C order here: take contiguous()")
    return ops.strided(ops.reshape(input, (-1,)), size, stride, storage_offset)


def put(input, index, source, accumulate=False):
    """A copy with ``source`` at places of the flattened tensor, added there if ``accumulate``."""
    if index.numel() != source.numel():
        raise IndexError(f"put: {source.numel()} numbers for {index.numel()} places")
    flat = index_put(input.reshape(-1), (index.reshape(-1),), source.reshape(-1), accumulate)
    return flat.reshape(input.shape)


def index_reduce(input, dim, index, source, reduce, *, include_self=True):
    """Slices of ``source`` joined to those at the places ``index``: by prod, mean, amax or amin."""
    if reduce not in ("prod", "mean", "amax", "amin"):
        raise RuntimeError(f"index_reduce is by prod, mean, amax or amin, not {reduce!r}")
    along = [-1 if d == dimension(input, dim) else 1 for d in range(input.ndim)]
    index = index.long().reshape(along).expand(source.shape)
    return scatter_reduce(input, dim, index, source, reduce, include_self=include_self)


def gradient(input, *, spacing=1, dim=None, edge_order=1):
    """The slopes along each of ``dim`` of the parabola through a point and its neighbours.

    ``spacing`` is a distance, one a dimension, or the coordinates of the points along each; at the
    ends the slope is that of a line, or for ``edge_order`` 2 of the parabola there.
    """
    dims = range(input.ndim) if dim is None else [dim] if isinstance(dim, int) else dim
    given = spacing if isinstance(spacing, list | tuple) else [spacing] * len(dims)
    return tuple(_slope(input, d, s, edge_order) for d, s in zip(dims, given, strict=True))


def _slope(x, dim, spacing, edge_order):
    n, dim = x.shape[dim], dimension(x, dim)
    if edge_order not in (1, 2) or n <= edge_order:
        raise RuntimeError(f"gradient: edge_order {edge_order} for {n} points")
    points = spacing if isinstance(spacing, Tensor) else floating(x).new_ones(n).cumsum(0) * spacing
    steps = points.diff().reshape([-1 if d == dim else 1 for d in range(x.ndim)])
    rises = x.diff(dim=dim) / steps
    (s0, s1), (h0, h1) = (
        (narrow(y, dim, 0, n - 2), narrow(y, dim, 1, n - 2)) for y in (rises, steps)
    )
    ends = narrow(rises, dim, 0, 1), narrow(rises, dim, n - 2, 1)
    if edge_order == 2:
        bends = (s1 - s0) / (h0 + h1)
        first, last = narrow(h0 * bends, dim, 0, 1), narrow(h1 * bends, dim, n - 3, 1)
        ends = ends[0] - first, ends[1] + last
    return cat([ends[0], (h1 * s0 + h0 * s1) / (h0 + h1), ends[1]], dim)


def trapezoid(y, x=None, *, dx=1, dim=-1):
    """The area under a line through the points."""
    n = y.shape[dim]
    heights = narrow(y, dim, 1, n - 1) + narrow(y, dim, 0, n - 1)
    return (heights * _widths(y, x, dx, dim)).sum(dim) / 2


def _widths(y, x, dx, dim):
    """The steps between the points x along ``dim`` of y, or all dx."""
    if x is None:
        return dx
    if x.ndim == y.ndim:
        return x.diff(dim=dim)
    return x.diff().reshape(*x.shape[:-1], -1, *(1,) * (y.ndim - 1 - dim % y.ndim))


def cumulative_trapezoid(y, x=None, *, dx=1, dim=-1):
    """The areas under a line through the first 2, 3, ... points."""
    n = y.shape[dim]
    heights = narrow(y, dim, 1, n - 1) + narrow(y, dim, 0, n - 1)
    return cumsum(heights * _widths(y, x, dx, dim), dim) / 2


def unravel_index(indices, shape):
    """The places in a tensor of this shape whose numbers in the flattened one are these."""
    shape = (shape,) if isinstance(shape, int) else tuple(shape)
    return tuple(Tensor._of(np.asarray(i)) for i in np.unravel_index(indices._array, shape))


def polygamma(n, input):
    """The n-th derivative of digamma: (-1)ⁿ⁺¹ n! ζ(n + 1, x)."""
    if n < 0:
        raise RuntimeError("polygamma(n, x) does not support negative n.")
    if n == 0:
        return input.digamma()
    return zeta(n + 1, floating(input)) * ((-1) ** (n + 1) * math.factorial(n))


def vander(x, N=None, increasing=False):
    """The powers of each number of a vector, the highest first unless ``increasing``."""
    n = len(x) if N is None else N
    powers = range(n) if increasing else range(n - 1, -1, -1)
    return stack([x**k for k in powers], 1)
