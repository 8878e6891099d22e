"""Nearest centroid: the class whose middle is nearest, shrunk towards the middle of all."""

import warnings
from numbers import Real
from typing import ClassVar

import numpy as np
import scipy.sparse as sp
from scipy.spatial.distance import cdist
from sklearn.base import ClassifierMixin
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from pellucid._math import log_softmax, softmax
from pellucid.base import Estimator, validate_parameters
from pellucid.reduction import blocks, map_blocks, reduce_blocks

__all__ = ["NearestCentroid"]


def _euclidean(model):
    return model.metric == "euclidean"


class NearestCentroid(ClassifierMixin, Estimator):
    """The class whose middle is nearest, in a table that may be shrunk towards the middle of all.

        d_kj = (c_kj - c_j) / (m_k (s_j + s₀)),          m_k = √(1/n_k - 1/N)
        c'_kj = c_j + m_k (s_j + s₀) sign(d_kj) max(|d_kj| - Δ, 0)
        δ_k(x) = 2 log π_k - Σ_j (x_j - c'_kj)² / s_j²

    for the mean c_k of a class (its median, for Manhattan distances), the mean c of all rows, the
    pooled standard deviation s within the classes, and its median s₀.  A feature whose d_kj is
    shrunk to zero for all classes has no say: nearest shrunken centroids (Tibshirani et al. 2002).

    ``predict`` gives the class of the centroid nearest to x in plain distance where all π_k are
    equal, and that of the largest δ_k elsewhere; with Manhattan distances the sum in δ_k is then
    (Σ_j |x_j - c'_kj| / s_j)².  A feature that does not vary within any class counts with s_j = 1.

    Parameters
    ----------
    metric : {'euclidean', 'manhattan'}, default='euclidean'
        Of the distance, and so of the middle: the mean or the median.
    shrink_threshold : float or None, default=None
        Δ > 0; None does not shrink.
    priors : {'uniform', 'empirical'} or array-like of shape (K,), default='uniform'
        π: all equal; the shares of the classes; or as given.

    Attributes
    ----------
    centroids_ : ndarray of shape (K, D)
        c'
    classes_ : ndarray of shape (K,)
    class_prior_ : ndarray of shape (K,)
    deviations_ : ndarray of shape (K, D)
        d, after shrinking.
    within_class_std_dev_ : ndarray of shape (D,)
        s
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (D,)

    References
    ----------
    Tibshirani, R., Hastie, T., Narasimhan, B. & Chu, G. (2002). Diagnosis of multiple cancer types
    by shrunken centroids of gene expression. PNAS 99, 6567-6572.
    Hastie, T., Tibshirani, R. & Friedman, J. (2009). The Elements of Statistical Learning, 18.2.
    """

    _parameter_constraints: ClassVar[dict] = {
        "metric": [StrOptions({"euclidean", "manhattan"})],
        "shrink_threshold": [Interval(Real, 0, None, closed="neither"), None],
        "priors": ["array-like", StrOptions({"empirical", "uniform"})],
    }

    def __init__(self, metric="euclidean", *, shrink_threshold=None, priors="uniform"):
        self.metric = metric
        self.shrink_threshold = shrink_threshold
        self.priors = priors

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags

    @validate_parameters
    def fit(self, X, y):
        """Find the middle of each class of the rows of X (N, D), which may be sparse."""
        X, y = validate_data(self, X, y, accept_sparse="csr", dtype=np.float64)
        check_classification_targets(y)
        self.classes_, labels = np.unique(y, return_inverse=True)
        N, K, counts = len(y), len(self.classes_), np.bincount(labels)
        if K < 2:
            raise ValueError("The number of classes has to be greater than one; got 1 class")
        self.class_prior_ = self._class_priors(counts)

        means = _class_means(X, labels, counts)
        middle = counts @ means / N  # (D,)
        centroids = means if self.metric == "euclidean" else _class_medians(X, labels, K)
        scatter = _scatter(X, labels, centroids)  # (D,)
        if not np.any(_dense(X.max(axis=0)) > _dense(X.min(axis=0))):
            raise ValueError("All features have zero variance. Division by zero.")
        deviation = np.sqrt(scatter / max(N - K, 1))
        self.within_class_std_dev_ = deviation

        unit = np.sqrt(1 / counts - 1 / N)[:, None] * (deviation + np.median(deviation))  # (K, D)
        steps = centroids - middle
        if self.shrink_threshold:
            steps = np.sign(steps) * np.maximum(np.abs(steps) - self.shrink_threshold * unit, 0)
            centroids = middle + steps
        self.centroids_ = centroids
        with np.errstate(divide="ignore"):  # what varies between classes alone: infinitely far
            self.deviations_ = np.divide(steps, unit, out=np.zeros_like(steps), where=steps != 0)
        return self

    def predict(self, X):
        """The class of each row, (N,)."""
        X = self._check(X)
        if np.allclose(self.class_prior_, 1 / len(self.classes_)):
            score = self._nearness(X)
        else:
            score = self._discriminants(X)
        return self.classes_[score.argmax(axis=1)]

    @available_if(_euclidean)
    def decision_function(self, X):
        """δ_k of each row, (N, K); with two classes their difference δ_1 - δ_0, (N,)."""
        scores = self._discriminants(self._check(X))
        return scores if scores.shape[1] > 2 else scores[:, 1] - scores[:, 0]

    @available_if(_euclidean)
    def predict_proba(self, X):
        """exp δ_k / Σ_j exp δ_j, (N, K)."""
        return softmax(self._discriminants(self._check(X)))

    @available_if(_euclidean)
    def predict_log_proba(self, X):
        """log of ``predict_proba``, (N, K)."""
        return log_softmax(self._discriminants(self._check(X)))

    def _check(self, X):
        check_is_fitted(self, "deviations_")
        return validate_data(self, X, accept_sparse="csr", dtype=np.float64, reset=False)

    def _nearness(self, X):
        """What is largest for the nearest centroid: (x - m)ᵀ(c_k - m) - ‖c_k - m‖²/2, (N, K)."""
        if self.metric == "manhattan":
            return -_distances(X, self.centroids_, "cityblock")
        middle = self.centroids_.mean(axis=0)
        C = self.centroids_ - middle  # (K, D)
        half = np.sum(C**2, axis=1) / 2
        if sp.issparse(X):
            return X @ C.T - middle @ C.T - half
        rows = blocks(len(X), X[:1].nbytes)
        return np.concatenate(map_blocks(lambda b: (X[b] - middle) @ C.T - half, rows))

    def _discriminants(self, X):
        """δ_k, (N, K)"""
        scale = np.where(self.within_class_std_dev_ > 0, self.within_class_std_dev_, 1)
        Z = sp.csr_array(X.multiply(1 / scale)) if sp.issparse(X) else X / scale
        metric = "cityblock" if self.metric == "manhattan" else "euclidean"
        with np.errstate(divide="ignore"):
            return (
                2 * np.log(self.class_prior_) - _distances(Z, self.centroids_ / scale, metric) ** 2
            )

    def _class_priors(self, counts):
        if isinstance(self.priors, str):
            shares = counts if self.priors == "empirical" else np.ones(len(counts))
            return shares / shares.sum()
        priors = np.array(self.priors, dtype=np.float64)
        if priors.shape != counts.shape:
            raise ValueError(
                f"priors must hold one number for each of the {len(counts)} classes, "
                f"got an array of shape {priors.shape}"
            )
        if not (priors >= 0).all() or not 0 < priors.sum() < np.inf:
            raise ValueError("priors must be non-negative, and one of them positive")
        if not np.isclose(priors.sum(), 1):
            warnings.warn("The priors do not sum to 1. Normalizing such that it sums to one.")
        return priors / priors.sum()


