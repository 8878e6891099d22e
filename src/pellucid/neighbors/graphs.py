"""Graphs of neighbours: who is near to whom, as a sparse matrix."""

from typing import ClassVar

from sklearn.base import ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils._param_validation import StrOptions
from sklearn.utils.validation import check_is_fitted

from pellucid.base import validate_parameters
from pellucid.neighbors._neighbors import KNeighborsMixin, Neighbors, RadiusNeighborsMixin, without
from pellucid.neighbors.nearest_neighbors import NearestNeighbors

__all__ = [
    "KNeighborsTransformer",
    "RadiusNeighborsTransformer",
    "kneighbors_graph",
    "radius_neighbors_graph",
]

MODE = {"mode": [StrOptions({"distance", "connectivity"})]}


def kneighbors_graph(
    X,
    n_neighbors,
    *,
    mode="connectivity",
    metric="minkowski",
    p=2,
    metric_params=None,
    include_self=False,
    n_jobs=None,
):
    """The k nearest of the rows of X to each of them, as CSR (N, N).

        A_nm = [x_m ∈ N_k(x_n)],      or d(x_n, x_m) with mode='distance'

    X : array or CSR of shape (N, D), or a fitted model of the k nearest examples
    n_neighbors : int
        k.
    mode : {'connectivity', 'distance'}
        Whether to write ones, or distances.
    metric, p, metric_params, n_jobs
        As of ``NearestNeighbors``.
    include_self : bool or 'auto'
        Whether a row is its own nearest; 'auto' where ones are written.
    """
    model = X
    if not isinstance(X, KNeighborsMixin):
        options = {"metric": metric, "p": p, "metric_params": metric_params, "n_jobs": n_jobs}
        model = NearestNeighbors(n_neighbors=n_neighbors, **options).fit(X)
    return model.kneighbors_graph(_asked(model, include_self, mode), n_neighbors, mode)


def radius_neighbors_graph(
    X,
    radius,
    *,
    mode="connectivity",
    metric="minkowski",
    p=2,
    metric_params=None,
    include_self=False,
    n_jobs=None,
):
    """The rows of X no farther than a radius from each of them, as CSR (N, N).

        A_nm = [d(x_n, x_m) ≤ r],      or d(x_n, x_m) with mode='distance'

    X : array or CSR of shape (N, D), or a fitted model of the examples within a radius
    radius : float
        r.
    mode, metric, p, metric_params, include_self, n_jobs
        As of ``kneighbors_graph``.
    """
    model = X
    if not isinstance(X, RadiusNeighborsMixin):
        options = {"metric": metric, "p": p, "metric_params": metric_params, "n_jobs": n_jobs}
        model = NearestNeighbors(radius=radius, **options).fit(X)
    return model.radius_neighbors_graph(_asked(model, include_self, mode), radius, mode)


def _asked(model, include_self, mode):
    """What to ask about all examples with: None leaves each out of its own neighbours."""
    themselves = mode == "connectivity" if include_self == "auto" else include_self
    return model._fit_X if themselves else None


class NeighborsTransformer(ClassNamePrefixFeaturesOutMixin, TransformerMixin, Neighbors):
    """Base of both: examples to which others are put in relation."""

    @validate_parameters
    def fit(self, X, y=None):
        """Keep the rows of X (N, D), or a tree of them."""
        self._keep(X)
        self._n_features_out = self.n_samples_fit_
        return self

    def fit_transform(self, X, y=None):
        """The graph (N, N) of the rows of X, each of which is its own neighbour."""
        return self.fit(X).transform(X)


class KNeighborsTransformer(KNeighborsMixin, NeighborsTransformer):
    """A graph of the k nearest examples, for a model that takes precomputed distances.

        A_mn = d(x_m, x_n)    for the n of the k + 1 examples nearest to x_m

    One more than k, because an example is its own neighbour, and whoever takes the graph may not
    count it.  Zeros are stored.

    Parameters
    ----------
    mode : {'distance', 'connectivity'}, default='distance'
        Whether to write distances, or ones for the k nearest.
    n_neighbors : int, default=5
        k.
    algorithm, leaf_size, metric, p, metric_params, n_jobs
        How examples are searched, and by what distance: as of ``NearestNeighbors``.

    Attributes
    ----------
    effective_metric_, effective_metric_params_, n_samples_fit_, n_features_in_, feature_names_in_
        As of ``NearestNeighbors``.
    """

    _parameter_constraints: ClassVar[dict] = {**without("radius"), **MODE}

    def __init__(
        self,
        *,
        mode="distance",
        n_neighbors=5,
        algorithm="auto",
        leaf_size=30,
        metric="minkowski",
        p=2,
        metric_params=None,
        n_jobs=None,
    ):
        self.mode = mode
        self.n_neighbors = n_neighbors
        self.algorithm = algorithm
        self.leaf_size = leaf_size
        self.metric = metric
        self.p = p
        self.metric_params = metric_params
        self.n_jobs = n_jobs

    def transform(self, X):
        """The graph (M, N) from the rows of X (M, D) to the examples, as CSR."""
        check_is_fitted(self)
        return self.kneighbors_graph(X, self.n_neighbors + (self.mode == "distance"), self.mode)


class RadiusNeighborsTransformer(RadiusNeighborsMixin, NeighborsTransformer):
    """A graph of the examples within a radius, for a model that takes precomputed distances.

        A_mn = d(x_m, x_n)    for the n with d(x_m, x_n) ≤ r

    Zeros are stored; the nearest come first in each row.

    Parameters
    ----------
    mode : {'distance', 'connectivity'}, default='distance'
        Whether to write distances, or ones.
    radius : float, default=1.0
        r.
    algorithm, leaf_size, metric, p, metric_params, n_jobs
        How examples are searched, and by what distance: as of ``NearestNeighbors``.

    Attributes
    ----------
    effective_metric_, effective_metric_params_, n_samples_fit_, n_features_in_, feature_names_in_
        As of ``NearestNeighbors``.
    """

    _parameter_constraints: ClassVar[dict] = {**without("n_neighbors"), **MODE}

    def __init__(
        self,
        *,
        mode="distance",
        radius=1.0,
        algorithm="auto",
        leaf_size=30,
        metric="minkowski",
        p=2,
        metric_params=None,
        n_jobs=None,
    ):
        self.mode = mode
        self.radius = radius
        self.algorithm = algorithm
        self.leaf_size = leaf_size
        self.metric = metric
        self.p = p
        self.metric_params = metric_params
        self.n_jobs = n_jobs

    def transform(self, X):
        """The graph (M, N) from the rows of X (M, D) to the examples, as CSR."""
        check_is_fitted(self)
        return self.radius_neighbors_graph(X, mode=self.mode, sort_results=True)
