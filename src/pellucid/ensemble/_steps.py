"""What boosting asks of a loss: where to start, which way to go, and how far in a leaf."""

import numpy as np

from pellucid._compile import kernel
from pellucid.losses import (
    AbsoluteLoss,
    CrossEntropy,
    LogitLink,
    LogLink,
    QuantileLoss,
    SquaredLoss,
)
from pellucid.losses.compiled_blocks import derivatives
from pellucid.reduction import blocks, map_blocks

__all__ = ["Slopes", "best_constant", "has_constant_hessian", "is_quantile", "quantile"]

NEWTON_STEPS = 20
NO_WEIGHT = np.empty(0)


def is_quantile(loss):
    """Whether the best value of a leaf is a quantile of what is left there."""
    return isinstance(loss, AbsoluteLoss | QuantileLoss)


def has_constant_hessian(loss):
    return isinstance(loss, SquaredLoss) or is_quantile(loss)


def quantile(loss, residual, weight):
    """The value that costs the residuals least: their median, or their quantile."""
    q = loss.quantile if isinstance(loss, QuantileLoss) else 0.5
    if weight is None:
        return np.quantile(residual, q)
    return np.quantile(residual, q, weights=weight, method="inverted_cdf")


def best_constant(loss, y, weight, K):
    """The raw scores (K,) that cost least without any tree."""
    if is_quantile(loss):
        return np.array([quantile(loss, y, weight)])
    if isinstance(loss, CrossEntropy):
        share = np.bincount(y.astype(int), weight, K) / (len(y) if weight is None else weight.sum())
        log = np.log(np.clip(share, np.finfo(float).eps, 1 - np.finfo(float).eps))
        return log - log.mean()
    mean, tiny = np.average(y, weights=weight), np.finfo(float).eps
    if isinstance(loss.link, LogitLink):
        mean = np.clip(mean, tiny, 1 - tiny)
    elif isinstance(loss.link, LogLink):
        mean = max(mean, tiny)
    score = loss.link.link(mean)
    slopes = Slopes(loss, y, weight, 1)
    for _ in range(NEWTON_STEPS):  # none is taken where the mean is best
        g, h = slopes(np.full((1, len(y)), score))[0].sum(axis=0, dtype=np.float64)
        g /= slopes.unit
        if not abs(g) > 1e-6 * h * max(1.0, abs(score)):
            break
        score -= g / h
    return np.array([score])


class Slopes:
    """The gradients and Hessians of a loss at raw scores (K, N): float32 (K, N, 2).

    A loss made of straight lines has no Hessian, and gets that of one half of a square.  The
    gradients of squares are as large as y, and are measured in a ``unit`` (a power of two, so that
    nothing is rounded) in which they fit a float32.
    """

    def __init__(self, loss, y, weight, K):
        self.y, self.weight = y, NO_WEIGHT if weight is None else weight
        self.out = np.empty((K, len(y), 2), np.float32)
        self.straight = None  # not known before the first call
        self.unit = _unit(y) if isinstance(loss, SquaredLoss) else 1.0
        self.fill = softmax_slopes
        if not isinstance(loss, CrossEntropy):
            self.fill = _of_one(derivatives(loss), self.unit)

    def __call__(self, raw):
        def block(s):
            self.fill(self.y[s], raw[:, s], self.weight[s], self.out[:, s])

        map_blocks(block, blocks(len(self.y), 32 * len(raw)))
        if self.straight is None:
            self.straight = not self.out[..., 1].any()
        if self.straight:
            self.out[..., 1] = self.weight if len(self.weight) else 1.0
        return self.out


def _unit(y):
    spread = np.max(y) - np.min(y) or np.finfo(float).eps * abs(y[0])  # what a mean is off by
    return 2.0 ** min(1000, -np.frexp(spread)[1]) if 0 < spread < np.inf else 1.0


def _of_one(fill, unit):
    return lambda y, raw, weight, out: fill(unit, y, raw[0], weight, out[0])


@kernel
def softmax_slopes(y, raw, weight, out):
    """g = w (p - e_y) and h = w p (1 - p) for p = softmax of the scores (K, n), down a column."""
    K, p = len(raw), np.empty(len(raw))
    for i in range(len(y)):
        w = weight[i] if len(weight) else 1.0
        top, total = raw[0, i], 0.0
        for k in range(K):
            top = max(top, raw[k, i])
        for k in range(K):
            p[k] = np.exp(raw[k, i] - top)
            total += p[k]
        for k in range(K):
            share = p[k] / total
            out[k, i, 0] = w * (share - (y[i] == k))
            out[k, i, 1] = w * share * (1 - share)
