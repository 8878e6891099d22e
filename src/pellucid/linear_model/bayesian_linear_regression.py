"""Bayesian linear regression with a conjugate prior: the posterior is a triangle."""

import numbers
from typing import ClassVar

import numpy as np
import scipy.sparse as sp
from scipy import stats
from scipy.special import gammaln
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval
from sklearn.utils.validation import check_is_fitted, validate_data

from pellucid.base import Estimator, validate_parameters
from pellucid.linear_model._least_squares import merge_triangles, solve_triangle, triangle
from pellucid.linear_model._linear import LinearRegressorMixin, regression_rows

__all__ = ["BayesianLinearRegression"]


class BayesianLinearRegression(LinearRegressorMixin, Estimator):
    """Linear regression that knows how sure it is, with known or with learned noise variance.

        y_n ~ N(x_nᵀw + b, σ²),    w | σ² ~ N(μ₀, σ²V₀),    σ² known, or σ² ~ InvGamma(a₀, b₀)

        Λ = V₀⁻¹ + XᵀX,    m = Λ⁻¹(V₀⁻¹μ₀ + Xᵀy),    w | σ², y ~ N(m, σ²Λ⁻¹)

        a = a₀ + N/2,    b = b₀ + (‖y - Xm‖² + (m - μ₀)ᵀV₀⁻¹(m - μ₀)) / 2

    The intercept has a flat prior: X and y are centred and N above is one less.  With σ² learned,
    w and new observations follow Student's t with 2a degrees of freedom.  All of it is read from
    the triangle R of a QR of the rows [V₀^-½, V₀^-½ μ₀] and [X, y]: RᵀR = Λ in its corner, and its
    last entry squared is the sum of squares in b.  ``partial_fit`` merges further rows into R.

    A row of weight s counts as s rows.

    Parameters
    ----------
    noise_variance : float, default=None
        σ², where it is known; learned if None.
    prior_mean : float or array-like of shape (D,), default=0.0
        μ₀
    prior_covariance : float or array-like of shape (D,) or (D, D), default=1.0
        V₀, in units of σ²; a number or a vector stands for a diagonal matrix.
    prior_shape, prior_scale : float, default=1.0
        a₀ and b₀; without effect where σ² is known.
    fit_intercept : bool, default=True
        Whether there is an intercept, or zero.

    Attributes
    ----------
    coef_ : ndarray of shape (D,)
        The posterior mean m.
    intercept_ : float
        The posterior mean of the intercept.
    sigma_ : ndarray of shape (D, D)
        The posterior covariance of w; infinite where a ≤ 1.
    noise_variance_ : float
        The posterior mean of σ², b / (a - 1), infinite where a ≤ 1; σ² itself where it is known.
    shape_, scale_ : float
        The posterior a and b; None where σ² is known.
    log_marginal_likelihood_ : float
        log ∫ p(y | w, b, σ²) p(w, σ²) over all three, the evidence of the model.
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (D,)

    References
    ----------
    Gelman, A. et al. (2013). Bayesian Data Analysis, 3rd edition, chapter 14.
    Murphy, K. P. (2012). Machine Learning, section 7.6.
    """

    _parameter_constraints: ClassVar[dict] = {
        "noise_variance": [Interval(numbers.Real, 0, None, closed="neither"), None],
        "prior_mean": [numbers.Real, "array-like"],
        "prior_covariance": [Interval(numbers.Real, 0, None, closed="neither"), "array-like"],
        "prior_shape": [Interval(numbers.Real, 0, None, closed="neither")],
        "prior_scale": [Interval(numbers.Real, 0, None, closed="neither")],
        "fit_intercept": ["boolean"],
    }

    def __init__(
        self,
        noise_variance=None,
        *,
        prior_mean=0.0,
        prior_covariance=1.0,
        prior_shape=1.0,
        prior_scale=1.0,
        fit_intercept=True,
    ):
        self.noise_variance = noise_variance
        self.prior_mean = prior_mean
        self.prior_covariance = prior_covariance
        self.prior_shape = prior_shape
        self.prior_scale = prior_scale
        self.fit_intercept = fit_intercept

    @validate_parameters
    def fit(self, X, y=None, sample_weight=None):
        """The posterior after the rows of X (N, D) and y (N,), weighted by ``sample_weight``."""
        return self._learn(X, y, sample_weight, first=True)

    @validate_parameters
    def partial_fit(self, X, y=None, sample_weight=None):
        """Learn more rows: after any number of calls, the posterior after all of them."""
        return self._learn(X, y, sample_weight, first=not hasattr(self, "_state"))

    def predict(self, X, return_std=False):
        """The mean of new observations at X (N, D), with their standard deviation if asked for."""
        mean = self._linear_score(X)
        return (mean, self._observations(X).std()) if return_std else mean

    def predict_interval(self, X, level=0.95):
        """(N, 2): the central interval that holds a new observation with probability ``level``."""
        return np.column_stack(self._observations(X).interval(_checked(level)))

    def credible_interval(self, level=0.95):
        """(D, 2): the central interval that holds a coefficient with probability ``level``."""
        check_is_fitted(self)
        root = solve_triangle(self._triangle(), np.eye(self.n_features_in_))  # R⁻¹R⁻ᵀ = Λ⁻¹
        marginal = self._marginal(self.coef_, np.sum(root**2, axis=1))
        return np.column_stack(marginal.interval(_checked(level)))

    def sample_posterior(self, n_samples=1, random_state=None):
        """Draws of w (n_samples, D), the intercept (n_samples,) and σ² (n_samples,)."""
        check_is_fitted(self)
        rng = check_random_state(random_state)
        variance = np.full(n_samples, self.noise_variance_)
        if self.noise_variance is None:
            variance = self.scale_ / rng.gamma(self.shape_, size=n_samples)
        deviation = np.sqrt(variance)  # (S,)
        noise = rng.standard_normal((self.n_features_in_, n_samples))
        w = self.coef_ + (deviation * solve_triangle(self._triangle(), noise)).T  # (S, D)
        intercept = np.zeros(n_samples)
        if self.fit_intercept:
            weight, mean, _ = self._state
            spread = deviation / np.sqrt(weight) * rng.standard_normal(n_samples)
            intercept = mean[-1] - w @ mean[:-1] + spread
        return w, intercept, variance

    def sample_y(self, X, n_samples=1, random_state=None):
        """(N, n_samples): draws of new observations at X (N, D), jointly for all its rows."""
        check_is_fitted(self)
        rng = check_random_state(random_state)
        X = validate_data(self, X, accept_sparse="csr", reset=False)
        w, intercept, variance = self.sample_posterior(n_samples, rng)
        noise = rng.standard_normal((X.shape[0], n_samples))
        return X @ w.T + intercept + np.sqrt(variance) * noise

    def _learn(self, X, y, sample_weight, first):
        rows, flat = regression_rows(self, X, y, sample_weight, reset=first, multi_output=False)
        D = self.n_features_in_
        root, log_det_prior = self._prior_root(D)  # rootᵀ root = V₀⁻¹
        if first:
            known = np.column_stack([root, root @ self._prior_mean(D)])
            self._state = (0.0, np.zeros(D + 1), known)
        data = triangle(rows, self.fit_intercept)
        self._state = weight, mean, R = merge_triangles(self._state, data)
        R_x = self._triangle()
        w = solve_triangle(R_x, R[:D, D:])
        half_log_det = np.sum(np.log(np.abs(np.diag(R_x)))) + log_det_prior / 2
        self._conclude(weight - self.fit_intercept, R[D, D] ** 2, half_log_det)
        inverse = solve_triangle(R_x, np.eye(D))
        covariance = inverse @ inverse.T  # Λ⁻¹
        finite = np.isfinite(self.noise_variance_)
        self.sigma_ = covariance * self.noise_variance_ if finite else np.full((D, D), np.inf)
        return self._set_coefficients(w, mean, flat, rows.dtype)

    def _conclude(self, n, squares, half_log_det):
        """σ² and the evidence from n degrees of freedom, a sum of squares and ½ log |Λ||V₀|."""
        log_volume = -n / 2 * np.log(2 * np.pi) - half_log_det
        if self.fit_intercept:
            log_volume -= np.log(n + 1) / 2
        if self.noise_variance is not None:
            self.shape_ = self.scale_ = None
            self.noise_variance_ = float(self.noise_variance)
            log_noise = -n / 2 * np.log(self.noise_variance) - squares / self.noise_variance / 2
        else:
            a_0, b_0 = self.prior_shape, self.prior_scale
            self.shape_ = a = a_0 + n / 2
            self.scale_ = b = b_0 + squares / 2
            self.noise_variance_ = b / (a - 1) if a > 1 else np.inf
            log_noise = a_0 * np.log(b_0) - a * np.log(b) + gammaln(a) - gammaln(a_0)
        self.log_marginal_likelihood_ = float(log_volume + log_noise)

    def _marginal(self, location, factor):
        """The posterior of something normal with variance σ² factor, with σ² integrated out."""
        if self.noise_variance is not None:
            return stats.norm(location, np.sqrt(self.noise_variance * factor))
        return stats.t(2 * self.shape_, location, np.sqrt(self.scale_ / self.shape_ * factor))

    def _observations(self, X):
        """y varies by σ² (1 + 1/N + (x - x̄)ᵀΛ⁻¹(x - x̄)): its own noise, that of b, that of w."""
        location = self._linear_score(X)
        X = validate_data(self, X, accept_sparse="csr", reset=False)
        weight, mean, _ = self._state
        X = (X.toarray() if sp.issparse(X) else X) - mean[:-1]
        reach = np.sum(solve_triangle(self._triangle(), X.T, transposed=True) ** 2, axis=0)  # (N,)
        return self._marginal(location, 1 + reach + (1 / weight if self.fit_intercept else 0))

    def _triangle(self):
        return self._state[2][: self.n_features_in_, : self.n_features_in_]

    def _prior_mean(self, D):
        return np.broadcast_to(np.asarray(self.prior_mean, dtype=np.float64), D)

    def _prior_root(self, D):
        """A with AᵀA = V₀⁻¹, and log |V₀|."""
        V = np.asarray(self.prior_covariance, dtype=np.float64)
        if V.ndim < 2:
            V = np.diag(np.broadcast_to(V, D))
        if V.shape != (D, D) or not np.allclose(V, V.T):
            raise ValueError(f"prior_covariance must be a symmetric matrix of shape {(D, D)}")
        try:
            L = np.linalg.cholesky(V)
        except np.linalg.LinAlgError as error:
            raise ValueError("prior_covariance must be positive definite") from error
        return np.linalg.inv(L), 2 * np.sum(np.log(np.diag(L)))


def _checked(level):
    if not 0 < level < 1:
        raise ValueError(f"level must be between 0 and 1, got {level!r}")
    return level
