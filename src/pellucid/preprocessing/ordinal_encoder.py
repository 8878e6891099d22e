"""Categories as the integers 0 .. K-1, column by column."""

from numbers import Integral, Real
from typing import ClassVar

import numpy as np
from sklearn.base import OneToOneFeatureMixin
from sklearn.utils._param_validation import StrOptions
from sklearn.utils.validation import check_array, check_is_fitted

from pellucid.base import validate_parameters
from pellucid.preprocessing._encoder import (
    FREQUENCY_CONSTRAINTS,
    CategoryEncoder,
    codes_of,
    find_categories,
    is_nan,
    share_last,
)

__all__ = ["OrdinalEncoder"]


class OrdinalEncoder(OneToOneFeatureMixin, CategoryEncoder):
    """Number the categories of each column: x_nd ↦ k with categories_[d][k] = x_nd.

    Parameters
    ----------
    categories : 'auto' or list of array-like, default='auto'
        The categories of each column, in the order of their codes; 'auto' sorts those of the data.
    dtype : number type, default=float64
        Of the codes.
    handle_unknown : {'error', 'use_encoded_value'}, default='error'
        A value not seen in ``fit`` is refused, or becomes ``unknown_value``.
    unknown_value : int or nan, default=None
    encoded_missing_value : int or nan, default=nan
        The code of nan.
    min_frequency : int or float, default=None
    max_categories : int, default=None
        Categories seen less often than the one, or beyond the other, share the last code.

    Attributes
    ----------
    categories_ : list of ndarray
    """

    _parameter_constraints: ClassVar[dict] = {
        "categories": [StrOptions({"auto"}), list],
        "dtype": "no_validation",
        "handle_unknown": [StrOptions({"error", "use_encoded_value"})],
        "unknown_value": [Integral, type(np.nan), None],
        "encoded_missing_value": [Integral, type(np.nan)],
        **FREQUENCY_CONSTRAINTS,
    }

    def __init__(
        self,
        *,
        categories="auto",
        dtype=np.float64,
        handle_unknown="error",
        unknown_value=None,
        encoded_missing_value=np.nan,
        min_frequency=None,
        max_categories=None,
    ):
        self.categories = categories
        self.dtype = dtype
        self.handle_unknown = handle_unknown
        self.unknown_value = unknown_value
        self.encoded_missing_value = encoded_missing_value
        self.min_frequency = min_frequency
        self.max_categories = max_categories

    @validate_parameters
    def fit(self, X, y=None):
        """Find the categories of X (N, D)."""
        self._check_unknown_value()
        columns = self._columns(X, reset=True)
        self.categories_ = self._learn_categories(columns)
        pairs = zip(columns, self.categories_, strict=True)
        self._rare = [self._find_rare(column, known) & ~is_nan(known) for column, known in pairs]
        if self.handle_unknown == "use_encoded_value":
            most = max(len(c) for c in self.categories_)
            if 0 <= self.unknown_value < most:
                raise ValueError(
                    f"The used value for unknown_value {self.unknown_value} is one of the values "
                    "already used for encoding the seen categories."
                )
        return self

    def _check_unknown_value(self):
        if self.handle_unknown == "error":
            if self.unknown_value is not None:
                raise TypeError(
                    "unknown_value should only be set when handle_unknown is 'use_encoded_value', "
                    f"got {self.unknown_value}."
                )
        elif self.unknown_value is None or not isinstance(self.unknown_value, Real):
            raise TypeError(
                "unknown_value should be an integer or np.nan when handle_unknown is "
                f"'use_encoded_value', got {self.unknown_value}."
            )

    def transform(self, X):
        """The codes of X (N, D)."""
        check_is_fitted(self)
        columns = self._columns(X, reset=False)
        out = np.empty((len(columns[0]), len(columns)), dtype=self.dtype)
        for j, (column, categories) in enumerate(zip(columns, self.categories_, strict=True)):
            codes = codes_of(column, categories)
            unknown = codes < 0
            if unknown.any() and self.handle_unknown == "error":
                values = find_categories(column[unknown]).tolist()
                raise ValueError(
                    f"Found unknown categories {values} in column {j} during transform"
                )
            out[:, j] = share_last(self._rare[j])[codes]
            missing = np.flatnonzero(is_nan(categories))
            if len(missing):
                out[codes == missing[0], j] = self.encoded_missing_value
            if unknown.any():
                out[unknown, j] = self.unknown_value
        return out

    def inverse_transform(self, X):
        """The categories of the codes X (N, D); None for the code of unknown values."""
        check_is_fitted(self)
        X = check_array(X, dtype=None, ensure_all_finite="allow-nan")
        if X.shape[1] != len(self.categories_):
            raise ValueError(
                "Shape of the passed X data is not correct. Expected "
                f"{len(self.categories_)} columns, got {X.shape[1]}."
            )
        known = [_shown(c, rare) for c, rare in zip(self.categories_, self._rare, strict=True)]
        columns = [self._decode(x, c) for x, c in zip(X.T, known, strict=True)]
        kind = np.result_type(*columns) if all(c.dtype != object for c in columns) else object
        return np.stack([c.astype(kind) for c in columns], axis=1)

    def _decode(self, codes, categories):
        unknown = np.zeros(len(codes), bool)
        if self.handle_unknown == "use_encoded_value":
            unknown = _same(codes, self.unknown_value)
        missing = np.flatnonzero(is_nan(categories))
        codes = codes.astype(np.float64)
        if len(missing):
            codes[_same(codes, self.encoded_missing_value)] = missing[0]
        values = categories[np.where(unknown, 0, codes).astype(np.intp)]
        if unknown.any():
            values = values.astype(object)
            values[unknown] = None
        return values


def _shown(categories, rare):
    """What a code stands for: a category, or the name of those that share the last."""
    if not rare.any():
        return categories
    return np.append(categories[~rare].astype(object), "infrequent_sklearn")


def _same(codes, value):
    return np.isnan(codes) if value != value else codes == value
