"""Sums, means, extremes, orders along a dimension, by PyTorch's names."""

import math

import numpy as np

from pellucid.autograd import reductions as ops
from pellucid.autograd.functions._kinds import Dim, along, dimension, floating, named_results, over
from pellucid.autograd.functions.picking import gather, masked_select
from pellucid.autograd.functions.pointwise import BINARIES, UNARIES, masked_fill, where
from pellucid.autograd.tensor import Tensor


def _cast(input, dtype):
    """As ``dtype``; small whole numbers and booleans add up in int64 where none is said."""
    if dtype is None and input._array.dtype.kind in "biu":
        dtype = np.int64
    return input if dtype is None else input.to(dtype)


def sum(input, dim: Dim = None, keepdim=False, *, dtype=None):
    """The sum over all numbers, or along ``dim``."""
    input = _cast(input, dtype)
    return ops.sum_(*over(input, dim, keepdim)).to(input.dtype)  # NumPy widens small integers


def mean(input, dim: Dim = None, keepdim=False, *, dtype=None):
    """The mean of all numbers, or along ``dim``."""
    input = input if dtype is None else input.to(dtype)
    if input._array.dtype.kind not in "fc":
        raise RuntimeError(
            "mean(): could not infer output dtype. Input dtype must be either a floating point or "
            f"complex dtype. Got: {input.dtype}"
        )
    return ops.mean(*over(input, dim, keepdim))


def prod(input, dim: int | None = None, keepdim=False, *, dtype=None):
    """The product of all numbers, or along ``dim``."""
    input = _cast(input, dtype)
    return ops.prod(*over(input, dim, keepdim)).to(input.dtype)


def _spread(input, dim, keepdim):
    if input._array.dtype.kind not in "fc":
        raise RuntimeError(
            f"std and var only support floating point and complex dtypes, not {input.dtype}"
        )
    return over(input, dim, keepdim)


def _spread_of(name, doc):
    """A measure of spread: ``x.var(0)``; or ``x.var(False)``, which says whether it is unbiased."""
    op = getattr(ops, name)

    def function(input, dim: Dim | bool = None, unbiased=True, keepdim=False, *, correction=None):
        dim, unbiased = (None, dim) if isinstance(dim, bool) else (dim, unbiased)
        freedom = int(unbiased) if correction is None else correction
        if input._array.dtype.kind == "c":  # Σ |z - mean|²: of both parts
            both = [
                var(z, dim, correction=freedom, keepdim=keepdim) for z in (input.real, input.imag)
            ]
            return UNARIES["sqrt"](both[0] + both[1]) if name == "std" else both[0] + both[1]
        input, axis, keepdim = _spread(input, dim, keepdim)
        return op(input, axis, freedom, keepdim)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = doc
    return function


var = _spread_of("var", "Σ (x - mean)² / (n - correction).")
std = _spread_of("std", "The square root of ``var``.")


def var_mean(input, dim: Dim | bool = None, unbiased=True, keepdim=False, *, correction=None):
    """(variance, mean)."""
    spread = var(input, dim, unbiased, keepdim, correction=correction)
    return spread, mean(input, None if isinstance(dim, bool) else dim, keepdim)


def std_mean(input, dim: Dim | bool = None, unbiased=True, keepdim=False, *, correction=None):
    """(standard deviation, mean)."""
    spread = std(input, dim, unbiased, keepdim, correction=correction)
    return spread, mean(input, None if isinstance(dim, bool) else dim, keepdim)


NAMED = (
    "max",
    "min",
    "sort",
    "topk",
    "median",
    "cummax",
    "cummin",
    "kthvalue",
    "nanmedian",
    "mode",
)
PAIRS = {name: named_results(name, "values", "indices") for name in NAMED}


def _chosen(name, choose, extreme):
    """The extreme of all numbers, or (values, indices) along a dimension, or of two tensors."""
    pair = PAIRS[name]

    def function(input, dim=None, keepdim=False, *, other=None):
        other = dim if isinstance(dim, Tensor) else other
        if other is not None:
            return BINARIES[f"{name}imum"](input, other)
        if dim is None:
            return extreme(input)
        input, dim, keepdim = over(input, dim, keepdim)
        indices = Tensor._of(np.expand_dims(choose(input._array, dim), dim))
        values = gather(input, dim, indices)
        if not keepdim:
            values, indices = values.squeeze(dim), indices.squeeze(dim)
        return pair(values, indices)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"The {name} of all numbers; (values, indices) along ``dim``; of two."
    return function


max = _chosen("max", np.argmax, ops.amax)
min = _chosen("min", np.argmin, ops.amin)


def amax(input, dim: Dim = None, keepdim=False):
    """The largest; equal ones share its gradient."""
    return ops.amax(*_of_some("amax", *over(input, dim, keepdim)))


def amin(input, dim: Dim = None, keepdim=False):
    """The smallest; equal ones share its gradient."""
    return ops.amin(*_of_some("amin", *over(input, dim, keepdim)))


def _of_some(name, input, axis, keepdim):
    """These, if there is something to choose from along each of the axes."""
    for d in () if axis is None else (axis if isinstance(axis, tuple) else (axis,)):
        if not input._array.shape[dimension(input, d)]:
            raise IndexError(f"{name}(): Expected reduction dim {d} to have non-zero size.")
    return input, axis, keepdim


