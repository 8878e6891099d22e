"""Scores as shares of one, eˣ / Σ eˣ, and their logarithms."""

import functools

import numpy as np

from pellucid.autograd import op
from pellucid.nn.functional._arguments import of_floats

__all__ = ["log_softmax", "log_softmax_along", "softmax", "softmax_along", "softmin"]


def _dim(input, dim):
    """The dimension of the classes; where none is said, PyTorch's choice."""
    return dim if dim is not None else 0 if input.ndim in (0, 1, 3) else 1


@op
def softmax_along(x, dim: int):
    e = np.exp(x - np.max(x, dim, keepdims=True))
    y = e / np.sum(e, dim, keepdims=True)
    return y, lambda dy: y * (dy - np.sum(dy * y, dim, keepdims=True))


@op
def log_softmax_along(x, dim: int):
    shifted = x - np.max(x, dim, keepdims=True)
    y = shifted - np.log(np.sum(np.exp(shifted), dim, keepdims=True))
    return y, lambda dy: dy - np.exp(y) * np.sum(dy, dim, keepdims=True)


def as_dtype_of(function):
    """Give a function of a tensor and ``dim`` the argument ``dtype``, which comes first."""

    @functools.wraps(function)
    def converted(input, dim=None, dtype=None):
        return function(input if dtype is None else input.to(dtype), dim)

    return converted


@as_dtype_of
@of_floats
def softmax(input, dim=None):
    """y = eˣ / Σ eˣ along ``dim``; x̄ = y (ȳ - Σ ȳ y)."""
    return softmax_along(input, _dim(input, dim)) if input.numel() else input.clone()


@as_dtype_of
@of_floats
def log_softmax(input, dim=None):
    """y = x - log Σ eˣ along ``dim``; x̄ = ȳ - eʸ Σ ȳ."""
    return log_softmax_along(input, _dim(input, dim)) if input.numel() else input.clone()


def softmin(input, dim=None, dtype=None):
    """softmax(-x)."""
    return softmax(-input, dim, dtype)
