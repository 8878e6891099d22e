"""Activations, each one line under its equation, the derivative beside it."""

import math

import numpy as np
import scipy.special

from pellucid.autograd import op
from pellucid.autograd.devices import anywhere
from pellucid.nn.functional._arguments import in_floats, of_floats, or_in_place

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
    "logsigmoid",
    "mish",
    "prelu",
    "relu",
    "relu6",
    "selu",
    "sigmoid",
    "silu",
    "softplus",
    "softshrink",
    "softsign",
    "tanh",
    "tanhshrink",
    "threshold",
]

ALPHA, SCALE = 1.6732632423543772, 1.0507009873554805  # of selu: mean 0, variance 1 stay so


def _of_halves_too(function):
    """A function of scipy.special, where halves become float64, with halves of halves."""
    wide = anywhere(function)

    def typed(x):
        return np.astype(wide(x), x.dtype) if np.dtype(x.dtype) == np.float16 else wide(x)

    return typed


sigmoid_of, erf_of = _of_halves_too(scipy.special.expit), _of_halves_too(scipy.special.erf)


def _step(x, inside):
    """One where ``inside``, zero elsewhere, in the type of x."""
    return np.astype(inside, x.dtype)


@or_in_place
@op
def relu(input):
    """y = max(0, x)."""
    y = np.maximum(input, 0)
    return y, lambda dy: dy * _step(y, np.greater(y, 0))


@or_in_place
@of_floats
@op
def leaky_relu(input, negative_slope=0.01):
    """y = x for x > 0, else slope x."""
    slope = np.where(np.greater(input, 0), 1, negative_slope)
    slope = np.astype(slope, input.dtype)
    return input * slope, lambda dy: dy * slope


@of_floats
@op
def prelu(input, weight):
    """y = x for x > 0, else w x, with one w, or one for each place along the second dimension."""
    one, channels = math.prod(weight.shape) == 1, input.shape[1] if input.ndim > 1 else 1
    if not one and weight.shape != (channels,):
        raise RuntimeError(
            "Mismatch of parameter numbers and input channel size. Found parameter numbers = "
            f"{list(weight.shape)} and channel size = {channels}."
        )
    w = np.reshape(weight, () if one else (-1,) + (1,) * (input.ndim - 2))
    below = np.minimum(input, 0)

    def vjp(dy):
        over = tuple(a for a in range(dy.ndim) if one or a != 1)
        return (
            lambda: dy * np.where(np.greater(input, 0), np.ones_like(input), w),
            lambda: np.reshape(np.sum(dy * below, over), weight.shape),
        )

    return np.maximum(input, 0) + w * below, vjp


@or_in_place
@of_floats
@op
def elu(input, alpha=1.0):
    """y = x for x > 0, else α (eˣ - 1)."""
    below = alpha * np.expm1(np.minimum(input, 0))
    above = _step(input, np.greater(input, 0))
    return np.maximum(input, 0) + below, lambda dy: dy * (above + (1 - above) * (below + alpha))


@or_in_place
@of_floats
@op
def celu(input, alpha=1.0):
    """y = x for x > 0, else α (e^(x/α) - 1)."""
    below = np.expm1(np.minimum(input, 0) / alpha)
    above = _step(input, np.greater(input, 0))
    return np.maximum(input, 0) + alpha * below, lambda dy: dy * (above + (1 - above) * (below + 1))


@or_in_place
@of_floats
def selu(input):
    """y = 1.0507 elu(x, 1.6733) (Klambauer et al., 2017)."""
    return elu(input, ALPHA) * SCALE


@in_floats
@op
def sigmoid(input):
    """y = 1 / (1 + e⁻ˣ)."""
    y = np.astype(sigmoid_of(input), input.dtype)  # SciPy gives float64 of float16
    return y, lambda dy: dy * y * (1 - y)


@in_floats
@op
def tanh(input):
    """y = tanh x."""
    y = np.tanh(input)
    return y, lambda dy: dy * (1 - y * y)


