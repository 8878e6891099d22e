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
from pellucid.cluster._seeding import plus_plus

__all__ = ["KMeansModel", "check_table"]

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
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags

    def fit_predict(self, X, y=None, sample_weight=None):
        """Fit, and the part of each row (N,)."""
        return self.fit(X, sample_weight=sample_weight).labels_

    def predict(self, X):
        """The index of the centre nearest to each row of X (N,)."""
        return self._parts(X).labels

    def score(self, X, y=None, sample_weight=None):
        """-Σ_n s_n min_k ‖x_n - c_k‖², the more the better."""
        parts = self._parts(X, sample_weight)
        return -parts.inertia(self.cluster_centers_ - parts.origin)

    def transform(self, X):
        """The distance of each row to each centre (N, K)."""
        check_is_fitted(self)
        X = self._checked(X)
        return np.sqrt(
            np.stack([np.sum((X - c) ** 2, axis=1) for c in self.cluster_centers_], axis=1)
        )

    def _parts(self, X, sample_weight=None):
        check_is_fitted(self)
        X = self._checked(X)
        weight = _check_sample_weight(sample_weight, X, dtype=X.dtype)
        centres = self.cluster_centers_
        origin = centres.mean(axis=0)
        parts = Partition(X, weight, origin, len(centres))
        parts.assign(centres - origin, np.zeros(len(centres)))
        return parts

    def _checked(self, X):
        return validate_data(
            self, X, accept_sparse="csr", reset=False, dtype=FLOATS, order="C",
            accept_large_sparse=False,
        )  # fmt: skip

    def _start(self, X, weight, origin, init, random_state):
        """Centres (K, D) about the origin."""
        K, N = self.n_clusters, len(X)
        if isinstance(init, str) and init == "k-means++":
            return plus_plus(X, weight, origin, K, random_state)[0]
        if isinstance(init, str):
            rows = random_state.choice(N, size=K, replace=False, p=weight / weight.sum())
            return X[rows] - origin
        if callable(init):
            init = check_array(
                init(X, K, random_state=random_state), dtype=X.dtype, order="C", copy=True
            )
            self._check_centres(X, init)
        return init - origin

    def _check_centres(self, X, centres):
        if centres.shape[0] != self.n_clusters:
            raise ValueError(
                f"The shape of the initial centers {centres.shape} does not match the number of clusters {self.n_clusters}."
            )
        if centres.shape[1] != X.shape[1]:
            raise ValueError(
                f"The shape of the initial centers {centres.shape} does not match the number of features of the data {X.shape[1]}."
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
