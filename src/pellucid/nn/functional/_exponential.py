"""exp, σ and tanh in single precision, which a loop over numbers computes sixteen at a time.

    exp x = 2ᵏ exp r,   k = round(x / log 2),   r = x - k log 2,   exp r by a polynomial

Calls of the system's ``exp`` are made one number after the other; these are a few products and
sums, which the compiler lays side by side.  The error is at most two units in the last place.

S. L. Moshier, *Methods and Programs for Mathematical Functions* (1989): the polynomials.
"""

import numpy as np

from pellucid._compile import kernel

__all__ = ["exp", "sigmoid", "sigmoids", "tanh", "tanhs"]


def _single(*numbers):
    return tuple(np.float32(number) for number in numbers)  # a double would make doubles of all


ZERO, HALF, ONE, TWO, INFINITY = _single(0, 0.5, 1, 2, np.inf)
LOWEST, HIGHEST = _single(-87.3, 88.3)  # below is 0, above ∞: the exponents end here
PER_LOG_2, LOG_2, LOG_2_REST = _single(1.4426950408889634, 0.693359375, -2.12194440e-4)
E2, E3, E4, E5, E6, E7 = _single(
    5.0000001201e-1,
    1.6666665459e-1,
    4.1665795894e-2,
    8.3334519073e-3,
    1.3981999507e-3,
    1.98756915e-4,
)
T3, T5, T7, T9, T11 = _single(
    -3.33332819422e-1, 1.33314422036e-1, -5.37397155531e-2, 2.06390887954e-2, -5.70498872745e-3
)
NEAR_ZERO = np.float32(0.625)
BIAS, MANTISSA = np.int32(127), np.int32(23)  # 2ᵏ has the bits (k + 127) << 23

together = kernel(borrows=True, error_model="numpy", fastmath={"contract", "nsz"})


@together
def exp(x):
    inside = min(max(x, LOWEST), HIGHEST)
    k = np.floor(inside * PER_LOG_2 + HALF)
    r = inside - k * LOG_2 - k * LOG_2_REST
    y = ((((E7 * r + E6) * r + E5) * r + E4) * r + E3) * r + E2
    power = np.int32((np.int32(k) + BIAS) << MANTISSA)
    y = (y * r * r + r + ONE) * power.view(np.float32)
    return ZERO if x < LOWEST else (INFINITY if x > HIGHEST else y)


@together
def sigmoid(x):
    """1 / (1 + exp(-x))"""
    return ONE / (ONE + exp(-x))


@together
def tanh(x):
    """1 - 2 / (exp 2x + 1), and a polynomial about zero, where that difference would cancel."""
    square = x * x
    small = (((T11 * square + T9) * square + T7) * square + T5) * square + T3
    large = ONE - TWO / (exp(TWO * abs(x)) + ONE)
    return small * square * x + x if abs(x) < NEAR_ZERO else (large if x > 0 else -large)


@together
def sigmoids(a):
    for j in range(len(a)):
        a[j] = sigmoid(a[j])


@together
def tanhs(a):
    for j in range(len(a)):
        a[j] = tanh(a[j])
