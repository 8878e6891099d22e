"""k-means by mini-batches: each centre is the running mean of the rows that came to it."""

import numbers
import warnings
from typing import ClassVar

import numpy as np
import scipy.sparse as sp
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval
from sklearn.utils.validation import _check_sample_weight, validate_data

from pellucid.base import validate_parameters
from pellucid.callbacks import steps
from pellucid.cluster._base import FLOATS, KMeansModel
from pellucid.cluster._partition import Partition
from pellucid.cluster._points import centred, points_of
from pellucid.reduction import Rows

__all__ = ["MiniBatchKMeans"]


class MiniBatchKMeans(KMeansModel):
    """k-means by mini-batches, for tables of which a part will do.

        c_k ← (n_k c_k + Σ_{i ∈ batch, z_i = k} s_i x_i) / (n_k + Σ s_i),    z_i the nearest centre

    where n_k is the weight that has come to centre k so far: each centre is the mean of all rows it
    was ever given, so that its steps grow shorter (Sculley 2010).  ``fit`` draws rows in proportion
    to their weights, and then counts each as one; ``partial_fit`` takes all rows, as they weigh.
    Now and then centres that few rows have come to, n_k < ``reassignment_ratio`` · max n, start
    anew from rows of the batch.

    ``fit`` draws its batches from anywhere in X, which therefore lies in memory.  Of rows that do
    not, give ``partial_fit`` a block after the other:
    ``for block in iterate(lambda X: X, "rows.npy"): model.partial_fit(block)``, with ``iterate`` of
    ``pellucid.reduction``; ``KMeans.fit`` takes such a file itself.

    Parameters
    ----------
    n_clusters : int, default=8
        K.
    init : {'k-means++', 'random'}, callable or array-like of shape (K, D), default='k-means++'
        As of ``KMeans``, from ``init_size`` rows drawn for it.
    max_iter : int, default=100
        Most times the number of rows that are drawn.
    batch_size : int, default=1024
        Rows to a step.
    verbose : int, default=0
        Whether a progress bar is drawn.
    compute_labels : bool, default=True
        Whether ``labels_`` and the exact ``inertia_`` are found at the end, by a pass over all X.
    random_state : int, RandomState or None, default=None
        What draws the starts and the batches.
    tol : float, default=0.0
        Stop when Σ_k ‖Δc_k‖² is at most ``tol`` times the columns' mean variance; 0 for never.
    max_no_improvement : int or None, default=10
        Stop after so many steps in which the smoothed inertia found no new minimum.
    init_size : int, default=None
        Rows to start from: three batches, or 3K if they are fewer than K.
    n_init : 'auto' or int, default='auto'
        Starts, of which the best on rows drawn once is taken; 'auto' is 1 for 'k-means++' and
        centres, else 3.
    reassignment_ratio : float, default=0.01
        The share of the largest n_k below which a centre starts anew.

    Attributes
    ----------
    cluster_centers_ : ndarray of shape (K, D)
    labels_ : ndarray of shape (N,)
        The part of each row, if ``compute_labels``.
    inertia_ : float
        Σ_n s_n ‖x_n - c‖², estimated from the batches unless ``compute_labels``.
    n_iter_ : int
        How many times the number of rows was drawn, rounded up.
    n_steps_ : int
        Batches.
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (D,)

    References
    ----------
    Sculley, D. (2010). Web-Scale K-Means Clustering. WWW.
    """

    _parameter_constraints: ClassVar[dict] = {
        **KMeansModel._parameter_constraints,
        "batch_size": [Interval(numbers.Integral, 1, None, closed="left")],
        "compute_labels": ["boolean"],
        "max_no_improvement": [Interval(numbers.Integral, 0, None, closed="left"), None],
        "init_size": [Interval(numbers.Integral, 1, None, closed="left"), None],
        "reassignment_ratio": [Interval(numbers.Real, 0, None, closed="left")],
    }

    def __init__(
        self,
        n_clusters=8,
        *,
        init="k-means++",
        max_iter=100,
        batch_size=1024,
        verbose=0,
        compute_labels=True,
        random_state=None,
        tol=0.0,
        max_no_improvement=10,
        init_size=None,
        n_init="auto",
        reassignment_ratio=0.01,
    ):
        self.n_clusters = n_clusters
        self.init = init
        self.max_iter = max_iter
        self.batch_size = batch_size
        self.verbose = verbose
        self.compute_labels = compute_labels
        self.random_state = random_state
        self.tol = tol
        self.max_no_improvement = max_no_improvement
        self.init_size = init_size
        self.n_init = n_init
        self.reassignment_ratio = reassignment_ratio

    @validate_parameters
    def fit(self, X, y=None, sample_weight=None):
        """Fit to rows of X (N, D) drawn again and again, weighted by ``sample_weight``."""
        X, weight, init = self._validated(X, sample_weight)
        N, size = X.shape[0], min(self.batch_size, X.shape[0])
        random_state = check_random_state(self.random_state)
        tol = self.tol * self._centred(X, weight).variance if self.tol else 0
        self._begin(self._best_start(X, weight, init, random_state))
        trend = _Trend(min(1, 2 * size / (N + 1)), self.max_no_improvement)
        one, share = np.ones(size, X.dtype), np.cumsum(weight / weight.sum())
        share /= share[-1]
        for done in steps(self, self.max_iter * N // size, "batch"):
            rows = np.searchsorted(share, random_state.random_sample(size), side="right")
            old = self.cluster_centers_
            inertia = self._step(X[rows], one, size, random_state)
            self.n_steps_ = done + 1
            if done == 0:
                continue  # whose inertia is that of the start
            moved = np.sum((self.cluster_centers_ - old) ** 2) if tol else np.inf
            if trend.ends(inertia / size) or moved <= tol:
                break
        self.n_iter_ = int(np.ceil(self.n_steps_ * size / N))
        self._conclude(X, weight, trend.mean)
        return self

    @validate_parameters
    def partial_fit(self, X, y=None, sample_weight=None):
        """Take one step by the batch X (N, D); the first has to start as well."""
        first = not hasattr(self, "cluster_centers_")
        X, weight, init = self._validated(X, sample_weight, reset=first)
        if first:
            self.random_state_ = check_random_state(self.random_state)
            self._begin(self._start_from_some(X, weight, init, self.random_state_))
        elif not hasattr(self, "random_state_"):
            self.random_state_ = check_random_state(self.random_state)
        self._step(X, weight, X.shape[0], self.random_state_)
        self.n_steps_ += 1
        self._conclude(X, weight, None)
        return self

    def _begin(self, centres):
        self.cluster_centers_ = centres
        self._counts = np.zeros(self.n_clusters, centres.dtype)
        self._since, self.n_steps_ = 0, 0  # rows since centres last started anew
        self._n_features_out = self.n_clusters

    def _step(self, X, weight, size, random_state):
        """Let the batch move the centres; its inertia before they moved."""
        centres, counts, due = self.cluster_centers_, self._counts, self._due(size)
        parts, _, near = self._parts_of(X, weight, centres)
        sums, origin = parts.sums, parts.points.origin
        gained = sums[:, -1].astype(counts.dtype)  # (K,)
        total = counts + gained
        about = centres - origin
        with np.errstate(invalid="ignore", divide="ignore"):
            means = (counts[:, None] * about + sums[:, :-1]) / total[:, None]
        new = np.where(gained[:, None] > 0, means + origin, centres)
        self.cluster_centers_, self._counts = new.astype(centres.dtype), total
        if due and self.reassignment_ratio > 0:
            self._start_some_anew(X, random_state)
        return near

    def _due(self, size):
        """Whether centres that few rows came to may start anew: not too often."""
        self._since += size
        due = (self._counts == 0).any() or self._since >= 10 * self.n_clusters
        if due:
            self._since = 0
        return due

    def _start_some_anew(self, X, random_state):
        counts, most = self._counts, X.shape[0] // 2
        lonely = counts < self.reassignment_ratio * counts.max()
        if lonely.sum() > most:
            lonely[np.argsort(counts)[most:]] = False
        n = lonely.sum()
        if n:
            rows = X[random_state.choice(X.shape[0], replace=False, size=n)]
            self.cluster_centers_[lonely] = rows.toarray() if sp.issparse(rows) else rows
            counts[lonely] = counts[~lonely].min()

    def _best_start(self, X, weight, init, random_state):
        """Of several starts, that with the least inertia on rows drawn for it."""
        rows = random_state.randint(0, X.shape[0], self._first_rows(X.shape[0]))
        X_drawn, weight_drawn = X[rows], weight[rows]
        starts = [
            self._start_from_some(X, weight, init, random_state) for _ in range(self._runs(3))
        ]
        return min(starts, key=lambda c: self._parts_of(X_drawn, weight_drawn, c)[2])

    def _start_from_some(self, X, weight, init, random_state):
        n_rows = self._first_rows(X.shape[0])
        if n_rows < X.shape[0]:
            rows = random_state.randint(0, X.shape[0], n_rows)
            X, weight = X[rows], weight[rows]
        points = self._centred(X, weight)
        return self._start(points, init, random_state) + points.origin

    def _centred(self, X, weight):
        return centred(Rows(X, weight), self.n_clusters)

    def _first_rows(self, n_rows):
        wanted = self.init_size or 3 * min(self.batch_size, n_rows)
        if wanted < self.n_clusters:
            if self.init_size:
                warnings.warn(
                    f"init_size={self.init_size} should be larger than n_clusters="
                    f"{self.n_clusters}. Setting it to min(3*n_clusters, n_samples)",
                    RuntimeWarning,
                    stacklevel=4,
                )
            wanted = 3 * self.n_clusters
        return min(wanted, n_rows)

    def _parts_of(self, X, weight, centres):
        """X parted among the centres, the part of each row, and the inertia."""
        points = points_of(Rows(X, weight), len(centres), centres.mean(axis=0))
        parts, centres = Partition(points, len(centres), bounded=False), centres - points.origin
        parts.assign(centres, None)
        return parts, *parts.end(centres)

    def _conclude(self, X, weight, mean):
        if self.compute_labels:
            _, self.labels_, self.inertia_ = self._parts_of(X, weight, self.cluster_centers_)
        elif mean is not None:
            self.inertia_ = float(mean * weight.sum())

    def _validated(self, X, sample_weight, reset=True):
        """X, the weights (N,), and where to start, if that is centres."""
        X = validate_data(self, X, accept_sparse="csr", reset=reset, dtype=FLOATS, order="C")
        if reset and X.shape[0] < self.n_clusters:
            raise ValueError(f"n_samples={X.shape[0]} should be >= n_clusters={self.n_clusters}.")
        return X, _check_sample_weight(sample_weight, X, dtype=X.dtype), self._given_centres(X)


class _Trend:
    """The exponentially smoothed inertia of the batches, and how long ago it was least."""

    def __init__(self, rate, patience):
        self.rate, self.patience = rate, patience
        self.mean, self.least, self.waited = None, np.inf, 0

    def ends(self, value):
        self.mean = value if self.mean is None else self.mean + self.rate * (value - self.mean)
        self.waited = 0 if self.mean < self.least else self.waited + 1
        self.least = min(self.least, self.mean)
        return self.patience is not None and self.waited >= self.patience
