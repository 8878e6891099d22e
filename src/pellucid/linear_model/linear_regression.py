"""Ordinary least squares, in one batch or exactly in as many as one likes."""

import numbers
from typing import ClassVar

import numpy as np
import scipy.sparse as sp
from scipy.linalg import svdvals
from scipy.optimize import nnls
from sklearn.base import MultiOutputMixin
from sklearn.utils._param_validation import Interval

from pellucid.base import Estimator, validate_parameters
from pellucid.linear_model._centering import (
    CentredProducts,
    dual_gram,
    free_rows,
    from_dual,
    moments,
    weighted_mean,
)
from pellucid.linear_model._least_squares import (
    cholesky,
    lsqr,
    merge_triangles,
    minimum_norm,
    solve_cholesky,
    solve_triangle,
    triangle,
)
from pellucid.linear_model._linear import LinearRegressorMixin, regression_rows

__all__ = ["LinearRegression"]

WORST_CONDITION = 1e-4  # reciprocal, of a Gram matrix: beyond it QR is worth its time


class LinearRegression(MultiOutputMixin, LinearRegressorMixin, Estimator):
    """Least squares: the plane with the least sum of squared errors.

        min_{w, b} Σ_n s_n (y_n - x_nᵀw - b)²,    so that  XᵀSX w = XᵀSy

    for sample weights s and, in the second form, centred X and y (Legendre 1805).  Where several w
    are best, as with duplicate columns or fewer rows than columns, it is the shortest of them.

    Many rows are reduced to their centred Gram matrix, and by Cholesky to a triangle R with
    RᵀR = XᵀSX; where rounding could show, R comes from a QR of the rows themselves.  R is kept:
    ``partial_fit`` merges further rows into it, and ``singular_`` is computed from it when asked
    for, because that can take longer than the fit.  Sparse X is fitted by LSQR.

    Parameters
    ----------
    fit_intercept : bool, default=True
        Whether b is fitted, or zero.
    copy_X : bool, default=True
        Either gives the same answer: X is never overwritten.
    tol : float, default=1e-6
        Where LSQR stops on sparse X; dense X is solved to rounding.
    n_jobs : int, default=None
        Any number gives the same answer.
    positive : bool, default=False
        Keep w ≥ 0 (Lawson & Hanson 1974); dense X only.

    Attributes
    ----------
    coef_ : ndarray of shape (D,), or (K, D) for y of shape (N, K)
    intercept_ : float, or ndarray of shape (K,)
    rank_ : int
        Rank of the centred X; dense X only.
    singular_ : ndarray of shape (min(N, D),)
        Singular values of the centred X; dense X only.
    n_samples_seen_ : int
        Rows learned from, over all calls of ``partial_fit``.
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (D,)

    References
    ----------
    Golub, G. H. & Van Loan, C. F. (2013). Matrix Computations, chapter 5.
    Paige, C. C. & Saunders, M. A. (1982). LSQR. ACM TOMS 8, 43-71.
    """

    _parameter_constraints: ClassVar[dict] = {
        "fit_intercept": ["boolean"],
        "copy_X": ["boolean"],
        "tol": [Interval(numbers.Real, 0, None, closed="left")],
        "n_jobs": [None, numbers.Integral],
        "positive": ["boolean"],
    }

    def __init__(self, *, fit_intercept=True, copy_X=True, tol=1e-6, n_jobs=None, positive=False):
        self.fit_intercept = fit_intercept
        self.copy_X = copy_X
        self.tol = tol
        self.n_jobs = n_jobs
        self.positive = positive

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = not self.positive
        return tags

    @validate_parameters
    def fit(self, X, y=None, sample_weight=None):
        """Fit to X (N, D) and y (N,) or (N, K), weighted by ``sample_weight``, or to all that
        ``rows_of`` takes, in one pass; sparse blocks by their Gram matrix.
        """
        rows, flat = regression_rows(self, X, y, sample_weight)
        for earlier in ("_state", "rank_"):
            vars(self).pop(earlier, None)
        tall = rows.longer_than(self.n_features_in_)
        if not tall:
            rows = rows.gather()  # it is no larger than a Gram matrix
        if rows.in_memory and sp.issparse(rows.arrays[0]):
            W, mean = self._fit_sparse(*rows.arrays)
        elif self.positive:
            W, mean = self._solve(triangle(rows, self.fit_intercept), rows.n_rows, rows.dtype)
        else:
            W, mean = self._fit_tall(rows) if tall else self._fit_wide(*rows.arrays)
        self.n_samples_seen_ = rows.n_rows
        return self._set_coefficients(W, mean, flat, rows.dtype)

    @validate_parameters
    def partial_fit(self, X, y=None, sample_weight=None):
        """Learn more rows: after any number of calls, the fit to all of them together."""
        first = not hasattr(self, "coef_")
        rows, flat = regression_rows(self, X, y, sample_weight, reset=first)
        state = triangle(rows, self.fit_intercept)
        self.n_samples_seen_ = rows.n_rows + (0 if first else self.n_samples_seen_)
        if not first:
            self._check_continues(len(state[1]))
            state = merge_triangles(self._state, state)
        W, mean = self._solve(state, self.n_samples_seen_, rows.dtype)
        return self._set_coefficients(W, mean, flat, rows.dtype)

    @property
    def singular_(self):
        D = self.n_features_in_
        singular = np.zeros(min(self.n_samples_seen_, D), dtype=self.coef_.dtype)
        found = svdvals(self._state[2][:, :D])
        singular[: len(found)] = found[: len(singular)]  # centring took one direction from few rows
        return singular

    def _fit_tall(self, rows):
        """R_x from the Gram matrix, R_y = R_x⁻ᵀ XᵀY, W = R_x⁻¹ R_y; by QR where that is unsafe."""
        D = self.n_features_in_
        total = moments(rows, self.fit_intercept)
        R_x = cholesky(total.scatter[:D, :D], WORST_CONDITION)  # (D, D)
        if R_x is None:
            return self._solve(triangle(rows, self.fit_intercept), rows.n_rows, rows.dtype)
        R_y = solve_triangle(R_x, total.scatter[:D, D:], transposed=True)  # (D, K)
        self._state = (total.weight, total.mean, np.hstack([R_x, R_y]))
        self.rank_ = D
        return solve_triangle(R_x, R_y), total.mean

    def _fit_wide(self, X, Y, s):
        """The shortest W of many: W = Fᵀ(F Fᵀ)⁻¹G for the free rows F of X and G of Y."""
        G = free_rows(Y, s, self.fit_intercept)
        R = cholesky(dual_gram(X, s, self.fit_intercept), WORST_CONDITION)  # (N, N)
        if R is not None:
            self.rank_ = len(G)
            W = from_dual(X, solve_cholesky(R, G), s, self.fit_intercept)
        else:
            Q, R = np.linalg.qr(free_rows(X, s, self.fit_intercept).T)
            shortest, self.rank_ = minimum_norm(R.T, G, self._cutoff(len(X), X.dtype))
            W = Q @ shortest
        mean = np.concatenate([weighted_mean(X, s), weighted_mean(Y, s)]) * self.fit_intercept
        self._state = (0.0, mean, R)
        return W, mean

    def _fit_sparse(self, X, Y, s):
        A = CentredProducts(X, s, self.fit_intercept)
        y_mean = weighted_mean(Y, s) * self.fit_intercept
        targets = A.root[:, None] * (Y - y_mean)  # (N, K)
        W = np.column_stack([lsqr(A, b, tol=self.tol)[0] for b in targets.T])
        return W, np.concatenate([A.mean, y_mean])

    def _solve(self, state, n_rows, dtype):
        """W from R_x W = R_y, and the mean of [X, Y]."""
        self._state = state
        D, (_, mean, R) = self.n_features_in_, state
        R_x, R_y = R[:D, :D], R[:D, D:]
        if self.positive:
            return np.column_stack([nnls(R_x, r)[0] for r in R_y.T]), mean
        W, self.rank_ = minimum_norm(R_x, R_y, self._cutoff(n_rows, dtype))
        return W, mean

    def _cutoff(self, n_rows, dtype):
        return max(n_rows, self.n_features_in_) * np.finfo(dtype).eps

    def _check_continues(self, columns):
        if not hasattr(self, "_state") or self._state[2].shape[1] <= self.n_features_in_:
            raise ValueError(
                "a fit to sparse X, or to no more rows than columns, keeps nothing that "
                "partial_fit could continue; call partial_fit from the start"
            )
        if self._state[2].shape[1] != columns:
            raise ValueError("partial_fit must be given as many targets in y as before")