def _distances(X, C, metric):
    """From each row to each centroid, (N, K); sparse rows are filled in a block at a time."""
    rows = blocks(X.shape[0], 8 * X.shape[1])
    return np.concatenate(map_blocks(lambda b: cdist(_dense(X[b]), C, metric), rows))


def _class_means(X, labels, counts):
    """Σ of each class by products with its indicator, over the number of its rows: (K, D)."""
    N, K = len(labels), len(counts)
    if sp.issparse(X):
        members = sp.csr_array((np.ones(N), (labels, np.arange(N))), shape=(K, N))
        return _dense(members @ X) / counts[:, None]
    sums = reduce_blocks(
        lambda b: (labels[b] == np.arange(K)[:, None]).astype(np.float64) @ X[b],
        blocks(N, X[:1].nbytes),
    )
    return sums / counts[:, None]


def _class_medians(X, labels, K):
    """(K, D); of a block of columns at a time, in which a sparse table is filled in."""
    order = np.argsort(labels, kind="stable")
    ends = np.cumsum(np.bincount(labels, minlength=K))[:-1]

    def medians(columns):
        by_class = np.ascontiguousarray(_dense(X[:, columns]).T)[:, order]  # (d, N)
        return np.array([np.median(part, axis=1) for part in np.split(by_class, ends, axis=1)])

    X = X.tocsc() if sp.issparse(X) else X
    return np.hstack(map_blocks(medians, blocks(X.shape[1], 8 * len(labels), 1 << 23)))


def _scatter(X, labels, centroids):
    """Σ_n (x_n - c_k(n))², (D,); a sparse table's zeros are counted, not visited."""
    if not sp.issparse(X):
        return reduce_blocks(
            lambda b: np.sum((X[b] - centroids[labels[b]]) ** 2, axis=0),
            blocks(len(X), X[:1].nbytes),
        )
    K, D = centroids.shape
    own = np.repeat(labels, np.diff(X.indptr))  # the class of each stored value
    filled = np.bincount(own * D + X.indices, minlength=K * D).reshape(K, D)
    zeros = np.bincount(labels, minlength=K)[:, None] - filled
    stored = (X.data - centroids[own, X.indices]) ** 2
    return np.bincount(X.indices, stored, D) + np.sum(zeros * centroids**2, axis=0)


def _dense(X):
    return X.toarray() if sp.issparse(X) else X
