"""Generalised linear models: a family of distributions, a link, and linear scores between them."""

import contextlib
import warnings
from numbers import Integral, Real
from typing import ClassVar

import numpy as np
from scipy.sparse.linalg import lsqr
from sklearn.base import RegressorMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import _check_sample_weight, check_array, validate_data

from pellucid.base import Estimator, validate_parameters
from pellucid.linear_model._linear import LinearMixin
from pellucid.linear_model._logistic_rows import BinaryRows
from pellucid.linear_model._newton import newton, solve
from pellucid.linear_model._row_sums import Problem
from pellucid.losses import (
    BinomialDeviance,
    Deviance,
    GammaDeviance,
    IdentityLink,
    InverseGaussianDeviance,
    InverseLink,
    Link,
    LogitLink,
    LogLink,
    NormalDeviance,
    PoissonDeviance,
    TweedieDeviance,
)

__all__ = [
    "GammaRegressor",
    "GeneralizedLinearRegressor",
    "PoissonRegressor",
    "TweedieRegressor",
]

FAMILIES = {
    "normal": NormalDeviance,
    "poisson": PoissonDeviance,
    "gamma": GammaDeviance,
    "inverse_gaussian": InverseGaussianDeviance,
    "binomial": BinomialDeviance,
}
LINKS = {"identity": IdentityLink, "log": LogLink, "logit": LogitLink, "inverse": InverseLink}


class DevianceRows:
    """ℓ = d(y, μ)/2 of μ = g⁻¹(η); slope -(y - μ) μ'(η)/V(μ), expected curvature μ'(η)²/V(μ)."""

    outputs = 1

    def __init__(self, y, weight, family, link, offset):
        self.y, self.weight, self.offset = y, weight, offset
        self.family, self.link = family, link

    def terms(self, block, S):
        y, w = self.y[block], self.weight[block]
        eta = S[:, 0] + self.offset[block]
        mu, bend = self.link.inverse(eta), self.link.inverse_derivative(eta)
        variance = self.family.variance(mu)
        inside = (variance > 0).all()  # else μ is the mean of no member of the family
        value = w @ self.family.unit(y, mu) / 2 if inside else np.inf
        slope = w * bend / variance
        return float(value), -(slope * (y - mu))[:, None], (slope * bend)[:, None]

    def bend(self, state, T):
        return state * T


