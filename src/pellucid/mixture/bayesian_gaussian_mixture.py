"""A mixture of normal distributions, by variational Bayes: it chooses how many it needs."""

from numbers import Real
from typing import ClassVar

import numpy as np
from sklearn.utils import check_array
from sklearn.utils._param_validation import Interval, StrOptions

from pellucid.emissions import Gaussian
from pellucid.mixture._base import BaseMixture
from pellucid.mixture._expectation import expect_with_entropy
from pellucid.mixture._given import check_positive_definite, check_shape
from pellucid.mixture._posterior import NormalWishart, Prior
from pellucid.mixture._weights import Dirichlet, Sticks

__all__ = ["BayesianGaussianMixture"]


class BayesianGaussianMixture(BaseMixture):
    """A mixture of normal distributions under a prior, which empties components it does not need.

        π ~ Dir(α_0, ..., α_0), or π_k = v_k Π_{j<k} (1 - v_j) with v_k ~ Beta(1, γ)
        μ_k | Λ_k ~ N(m_0, (β_0 Λ_k)⁻¹),    Λ_k ~ Wishart(W_0, ν_0)
        E:  r_nk ∝ exp( E[log π_k] + E[log N(x_n; μ_k, Λ_k⁻¹)] )
        M:  q(π) and q(μ_k, Λ_k), in closed form, from Σ_n r_nk, x̄_k and S_k

    Each round raises a lower bound of log p(X), the evidence.

    Parameters
    ----------
    n_components : int, default=1
        The most there may be.
    covariance_type : {'full', 'tied', 'diag', 'spherical'}
    tol : float, default=1e-3
        It stops when the bound rises by less.
    reg_covar : float, default=1e-6
        Added to the diagonal of every scatter, for each row.
    max_iter : int, default=100
    n_init : int, default=1
        Starts; the one with the highest bound is kept.
    init_params : {'kmeans', 'k-means++', 'random', 'random_from_data'}
    weight_concentration_prior_type : {'dirichlet_process', 'dirichlet_distribution'}
        The prior of π: sticks, or a Dirichlet distribution.
    weight_concentration_prior : float or None
        γ or α_0, the smaller, the fewer components; None is 1 / K.
    mean_precision_prior : float or None
        β_0; None is 1.
    mean_prior : array (D,) or None
        m_0; None is the mean of X.
    degrees_of_freedom_prior : float or None
        ν_0; None is D.
    covariance_prior : float or array or None
        W_0⁻¹, shaped as one covariance of its type; None is the covariance of X.
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
        The expected π.
    means_ : array (K, D)
    covariances_, precisions_, precisions_cholesky_ : arrays (K, D, D), (D, D), (K, D) or (K,)
        W_k⁻¹ / ν_k, its inverse and the upper triangular root of that.
    weight_concentration_ : array (K,), or tuple of two
        α; or a and b of the sticks.
    mean_precision_ : array (K,)
        β.
    degrees_of_freedom_ : array (K,), or float if tied
        ν.
    weight_concentration_prior_, mean_precision_prior_, degrees_of_freedom_prior_ : float
    mean_prior_ : array (D,)
    covariance_prior_ : float or array
    converged_ : bool
    n_iter_ : int
    lower_bound_ : float
        Of log p(X), up to a constant.
    lower_bounds_ : list of n_iter_ floats

    References
    ----------
    Bishop, Pattern Recognition and Machine Learning (2006), section 10.2.
    Blei & Jordan, Variational inference for Dirichlet process mixtures, Bayesian Analysis 1 (2006).
    """

    _parameter_constraints: ClassVar[dict] = {
        **BaseMixture._parameter_constraints,
        "covariance_type": [StrOptions({"full", "tied", "diag", "spherical"})],
        "reg_covar": [Interval(Real, 0.0, None, closed="left")],
        "weight_concentration_prior_type": [
            StrOptions({"dirichlet_process", "dirichlet_distribution"})
        ],
        "weight_concentration_prior": [None, Interval(Real, 0.0, None, closed="neither")],
        "mean_precision_prior": [None, Interval(Real, 0.0, None, closed="neither")],
        "mean_prior": [None, "array-like"],
        "degrees_of_freedom_prior": [None, Interval(Real, 0.0, None, closed="neither")],
        "covariance_prior": [None, "array-like", Interval(Real, 0.0, None, closed="neither")],
    }
    _expect = staticmethod(expect_with_entropy)

    def __init__(
        self,
        *,
        n_components=1,
        covariance_type="full",
        tol=1e-3,
        reg_covar=1e-6,
        max_iter=100,
        n_init=1,
        init_params="kmeans",
        weight_concentration_prior_type="dirichlet_process",
        weight_concentration_prior=None,
        mean_precision_prior=None,
        mean_prior=None,
        degrees_of_freedom_prior=None,
        covariance_prior=None,
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
        self.weight_concentration_prior_type = weight_concentration_prior_type
        self.weight_concentration_prior = weight_concentration_prior
        self.mean_precision_prior = mean_precision_prior
        self.mean_prior = mean_prior
        self.degrees_of_freedom_prior = degrees_of_freedom_prior
        self.covariance_prior = covariance_prior
        self.random_state = random_state
        self.warm_start = warm_start
        self.verbose = verbose
        self.verbose_interval = verbose_interval

    def _n_products(self, K, D):
        return Gaussian(self.covariance_type).n_products(K, D)

    def _first(self, rows):
        self._set_priors(rows)
        normal = Gaussian(self.covariance_type, self.reg_covar)
        return self._weights(), NormalWishart(self._prior(), normal)

    def _bound(self, entropy, n_rows, weights, emission):
        """The bound of log p(X) at the posteriors that are best for these responsibilities."""
        return entropy + weights.log_normaliser + emission.log_normaliser

    def _set_priors(self, rows):
        K, D = self.n_components, self.n_features_in_
        alpha, beta = self.weight_concentration_prior, self.mean_precision_prior
        nu = self.degrees_of_freedom_prior
        if nu is not None and nu <= D - 1:
            raise ValueError(
                f"The parameter 'degrees_of_freedom_prior' should be greater than {D - 1}, but got "
                f"{nu:.3f}."
            )
        self.weight_concentration_prior_ = 1 / K if alpha is None else alpha
        self.mean_precision_prior_ = 1.0 if beta is None else beta
        self.degrees_of_freedom_prior_ = D if nu is None else nu
        N, mean, covariance = self._moments(rows)
        if self.mean_prior is None:
            self.mean_prior_ = mean
        else:
            self.mean_prior_ = check_array(self.mean_prior, dtype=mean.dtype, ensure_2d=False)
            check_shape(self.mean_prior_, (D,), "means")
        if self.covariance_prior is None:
            self.covariance_prior_ = covariance * (N / max(N - 1, 1))
        else:
            self.covariance_prior_ = np.asarray(self.covariance_prior, dtype=mean.dtype)
            name = f"{self.covariance_type} covariance_prior"
            check_shape(self.covariance_prior_, covariance.shape, name)
            check_positive_definite(self.covariance_prior_, name)

    def _moments(self, rows):
        """Σ_n s_n, the mean and the covariance, of its type, of all the rows."""
        one = Gaussian(self.covariance_type, 0.0)
        total = rows.reduce(_of_all, one)
        covariance = one.form.covariance(total.scatter, total.weight, 0.0)
        tied = self.covariance_type == "tied"
        return total.weight[0], total.mean[0], covariance if tied else covariance[0]

    def _weights(self, concentration=None):
        sticks = self.weight_concentration_prior_type == "dirichlet_process"
        return (Sticks if sticks else Dirichlet)(self.weight_concentration_prior_, concentration)

    def _prior(self):
        return Prior(
            self.mean_prior_,
            self.mean_precision_prior_,
            self.degrees_of_freedom_prior_,
            np.eye(len(self.mean_prior_)) * self.covariance_prior_
            if self.covariance_type in ("diag", "spherical")
            else self.covariance_prior_,
        )

    def _publish(self, weights, emission, dtype):
        normal, nu = emission.normal, emission.degrees_of_freedom
        self.weight_concentration_ = weights.concentration
        self.weights_ = weights.mean
        self.mean_precision_ = emission.mean_precision
        self.degrees_of_freedom_ = float(nu[0]) if self.covariance_type == "tied" else nu
        self.means_, self.covariances_ = normal.mean, normal.covariance
        self.precisions_cholesky_, self.precisions_ = normal.precision_root, normal.precision

    def _learned(self):
        normal = Gaussian(
            self.covariance_type,
            self.reg_covar,
            self.means_,
            self.covariances_,
            self.precisions_cholesky_,
        )
        nu = np.atleast_1d(self.degrees_of_freedom_)
        emission = NormalWishart(self._prior(), normal, self.mean_precision_, nu)
        return self._weights(self.weight_concentration_), emission

    def _check_state(self):
        if hasattr(self, "weights_"):
            self._check_shapes("weights_", "means_")
            self._check_shapes("mean_precision_", "means_")
            weights, emission = self._learned()
            if np.shape(weights.mean) != self.weights_.shape:
                raise ValueError(f"{self.n_components} components have concentrations {weights}")
            emission.normal._check_state()


def _of_all(X, sample_weight, emission):
    weight = np.ones(len(X)) if sample_weight is None else sample_weight
    return emission.statistics(X, weight[:, None])
