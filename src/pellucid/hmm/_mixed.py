"""Densities that are mixtures of densities."""

from dataclasses import dataclass, replace

import numpy as np
from sklearn.utils import check_random_state

from pellucid._math import log_sum_exp
from pellucid.emissions import Emission

__all__ = ["Mixed"]


@dataclass(frozen=True, eq=False)
class Mixed(Emission):
    """log p(x | k) = log Σ_m c_km p(x | θ_km)

    ``part`` is an emission of K · M densities, those of the first k first; its weights are
    Σ_n w_nk r_nkm with r_nkm = c_km p(x_n | θ_km) / p(x_n | k).
    """

    part: Emission
    share: np.ndarray  # c (K, M)

    def log_density(self, X):
        return log_sum_exp(self._log_joint(X), axis=2)

    def statistics(self, X, weight):
        """Σ_n w_nk r_nkm (K, M), and the sums of the parts."""
        joint = self._log_joint(X)  # (N, K, M)
        total = log_sum_exp(joint, axis=2, keepdims=True)
        with np.errstate(invalid="ignore"):
            part = np.exp(joint - total) * weight[:, :, None]
        part = np.where(np.isneginf(total), 0, part).reshape(len(X), -1)
        return part.sum(axis=0).reshape(self.share.shape), self.part.statistics(X, part)

    def m_step(self, total):
        weight, sums = total
        seen = weight.sum(axis=1, keepdims=True)
        share = np.where(seen > 0, weight / np.where(seen > 0, seen, 1), self.share)
        return replace(self, part=self.part.m_step(sums), share=share)

    def sample(self, k, random_state):
        rng, k = check_random_state(random_state), np.asarray(k)
        cumulative = np.cumsum(self.share, axis=1)[k]
        uniform = rng.uniform(size=(len(k), 1)) * cumulative[:, -1:]
        return self.part.sample(k * self.share.shape[1] + (cumulative <= uniform).sum(axis=1), rng)

    @property
    def n_parameters(self):
        return self.part.n_parameters + self.share.size - len(self.share)

    def _log_joint(self, X):
        with np.errstate(divide="ignore"):
            log_share = np.log(self.share)
        return self.part.log_density(X).reshape(len(X), *log_share.shape) + log_share