class GeneralizedLinear(LinearMixin, RegressorMixin, Estimator):
    """The fit, the prediction and the score that all families share."""

    _parameter_constraints: ClassVar[dict] = {
        "alpha": [Interval(Real, 0, None, closed="left")],
        "fit_intercept": ["boolean"],
        "solver": [StrOptions({"lbfgs", "newton-cholesky"})],
        "max_iter": [Interval(Integral, 1, None, closed="left")],
        "tol": [Interval(Real, 0, None, closed="neither")],
        "warm_start": ["boolean"],
        "verbose": ["verbose"],
    }

    @validate_parameters
    def fit(self, X, y, sample_weight=None, offset=None):
        """Fit to the rows of X and their targets; ``offset`` (N,) is added to the scores."""
        family, link = self._family(), self._link()
        X, y = validate_data(
            self,
            X,
            y,
            accept_sparse="csr",
            dtype=[np.float64, np.float32],
            y_numeric=True,
            order="C",
        )
        y = y.astype(np.float64)
        _check_range(family, y)
        weight = _check_sample_weight(sample_weight, X, dtype=np.float64, ensure_non_negative=True)
        if not weight.any():
            raise ValueError("Every sample_weight is zero: there is nothing to learn from")
        offset = _check_offset(offset, X)
        share = weight / weight.sum()

        if isinstance(family, BinomialDeviance) and isinstance(link, LogitLink):
            rows = BinaryRows(y, share, offset)  # the same loss, but exact where μ rounds to 1
        else:
            rows = DevianceRows(y, share, family, link, offset)
        ridge = np.full(X.shape[1] + self.fit_intercept, float(self.alpha))
        ridge[X.shape[1] :] = 0
        problem = Problem(X, float(self.fit_intercept), rows, ridge, np.zeros_like(ridge))
        start, warm = self._start(X, y, share, offset, problem, link)
        self.null_deviance_ = float(weight @ family.unit(y, np.full_like(y, share @ y)))
        # A step's promise is measured in the units of the deviance that there is to explain.
        scale = np.sqrt(min(1.0, self.null_deviance_ / weight.sum()) or 1.0)
        theta, self.n_iter_, converged = newton(
            problem, start, self.tol * scale, self.max_iter, self, warm
        )
        if not converged:
            warnings.warn(
                f"The model did not converge after {self.n_iter_} iterations. Increase max_iter, "
                "scale the data, or choose a link that keeps the means in the family's range.",
                ConvergenceWarning,
            )
        self.coef_ = theta[: X.shape[1], 0].astype(X.dtype)
        self.intercept_ = float(theta[-1, 0]) if self.fit_intercept else 0.0
        self._infer(problem, theta, family, link, weight)
        return self

    def predict(self, X, offset=None):
        """The means μ = g⁻¹(Xw + b + offset) of the rows of X."""
        scores = self._linear_score(X)
        return self._link().inverse(scores if offset is None else scores + offset)

    def score(self, X, y, sample_weight=None, offset=None):
        """D² = 1 - D(y, μ)/D(y, ȳ), the share of the deviance explained."""
        family = self._family()
        mu = self.predict(X, offset)
        y = check_array(y, ensure_2d=False, dtype=np.float64)
        _check_range(family, y)
        weight = _check_sample_weight(sample_weight, mu, dtype=np.float64)
        null = weight @ family.unit(y, np.full_like(y, np.average(y, weights=weight)))
        return 1 - float(weight @ family.unit(y, mu) / null)

    def _start(self, X, y, share, offset, problem, link):
        """The last solution; else the mean in the intercept; else least squares in the scores."""
        theta = np.zeros(problem.shape)
        if self.warm_start and hasattr(self, "coef_"):
            theta[: X.shape[1], 0] = self.coef_
            if self.fit_intercept:
                theta[-1] = self.intercept_
            return theta, True
        mean = share @ y
        with np.errstate(all="ignore"):
            if self.fit_intercept and np.isfinite(link.link(mean)):
                theta[-1] = link.link(mean)
                if not offset.any():
                    return theta, False  # all means are ȳ
            if np.isinf(problem.sums(theta).value):
                theta[: X.shape[1], 0] = lsqr(X, link.link((y + mean) / 2) - offset)[0]
        if np.isinf(problem.sums(theta).value):
            raise ValueError(
                f"No start was found whose means are all in the range of {self._family()} under "
                f"{link}: choose another link, or fit an intercept."
            )
        return theta, False

    def _infer(self, problem, theta, family, link, weight):
        """What else a family's own class learns at the optimum."""

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        with contextlib.suppress(KeyError, ValueError):  # wrong arguments are reported by fit
            tags.target_tags.positive_only = not self._family().in_range(-1.0)
        return tags


