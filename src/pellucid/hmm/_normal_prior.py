"""What is known of normal densities before any row: a price on means and covariances."""

from dataclasses import dataclass, replace

import numpy as np

from pellucid.emissions.gaussian_covariances import COVARIANCES

__all__ = ["NormalPrior"]


@dataclass(frozen=True)
class NormalPrior:
    """The M-step of normal densities under a prior, as hmmlearn counts its weights.

        μ = (ω μ₀ + Σ_n w_n x_n) / (ω + w)
        Σ = (Ψ + Σ_n w_n (x_n - μ)(x_n - μ)ᵀ + ω (μ₀ - μ)(μ₀ - μ)ᵀ) / (ν + w)

    with w = Σ_n w_n, and ν the ``covars_weight`` less 1 where Σ is variances, less D where it is a
    matrix, and not below 0.  It is the highest point of Σ_n w_n log N(x_n; μ, Σ) - ½ (ν log|Σ| +
    tr Σ⁻¹ (Ψ + ω (μ₀ - μ)(μ₀ - μ)ᵀ)): ω rows seen at μ₀, and ν rows of scatter Ψ.

    Ψ is a number that is added to all entries, or an array of the covariance's shape.
    """

    means_prior: object  # μ₀: (K, D) or what is broadcast to it
    means_weight: object  # ω: as μ₀
    covars_prior: object  # Ψ
    covars_weight: object  # ν + 1 or ν + D

    def m_step(self, emission, total, means=True, covars=True):
        """``emission`` with the means and covariances of ``total``, or with one of the two.

        A density without any weight stays as it was.
        """
        kind, form = emission.covariance_type, COVARIANCES[emission.covariance_type]
        mean, covariance, seen = emission.mean, emission.covariance, total.weight > 0
        K, D = total.mean.shape
        prior = np.broadcast_to(np.asarray(self.means_prior, dtype=np.float64), (K, D))
        omega = np.broadcast_to(np.asarray(self.means_weight, dtype=np.float64).ravel(), K)
        if means:
            share = (omega / np.where(seen, omega + total.weight, 1))[:, None]
            mean = np.where(seen[:, None], total.mean + share * (prior - total.mean), mean)
        if covars:
            scatter = total.scatter + form.between((total.mean - mean).T, total.weight)
            scatter = scatter + form.between((prior - mean).T, omega) + self._psi(kind)
            nu = np.maximum(np.asarray(self.covars_weight) - self._free(kind, D), 0)
            weight = total.weight + (nu / K if kind == "tied" else nu)
            found = form.covariance(scatter, np.where(seen, weight, 1), 0.0)
            if kind == "tied" or covariance is None:
                covariance = found
            else:
                which = seen.reshape(-1, *[1] * (found.ndim - 1))
                covariance = np.where(which, found, covariance)
        return replace(emission, mean=mean, covariance=covariance, precision_root=None)

    def _psi(self, kind):
        psi = np.asarray(self.covars_prior, dtype=np.float64)
        if kind in ("full", "tied") and psi.ndim > 1:
            return psi[(..., *np.triu_indices(psi.shape[-1]))]  # packed as a scatter is
        return psi[:, None] if kind == "spherical" and psi.ndim == 1 else psi

    def _free(self, kind, D):
        return D if kind in ("full", "tied") else 1
