"""Poisson, gamma and Tweedie regression: positive targets whose variance is a power of the mean."""

from numbers import Real
from typing import ClassVar

from sklearn.utils._param_validation import Interval, StrOptions

from pellucid.linear_model._generalized import GeneralizedLinear, named_link
from pellucid.losses import (
    GammaDeviance,
    IdentityLink,
    InverseGaussianDeviance,
    LogLink,
    NormalDeviance,
    PoissonDeviance,
    TweedieDeviance,
)

__all__ = ["GammaRegressor", "PoissonRegressor", "TweedieRegressor"]


class PoissonRegressor(GeneralizedLinear):
    """Poisson regression: counts or rates y ≥ 0 with log μ = wᵀx + b and variance μ.

        min_{w,b}  Σ_n s_n (μ_n - y_n log μ_n) / Σ_n s_n + ½ α |w|²,    log μ_n = wᵀx_n + b

    The same by ``GeneralizedLinearRegressor(family='poisson')``, which has other links as well.

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

    References
    ----------
    Nelder, J. A. & Wedderburn, R. W. M. (1972). Generalized linear models. JRSS A 135, 370-384.
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

        min_{w,b}  Σ_n s_n (log μ_n + y_n / μ_n) / Σ_n s_n + ½ α |w|²,    log μ_n = wᵀx_n + b

    Parameters and attributes are those of PoissonRegressor.

    References
    ----------
    Nelder, J. A. & Wedderburn, R. W. M. (1972). Generalized linear models. JRSS A 135, 370-384.
    """

    def _family(self):
        return GammaDeviance()


class TweedieRegressor(GeneralizedLinear):
    """Tweedie regression: any variance φ μᵖ, so for 1 < p < 2 zeros and positive amounts at once.

        min_{w,b}  Σ_n s_n d_p(y_n, μ_n) / 2 Σ_n s_n + ½ α |w|²,    g(μ_n) = wᵀx_n + b

    for the deviance d_p of the variance function μᵖ and the link g.

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
        return named_link(self.link, IdentityLink() if self.power <= 0 else LogLink())