class GeneralizedLinearRegressor(GeneralizedLinear):
    """Generalised linear model of any family and link, with standard errors.

    g(μ_n) = w_nᵀx + b + offset_n, and (w, b) minimise

        Σ_n s_n d(y_n, μ_n) / (2 Σ_n s_n) + ½ α |w|²

    by Fisher scoring: Newton's method with the expected curvature μ'(η)²/V(μ), the same as
    iterated reweighted least squares.  A row of weight s counts as s rows; the target of the
    binomial family is a proportion, and its weight the number of trials.

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
        return _named_link(self.link, self._family().link)

    def _infer(self, problem, theta, family, link, weight):
        sums, y, total = problem.sums(theta), problem.loss.y, weight.sum()
        eta = (problem.X @ theta[: problem.X.shape[1]])[:, 0] + problem.loss.offset
        mu = link.inverse(eta + theta[-1, 0] if self.fit_intercept else eta)
        self.deviance_ = float(weight @ family.unit(y, mu))
        if isinstance(family, PoissonDeviance | BinomialDeviance):
            self.dispersion_ = 1.0
        else:
            free = total - len(theta)
            pearson = float(weight @ ((y - mu) ** 2 / family.variance(mu)))
            self.dispersion_ = pearson / free if free > 0 else np.nan
        if self.alpha == 0:
            H, _ = problem.hessian(sums, np.arange(problem.X.shape[1]))
            self.covariance_ = self.dispersion_ / total * solve(H, np.eye(len(H)))
            std = np.sqrt(np.diag(self.covariance_))
            self.coef_std_ = std[: problem.X.shape[1]]
            self.intercept_std_ = float(std[-1]) if self.fit_intercept else 0.0


class PoissonRegressor(GeneralizedLinear):
    """Poisson regression: counts or rates y ≥ 0 with log μ = wᵀx + b and variance μ.

    (w, b) minimise Σ s_n (μ_n - y_n log μ_n) / Σ s_n + ½ α |w|² (see GeneralizedLinearRegressor).

    Parameters
    ----------
    alpha : float, default=1
        The strength of the l2 penalty, which leaves the intercept alone.
    fit_intercept : bool, default=True
        Whether to learn b.
    solver : {'lbfgs', 'newton-cholesky'}, default='lbfgs'
        Either gives the same answer.
    max_iter : int, default=100
        The most Newton steps.
    tol : float, default=1e-4
        Stop when a step promises to lower the mean deviance by at most the share ``tol²``.
    warm_start : bool, default=False
        Whether to start from the last solution.
    verbose : int, default=0
        Whether to draw a progress bar.

    Attributes
    ----------
    coef_ : ndarray of shape (D,)
    intercept_ : float
    null_deviance_ : float
        Σ s d(y, ȳ), the deviance of the mean alone.
    n_iter_ : int
    """

    def __init__(
        self,
        *,
        alpha=1.0,
        fit_intercept=True,
        solver="lbfgs",
        max_iter=100,
        tol=1e-4,
        warm_start=False,
        verbose=0,
    ):
        self.alpha = alpha
        self.fit_intercept = fit_intercept
        self.solver = solver
        self.max_iter = max_iter
        self.tol = tol
        self.warm_start = warm_start
        self.verbose = verbose

    def _family(self):
        return PoissonDeviance()

    def _link(self):
        return LogLink()


class GammaRegressor(PoissonRegressor):
    """Gamma regression: y > 0 with log μ = wᵀx + b and variance φ μ², a constant relative error.

    (w, b) minimise Σ s_n (log μ_n + y_n/μ_n) / Σ s_n + ½ α |w|² (see GeneralizedLinearRegressor).
    Parameters and attributes are those of PoissonRegressor.
    """

    def _family(self):
        return GammaDeviance()


class TweedieRegressor(GeneralizedLinear):
    """Tweedie regression: any variance φ μᵖ, so for 1 < p < 2 zeros and positive amounts at once.

    Parameters
    ----------
    power : float, default=0
        p: 0 normal, 1 Poisson, 2 gamma, 3 inverse Gaussian; no model has 0 < p < 1.
    link : {'auto', 'identity', 'log'}, default='auto'
        'auto' is identity for p ≤ 0, else log.  The other parameters, and the attributes, are
        those of PoissonRegressor.

    References
    ----------
    Jørgensen, B. (1987). Exponential dispersion models. JRSS B 49, 127-162.
    """

    _parameter_constraints: ClassVar[dict] = {
        "power": [Interval(Real, None, None, closed="neither")],
        "link": [StrOptions({"auto", "identity", "log"})],
        **GeneralizedLinear._parameter_constraints,
    }

    def __init__(
        self,
        *,
        power=0.0,
        alpha=1.0,
        fit_intercept=True,
        link="auto",
        solver="lbfgs",
        max_iter=100,
        tol=1e-4,
        warm_start=False,
        verbose=0,
    ):
        self.power = power
        self.alpha = alpha
        self.fit_intercept = fit_intercept
        self.link = link
        self.solver = solver
        self.max_iter = max_iter
        self.tol = tol
        self.warm_start = warm_start
        self.verbose = verbose

    def _family(self):
        if 0 < self.power < 1:
            raise ValueError(f"Tweedie's power must not lie between 0 and 1, got {self.power}.")
        named = {
            0: NormalDeviance,
            1: PoissonDeviance,
            2: GammaDeviance,
            3: InverseGaussianDeviance,
        }
        return named[self.power]() if self.power in named else TweedieDeviance(self.power)

    def _link(self):
        return _named_link(self.link, IdentityLink() if self.power <= 0 else LogLink())


def _named_link(link, usual):
    if isinstance(link, Link):
        return link
    return usual if link == "auto" else LINKS[link]()


def _check_range(family, y):
    if not np.all(family.in_range(y)):
        raise ValueError(
            "Some value(s) of y are out of the valid range of the loss "
            f"{type(family).__name__!r}: {family.__doc__}"
        )


def _check_offset(offset, X):
    if offset is None:
        return np.broadcast_to(0.0, X.shape[0])
    offset = check_array(offset, ensure_2d=False, dtype=np.float64)
    if offset.shape != (X.shape[0],):
        raise ValueError(f"offset.shape == {offset.shape}, expected {(X.shape[0],)}")
    return offset
