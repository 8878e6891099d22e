"""Normal densities whose means and precisions are uncertain."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy.special import digamma, gammaln

from pellucid.emissions import Emission, Gaussian

__all__ = ["NormalWishart", "Prior"]


@dataclass(frozen=True, eq=False)
class Prior:
    """μ_k | Λ_k ~ N(m_0, (β_0 Λ_k)⁻¹),    Λ_k ~ Wishart(W_0, ν_0)."""

    mean: np.ndarray  # m_0 (D,)
    mean_precision: float  # β_0
    degrees_of_freedom: float  # ν_0
    covariance: np.ndarray  # W_0⁻¹ (D, D)


@dataclass(frozen=True, eq=False)
class NormalWishart(Emission):
    """q(μ_k, Λ_k), and with it E[log N(x; μ_k, Λ_k⁻¹)] in the place of a log density.

        β_k = β_0 + N_k,    m_k = (β_0 m_0 + N_k x̄_k) / β_k,    ν_k = ν_0 + N_k
        W_k⁻¹ = W_0⁻¹ + S_k + (β_0 N_k / β_k) (x̄_k - m_0)(x̄_k - m_0)ᵀ

    (Bishop 2006, equations 10.60-10.63).  ``normal`` is N(m_k, W_k⁻¹ / ν_k).  A matrix that is tied
    learns from the mean over k of what each component would tell it.
    """

    prior: Prior
    normal: Gaussian
    mean_precision: np.ndarray | None = None  # β (K,)
    degrees_of_freedom: np.ndarray | None = None  # ν (K,), or (1,) if tied

    def log_density(self, X):
        """E[log N(x_n; μ_k, Λ_k⁻¹)]                                                     (N, K)"""
        return self.normal.log_density(X) + self._uncertainty

    def statistics(self, X, weight):
        return self.normal.statistics(X, weight)

    def m_step(self, total):
        prior, form, N = self.prior, self.normal.form, total.weight
        beta = prior.mean_precision + N
        mean = (prior.mean_precision * prior.mean + N[:, None] * total.mean) / beta[:, None]
        between = form.between((total.mean - prior.mean).T, prior.mean_precision * N / beta)
        K = len(N) if self._tied else 1
        n_rows = N.sum(keepdims=True) / K if self._tied else N
        floor = n_rows[:, None] * self.normal.reg_covar * form.packed(np.eye(mean.shape[1]))
        scatter = form.packed(prior.covariance) + (total.scatter + between) / K + floor
        nu = prior.degrees_of_freedom + n_rows
        covariance = form.covariance(scatter, nu, 0.0)
        normal = replace(self.normal, mean=mean, covariance=covariance, precision_root=None)
        return replace(self, normal=normal, mean_precision=beta, degrees_of_freedom=nu)

    def sample(self, k, random_state):
        return self.normal.sample(k, random_state)

    @property
    def n_parameters(self):
        return self.normal.n_parameters

    @property
    def log_normaliser(self):
        """Of all q(μ_k, Λ_k), up to what the bound has of the prior as well."""
        D, nu = self.normal.mean.shape[1], self.degrees_of_freedom
        log_W = 2 * self._log_root - D * np.log(nu)  # log|W_k|
        wishart = nu / 2 * (log_W + D * np.log(2)) + gammaln(_halves(nu, D)).sum(axis=0)
        copies = len(self.normal.mean) / len(nu)
        return copies * wishart.sum() - D / 2 * np.log(self.mean_precision).sum()

    @cached_property
    def _uncertainty(self):
        """½ (E[log|Λ_k|] - log|ν_k W_k| - D / β_k)                                        (K,)"""
        D, nu = self.normal.mean.shape[1], self.degrees_of_freedom
        expected = D * np.log(2) + digamma(_halves(nu, D)).sum(axis=0)  # E[log|Λ|] - log|W|
        return (expected - D * np.log(nu) - D / self.mean_precision) / 2

    @property
    def _log_root(self):
        root = self.normal.precision_root
        return self.normal.form.log_det(root, self.normal.mean.shape[1])

    @property
    def _tied(self):
        return self.normal.covariance_type == "tied"


def _halves(nu, D):
    """(ν_k - d) / 2 for d = 0 ... D - 1                                                  (D, K)"""
    return (nu - np.arange(D)[:, None]) / 2
