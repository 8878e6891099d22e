"""All products of features up to a degree, each made of an earlier one."""

import numbers
from math import comb
from typing import ClassVar

import numpy as np
import scipy.sparse as sp
from sklearn.base import TransformerMixin
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import (
    FLOAT_DTYPES,
    _check_feature_names_in,
    check_is_fitted,
    validate_data,
)

from pellucid.base import Estimator, validate_parameters
from pellucid.preprocessing._monomials import expand_rows, expand_sparse_rows
from pellucid.reduction import blocks, map_blocks

__all__ = ["PolynomialFeatures"]


class PolynomialFeatures(TransformerMixin, Estimator):
    """Expand rows into the monomials of their features.

        z = (x_{i_1} x_{i_2} ... x_{i_k} : k ≤ degree, i_1 ≤ i_2 ≤ ... ≤ i_k)

    first those of degree 0, then 1, and so on, each degree in lexicographic order; with
    i_1 < i_2 < ... for ``interaction_only``.  So those of degree k that begin with x_i are x_i
    times a run of consecutive monomials of degree k - 1: those that begin with x_i or later.

    Parameters
    ----------
    degree : int or tuple (least, most), default=2
        An int is the largest degree.
    interaction_only : bool, default=False
        Only products of distinct features.
    include_bias : bool, default=True
        Whether the monomial of degree 0, a column of ones, is there.
    order : {'C', 'F'}, default='C'
        Memory order of a dense result.

    Attributes
    ----------
    powers_ : ndarray of shape (K, D)
        Exponent of each feature in each monomial.
    n_output_features_ : int
        K.
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (D,)
    """

    _parameter_constraints: ClassVar[dict] = {
        "degree": [Interval(numbers.Integral, 0, None, closed="left"), "array-like"],
        "interaction_only": ["boolean"],
        "include_bias": ["boolean"],
        "order": [StrOptions({"C", "F"})],
    }

    def __init__(self, degree=2, *, interaction_only=False, include_bias=True, order="C"):
        self.degree = degree
        self.interaction_only = interaction_only
        self.include_bias = include_bias
        self.order = order

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags

    @validate_parameters
    def fit(self, X, y=None):
        """Count the monomials of as many features as X (N, D) has."""
        validate_data(self, X, accept_sparse=("csr", "csc"))
        self._least, self._most = self._degrees()
        K = self.include_bias + sum(
            self._count(k) for k in range(max(self._least, 1), self._most + 1)
        )
        if np.iinfo(np.intp).max < K:
            raise ValueError(
                "The output that would result from the current configuration would have "
                f"{K} features which is too large to be indexed by {np.intp.__name__}. "
                "Lower the degree or the number of features."
            )
        self.n_output_features_ = K
        return self

    def transform(self, X):
        """The monomials of the rows of X: (N, K), sparse if X is."""
        check_is_fitted(self)
        X = validate_data(
            self, X, reset=False, accept_sparse=("csr", "csc"), dtype=FLOAT_DTYPES, order="C"
        )
        return self._expand_sparse(X) if sp.issparse(X) else self._expand_dense(X)

    def get_feature_names_out(self, input_features=None):
        """The monomials in words: ``1``, ``x0``, ``x0^2``, ``x0 x1``."""
        names = _check_feature_names_in(self, input_features)
        return np.array([_in_words(powers, names) for powers in self.powers_], dtype=object)

    @property
    def powers_(self):
        check_is_fitted(self)
        runs, kept = self._runs()
        powers = np.zeros((kept.max(initial=0) + 1, self.n_features_in_), dtype=np.int64)
        for start, source, length, d in runs:
            powers[start : start + length] = powers[source : source + length]
            powers[start : start + length, d] += 1
        return powers[kept]

    def _degrees(self):
        if isinstance(self.degree, numbers.Integral):
            if self.degree == 0 and not self.include_bias:
                raise ValueError(
                    "Setting degree to zero and include_bias to False would result in an empty "
                    "output array."
                )
            return 0, self.degree
        if len(self.degree) != 2:
            raise ValueError(
                "degree must be a non-negative int or tuple (min_degree, max_degree), "
                f"got {self.degree}."
            )
        least, most = self.degree
        whole = isinstance(least, numbers.Integral) and isinstance(most, numbers.Integral)
        if not whole or not 0 <= least <= most:
            raise ValueError(
                "degree=(min_degree, max_degree) must be non-negative integers that fulfil "
                f"min_degree <= max_degree, got {self.degree}."
            )
        if most == 0 and not self.include_bias:
            raise ValueError(
                "Setting both min_degree and max_degree to zero and include_bias to False would "
                "result in an empty output array."
            )
        return least, most

    def _count(self, degree):
        """How many monomials have this degree."""
        D = self.n_features_in_
        return comb(D, degree) if self.interaction_only else comb(D + degree - 1, degree)

    def _runs(self):
        """How each run of monomials is made: (start, source, length, d) for x_d times a run.

        And the places of those that are kept, among all from degree 0 on.
        """
        D, distinct = self.n_features_in_, int(self.interaction_only)
        runs = [(1 + d, 0, 1, d) for d in range(D if self._most else 0)]
        begins = np.arange(1, D + 2)  # where those that begin with x_d begin; at last, their end
        for _ in range(2, self._most + 1):
            sources = begins[distinct : distinct + D]
            lengths = begins[-1] - sources
            begins = begins[-1] + np.concatenate([[0], np.cumsum(lengths)])
            runs += zip(begins[:-1], sources, lengths, range(D), strict=True)
        skipped = 1 + sum(self._count(k) for k in range(1, self._least))
        kept = np.arange(self.n_output_features_ - self.include_bias) + skipped
        kept = np.concatenate([[0], kept]) if self.include_bias else kept
        return np.array(runs, dtype=np.int64).reshape(-1, 4), kept

    def _expand_dense(self, X):
        runs, kept = self._runs()
        out = np.empty((len(X), len(kept)), X.dtype, order=self.order)
        direct = out.flags.c_contiguous and X.dtype in (np.float32, np.float64)

        def expand(s):
            if direct:
                expand_rows(X[s], runs, kept, out[s])
            else:
                rows = X[s].astype(np.result_type(X, np.float32))
                block = np.empty((len(rows), len(kept)), rows.dtype)
                expand_rows(rows, runs, kept, block)
                out[s] = block

        map_blocks(expand, blocks(len(X), out.itemsize * (len(kept) + X.shape[1])))
        return out

    def _expand_sparse(self, X):
        rows = X.tocsr()
        if not rows.has_canonical_format:
            rows = rows.copy()
            rows.sum_duplicates()
        N, K = X.shape[0], self.n_output_features_
        filled = np.diff(rows.indptr).astype(np.int64)  # (N,)
        degrees = np.arange(max(self._least, 1), self._most + 1)
        sizes = [_binomials(filled + (0 if self.interaction_only else k - 1), k) for k in degrees]
        starts = np.concatenate([[0], np.cumsum(self.include_bias + sum(sizes, np.zeros(N, int)))])
        index = np.int32 if max(K, starts[-1]) <= np.iinfo(np.int32).max else np.int64
        data, columns = np.empty(starts[-1], X.dtype), np.empty(starts[-1], index)
        offsets = np.cumsum([int(self.include_bias), *(self._count(k) for k in degrees[:-1])])
        indptr, indices = rows.indptr.astype(np.int64), rows.indices.astype(np.int64)

        def expand(s):
            expand_sparse_rows(
                indptr[s.start : s.stop + 1],
                indices,
                rows.data,
                self.n_features_in_,
                degrees,
                offsets,
                self.interaction_only,
                self.include_bias,
                starts[s.start : s.stop + 1],
                columns,
                data,
            )

        map_blocks(expand, blocks(N, 16 * (1 + starts[-1] // max(N, 1))))
        kind = sp.csr_array if isinstance(X, sp.sparray) else sp.csr_matrix
        out = kind((data, columns, starts.astype(index)), shape=(N, K))
        return out.tocsc() if X.format == "csc" else out


def _in_words(powers, names):
    factors = [
        f"{names[d]}^{powers[d]}" if powers[d] > 1 else names[d] for d in np.flatnonzero(powers)
    ]
    return " ".join(factors) or "1"


def _binomials(n, k):
    """The number of ways to choose k of each of n (N,)."""
    out = np.ones_like(n)
    for j in range(1, k + 1):
        out = out * np.maximum(n - k + j, 0) // j
    return out
