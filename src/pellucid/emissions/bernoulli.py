"""Coins: columns of zeros and ones."""

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from sklearn.utils import check_random_state

from pellucid.emissions._counting import seen_and_filled, times_log
from pellucid.emissions.base import Emission

__all__ = ["Bernoulli"]


@dataclass(frozen=True, eq=False)
class Bernoulli(Emission):
    """Columns of zeros and ones, independent given k.

        log p(x | k) = Σ_d ( x_d log p_kd + (1 - x_d) log(1 - p_kd) )
        p_kd = Σ_n w_nk x_nd / Σ_n w_nk

    A value that is NaN was not seen.

    Parameters
    ----------
    probability : array (K, D)
        p, of a one

    References
    ----------
    Bishop, Pattern Recognition and Machine Learning (2006), section 9.3.3.
    """

    takes_missing: ClassVar[bool] = True

    probability: np.ndarray | None = None

    def log_density(self, X):
        """Σ_d x_nd log p_kd + (1 - x_nd) log(1 - p_kd)                                  (N, K)"""
        seen, ones = _checked(X)
        return times_log(ones, self.probability) + times_log(seen - ones, 1 - self.probability)

    def statistics(self, X, weight):
        """Σ_n w_nk x_nd and Σ_n w_nk, of the values that were seen                 (K, D) each"""
        seen, ones = _checked(X)
        return weight.T @ ones, weight.T @ seen

    def m_step(self, total):
        """p from the sums; one of no weight stays as it was, or is ½."""
        ones, rows = total
        before = 0.5 if self.probability is None else self.probability
        share = np.minimum(ones / np.where(rows > 0, rows, 1), 1)
        return replace(self, probability=np.where(rows > 0, share, before))

    def sample(self, k, random_state):
        """Zeros and ones by p_k for each k[n]                                           (N, D)"""
        p = self.probability[np.asarray(k)]
        return (check_random_state(random_state).uniform(size=p.shape) < p).astype(np.float64)

    @property
    def n_parameters(self):
        return self.probability.size


def _checked(X):
    seen, ones = seen_and_filled(X)
    if not ((ones == 0) | (ones == 1)).all():
        raise ValueError("values are 0 or 1, or NaN for one that was not seen")
    return seen, ones
