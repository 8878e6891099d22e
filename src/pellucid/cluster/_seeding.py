"""k-means++: centres to start from, each drawn far from those before it."""

import numbers

import numpy as np
import scipy.sparse as sp
from sklearn.utils import check_array, check_random_state
from sklearn.utils._param_validation import Interval, validate_params
from sklearn.utils.validation import _check_sample_weight

from pellucid.cluster._points import centred
from pellucid.cluster._urn import Urn
from pellucid.reduction import Rows

__all__ = ["drawn", "kmeans_plusplus", "plus_plus"]


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
    points = centred(Rows(X, weight), n_clusters)
    _, chosen = plus_plus(points, n_clusters, check_random_state(random_state), n_local_trials)
    return X[chosen].toarray() if sp.issparse(X) else X[chosen], chosen


def plus_plus(points, n_clusters, random_state, n_local_trials=None):
    """The rows (K, D) and indices of ``kmeans_plusplus``.

    Of each row are known m_n = min_j ‖x_n - c_j‖² and the seed that is so near: of rows in memory
    they are kept, of others found anew at each pass.  A row whose own seed is more than twice as
    far from a candidate as from the row is nearer to its own, and is not read (Elkan 2003).
    """
    trials = n_local_trials or 2 + int(np.log(n_clusters))
    urn = Urn(points.rows.then(_unclaimed), points.view)
    seeds = np.empty((n_clusters, len(points.origin)), points.origin.dtype)
    chosen = np.empty(n_clusters, np.int64)
    chosen[:1], seeds[:1] = urn.draw(random_state.random_sample(1))
    for k in range(1, n_clusters):
        if k == 1:
            masses = urn.rows.map(_left, points.view, seeds[:1], *_offer(seeds[:1], seeds[:1]))
            urn.fill([mass for (mass,) in masses], _distances, seeds[:1])
        candidates, offered = urn.draw(random_state.uniform(size=trials))
        offer = _offer(seeds[:k], offered)
        left = np.array(urn.rows.map(_left, points.view, seeds[:k], *offer))  # (B, L)
        best = np.argmin(left.sum(axis=0))
        chosen[k], seeds[k] = candidates[best], offered[best]
        urn.fill(left[:, best], _distances, seeds[: k + 1])
    return seeds, chosen


def drawn(points, n_clusters, random_state):
    """Different rows (K, D), each drawn in proportion to its weight, and their indices."""
    return Urn(points.rows.then(_unclaimed), points.view).draw_distinct(n_clusters, random_state)


def _unclaimed(x, weight):
    """A block, for whose rows no seed is known as yet."""
    N = x.shape[0]
    return x, weight, np.full(N, np.inf), np.full(N, -1, np.int32)


def _offer(seeds, offered):
    """The rows offered, and how far the nearest of them, or the last seed, is from each seed."""
    others = np.concatenate([seeds[-1:], offered])
    squares = np.sum((others[:, None] - seeds) ** 2, axis=2, dtype=np.float64)
    return offered, squares.min(axis=0)


def _left(x, weight, minima, owner, view, seeds, offered, reach):
    """Σ_n s_n m_n over a block, were each of the rows offered a seed as well (L,)."""
    last = len(seeds) - 1
    for k in range(0 if owner[0] < 0 else last, last):  # of rows in memory, the last alone is new
        _distances(x, weight, minima, owner, view, seeds[: k + 1])
    out = np.zeros(len(offered))
    view.kernels.offer(*view(x), weight, minima, owner, seeds[last], last, offered, reach, out)
    return out


def _distances(x, weight, minima, owner, view, seeds):
    """s_n m_n (N,)"""
    _left(x, weight, minima, owner, view, seeds, *_offer(seeds, seeds[:0]))
    return weight * minima
