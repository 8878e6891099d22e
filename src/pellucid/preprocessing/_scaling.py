"""What the scalers share: x ↦ (x - a) / b and its inverse, column by column, in one pass."""

import numpy as np
import scipy.sparse as sp
from sklearn.base import OneToOneFeatureMixin, TransformerMixin
from sklearn.utils.validation import (
    FLOAT_DTYPES,
    _check_n_features,
    check_array,
    check_is_fitted,
    validate_data,
)

from pellucid._compile import kernel
from pellucid.base import Estimator
from pellucid.reduction import blocks, map_blocks
from pellucid.reduction.validation import validate_rows

__all__ = ["Scaler", "canonical", "column_of_entries", "usable"]


class Scaler(OneToOneFeatureMixin, TransformerMixin, Estimator):
    """A transformer with a shift and a factor for each column; NaN passes through."""

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags

    def _validate(self, X, *, reset=False, copy=True, sparse=False):
        accepts = _accepts(sparse)
        return validate_data(self, X, reset=reset, force_writeable=not copy, **accepts)

    def _rows(self, X, sample_weight=None, *, reset, sparse=False):
        return validate_rows(self, X, sample_weight=sample_weight, reset=reset, **_accepts(sparse))

    def _validate_scaled(self, X, *, copy=True, sparse=False):
        """For ``inverse_transform``, whose input need not bear the names of the columns."""
        check_is_fitted(self)
        X = check_array(X, force_writeable=not copy, **_accepts(sparse))
        _check_n_features(self, X, reset=False)
        return X

    @staticmethod
    def _subtract_then_divide(X, shift, factor, copy):
        """(X - shift) / factor; None for a shift of 0 or a factor of 1."""
        return _affine(_subtract_then_divide, X, _or(shift, X, 0), _or(factor, X, 1), copy)

    @staticmethod
    def _multiply_then_add(X, factor, shift, copy):
        """X · factor + shift, the inverse."""
        return _affine(_multiply_then_add, X, _or(factor, X, 1), _or(shift, X, 0), copy)


def _accepts(sparse):
    return {
        "accept_sparse": ("csr", "csc") if sparse else False,
        "dtype": FLOAT_DTYPES,
        "ensure_all_finite": "allow-nan",
    }


def usable(factor):
    """``factor``, and 1 where it is zero: a constant column is moved, never stretched."""
    return np.where(np.abs(factor) < np.finfo(factor.dtype).tiny, 1, factor).astype(factor.dtype)


def column_of_entries(X):
    """The column of each stored entry of a CSR or CSC array."""
    return X.indices if X.format == "csr" else np.repeat(np.arange(X.shape[1]), np.diff(X.indptr))


def _or(values, X, default):
    return np.full(X.shape[1], default, np.float64) if values is None else np.float64(values)


def _affine(function, X, a, b, copy):
    """``function`` on every row, into a new array or into X itself."""
    if sp.issparse(X):  # a shift of zero, so that the zeros stay zeros
        X, column = X.copy() if copy else X, column_of_entries(X)
        entries = X.data[:, None]  # each a row of one column
        X.data[:] = _NUMPY[function](entries, a[column, None], b[column, None])[:, 0]
        return X
    out = np.empty_like(X) if copy else X

    def apply(s):
        if _is_canonical(X) and _is_canonical(out):
            function(X[s], a, b, out[s])
        else:
            out[s] = _NUMPY[function](X[s], a, b)

    map_blocks(apply, blocks(X.shape[0], X.shape[1] * X.itemsize))
    return out


def _is_canonical(X):
    return X.flags.c_contiguous and X.dtype in (np.float32, np.float64)


def canonical(X):
    """A block of rows fit for kernels."""
    return X if _is_canonical(X) else np.ascontiguousarray(X, np.result_type(X, np.float32))


@kernel
def _subtract_then_divide(X, a, b, out):
    for n in range(X.shape[0]):
        for d in range(X.shape[1]):
            out[n, d] = (X[n, d] - a[d]) / b[d]


@kernel
def _multiply_then_add(X, a, b, out):
    for n in range(X.shape[0]):
        for d in range(X.shape[1]):
            out[n, d] = X[n, d] * a[d] + b[d]


_NUMPY = {  # the same for columns of any order and dtype
    _subtract_then_divide: lambda X, a, b: (X - a) / b,
    _multiply_then_add: lambda X, a, b: X * a + b,
}
