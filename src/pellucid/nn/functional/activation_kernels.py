"""The compiled bodies of the activations whose exp, erf and masks are slow in NumPy and SciPy.

What a gradient needs is computed again from x: that takes less time than writing it to memory.

M. Abramowitz, I. Stegun, *Handbook of Mathematical Functions* (1964), 7.1.26: Φ to 1e-7.
"""

import math

import numpy as np

from pellucid.nn.functional._blocks import each_block, is_single, memory
from pellucid.nn.functional._exponential import HALF, ONE, ZERO, exp, together
from pellucid.nn.functional._exponential import sigmoid as logistic
from pellucid.nn.functional.activations import gelu, relu, sigmoid, silu


def _single(*numbers):
    return tuple(np.float32(number) for number in numbers)


P1, P2, P3, P4, P5 = _single(
    0.254829592, -0.284496736, 1.421413741, -1.453152027, 1.061405429
)  # fmt: skip
REACH, DENSITY = _single(0.3275911 * math.sqrt(0.5), 1 / math.sqrt(2 * math.pi))
STEEP, CUBIC, THREE = _single(2 * math.sqrt(2 / math.pi), 0.044715, 3)


def _computed(input, forward, backward, by_output=False):
    """y = forward(x), and x̄ = backward(x, ȳ), or of (y, ȳ)."""
    y = np.empty_like(input)
    each_block(forward, memory(input, y), memory(y, y))
    kept = y if by_output else input

    def vjp(dy):
        dx = np.empty_like(y)
        each_block(backward, memory(kept, y), memory(dy, y), memory(dx, dx))  # its own: no copy
        return dx

    return y, vjp


@together
def _relu(x, y):
    for i in range(len(x)):
        y[i] = ZERO if x[i] <= ZERO else x[i]  # NaN stays


@together
def _relu_back(y, dy, dx):
    for i in range(len(y)):
        slope = dy[i]  # read in any case: a loop that reads some is not made of vectors
        dx[i] = slope if y[i] > ZERO else ZERO


@together
def _sigmoid(x, y):
    for i in range(len(x)):
        y[i] = logistic(x[i])


@together
def _sigmoid_back(y, dy, dx):
    for i in range(len(y)):
        dx[i] = dy[i] * y[i] * (ONE - y[i])


@together
def _silu(x, y):
    for i in range(len(x)):
        y[i] = x[i] * logistic(x[i])


@together
def _silu_back(x, dy, dx):
    for i in range(len(x)):
        s = logistic(x[i])
        dx[i] = dy[i] * s * (ONE + x[i] * (ONE - s))


@together
def _beyond(x, bell):
    """1 - Φ(|x|), of bell = exp(-x²/2)."""
    t = ONE / (ONE + REACH * abs(x))
    return HALF * bell * t * ((((P5 * t + P4) * t + P3) * t + P2) * t + P1)


@together
def _gelu(x, y):
    for i in range(len(x)):
        tail = _beyond(x[i], exp(-HALF * x[i] * x[i]))
        y[i] = x[i] * (ONE - tail if x[i] > ZERO else tail)


@together
def _gelu_back(x, dy, dx):
    for i in range(len(x)):
        bell = exp(-HALF * x[i] * x[i])
        tail = _beyond(x[i], bell)
        dx[i] = dy[i] * ((ONE - tail if x[i] > ZERO else tail) + x[i] * DENSITY * bell)


@together
def _gelu_tanh(x, y):
    for i in range(len(x)):  # (1 + tanh u) / 2 = σ(2u)
        y[i] = x[i] * logistic(STEEP * (x[i] + CUBIC * x[i] * x[i] * x[i]))


@together
def _gelu_tanh_back(x, dy, dx):
    for i in range(len(x)):
        square = CUBIC * x[i] * x[i]
        s = logistic(STEEP * x[i] * (ONE + square))
        dx[i] = dy[i] * s * (ONE + x[i] * (ONE - s) * STEEP * (ONE + THREE * square))


@relu.kernel
def _(input):
    return _computed(input, _relu, _relu_back, True) if is_single(input) else relu.body(input)


@sigmoid.kernel
def _(input):
    if not is_single(input):
        return sigmoid.body(input)
    return _computed(input, _sigmoid, _sigmoid_back, True)


@silu.kernel
def _(input):
    return _computed(input, _silu, _silu_back) if is_single(input) else silu.body(input)


@gelu.kernel
def _(input, approximate="none"):
    if not is_single(input) or approximate not in ("none", "tanh"):
        return gelu.body(input, approximate)
    if approximate == "tanh":
        return _computed(input, _gelu_tanh, _gelu_tanh_back)
    return _computed(input, _gelu, _gelu_back)
