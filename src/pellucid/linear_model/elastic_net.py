"""Least squares that prefers few and small coefficients: the elastic net and the lasso."""

import numbers
import warnings
from typing import ClassVar

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.base import MultiOutputMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import _check_sample_weight, validate_data

from pellucid.base import Estimator, validate_parameters
from pellucid.callbacks import steps
from pellucid.linear_model._coordinate_descent import solve
from pellucid.linear_model._designs import centred_designs
from pellucid.linear_model._linear import LinearRegressorMixin

__all__ = ["ElasticNet", "Lasso"]


class ElasticNet(MultiOutputMixin, LinearRegressorMixin, Estimator):
    """Elastic net: least squares with an ℓ1 and an ℓ2 penalty on the coefficients.

        min_{w, b}  Σ_n s_n (y_n - x_nᵀw - b)² / (2 Σ_n s_n) + α ρ ‖w‖₁ + α (1-ρ) ‖w‖² / 2

    The first penalty makes coefficients zero, the second lets columns that say the same share one
    (Zou & Hastie 2005).  Several targets are fitted each by itself.

    Found by coordinate descent (``_coordinate_descent``) until the duality gap, a bound on what a
    better w could gain, is at most tol Σ s_n (y_n - ȳ)²/N.

    Parameters
    ----------
    alpha : float, default=1.0
        The penalty α; for 0, ``LinearRegression`` is the better way.
    l1_ratio : float, default=0.5
        ρ, from 0 (ridge) to 1 (lasso).
    fit_intercept : bool, default=True
        Whether b is fitted, or zero.
    precompute : bool or array-like of shape (D, D), default=False
        Descend on the Gram matrix of all columns, or on this one if X is not centred first; any
        route gives the same answer, and dense X of few columns takes this one by itself.
    max_iter : int or None, default=1000
        Sweeps over the coefficients at most; None: 1000.
    copy_X : bool, default=True
        Either gives the same answer: X is never overwritten.
    tol : float, default=1e-4
        How small the duality gap must be, as a part of the variance of y.
    warm_start : bool, default=False
        Begin where the last fit ended.
    positive : bool, default=False
        Keep w ≥ 0.
    random_state : int, RandomState or None, default=None
        For ``selection="random"``.
    selection : {"cyclic", "random"}, default="cyclic"
        The order in which coefficients are improved; either gives the same answer.

    Attributes
    ----------
    coef_ : ndarray of shape (D,), or (K, D) for y of shape (N, K)
    sparse_coef_ : csr_matrix of shape (1, D) or (K, D)
    intercept_ : float, or ndarray of shape (K,)
    n_iter_ : int, or list of int
        Sweeps made.
    dual_gap_ : float, or ndarray of shape (K,)
        The duality gap at the end, in units of the objective above.
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (D,)

    References
    ----------
    Zou, H. & Hastie, T. (2005). Regularization and variable selection via the elastic net.
    J. R. Statist. Soc. B 67, 301-320.
    """

    _parameter_constraints: ClassVar[dict] = {
        "alpha": [Interval(numbers.Real, 0, None, closed="left")],
        "l1_ratio": [Interval(numbers.Real, 0, 1, closed="both")],
        "fit_intercept": ["boolean"],
        "precompute": ["boolean", "array-like"],
        "max_iter": [Interval(numbers.Integral, 1, None, closed="left"), None],
        "copy_X": ["boolean"],
        "tol": [Interval(numbers.Real, 0, None, closed="left")],
        "warm_start": ["boolean"],
        "positive": ["boolean"],
        "random_state": ["random_state"],
        "selection": [StrOptions({"cyclic", "random"})],
    }

    def __init__(
        self,
        alpha=1.0,
        *,
        l1_ratio=0.5,
        fit_intercept=True,
        precompute=False,
        max_iter=1000,
        copy_X=True,
        tol=1e-4,
        warm_start=False,
        positive=False,
        random_state=None,
        selection="cyclic",
    ):
        self.alpha = alpha
        self.l1_ratio = l1_ratio
        self.fit_intercept = fit_intercept
        self.precompute = precompute
        self.max_iter = max_iter
        self.copy_X = copy_X
        self.tol = tol
        self.warm_start = warm_start
        self.positive = positive
        self.random_state = random_state
        self.selection = selection

    @validate_parameters
    def fit(self, X, y, sample_weight=None):
        """Fit to X (N, D), dense or sparse, and y (N,) or (N, K)."""
        if self.alpha == 0:
            warnings.warn(
                "With alpha=0, this algorithm does not converge well. You are advised to use the "
                "LinearRegression estimator",
                stacklevel=2,
            )
        X, y = validate_data(
            self,
            X,
            y,
            accept_sparse=("csc", "csr"),
            dtype=[np.float64, np.float32],
            multi_output=True,
            y_numeric=True,
        )
        if sample_weight is not None:
            sample_weight = _check_sample_weight(sample_weight, X, ensure_non_negative=True)
        Y = y.reshape(len(y), -1).astype(X.dtype)  # (N, K)
        designs, x_mean, y_mean = centred_designs(
            X, Y, sample_weight, self.fit_intercept, self.precompute
        )
        W = np.zeros((Y.shape[1], X.shape[1]))  # (K, D)
        if self.warm_start and hasattr(self, "coef_"):
            W += self.coef_
        random_state = check_random_state(self.random_state) if self.selection == "random" else None
        gaps, sweeps = np.zeros(len(W)), []
        for k in steps(self, len(W), "target"):
            W[k], gaps[k], n_iter = solve_or_warn(
                designs[k],
                W[k],
                X.shape[0],
                self.alpha,
                self.l1_ratio,
                tol=self.tol,
                max_iter=1000 if self.max_iter is None else self.max_iter,
                positive=self.positive,
                random_state=random_state,
            )
            sweeps.append(n_iter)
        W, b = W.astype(X.dtype), (y_mean - W @ x_mean).astype(X.dtype)
        gaps = gaps.astype(X.dtype)
        if len(W) == 1:
            self.coef_, self.dual_gap_, self.n_iter_ = W[0], gaps[0], sweeps[0]
        else:
            self.coef_, self.dual_gap_, self.n_iter_ = W, gaps, sweeps
        self.intercept_ = (b[0] if y.ndim == 1 else b) if self.fit_intercept else 0.0
        return self

    @property
    def sparse_coef_(self):
        """``coef_`` as a sparse matrix (1, D) or (K, D)."""
        return csr_matrix(self.coef_)


