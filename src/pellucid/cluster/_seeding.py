"""k-means++: centres to start from, each drawn far from those before it."""

import numbers

import numpy as np
from sklearn.utils import check_array, check_random_state
from sklearn.utils._param_validation import Interval, validate_params
from sklearn.utils.validation import _check_sample_weight

from pellucid.cluster._points import points_of

__all__ = ["kmeans_plusplus", "plus_plus"]


@validate_params(
    {
        "X": ["array-like", "sparse matrix"],
        "n_clusters": [Interval(numbers.Integral, 1, None, closed="left")],
        "sample_weight": ["array-like", None],
        "x_squared_norms": ["array-like", None],
        "random_state": ["random_state"],
        "n_local_trials": [Interval(numbers.Integral, 1, None, closed="left"), None],
    },
    prefer_skip_nested_validation=True,
)
def kmeans_plusplus(
    X,
    n_clusters,
    *,
    sample_weight=None,
    x_squared_norms=None,
    random_state=None,
    n_local_trials=None,
):
    """K rows of X that are far from each other, and their indices.

        P(next = n) ∝ s_n min_j ‖x_n - c_j‖²

    Of L rows drawn so, that is kept which lowers Σ_n s_n min_j ‖x_n - c_j‖² the most.

    Parameters
    ----------
    X : array-like or CSR matrix of shape (N, D)
    n_clusters : int
        K.
    sample_weight : array-like of shape (N,), default=None
        s; one each, if it is not given.
    x_squared_norms : array-like of shape (N,), default=None
        Any gives the same answer: squares are found as they are needed.
    random_state : int, RandomState or None, default=None
        What draws the rows.
    n_local_trials : int, default=None
        L; 2 + ⌊log K⌋ if it is not given.

    Returns
    -------
    centers : ndarray of shape (K, D)
    indices : ndarray of shape (K,)

    References
    ----------
    Arthur, D. & Vassilvitskii, S. (2007). k-means++: The Advantages of Careful Seeding. SODA.
    """
    X = check_array(X, accept_sparse="csr", dtype=[np.float64, np.float32], order="C")
    if X.shape[0] < n_clusters:
        raise ValueError(f"n_samples={X.shape[0]} should be >= n_clusters={n_clusters}.")
    if x_squared_norms is not None and len(x_squared_norms) != X.shape[0]:
        raise ValueError(
            f"The length of x_squared_norms {len(x_squared_norms)} should be equal to the length "
            f"of n_samples {X.shape[0]}."
        )
    weight = _check_sample_weight(sample_weight, X, dtype=X.dtype)
    random_state = check_random_state(random_state)
    _, chosen = plus_plus(points_of(X), weight, n_clusters, random_state, n_local_trials)
    return points_of(X[chosen], np.zeros(X.shape[1], X.dtype)).all(), chosen


def plus_plus(points, weight, n_clusters, random_state, n_local_trials=None):
    """The rows (K, D) and indices of ``kmeans_plusplus``.

    Of each row is kept m_n = min_j ‖x_n - c_j‖², and by which seed.  A row whose own seed is more
    than twice as far from a candidate as from the row is nearer to its own, and is not read (Elkan
    2003).
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
