"""Sums and what is made of them, along NumPy's axes; their gradients are broadcast back."""

import math

import numpy as np

from pellucid.autograd.rules import primitive
from pellucid.autograd.tape import op

__all__ = ["amax", "amin", "cumprod", "cumsum", "logsumexp", "mean", "prod", "sum_", "var"]

Axis = int | tuple[int, ...] | None


def _spread(dy, axis, keepdims):
    """The gradient of a reduction, in a shape that broadcasts against what was reduced."""
    if keepdims or axis is None:
        return dy
    return np.expand_dims(dy, axis)


def _count(shape, axis):
    if axis is None:
        return math.prod(shape)
    return math.prod(shape[a] for a in (axis if isinstance(axis, tuple) else (axis,)))


@primitive(np.sum)
def sum_(x, axis: Axis = None, keepdims=False):
    """y = Σ x over the axes; x̄ = ȳ."""
    shape = x.shape

    def vjp(dy):
        return np.broadcast_to(_spread(dy, axis, keepdims), shape)

    return np.sum(x, axis, keepdims=keepdims), vjp


@primitive(np.mean)
def mean(x, axis: Axis = None, keepdims=False):
    """y = Σ x / n; x̄ = ȳ / n."""
    shape, n = x.shape, _count(x.shape, axis)

    def vjp(dy):
        return np.broadcast_to(_spread(dy, axis, keepdims) / n, shape)

    return np.mean(x, axis, keepdims=keepdims), vjp


@primitive(np.var)
def var(x, axis: Axis = None, ddof=0, keepdims=False):
    """y = Σ (x - mean x)² / (n - ddof); x̄ = 2 (x - mean x) ȳ / (n - ddof)."""
    centred = x - np.mean(x, axis, keepdims=True)
    freedom = max(0, _count(x.shape, axis) - ddof)

    def vjp(dy):
        return 2 * centred * _spread(dy, axis, keepdims) / freedom

    return np.sum(centred * centred, axis, keepdims=keepdims) / freedom, vjp


@op
def std(x, axis: Axis = None, ddof=0, keepdims=False):
    """y = √var x; x̄ = (x - mean x) ȳ / (y (n - ddof)), and 0 where all are equal."""
    centred = x - np.mean(x, axis, keepdims=True)
    freedom = max(0, _count(x.shape, axis) - ddof)
    y = np.sqrt(np.sum(centred * centred, axis, keepdims=True) / freedom)

    def vjp(dy):
        return centred * (
            _spread(dy, axis, keepdims) / np.where(y == 0, np.ones_like(y), y) / freedom
        )

    return y if keepdims else np.squeeze(y, axis), vjp


@primitive(np.prod)
def prod(x, axis: Axis = None, keepdims=False):
    """y = Π x; the gradient by xᵢ is ȳ times the product of all others, zeros or not."""

    def vjp(dy):
        whole = np.reshape(x, (-1,)) if axis is None else np.moveaxis(x, axis, -1)
        before = np.cumprod(_shifted(whole, 1), -1)
        after = np.flip(np.cumprod(np.flip(_shifted(whole, -1), -1), -1), -1)
        others = before * after
        others = np.reshape(others, x.shape) if axis is None else np.moveaxis(others, -1, axis)
        return _spread(dy, axis, keepdims) * others

    return np.prod(x, axis, keepdims=keepdims), vjp


def _shifted(x, by):
    """x moved along its last axis by one, and a one where nothing comes from."""
    one = np.ones_like(x[..., :1])
    return np.concatenate([one, x[..., :-1]] if by > 0 else [x[..., 1:], one], -1)


def _extreme(function, name):
    @primitive(function)
    def body(x, axis: Axis = None, keepdims=False):
        """The extreme over the axes; equal ones share its gradient."""
        y = function(x, axis, keepdims=True)

        def vjp(dy):
            best = np.astype(np.equal(x, y), x.dtype)
            return _spread(dy, axis, keepdims) * (best / np.sum(best, axis, keepdims=True))

        out = y if keepdims else np.reshape(y, ()) if axis is None else np.squeeze(y, axis)
        return out, vjp

    body.__name__ = name
    return body


amax, amin = _extreme(np.max, "amax"), _extreme(np.min, "amin")


@op
def logsumexp(x, axis: Axis = None, keepdims=False):
    """y = log Σ exp x, the largest taken out first; x̄ = ȳ exp(x - y)."""
    largest = np.max if math.prod(x.shape) else np.sum
    top = largest(np.real(x), axis, keepdims=True)
    top = np.where(np.isfinite(top), top, np.zeros_like(top))
    y = np.log(np.sum(np.exp(x - top), axis, keepdims=True)) + top

    def vjp(dy):
        return _spread(dy, axis, keepdims) * np.exp(x - y)

    out = y if keepdims else np.reshape(y, ()) if axis is None else np.squeeze(y, axis)
    return out, vjp


@primitive(np.cumsum)
def cumsum(x, axis: int):
    """yᵢ = Σ_{j<=i} xⱼ; the gradient is summed from the other end."""
    return np.cumsum(x, axis), lambda dy: np.flip(np.cumsum(np.flip(dy, axis), axis), axis)


@primitive(np.cumprod)
def cumprod(x, axis: int):
    """yᵢ = Π_{j<=i} xⱼ; x̄ⱼ = (Π_{k<j} xₖ) rⱼ with rⱼ = ȳⱼ + xⱼ₊₁ rⱼ₊₁: nothing is divided."""

    def vjp(dy):
        if not x.shape[axis]:
            return dy
        dy, along = np.moveaxis(dy, axis, -1), np.moveaxis(x, axis, -1)
        rest = [dy[..., -1]]
        for j in range(x.shape[axis] - 2, -1, -1):
            rest.append(dy[..., j] + along[..., j + 1] * rest[-1])
        before = np.cumprod(_shifted(along, 1), -1)
        return np.moveaxis(before * np.stack(rest[::-1], -1), -1, axis)

    return np.cumprod(x, axis), vjp
