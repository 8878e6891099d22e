"""Ridge regression: least squares with a price on the length of w."""

import numbers
import warnings
from typing import ClassVar

import numpy as np
import scipy.sparse as sp
from scipy.optimize import minimize, nnls
from sklearn.base import MultiOutputMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils._param_validation import Interval, StrOptions

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
    minimum_norm,
    solve_cholesky,
    triangle,
)
from pellucid.linear_model._linear import LinearRegressorMixin, regression_rows

__all__ = ["Ridge"]

ITERATIVE = ("lsqr", "sparse_cg", "sag", "saga")


class Ridge(MultiOutputMixin, LinearRegressorMixin, Estimator):
    """Least squares with a price on the length of w, which steadies what the data leave open.

        min_{w, b} Σ_n s_n (y_n - x_nᵀw - b)² + α‖w‖²,    so that  (XᵀSX + αI) w = XᵀSy

    for sample weights s and, in the second form, centred X and y (Hoerl & Kennard 1970); b costs
    nothing.  With more columns than rows the same w is Xᵀ(XXᵀ + αI)⁻¹y, by a smaller matrix.

    Parameters
    ----------
    alpha : float or array-like of shape (K,), default=1.0
        The price α ≥ 0; one for each target, if an array.
    fit_intercept : bool, default=True
        Whether b is fitted, or zero.
    copy_X : bool, default=True
        Either gives the same answer: X is never overwritten.
    max_iter : int, default=None
        Most iterations of an iterative solver.
    tol : float, default=1e-4
        Where an iterative solver stops; the others are exact to rounding.
    solver : {'auto', 'svd', 'cholesky', 'lsqr', 'sparse_cg', 'sag', 'saga', 'lbfgs'}
        Any gives the same answer, the iterative ones up to ``tol``.  'auto' is Cholesky where
        rounding allows and singular values elsewhere; LSQR for sparse X; 'lbfgs' if ``positive``.
        The four iterative names all run LSQR, and sparse X always does.
    positive : bool, default=False
        Keep w ≥ 0.
    random_state : int, RandomState or None, default=None
        Any gives the same answer: nothing is drawn.

    Attributes
    ----------
    coef_ : ndarray of shape (D,), or (K, D) for y of shape (N, K)
    intercept_ : float, or ndarray of shape (K,)
    n_iter_ : None or ndarray of shape (K,)
        Iterations for each target, where there are any.
    solver_ : str
        The solver that was used.
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (D,)

    References
    ----------
    Hoerl, A. E. & Kennard, R. W. (1970). Ridge Regression. Technometrics 12, 55-67.
    Saunders, C., Gammerman, A. & Vovk, V. (1998). Ridge Regression Learning Algorithm in Dual
    Variables. ICML.
    """

    _parameter_constraints: ClassVar[dict] = {
        "alpha": [Interval(numbers.Real, 0, None, closed="left"), "array-like"],
        "fit_intercept": ["boolean"],
        "copy_X": ["boolean"],
        "max_iter": [Interval(numbers.Integral, 1, None, closed="left"), None],
        "tol": [Interval(numbers.Real, 0, None, closed="left")],
        "solver": [StrOptions({"auto", "svd", "cholesky", "lbfgs", *ITERATIVE})],
        "positive": ["boolean"],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        alpha=1.0,
        *,
        fit_intercept=True,
        copy_X=True,
        max_iter=None,
        tol=1e-4,
        solver="auto",
        positive=False,
        random_state=None,
    ):
        self.alpha = alpha
        self.fit_intercept = fit_intercept
        self.copy_X = copy_X
        self.max_iter = max_iter
        self.tol = tol
        self.solver = solver
        self.positive = positive
        self.random_state = random_state

    @validate_parameters
    def fit(self, X, y=None, sample_weight=None):
        """Fit to X (N, D) and y (N,) or (N, K), weighted by ``sample_weight``, or to all that
        ``rows_of`` takes, in one pass.
        """
        rows, flat = regression_rows(self, X, y, sample_weight)
        tall = rows.longer_than(self.n_features_in_)
        if not tall:
            rows = rows.gather()  # it is no larger than a Gram matrix
        alpha, route = self._penalties(rows.head()[1].shape[1]), self._route(rows)
        self.solver_ = route if self.solver == "auto" else self.solver
        self.n_iter_ = None
        if route == "lbfgs":
            W, mean = self._positive(rows, alpha)
        elif route == "lsqr":
            W, mean = self._iterate(*rows.arrays, alpha)
        else:
            W, mean = self._primal(rows, alpha) if tall else self._dual(*rows.arrays, alpha)
        self._set_coefficients(W, mean, flat, rows.dtype)
        if len(self.coef_) == 1:
            self.coef_ = self.coef_.ravel()  # (D,), for y of shape (N, 1) as well
        return self

    def _primal(self, rows, alpha):
        """(XᵀSX + αI) W = XᵀSY"""
        D = self.n_features_in_
        if self.solver != "svd":
            total = moments(rows, self.fit_intercept)
            W = _regularised(total.scatter[:D, :D], total.scatter[:D, D:], alpha)
            if W is not None:
                return W, total.mean
        _, mean, R = triangle(rows, self.fit_intercept)
        return minimum_norm(R[:D, :D], R[:D, D:], _cutoff((rows.n_rows, D), rows.dtype), alpha)[
            0
        ], mean

    def _dual(self, X, Y, s, alpha):
        """W = FᵀA, (FFᵀ + αI) A = G for the free rows F of X and G of Y."""
        mean = np.concatenate([weighted_mean(X, s), weighted_mean(Y, s)]) * self.fit_intercept
        G = free_rows(Y, s, self.fit_intercept)
        if self.solver != "svd":
            A = _regularised(dual_gram(X, s, self.fit_intercept), G, alpha)
            if A is not None:
                return from_dual(X, A, s, self.fit_intercept), mean
        F = free_rows(X, s, self.fit_intercept)
        return minimum_norm(F, G, _cutoff(X.shape, X.dtype), alpha)[0], mean

    def _iterate(self, X, Y, s, alpha):
        A, targets, mean = self._products(X, Y, s)
        found = [
            lsqr(A, b, np.sqrt(a), self.tol, self.max_iter)
            for b, a in zip(targets.T, alpha, strict=True)
        ]
        if self.solver_ != "sparse_cg":
            self.n_iter_ = np.array([iterations for _, iterations in found], dtype=np.int32)
        return np.column_stack([w for w, _ in found]), mean

    def _positive(self, rows, alpha):
        """w ≥ 0: active sets on [R; √α I] for dense X (Lawson & Hanson 1974), else L-BFGS-B."""
        D = self.n_features_in_
        if rows.in_memory and sp.issparse(rows.arrays[0]):
            A, targets, mean = self._products(*rows.arrays)
            pairs = zip(targets.T, alpha, strict=True)
            return np.column_stack([self._descend(A, b, a) for b, a in pairs]), mean
        _, mean, R = triangle(rows, self.fit_intercept)
        W = [
            nnls(np.vstack([R[:D, :D], np.sqrt(a) * np.eye(D)]), np.append(r, np.zeros(D)))[0]
            for r, a in zip(R[:D, D:].T, alpha, strict=True)
        ]
        return np.column_stack(W), mean

    def _descend(self, A, b, alpha):
        def objective(w):
            residual = A.matvec(w) - b
            value = (residual @ residual + alpha * w @ w) / 2
            return value, A.rmatvec(residual) + alpha * w

        start, bounds = np.zeros(len(A.mean)), [(0, None)] * len(A.mean)
        options = {"gtol": self.tol, "ftol": 0.0, "maxiter": self.max_iter or 15000}
        found = minimize(objective, start, jac=True, bounds=bounds, options=options)
        if found.nit == options["maxiter"]:
            warnings.warn("lbfgs solver did not converge; increase max_iter", ConvergenceWarning)
        return found.x

    def _products(self, X, Y, s):
        A = CentredProducts(X, s, self.fit_intercept)
        y_mean = weighted_mean(Y, s) * self.fit_intercept
        return A, A.root[:, None] * (Y - y_mean), np.concatenate([A.mean, y_mean])

    def _penalties(self, K):
        alpha = np.atleast_1d(np.asarray(self.alpha, dtype=np.float64))
        if len(alpha) not in (1, K):
            raise ValueError(
                f"Number of targets and number of penalties do not correspond: {len(alpha)} != {K}"
            )
        if not (alpha >= 0).all():
            raise ValueError(f"alpha == {self.alpha}, must be >= 0.0")
        return np.broadcast_to(alpha, K)

    def _route(self, rows):
        if self.positive and self.solver not in ("auto", "lbfgs"):
            raise ValueError(
                f"solver={self.solver!r} does not support positive fitting; "
                "set solver to 'auto' or 'lbfgs', or positive=False"
            )
        if self.solver == "lbfgs" and not self.positive:
            raise ValueError("'lbfgs' solver can be used only when positive=True; choose another")
        if self.positive:
            return "lbfgs"
        if rows.in_memory and (sp.issparse(rows.arrays[0]) or self.solver in ITERATIVE):
            return "lsqr"  # rows on disk would be read in each iteration
        return "svd" if self.solver == "svd" else "cholesky"


def _regularised(gram, B, alpha):
    """(gram + αI)⁻¹B, column by column of B; None where Cholesky would not be safe."""
    out, diagonal = np.empty_like(B), np.diag(gram).copy()
    for price in np.unique(alpha):
        np.fill_diagonal(gram, diagonal + price)
        R = cholesky(gram)
        if R is None:
            return None
        out[:, alpha == price] = solve_cholesky(R, B[:, alpha == price])
    return out


def _cutoff(shape, dtype):
    return max(shape) * np.finfo(dtype).eps
