"""What is known of normal densities before any row: a price on means and covariances."""

from dataclasses import dataclass, replace

import numpy as np

from pellucid.emissions.gaussian_covariances import COVARIANCES

__all__ = ["NormalPrior"]

COLLAPSED = 1e-12  # of the largest variance a density had: all digits of the new one are rounding


@dataclass(frozen=True)
class NormalPrior:
    """The M-step of normal densities under a prior, as hmmlearn counts its weights.

        μ = (ω μ₀ + Σ_n w_n x_n) / (ω + w)
        Σ = (Ψ + Σ_n w_n (x_n - μ)(x_n - μ)ᵀ + ω (μ₀ - μ)(μ₀ - μ)ᵀ) / (ν + w)

    with w = Σ_n w_n, is the highest point of Σ_n w_n log N(x_n; μ, Σ) less

        ½ ν log|Σ| + ½ tr Σ⁻¹ (Ψ + ω (μ₀ - μ)(μ₀ - μ)ᵀ)

    as if ω rows had been seen at μ₀, and ν rows of scatter Ψ.  Ψ is a number, added to all entries,
    or an array of the covariance's shape.  ν is ``covars_weight`` less 1 where Σ is variances, less
    D where it is a matrix, and not below 0.
    """

    means_prior: object  # μ₀: (K, D) or what is broadcast to it
    means_weight: object  # ω: as μ₀
    covars_prior: object  # Ψ
    covars_weight: object  # ν + 1 or ν + D
    together: int = 1  # so many densities in a row share their covariance

    def m_step(self, emission, total, means=True, covars=True):
        """``emission`` with the means and covariances of ``total``, or with one of the two.

        A mean without any weight stays as it was; so does a covariance that nothing was seen of,
        or that would fall onto a point or a plane, where the likelihood knows no bound.
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
            scatter = self._pooled(scatter + form.between((prior - mean).T, omega))
            rows = self._pooled(total.weight)
            nu = np.maximum(np.asarray(self.covars_weight) - self._free(kind, D), 0)
            weight = np.where(rows > 0, rows + (nu / K if kind == "tied" else nu), 1)
            found = form.covariance(scatter + self._psi(kind), weight, 0.0)
            smallest, largest = _extremes(kind, found)[0], _extremes(kind, covariance)[1]
            sound = smallest > COLLAPSED * largest  # (K,), or one for the tied
            sound &= rows.any() if kind == "tied" else rows > 0
            sound = sound.reshape(-1, *[1] * (found.ndim - 1)) if sound.ndim else sound
            covariance = np.where(sound, found, covariance)
        return replace(emission, mean=mean, covariance=covariance, precision_root=None)

    def _pooled(self, a):
        """The sums over those that share, one for each of them."""
        if self.together == 1:
            return a
        sums = a.reshape(-1, self.together, *a.shape[1:]).sum(axis=1)
        return np.repeat(sums, self.together, axis=0)

    def _psi(self, kind):
        psi = np.asarray(self.covars_prior, dtype=np.float64)
        if kind in ("full", "tied") and psi.ndim > 1:
            return psi[(..., *np.triu_indices(psi.shape[-1]))]  # packed as a scatter is
        return psi[:, None] if kind == "spherical" and psi.ndim == 1 else psi

    def _free(self, kind, D):
        return D if kind in ("full", "tied") else 1


def _extremes(kind, covariance):
    """The smallest and the largest variance, in any direction, of each density."""
    if kind in ("full", "tied"):
        values = np.linalg.eigvalsh(covariance)
        return values[..., 0], values[..., -1]
    values = covariance.reshape(len(covariance), -1)
    return values.min(axis=1), values.max(axis=1)