def argmax(input, dim: int | None = None, keepdim=False):
    """The place of the largest; of all numbers, in the flattened tensor."""
    x, axis, keepdim = over(input, dim, keepdim)
    return Tensor._of(np.argmax(x._array, axis, keepdims=keepdim))


def argmin(input, dim: int | None = None, keepdim=False):
    """The place of the smallest; of all numbers, in the flattened tensor."""
    x, axis, keepdim = over(input, dim, keepdim)
    return Tensor._of(np.argmin(x._array, axis, keepdims=keepdim))


def logsumexp(input, dim: Dim, keepdim=False):
    """log Σ exp x along ``dim``, without overflow."""
    return ops.logsumexp(*over(floating(input), dim, keepdim))


def cumsum(input, dim: int, *, dtype=None):
    """The sums of the first 1, 2, ... numbers along ``dim``."""
    input = _cast(input, dtype)
    return along(ops.cumsum, input, dim).to(input.dtype)


def cumprod(input, dim: int, *, dtype=None):
    """The products of the first 1, 2, ... numbers along ``dim``."""
    input = _cast(input, dtype)
    return along(ops.cumprod, input, dim).to(input.dtype)


def _truth(function, x, axis, keepdim):
    out = function(x._array, axis, keepdims=keepdim)
    return Tensor._of(out.astype(np.uint8) if x._array.dtype == np.uint8 else out)


def all(input, dim: Dim = None, keepdim=False):
    """Whether all are true."""
    return _truth(np.all, *over(input, dim, keepdim))


def any(input, dim: Dim = None, keepdim=False):
    """Whether one is true."""
    return _truth(np.any, *over(input, dim, keepdim))


def argsort(input, dim=-1, descending=False, stable=False):
    """The places of the numbers in their order along ``dim``; equal ones in the order they have."""
    return along(lambda x, axis: _order(x, axis, descending), input, dim)


def _order(x, axis, descending):
    array = np.flip(x._array, axis) if descending else x._array
    order = np.argsort(array, axis, kind="stable")
    if descending:  # backward twice keeps equal ones in their order
        order = np.flip(x._array.shape[axis] - 1 - order, axis)
    return Tensor._of(order)


def sort(input, dim=-1, descending=False, stable=False):
    """(values, indices) in their order along ``dim``."""
    indices = argsort(input, dim, descending)
    return PAIRS["sort"](gather(input, dim, indices), indices)


def topk(input, k, dim=-1, largest=True, sorted=True):
    """(values, indices) of the k largest along ``dim``, the largest first."""
    n = input._array.shape[dim] if input._array.ndim else 1
    if not 0 <= k <= n:
        raise RuntimeError(f"selected index k out of range: {k} of {n} along dimension {dim}")
    indices = argsort(input, dim, largest)
    indices = indices.narrow(dim, 0, k) if input._array.ndim else indices
    return PAIRS["topk"](gather(input, dim, indices), indices)


def median(input, dim=None, keepdim=False):
    """The middle number, the lower of two; (values, indices) along ``dim``; NaN if there is one."""
    if dim is None:
        return _median_of_all(input)
    input, axis, keepdim = over(input, dim, keepdim)
    n = input._array.shape[axis]
    if n == 0:
        raise IndexError(f"median(): Expected reduction dim {dim} to have non-zero size.")
    order = _order(input, axis, False)
    middle = order.narrow(axis, (n - 1) // 2, 1)
    unknown = input.isnan().any(axis, True)
    place = where(unknown, order.narrow(axis, n - 1, 1), middle)  # NaN is sorted last
    values = gather(input, axis, place)
    if not keepdim:
        values, place = values.squeeze(axis), place.squeeze(axis)
    return PAIRS["median"](values, place)


def _median_of_all(input):
    if input._array.size == 0:
        return Tensor._of(np.full_like(input._array, np.nan, shape=()))
    values, _ = median(input.reshape(-1), 0)
    equal = (input == values) | (input.isnan() & values.isnan())
    return amax(masked_select(input, equal))  # equal ones share the gradient


def unique(input, sorted=True, return_inverse=False, return_counts=False, dim=None):
    """The different numbers, in order; also where each came to stand, and how often there is it."""
    found = np.unique(
        input._array,
        return_inverse=return_inverse,
        return_counts=return_counts,
        axis=dim,
        equal_nan=False,
    )
    return tuple(map(Tensor._of, found)) if isinstance(found, tuple) else Tensor._of(found)


def norm(input, p=2, dim: Dim = None, keepdim=False, *, dtype=None):
    """(Σ |x|ᵖ)^(1/p), computed in ``dtype``; the largest |x| for p = inf."""
    input = input if dtype is None else input.to(dtype)
    if p == "nuc":
        raise NotImplementedError("norm(x, 'nuc') is linalg.matrix_norm(x, 'nuc') here")
    if input._array.dtype.kind not in "fc":
        raise RuntimeError(f"norm expects a floating point or complex tensor, not {input.dtype}")
    size = UNARIES["abs"](input)
    if p in (math.inf, -math.inf):
        return (amax if p > 0 else amin)(size, dim, keepdim)
    if p == 0:
        return sum((input != 0).to(size.dtype), dim, keepdim)
    if p == 1:
        return sum(size, dim, keepdim)
    total = sum(size * size if p in (2, "fro") else size**p, dim, keepdim)
    none = (total == 0).detach()  # there the root has no slope, and the norm's is taken as zero
    root = masked_fill(total, none, 1) ** (0.5 if p == "fro" else 1 / p)
    return masked_fill(root, none, 0)
