"""k-means: K centres that are the means of the rows nearest to them."""

import warnings
from typing import ClassVar

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_array, check_random_state
from sklearn.utils._param_validation import StrOptions
from sklearn.utils.validation import _check_sample_weight, validate_data

from pellucid.base import validate_parameters
from pellucid.callbacks import steps
from pellucid.cluster._base import FLOATS, KMeansModel
from pellucid.cluster._partition import Partition

__all__ = ["KMeans"]


class KMeans(KMeansModel):
    """K centres that are the means of the rows nearest to them."""

    _parameter_constraints: ClassVar[dict] = {
        **KMeansModel._parameter_constraints,
        "copy_x": ["boolean"],
        "algorithm": [StrOptions({"lloyd", "elkan"})],
    }

    def __init__(
        self,
        n_clusters=8,
        *,
        init="k-means++",
        n_init="auto",
        max_iter=300,
        tol=1e-4,
        verbose=0,
        random_state=None,
        copy_x=True,
        algorithm="lloyd",
    ):
        self.n_clusters = n_clusters
        self.init = init
        self.n_init = n_init
        self.max_iter = max_iter
        self.tol = tol
        self.verbose = verbose
        self.random_state = random_state
        self.copy_x = copy_x
        self.algorithm = algorithm

    @validate_parameters
    def fit(self, X, y=None, sample_weight=None):
        """Fit to the rows of X (N, D), weighted by ``sample_weight``."""
        X = validate_data(
            self, X, accept_sparse="csr", dtype=FLOATS, order="C", accept_large_sparse=False
        )
        N, D = X.shape
        if N < self.n_clusters:
            raise ValueError(f"n_samples={N} should be >= n_clusters={self.n_clusters}.")
        weight = _check_sample_weight(sample_weight, X, dtype=X.dtype)
        random_state = check_random_state(self.random_state)
        init = self.init
        if not isinstance(init, str) and not callable(init):
            init = check_array(init, dtype=X.dtype, copy=True, order="C")
            self._check_centres(X, init)
        origin = X.mean(axis=0)
        tol = np.mean(np.var(X, axis=0)) * self.tol
        best = None
        for _ in range(self._runs(10)):
            start = self._start(X, weight, origin, init, random_state)
            run = self._lloyd(X, weight, origin, start, tol)
            if best is None or (run[1] < best[1] and not _same(run[0], best[0], self.n_clusters)):
                best = run
        self.labels_, self.inertia_, centres, self.n_iter_ = best
        self.cluster_centers_ = centres + origin
        self._n_features_out = self.n_clusters
        distinct = len(np.unique(self.labels_))
        if distinct < self.n_clusters:
            warnings.warn(
                f"Number of distinct clusters ({distinct}) found smaller than n_clusters "
                f"({self.n_clusters}). Possibly due to duplicate points in X.",
                ConvergenceWarning,
                stacklevel=2,
            )
        return self

    def _lloyd(self, X, weight, origin, centres, tol):
        """Labels, inertia, centres and iterations from a start to where nothing moves."""
        parts = Partition(X, weight, origin, len(centres))
        moved = np.zeros(len(centres))
        for i in steps(self, self.max_iter, "iteration"):
            left = parts.assign(centres, moved)
            means = parts.means(centres)
            moved = np.sqrt(np.sum((means - centres) ** 2, axis=1, dtype=np.float64))
            centres = means
            if left == 0:
                break
            if np.sum(moved**2) <= tol:
                break
        if left:
            parts.assign(centres, moved)
        return parts.labels, parts.inertia(centres), centres, i + 1


def _same(a, b, n_parts):
    """Whether two labellings part the rows alike, whatever the parts are called."""
    pairs = np.unique(a.astype(np.int64) * n_parts + b)
    return len(pairs) == len(np.unique(a)) == len(np.unique(b))
