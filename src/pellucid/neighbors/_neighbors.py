"""What all models of neighbours share: the examples, and the questions put to a search."""

from numbers import Integral, Real
from typing import ClassVar

import numpy as np
import scipy.sparse as sp
from sklearn.metrics.pairwise import pairwise_distances
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_array, check_is_fitted, validate_data

from pellucid.base import Estimator, sparse_as_configured
from pellucid.neighbors._brute import Graph, Matrix, Scan
from pellucid.neighbors._choice import SCANS, TREES, VALID_METRICS, choose, effective
from pellucid.neighbors._metrics import KINDS
from pellucid.neighbors._point_tree import PointTree, in_order, nobody, ragged
from pellucid.neighbors._products import Products

MANY = 32  # rows from which on products are the faster way to search all points
GRAPHS = ("csr", "csc", "coo", "lil")  # formats that keep their zeros

__all__ = ["KNeighborsMixin", "Neighbors", "RadiusNeighborsMixin", "without"]


class Neighbors(Estimator):
    """Base of the models of neighbours, which keep their examples in a form to be searched."""

    _parameter_constraints: ClassVar[dict] = {
        "n_neighbors": [Interval(Integral, 1, None, closed="left"), None],
        "radius": [Interval(Real, 0, None, closed="both"), None],
        "algorithm": [StrOptions({"auto", *VALID_METRICS})],
        "leaf_size": [Interval(Integral, 1, None, closed="left")],
        "p": [Interval(Real, 0, None, closed="right"), None],
        "metric": [StrOptions({*KINDS, *VALID_METRICS["brute"]}), callable],
        "metric_params": [dict, None],
        "n_jobs": [Integral, None],
    }

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.input_tags.pairwise = self.metric == "precomputed"
        tags.input_tags.positive_only = self.metric == "precomputed"
        tags.input_tags.allow_nan = self.metric == "nan_euclidean"
        return tags

    def _keep(self, X, y=None):
        """Keep the examples X (N, D), or those of a tree; return y as it was read."""
        name, params = effective(self.metric, self.p, self.metric_params)
        self.effective_metric_, self.effective_metric_params_ = name, params
        if isinstance(X, Neighbors | PointTree):
            y = y if y is None else check_array(y, ensure_2d=False, dtype=None)
            self._tree = X._tree if isinstance(X, Neighbors) else X
            self._fit_X = X._fit_X if isinstance(X, Neighbors) else X.data
            self._fit_method = next((k for k, T in TREES.items() if type(self._tree) is T), "brute")
            self.n_features_in_ = self._fit_X.shape[1]
        else:
            X, y = self._read(X, y)
            if name == "precomputed" and X.shape[0] != X.shape[1]:
                raise ValueError(
                    "Precomputed matrix must be square. "
                    f"Input is a {X.shape[0]}x{X.shape[1]} matrix."
                )
            self._fit_X = X
            k = getattr(self, "n_neighbors", None) or 1
            self._fit_method = choose(self.algorithm, X, name, params, k)
            tree = TREES.get(self._fit_method)
            self._tree = tree and tree(X, self.leaf_size, name, **params)
        self.n_samples_fit_ = self._fit_X.shape[0]
        return y

    def _read(self, X, y=None, **options):
        """X as an array of the kind that the metric takes, and y if there is one."""
        name = self.effective_metric_
        options |= {
            "accept_sparse": GRAPHS if name == "precomputed" else "csr",
            "dtype": [np.float64, np.float32] if name in KINDS else "numeric",
            "ensure_all_finite": "allow-nan" if name == "nan_euclidean" else True,
            "order": "C",
        }
        if name == "precomputed" and sp.issparse(X) and X.format not in GRAPHS:
            raise TypeError(
                f"Sparse matrix in {X.format!r} format is not supported due to its handling of "
                "explicit zeros"
            )
        if y is None:
            X = validate_data(self, X, **options)
        else:
            X, y = validate_data(self, X, y, multi_output=True, **options)
        return self._distances(X) if name == "precomputed" else X, y

    def _distances(self, D):
        """Precomputed distances: to all the examples, and none of them negative."""
        if sp.issparse(D):
            D = D.tocsr()
        if (D.data if sp.issparse(D) else D).min(initial=0) < 0:
            raise ValueError("Negative values in data passed to precomputed distance matrix.")
        return D

    def _asked(self, X):
        """The rows that are asked about, and which example each of them is, or -1."""
        check_is_fitted(self, "n_samples_fit_")
        if X is None:
            return self._fit_X, np.arange(self.n_samples_fit_)
        X, _ = self._read(X, reset=False)
        if sp.issparse(X) and self._tree is not None:
            raise ValueError(
                f"{self._fit_method} does not support sparse input. Densify the data, or set "
                "algorithm='brute'"
            )
        return X, nobody(X)

    def _search(self, X, by_products=False):
        """What finds the neighbours of the rows of X among the examples."""
        name, params = self.effective_metric_, self.effective_metric_params_
        if self._tree is not None:
            return self._tree
        if name == "precomputed":
            return Graph() if sp.issparse(X) else Matrix(lambda D: D, self.n_samples_fit_)
        if name in SCANS and not sp.issparse(self._fit_X) and not sp.issparse(X):
            if by_products and name in ("euclidean", "l2") and len(X) >= MANY:
                return Products(self._fit_X)
            return Scan(self._fit_X, name, **params)
        return Matrix(
            lambda rows: pairwise_distances(rows, self._fit_X, metric=name, **params),
            self.n_samples_fit_,
        )

    def _check_state(self):
        """There are as many examples as the search and the targets speak of."""
        if not hasattr(self, "n_samples_fit_"):
            return
        sizes = {self.n_samples_fit_, self._fit_X.shape[0]}
        if hasattr(self, "_y"):
            sizes.add(len(self._y))
        tree = self._tree
        if tree is not None:
            sizes.add(len(tree.X))
        if len(sizes) > 1 or not isinstance(tree, PointTree | None):
            raise ValueError(f"the numbers of examples differ: {sorted(sizes)}")