def solve_or_warn(design, w, n_rows, alpha, l1_ratio, *, tol, **options):
    """``solve`` with α and ρ, and what it says to who asked; the gap in units of the objective."""
    l1, l2 = alpha * l1_ratio * n_rows, alpha * (1 - l1_ratio) * n_rows
    w, gap, n_iter = solve(design, w, l1, l2, tol=tol, **options)
    if not (np.isfinite(w).all() and np.isfinite(gap)):
        raise ValueError(
            "Coordinate descent iterations resulted in non-finite parameter values, a "
            "pre-processing step with StandardScaler may help."
        )
    if gap > tol * design.yy:
        warnings.warn(
            "Objective did not converge. You might want to increase the number of iterations, "
            "check the scale of the features or consider increasing regularisation. Duality gap: "
            f"{gap:.3e}, tolerance: {tol * design.yy:.3e}",
            ConvergenceWarning,
        )
    return w, gap / n_rows, n_iter


class Lasso(ElasticNet):
    """Lasso: least squares with an ℓ1 penalty, which leaves few coefficients that are not zero.

        min_{w, b}  Σ_n s_n (y_n - x_nᵀw - b)² / (2 Σ_n s_n) + α ‖w‖₁

    the elastic net with ρ = 1 (Tibshirani 1996).

    Parameters
    ----------
    alpha : float, default=1.0
        The penalty α; for 0, ``LinearRegression`` is the better way.
    fit_intercept, precompute, copy_X, max_iter, tol, warm_start, positive, random_state, selection
        As for ``ElasticNet``.

    Attributes
    ----------
    coef_, sparse_coef_, intercept_, n_iter_, dual_gap_, n_features_in_, feature_names_in_
        As for ``ElasticNet``.

    References
    ----------
    Tibshirani, R. (1996). Regression shrinkage and selection via the lasso. J. R. Statist. Soc. B
    58, 267-288.
    """

    _parameter_constraints: ClassVar[dict] = {
        name: rule for name, rule in ElasticNet._parameter_constraints.items() if name != "l1_ratio"
    }
    l1_ratio = 1.0

    def __init__(
        self,
        alpha=1.0,
        *,
        fit_intercept=True,
        precompute=False,
        copy_X=True,
        max_iter=1000,
        tol=1e-4,
        warm_start=False,
        positive=False,
        random_state=None,
        selection="cyclic",
    ):
        self.alpha = alpha
        self.fit_intercept = fit_intercept
        self.precompute = precompute
        self.copy_X = copy_X
        self.max_iter = max_iter
        self.tol = tol
        self.warm_start = warm_start
        self.positive = positive
        self.random_state = random_state
        self.selection = selection
