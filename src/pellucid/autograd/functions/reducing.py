"""Sums, means, extremes, orders along a dimension, by PyTorch's names."""

from collections import namedtuple

import numpy as np

from pellucid.autograd import reductions as ops
from pellucid.autograd.functions._kinds import Dim, axis_of, floating
from pellucid.autograd.functions.pointwise import BINARIES, UNARIES
from pellucid.autograd.functions.shaping import gather
from pellucid.autograd.tensor import Tensor


def _cast(input, dtype):
    """As ``dtype``; small whole numbers and booleans add up in int64 where none is said."""
    if dtype is None and input._array.dtype.kind in "biu":
        dtype = np.int64
    return input if dtype is None else input.to(dtype)


def sum(input, dim: Dim = None, keepdim=False, *, dtype=None):
    """The sum over all numbers, or along ``dim``."""
    return ops.sum_(_cast(input, dtype), axis_of(dim), keepdim)


def mean(input, dim: Dim = None, keepdim=False, *, dtype=None):
    """The mean of all numbers, or along ``dim``."""
    input = input if dtype is None else input.to(dtype)
    if input._array.dtype.kind not in "fc":
        raise RuntimeError(
            "mean(): could not infer output dtype. Input dtype must be either a floating point or "
            f"complex dtype. Got: {input.dtype}"
        )
    return ops.mean(input, axis_of(dim), keepdim)


def prod(input, dim: int | None = None, keepdim=False, *, dtype=None):
    """The product of all numbers, or along ``dim``."""
    return ops.prod(_cast(input, dtype), dim, keepdim)


def _freedom(unbiased, correction):
    return int(unbiased) if correction is None else correction


def var(input, dim: Dim = None, unbiased=True, keepdim=False, *, correction=None):
    """Σ (x - mean)² / (n - correction)."""
    return ops.var(floating(input), axis_of(dim), _freedom(unbiased, correction), keepdim)


def std(input, dim: Dim = None, unbiased=True, keepdim=False, *, correction=None):
    """The square root of ``var``."""
    return ops.std(floating(input), axis_of(dim), _freedom(unbiased, correction), keepdim)


def var_mean(input, dim: Dim = None, unbiased=True, keepdim=False, *, correction=None):
    """(variance, mean)."""
    spread = var(input, dim, unbiased, keepdim, correction=correction)
    return spread, mean(input, dim, keepdim)


def std_mean(input, dim: Dim = None, unbiased=True, keepdim=False, *, correction=None):
    """(standard deviation, mean)."""
    spread = std(input, dim, unbiased, keepdim, correction=correction)
    return spread, mean(input, dim, keepdim)


def _pair(name):
    return namedtuple(name, ["values", "indices"])


def _chosen(name, choose, extreme):
    """The extreme of all numbers, or (values, indices) along a dimension, or of two tensors."""
    pair = _pair(name)

    def function(input, dim=None, keepdim=False, *, other=None):
        other = dim if isinstance(dim, Tensor) else other
        if other is not None:
            return BINARIES[f"{name}imum"](input, other)
        if dim is None:
            return extreme(input)
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
    return ops.amax(input, axis_of(dim), keepdim)


def amin(input, dim: Dim = None, keepdim=False):
    """The smallest; equal ones share its gradient."""
    return ops.amin(input, axis_of(dim), keepdim)


def argmax(input, dim: int | None = None, keepdim=False):
    """The place of the largest; of all numbers, in the flattened tensor."""
    return Tensor._of(np.argmax(input._array, dim, keepdims=keepdim))


def argmin(input, dim: int | None = None, keepdim=False):
    """The place of the smallest; of all numbers, in the flattened tensor."""
    return Tensor._of(np.argmin(input._array, dim, keepdims=keepdim))


def logsumexp(input, dim: Dim, keepdim=False):
    """log Σ exp x along ``dim``, without overflow."""
    return ops.logsumexp(floating(input), axis_of(dim), keepdim)


def cumsum(input, dim: int, *, dtype=None):
    """The sums of the first 1, 2, ... numbers along ``dim``."""
    return ops.cumsum(_cast(input, dtype), dim)


def cumprod(input, dim: int, *, dtype=None):
    """The products of the first 1, 2, ... numbers along ``dim``."""
    return ops.cumprod(_cast(input, dtype), dim)


def all(input, dim: Dim = None, keepdim=False):
    """Whether all are true."""
    return Tensor._of(np.all(input._array, axis_of(dim), keepdims=keepdim))


def any(input, dim: Dim = None, keepdim=False):
    """Whether one is true."""
    return Tensor._of(np.any(input._array, axis_of(dim), keepdims=keepdim))


def argsort(input, dim=-1, descending=False, stable=False):
    """The places of the numbers in their order along ``dim``; equal ones in the order they have."""
    array = np.flip(input._array, dim) if descending else input._array
    order = np.argsort(array, dim, kind="stable")
    if descending:  # backward twice keeps equal ones in their order
        order = np.flip(input._array.shape[dim] - 1 - order, dim)
    return Tensor._of(order)


def sort(input, dim=-1, descending=False, stable=False):
    """(values, indices) in their order along ``dim``."""
    indices = argsort(input, dim, descending)
    return _pair("sort")(gather(input, dim, indices), indices)


def topk(input, k, dim=-1, largest=True, sorted=True):
    """(values, indices) of the k largest along ``dim``, the largest first."""
    indices = argsort(input, dim, largest).narrow(dim, 0, k)
    return _pair("topk")(gather(input, dim, indices), indices)


def median(input, dim=None, keepdim=False):
    """The middle number, the lower of two; (values, indices) along ``dim``."""
    flat = input.reshape(-1) if dim is None else input
    axis = 0 if dim is None else dim
    order = argsort(flat, axis)
    place = order.narrow(axis, (order.shape[axis] - 1) // 2, 1)
    values = gather(flat, axis, place)
    if dim is None:
        return values.squeeze(0)
    if not keepdim:
        values, place = values.squeeze(dim), place.squeeze(dim)
    return _pair("median")(values, place)


def unique(input, sorted=True, return_inverse=False, return_counts=False, dim=None):
    """The different numbers, in order; also where each came to stand, and how often there is it."""
    found = np.unique(
        input._array,
        return_inverse=return_inverse,
        return_counts=return_counts,
        axis=dim,
    )
    return tuple(map(Tensor._of, found)) if isinstance(found, tuple) else Tensor._of(found)


def norm(input, p=2, dim: Dim = None, keepdim=False):
    """(Σ |x|ᵖ)^(1/p); the largest |x| for p = inf."""
    size = UNARIES["abs"](input)
    if p == float("inf"):
        return ops.amax(size, axis_of(dim), keepdim)
    if p == 2 or p == "fro":
        return UNARIES["sqrt"](sum(input * input, dim, keepdim))
    return sum(size, dim, keepdim) if p == 1 else sum(size**p, dim, keepdim) ** (1 / p)
