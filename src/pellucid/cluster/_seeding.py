"""k-means++: centres to start from, each drawn far from those before it."""

import numpy as np
from sklearn.utils import check_random_state

from pellucid._compile import kernel
from pellucid.cluster._partition import row_bytes, square
from pellucid.reduction import Rows

__all__ = ["plus_plus"]

PRODUCTS = 1 << 19


def plus_plus(X, weight, origin, n_clusters, random_state, n_local_trials=None):
    """K rows of X as seeds, and their indices.

        P(next = n) ∝ s_n min_j ‖x_n - c_j‖²

    Of L = 2 + ⌊log K⌋ rows drawn so, that is kept which lowers the sum of the minima the most
    (Arthur & Vassilvitskii 2007).  Where a seed is farther from a row's own than twice the row is,
    the triangle inequality says that the row stays as it is, unread.
    """
    N, D = X.shape
    trials = n_local_trials or 2 + int(np.log(n_clusters))
    minima, owner = np.full(N, np.inf), np.zeros(N, np.int32)
    rows = Rows(X, weight, minima, owner, row_bytes=row_bytes(N, PRODUCTS // max(1, D)))
    chosen = np.empty(n_clusters, np.int64)
    chosen[0] = random_state.choice(N, p=weight / weight.sum())
    gaps = np.zeros(1)
    for k in range(1, n_clusters + 1):
        totals = np.array(rows.map(_settle, origin, X[chosen[k - 1]] - origin, gaps, k - 1))
        if k == n_clusters:
            break
        sums = np.cumsum(totals)
        drawn = random_state.uniform(size=trials) * sums[-1]
        candidates = np.array([_find(rows.slices, weight, minima, sums, r) for r in drawn])
        seeds = X[chosen[:k]]
        gaps = _squares(X[candidates], seeds)  # (L, k)
        gains = rows.reduce(_gains, origin, X[candidates] - origin, gaps)
        best = np.argmax(gains)
        chosen[k] = candidates[best]
        gaps = gaps[best]
    return X[chosen] - origin, chosen


def _find(slices, weight, minima, sums, r):
    """The first n with Σ_{i≤n} s_i m_i ≥ r, by the sums of the blocks."""
    b = min(np.searchsorted(sums, r), len(sums) - 1)
    within = np.cumsum(weight[slices[b]] * minima[slices[b]])
    before = sums[b - 1] if b else 0
    n = np.searchsorted(within, r - before)
    return slices[b].start + min(n, len(within) - 1)


def _squares(A, B):
    return np.stack([np.sum((B - a) ** 2, axis=1, dtype=np.float64) for a in A])


def _settle(X, weight, minima, owner, origin, seed, gaps, k):
    return settle(X, weight, minima, owner, origin, seed, gaps, k)


def _gains(X, weight, minima, owner, origin, candidates, gaps):
    out = np.zeros(len(candidates))
    gain(X, weight, minima, owner, origin, candidates, gaps, out)
    return out


@kernel(borrows=True)
def settle(X, weight, minima, owner, origin, seed, gaps, k):
    """Let the seed k take the rows that it is nearest to; Σ_n s_n m_n."""
    total = 0.0
    for i in range(len(X)):
        if 4 * minima[i] > gaps[owner[i]]:
            new = square(X[i], origin, seed)
            if new < minima[i]:
                minima[i], owner[i] = new, k
        total += weight[i] * minima[i]
    return total


@kernel(borrows=True)
def gain(X, weight, minima, owner, origin, candidates, gaps, out):
    """Add how much each candidate would lower Σ_n s_n m_n."""
    for i in range(len(X)):
        own, four = owner[i], 4 * minima[i]
        for j in range(len(candidates)):
            if four > gaps[j, own]:
                less = minima[i] - square(X[i], origin, candidates[j])
                if less > 0:
                    out[j] += weight[i] * less
