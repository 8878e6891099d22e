"""The best constant of a leaf: one small minimisation for each leaf j and loss ℓ.

    γ_j = argmin_γ Σ_{n in j} w_n ℓ(y_n, s_n + γ)                            (Friedman 2001, eq. 18)

Where the minimum has no closed form, γ_j is one Newton step towards it.
"""

from functools import singledispatch

import numpy as np

from pellucid.losses import AbsoluteLoss, CrossEntropy, HuberLoss, QuantileLoss

__all__ = ["line_search", "weighted_quantile"]

SATURATED = 1e-150  # a curvature below which nothing can be divided by it


@singledispatch
def line_search(loss, y, raw, gradient, weight, leaf, M):
    """γ = -Σ w g / Σ w h in each of the M nodes; 0 where nothing curves, or no example lies.

    ``gradient`` (N,) is that of the raw score whose tree this is, ``leaf`` (N,) the leaf of each
    example.  For the squared error γ is the mean residual: the step is exact.
    """
    return _newton(gradient, loss.hessian(y, raw)[:, 0], weight, leaf, M)


@line_search.register
def _(loss: CrossEntropy, y, raw, gradient, weight, leaf, M):
    """γ_k = (K-1)/K · Σ w (e_k - p_k) / Σ w p_k (1 - p_k), the Hessian's diagonal (eq. 32)."""
    K = raw.shape[1]
    off = np.abs(gradient)  # p_k, or 1 - p_k
    return (K - 1) / K * _newton(gradient, off * (1 - off), weight, leaf, M)


@line_search.register
def _(loss: AbsoluteLoss, y, raw, gradient, weight, leaf, M):
    """γ = median of y - s"""
    return _in_each(leaf, M, lambda r, w: weighted_quantile(r, w, 0.5), (y - raw)[:, 0], weight)


@line_search.register
def _(loss: QuantileLoss, y, raw, gradient, weight, leaf, M):
    """γ = q-th quantile of y - s"""
    q = loss.quantile
    return _in_each(leaf, M, lambda r, w: weighted_quantile(r, w, q), (y - raw)[:, 0], weight)


@line_search.register
def _(loss: HuberLoss, y, raw, gradient, weight, leaf, M):
    """γ = m + mean of clip(r - m, -δ, δ), for r = y - s and their median m (section 4.4)."""

    def step(r, w):
        median = weighted_quantile(r, w, 0.5)
        return median + np.average(np.clip(r - median, -loss.delta, loss.delta), weights=w)

    return _in_each(leaf, M, step, (y - raw)[:, 0], weight)


def weighted_quantile(a, weight, q):
    """The least a_i at which the cumulative weight reaches the share q of the whole."""
    order = np.argsort(a)
    cumulative = np.cumsum(weight[order])
    return a[order[np.searchsorted(cumulative, q * cumulative[-1])]]


def _newton(gradient, hessian, weight, leaf, M):
    slope = np.bincount(leaf, weight * gradient, M)
    curvature = np.bincount(leaf, weight * hessian, M)
    return np.divide(-slope, curvature, out=np.zeros(M), where=curvature > SATURATED)


def _in_each(leaf, M, statistic, residual, weight):
    """``statistic(residual, weight)`` of the weighted examples of every leaf; 0 elsewhere."""
    inside = np.flatnonzero(weight)
    inside = inside[np.argsort(leaf[inside], kind="stable")]
    nodes, starts = np.unique(leaf[inside], return_index=True)
    gamma = np.zeros(M)
    for node, examples in zip(nodes, np.split(inside, starts[1:]), strict=True):
        gamma[node] = statistic(residual[examples], weight[examples])
    return gamma
