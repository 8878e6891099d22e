"""Bernoulli naive Bayes: features that are there or not, and whose absence speaks too."""

from numbers import Real
from typing import ClassVar

import numpy as np
import scipy.sparse as sp
from sklearn.utils._param_validation import Interval

from pellucid.naive_bayes._discrete import DiscreteNaiveBayes, finite

__all__ = ["BernoulliNB"]


class BernoulliNB(DiscreteNaiveBayes):
    """Each feature one toss of the class's own coin.

        log p(x, k) = log π_k + Σ_d [ x_d log θ_kd + (1 - x_d) log(1 - θ_kd) ]
        θ_kd = (N_kd + α_d) / (N_k + 2 α_d)

    where N_kd of the N_k rows of class k have feature d.

    Parameters
    ----------
    alpha : float or array (D,)
    force_alpha : bool
        False: α is at least 1e-10.
    binarize : float or None
        A feature is there where it is above this; None: X holds zeros and ones.
    fit_prior : bool
        False: all classes are as probable.
    class_prior : array (K,) or None
        π; None takes the shares of the classes.

    Attributes
    ----------
    classes_, class_count_, class_log_prior_ : arrays (K,)
    feature_count_ : array (K, D), N
    feature_log_prob_ : array (K, D), log θ

    References
    ----------
    McCallum & Nigam, A comparison of event models for naive Bayes text classification, AAAI 1998.
    Manning, Raghavan & Schütze, Introduction to Information Retrieval (2008), section 13.3.
    """

    _parameter_constraints: ClassVar[dict] = {
        **DiscreteNaiveBayes._parameter_constraints,
        "binarize": [None, Interval(Real, 0, None, closed="left")],
    }

    def __init__(
        self, *, alpha=1.0, force_alpha=True, binarize=0.0, fit_prior=True, class_prior=None
    ):
        super().__init__(
            alpha=alpha, force_alpha=force_alpha, fit_prior=fit_prior, class_prior=class_prior
        )
        self.binarize = binarize

    def _features(self, X):
        if self.binarize is None:
            return X
        if sp.issparse(X):
            there = (X.data > self.binarize).astype(np.float64)
            return sp.csr_array((there, X.indices, X.indptr), shape=X.shape)
        return np.greater(X, self.binarize).astype(np.float64)

    def _smooth(self, alpha):
        tosses = self.class_count_[:, None] + 2 * alpha
        self.feature_log_prob_ = np.log((self.feature_count_ + alpha) / tosses)

    def _joint_log_likelihood(self, X):
        there = finite(self.feature_log_prob_)  # log θ
        with np.errstate(divide="ignore"):
            absent = finite(np.log(-np.expm1(there)))  # log(1 - θ)
        return self._scores(X, there - absent, self.class_log_prior_ + absent.sum(axis=1))
