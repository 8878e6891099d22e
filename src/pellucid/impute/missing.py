"""Where values are missing: found once for the imputer and for the indicator."""

from typing import ClassVar

import numpy as np
import scipy.sparse as sp
from sklearn.base import TransformerMixin
from sklearn.utils._param_validation import MissingValues, StrOptions
from sklearn.utils.validation import _check_feature_names_in, check_is_fitted, validate_data

from pellucid.base import Estimator, validate_parameters

__all__ = ["MissingIndicator", "is_missing", "validate_with_missing"]


def is_missing(X, missing_values):
    """Where an array equals ``missing_values``; nan, None and pandas' NA equal themselves."""
    if missing_values is None:
        return np.equal(X, None) if X.dtype == object else np.zeros(X.shape, bool)
    if _is_na(missing_values):
        if X.dtype == object:
            return np.frompyfunc(lambda x: x is missing_values, 1, 1)(X).astype(bool)
        missing_values = np.nan  # which NA has become in an array of numbers
    if _is_float_nan(missing_values):
        if X.dtype.kind == "f":
            return np.isnan(X)
        return X != X if X.dtype == object else np.zeros(X.shape, bool)
    return np.asarray(missing_values == X, dtype=bool)


def _is_float_nan(value):
    return isinstance(value, float | np.floating) and np.isnan(value)


def _is_na(value):
    """Whether a value is pandas' NA, of which there is one."""
    return type(value).__name__ == "NAType"


def validate_with_missing(estimator, X, missing_values, *, reset, dtype, copy=False):
    """X as an array (or CSC matrix) of numbers or objects, in which missing values may stand."""
    nan = _is_float_nan(missing_values) or _is_na(missing_values)
    X = validate_data(
        estimator,
        X,
        reset=reset,
        accept_sparse="csc",
        dtype=dtype,
        ensure_all_finite="allow-nan" if nan else True,
        copy=copy,
    )
    if X.dtype.kind not in "iufOb":
        raise ValueError(
            f"{type(estimator).__name__} does not support data with dtype {X.dtype}. Please "
            "provide either a numeric array (with a floating point or integer dtype) or "
            "categorical data represented either as an array with integer dtype or an array of "
            "string values with an object dtype."
        )
    if X.dtype.kind in "iufb" and isinstance(missing_values, str):
        raise ValueError(
            f"'X' and 'missing_values' types are expected to be both numerical. Got X.dtype="
            f"{X.dtype} and type(missing_values)={type(missing_values)}."
        )
    if sp.issparse(X) and not nan and missing_values == 0:
        raise ValueError(
            "Sparse input with missing_values=0 is not supported. Provide a dense array instead."
        )
    return X


class MissingIndicator(TransformerMixin, Estimator):
    """Mark missing values: m_nd = 1 where x_nd is missing.

    Parameters
    ----------
    missing_values : int, float, str, None or pandas.NA, default=nan
        What counts as missing.
    features : {'missing-only', 'all'}, default='missing-only'
        A column for each feature that had missing values in ``fit``, or for each feature.
    sparse : bool or 'auto', default='auto'
        Give a CSC matrix; 'auto' gives one for sparse X.
    error_on_new : bool, default=True
        Refuse, under 'missing-only', a feature with missing values that had none in ``fit``.

    Attributes
    ----------
    features_ : ndarray of int
        The features that get a column.
    """

    _parameter_constraints: ClassVar[dict] = {
        "missing_values": [MissingValues()],
        "features": [StrOptions({"missing-only", "all"})],
        "sparse": ["boolean", StrOptions({"auto"})],
        "error_on_new": ["boolean"],
    }

    def __init__(
        self, *, missing_values=np.nan, features="missing-only", sparse="auto", error_on_new=True
    ):
        self.missing_values = missing_values
        self.features = features
        self.sparse = sparse
        self.error_on_new = error_on_new

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.string = True
        tags.input_tags.sparse = True
        tags.transformer_tags.preserves_dtype = []
        return tags

    @validate_parameters
    def fit(self, X, y=None):
        """Find the features of X (N, D) with missing values."""
        mask = self._mask(X, reset=True)
        counts = np.asarray(mask.sum(axis=0)).ravel()
        self.features_ = (
            np.arange(mask.shape[1]) if self.features == "all" else np.flatnonzero(counts)
        )
        return self

    def transform(self, X):
        """The mask of X, of the features marked (N, len(features_))."""
        check_is_fitted(self)
        mask = self._mask(X, reset=False)
        if self.features == "missing-only" and self.error_on_new:
            counts = np.asarray(mask.sum(axis=0)).ravel()
            new = np.setdiff1d(np.flatnonzero(counts), self.features_)
            if len(new):
                raise ValueError(
                    f"The features {new} have missing values in transform but have no missing "
                    "values in fit."
                )
        mask = mask[:, self.features_]
        if self.sparse is True:
            return sp.csc_matrix(mask)
        if self.sparse is False and sp.issparse(mask):
            return mask.toarray()
        return mask

    def _mask(self, X, reset):
        X = validate_with_missing(self, X, self.missing_values, reset=reset, dtype=None)
        if not sp.issparse(X):
            return is_missing(X, self.missing_values)
        marks = is_missing(X.data, self.missing_values)
        mask = type(X)((marks, X.indices, X.indptr), shape=X.shape, copy=True)
        mask.eliminate_zeros()
        return mask

    def get_feature_names_out(self, input_features=None):
        """``missingindicator_<feature>`` for each feature marked."""
        check_is_fitted(self)
        names = _check_feature_names_in(self, input_features)[self.features_]
        return np.asarray([f"missingindicator_{name}" for name in names], dtype=object)