@of_floats
@op
def logsigmoid(input):
    """y = -log(1 + e⁻ˣ)."""
    y = np.minimum(input, 0) - np.log1p(np.exp(-np.abs(input)))
    return y, lambda dy: dy * sigmoid_of(-input)


@of_floats
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
@of_floats
@op
def silu(input):
    """y = x σ(x)."""
    s = sigmoid_of(input)
    return input * s, lambda dy: dy * s * (1 + input * (1 - s))


@or_in_place
@of_floats
@op
def mish(input):
    """y = x tanh log(1 + eˣ)."""
    t = np.tanh(np.maximum(input, 0) + np.log1p(np.exp(-np.abs(input))))
    return input * t, lambda dy: dy * (t + input * (1 - t * t) * sigmoid_of(input))


@of_floats
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
        cdf = 0.5 * (1 + erf_of(input * math.sqrt(0.5)))
        density = np.exp(-0.5 * input * input) * (1 / math.sqrt(2 * math.pi))
    return input * cdf, lambda dy: dy * (cdf + input * density)


@or_in_place
@op
def hardtanh(input, min_val=-1.0, max_val=1.0):
    """y = min(max(x, low), high)."""
    if min_val > max_val:
        raise ValueError("min_val cannot be greater than max_val")
    inside = np.logical_and(np.greater(input, min_val), np.less(input, max_val))
    low, high = (np.dtype(input.dtype).type(limit) for limit in (min_val, max_val))
    return np.clip(input, low, high), lambda dy: dy * _step(dy, inside)


@or_in_place
def relu6(input):
    """y = min(max(x, 0), 6)."""
    return hardtanh(input, 0.0, 6.0)


@or_in_place
@of_floats
def hardsigmoid(input):
    """y = min(max(x + 3, 0), 6) / 6."""
    return hardtanh(input + 3.0, 0.0, 6.0) / 6.0


@or_in_place
@of_floats
@op
def hardswish(input):
    """y = x min(max(x + 3, 0), 6) / 6."""
    gate = np.clip(input + 3, 0, 6) / 6
    rising = np.logical_and(np.greater(input, -3), np.less(input, 3))
    return input * gate, lambda dy: dy * (gate + input * _step(input, rising) / 6)


@of_floats
@op
def hardshrink(input, lambd=0.5):
    """y = x where |x| > λ, else 0."""
    kept = _step(input, np.greater(np.abs(input), lambd))
    return input * kept, lambda dy: dy * kept


@of_floats
@op
def softshrink(input, lambd=0.5):
    """y = x ∓ λ where ±x > λ, else 0."""
    if lambd < 0:
        raise RuntimeError(f"lambda must be in range [0, inf), but found {lambd}")
    kept = _step(input, np.greater(np.abs(input), lambd))
    return (input - lambd * np.sign(input)) * kept, lambda dy: dy * kept


@in_floats
def tanhshrink(input):
    """y = x - tanh x."""
    return input - tanh(input)


@in_floats
@op
def softsign(input):
    """y = x / (1 + |x|)."""
    size = 1 + np.abs(input)
    return input / size, lambda dy: dy / (size * size)


@or_in_place
@op
def threshold(input, threshold: float, value: float):
    """The value where x ≤ threshold, else y = x."""
    kept = ~np.less_equal(input, threshold)
    return np.where(kept, input, value * np.ones_like(input)), lambda dy: dy * _step(dy, kept)


@of_floats
def glu(input, dim=-1):
    """y = a σ(b), a and b the two halves of x along ``dim``."""
    if not input.ndim or input.shape[dim] % 2:
        raise RuntimeError(
            f"Halving dimension must be even, but dimension {dim} of {list(input.shape)} is not"
        )
    a, b = input.chunk(2, dim)
    return a * sigmoid(b)


def exponential(input):
    """y = eˣ."""
    return input.exp()


def affine(input, slope=1.0, intercept=0.0):
    """y = slope x + intercept."""
    return input * slope + intercept
