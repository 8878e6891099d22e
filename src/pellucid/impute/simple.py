"""Fill each column with one value of its own."""

import warnings
from typing import ClassVar

import numpy as np
import scipy.sparse as sp
from sklearn.base import TransformerMixin
from sklearn.utils._param_validation import MissingValues, StrOptions
from sklearn.utils.validation import _check_feature_names_in, check_array, check_is_fitted

from pellucid.base import Estimator, validate_parameters
from pellucid.impute.missing import MissingIndicator, is_missing, validate_with_missing

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
        checked = self._validate(X, reset=True, copy=False)
        self._fill = self._constant(checked)
        self.statistics_ = np.asarray(
            [self._statistic(*self._present(checked, j)) for j in range(checked.shape[1])],
            dtype=checked.dtype if checked.dtype.kind in "fO" else None,
        )
        self.indicator_ = None
        if self.add_indicator:
            self.indicator_ = MissingIndicator(
                missing_values=self.missing_values, error_on_new=False
            ).fit(X)
        return self

    def transform(self, X):
        """X with its missing values filled (N, D), and their marks appended where asked for."""
        check_is_fitted(self)
        marks = self.indicator_.transform(X) if self.add_indicator else None
        filled = self._validate(X, reset=False, copy=self.copy)
        self._check_cast(filled.dtype)
        kept = self._kept()
        filled = filled if kept.all() else filled[:, kept]
        statistics = self.statistics_[kept]
        if sp.issparse(filled):
            holes = is_missing(filled.data, self.missing_values)
            column = np.repeat(np.arange(filled.shape[1]), np.diff(filled.indptr))
            filled.data[holes] = statistics[column[holes]]
        else:
            rows, columns = np.nonzero(is_missing(filled, self.missing_values))
            if statistics.dtype == object and filled.dtype != object:
                filled = filled.astype(object)
            filled = filled if filled.flags.writeable else filled.copy()
            filled[rows, columns] = statistics[columns]
        if marks is None:
            return filled
        if sp.issparse(filled):
            return sp.hstack([filled, marks.astype(filled.dtype)], format="csr")
        return np.hstack([filled, marks.astype(filled.dtype)])

    def inverse_transform(self, X):
        """X with its marked values taken out again; wants ``add_indicator=True``."""
        check_is_fitted(self)
        if not self.add_indicator:
            raise ValueError(
                "'inverse_transform' works only when 'SimpleImputer' is instantiated with "
                f"'add_indicator=True'. Got 'add_indicator={self.add_indicator}' instead."
            )
        X = check_array(X, dtype=None, ensure_all_finite="allow-nan", accept_sparse=False)
        empty = is_missing(self.statistics_, np.nan) & (not self.keep_empty_features)
        out = np.empty((len(X), self.n_features_in_), X.dtype)
        out[:, ~empty] = X[:, : np.sum(~empty)]
        marked = np.zeros(out.shape, bool)
        marked[:, self.indicator_.features_] = X[:, np.sum(~empty) :].astype(bool)
        marked[:, empty] = True
        out[marked] = self.missing_values
        return out

    def get_feature_names_out(self, input_features=None):
        """The names of the columns kept, and of the marks."""
        check_is_fitted(self)
        names = _check_feature_names_in(self, input_features)
        kept = names[self._kept()]
        if self.indicator_ is None:
            return kept
        return np.concatenate([kept, self.indicator_.get_feature_names_out(names)])

    def _validate(self, X, reset, copy):
        if self._takes_strings:
            dtype = None if not isinstance(X, list) else object
        else:
            dtype = [np.float64, np.float32]
        if not reset and self.statistics_.dtype == object and not sp.issparse(X):
            dtype = object
        try:
            X = validate_with_missing(
                self, X, self.missing_values, reset=reset, dtype=dtype, copy=copy
            )
        except ValueError as error:
            if "could not convert" not in str(error):
                raise
            raise ValueError(
                f"Cannot use {self.strategy} strategy with non-numeric data:\n{error}"
            ) from None
        return X

    def _present(self, X, j):
        """The values of column j that are there, and how many zeros a sparse one leaves out."""
        if not sp.issparse(X):
            column = X[:, j]
            return column[~is_missing(column, self.missing_values)], 0
        column = X.data[X.indptr[j] : X.indptr[j + 1]]
        return column[~is_missing(column, self.missing_values)], X.shape[0] - len(column)

    def _statistic(self, values, zeros):
        if self.strategy == "constant":
            empty = len(values) + zeros == 0
            return np.nan if empty and not self.keep_empty_features else self._fill
        if len(values) + zeros == 0:
            return self._fill if self.keep_empty_features else np.nan
        if self.strategy == "mean":
            return values.sum(dtype=np.float64) / (len(values) + zeros)
        if zeros:
            values = np.concatenate([values, np.zeros(zeros, values.dtype)])
        if self.strategy == "median":
            return np.median(values)
        if self.strategy == "most_frequent":
            levels, counts = np.unique(values, return_counts=True)
            return levels[np.argmax(counts)]
        return self.strategy(values)

    def _constant(self, X):
        if self.fill_value is None or self.strategy != "constant":
            return "missing_value" if X.dtype == object else 0
        if X.dtype.kind in "iuf" and not np.can_cast(
            np.min_scalar_type(self.fill_value), X.dtype, "same_kind"
        ):
            raise ValueError(
                f"fill_value={self.fill_value!r} (of type {type(self.fill_value)!r}) cannot be "
                f"cast to the input data that is {X.dtype!r}. If fill_value is a Python scalar, "
                "instead pass a numpy scalar (e.g. fill_value=np.uint8(0) if your data is of type "
                "np.uint8). Make sure that both dtypes are of the same kind."
            )
        return self.fill_value

    def _check_cast(self, dtype):
        filling = np.asarray(self._fill).dtype
        if self.strategy == "constant" and not np.can_cast(filling, dtype, "same_kind"):
            raise ValueError(
                f"The dtype of the filling value (i.e. {filling!r}) cannot be cast to the input "
                f"data that is {dtype!r}. Make sure that the dtypes of the input data are of the "
                "same kind between fit and transform."
            )

    def _kept(self):
        """The columns that are not dropped; says which are."""
        empty = is_missing(self.statistics_, np.nan)
        if self.keep_empty_features or not empty.any():
            return np.ones(len(empty), bool)
        names = getattr(self, "feature_names_in_", np.arange(len(empty)))[empty]
        warnings.warn(
            f"Skipping features without any observed values: {names}. At least one non-missing "
            f"value is needed for imputation with strategy={self.strategy!r}."
        )
        return ~empty
