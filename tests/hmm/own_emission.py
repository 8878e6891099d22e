"""A density of a user's own: waiting times."""

from dataclasses import dataclass, replace

import numpy as np

from pellucid.emissions import Emission


@dataclass(frozen=True, eq=False)
class Exponential(Emission):
    """log p(x | k) = log λ_k - λ_k x,    λ_k = Σ_n w_nk / Σ_n w_nk x_n"""

    rate: np.ndarray | None = None

    def log_density(self, X):
        return np.log(self.rate) - X * self.rate

    def statistics(self, X, weight):
        return weight.sum(axis=0), X[:, 0] @ weight

    def m_step(self, total):
        return replace(self, rate=total[0] / total[1])

    def sample(self, k, random_state):
        return random_state.exponential(1 / self.rate[k])[:, None]

    @property
    def n_parameters(self):
        return len(self.rate)
