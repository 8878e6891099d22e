"""Gaussian naive Bayes: each class a normal distribution with independent features."""

from numbers import Real
from typing import ClassVar

import numpy as np
from sklearn.utils._param_validation import Interval

from pellucid._compile import kernel
from pellucid.emissions.gaussian_moments import Moments
from pellucid.naive_bayes._base import NaiveBayes, row_blocks
from pellucid.reduction import map_blocks

__all__ = ["GaussianNB"]


class GaussianNB(NaiveBayes):
    """Each feature normal, independently of the others, given the class.

        log p(x, k) = log π_k - ½ Σ_d [ log 2πσ²_kd + (x_d - θ_kd)² / σ²_kd ]
        θ_kd = mean of x_d in class k,    σ²_kd = variance of x_d in class k + ε

    ε is ``var_smoothing`` times the largest variance of a feature in all the data so far.  Moments
    are taken about the means of each block of rows and merged: data far from zero keep their
    variance, and batches give what all rows at once give.

    Parameters
    ----------
    priors : array (K,) or None
        π; None takes the shares of the classes.
    var_smoothing : float

    Attributes
    ----------
    classes_ : array (K,)
    class_count_ : array (K,)
        The weight of each class.
    class_prior_ : array (K,)
    theta_, var_ : arrays (K, D)
    epsilon_ : float

    References
    ----------
    Chan, Golub & LeVeque, Updating formulae and a pairwise algorithm for computing sample
    variances, COMPSTAT 1982.
    """

    _parameter_constraints: ClassVar[dict] = {
        "priors": ["array-like", None],
        "var_smoothing": [Interval(Real, 0, None, closed="left")],
    }
    _input: ClassVar[dict] = {"dtype": [np.float64, np.float32]}

    def __init__(self, *, priors=None, var_smoothing=1e-9):
        self.priors = priors
        self.var_smoothing = var_smoothing

    def _start(self, n_features):
        K = len(self.classes_)
        self.class_count_ = np.zeros(K)
        self.theta_, self.var_ = np.zeros((2, K, n_features))
        self.epsilon_ = 0.0

    def _add(self, rows):
        K, dtype = len(self.classes_), rows.dtype
        count = self.class_count_.astype(np.float64)  # (K,)
        scatter = (self.var_ - self.epsilon_) * count[:, None]
        seen = Moments("diag", count, self.theta_.astype(np.float64), scatter)
        rows = rows.in_blocks(block_bytes=max(1 << 21, 8 * scatter.nbytes))
        total = seen + rows.reduce(lambda *block: Moments("diag", *_class_moments(*block, K)))
        share, variance = total.weight / total.weight.sum(), total.covariance(0.0)
        prior = share if self.priors is None else checked_priors(self.priors, K)
        spread = share @ (variance + (total.mean - share @ total.mean) ** 2)  # (D,)
        self.epsilon_ = dtype.type(self.var_smoothing * spread.max())
        self.class_count_ = total.weight.astype(dtype)
        self.class_prior_ = prior.astype(dtype)
        self.theta_ = total.mean.astype(dtype)
        self.var_ = (variance + self.epsilon_).astype(dtype)
        return self

    def _joint_log_likelihood(self, X):
        mean = self.theta_.astype(np.float64)
        variance = np.maximum(self.var_, np.finfo(np.float64).tiny)  # no spread: a narrow peak
        with np.errstate(divide="ignore"):  # a class of no weight
            peak = np.log(self.class_prior_) - np.sum(np.log(2 * np.pi * variance), axis=1) / 2
        out = np.empty((len(X), len(mean)), X.dtype)
        map_blocks(
            lambda b: _log_densities(X[b], mean, 1 / variance, peak, out[b]),
            row_blocks(X),
        )
        return out

    def _check_state(self):
        if not hasattr(self, "theta_"):
            return
        K = len(self.classes_)
        shapes = self.theta_.shape, self.var_.shape, self.class_prior_.shape
        if shapes != ((K, self.n_features_in_), (K, self.n_features_in_), (K,)):
            raise ValueError(f"means, variances and priors of {K} classes have shapes {shapes}")


def checked_priors(priors, n_classes):
    priors = np.asarray(priors)
    if len(priors) != n_classes:
        raise ValueError("Number of priors must match number of classes.")
    if not np.isclose(priors.sum(), 1):
        raise ValueError("The sum of the priors should be 1.")
    if (priors < 0).any():
        raise ValueError("Priors must be non-negative.")
    return priors


@kernel
def _class_moments(X, labels, weights, n_classes):
    """``Moments`` of each class: the rows are read twice, the second time about their means.

    The first row is taken off before, so that far from zero the means keep all their digits.
    """
    first = X[0].astype(np.float64)
    weight = np.zeros(n_classes)
    mean = np.zeros((n_classes, X.shape[1]))
    scatter = np.zeros((n_classes, X.shape[1]))
    for n in range(len(X)):
        k = labels[n]
        weight[k] += weights[n]
        for d in range(X.shape[1]):
            mean[k, d] += weights[n] * (X[n, d] - first[d])
    for k in range(n_classes):
        if weight[k] > 0:
            mean[k] /= weight[k]
    for n in range(len(X)):
        k = labels[n]
        for d in range(X.shape[1]):
            scatter[k, d] += weights[n] * (X[n, d] - first[d] - mean[k, d]) ** 2
    for k in range(n_classes):
        if weight[k] > 0:
            mean[k] += first
    return weight, mean, scatter


@kernel(fastmath={"reassoc", "contract"})
def _log_densities(X, mean, precision, peak, out):
    """``peak - ((X[:, None] - mean) ** 2 * precision).sum(axis=2) / 2``."""
    for n in range(len(X)):
        for k in range(len(mean)):
            distance = 0.0
            for d in range(X.shape[1]):
                distance += (X[n, d] - mean[k, d]) ** 2 * precision[k, d]
            out[n, k] = peak[k] - distance / 2
