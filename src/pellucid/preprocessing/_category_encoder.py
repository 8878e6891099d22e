"""What the encoders of categories share: columns, categories, codes, and the infrequent ones."""

import numbers

import numpy as np
import scipy.sparse as sp
from sklearn.base import TransformerMixin
from sklearn.utils import _safe_indexing
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_array, validate_data

from pellucid.base import Estimator
from pellucid.preprocessing._categories import (
    categories_of,
    check_categories,
    codes_of,
    is_nan,
)

__all__ = ["FREQUENCY_CONSTRAINTS", "CategoryEncoder"]

INFREQUENT = "infrequent_sklearn"  # scikit-learn's name for them

CATEGORIES_CONSTRAINT = [StrOptions({"auto"}), list]
FREQUENCY_CONSTRAINTS = {
    "max_categories": [Interval(numbers.Integral, 1, None, closed="left"), None],
    "min_frequency": [
        Interval(numbers.Integral, 1, None, closed="left"),
        Interval(numbers.Real, 0, 1, closed="neither"),
        None,
    ],
}


class CategoryEncoder(TransformerMixin, Estimator):
    """Learns ``categories_``, a sorted array for each column; None and NaN stand last.

    What is encoded are groups of categories: each its own, except that the infrequent ones share
    the last.  ``_infrequent[d]`` marks those of column d, and is None where there are none.
    """

    min_frequency = None
    max_categories = None
    _nan_apart = False  # whether NaN, neither frequent nor infrequent, has a group after the last

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.categorical = True
        tags.input_tags.allow_nan = True
        return tags

    @property
    def infrequent_categories_(self):
        """For each column the categories that share a code; None where there are none."""
        return [
            None if infrequent is None else categories[infrequent]
            for categories, infrequent in zip(self.categories_, self._infrequent, strict=True)
        ]

    def _fit_categories(self, X, *, unknown="error"):
        """Learn ``categories_`` and which are infrequent."""
        columns = self._columns(X, reset=True)
        given = self.categories
        if not isinstance(given, str) and len(given) != len(columns):
            raise ValueError(
                "Shape mismatch: if categories is an array, it has to be of shape (n_features,)."
            )
        self.categories_, self._infrequent = [], []
        for d, values in enumerate(columns):
            if isinstance(given, str):
                categories = categories_of(values)
            else:
                categories = check_categories(given[d], values, d)
                if unknown == "error":
                    _refuse_unknown(values, codes_of(values, categories), d, "fit")
            self.categories_.append(categories)
            self._infrequent.append(self._find_infrequent(values, d))

    def _codes(self, X, *, unknown="error"):
        """The group of each value (N, D), -1 where unknown, and the columns that have such."""
        columns = self._columns(X, reset=False)
        codes = np.empty((len(columns[0]), len(columns)), np.intp)
        with_unknown = []
        for d, values in enumerate(columns):
            found = codes_of(values, self.categories_[d])
            if found.min() < 0:
                if unknown == "error":
                    _refuse_unknown(values, found, d, "transform")
                with_unknown.append(d)
            groups = self._groups(d)
            codes[:, d] = found if groups is None else np.append(groups, -1)[found]
        return codes, with_unknown

    def _columns(self, X, *, reset):
        """The columns of X, each an array (N,) of its own type."""
        validate_data(self, X, reset=reset, skip_check_array=True)
        options = {"dtype": None, "ensure_all_finite": "allow-nan"}
        if hasattr(X, "columns") and hasattr(X, "shape") and not sp.issparse(X):
            return [
                check_array(_safe_indexing(X, d, axis=1), ensure_2d=False, **options)
                for d in range(X.shape[1])
            ]
        checked = check_array(X, **options)
        if checked.dtype.kind == "U" and not hasattr(X, "dtype"):
            checked = check_array(X, **{**options, "dtype": object})  # a list of rows of any kinds
        return list(checked.T)

    def _find_infrequent(self, values, d):
        """The categories rarer than ``min_frequency``, or beyond the ``max_categories`` - 1 first.

        Of equally frequent categories the later are kept.
        """
        if self.min_frequency is None and self.max_categories is None:
            return None
        K = len(self.categories_[d])
        codes = codes_of(values, self.categories_[d])
        counts = np.bincount(codes[codes >= 0], minlength=K)
        countable = np.ones(K, dtype=bool)
        countable[K - self._has_nan_apart(d) :] = False
        least = self.min_frequency or 0
        least = least if isinstance(least, numbers.Integral) else least * len(values)
        infrequent = countable & (counts < least)
        groups = np.sum(countable & ~infrequent) + infrequent.any()
        if self.max_categories is not None and groups > self.max_categories:
            order = np.flatnonzero(countable)
            order = order[np.argsort(counts[order], kind="stable")]
            infrequent[order[: len(order) - (self.max_categories - 1)]] = True
        return infrequent if infrequent.any() else None

    def _has_nan_apart(self, d):
        categories = self.categories_[d]
        return self._nan_apart and len(categories) > 0 and is_nan(categories[-1])

    def _groups(self, d):
        """The group of each category of column d; None if each is its own."""
        infrequent = self._infrequent[d]
        if infrequent is None:
            return None
        apart = self._has_nan_apart(d)
        groups = np.cumsum(~infrequent) - 1
        groups[infrequent] = np.sum(~infrequent) - apart
        if apart:
            groups[-1] += 1
        return groups

    def _group_names(self, d):
        """What the groups of column d stand for."""
        categories, infrequent = self.categories_[d], self._infrequent[d]
        if infrequent is None:
            return categories
        frequent = categories[~infrequent].astype(object)
        return np.insert(frequent, len(frequent) - self._has_nan_apart(d), INFREQUENT)


def names_to_table(names, unknown):
    """The columns (N,) of an inverse as one array; None where ``unknown`` (N, D)."""
    dtype = np.result_type(*(column.dtype for column in names))
    table = np.empty((len(unknown), len(names)), object if unknown.any() else dtype)
    for d, column in enumerate(names):
        table[:, d] = column
    if unknown.any():
        table[unknown] = None
    return table


def _refuse_unknown(values, codes, column, during):
    unknown = values[codes < 0]
    if len(unknown):
        raise ValueError(
            f"Found unknown categories {categories_of(unknown).tolist()} "
            f"in column {column} during {during}"
        )
