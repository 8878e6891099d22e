"""What the naive Bayes classifiers of counts share: the prior of the classes, and smoothing."""

import warnings
from numbers import Real
from typing import ClassVar

import numpy as np
import scipy.sparse as sp
from sklearn.utils._param_validation import Interval
from sklearn.utils.validation import check_non_negative

from pellucid.naive_bayes._base import NaiveBayes, row_blocks
from pellucid.reduction import map_blocks

__all__ = ["DiscreteNaiveBayes", "finite", "not_below_zero"]

ALPHA_MIN = 1e-10
LARGEST = -np.log(np.finfo(np.float64).tiny)  # 708.4


class DiscreteNaiveBayes(NaiveBayes):
    """Counts of features by class, ``_count``, made probabilities by ``_smooth(alpha)``."""

    _parameter_constraints: ClassVar[dict] = {
        "alpha": [Interval(Real, 0, None, closed="left"), "array-like"],
        "fit_prior": ["boolean"],
        "class_prior": ["array-like", None],
        "force_alpha": ["boolean"],
    }
    _input: ClassVar[dict] = {"accept_sparse": "csr"}

    def __init__(self, *, alpha=1.0, force_alpha=True, fit_prior=True, class_prior=None):
        self.alpha = alpha
        self.force_alpha = force_alpha
        self.fit_prior = fit_prior
        self.class_prior = class_prior

    def _start(self, n_features):
        self.class_count_ = np.zeros(len(self.classes_))
        self.feature_count_ = np.zeros((len(self.classes_), n_features))

    def _add(self, rows):
        self._count(rows)
        with np.errstate(divide="ignore"):  # log 0 = -∞ of what was never seen
            self._smooth(self._check_alpha())
            self.class_log_prior_ = self._log_prior()
        return self

    def _features(self, X):
        """What is counted of some rows."""
        return X

    def _count(self, rows):
        """N_kd += Σ_n w_n [y_n = k] x_nd: one product with the labels."""

        def sums(X, labels, weights):
            one_hot = weights[:, None] * (labels[:, None] == np.arange(K))  # (n, K)
            return self._features(X).T @ one_hot, np.bincount(labels, weights, K)  # (D, K), (K,)

        K = len(self.classes_)
        rows = rows.in_blocks(block_bytes=max(1 << 21, 4 * self.feature_count_.nbytes))
        features, classes = rows.reduce(sums)
        self.feature_count_ += features.T
        self.class_count_ += classes

    def _scores(self, X, weights, offset):
        """Σ_d x_nd w_kd + b_k, (N, K)."""
        parts = map_blocks(lambda b: self._features(_rows(X, b)) @ weights.T, _blocks(X))
        return np.concatenate(parts) + offset

    def _log_prior(self):
        K = len(self.classes_)
        if self.class_prior is not None:
            if len(self.class_prior) != K:
                raise ValueError("Number of priors must match number of classes.")
            return np.log(self.class_prior)
        if self.fit_prior:
            return np.log(self.class_count_) - np.log(self.class_count_.sum())
        return np.full(K, -np.log(K))

    def _check_alpha(self):
        """α, a number or one for each feature, not below 1e-10 unless ``force_alpha``."""
        alpha = np.asarray(self.alpha) if np.ndim(self.alpha) else self.alpha
        if np.ndim(alpha) and len(alpha) != self.n_features_in_:
            raise ValueError(
                "When alpha is an array, it should contains `n_features`. "
                f"Got {len(alpha)} elements instead of {self.n_features_in_}."
            )
        if np.min(alpha) < 0:
            raise ValueError("All values in alpha must be greater than 0.")
        if np.min(alpha) >= ALPHA_MIN or self.force_alpha:
            return alpha
        warnings.warn(
            "alpha too small will result in numeric errors, setting alpha = "
            f"{ALPHA_MIN:.1e}. Use `force_alpha=True` to keep alpha unchanged."
        )
        return np.maximum(alpha, ALPHA_MIN)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.classifier_tags.poor_score = True  # on normal data, which they are not for
        return tags


def finite(log):
    """The logarithm of a probability 0 as that of the smallest number, 2e-308.

    So what no row of a class had all but rules the class out, and says nothing where it is absent:
    0 · log 0 = 0.
    """
    return np.clip(log, -LARGEST, LARGEST)


def not_below_zero(model, X, *rest):
    """The same rows, of which no number may be below zero."""
    check_non_negative(X, f"{model} (input X)")
    return X, *rest


def _blocks(X):
    """Blocks of dense rows; sparse ones stay together."""
    return [...] if sp.issparse(X) else row_blocks(X)


def _rows(X, block):
    return X if block is ... else X[block]
