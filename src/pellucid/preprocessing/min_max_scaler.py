"""Columns stretched onto one range, from their smallest and largest values."""

from typing import ClassVar

import numpy as np
from sklearn.utils.validation import check_is_fitted

from pellucid._compile import kernel
from pellucid.base import validate_parameters
from pellucid.preprocessing._scaling import Scaler, canonical, usable

__all__ = ["MinMaxScaler"]


class MinMaxScaler(Scaler):
    """Map each column linearly onto a range, by default 0 to 1.

        z = low + (high - low) (x - min x) / (max x - min x)

    over the values that are not NaN.  A constant column becomes the lower end.

    Parameters
    ----------
    feature_range : tuple (low, high), default=(0, 1)
    copy : bool, default=True
        False transforms the array in place, where its type allows that.
    clip : bool, default=False
        Cut off what ``transform`` would map outside the range.

    Attributes
    ----------
    data_min_, data_max_, data_range_ : ndarray of shape (D,)
        Smallest value, largest value, and their difference.
    scale_, min_ : ndarray of shape (D,)
        Factor and shift: z = x · scale_ + min_.
    n_samples_seen_ : int
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (D,)
    """

    _parameter_constraints: ClassVar[dict] = {
        "feature_range": [tuple],
        "copy": ["boolean"],
        "clip": ["boolean"],
    }

    def __init__(self, feature_range=(0, 1), *, copy=True, clip=False):
        self.feature_range = feature_range
        self.copy = copy
        self.clip = clip

    def fit(self, X, y=None):
        """Learn the extremes of the columns of X (N, D), or of all that ``rows_of`` takes."""
        vars(self).pop("n_samples_seen_", None)
        return self.partial_fit(X, y)

    @validate_parameters
    def partial_fit(self, X, y=None):
        """Learn further rows: in any batches, the fit to all of them together."""
        low, high = self.feature_range
        if low >= high:
            raise ValueError(
                "Minimum of desired feature range must be smaller than maximum. "
                f"Got {self.feature_range}."
            )
        first = not hasattr(self, "n_samples_seen_")
        rows = self._rows(X, reset=first)
        least, most = _extremes(rows)
        if not first:
            least, most = _merge((self.data_min_, self.data_max_), (least, most))
        self.n_samples_seen_ = rows.n_rows + (0 if first else self.n_samples_seen_)
        self.data_min_, self.data_max_, self.data_range_ = least, most, most - least
        self.scale_ = (high - low) / usable(self.data_range_)
        self.min_ = low - least * self.scale_
        return self

    def transform(self, X):
        """X · scale_ + min_."""
        check_is_fitted(self)
        X = self._validate(X, copy=self.copy)
        out = self._multiply_then_add(X, self.scale_, self.min_, self.copy)
        return np.clip(out, *self.feature_range, out=out) if self.clip else out

    def inverse_transform(self, X):
        """(X - min_) / scale_."""
        X = self._validate_scaled(X, copy=self.copy)
        return self._subtract_then_divide(X, self.min_, self.scale_, self.copy)


def _extremes(rows):
    """The least and the largest value of each column; NaN where a column has none."""
    least, most = rows.reduce(lambda x, _: _block_extremes(canonical(x)), combine=_merge)
    empty = least > most
    return tuple(np.where(empty, np.nan, found).astype(rows.dtype) for found in (least, most))


def _merge(a, b):
    return np.fmin(a[0], b[0]), np.fmax(a[1], b[1])


@kernel
def _block_extremes(X):
    N, D = X.shape
    least, most = np.full(D, np.inf, X.dtype), np.full(D, -np.inf, X.dtype)
    for n in range(N):
        for d in range(D):
            least[d] = X[n, d] if X[n, d] < least[d] else least[d]  # never NaN
            most[d] = X[n, d] if X[n, d] > most[d] else most[d]
    return least, most
