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
from pellucid.cluster._seeding import plus_plus

__all__ = ["KMeansModel"]

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
        return self._parts(X)[0].labels

    def score(self, X, y=None, sample_weight=None):
        """-Σ_n s_n min_k ‖x_n - c_k‖², the more the better."""
        parts, centres = self._parts(X, sample_weight)
        return -parts.inertia(centres)

    def transform(self, X):
        """The distance of each row to each centre (N, K)."""
        points, centres = self._points(X)
        out = np.empty((len(points), len(centres)), centres.dtype)
        columns = np.ascontiguousarray(centres.T)

        def write(*block):
            points.kernels.distances(*block[:-1], centres, columns, block[-1])

        points.each(write, centres.size, out)
        return out

    def _parts(self, X, sample_weight=None):
        points, centres = self._points(X)
        weight = _check_sample_weight(sample_weight, points.X, dtype=points.X.dtype)
        parts = Partition(points, weight, len(centres))
        parts.label(centres)
        return parts, centres

    def _points(self, X):
        """The rows of X about the middle of the centres, and the centres."""
        check_is_fitted(self)
        X = validate_data(self, X, accept_sparse="csr", reset=False, dtype=FLOATS, order="C")
        centres = self.cluster_centers_.astype(X.dtype, copy=False)
        points = points_of(X, centres.mean(axis=0))
        return points, centres - points.origin

    def _validated(self, X, sample_weight, reset=True):
        """X, the weights (N,), and where to start, if that is centres."""
        X = validate_data(self, X, accept_sparse="csr", reset=reset, dtype=FLOATS, order="C")
        if reset and X.shape[0] < self.n_clusters:
            raise ValueError(f"n_samples={X.shape[0]} should be >= n_clusters={self.n_clusters}.")
        init = self.init
        if not isinstance(init, str) and not callable(init):
            init = check_array(init, dtype=X.dtype, copy=True, order="C")
            self._check_centres(X, init)
        return X, _check_sample_weight(sample_weight, X, dtype=X.dtype), init

    def _start(self, points, weight, init, random_state):
        """Centres (K, D) to start from, about the points' origin."""
        K, X = self.n_clusters, points.X
        if callable(init):
            init = init(X, K, random_state=random_state)
            init = check_array(init, dtype=X.dtype, order="C", copy=True)
            self._check_centres(X, init)
        elif isinstance(init, str) and init == "k-means++":
            return plus_plus(points, weight, K, random_state)[0]
        elif isinstance(init, str):
            share = weight / weight.sum()
            return points.take(random_state.choice(len(points), size=K, replace=False, p=share))
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
