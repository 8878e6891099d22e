"""Activations, each one line under its equation, the derivative beside it."""

import functools
import math

import numpy as np
import scipy.special

from pellucid.autograd import op
from pellucid.autograd.methods import change

__all__ = [
    "affine",
    "celu",
    "elu",
    "exponential",
    "gelu",
    "glu",
    "hardshrink",
    "hardsigmoid",
    "hardswish",
    "hardtanh",
    "leaky_relu",
    "log_softmax",
    "logsigmoid",
    "mish",
    "prelu",
    "relu",
    "relu6",
    "selu",
    "sigmoid",
    "silu",
    "softmax",
    "softmin",
    "softplus",
    "softshrink",
    "softsign",
    "tanh",
    "tanhshrink",
    "threshold",
]

ALPHA, SCALE = 1.6732632423543772, 1.0507009873554805  # of selu: mean 0, variance 1 stay so
sigmoid_of = scipy.special.expit


def _step(x, inside):
    """One where ``inside``, zero elsewhere, in the type of x."""
    return np.astype(inside, x.dtype)


def or_in_place(function):
    """Give a function of tensors a last argument ``inplace``: whether x becomes y."""

    @functools.wraps(function)
    def either(input, *args, inplace=False, **options):
        if inplace:
            return change(input, function, *args, **options)
        return function(input, *args, **options)

    return either


@or_in_place
@op
def relu(input):
    """y = max(0, x)."""
    y = np.maximum(input, 0)
    return y, lambda dy: dy * _step(y, np.greater(y, 0))


@or_in_place
@op
def leaky_relu(input, negative_slope=0.01):
    """y = x for x > 0, else slope x."""
    slope = np.where(np.greater(input, 0), 1, negative_slope)
    slope = np.astype(slope, input.dtype)
    return input * slope, lambda dy: dy * slope


@op
def prelu(input, weight):
    """y = x for x > 0, else w x, with one w, or one for each place along the second dimension."""
    shape = (-1,) + (1,) * (input.ndim - 2) if input.ndim > 1 else (-1,)
    w = np.reshape(weight, shape)
    below = np.minimum(input, 0)

    def vjp(dy):
        over = tuple(a for a in range(dy.ndim) if weight.shape[0] == 1 or a != min(1, dy.ndim - 1))
        return (
            lambda: dy * np.where(np.greater(input, 0), np.ones_like(input), w),
            lambda: np.reshape(np.sum(dy * below, over), weight.shape),
        )

    return np.maximum(input, 0) + w * below, vjp


@or_in_place
@op
def elu(input, alpha=1.0):
    """y = x for x > 0, else α (eˣ - 1)."""
    below = alpha * np.expm1(np.minimum(input, 0))
    above = _step(input, np.greater(input, 0))
    return np.maximum(input, 0) + below, lambda dy: dy * (above + (1 - above) * (below + alpha))


@or_in_place
@op
def celu(input, alpha=1.0):
    """y = x for x > 0, else α (e^(x/α) - 1)."""
    below = np.expm1(np.minimum(input, 0) / alpha)
    above = _step(input, np.greater(input, 0))
    return np.maximum(input, 0) + alpha * below, lambda dy: dy * (above + (1 - above) * (below + 1))


@or_in_place
def selu(input):
    """y = 1.0507 elu(x, 1.6733) (Klambauer et al., 2017)."""
    return elu(input, ALPHA) * SCALE


@op
def sigmoid(input):
    """y = 1 / (1 + e⁻ˣ)."""
    y = sigmoid_of(input)
    return y, lambda dy: dy * y * (1 - y)


@op
def tanh(input):
    """y = tanh x."""
    y = np.tanh(input)
    return y, lambda dy: dy * (1 - y * y)


@op
def logsigmoid(input):
    """y = -log(1 + e⁻ˣ)."""
    y = np.minimum(input, 0) - np.log1p(np.exp(-np.abs(input)))
    return y, lambda dy: dy * sigmoid_of(-input)


@op
def softplus(input, beta=1.0, threshold=20.0):
    """y = log(1 + e^βx) / β; x itself where βx > threshold."""
    scaled = beta * input
    linear = np.greater(scaled, threshold)
    soft = (np.maximum(scaled, 0) + np.log1p(np.exp(-np.abs(scaled)))) / beta

    def vjp(dy):
        return dy * np.where(linear, np.ones_like(input), sigmoid_of(scaled))

    return np.where(linear, input, soft), vjp


