"""The lasso and the elastic net along a falling penalty, each fit begun where the last ended."""

import contextlib
import numbers

import numpy as np
from scipy.sparse import issparse
from sklearn.utils import check_array, check_consistent_length, check_random_state, column_or_1d
from sklearn.utils._param_validation import Interval, StrOptions, validate_params

from pellucid.callbacks import progress_bar, steps
from pellucid.linear_model._designs import centred_designs
from pellucid.linear_model.elastic_net import ElasticNet, solve_or_warn

__all__ = ["enet_path", "lasso_path"]

CONSTRAINTS: dict = {
    "X": ["array-like", "sparse matrix"],
    "y": ["array-like"],
    "eps": [Interval(numbers.Real, 0, 1, closed="neither")],
    "alphas": [Interval(numbers.Integral, 1, None, closed="left"), "array-like"],
    "precompute": [StrOptions({"auto"}), "boolean", "array-like"],
    "copy_X": ["boolean"],
    "coef_init": ["array-like", None],
    "verbose": ["verbose"],
    "return_n_iter": ["boolean"],
    "positive": ["boolean"],
}


@validate_params(
    CONSTRAINTS | {"l1_ratio": [Interval(numbers.Real, 0, 1, closed="both")]},
    prefer_skip_nested_validation=True,
)
def enet_path(
    X,
    y,
    *,
    l1_ratio=0.5,
    eps=1e-3,
    alphas=100,
    precompute="auto",
    copy_X=True,
    coef_init=None,
    verbose=False,
    return_n_iter=False,
    positive=False,
    max_iter=1000,
    tol=1e-4,
    selection="cyclic",
    random_state=None,
):
    """Elastic net coefficients for many penalties α, from the largest to the smallest.

        w(α) = argmin_w  ‖y - Xw‖² / (2N) + α ρ ‖w‖₁ + α (1-ρ) ‖w‖² / 2

    X and y are taken as they are: centre them if there should be an intercept.

    Parameters
    ----------
    X : array-like or sparse of shape (N, D)
    y : array-like of shape (N,)
    l1_ratio : float, default=0.5
        ρ, from 0 (ridge) to 1 (lasso).
    eps : float, default=1e-3
        The smallest α as a part of the largest, where ``alphas`` is a number.
    alphas : int or array-like, default=100
        The penalties, or how many: evenly on a log scale from α_max = max|Xᵀy| / (Nρ), the least
        for which all coefficients are zero.
    precompute : "auto", bool or array-like of shape (D, D), default="auto"
        Descend on the Gram matrix of all columns; any route gives the same answer.
    copy_X : bool, default=True
        Either gives the same answer: X is never overwritten.
    coef_init : array-like of shape (D,), default=None
        Where the first fit begins.
    verbose : bool or int, default=False
        Draw a bar of the penalties.
    return_n_iter : bool, default=False
        Return the sweeps as well.
    positive : bool, default=False
        Keep w ≥ 0.
    max_iter, tol, selection, random_state
        As for ``ElasticNet``.

    Returns
    -------
    alphas : ndarray of shape (A,)
    coefs : ndarray of shape (D, A)
    dual_gaps : ndarray of shape (A,)
    n_iters : list of int
        With ``return_n_iter``.
    """
    X = check_array(X, accept_sparse=("csc", "csr"), dtype=[np.float64, np.float32])
    y = column_or_1d(y, dtype=X.dtype)
    check_consistent_length(X, y)
    N, D = X.shape
    if isinstance(alphas, numbers.Integral):
        alphas = _grid(X, y, l1_ratio, eps, alphas, positive)
    alphas = np.sort(np.asarray(alphas, dtype=X.dtype))[::-1]
    if isinstance(precompute, str):
        precompute = not issparse(X) and N > D
    (design,), _, _ = centred_designs(X, y[:, None], centre=False, precompute=precompute)

    w = np.zeros(D) if coef_init is None else np.asarray(coef_init, dtype=np.float64)
    coefs, gaps, n_iters = np.empty((D, len(alphas)), X.dtype), np.empty(len(alphas)), []
    model = ElasticNet(l1_ratio=l1_ratio)
    with progress_bar() if verbose else contextlib.nullcontext():
        for k in steps(model, len(alphas), "alpha"):
            w, gaps[k], n_iter = solve_or_warn(
                design,
                w,
                N,
                alphas[k],
                l1_ratio,
                tol=tol,
                max_iter=max_iter,
                positive=positive,
                random_state=check_random_state(random_state) if selection == "random" else None,
            )
            coefs[:, k] = w
            n_iters.append(n_iter)
    return (alphas, coefs, gaps, n_iters) if return_n_iter else (alphas, coefs, gaps)


@validate_params(CONSTRAINTS, prefer_skip_nested_validation=True)
def lasso_path(
    X,
    y,
    *,
    eps=1e-3,
    alphas=100,
    precompute="auto",
    copy_X=True,
    coef_init=None,
    verbose=False,
    return_n_iter=False,
    positive=False,
    max_iter=1000,
    tol=1e-4,
    selection="cyclic",
    random_state=None,
):
    """Lasso coefficients for many penalties α, from the largest to the smallest.

        w(α) = argmin_w  ‖y - Xw‖² / (2N) + α ‖w‖₁

    which is ``enet_path`` with ρ = 1; parameters and what is returned are its.
    """
    return enet_path(
        X,
        y,
        l1_ratio=1.0,
        eps=eps,
        alphas=alphas,
        precompute=precompute,
        copy_X=copy_X,
        coef_init=coef_init,
        verbose=verbose,
        return_n_iter=return_n_iter,
        positive=positive,
        max_iter=max_iter,
        tol=tol,
        selection=selection,
        random_state=random_state,
    )


def _grid(X, y, l1_ratio, eps, n_alphas, positive):
    if l1_ratio == 0:
        raise ValueError(
            "Automatic alpha grid generation is not supported for l1_ratio=0. Please supply a grid "
            "by providing your estimator with the appropriate `alphas=` argument."
        )
    slope = X.T @ y
    top = (np.max(slope) if positive else np.max(np.abs(slope))) / (len(y) * l1_ratio)
    if top <= np.finfo(np.float64).resolution:  # every penalty does
        return np.full(n_alphas, np.finfo(np.float64).resolution)
    return np.geomspace(top, top * eps, n_alphas)
