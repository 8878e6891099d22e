"""Categories as the integers 0 .. K-1, column by column."""

from numbers import Integral
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
        missing = [is_nan(known) for known in self.categories_]
        triples = zip(columns, self.categories_, missing, strict=True)
        self._rare = [self._find_rare(*triple) for triple in triples]
        self._check_codes([gone.any() for gone in missing])
        return self

    def _check_unknown_value(self):
        if self.handle_unknown == "error":
            if self.unknown_value is not None:
                raise TypeError(
                    "unknown_value should only be set when handle_unknown is 'use_encoded_value', "
                    f"got {self.unknown_value}."
                )
        elif self.unknown_value is None:
            raise TypeError(
                "unknown_value should be an integer or np.nan when handle_unknown is "
                f"'use_encoded_value', got {self.unknown_value}."
            )
        elif np.isnan(self.unknown_value) and np.dtype(self.dtype).kind != "f":
            raise ValueError(
                "When unknown_value is np.nan, the dtype parameter should be a float dtype. "
                f"Got {self.dtype}."
            )

    def _check_codes(self, missing):
        """The codes of missing and unknown values must be no category's, and fit the dtype."""
        sizes = [
            share_last(rare).max(initial=-1) + 1 - gone
            for rare, gone in zip(self._rare, missing, strict=True)
        ]
        if self.handle_unknown == "use_encoded_value" and 0 <= self.unknown_value < max(sizes):
            raise ValueError(
                f"The used value for unknown_value {self.unknown_value} is one of the values "
                "already used for encoding the seen categories."
            )
        names = getattr(self, "feature_names_in_", range(len(sizes)))
        code = self.encoded_missing_value
        if np.isnan(code):
            wrong = np.dtype(self.dtype).kind != "f"
            why = (
                "There are missing values in features {}. For OrdinalEncoder to encode missing "
                f"values with dtype: {self.dtype}, set encoded_missing_value to a non-nan value, "
                "or set dtype to a float dtype"
            )
        else:
            wrong = [0 <= code < size for size in sizes]
            why = (
                f"encoded_missing_value ({code}) is already used to encode a known category in "
                "features: {}"
            )
        at = np.flatnonzero(np.array(missing) & wrong)
        if len(at):
            raise ValueError(why.format([names[j] for j in at]))

    def transform(self, X):
        """The codes of X (N, D)."""
        check_is_fitted(self)
        columns = self._columns(X, reset=False)
        out = np.empty((len(columns[0]), len(columns)), dtype=self.dtype)
        for j, (column, categories) in enumerate(zip(columns, self.categories_, strict=True)):
            codes = codes_of(column, categories)
            unknown = codes < 0
            if self.handle_unknown == "error":
                if unknown.any():
                    values = find_categories(column[unknown]).tolist()
                    raise ValueError(
                        f"Found unknown categories {values} in column {j} during transform"
                    )
            else:
                codes[unknown] = len(categories)
            shown = self._codes(j)
            out[:, j] = shown[codes]
        return out

    def _codes(self, j):
        """The code of each category of a column; at last, that of any other value (K + 1,)."""
        missing, rare = is_nan(self.categories_[j]), self._rare[j]
        codes = np.empty(len(rare) + 1, dtype=self.dtype)
        codes[:-1][~missing] = share_last(rare[~missing])
        if missing.any():
            codes[:-1][missing] = self.encoded_missing_value
        codes[-1] = 0 if self.unknown_value is None else self.unknown_value
        return codes

    def inverse_transform(self, X):
        """The categories of the codes X (N, D); None for the code of unknown values."""
        check_is_fitted(self)
        X = check_array(X, dtype=None, ensure_all_finite="allow-nan")
        if X.shape[1] != len(self.categories_):
            raise ValueError(
                "Shape of the passed X data is not correct. Expected "
                f"{len(self.categories_)} columns, got {X.shape[1]}."
            )
        columns = [self._decode(codes, j) for j, codes in enumerate(X.T)]
        kind = np.result_type(*columns) if all(c.dtype != object for c in columns) else object
        return np.stack([c.astype(kind) for c in columns], axis=1)

    def _decode(self, codes, j):
        categories, rare = self.categories_[j], self._rare[j]
        missing = is_nan(categories)
        shown = categories[~missing & ~rare]
        if rare.any():
            shown = np.append(shown.astype(object), "infrequent_sklearn")
        unknown, gone = np.zeros((2, len(codes)), bool)
        if missing.any():
            gone = _same(codes, self.encoded_missing_value)
        if self.handle_unknown == "use_encoded_value":
            unknown = _same(codes, self.unknown_value) & ~gone
        values = shown[np.where(unknown | gone, 0, codes).astype(np.intp)]
        if unknown.any():
            values = values.astype(object)
            values[unknown] = None
        if gone.any():
            values[gone] = np.nan
        return values


def _same(codes, value):
    return np.isnan(codes.astype(np.float64)) if value != value else codes == value
