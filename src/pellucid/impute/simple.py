"""Fill each column with one value of its own."""

import warnings
from typing import ClassVar

import numpy as np
import scipy.sparse as sp
from sklearn.base import TransformerMixin
from sklearn.utils._param_validation import MissingValues, StrOptions
from sklearn.utils.validation import _check_feature_names_in, check_array, check_is_fitted

from pellucid.base import Estimator, sparse_as_configured, validate_parameters
from pellucid.impute._gaps import find_gaps, is_gap, nan_is_gap, validate_with_gaps
from pellucid.impute._statistics import (
    by_columns,
    column_means,
    median,
    most_frequent,
    with_zeros,
)
from pellucid.impute.missing import MissingIndicator
from pellucid.reduction import blocks, map_blocks

__all__ = ["SimpleImputer"]


class SimpleImputer(TransformerMixin, Estimator):
    """Fill missing values with a statistic of their column's other values.

        x_nd ← mean, median or most frequent of {x_md : m with x_md not missing}, or a constant

    Parameters
    ----------
    missing_values : int, float, str, None or pandas.NA, default=nan
        What counts as missing.
    strategy : {'mean', 'median', 'most_frequent', 'constant'} or callable, default='mean'
        The first two want numbers; of equally frequent values the smallest is taken; a callable
        maps the values of a column that are there to one.
    fill_value : str or number, default=None
        The constant; None is 0 for numbers and 'missing_value' for strings.
    copy : bool, default=True
        If False, ``transform`` fills X itself where it can; either gives the same answer.
    add_indicator : bool, default=False
        Append the columns of a ``MissingIndicator``.
    keep_empty_features : bool, default=False
        Fill a column without any value by 0 (or the constant) in the place of dropping it.

    Attributes
    ----------
    statistics_ : ndarray of shape (D,)
        What each column is filled with; nan for one that is dropped.
    indicator_ : MissingIndicator or None
    """

    _parameter_constraints: ClassVar[dict] = {
        "missing_values": [MissingValues()],
        "strategy": [StrOptions({"mean", "median", "most_frequent", "constant"}), callable],
        "fill_value": "no_validation",
        "copy": ["boolean"],
        "add_indicator": ["boolean"],
        "keep_empty_features": ["boolean"],
    }
    _no_gaps_at_zeros = "Imputation not possible when missing_values == 0 and input is sparse."

    def __init__(
        self,
        *,
        missing_values=np.nan,
        strategy="mean",
        fill_value=None,
        copy=True,
        add_indicator=False,
        keep_empty_features=False,
    ):
        self.missing_values = missing_values
        self.strategy = strategy
        self.fill_value = fill_value
        self.copy = copy
        self.add_indicator = add_indicator
        self.keep_empty_features = keep_empty_features

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.sparse = True
        tags.input_tags.string = self._takes_strings
        return tags

    @property
    def _takes_strings(self):
        return self.strategy in ("most_frequent", "constant")

    @validate_parameters
    def fit(self, X, y=None):
        """Learn the statistic of each column of X (N, D)."""
        X = self._validate(X, reset=True)
        self._fit_dtype = X.dtype
        self.statistics_ = self._statistics(X)
        self.indicator_ = None
        if self.add_indicator:
            marks = MissingIndicator(missing_values=self.missing_values, error_on_new=False)
            self.indicator_ = marks.fit(X)
        return self

    def transform(self, X):
        """X with its missing values filled (N, D), and their marks appended where asked for."""
        check_is_fitted(self)
        X = self._validate(X, reset=False)
        self._check_cast(X.dtype)
        kept = self._kept()
        if not kept.all():
            names = getattr(self, "feature_names_in_", np.arange(len(kept)))[~kept]
            warnings.warn(
                f"Skipping features without any observed values: {names}. At least one "
                f"non-missing value is needed for imputation with strategy={self.strategy!r}."
            )
        marked = self.indicator_.features_ if self.add_indicator else np.array([], np.intp)
        fill = self._fill_sparse if sp.issparse(X) else self._fill
        return fill(X, kept, self.statistics_[kept].astype(X.dtype), marked)

    def inverse_transform(self, X):
        """X with its marked values taken out again; wants ``add_indicator=True``."""
        check_is_fitted(self)
        if not self.add_indicator:
            raise ValueError(
                "'inverse_transform' works only when 'SimpleImputer' is instantiated with "
                f"'add_indicator=True'. Got 'add_indicator={self.add_indicator}' instead."
            )
        X = check_array(X, dtype=None, ensure_all_finite="allow-nan")
        kept, marked = self._kept(), self.indicator_.features_
        K = np.count_nonzero(kept)
        if X.shape[1] != K + len(marked):
            raise ValueError(
                f"X has {X.shape[1]} features, but transform gives {K} and {len(marked)} marks."
            )
        objects = X.dtype == object
        gap = np.nan if nan_is_gap(self.missing_values) and not objects else self.missing_values
        dtype = object if objects else np.result_type(X.dtype, gap)
        out = np.full((len(X), self.n_features_in_), gap, dtype)
        out[:, kept] = X[:, :K]
        out[:, marked] = np.where(X[:, K:].astype(bool), gap, out[:, marked])
        return out

    def get_feature_names_out(self, input_features=None):
        """The names of the columns kept, and of the marks."""
        check_is_fitted(self)
        names = _check_feature_names_in(self, input_features)
        kept = names[self._kept()]
        if self.indicator_ is None:
            return kept
        return np.concatenate([kept, self.indicator_.get_feature_names_out(names)])

    def _statistics(self, X):
        gap, dtype = self.missing_values, object if X.dtype == object else None
        empty = 0 if self.keep_empty_features else np.nan
        if self.strategy == "constant":
            mask, _ = find_gaps(X, gap)
            drop = (np.ravel(mask.sum(axis=0)) == X.shape[0]) & (not self.keep_empty_features)
            return np.where(drop, np.nan, np.asarray(self._constant(X), object))
        if self.strategy == "mean":
            means = column_means(X, gap)
            return np.where(np.isnan(means), empty, means)
        if self.strategy == "median":
            return np.asarray(by_columns(median, X, gap, empty), dtype)
        if self.strategy == "most_frequent":
            return np.asarray(by_columns(most_frequent, X, gap, empty), dtype)
        own = by_columns(
            lambda values, zeros: self.strategy(with_zeros(values, zeros)), X, gap, empty
        )
        return np.asarray(own, dtype)

    def _fill(self, X, kept, statistics, marked):
        """The columns kept, filled, and the marks behind them, written by blocks of rows."""
        K, columns = len(statistics), slice(None) if kept.all() else kept
        here = kept.all() and len(marked) == 0 and not self.copy and X.flags.writeable
        out = X if here else np.empty((len(X), K + len(marked)), X.dtype)

        def fill(block):
            gaps = is_gap(X[block], self.missing_values)
            if not here:
                out[block, :K], out[block, K:] = X[block][:, columns], gaps[:, marked]
            np.copyto(out[block, :K], statistics, where=gaps[:, columns])

        map_blocks(fill, blocks(len(X), X[:1].nbytes))
        return out

    def _fill_sparse(self, X, kept, statistics, marked):
        filled = X if kept.all() else X[:, kept]
        gaps = np.flatnonzero(is_gap(filled.data, self.missing_values))
        if len(marked):
            marks = find_gaps(X, self.missing_values)[0][:, marked]
        filled.data[gaps] = statistics[np.searchsorted(filled.indptr, gaps, "right") - 1]
        if len(marked) == 0:
            return filled
        return sparse_as_configured(sp.hstack([filled, marks.astype(X.dtype)], format="csc"))

    def _validate(self, X, reset):
        dtype = None if self._takes_strings else [np.float64, np.float32]
        if self._takes_strings:
            strings = isinstance(X, list) and np.asarray(X).dtype.kind == "U"
            known = not reset and self._fit_dtype.kind == "O" and not sp.issparse(X)
            dtype = object if strings or known else None
        try:
            copy = self.copy and not reset and sp.issparse(X)
            return validate_with_gaps(self, X, reset=reset, dtype=dtype, copy=copy)
        except ValueError as error:
            if "could not convert" not in str(error):
                raise
            raise ValueError(
                f"Cannot use {self.strategy} strategy with non-numeric data:\n{error}"
            ) from None

    def _constant(self, X):
        """What fills every gap, of a type that X can hold."""
        if self.fill_value is None:
            self._fill_dtype = X.dtype
            return "missing_value" if X.dtype == object else 0
        self._fill_dtype = np.asarray(self.fill_value).dtype
        if X.dtype != object and not np.can_cast(self._fill_dtype, X.dtype, "same_kind"):
            raise ValueError(
                f"fill_value={self.fill_value!r} (of type {type(self.fill_value)!r}) cannot be "
                f"cast to the input data that is {X.dtype!r}. If fill_value is a Python scalar, "
                "instead pass a numpy scalar (e.g. fill_value=np.uint8(0) if your data is of type "
                "np.uint8). Make sure that both dtypes are of the same kind."
            )
        return self.fill_value

    def _check_cast(self, dtype):
        if self.strategy == "constant" and not np.can_cast(self._fill_dtype, dtype, "same_kind"):
            raise ValueError(
                f"The dtype of the filling value (i.e. {self._fill_dtype!r}) cannot be cast to "
                f"the input data that is {dtype!r}. Make sure that the dtypes of the input data "
                "are of the same kind between fit and transform."
            )

    def _kept(self):
        """The columns that are not dropped for want of a value, a mask (D,)."""
        return self.keep_empty_features | ~is_gap(self.statistics_, np.nan)
