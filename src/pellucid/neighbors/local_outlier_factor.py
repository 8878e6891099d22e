"""The local outlier factor: how much thinner than around its neighbours it is around a point."""

import warnings
from numbers import Real
from typing import ClassVar

import numpy as np
from sklearn.base import OutlierMixin
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from pellucid.base import validate_parameters
from pellucid.neighbors._neighbors import KNeighborsMixin, Neighbors, without

__all__ = ["LocalOutlierFactor"]

COINCIDENT = 1e-10  # of a usual k-distance: what is added to reachabilities, which may be zero


def _only(novelty):
    """A method that is there for this value of ``novelty`` alone."""

    def decorate(method):
        def check(model):
            if model.novelty != novelty:
                raise AttributeError(
                    f"{method.__name__} is not available when novelty={model.novelty}: novelty="
                    "True is for new points, False and fit_predict for the examples themselves"
                )
            return True

        return available_if(check)(method)

    return decorate


class LocalOutlierFactor(KNeighborsMixin, OutlierMixin, Neighbors):
    """How much thinner it is around a point than around its neighbours: outliers, by place.

        reach(x, o) = max(d_k(o), d(x, o)),         d_k(o) the distance from o to its k-th neighbour
        lrd(x) = 1 / (mean of reach(x, o) over the k neighbours o of x + ε)
        LOF(x) = mean of lrd(o) over the same o / lrd(x)

    LOF is about one within a cluster, however dense that is, and larger outside of any (Breunig et
    al. 2000).  ε, 10^-10 of the median d_k, keeps lrd finite where more than k examples coincide.
    No example is its own neighbour.

    Parameters
    ----------
    n_neighbors : int, default=20
        k; if there are not so many others, all of them.
    contamination : 'auto' or float in (0, 0.5], default='auto'
        The share of the examples that are outliers; 'auto' are those whose LOF is above 1.5.
    novelty : bool, default=False
        Whether to judge new points (``predict``, ``decision_function``, ``score_samples``), or the
        examples themselves (``fit_predict``).
    algorithm, leaf_size, metric, p, metric_params, n_jobs
        How examples are searched, and by what distance: as of ``NearestNeighbors``.

    Attributes
    ----------
    negative_outlier_factor_ : ndarray of shape (N,)
        -LOF of the examples.
    n_neighbors_ : int
    offset_ : float
        Whose score is below it is an outlier.
    effective_metric_, effective_metric_params_, n_samples_fit_, n_features_in_, feature_names_in_
        As of ``NearestNeighbors``.

    References
    ----------
    Breunig, M. M., Kriegel, H.-P., Ng, R. T. & Sander, J. (2000). LOF: Identifying Density-Based
    Local Outliers. ACM SIGMOD International Conference on Management of Data, 93-104.
    """

    _parameter_constraints: ClassVar[dict] = {
        **without("radius"),
        "contamination": [StrOptions({"auto"}), Interval(Real, 0, 0.5, closed="right")],
        "novelty": ["boolean"],
    }

    def __init__(
        self,
        n_neighbors=20,
        *,
        algorithm="auto",
        leaf_size=30,
        metric="minkowski",
        p=2,
        metric_params=None,
        contamination="auto",
        novelty=False,
        n_jobs=None,
    ):
        self.n_neighbors = n_neighbors
        self.algorithm = algorithm
        self.leaf_size = leaf_size
        self.metric = metric
        self.p = p
        self.metric_params = metric_params
        self.contamination = contamination
        self.novelty = novelty
        self.n_jobs = n_jobs

    @validate_parameters
    def fit(self, X, y=None):
        """Find the factors of the rows of X (N, D), each among all the others."""
        self._keep(X)
        self.n_neighbors_ = max(1, min(self.n_neighbors, self.n_samples_fit_ - 1))
        if self.n_neighbors > self.n_samples_fit_:
            warnings.warn(
                f"n_neighbors ({self.n_neighbors}) is greater than the total number of samples "
                f"({self.n_samples_fit_}). n_neighbors will be set to (n_samples - 1) for "
                "estimation."
            )
        distances, neighbors = self.kneighbors(n_neighbors=self.n_neighbors_)  # (N, k)
        self._k_distances = distances[:, -1]  # (N,)
        if not np.isfinite(self._k_distances).all():
            raise ValueError("the distances of some examples overflow; divide X by a large number")
        self._reachabilities = self._mean_reach(distances, neighbors)  # (N,)
        factors = self._factors(self._reachabilities, neighbors)
        self.negative_outlier_factor_ = -factors.astype(self._dtype(self._fit_X))
        if self.contamination == "auto":
            self.offset_ = -1.5
        else:
            scores = self.negative_outlier_factor_
            self.offset_ = np.percentile(scores, 100 * self.contamination)
        if not self.novelty and factors.max() > 1e7:
            warnings.warn(
                "Duplicate values are leading to incorrect results. "
                "Increase the number of neighbors for more accurate results."
            )
        return self

    @_only(novelty=False)
    def fit_predict(self, X, y=None):
        """Fit to the rows of X and say which are outliers (-1) and which are not (1), (N,)."""
        return self.fit(X)._predict()

    @_only(novelty=True)
    def predict(self, X=None):
        """-1 for outliers among the rows of X, 1 for the others; None are the examples, (M,)."""
        return self._predict(X)

    @_only(novelty=True)
    def decision_function(self, X):
        """``score_samples`` above ``offset_``: negative for outliers, (M,)."""
        return self.score_samples(X) - self.offset_

    @_only(novelty=True)
    def score_samples(self, X):
        """-LOF of new points, the rows of X, (M,): an example would find itself its neighbour."""
        check_is_fitted(self)
        distances, neighbors = self.kneighbors(X, self.n_neighbors_)  # (M, k)
        factors = self._factors(self._mean_reach(distances, neighbors), neighbors)
        return -factors.astype(self._dtype(X))

    def _predict(self, X=None):
        check_is_fitted(self)
        scores = self.negative_outlier_factor_ if X is None else self.score_samples(X)
        return np.where(scores < self.offset_, -1, 1)

    def _mean_reach(self, distances, neighbors):
        """1 / lrd: the mean of max(d_k(o), d(x, o)) over the neighbours o, + ε, (M,)."""
        usual = self._k_distances[self._k_distances > 0]
        reach = np.maximum(self._k_distances[neighbors], distances)  # (M, k)
        return reach.mean(axis=1) + COINCIDENT * (np.median(usual) if len(usual) else 1.0)

    def _factors(self, reach, neighbors):
        """LOF: the mean of lrd(o) / lrd(x) over the neighbours o, (M,)."""
        return reach * np.mean(1 / self._reachabilities[neighbors], axis=1)

    @staticmethod
    def _dtype(X):
        return np.float32 if getattr(X, "dtype", None) == np.float32 else np.float64

    def _check_state(self):
        if not hasattr(self, "_reachabilities"):
            return
        shape = (self.n_samples_fit_,)
        if not (self._k_distances.shape == self._reachabilities.shape == shape):
            raise ValueError(f"{shape[0]} examples have not as many k-distances and densities")
