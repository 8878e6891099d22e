"""Columns of categories: find them, and give each value its code."""

from numbers import Integral, Real

import numpy as np
from sklearn.base import TransformerMixin
from sklearn.utils._param_validation import Interval
from sklearn.utils.validation import _check_feature_names, check_array

from pellucid.base import Estimator

__all__ = [
    "FREQUENCY_CONSTRAINTS",
    "CategoryEncoder",
    "codes_of",
    "find_categories",
    "is_nan",
    "share_last",
]

FREQUENCY_CONSTRAINTS = {
    "max_categories": [Interval(Integral, 1, None, closed="left"), None],
    "min_frequency": [
        Interval(Integral, 1, None, closed="left"),
        Interval(Real, 0, 1, closed="neither"),
        None,
    ],
}


def is_nan(values):
    """Where an array of any type holds nan (or another thing that is not itself)."""
    if values.dtype.kind == "f":
        return np.isnan(values)
    return np.asarray(values != values) if values.dtype == object else np.zeros(len(values), bool)


def find_categories(column):
    """The distinct values, sorted; then None, then nan, where the column has them."""
    if column.dtype.kind not in "OUS":
        return np.unique(column)
    distinct = set(column.tolist())
    plain = {v for v in distinct if v is not None and v == v}
    ends = [None] if None in distinct else []
    ends += [np.nan] if any(v is not None and v != v for v in distinct) else []
    try:
        return np.array([*sorted(plain), *ends], dtype=column.dtype)
    except TypeError:
        types = sorted({type(v).__qualname__ for v in plain})
        raise TypeError(
            "Encoders require their input argument must be uniformly strings or numbers. "
            f"Got {types}"
        ) from None


def codes_of(column, categories):
    """The place of each value among the categories; -1 for a value that is none of them."""
    nan = np.flatnonzero(is_nan(categories))
    if column.dtype.kind in "OUS" or categories.dtype.kind in "OUS":
        place = {value: code for code, value in enumerate(categories.tolist()) if value == value}
        codes = np.fromiter((place.get(v, -1) for v in column.tolist()), np.intp, len(column))
    else:
        plain = categories[: len(categories) - len(nan)]  # sorted
        codes = np.searchsorted(plain, column)
        codes[codes == len(plain)] = -1
        codes[(plain[codes] != column) if len(plain) else slice(None)] = -1
    if len(nan):
        codes[is_nan(column)] = nan[0]
    return codes


def share_last(rare):
    """The code of each category, when the rare ones share the last (K,)."""
    return np.where(rare, (~rare).sum(), np.cumsum(~rare) - 1)


class CategoryEncoder(TransformerMixin, Estimator):
    """Base of the encoders: reads columns of numbers or strings, and their categories."""

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.categorical = True
        tags.input_tags.string = True
        tags.input_tags.allow_nan = True
        tags.transformer_tags.preserves_dtype = []
        return tags

    def _columns(self, X, *, reset):
        """X as a list of arrays, one a column; its names and number are learned or checked."""
        _check_feature_names(self, X, reset=reset)
        if hasattr(X, "columns") and not hasattr(X, "nnz"):
            frame = (
                [X[name] for name in X.columns]
                if len(set(X.columns)) == X.shape[1]
                else [X.iloc[:, j] for j in range(X.shape[1])]
            )
            columns = [self._array(np.asarray(c).reshape(-1, 1))[:, 0] for c in frame]
        else:
            X = self._array(X)
            columns = list(X.T)
        if reset:
            self.n_features_in_ = len(columns)
        elif len(columns) != self.n_features_in_:
            raise ValueError(
                f"X has {len(columns)} features, but {type(self).__name__} is expecting "
                f"{self.n_features_in_} features as input."
            )
        if not columns or not len(columns[0]):
            raise ValueError(
                f"Found array with {0 if columns else 'no'} sample(s) while a minimum of 1 is "
                f"required by {type(self).__name__}."
            )
        return columns

    @staticmethod
    def _array(X):
        checked = check_array(X, dtype=None, ensure_all_finite="allow-nan", ensure_min_samples=0)
        if not hasattr(X, "dtype") and checked.dtype.kind == "U":  # a list: nan stays nan in it
            checked = check_array(X, dtype=object, ensure_all_finite="allow-nan")
        return checked

    def _learn_categories(self, columns):
        """``categories_``: those of the data, or those given, which must cover the data."""
        if isinstance(self.categories, str):
            return [find_categories(column) for column in columns]
        if len(self.categories) != len(columns):
            raise ValueError(
                "Shape mismatch: if categories is an array, it has to be of shape (n_features,)."
            )
        return [
            self._given(given, column, j)
            for j, (given, column) in enumerate(zip(self.categories, columns, strict=True))
        ]

    def _given(self, given, column, j):
        # strings as objects, for an array of strings of three letters would cut one of four
        given = np.array(given, dtype=object if column.dtype.kind == "U" else column.dtype)
        if given.dtype == object and isinstance(given[0], bytes):
            raise ValueError(
                f"In column {j}, the predefined categories have type 'bytes' which is incompatible "
                f"with values of type '{type(column[0]).__name__}'."
            )
        nan = is_nan(given)
        if nan[:-1].any():
            raise ValueError(
                "Nan should be the last element in user provided categories, see categories "
                f"{given} in column #{j}"
            )
        plain = given[~nan]
        if len(set(plain.tolist())) < len(plain):
            raise ValueError(
                f"In column {j}, the predefined categories contain duplicate elements."
            )
        if given.dtype.kind not in "OUS" and np.any(np.diff(plain) < 0):
            raise ValueError("Unsorted categories are not supported for numerical categories")
        unknown = codes_of(column, given) < 0
        if getattr(self, "handle_unknown", "ignore") == "error" and unknown.any():
            values = find_categories(column[unknown]).tolist()
            raise ValueError(f"Found unknown categories {values} in column {j} during fit")
        return given

    def _find_rare(self, column, categories, missing=None):
        """Which categories are infrequent, by ``min_frequency`` and ``max_categories`` (K,).

        ``missing`` says which category is no category, and takes no part in this.
        """
        K = len(categories)
        rare = np.zeros(K, bool)
        if self.min_frequency is None and self.max_categories is None:
            return rare
        codes = codes_of(column, categories)
        counts = np.bincount(codes[codes >= 0], minlength=K)
        taking_part = np.ones(K, bool) if missing is None else ~missing
        least = self.min_frequency or 0
        rare |= counts < (least * len(column) if isinstance(least, float) else least)
        rare &= taking_part
        kept = np.flatnonzero(taking_part & ~rare)
        if self.max_categories is not None and len(kept) + 1 > self.max_categories:
            order = kept[np.argsort(counts[kept], kind="stable")]
            rare[order[: len(order) - self.max_categories + 1]] = True
        return rare

    @property
    def infrequent_categories_(self):
        """The categories of each column that share a code, or None."""
        pairs = zip(self.categories_, self._rare, strict=True)
        return [known[rare] if rare.any() else None for known, rare in pairs]
