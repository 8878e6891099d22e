"""Columns centred on the median and scaled by a range between quantiles."""

from typing import ClassVar

import numpy as np
import scipy.sparse as sp
from scipy.special import ndtri
from sklearn.utils.validation import check_is_fitted

from pellucid.base import validate_parameters
from pellucid.preprocessing._scaling import Scaler, usable
from pellucid.reduction import map_blocks

__all__ = ["RobustScaler"]


class RobustScaler(Scaler):
    """Scale columns by statistics that outliers hardly move.

        z = (x - median x) / (q_high - q_low)

    for two quantiles of the column, by default the quartiles, over the values that are not NaN.
    Half of the values can be wild before the median is; a quarter, before the quartiles are.

    Parameters
    ----------
    with_centering : bool, default=True
        Subtract the median; must be False for sparse X.
    with_scaling : bool, default=True
        Divide by the range between the quantiles.
    quantile_range : tuple (low, high), default=(25.0, 75.0)
        The two quantiles, in percent.
    copy : bool, default=True
        False transforms the array in place, where its type allows that.
    unit_variance : bool, default=False
        Divide the range by that of a standard normal, so that normal columns get variance one.

    Attributes
    ----------
    center_ : ndarray of shape (D,), or None
        The median; None if not ``with_centering``.
    scale_ : ndarray of shape (D,), or None
        The range between the quantiles, 1 where that is 0; None if not ``with_scaling``.
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (D,)
    """

    _parameter_constraints: ClassVar[dict] = {
        "with_centering": ["boolean"],
        "with_scaling": ["boolean"],
        "quantile_range": [tuple],
        "copy": ["boolean"],
        "unit_variance": ["boolean"],
    }

    def __init__(
        self,
        *,
        with_centering=True,
        with_scaling=True,
        quantile_range=(25.0, 75.0),
        copy=True,
        unit_variance=False,
    ):
        self.with_centering = with_centering
        self.with_scaling = with_scaling
        self.quantile_range = quantile_range
        self.copy = copy
        self.unit_variance = unit_variance

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = not self.with_centering
        return tags

    @validate_parameters
    def fit(self, X, y=None):
        """Learn median and quantiles of the columns of X (N, D)."""
        low, high = self.quantile_range
        if not 0 <= low <= high <= 100:
            raise ValueError(f"Invalid quantile range: {self.quantile_range}")
        X = self._validate(X, reset=True, sparse=True)
        self._check_can_centre(X)
        X = X.tocsc() if sp.issparse(X) else X
        q = [low, 50, high] if self.with_centering else [low, high]
        found = np.stack(map_blocks(lambda d: _percentiles(_column(X, d), q), range(X.shape[1])))
        self.center_ = found[:, 1].astype(X.dtype) if self.with_centering else None
        self.scale_ = None
        if self.with_scaling:
            self.scale_ = usable(found[:, -1] - found[:, 0])
            if self.unit_variance:
                self.scale_ /= ndtri(high / 100) - ndtri(low / 100)
        return self

    def transform(self, X):
        """(X - center_) / scale_."""
        check_is_fitted(self)
        X = self._validate(X, copy=self.copy, sparse=True)
        self._check_can_centre(X)
        return self._subtract_then_divide(X, self.center_, self.scale_, self.copy)

    def inverse_transform(self, X):
        """X · scale_ + center_."""
        X = self._validate_scaled(X, copy=self.copy, sparse=True)
        self._check_can_centre(X)
        return self._multiply_then_add(X, self.scale_, self.center_, self.copy)

    def _check_can_centre(self, X):
        if sp.issparse(X) and self.with_centering:
            raise ValueError(
                "Cannot center sparse matrices: their zeros would be zeros no more. "
                "Pass `with_centering=False` instead."
            )


def _column(X, d):
    if not sp.issparse(X):
        return X[:, d]
    stored = X.data[X.indptr[d] : X.indptr[d + 1]]
    return np.append(stored, np.zeros(X.shape[0] - len(stored), X.dtype))  # in another order


def _percentiles(values, q):
    """The percentiles of the values that are not NaN; NaN if all are."""
    seen = values[~np.isnan(values)].astype(np.float64)  # (M,), a copy of our own
    if not len(seen):
        return np.full(len(q), np.nan)
    return np.percentile(seen, q, overwrite_input=True)
