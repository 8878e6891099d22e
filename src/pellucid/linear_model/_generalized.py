"""What all generalised linear models share: the deviance of rows, the fit, the score."""

import contextlib
import warnings
from functools import partial
from numbers import Integral, Real
from typing import ClassVar

import numpy as np
from scipy.sparse.linalg import lsqr
from sklearn.base import RegressorMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import _check_sample_weight, check_array

from pellucid.base import Estimator, validate_parameters
from pellucid.linear_model._linear import LinearMixin
from pellucid.linear_model._logistic_rows import BinaryRows
from pellucid.linear_model._newton import newton
from pellucid.linear_model._row_sums import Problem
from pellucid.losses import BinomialDeviance, IdentityLink, InverseLink, Link, LogitLink, LogLink
from pellucid.reduction.validation import validate_rows

__all__ = ["LINKS", "DevianceRows", "FisherRows", "GeneralizedLinear", "named_link"]

LINKS = {"identity": IdentityLink, "log": LogLink, "logit": LogitLink, "inverse": InverseLink}


class DevianceRows:
    """ℓ = d(y, μ)/2 of μ = g⁻¹(η): its slope is -(y - μ) μ'(η)/V(μ), its curvature as observed."""

    outputs = 1

    def __init__(self, family, link):
        self.family, self.link = family, link

    def terms(self, S, y, w, offset=None):
        eta = S[:, 0] if offset is None else S[:, 0] + offset
        mu = self.link.inverse(eta)
        variance = self.family.variance(mu)
        inside = (variance > 0).all()  # else μ is the mean of no member of the family
        value = w @ self.family.unit(y, mu) / 2 if inside else np.inf
        step = self.link.inverse_derivative(eta)
        curvature = w * self._curvature(y, eta, mu, step, variance)
        return float(value), (w * (mu - y) * step / variance)[:, None], curvature[:, None]

    def _curvature(self, y, eta, mu, step, variance):
        """μ'²/V + (y - μ)(μ'² V'/V² - μ''/V)"""
        expected = step**2 / variance
        bent = expected * self.family.variance_derivative(mu) - self.link.inverse_curvature(eta)
        return expected + (y - mu) * bent / variance

    def bend(self, state, T):
        return state * T


class FisherRows(DevianceRows):
    """The same with its expected curvature μ'²/V, Fisher's information: for standard errors."""

    def _curvature(self, y, eta, mu, step, variance):
        return step**2 / variance


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
    def fit(self, X, y=None, sample_weight=None, offset=None):
        """Fit to the rows of X and their targets, or to all that ``rows_of`` takes.

        An ``offset`` (N,), which is added to the scores, is for arrays alone.
        """
        family, link = self._family(), self._link()
        rows = validate_rows(
            self,
            *(X, y, sample_weight),
            accept_sparse="csr",
            dtype=[np.float64, np.float32],
            y_numeric=True,
            order="C",
        )
        rows = rows.then(partial(_targets, family, _check_offset(offset, rows)))
        weight, mean = rows.reduce(_weight_and_target)
        if not weight:
            raise ValueError("Every sample_weight is zero: there is nothing to learn from")
        mean = mean / weight
        rows = rows.then(partial(_shared, weight))
        self.null_deviance_ = float(weight * rows.reduce(_deviance, family, mean))

        if isinstance(family, BinomialDeviance) and isinstance(link, LogitLink):
            loss = BinaryRows()  # the same loss, but exact where μ rounds to 1
        else:
            loss = DevianceRows(family, link)
        ridge = np.full(self.n_features_in_ + self.fit_intercept, float(self.alpha))
        ridge[self.n_features_in_ :] = 0
        problem = Problem(rows, float(self.fit_intercept), loss, ridge, np.zeros_like(ridge))
        start, warm = self._start(problem, mean, offset, link)
        # A step's promise is measured in the units of the deviance that there is to explain.
        scale = np.sqrt(min(1.0, self.null_deviance_ / weight) or 1.0)
        theta, self.n_iter_, converged = newton(
            problem, start, self.tol * scale, self.max_iter, self, warm
        )
        if not converged:
            warnings.warn(
                f"The model did not converge after {self.n_iter_} iterations. Increase max_iter, "
                "scale the data, or choose a link that keeps the means in the family's range.",
                ConvergenceWarning,
            )
        self.coef_ = theta[: self.n_features_in_, 0].astype(rows.dtype)
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

    def _start(self, problem, mean, offset, link):
        """The last solution; else the mean in the intercept; else least squares in the scores."""
        D, theta = self.n_features_in_, np.zeros(problem.shape)
        if self.warm_start and hasattr(self, "coef_"):
            theta[:D, 0] = self.coef_
            if self.fit_intercept:
                theta[-1] = self.intercept_
            return theta, True
        with np.errstate(all="ignore"):
            if self.fit_intercept and np.isfinite(link.link(mean)):
                theta[-1] = link.link(mean)
                if offset is None:
                    return theta, False  # all means are ȳ
            if np.isinf(problem.sums(theta).value) and problem.rows.in_memory:
                X, y, _, shift = problem.rows.arrays
                scores = link.link((y + mean) / 2)
                theta[:D, 0] = lsqr(X, scores if shift is None else scores - shift)[0]
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


def named_link(link, usual):
    if isinstance(link, Link):
        return link
    return usual if link == "auto" else LINKS[link]()


def _check_range(family, y):
    if not np.all(family.in_range(y)):
        raise ValueError(
            "Some value(s) of y are out of the valid range of the loss "
            f"{type(family).__name__!r}: {family.__doc__}"
        )


def _check_offset(offset, rows):
    if offset is None:
        return None
    if not rows.in_memory:
        raise ValueError("an offset is for rows in memory: fit to arrays, or without it")
    offset = check_array(offset, ensure_2d=False, dtype=np.float64)
    if offset.shape != (rows.n_rows,):
        raise ValueError(f"offset.shape == {offset.shape}, expected {(rows.n_rows,)}")
    return offset


def _targets(family, offset, X, y, weight):
    """The rows, their targets, weights and offsets."""
    y = y.astype(np.float64)
    _check_range(family, y)
    return X, y, np.ones(len(y)) if weight is None else weight, offset


def _weight_and_target(X, y, weight, offset):
    return weight.sum(), weight @ y


def _shared(total, X, y, weight, offset):
    return X, y, weight / total, offset


def _deviance(X, y, share, offset, family, mean):
    return float(share @ family.unit(y, np.full_like(y, mean)))
