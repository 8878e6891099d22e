"""Columns of mean zero and variance one, from moments merged block by block."""

from typing import ClassVar, NamedTuple

import numpy as np
import scipy.sparse as sp
from sklearn.utils.validation import check_is_fitted

from pellucid._compile import kernel
from pellucid.base import validate_parameters
from pellucid.preprocessing._scaling import Scaler, canonical, column_of_entries, usable

__all__ = ["StandardScaler"]


class StandardScaler(Scaler):
    """Standardise columns: subtract the mean, divide by the standard deviation.

        z = (x - μ) / σ,    μ = Σ_n s_n x_n / Σ_n s_n,    σ² = Σ_n s_n (x_n - μ)² / Σ_n s_n

    for sample weights s, over the values that are not NaN.  The moments of a block of rows are
    taken about its own mean; those of two blocks a and b, of weights n_a and n_b, merge by

        δ = μ_b - μ_a,    μ = μ_a + δ n_b / n,    M = M_a + M_b + δ² n_a n_b / n

    with n = n_a + n_b and M = n σ² (Chan, Golub & LeVeque).  So the large common part of values
    like 10⁸ + noise never enters a square, and ``partial_fit`` over batches equals one ``fit``.
    A column that is constant, up to rounding, is centred and not divided.

    Parameters
    ----------
    copy : bool, default=True
        False transforms the array in place, where its type allows that.
    with_mean : bool, default=True
        Subtract the mean; must be False for sparse X.
    with_std : bool, default=True
        Divide by the standard deviation.

    Attributes
    ----------
    mean_ : ndarray of shape (D,), or None
        None if neither ``with_mean`` nor ``with_std``.
    var_ : ndarray of shape (D,), or None
        None if not ``with_std``.
    scale_ : ndarray of shape (D,), or None
        The standard deviation, 1 for a constant column; None if not ``with_std``.
    n_samples_seen_ : int or float, or ndarray of shape (D,)
        Values, or their weight, in each column; one number where all columns have as many.
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (D,)

    References
    ----------
    Chan, T. F., Golub, G. H. & LeVeque, R. J. (1983). Algorithms for computing the sample variance.
    The American Statistician 37, 242-247.
    """

    _parameter_constraints: ClassVar[dict] = {
        "copy": ["boolean"],
        "with_mean": ["boolean"],
        "with_std": ["boolean"],
    }

    def __init__(self, *, copy=True, with_mean=True, with_std=True):
        self.copy = copy
        self.with_mean = with_mean
        self.with_std = with_std

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = not self.with_mean
        return tags

    def fit(self, X, y=None, sample_weight=None):
        """Learn mean and variance of the columns of X (N, D), or of all that ``rows_of`` takes."""
        for learned in ("mean_", "var_", "scale_", "n_samples_seen_"):
            vars(self).pop(learned, None)
        return self.partial_fit(X, y, sample_weight)

    @validate_parameters
    def partial_fit(self, X, y=None, sample_weight=None):
        """Learn further rows: in any batches, the fit to all of them together."""
        first = not hasattr(self, "n_samples_seen_")
        rows = self._rows(X, sample_weight, reset=first, sparse=True)
        self._check_can_centre(rows.head()[0])
        if rows.in_memory and sp.issparse(rows.arrays[0]):
            total = _moments(*rows.arrays)  # in the columns' order as well as the rows'
        else:
            total = rows.reduce(_moments, combine=_merge)
        if not first:
            total = _merge(self._moments_so_far(), total)
        count, mean, scatter = total
        if rows.head()[1] is None and (first or np.asarray(self.n_samples_seen_).dtype.kind == "i"):
            count = count.astype(np.int64)
        self.n_samples_seen_ = count[0].item() if np.ptp(count) == 0 else count
        self.mean_ = mean if self.with_mean or self.with_std else None
        self.var_ = self.scale_ = None
        if self.with_std:
            self.var_ = _mean_of(scatter, count)
            self.scale_ = _deviation(count, mean, self.var_)
        return self

    def transform(self, X, copy=None):
        """(X - mean) / scale."""
        check_is_fitted(self)
        copy = self.copy if copy is None else copy
        X = self._validate(X, copy=copy, sparse=True)
        self._check_can_centre(X)
        return self._subtract_then_divide(X, self._shift, self.scale_, copy)

    def inverse_transform(self, X, copy=None):
        """X · scale + mean."""
        copy = self.copy if copy is None else copy
        X = self._validate_scaled(X, copy=copy, sparse=True)
        self._check_can_centre(X)
        return self._multiply_then_add(X, self.scale_, self._shift, copy)

    @property
    def _shift(self):
        return self.mean_ if self.with_mean else None

    def _check_can_centre(self, X):
        if sp.issparse(X) and self.with_mean:
            raise ValueError(
                "Cannot center sparse matrices: their zeros would be zeros no more. "
                "Pass `with_mean=False` instead."
            )

    def _moments_so_far(self):
        count = np.full(self.n_features_in_, self.n_samples_seen_, np.float64)
        mean = np.zeros_like(count) if self.mean_ is None else self.mean_
        variance = np.zeros_like(count) if self.var_ is None else self.var_
        return Moments(count, mean, variance * count)


