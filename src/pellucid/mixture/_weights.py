"""How the weights of a mixture are learned: by their shares, or under a prior.

Each says ``log``, what the E-step adds to the log densities, and ``mean``, the weights; and those
under a prior ``log_normaliser``, what the bound has of them.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import betaln, digamma, gammaln

__all__ = ["Dirichlet", "Shares", "Sticks"]


@dataclass(frozen=True, eq=False)
class Shares:
    """π_k = Σ_n r_nk / N, the weights that maximise Σ_n Σ_k r_nk log π_k."""

    mean: np.ndarray | None = None  # π (K,)

    def learn(self, counts):
        return Shares(counts / counts.sum())

    @property
    def log(self):
        with np.errstate(divide="ignore"):  # a component that has emptied
            return np.log(self.mean)


@dataclass(frozen=True, eq=False)
class Dirichlet:
    """q(π) = Dir(α) with α_k = α_0 + N_k."""

    prior: float  # α_0
    concentration: np.ndarray | None = None  # α (K,)

    def learn(self, counts):
        return replace(self, concentration=self.prior + counts)

    @property
    def log(self):
        """E[log π_k] = ψ(α_k) - ψ(Σ_j α_j)"""
        return digamma(self.concentration) - digamma(self.concentration.sum())

    @property
    def mean(self):
        return self.concentration / self.concentration.sum()

    @property
    def log_normaliser(self):
        return gammaln(self.concentration).sum() - gammaln(self.concentration.sum())


@dataclass(frozen=True, eq=False)
class Sticks:
    """π_k = v_k Π_{j<k} (1 - v_j), a stick broken again and again (Sethuraman 1994).

    q(v_k) = Beta(a_k, b_k),    a_k = 1 + N_k,    b_k = γ + Σ_{j>k} N_j
    """

    prior: float  # γ
    concentration: tuple | None = None  # a, b (K,) each

    def learn(self, counts):
        after = counts[::-1].cumsum()[::-1] - counts
        return replace(self, concentration=(1 + counts, self.prior + after))

    @property
    def log(self):
        """E[log v_k] + Σ_{j<k} E[log(1 - v_j)]"""
        a, b = self.concentration
        broken, left = digamma(a) - digamma(a + b), digamma(b) - digamma(a + b)
        return broken + left.cumsum() - left

    @property
    def mean(self):
        """E[v_k] Π_{j<k} E[1 - v_j], made one in sum."""
        a, b = self.concentration
        left = np.append(1, np.cumprod(b / (a + b))[:-1])
        weights = a / (a + b) * left
        return weights / weights.sum()

    @property
    def log_normaliser(self):
        return betaln(*self.concentration).sum()
