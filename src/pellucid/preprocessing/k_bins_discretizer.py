"""Columns cut into bins: of equal width, of equal count, or around k-means centres."""

import numbers
import warnings
from typing import ClassVar

import numpy as np
import scipy.sparse as sp
from sklearn.base import TransformerMixin
from sklearn.utils import resample
from sklearn.utils._param_validation import Interval, Options, StrOptions
from sklearn.utils.validation import (
    _check_feature_names_in,
    _check_sample_weight,
    check_array,
    check_is_fitted,
    validate_data,
)

from pellucid.base import Estimator, validate_parameters
from pellucid.preprocessing._indicators import indicators
from pellucid.reduction import blocks, map_blocks

__all__ = ["KBinsDiscretizer"]

WEIGHTED_METHODS = ("averaged_inverted_cdf", "inverted_cdf")
NARROWEST = 1e-8  # bins are not narrower


class KBinsDiscretizer(TransformerMixin, Estimator):
    """Cut each column into bins, and say for each value in which it lies.

        bin(x) = k    where e_k ≤ x < e_{k+1}, for the edges e_0 < e_1 < ... < e_K of the column

    The first bin takes what is smaller, the last what is larger.  The edges are, by ``strategy``,

    - uniform: equally far apart from min x to max x;
    - quantile: the quantiles 0, 1/K, ..., 1, so that each bin holds as many values;
    - kmeans: midway between neighbouring centres of a one-dimensional k-means (Lloyd 1982) that
      starts from the centres of the uniform bins.

    Parameters
    ----------
    n_bins : int or array-like of shape (D,), default=5
        Bins of each column.
    encode : {'onehot', 'onehot-dense', 'ordinal'}, default='onehot'
        Give an indicator for each bin, as CSR matrix or as array; or the number of the bin.
    strategy : {'uniform', 'quantile', 'kmeans'}, default='quantile'
    quantile_method : str, default='averaged_inverted_cdf'
        How a quantile between two values is taken: one of the methods of ``numpy.quantile``.
    dtype : {float32, float64}, default=None
        Of the result; None is that of X.
    subsample : int or None, default=200_000
        Edges are found on this many rows, drawn at random, where there are more.
    random_state : int, RandomState or None, default=None
        Draws those rows.

    Attributes
    ----------
    bin_edges_ : ndarray of shape (D,), of ndarrays of shape (n_bins_[d] + 1,)
    n_bins_ : ndarray of shape (D,)
        As asked for, less the bins narrower than 1e-8, which are merged.
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (D,)
    """

    _parameter_constraints: ClassVar[dict] = {
        "n_bins": [Interval(numbers.Integral, 2, None, closed="left"), "array-like"],
        "encode": [StrOptions({"onehot", "onehot-dense", "ordinal"})],
        "strategy": [StrOptions({"uniform", "quantile", "kmeans"})],
        "quantile_method": [
            StrOptions(
                {
                    *WEIGHTED_METHODS,
                    "closest_observation",
                    "interpolated_inverted_cdf",
                    "hazen",
                    "weibull",
                    "linear",
                    "median_unbiased",
                    "normal_unbiased",
                }
            )
        ],
        "dtype": [Options(type, {np.float64, np.float32}), None],
        "subsample": [Interval(numbers.Integral, 1, None, closed="left"), None],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        n_bins=5,
        *,
        encode="onehot",
        strategy="quantile",
        quantile_method="averaged_inverted_cdf",
        dtype=None,
        subsample=200_000,
        random_state=None,
    ):
        self.n_bins = n_bins
        self.encode = encode
        self.strategy = strategy
        self.quantile_method = quantile_method
        self.dtype = dtype
        self.subsample = subsample
        self.random_state = random_state

    @validate_parameters
    def fit(self, X, y=None, sample_weight=None):
        """Find the edges of the columns of X (N, D), its rows weighted by ``sample_weight``."""
        X = validate_data(self, X, dtype="numeric")
        K = self._wanted_bins()
        if sample_weight is not None:
            sample_weight = _check_sample_weight(sample_weight, X)
        if self.subsample is not None and len(X) > self.subsample:
            X = resample(
                X,
                replace=sample_weight is not None,
                n_samples=self.subsample,
                random_state=self.random_state,
                sample_weight=sample_weight,
            )
            sample_weight = None  # the draw has heeded it
        if sample_weight is not None:
            self._check_method()
            X, sample_weight = X[sample_weight != 0], sample_weight[sample_weight != 0]

        found = map_blocks(lambda d: self._edges(X[:, d], K[d], sample_weight), range(X.shape[1]))
        self.bin_edges_ = np.empty(len(found), dtype=object)
        for d, edges in enumerate(found):
            self.bin_edges_[d] = self._merge_narrow(edges, d)
        self.n_bins_ = np.array([len(edges) - 1 for edges in self.bin_edges_])
        return self

    def transform(self, X):
        """The bins of X (N, D): indicators (N, Σ_d K_d), or numbers (N, D)."""
        check_is_fitted(self)
        dtype = [np.float64, np.float32] if self.dtype is None else self.dtype
        X = validate_data(self, X, reset=False, dtype=dtype)
        starts = self._starts()[:-1] if self.encode != "ordinal" else np.zeros(X.shape[1], int)
        bins = np.empty(X.shape, X.dtype if self.encode == "ordinal" else np.int32)

        def find(s):
            for d, edges in enumerate(self.bin_edges_):
                bins[s, d] = np.searchsorted(edges[1:-1], X[s, d], side="right") + starts[d]

        map_blocks(find, blocks(len(X), X.shape[1] * X.itemsize))
        if self.encode == "ordinal":
            return bins
        return indicators(bins, self._starts()[-1], X.dtype, sparse=self.encode == "onehot")

    def inverse_transform(self, X):
        """The middle of each bin of X (N, D)."""
        check_is_fitted(self)
        starts, D = self._starts(), self.n_features_in_
        columns = D if self.encode == "ordinal" else starts[-1]
        X = check_array(X, accept_sparse="csr", dtype=[np.float64, np.float32])
        if X.shape[1] != columns:
            raise ValueError(
                f"Incorrect number of features. Expecting {columns}, received {X.shape[1]}."
            )
        out = np.empty((X.shape[0], D), self.dtype or X.dtype)
        X = X.toarray() if sp.issparse(X) else X
        for d, edges in enumerate(self.bin_edges_):
            own = X[:, starts[d] : starts[d + 1]]
            bins = X[:, d] if self.encode == "ordinal" else np.argmax(own, axis=1)
            out[:, d] = ((edges[1:] + edges[:-1]) / 2)[bins.astype(np.intp)]
        return out

    def get_feature_names_out(self, input_features=None):
        """The names of the columns; for indicators followed by the number of the bin."""
        check_is_fitted(self)
        names = _check_feature_names_in(self, input_features)
        if self.encode == "ordinal":
            return names
        pairs = zip(names, self.n_bins_, strict=True)
        return np.array([f"{name}_{float(k)}" for name, K in pairs for k in range(K)], dtype=object)

    def _starts(self):
        """Where the indicators of each column start, and at last their number: (D + 1,)."""
        return np.concatenate([[0], np.cumsum(self.n_bins_)])

    def _wanted_bins(self):
        if isinstance(self.n_bins, numbers.Integral):
            return np.full(self.n_features_in_, self.n_bins)
        K = np.asarray(self.n_bins)
        if K.shape != (self.n_features_in_,):
            raise ValueError("n_bins must be a scalar or array of shape (n_features,).")
        wrong = np.flatnonzero((K < 2) | (np.floor(K) != K))
        if len(wrong):
            raise ValueError(
                "KBinsDiscretizer received an invalid number of bins at indices "
                f"{', '.join(map(str, wrong))}. Number of bins must be at least 2, "
                "and must be an int."
            )
        return K.astype(np.intp)

    def _check_method(self):
        if self.strategy == "quantile" and self.quantile_method not in WEIGHTED_METHODS:
            raise ValueError(
                "When fitting with strategy='quantile' and sample weights, quantile_method should "
                "either be set to 'averaged_inverted_cdf' or 'inverted_cdf', got "
                f"quantile_method='{self.quantile_method}' instead."
            )

    def _edges(self, x, K, sample_weight):
        """The edges of K bins of the values x (N,)."""
        low, high = x.min(), x.max()
        uniform = np.linspace(low, high, K + 1)
        if low == high:
            return np.array([-np.inf, np.inf])
        if self.strategy == "uniform":
            return uniform
        if self.strategy == "kmeans":
            centres = _lloyd(x, (uniform[1:] + uniform[:-1]) / 2, sample_weight)
            return np.concatenate([[low], (centres[1:] + centres[:-1]) / 2, [high]])
        q = np.linspace(0, 100, K + 1) / 100  # rounds as percentiles do
        if sample_weight is None:
            return np.quantile(x, q, method=self.quantile_method).astype(np.float64)
        return _weighted_quantiles(x, q, sample_weight, self.quantile_method == WEIGHTED_METHODS[0])

    def _merge_narrow(self, edges, d):
        if edges[0] == -np.inf:
            warnings.warn(f"Feature {d} is constant and will be replaced with 0.")
        if self.strategy == "uniform" or len(edges) == 2:
            return edges
        wide = np.diff(edges, prepend=-np.inf) > NARROWEST
        if not wide.all():
            warnings.warn(
                f"Bins whose width are too small (i.e., <= {NARROWEST}) in feature {d} are "
                "removed. Consider decreasing the number of bins."
            )
        return edges[wide]


