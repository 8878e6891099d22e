"""Logistic regression: linear log-odds, fitted by penalised maximum likelihood."""

import warnings
from functools import partial
from numbers import Integral, Real
from typing import ClassVar

import numpy as np
import scipy.sparse as sp
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.class_weight import compute_class_weight
from sklearn.utils.validation import check_is_fitted

from pellucid._math import expit, log1pexp, log_softmax, softmax
from pellucid.base import Estimator, validate_parameters
from pellucid.linear_model._linear import LinearClassifierMixin
from pellucid.linear_model._logistic_rows import (
    BinaryRows,
    MultinomialRows,
    labelled,
    one_side,
    weight_by_class,
)
from pellucid.linear_model._newton import newton
from pellucid.linear_model._row_sums import Problem
from pellucid.reduction import blocks, map_blocks
from pellucid.reduction.validation import classes_of, validate_rows

__all__ = ["LogisticRegression"]


class LogisticRegression(LinearClassifierMixin, Estimator):
    """Logistic regression, binary and multinomial, with an l2, l1 or elastic-net penalty.

    p(k | x) = exp(w_kᵀx + b_k) / Σ_l exp(w_lᵀx + b_l), and (W, b) minimise

        - C Σ_n s_n log p(y_n | x_n) + (1 - ρ)/2 |W|² + ρ |W|₁

    Two classes have one w, the log-odds of the second: p = 1 / (1 + exp(-wᵀx - b)).  Newton's
    method runs on until the optimum itself is reached; scikit-learn's default stops earlier.
    Sums over rows are taken in float64, in blocks on all cores, in a fixed order.

    Parameters
    ----------
    penalty : {'l2', 'l1', 'elasticnet', None}, default='deprecated'
        The older way to say ``l1_ratio=0``, ``l1_ratio=1``, any ``l1_ratio``, and ``C=np.inf``.
    C : float, default=1.0
        The weight of the data against the penalty; ``np.inf`` is no penalty.
    l1_ratio : float, default=0.0
        ρ, the share of the l1 penalty.
    dual : bool, default=False
        Only for ``solver='liblinear'`` with the l2 penalty.  Either gives the same answer.
    tol : float, default=1e-4
        Stop when a Newton step promises to lower the mean objective by at most ``tol²``.
    fit_intercept : bool, default=True
        Whether to learn b.
    intercept_scaling : float, default=1
        For ``solver='liblinear'``: the value c of a constant column, b = c w_c.
    class_weight : dict or 'balanced', default=None
        Weights of the classes, multiplied into ``sample_weight``.
    random_state : int, RandomState instance, default=None
        Nothing is random here: any gives the same answer.
    solver : {'lbfgs', 'liblinear', 'newton-cg', 'newton-cholesky', 'sag', 'saga'}
        Every one gives the same answer, but ``'liblinear'``, which penalises the intercept as
        well, and fits several classes one against the rest.  As in scikit-learn, only
        ``'liblinear'`` and ``'saga'`` take l1, and only ``'saga'`` the elastic net.
    max_iter : int, default=100
        The most Newton steps.
    multi_class : {'auto', 'ovr', 'multinomial'}, default='auto'
        ``'ovr'``: one model for each class against the rest, its probabilities scaled to sum
        to one.
    verbose : int, default=0
        Whether to draw a progress bar.
    warm_start : bool, default=False
        Whether to start from the last solution.
    n_jobs : int, default=None
        All cores are used, and any number gives the same answer.

    Attributes
    ----------
    classes_ : ndarray of shape (K,)
    coef_ : ndarray of shape (1, D) or (K, D)
    intercept_ : ndarray of shape (1,) or (K,)
    n_iter_ : ndarray of shape (1,), or (K,) one against the rest

    References
    ----------
    Cox, D. R. (1958). The regression analysis of binary sequences. JRSS B 20, 215-242.
    Friedman, J., Hastie, T., & Tibshirani, R. (2010). Regularization paths for generalized linear
    models via coordinate descent. Journal of Statistical Software 33(1).
    """

    _parameter_constraints: ClassVar[dict] = {
        "penalty": [StrOptions({"l1", "l2", "elasticnet", "deprecated"}), None],
        "C": [Interval(Real, 0, None, closed="right")],
        "l1_ratio": [Interval(Real, 0, 1, closed="both"), None],
        "dual": ["boolean"],
        "tol": [Interval(Real, 0, None, closed="left")],
        "fit_intercept": ["boolean"],
        "intercept_scaling": [Interval(Real, 0, None, closed="neither")],
        "class_weight": [dict, StrOptions({"balanced"}), None],
        "random_state": ["random_state"],
        "solver": [
            StrOptions({"lbfgs", "liblinear", "newton-cg", "newton-cholesky", "sag", "saga"})
        ],
        "max_iter": [Interval(Integral, 0, None, closed="left")],
        "multi_class": [StrOptions({"auto", "ovr", "multinomial"})],
        "verbose": ["verbose"],
        "warm_start": ["boolean"],
        "n_jobs": [None, Integral],
    }

    def __init__(
        self,
        penalty="deprecated",
        *,
        C=1.0,
        l1_ratio=0.0,
        dual=False,
        tol=1e-4,
        fit_intercept=True,
        intercept_scaling=1,
        class_weight=None,
        random_state=None,
        solver="lbfgs",
        max_iter=100,
        multi_class="auto",
        verbose=0,
        warm_start=False,
        n_jobs=None,
    ):
        self.penalty = penalty
        self.C = C
        self.l1_ratio = l1_ratio
        self.dual = dual
        self.tol = tol
        self.fit_intercept = fit_intercept
        self.intercept_scaling = intercept_scaling
        self.class_weight = class_weight
        self.random_state = random_state
        self.solver = solver
        self.max_iter = max_iter
        self.multi_class = multi_class
        self.verbose = verbose
        self.warm_start = warm_start
        self.n_jobs = n_jobs

    @validate_parameters
    def fit(self, X, y=None, sample_weight=None):
        """Fit to the rows of X, dense or CSR, and their labels, or to all that ``rows_of`` takes.

        What is not in memory is read once for the classes and once for each Newton step.
        """
        C, l1_ratio = self._penalty()
        accepts = {"accept_sparse": "csr", "dtype": [np.float64, np.float32], "order": "C"}
        rows = validate_rows(self, X, y, sample_weight, **accepts)
        self.classes_ = classes_of(rows)
        K = len(self.classes_)
        if K < 2:
            raise ValueError(
                "This solver needs samples of at least 2 classes in the data, but the data "
                f"contains only one class: {self.classes_[0]!r}"
            )
        share, total = self._class_shares(rows)
        rows = rows.then(partial(labelled, self.classes_, share))
        strength = 1 / (C * total)  # of the penalty, to the mean over rows

        if self._one_vs_rest() or K == 2:
            sides = range(K) if K > 2 else [1]
            problems = [(rows.then(partial(one_side, k)), BinaryRows()) for k in sides]
        else:
            problems = [(rows, MultinomialRows(K, contrasts=l1_ratio == 0))]
        fits = [self._fit_one(*p, strength, l1_ratio, i) for i, p in enumerate(problems)]

        W = np.vstack([W for W, _, _ in fits])  # (K, P) or (1, P)
        dtype = np.float64 if self.solver == "liblinear" else rows.dtype
        self.coef_ = W[:, : self.n_features_in_].astype(dtype)
        self.intercept_ = self._constant() * (W[:, -1] if self.fit_intercept else np.zeros(len(W)))
        self.intercept_ = self.intercept_.astype(dtype)
        self.n_iter_ = np.array([n_iter for _, n_iter, _ in fits], dtype=np.int32)
        if not all(converged for _, _, converged in fits):
            warnings.warn(
                f"{self.solver} failed to converge after {self.n_iter_.max()} iterations. "
                "Increase the number of iterations (max_iter) or scale the data.",
                ConvergenceWarning,
            )
        return self

    def predict_proba(self, X):
        """p(k | x) for the rows of X (N, K)."""
        scores = self.decision_function(X)
        if scores.ndim == 1:
            return _in_blocks(lambda z: np.stack([expit(-z), expit(z)], axis=1), scores)
        if self._one_vs_rest():
            p = expit(scores)
            return p / p.sum(axis=1, keepdims=True)
        return _in_blocks(softmax, scores)

    def predict_log_proba(self, X):
        """log p(k | x) for the rows of X (N, K), finite where p itself is zero."""
        scores = self.decision_function(X)
        if scores.ndim == 1:
            return _in_blocks(lambda z: -np.stack([log1pexp(z), log1pexp(-z)], axis=1), scores)
        if self._one_vs_rest():
            return np.log(self.predict_proba(X))
        return _in_blocks(log_softmax, scores)

    def sparsify(self):
        """Hold ``coef_`` as a CSR matrix, which is small where l1 has left few."""
        check_is_fitted(self)
        self.coef_ = sp.csr_matrix(self.coef_)
        return self

    def densify(self):
        """Hold ``coef_`` as an array again."""
        check_is_fitted(self)
        self.coef_ = self.coef_.toarray() if sp.issparse(self.coef_) else self.coef_
        return self

    def _penalty(self):
        """C and ρ, from today's arguments and yesterday's; an error for what a solver has not."""
        C, l1_ratio = self.C, self.l1_ratio
        if self.penalty is None:
            if self.C != 1.0:
                warnings.warn("Setting penalty=None will ignore the C and l1_ratio parameters")
            C = np.inf
        elif self.penalty == "elasticnet" and l1_ratio is None:
            raise ValueError("l1_ratio must be specified when penalty is elasticnet.")
        elif self.penalty in {"l1", "l2"}:
            l1_ratio = float(self.penalty == "l1")
        l1_ratio = 0.0 if l1_ratio is None else l1_ratio
        if self.solver not in {"liblinear", "saga"} and l1_ratio > 0:
            raise ValueError(
                f"Solver {self.solver} supports only 'l2' or None penalties, "
                f"got an l1 penalty with l1_ratio={l1_ratio}."
            )
        if self.solver == "liblinear" and 0 < l1_ratio < 1:
            raise ValueError(
                f"Only 'saga' solver supports elasticnet penalty, got solver={self.solver}."
            )
        if self.solver == "liblinear" and np.isinf(C):
            raise ValueError("penalty=None is not supported for the liblinear solver")
        if self.dual and self.solver != "liblinear":
            raise ValueError(f"Solver {self.solver} supports only dual=False, got dual=True")
        if self.dual and l1_ratio > 0:
            raise ValueError("The l1 penalty has no dual formulation here: set dual=False")
        if self.solver == "liblinear" and self.multi_class == "multinomial":
            raise ValueError("Solver liblinear does not support a multinomial backend.")
        return C, l1_ratio

    def _one_vs_rest(self):
        return self.multi_class == "ovr" or self.solver == "liblinear"

    def _constant(self):
        """c, the value of the column that the intercept multiplies."""
        return float(self.intercept_scaling) if self.solver == "liblinear" else 1.0

    def _class_shares(self, rows):
        """What ``class_weight`` makes of a row of each class, over the total; and the total."""
        weight = rows.companions().reduce(weight_by_class, self.classes_)  # (K,)
        of_class = compute_class_weight(
            self.class_weight, classes=self.classes_, y=self.classes_, sample_weight=weight
        )
        total = weight @ of_class
        if not total:
            raise ValueError("Every sample_weight is zero: there is nothing to learn from")
        return of_class / total, total

    def _fit_one(self, rows, loss, strength, l1_ratio, i):
        """(W, b/c) of one binary or multinomial problem, in one array (K, P)."""
        penalised = np.ones(self.n_features_in_ + self.fit_intercept)
        if self.fit_intercept and self.solver != "liblinear":
            penalised[-1] = 0
        problem = Problem(
            rows,
            self._constant() if self.fit_intercept else 0.0,
            loss,
            ridge=strength * (1 - l1_ratio) * penalised,
            lasso=strength * l1_ratio * penalised,
        )
        start = np.zeros(problem.shape)
        warm = self.warm_start and hasattr(self, "coef_")
        if warm:
            last = slice(i, i + 1) if self._one_vs_rest() else slice(None)
            W = sp.csr_array(self.coef_[last]).toarray()
            if self.fit_intercept:
                W = np.column_stack([W, self.intercept_[last] / self._constant()])
            start = W.T @ loss.basis
        theta, n_iter, converged = newton(problem, start, self.tol, self.max_iter, self, warm)
        W = loss.basis @ theta.T
        if self.fit_intercept and len(W) > 1:
            W[:, -1] -= W[:, -1].mean()  # adding a number to every b_k changes no probability
        return W, n_iter, converged


def _in_blocks(function, scores):
    return np.concatenate(map_blocks(lambda b: function(scores[b]), blocks(len(scores), 64)))