def without(name):
    """The constraints of all parameters but this one."""
    return {k: v for k, v in Neighbors._parameter_constraints.items() if k != name}


class KNeighborsMixin:
    """The k nearest examples."""

    def kneighbors(self, X=None, n_neighbors=None, return_distance=True):
        """The nearest examples to each row of X: distances (N, k) if wanted, and indices (N, k).

        X : array or CSR of shape (N, D), or None
            None asks about the examples themselves, none of which is its own neighbour.
        n_neighbors : int or None
            None takes the ``n_neighbors`` of the model.
        """
        X, own = self._asked(X)
        k = self._checked(self.n_neighbors if n_neighbors is None else n_neighbors, own)
        far, who = self._search(X, by_products=True).nearest(X, k, own)
        return (far, who) if return_distance else who

    def kneighbors_graph(self, X=None, n_neighbors=None, mode="connectivity"):
        """The nearest examples as CSR (N, examples) of ones, or with mode='distance' of distances.

        X, n_neighbors : as of ``kneighbors``
        """
        _check_mode(mode)
        far, who = self.kneighbors(X, n_neighbors)
        counts = np.full(len(who), who.shape[1])
        return _graph(counts, who.ravel(), far.ravel(), mode, self.n_samples_fit_)

    def _checked(self, k, own):
        if not isinstance(k, Integral):
            raise TypeError(f"n_neighbors does not take {type(k)} value, enter integer value")
        if k <= 0:
            raise ValueError(f"Expected n_neighbors > 0. Got {k}")
        N, themselves = self.n_samples_fit_, bool(len(own)) and own[0] >= 0
        if k > N - themselves:
            raise ValueError(
                f"Expected n_neighbors {'<' if themselves else '<='} n_samples_fit, but "
                f"n_neighbors = {k}, n_samples_fit = {N}, n_samples = {len(own)}"
            )
        return k


class RadiusNeighborsMixin:
    """The examples within a radius."""

    def radius_neighbors(self, X=None, radius=None, return_distance=True, sort_results=False):
        """The examples no farther than a radius from each row of X, as arrays of arrays (N,).

        X : array or CSR of shape (N, D), or None
            None asks about the examples themselves, none of which is its own neighbour.
        radius : float or None
            None takes the ``radius`` of the model.
        sort_results : bool
            Whether the nearest come first; else the lowest index does.
        returns : distances if wanted, and indices
        """
        if sort_results and not return_distance:
            raise ValueError("return_distance must be True if sort_results is True.")
        counts, who, far = self._within(X, radius, sort_results)
        return (
            (ragged(counts, far), ragged(counts, who)) if return_distance else ragged(counts, who)
        )

    def radius_neighbors_graph(self, X=None, radius=None, mode="connectivity", sort_results=False):
        """Those examples as CSR (N, examples) of ones, or with mode='distance' of distances.

        X, radius, sort_results : as of ``radius_neighbors``
        """
        _check_mode(mode)
        counts, who, far = self._within(X, radius, sort_results)
        return _graph(counts, who, far, mode, self.n_samples_fit_)

    def _within(self, X, radius=None, by_distance=False):
        X, own = self._asked(X)
        radius = self.radius if radius is None else radius
        counts, who, far = self._search(X).within(X, radius, own)
        return counts, *in_order(counts, who, far, by_distance)


def _check_mode(mode):
    if mode not in ("connectivity", "distance"):
        raise ValueError(
            'Unsupported mode, must be one of "connectivity", or "distance" but got '
            f'"{mode}" instead'
        )


def _graph(counts, who, far, mode, N):
    ends = np.concatenate([[0], np.cumsum(counts)])
    values = far if mode == "distance" else np.ones(len(who))
    return sparse_as_configured(sp.csr_matrix((values, who, ends), shape=(len(counts), N)))
