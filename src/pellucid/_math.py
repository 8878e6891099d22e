"""The careful functions NumPy lacks: right at the ends of the range, in every float dtype."""

import math

import numpy as np

from pellucid._compile import kernel

__all__ = [
    "expit",
    "exponentials",
    "log1pexp",
    "log_softmax",
    "log_sum_exp",
    "softmax",
    "uniform",
    "weighted_median",
]

# exp x = 2^k exp r for k the integer nearest to x / log 2.  Adding 1.5 * 2^52 rounds to an integer,
# which then stands in the last bits of the sum.
ROUNDER = 1.5 * 2.0**52
PER_LOG_2 = 1 / math.log(2)
LOG_2 = 0.693147180369123816490  # to 33 bits, so that k times it is exact
REST_OF_LOG_2 = 1.90821492927058770002e-10


def log_sum_exp(a, axis=-1, keepdims=False):
    """log Σ exp a, about the largest a so that nothing overflows; -∞ for an empty sum."""
    top = np.max(a, axis=axis, keepdims=True, initial=-np.inf)
    top = np.where(np.isfinite(top), top, 0)
    with np.errstate(divide="ignore"):
        out = np.log(np.sum(np.exp(a - top), axis=axis, keepdims=True)) + top
    return out if keepdims else np.squeeze(out, axis=axis)


def softmax(a, axis=-1):
    """exp a_k / Σ_j exp a_j along ``axis``."""
    e = np.exp(a - np.max(a, axis=axis, keepdims=True))
    return e / np.sum(e, axis=axis, keepdims=True)


def log_softmax(a, axis=-1):
    """a_k - log Σ_j exp a_j along ``axis``; the largest a is taken off both, not to round twice."""
    a = a - np.max(a, axis=axis, keepdims=True)
    return a - np.log(np.sum(np.exp(a), axis=axis, keepdims=True))


def expit(a):
    """σ(a) = 1 / (1 + exp(-a)), by exp(-|a|) alone: small results keep their precision."""
    e = np.exp(-np.abs(a))
    return np.maximum(e, a >= 0) / (1 + e)  # e is at most 1


def log1pexp(a):
    """log(1 + exp a), the softplus: max(a, 0) + log1p(exp(-|a|))."""
    return np.maximum(a, 0) + np.log1p(np.exp(-np.abs(a)))


def weighted_median(a, sample_weight=None):
    """The a_i at which the cumulative weight passes half the total; the midpoint, at half."""
    if sample_weight is None:
        return np.median(a)
    order = np.argsort(a, kind="stable")
    cumulative = np.cumsum(np.asarray(sample_weight)[order])
    half = cumulative[-1] / 2
    low, high = (
        np.searchsorted(cumulative, half, "left"),
        np.searchsorted(cumulative, half, "right"),
    )
    return (a[order[low]] + a[order[min(high, len(a) - 1)]]) / 2


@kernel(fastmath={"contract"})
def exponentials(logs, top, powers):
    """logs = exp(logs - top) in place, for logs ≤ top: ``np.exp`` to two units in the last place.

    A polynomial and the bits of 2^k, which one instruction computes for several; ``np.exp`` is a
    call for each.  ``powers`` is room.
    """
    for i in range(len(logs)):
        x = max(logs[i] - top, -700.0)
        k = x * PER_LOG_2 + ROUNDER
        powers[i] = k
        k -= ROUNDER
        r = x - k * LOG_2 - k * REST_OF_LOG_2
        p = 1 / 6227020800
        p = p * r + 1 / 479001600
        p = p * r + 1 / 39916800
        p = p * r + 1 / 3628800
        p = p * r + 1 / 362880
        p = p * r + 1 / 40320
        p = p * r + 1 / 5040
        p = p * r + 1 / 720
        p = p * r + 1 / 120
        p = p * r + 1 / 24
        p = p * r + 1 / 6
        p = p * r + 1 / 2
        p = p * r + 1
        logs[i] = p * r + 1
    bits = powers.view(np.int64)
    for i in range(len(logs)):
        bits[i] = (bits[i] + 1023) << 52
    for i in range(len(logs)):
        logs[i] *= powers[i]


@kernel(borrows=True)
def uniform(state):
    """A number in [0, 1), of the generator's ``state`` (1,), which moves on: SplitMix64.

    Steele, Lea & Flood, Fast splittable pseudorandom number generators, OOPSLA 2014.
    """
    state[0] += np.uint64(0x9E3779B97F4A7C15)
    z = state[0]
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.float64((z ^ (z >> np.uint64(31))) >> np.uint64(11)) * 2.0**-53