class Moments(NamedTuple):
    """Weight, mean and scatter Σ s (x - mean)² of the values in each column."""

    count: np.ndarray  # type: ignore[assignment]  # (D,), and hides the method of tuples
    mean: np.ndarray  # (D,)
    scatter: np.ndarray  # (D,)


def _moments(X, weight):
    weight = np.ones(X.shape[0]) if weight is None else weight
    if sp.issparse(X):
        return _sparse_moments(X, weight)
    return Moments(*_block_moments(canonical(X), weight))


def _merge(a, b):
    count = a.count + b.count
    delta = np.where(a.count > 0, b.mean - a.mean, 0)
    share = np.divide(b.count, count, out=np.zeros_like(count), where=count > 0)
    mean = np.where(b.count == 0, a.mean, np.where(a.count == 0, b.mean, a.mean + delta * share))
    between = np.where(share > 0, delta**2 * a.count * share, 0)
    return Moments(count, mean, np.nansum([a.scatter, b.scatter], axis=0) + between)


def _sparse_moments(X, weight):
    """Moments of columns of which most values are zeros that are not stored."""
    N, D = X.shape
    column, value, s = column_of_entries(X), X.data.astype(np.float64), weight[X.tocoo().row]
    seen = ~np.isnan(value)

    def total(terms):
        return np.bincount(column[seen], (s * terms)[seen], D)

    count = weight.sum() - np.bincount(column[~seen], s[~seen], D)
    zeros = np.where(np.bincount(column, minlength=D) < N, count - total(1.0), 0)  # their weight
    mean = _mean_of(total(value), count)
    mean += _mean_of(total(value - mean[column]) - zeros * mean, count)  # what rounding lost
    return Moments(count, mean, total((value - mean[column]) ** 2) + zeros * mean**2)


def _mean_of(total, count):
    """total / count; NaN for a column that has no value."""
    return np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)


def _deviation(count, mean, variance):
    """√variance, and 1 where the variance is no more than the rounding of its own computation."""
    rounding = count * np.finfo(np.float64).eps
    constant = variance <= rounding * variance + (rounding * mean) ** 2
    return usable(np.where(constant, 1, np.sqrt(variance)))


@kernel
def _block_moments(X, weight):
    """In two passes over a block that stays in cache, the second taking off what the first lost."""
    N, D = X.shape
    count, mean = np.zeros(D), np.zeros(D)
    drift, scatter = np.zeros(D), np.zeros(D)
    for n in range(N):
        for d in range(D):
            seen = X[n, d] == X[n, d]  # not NaN
            count[d] += weight[n] if seen else 0.0
            mean[d] += weight[n] * X[n, d] if seen else 0.0
    for d in range(D):
        mean[d] = mean[d] / count[d] if count[d] > 0 else np.nan
    for n in range(N):
        for d in range(D):
            e = X[n, d] - mean[d] if X[n, d] == X[n, d] else 0.0
            drift[d] += weight[n] * e
            scatter[d] += weight[n] * e * e
    for d in range(D):
        if count[d] > 0:
            mean[d] += drift[d] / count[d]
            scatter[d] -= drift[d] * drift[d] / count[d]
    return count, mean, scatter
