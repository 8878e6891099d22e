"""Counts of what happens at a steady rate."""

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from scipy.special import gammaln
from sklearn.utils import check_random_state

from pellucid.emissions._counting import seen_and_filled, times_log
from pellucid.emissions.base import Emission

__all__ = ["Poisson"]


@dataclass(frozen=True, eq=False)
class Poisson(Emission):
    """Columns of counts, independent given k.

        log p(x | k) = Σ_d ( x_d log λ_kd - λ_kd - log x_d! )
        λ_kd = (α + Σ_n w_nk x_nd) / (β + Σ_n w_nk)

    α events seen in β rows are a gamma prior's; 0 and 0 are maximum likelihood.  A count that is
    NaN was not seen; of one that is no integer, x! is Γ(x + 1).

    Parameters
    ----------
    prior_count, prior_rows : float or array (K, D), or what is broadcast to it
        α and β
    rate : array (K, D)
        λ

    References
    ----------
    Gelman et al., Bayesian Data Analysis (2013), section 2.6.
    """

    takes_missing: ClassVar[bool] = True

    prior_count: float | np.ndarray = 0.0
    prior_rows: float | np.ndarray = 0.0
    rate: np.ndarray | None = None

    def log_density(self, X):
        """Σ_d x_nd log λ_kd - λ_kd - log x_nd!                                         (N, K)"""
        seen, counts = _checked(X)
        return (
            times_log(counts, self.rate)
            - seen @ self.rate.T
            - (gammaln(counts + 1).sum(axis=1, keepdims=True))
        )

    def statistics(self, X, weight):
        """Σ_n w_nk x_nd and Σ_n w_nk, of the counts that were seen                 (K, D) each"""
        seen, counts = _checked(X)
        return weight.T @ counts, weight.T @ seen

    def m_step(self, total):
        """λ from the sums; one of no weight stays as it was, or is the mean of all."""
        events, rows = total
        before = (
            events.sum(axis=0) / np.maximum(rows.sum(axis=0), 1) if self.rate is None else self.rate
        )
        exposure = np.asarray(self.prior_rows) + rows
        learned = (np.asarray(self.prior_count) + events) / np.where(exposure > 0, exposure, 1)
        return replace(self, rate=np.where(exposure > 0, learned, before))

    def sample(self, k, random_state):
        """Counts at the rates λ_k for each k[n]                                         (N, D)"""
        return check_random_state(random_state).poisson(self.rate[np.asarray(k)])

    @property
    def n_parameters(self):
        return self.rate.size


def _checked(X):
    seen, counts = seen_and_filled(X)
    if (counts < 0).any():
        raise ValueError("counts are 0 or more, or NaN for one that was not seen")
    return seen, counts
