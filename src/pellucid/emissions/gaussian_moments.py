"""Weighted moments of the rows of a table, about the mean of each density."""

from dataclasses import dataclass

import numpy as np

from pellucid.emissions._columns import columns
from pellucid.emissions.gaussian_covariances import COVARIANCES

__all__ = ["Moments", "moments"]

FAR = 1e6  # (distance / spread)²: so many times the rounding of a scatter taken about a far point


@dataclass(frozen=True, eq=False)
class Moments:
    """w_k = Σ_n w_nk,  m_k = Σ_n w_nk x_n / w_k  and  S_k = Σ_n w_nk (x_n - m_k)(x_n - m_k)ᵀ."""

    covariance_type: str
    weight: np.ndarray  # (K,)
    mean: np.ndarray  # (K, D)
    scatter: np.ndarray  # packed as the covariance type wants it

    def __add__(self, other):
        """S = S_a + S_b + (w_a w_b / w) (m_b - m_a)(m_b - m_a)ᵀ (Chan, Golub & LeVeque 1982)."""
        weight = self.weight + other.weight
        share = other.weight / np.where(weight > 0, weight, 1)
        step = other.mean - self.mean
        between = COVARIANCES[self.covariance_type].between(step.T, self.weight * share)
        mean = self.mean + share[:, None] * step
        return Moments(self.covariance_type, weight, mean, self.scatter + other.scatter + between)

    def covariance(self, reg_covar):
        """S_k / w_k + εI, as its type is; εI without any weight."""
        weight = np.where(self.weight > 0, self.weight, 1)
        return COVARIANCES[self.covariance_type].covariance(self.scatter, weight, reg_covar)


def moments(X, weight, covariance_type, floor):
    """``Moments`` of rows X (N, D) with weights (N, K).

    All are taken about the middle of these rows, and then moved to the means.  Where that would
    cost a density digits, its rows being far from the middle for their spread (and for the variance
    ``floor`` which will be added to it), its own are taken again about its mean.
    """
    form = COVARIANCES[covariance_type]
    X = np.asarray(X, dtype=np.float64)
    total = np.ones(len(weight)) @ weight  # sum(axis=0) of a narrow table is slow
    some = np.where(total > 0, total, 1)
    centre = X.mean(axis=0)
    Z = columns(X, centre)  # (D, N)
    steps = Z @ weight / some  # (D, K)
    scatter = form.scatter(Z, weight) - form.between(steps, total)
    allowed = FAR * (np.maximum(form.variance(scatter, some), 0) + floor)  # (K or 1, D)
    far = ~(allowed >= steps.T**2).all(axis=1)  # (K,)
    if far.any():
        far |= len(scatter) == 1  # which is of all densities
        near = (columns(X, mean) for mean in (centre + steps.T)[far])
        each = zip(near, weight.T[far], strict=True)
        scatter[far[: len(scatter)]] = form.join([form.scatter(Z, w[:, None]) for Z, w in each])
    return Moments(covariance_type, total, centre + steps.T, scatter)
