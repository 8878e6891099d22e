"""Categorical naive Bayes: features that are one of a few kinds."""

from functools import partial
from numbers import Integral, Real
from typing import ClassVar

import numpy as np
from sklearn.utils._param_validation import Interval

from pellucid._compile import kernel
from pellucid.naive_bayes._base import row_blocks
from pellucid.naive_bayes._discrete import DiscreteNaiveBayes, finite, not_below_zero
from pellucid.reduction import map_blocks

__all__ = ["CategoricalNB"]


class CategoricalNB(DiscreteNaiveBayes):
    """Each feature one throw of the class's own die.

        log p(x, k) = log π_k + Σ_d log θ_kd(x_d),    θ_kd(c) = (N_kdc + α) / (N_k + α C_d)

    where N_kdc of the N_k rows of class k have category c of the C_d = 0, 1, ... of feature d.

    Parameters
    ----------
    alpha : float
    force_alpha : bool
        False: α is at least 1e-10.
    fit_prior : bool
        False: all classes are as probable.
    class_prior : array (K,) or None
        π; None takes the shares of the classes.
    min_categories : int, array (D,) or None
        The least C_d; None takes one more than the largest category seen.

    Attributes
    ----------
    classes_, class_count_, class_log_prior_ : arrays (K,)
    category_count_ : list of D arrays (K, C_d), N
    feature_log_prob_ : list of D arrays (K, C_d), log θ
    n_categories_ : array (D,), C

    References
    ----------
    Murphy, Probabilistic Machine Learning: An Introduction (2022), section 9.3.
    """

    _parameter_constraints: ClassVar[dict] = {
        **DiscreteNaiveBayes._parameter_constraints,
        "alpha": [Interval(Real, 0, None, closed="left")],
        "min_categories": ["array-like", Interval(Integral, 1, None, closed="left"), None],
    }
    _input: ClassVar[dict] = {"dtype": np.int64}

    def __init__(
        self,
        *,
        alpha=1.0,
        force_alpha=True,
        fit_prior=True,
        class_prior=None,
        min_categories=None,
    ):
        super().__init__(
            alpha=alpha, force_alpha=force_alpha, fit_prior=fit_prior, class_prior=class_prior
        )
        self.min_categories = min_categories

    def _rows(self, X, y, sample_weight, reset=True):
        rows = super()._rows(X, y, sample_weight, reset)
        return rows.then(partial(not_below_zero, type(self).__name__))

    def _check(self, X):
        return not_below_zero(type(self).__name__, super()._check(X))[0]

    def _start(self, n_features):
        K = len(self.classes_)
        self.class_count_ = np.zeros(K)
        self.category_count_ = [np.zeros((K, 0)) for _ in range(n_features)]

    def _count(self, rows):
        K, seen = len(self.classes_), [len(N.T) for N in self.category_count_]
        most = rows.reduce(lambda X, *_: X.max(axis=0), combine=np.maximum) + 1
        C = np.maximum(np.maximum(most, seen), self._least_categories(len(most)))
        starts = np.cumsum(C) - C  # the column of category 0 of each feature

        def counts(X, labels, weights):
            out = np.zeros((K, C.sum()))
            _count_categories(X, labels, weights, starts, out)
            return out, np.bincount(labels, weights, K)

        rows = rows.in_blocks(block_bytes=max(1 << 21, 32 * K * C.sum()))
        new, classes = rows.reduce(counts)
        self.class_count_ += classes
        for d, N in enumerate(np.split(new, starts[1:], axis=1)):
            N[:, : seen[d]] += self.category_count_[d]
            self.category_count_[d] = N
        self.n_categories_ = C

    def _least_categories(self, n_features):
        if self.min_categories is None:
            return 0
        least = np.asarray(self.min_categories)
        if not np.issubdtype(least.dtype, np.integer):
            raise ValueError(
                f"'min_categories' should have integral type. Got {least.dtype} instead."
            )
        if least.ndim and least.shape != (n_features,):
            raise ValueError(
                f"'min_categories' should have shape ({n_features},) when an array-like is "
                f"provided. Got {least.shape} instead."
            )
        return least

    def _smooth(self, alpha):
        smoothed = [N + alpha for N in self.category_count_]
        self.feature_log_prob_ = [np.log(N) - np.log(N.sum(1, keepdims=True)) for N in smoothed]

    def _joint_log_likelihood(self, X):
        C = np.array([log.shape[1] for log in self.feature_log_prob_])
        unseen = np.flatnonzero(X.max(axis=0) >= C)
        if len(unseen):
            d = unseen[0]
            raise IndexError(
                f"index {X[:, d].max()} is out of bounds: feature {d} has {C[d]} categories; "
                "name more by min_categories"
            )
        table = finite(np.concatenate(self.feature_log_prob_, axis=1).T)  # (Σ C, K)
        scores = np.tile(self.class_log_prior_, (len(X), 1))  # (N, K)
        starts = np.cumsum(C) - C
        map_blocks(
            lambda rows: _add_up(X[rows], table, starts, scores[rows]),
            row_blocks(X),
        )
        return scores

    def _check_state(self):
        if not hasattr(self, "feature_log_prob_"):
            return
        K, D = len(self.classes_), self.n_features_in_
        classes = {len(log) for log in (self.class_log_prior_, *self.feature_log_prob_)}
        if classes != {K} or len(self.feature_log_prob_) != D:
            raise ValueError(f"a table that is not of {K} classes and {D} features")

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.categorical = True
        tags.input_tags.sparse = False
        tags.input_tags.positive_only = True
        return tags


@kernel
def _count_categories(X, labels, weights, starts, out):
    """``np.add.at(out, (labels[:, None], starts + X), weights[:, None])``."""
    for n in range(len(X)):
        for d in range(X.shape[1]):
            out[labels[n], starts[d] + X[n, d]] += weights[n]


@kernel
def _add_up(X, table, starts, scores):
    """``scores += table[starts + X].sum(axis=1)``."""
    for n in range(len(X)):
        for d in range(X.shape[1]):
            row = starts[d] + X[n, d]
            for k in range(scores.shape[1]):
                scores[n, k] += table[row, k]
