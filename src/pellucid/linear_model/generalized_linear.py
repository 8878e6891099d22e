"""Generalised linear models: a family of distributions, a link, and linear scores between them."""

from typing import ClassVar

import numpy as np
from sklearn.utils._param_validation import StrOptions

from pellucid.linear_model._generalized import (
    LINKS,
    DevianceRows,
    FisherRows,
    GeneralizedLinear,
    named_link,
)
from pellucid.linear_model._newton import solve
from pellucid.losses import (
    BinomialDeviance,
    Deviance,
    GammaDeviance,
    InverseGaussianDeviance,
    Link,
    NormalDeviance,
    PoissonDeviance,
)

__all__ = ["GeneralizedLinearRegressor"]

FAMILIES = {
    "normal": NormalDeviance,
    "poisson": PoissonDeviance,
    "gamma": GammaDeviance,
    "inverse_gaussian": InverseGaussianDeviance,
    "binomial": BinomialDeviance,
}


class GeneralizedLinearRegressor(GeneralizedLinear):
    """Generalised linear model of any family and link, with standard errors.

    g(μ_n) = w_nᵀx + b + offset_n, and (w, b) minimise

        Σ_n s_n d(y_n, μ_n) / (2 Σ_n s_n) + ½ α |w|²

    by Newton's method: iterated reweighted least squares with the observed curvature.  Standard
    errors are from the expected one, μ'(η)²/V(μ).  A row of weight s counts as s rows; the target
    of the binomial family is a proportion, and its weight the number of trials.

    Parameters
    ----------
    family : {'normal', 'poisson', 'gamma', 'inverse_gaussian', 'binomial'} or Deviance
        The distribution of y about its mean.
    link : {'auto', 'identity', 'log', 'logit', 'inverse'} or Link, default='auto'
        g; 'auto' is identity for the normal, logit for the binomial and log for the other families.
    alpha : float, default=0
        The strength of the l2 penalty, which leaves the intercept alone.
    fit_intercept : bool, default=True
        Whether to learn b.
    solver : {'lbfgs', 'newton-cholesky'}, default='newton-cholesky'
        Either gives the same answer.
    max_iter : int, default=100
        The most Newton steps.
    tol : float, default=1e-6
        Stop when a step promises to lower the mean deviance by at most the share ``tol²``.
    warm_start : bool, default=False
        Whether to start from the last solution.
    verbose : int, default=0
        Whether to draw a progress bar.

    Attributes
    ----------
    coef_ : ndarray of shape (D,)
    intercept_ : float
    deviance_, null_deviance_ : float
        Σ s d(y, μ) of the model, and of the mean alone.
    dispersion_ : float
        φ: 1 for the Poisson and binomial families, else Pearson's χ² / (Σ s - P).
    covariance_ : ndarray of shape (P, P)
        φ H⁻¹ of (w, b), the intercept last; only where ``alpha=0``.
    coef_std_ : ndarray of shape (D,), intercept_std_ : float
        Standard errors, the roots of its diagonal.
    n_iter_ : int

    References
    ----------
    Nelder, J. A., & Wedderburn, R. W. M. (1972). Generalized linear models. JRSS A 135, 370-384.
    McCullagh, P., & Nelder, J. A. (1989). Generalized Linear Models, 2nd ed. Chapman & Hall.
    """

    _parameter_constraints: ClassVar[dict] = {
        "family": [StrOptions(set(FAMILIES)), Deviance],
        "link": [StrOptions({"auto", *LINKS}), Link],
        **GeneralizedLinear._parameter_constraints,
    }

    def __init__(
        self,
        family="normal",
        link="auto",
        *,
        alpha=0.0,
        fit_intercept=True,
        solver="newton-cholesky",
        max_iter=100,
        tol=1e-6,
        warm_start=False,
        verbose=0,
    ):
        self.family = family
        self.link = link
        self.alpha = alpha
        self.fit_intercept = fit_intercept
        self.solver = solver
        self.max_iter = max_iter
        self.tol = tol
        self.warm_start = warm_start
        self.verbose = verbose

    def _family(self):
        return self.family if isinstance(self.family, Deviance) else FAMILIES[self.family]()

    def _link(self):
        return named_link(self.link, self._family().link)

    def _infer(self, problem, theta, family, link, weight):
        deviance, pearson = problem.rows.reduce(
            _deviance_and_pearson, theta, family, link, self.fit_intercept
        )
        self.deviance_ = float(weight * deviance)
        if isinstance(family, PoissonDeviance | BinomialDeviance):
            self.dispersion_ = 1.0
        else:
            free = weight - len(theta)
            self.dispersion_ = float(weight * pearson / free) if free > 0 else np.nan
        if self.alpha == 0:
            if isinstance(problem.loss, DevianceRows):
                problem.loss = FisherRows(family, link)
            D = self.n_features_in_
            H, _ = problem.hessian(problem.sums(theta), np.arange(D))
            self.covariance_ = self.dispersion_ / weight * solve(H, np.eye(len(H)))
            std = np.sqrt(np.diag(self.covariance_))
            self.coef_std_ = std[:D]
            self.intercept_std_ = float(std[-1]) if self.fit_intercept else 0.0


def _deviance_and_pearson(X, y, share, offset, theta, family, link, has_intercept):
    """Σ s d(y, μ) and Pearson's Σ s (y - μ)² / V(μ)."""
    eta = (X @ theta[: X.shape[1]])[:, 0] + (theta[-1, 0] if has_intercept else 0.0)
    mu = link.inverse(eta if offset is None else eta + offset)
    with np.errstate(all="ignore"):  # a proportion that is certain has no variance
        pearson = share @ ((y - mu) ** 2 / family.variance(mu))
    return float(share @ family.unit(y, mu)), float(pearson)
