"""A mixture of normal distributions, by EM."""

from dataclasses import replace
from numbers import Real
from typing import ClassVar

import numpy as np
from sklearn.utils._param_validation import Interval, StrOptions

from pellucid.emissions import Gaussian
from pellucid.mixture._base import BaseMixture
from pellucid.mixture._given import given_covariance, given_means, given_weights
from pellucid.mixture._weights import Shares

__all__ = ["GaussianMixture"]


class GaussianMixture(BaseMixture):
    """A weighted sum of normal densities, fitted by expectation and maximisation.

        p(x) = Σ_k π_k N(x; μ_k, Σ_k)
        E:  r_nk = π_k N(x_n; μ_k, Σ_k) / p(x_n)
        M:  π_k = Σ_n r_nk / N,    μ_k and Σ_k the mean and covariance of the rows weighted by r_nk

    Each round raises Σ_n log p(x_n), until it stays (Dempster, Laird & Rubin 1977).  A coordinate
    that is NaN was not seen: it is integrated out of p(x), and its expectation enters the sums.

    Parameters
    ----------
    n_components : int, default=1
    covariance_type : {'full', 'tied', 'diag', 'spherical'}
        Each component a matrix; all the same one; a variance for each column; one variance.
    tol : float, default=1e-3
        EM stops when the mean of log p(x_n) rises by less.
    reg_covar : float, default=1e-6
        Added to the diagonal of every covariance.
    max_iter : int, default=100
    n_init : int, default=1
        Starts; the one with the highest bound is kept.
    init_params : {'kmeans', 'k-means++', 'random', 'random_from_data'}
        The first responsibilities: clusters of k-means, one row each, or random numbers.
    weights_init : array (K,) or None
    means_init : array (K, D) or None
    precisions_init : array shaped as the covariances, or None
        Given, they take the place of what follows from ``init_params``.
    random_state : int, RandomState or None
    warm_start : bool, default=False
        Go on from the last fit.
    verbose : int, default=0
        Whether to draw a bar.
    verbose_interval : int, default=10
        Any gives the same answer: the bar moves at every iteration.

    Attributes
    ----------
    weights_ : array (K,)
    means_ : array (K, D)
    covariances_, precisions_, precisions_cholesky_ : arrays (K, D, D), (D, D), (K, D) or (K,)
        Σ, Σ⁻¹ and the upper triangular P with P Pᵀ = Σ⁻¹.
    converged_ : bool
    n_iter_ : int
    lower_bound_ : float
        The mean of log p(x_n) at the last E-step.
    lower_bounds_ : list of n_iter_ floats
        The same at each E-step.

    References
    ----------
    Dempster, Laird & Rubin, Maximum likelihood from incomplete data via the EM algorithm, Journal
    of the Royal Statistical Society B 39 (1977).
    Bishop, Pattern Recognition and Machine Learning (2006), section 9.2.
    """

    _parameter_constraints: ClassVar[dict] = {
        **BaseMixture._parameter_constraints,
        "covariance_type": [StrOptions({"full", "tied", "diag", "spherical"})],
        "reg_covar": [Interval(Real, 0.0, None, closed="left")],
        "weights_init": ["array-like", None],
        "means_init": ["array-like", None],
        "precisions_init": ["array-like", None],
    }
    _takes_missing = True

    def __init__(
        self,
        n_components=1,
        *,
        covariance_type="full",
        tol=1e-3,
        reg_covar=1e-6,
        max_iter=100,
        n_init=1,
        init_params="kmeans",
        weights_init=None,
        means_init=None,
        precisions_init=None,
        random_state=None,
        warm_start=False,
        verbose=0,
        verbose_interval=10,
    ):
        self.n_components = n_components
        self.covariance_type = covariance_type
        self.tol = tol
        self.reg_covar = reg_covar
        self.max_iter = max_iter
        self.n_init = n_init
        self.init_params = init_params
        self.weights_init = weights_init
        self.means_init = means_init
        self.precisions_init = precisions_init
        self.random_state = random_state
        self.warm_start = warm_start
        self.verbose = verbose
        self.verbose_interval = verbose_interval

    def _n_products(self, K, D):
        return Gaussian(self.covariance_type).n_products(K, D)

    def _first(self, rows):
        return Shares(), Gaussian(self.covariance_type, self.reg_covar)

    def _start(self, rows, random_state):
        K, D = self.n_components, self.n_features_in_
        given = {}
        if self.means_init is not None:
            given["mean"] = given_means(self.means_init, K, D)
        if self.precisions_init is not None:
            covariance = given_covariance(self.precisions_init, self.covariance_type, K, D)
            given.update(covariance=covariance, precision_root=None)
        pi = None if self.weights_init is None else given_weights(self.weights_init, K)
        if pi is not None and len(given) == 3:  # nothing is left to start
            weights, emission = self._first(rows)
        else:
            weights, emission = super()._start(rows, random_state)
        return weights if pi is None else Shares(pi), replace(emission, **given)

    def _publish(self, weights, emission, dtype):
        self.weights_ = weights.mean.astype(dtype)
        self.means_ = emission.mean.astype(dtype)
        self.covariances_ = emission.covariance.astype(dtype)
        self.precisions_cholesky_ = emission.precision_root.astype(dtype)
        self.precisions_ = emission.precision.astype(dtype)

    def _learned(self):
        emission = Gaussian(
            self.covariance_type,
            self.reg_covar,
            self.means_.astype(np.float64),
            self.covariances_.astype(np.float64),
            self.precisions_cholesky_.astype(np.float64),
        )
        return Shares(self.weights_.astype(np.float64)), emission

    def _check_state(self):
        if hasattr(self, "weights_"):
            self._check_shapes("weights_", "means_")
            self._learned()[1]._check_state()
