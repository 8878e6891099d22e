"""Where values are missing: found once, for the imputer and for the indicator."""

import operator
from numbers import Real

import numpy as np
import scipy.sparse as sp
from sklearn.utils.validation import validate_data

from pellucid.reduction import blocks, reduce_blocks

__all__ = ["find_gaps", "is_gap", "nan_is_gap", "validate_with_gaps"]


def is_gap(X, missing_values):
    """Where an array is missing: where it equals ``missing_values``, and nan equals itself.

    pandas' NA stands for all that pandas takes for missing: itself, None and nan.
    """
    if missing_values is None:
        return np.equal(X, None)
    if _is_na(missing_values):
        if X.dtype.kind == "f":
            return np.isnan(X)
        return np.frompyfunc(_is_nothing, 1, 1)(X).astype(bool)
    if missing_values != missing_values:
        return np.isnan(X) if X.dtype.kind == "f" else X != X
    return np.asarray(missing_values == X, dtype=bool)


def _is_nothing(x):
    return x is None or _is_na(x) or x != x


def _is_na(value):
    """Whether a value is pandas' NA, of which there is one."""
    return type(value).__name__ == "NAType"


def nan_is_gap(missing_values):
    """Whether nan is missing in an array of numbers, where NA has become nan."""
    return _is_na(missing_values) or missing_values != missing_values


def find_gaps(X, missing_values):
    """The mask of X (N, D), and which of its columns have gaps (D,)."""
    if sp.issparse(X):
        mask = sp.csc_matrix((is_gap(X.data, missing_values), X.indices, X.indptr), X.shape)
        mask = mask.copy()  # of its own indices, before it leaves out what is there
        mask.eliminate_zeros()
        return mask, np.diff(mask.indptr) > 0
    mask = np.empty(X.shape, bool)

    def find(block):
        mask[block] = is_gap(X[block], missing_values)
        return mask[block].any(axis=0)

    return mask, reduce_blocks(find, blocks(len(X), X[:1].nbytes), operator.or_)


def validate_with_gaps(estimator, X, *, reset, dtype=None, copy=False):
    """X as an array (or CSC matrix) of numbers or objects, in which missing values may stand."""
    missing_values, name = estimator.missing_values, type(estimator).__name__
    may_be_nan = nan_is_gap(missing_values)
    X = validate_data(
        estimator,
        X,
        reset=reset,
        accept_sparse="csc",
        dtype=dtype,
        ensure_all_finite="allow-nan" if may_be_nan else True,
        copy=copy,
    )
    if X.dtype.kind not in "iufO":
        raise ValueError(
            f"{name} does not support data with dtype {X.dtype}. Please provide either a numeric "
            "array (with a floating point or integer dtype) or categorical data represented "
            "either as an array with integer dtype or an array of string values with an object "
            "dtype."
        )
    if X.dtype.kind != "O" and not (isinstance(missing_values, Real) or may_be_nan):
        raise ValueError(
            "'X' and 'missing_values' types are expected to be both numerical. Got X.dtype="
            f"{X.dtype} and type(missing_values)={type(missing_values)}."
        )
    if sp.issparse(X) and not may_be_nan and missing_values == 0:
        raise ValueError(f"{estimator._no_gaps_at_zeros} Provide a dense array instead.")
    return X
