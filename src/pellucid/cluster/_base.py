"""What k-means does with its centres once it has them, and how it starts, whole or by batches."""

import numbers
import warnings
from typing import ClassVar

import numpy as np
from sklearn.base import ClassNamePrefixFeaturesOutMixin, ClusterMixin, TransformerMixin
from sklearn.utils import check_array
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from pellucid.base import Estimator
from pellucid.cluster._partition import Partition
from pellucid.cluster._points import points_of
from pellucid.cluster._seeding import drawn, plus_plus
from pellucid.reduction import Rows

__all__ = ["FLOATS", "KMeansModel", "nearest"]

FLOATS = [np.float64, np.float32]


class KMeansModel(ClassNamePrefixFeaturesOutMixin, TransformerMixin, ClusterMixin, Estimator):
    """Base of both: the nearest of ``cluster_centers_``."""

    _parameter_constraints: ClassVar[dict] = {
        "n_clusters": [Interval(numbers.Integral, 1, None, closed="left")],
        "init": [StrOptions({"k-means++", "random"}), callable, "array-like"],
        "n_init": [StrOptions({"auto"}), Interval(numbers.Integral, 1, None, closed="left")],
        "max_iter": [Interval(numbers.Integral, 1, None, closed="left")],
        "tol": [Interval(numbers.Real, 0, None, closed="left")],
        "verbose": ["verbose"],
        "random_state": ["random_state"],
    }

    def _check_state(self):
        centres = getattr(self, "cluster_centers_", np.empty((0, 0)))
        shape = len(centres), getattr(self, "n_features_in_", 0)
        counts = getattr(self, "_counts", np.empty(shape[0]))
        if centres.dtype not in FLOATS or centres.shape != shape or counts.shape != shape[:1]:
            raise ValueError(
                f"cluster_centers_, of shape {centres.shape} and type {centres.dtype}, "
                f"are no centres of {shape[1]} features"
            )

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags

    def fit_predict(self, X, y=None, sample_weight=None):
        """Fit, and the part of each row (N,)."""
        return self.fit(X, sample_weight=sample_weight).labels_

    def predict(self, X):
        """The index of the centre nearest to each row of X (N,)."""
        X = self._table(X)
        return nearest(X, self.cluster_centers_.astype(X.dtype, copy=False))

    def score(self, X, y=None, sample_weight=None):
        """-Σ_n s_n min_k ‖x_n - c_k‖², the more the better."""
        points, centres = self._points(X, sample_weight)
        return -Partition(points, len(centres), bounded=False).end(centres)[1]

    def transform(self, X):
        """The distance of each row to each centre (N, K)."""
        points, centres = self._points(X)
        out = np.empty((points.rows.n_rows, len(centres)), centres.dtype)
        rows = points.rows.then(lambda x, weight: (x, out))
        rows.map(_distances, points.view, centres, np.ascontiguousarray(centres.T))
        return out

    def _points(self, X, sample_weight=None):
        """The rows of X about the middle of the centres, and the centres."""
        X = self._table(X)
        if sample_weight is not None:
            sample_weight = _check_sample_weight(sample_weight, X, dtype=X.dtype)
        centres = self.cluster_centers_.astype(X.dtype, copy=False)
        return _about(Rows(X, sample_weight), centres)

    def _table(self, X):
        check_is_fitted(self)
        return validate_data(self, X, accept_sparse="csr", reset=False, dtype=FLOATS, order="C")

    def _given_centres(self, X):
        """Where to start, if that is centres (K, D), for rows such as X."""
        if isinstance(self.init, str) or callable(self.init):
            return self.init
        init = check_array(self.init, dtype=X.dtype, copy=True, order="C")
        self._check_centres(X, init)
        return init

    def _start(self, points, init, random_state):
        """Centres (K, D) to start from, about the points' origin."""
        K = self.n_clusters
        if isinstance(init, str):
            draw = plus_plus if init == "k-means++" else drawn
            return draw(points, K, random_state)[0]
        if callable(init):
            if not points.rows.in_memory:
                raise ValueError("a function for init wants all rows in memory; give centres")
            X = points.rows.arrays[0]
            init = check_array(
                init(X, K, random_state=random_state), dtype=X.dtype, order="C", copy=True
            )
            self._check_centres(X, init)
        return init - points.origin

    def _check_centres(self, X, centres):
        wanted = self.n_clusters, X.shape[1]
        for axis, what in enumerate(("clusters", "features of the data")):
            if centres.shape[axis] != wanted[axis]:
                raise ValueError(
                    f"The shape of the initial centers {centres.shape} does not match the number "
                    f"of {what} {wanted[axis]}."
                )

    def _runs(self, default):
        """How many starts: one where each would be the same."""
        given = not isinstance(self.init, str) and not callable(self.init)
        if self.n_init == "auto":
            return 1 if given or self.init == "k-means++" else default
        if given and self.n_init != 1:
            warnings.warn(
                "Explicit initial center position passed: performing only one init in "
                f"{type(self).__name__} instead of n_init={self.n_init}.",
                RuntimeWarning,
                stacklevel=4,
            )
            return 1
        return self.n_init


def nearest(X, centres):
    """The index of the centre (K, D) nearest to each row of X (N,)."""
    unread = np.empty(X.shape[0], X.dtype)  # weights, on which labels do not depend
    points, centres = _about(Rows(X, unread), centres)
    return Partition(points, len(centres), bounded=False).labels(centres)


def _about(rows, centres):
    points = points_of(rows, len(centres), centres.mean(axis=0))
    return points, centres - points.origin


def _distances(x, out, view, centres, columns):
    view.kernels.distances(*view(x), centres, columns, out)
