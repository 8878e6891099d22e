"""The careful functions NumPy lacks: right at the ends of the range, in every float dtype."""

import numpy as np

__all__ = ["expit", "log1pexp", "log_softmax", "log_sum_exp", "softmax", "weighted_median"]


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