def _weighted_quantiles(x, q, weight, averaged):
    """The least x that has a share q of the weight at or below it.

    ``averaged``: midway to the next where the share is exact.
    """
    order = np.argsort(x, kind="stable")
    x, cumulative = x[order], np.cumsum(weight[order])
    goal = q * cumulative[-1]
    at = np.searchsorted(cumulative, goal, side="left")
    at = np.clip(at, 0, len(x) - 1)
    if not averaged:
        return x[at]
    exact = np.isclose(cumulative[at], goal, rtol=1e-15, atol=0)
    return (x[at] + x[np.minimum(at + exact, len(x) - 1)]) / 2


def _lloyd(x, centres, weight, max_iter=300, tol=1e-4):
    """k-means of the numbers x (N,) from ``centres`` (K,), which are sorted and stay so.

    Sorted, a cluster is a run of values, its sum a difference of two cumulative sums: a step costs
    K searches, whatever N.
    """
    order = np.argsort(x, kind="stable")
    x = x[order].astype(np.float64)
    x_mean = x.mean()  # cumulative sums of what is near zero keep their digits
    x, centres = x - x_mean, centres - x_mean
    w = np.ones(len(x)) if weight is None else weight[order]
    mass = np.concatenate([[0.0], np.cumsum(w)])
    moment = np.concatenate([[0.0], np.cumsum(w * x)])
    tolerance = tol * np.var(x)
    cuts = None
    for _ in range(max_iter):
        earlier, cuts = cuts, _cuts(x, centres)
        held, total = np.diff(mass[cuts]), np.diff(moment[cuts])
        _refill(x, w, centres, cuts, held, total)
        moved = np.divide(total, held, out=centres.copy(), where=held > 0)
        shift, centres = np.sum((moved - centres) ** 2), np.sort(moved)
        if np.array_equal(cuts, earlier) or shift <= tolerance:
            break
    return centres + x_mean


def _cuts(x, centres):
    """Where each cluster's run of the sorted x begins, and at last N: (K + 1,)."""
    middles = np.searchsorted(x, (centres[1:] + centres[:-1]) / 2, side="right")
    return np.concatenate([[0], middles, [len(x)]])


def _refill(x, w, centres, cuts, held, total):
    """Give each empty cluster the value that is farthest from its own centre."""
    empty = np.flatnonzero(np.diff(cuts) == 0)
    if not len(empty):
        return
    own = np.repeat(np.arange(len(centres)), np.diff(cuts))
    farthest = np.argsort((x - centres[own]) ** 2, kind="stable")[::-1][: len(empty)]
    for k, n in zip(empty, farthest, strict=False):
        held[own[n]] -= w[n]
        total[own[n]] -= w[n] * x[n]
        held[k], total[k] = w[n], w[n] * x[n]
