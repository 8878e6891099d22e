"""k-means++: centres to start from, each drawn far from those before it."""

import numpy as np

__all__ = ["plus_plus"]


def plus_plus(points, weight, n_clusters, random_state, n_local_trials=None):
    """K rows as seeds (K, D), and their indices.

        P(next = n) ∝ s_n m_n,    m_n = min_j ‖x_n - c_j‖²

    Of L = 2 + ⌊log K⌋ rows drawn so, that is kept which lowers Σ_n s_n m_n the most (Arthur &
    Vassilvitskii 2007).  A row whose own seed is more than twice as far from a candidate as from
    the row is nearer to its own, and not read (Elkan 2003).
    """
    N, D = points.X.shape
    trials = n_local_trials or 2 + int(np.log(n_clusters))
    minima, owner = np.full(N, np.inf), np.zeros(N, np.int32)
    chosen = np.empty(n_clusters, np.int64)
    seeds = np.empty((n_clusters, D), points.X.dtype)
    chosen[0] = random_state.choice(N, p=weight / weight.sum())
    seeds[:1], gaps = points.take(chosen[:1]), np.zeros((1, 1))
    for k in range(1, n_clusters):
        cumulative = _claim(points, weight, minima, owner, seeds[k - 1], gaps[0], k - 1)
        drawn = random_state.uniform(size=trials) * cumulative[-1]
        candidates = np.minimum(np.searchsorted(cumulative, drawn), N - 1)
        offered = points.take(candidates)
        gaps = np.sum((offered[:, None] - seeds[:k]) ** 2, axis=2, dtype=np.float64)  # (L, k)
        best = np.argmax(_gains(points, weight, minima, owner, offered, gaps.min(axis=0)))
        chosen[k], seeds[k], gaps = candidates[best], offered[best], gaps[best : best + 1]
    return seeds, chosen


def _claim(points, weight, minima, owner, seed, gaps, k):
    """Let the seed k take the rows it is the nearest to; the cumulative sum of s_n m_n."""

    def claim(*block):
        return points.kernels.claim(*block, seed, gaps, k)

    points.each(claim, 4 * len(seed), weight, minima, owner)
    return np.cumsum(weight * minima)


def _gains(points, weight, minima, owner, candidates, gaps):
    """How much each candidate would lower Σ_n s_n m_n (L,)."""

    def gain(*block):
        out = np.zeros(len(candidates))
        points.kernels.gain(*block, candidates, gaps, out)
        return out

    return sum(points.each(gain, candidates.size, weight, minima, owner))
