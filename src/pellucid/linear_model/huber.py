"""Huber's regression: least squares for the many, absolute errors for the outliers."""

import numbers
import warnings
from typing import ClassVar

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils._param_validation import Interval

from pellucid._compile import kernel
from pellucid.base import Estimator, validate_parameters
from pellucid.callbacks import steps
from pellucid.linear_model._centering import moments
from pellucid.linear_model._least_squares import cholesky, minimum_norm, solve_cholesky
from pellucid.linear_model._linear import LinearRegressorMixin, validate_regression
from pellucid.losses import HuberLoss
from pellucid.reduction import Rows, blocks, reduce_blocks

__all__ = ["HuberRegressor"]

SMALLEST_SCALE = 10 * np.finfo(np.float64).eps
FEW, SKIP = 200, 10  # with more rows a column, start from the fit to every tenth row


class HuberRegressor(LinearRegressorMixin, Estimator):
    """Linear regression that outliers cannot pull far, whatever the unit of y.

        min_{w, b, σ > 0} Σ_n s_n (σ + H_ε(r_n / σ) σ) + α‖w‖²,    r_n = x_nᵀw + b - y_n

        H_ε(z) = z² for |z| ≤ ε, else 2ε|z| - ε²

    It is convex in (w, b, σ) together (Owen 2007).  The scale is eliminated, because the best σ for
    given residuals is found in a few sums; what remains is minimised by Newton's method, whose
    step is a least-squares fit to the inliers.  A step takes memory for a (D, D) matrix.

    Parameters
    ----------
    epsilon : float, default=1.35
        Residuals past ε σ count as outliers; at least 1.
    max_iter : int, default=100
        Most Newton steps.
    alpha : float, default=0.0001
        The price of ‖w‖².
    warm_start : bool, default=False
        Start from the last fit.
    fit_intercept : bool, default=True
        Whether b is fitted, or zero.
    tol : float, default=1e-5
        Stop when no derivative of the objective is larger.

    Attributes
    ----------
    coef_ : ndarray of shape (D,)
    intercept_ : float
    scale_ : float
        σ
    n_iter_ : int
        Newton steps taken.
    outliers_ : ndarray of shape (N,)
        Which rows of the training data are outliers.
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (D,)

    References
    ----------
    Huber, P. J. (1981). Robust Statistics, section 7.7.
    Owen, A. B. (2007). A robust hybrid of lasso and ridge regression.
    """

    _parameter_constraints: ClassVar[dict] = {
        "epsilon": [Interval(numbers.Real, 1.0, None, closed="left")],
        "max_iter": [Interval(numbers.Integral, 0, None, closed="left")],
        "alpha": [Interval(numbers.Real, 0, None, closed="left")],
        "warm_start": ["boolean"],
        "fit_intercept": ["boolean"],
        "tol": [Interval(numbers.Real, 0.0, None, closed="left")],
    }

    def __init__(
        self,
        *,
        epsilon=1.35,
        max_iter=100,
        alpha=0.0001,
        warm_start=False,
        fit_intercept=True,
        tol=1e-05,
    ):
        self.epsilon = epsilon
        self.max_iter = max_iter
        self.alpha = alpha
        self.warm_start = warm_start
        self.fit_intercept = fit_intercept
        self.tol = tol

    @validate_parameters
    def fit(self, X, y, sample_weight=None):
        """Fit to the rows of X (N, D) and y (N,), weighted by ``sample_weight``."""
        X, y, s = validate_regression(self, X, y, sample_weight, multi_output=False)
        y, s = y.astype(np.float64), np.ones(len(y)) if s is None else s
        start = np.zeros(X.shape[1]), 0.0, np.inf
        if self.warm_start and hasattr(self, "coef_"):
            start = self.coef_, self.intercept_, self.scale_
        elif X.shape[0] > FEW * X.shape[1]:
            start = self._minimise(X[::SKIP], y[::SKIP], s[::SKIP], *start)[:3]
        self.coef_, b, self.scale_, residual, self.n_iter_ = self._minimise(X, y, s, *start)
        self.intercept_ = b if self.fit_intercept else 0.0
        self.outliers_ = np.abs(residual) > self.epsilon * self.scale_
        if self.n_iter_ == self.max_iter:
            warnings.warn(
                f"Newton's method did not converge in {self.max_iter} steps; increase max_iter, "
                "or scale the data",
                ConvergenceWarning,
            )
        return self

    def _minimise(self, X, y, s, w, b, sigma):
        """w, b, σ, the residuals there, and the steps it took from the given w, b and σ.

        σ falls by no more than a factor of four a step, and only when w is near its best for it:
        a small σ makes most rows outliers, that have no curvature to step by.
        """
        residual, close = X @ w + b - y, True  # (N,)
        sigma = min(sigma, np.sqrt(s @ residual**2 / max(s.sum(), 1)))
        for step in steps(self, self.max_iter):
            least = max(sigma / 4 if close else sigma, SMALLEST_SCALE)
            sigma, value = self._profile(residual, s, w, least)
            settled = sigma > least or least == SMALLEST_SCALE
            slope, slope_b = self._slope(X, residual, s, sigma, w)  # (D,), number
            if settled and max(np.abs(slope).max(initial=0), abs(slope_b)) <= self.tol:
                return w, b, sigma, residual, step
            for d, e in self._directions(X, residual, s, sigma, sigma > least, slope, slope_b):
                change, descent = X @ d + e, slope @ d + slope_b * e
                length = self._line_search(residual, change, s, w, d, least, value, descent)
                if length:
                    break
            w, b, residual = w + length * d, b + length * e, residual + length * change
            close = not length or -descent <= 0.01 * value
            if settled and (not length or -descent <= 1e-13 * value):
                return w, b, sigma, residual, step + 1  # rounding hides what decrease is left
        return w, b, sigma, residual, self.max_iter

    def _profile(self, residual, s, w, least):
        """The best σ ≥ ``least`` for the residuals, and the objective there.

        With τ = 1/σ², Σ s min(r²τ, ε²) = Σ s at the best; the left side is concave in τ, so that
        Newton's steps from below, τ = (Σ s - ε² Σ_out s) / Σ_in s r², climb to it and stop there.
        """
        total = s.sum()
        tau, largest = 0.0, 1 / least**2
        while tau < largest:
            bound = self.epsilon / np.sqrt(tau) if tau else np.inf
            energy, outside, _ = tail_sums(residual, s, bound)
            room = total - self.epsilon**2 * outside
            higher = room / energy if energy * largest > room else largest
            if not higher > tau * (1 + 1e-15):
                break
            tau = higher
        sigma = 1 / np.sqrt(tau) if tau < largest else least
        bound = self.epsilon * sigma
        energy, outside, reach = tail_sums(residual, s, bound)
        loss = energy + 2 * bound * reach - bound**2 * outside
        return sigma, sigma * total + loss / sigma + self.alpha * w @ w

    def _slope(self, X, residual, s, sigma, w):
        """∂/∂w = 2 (Xᵀ s ψ / σ + α w) and ∂/∂b = 2 Σ s ψ / σ for ψ, r cut off at ± ε σ."""
        pull = 2 / sigma * s * HuberLoss(self.epsilon * sigma).gradient(0.0, residual)  # (N,)
        return X.T @ pull + 2 * self.alpha * w, pull.sum() if self.fit_intercept else 0.0

    def _directions(self, X, residual, s, sigma, free, slope, slope_b):
        """Newton's step, then one that cannot fail: the least-squares fit of Huber's weights ψ/r,
        whose parabola touches the objective here and lies above it everywhere.
        """
        bound = self.epsilon * sigma
        inliers = s * HuberLoss(bound).hessian(0.0, residual)
        joint = moments(Rows(X, residual[:, None], inliers), self.fit_intercept)
        for columns in ([X.shape[1] + 1] if free else []) + [X.shape[1]]:
            gram, gain, shift = self._system(joint, columns, sigma, slope, slope_b)
            R = cholesky(gram)
            if R is not None:
                step = solve_cholesky(R, gain)[:, 0]
                yield step[: X.shape[1]], shift - joint.mean[:columns] @ step
                break
        majorising = s * bound / np.maximum(np.abs(residual), bound)
        total = moments(Rows(X, residual[:, None], majorising), self.fit_intercept)
        gram, gain, shift = self._system(total, X.shape[1], sigma, slope, slope_b)
        rounding = len(gram) * np.finfo(np.float64).eps
        step = minimum_norm(gram, gain, rounding)[0][:, 0]
        yield step, shift - total.mean[:-1] @ step

    def _system(self, total, columns, sigma, slope, slope_b):
        """The normal equations of min Σ h (x_nᵀd + e + r_n q)²/σ + α‖d‖² + slopeᵀd + slope_b e over
        d, e and, if it is among the ``columns``, the step q of log σ; centred to be rid of e.
        """
        D = len(slope)
        gram = total.scatter[:columns, :columns].copy()
        gram[np.arange(D), np.arange(D)] += self.alpha * sigma
        gain = slope_b * total.mean[:columns]
        gain[:D] -= slope
        shift = -sigma / 2 * slope_b / total.weight if slope_b and total.weight else 0.0
        return gram, sigma / 2 * gain[:, None], shift

    def _line_search(self, residual, change, s, w, d, least, value, descent):
        """The longest of the steps 1, 1/2, 1/4, ... that lowers the objective enough, or zero."""
        rounding = 4 * np.finfo(np.float64).eps * abs(value)
        for halvings in range(30 if descent < 0 else 0):
            length = 0.5**halvings
            _, reached = self._profile(residual + length * change, s, w + length * d, least)
            if reached <= value + 1e-4 * length * descent + rounding:
                return length
        return 0.0


def tail_sums(residual, s, bound):
    """Σ_in s r², Σ_out s and Σ_out s |r|, for residuals inside and outside ± ``bound``."""
    cuts = blocks(len(residual), 16)
    return reduce_blocks(lambda b: _tail_sums(residual[b], s[b], bound), cuts)


@kernel
def _tail_sums(residual, s, bound):
    energy, outside, reach = 0.0, 0.0, 0.0
    for n in range(len(residual)):
        size = abs(residual[n])
        if size <= bound:
            energy += s[n] * size * size
        else:
            outside += s[n]
            reach += s[n] * size
    return np.array([energy, outside, reach])