@or_in_place
@op
def silu(input):
    """y = x σ(x)."""
    s = sigmoid_of(input)
    return input * s, lambda dy: dy * s * (1 + input * (1 - s))


@or_in_place
@op
def mish(input):
    """y = x tanh log(1 + eˣ)."""
    t = np.tanh(np.maximum(input, 0) + np.log1p(np.exp(-np.abs(input))))
    return input * t, lambda dy: dy * (t + input * (1 - t * t) * sigmoid_of(input))


@op
def gelu(input, approximate="none"):
    """y = x Φ(x), Φ the normal distribution function; or its approximation by tanh."""
    if approximate not in ("none", "tanh"):
        raise RuntimeError(f"approximate argument must be either none or tanh, not {approximate!r}")
    if approximate == "tanh":
        c = math.sqrt(2 / math.pi)
        t = np.tanh(c * (input + 0.044715 * input * input * input))
        slope = c * (1 + 3 * 0.044715 * input * input)
        cdf, density = 0.5 * (1 + t), 0.5 * (1 - t * t) * slope
    else:
        cdf = 0.5 * (1 + scipy.special.erf(input * math.sqrt(0.5)))
        density = np.exp(-0.5 * input * input) * (1 / math.sqrt(2 * math.pi))
    return input * cdf, lambda dy: dy * (cdf + input * density)


@or_in_place
@op
def hardtanh(input, min_val=-1.0, max_val=1.0):
    """y = min(max(x, low), high)."""
    inside = np.logical_and(np.greater(input, min_val), np.less(input, max_val))
    return np.clip(input, min_val, max_val), lambda dy: dy * _step(dy, inside)


@or_in_place
def relu6(input):
    """y = min(max(x, 0), 6)."""
    return hardtanh(input, 0.0, 6.0)


@or_in_place
def hardsigmoid(input):
    """y = min(max(x + 3, 0), 6) / 6."""
    return hardtanh(input + 3.0, 0.0, 6.0) / 6.0


@or_in_place
@op
def hardswish(input):
    """y = x min(max(x + 3, 0), 6) / 6."""
    gate = np.clip(input + 3, 0, 6) / 6
    rising = np.logical_and(np.greater(input, -3), np.less(input, 3))
    return input * gate, lambda dy: dy * (gate + input * _step(input, rising) / 6)


@op
def hardshrink(input, lambd=0.5):
    """y = x where |x| > λ, else 0."""
    kept = _step(input, np.greater(np.abs(input), lambd))
    return input * kept, lambda dy: dy * kept


@op
def softshrink(input, lambd=0.5):
    """y = x ∓ λ where ±x > λ, else 0."""
    kept = _step(input, np.greater(np.abs(input), lambd))
    return (input - lambd * np.sign(input)) * kept, lambda dy: dy * kept


def tanhshrink(input):
    """y = x - tanh x."""
    return input - tanh(input)


@op
def softsign(input):
    """y = x / (1 + |x|)."""
    size = 1 + np.abs(input)
    return input / size, lambda dy: dy / (size * size)


@or_in_place
@op
def threshold(input, threshold: float, value: float):
    """y = x where x > threshold, else the value."""
    kept = np.greater(input, threshold)
    return np.where(kept, input, value * np.ones_like(input)), lambda dy: dy * _step(dy, kept)


def glu(input, dim=-1):
    """y = a σ(b), a and b the two halves of x along ``dim``."""
    if input.shape[dim] % 2:
        raise RuntimeError(f"glu: halving dimension {dim} of size {input.shape[dim]} leaves a rest")
    a, b = input.chunk(2, dim)
    return a * sigmoid(b)


def exponential(input):
    """y = eˣ."""
    return input.exp()


def affine(input, slope=1.0, intercept=0.0):
    """y = slope x + intercept."""
    return input * slope + intercept


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


def softmax(input, dim=None, dtype=None):
    """y = eˣ / Σ eˣ along ``dim``; x̄ = y (ȳ - Σ ȳ y)."""
    return softmax_along(input if dtype is None else input.to(dtype), _dim(input, dim))


def log_softmax(input, dim=None, dtype=None):
    """y = x - log Σ eˣ along ``dim``; x̄ = ȳ - eʸ Σ ȳ."""
    return log_softmax_along(input if dtype is None else input.to(dtype), _dim(input, dim))


def softmin(input, dim=None, dtype=None):
    """softmax(-x)."""
    return softmax(-input, dim, dtype)
