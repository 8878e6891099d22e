"""Symbols, each with a probability of its own."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import ClassVar

import numpy as np
from sklearn.utils import check_random_state

from pellucid._compile import kernel
from pellucid.emissions.base import Emission

__all__ = ["Categorical"]


@dataclass(frozen=True, eq=False)
class Categorical(Emission):
    """Columns of symbols 0 ... F - 1, independent given k.

        log p(x | k) = Σ_d log θ_kd[x_d]
        θ_kdf ∝ max(0, α - 1 + Σ_n w_nk [x_nd = f])

    α is a Dirichlet prior's: 1 is maximum likelihood, 2 is Laplace's one more of each.  A symbol
    that is NaN, or -1 among integers, was not seen; it says nothing, and nothing is learned of it.

    Parameters
    ----------
    n_symbols : int
        F
    prior : float or array (K, D, F) or what is broadcast to it
        α
    probability : array (K, D, F)
        θ, each row of which sums to one.

    References
    ----------
    Bishop, Pattern Recognition and Machine Learning (2006), section 2.2.
    """

    takes_missing: ClassVar[bool] = True

    n_symbols: int
    prior: float | np.ndarray = 1.0
    probability: np.ndarray | None = None

    def log_density(self, X):
        """Σ_d log θ_kd[x_nd]                                                            (N, K)"""
        symbols = self._checked(X).T  # (D, N)
        out = self._log_table[0].take(symbols[0], axis=0)
        for table, column in zip(self._log_table[1:], symbols[1:], strict=True):
            out += table.take(column, axis=0)
        return out

    def statistics(self, X, weight):
        """Σ_n w_nk [x_nd = f]                                                        (K, D, F)"""
        X = self._checked(X)
        counts = np.zeros((X.shape[1], self.n_symbols + 1, weight.shape[1]))
        _count(X, np.ascontiguousarray(weight), counts)
        return (counts[:, :-1].transpose(2, 0, 1),)

    def m_step(self, total):
        """θ from the counts; a column of which nothing was seen stays as it was."""
        (counts,) = total
        share = np.maximum(counts + np.asarray(self.prior) - 1, 0)
        mass = share.sum(axis=2, keepdims=True)  # (K, D, 1)
        before = 1 / self.n_symbols if self.probability is None else self.probability
        probability = np.where(mass > 0, share / np.where(mass > 0, mass, 1), before)
        return replace(self, probability=probability)

    def sample(self, k, random_state):
        """x_d ~ θ_kd for each k[n]                                                      (N, D)"""
        k, cumulative = np.asarray(k), np.cumsum(self.probability, axis=2)
        uniform = check_random_state(random_state).uniform(size=(len(k), cumulative.shape[1]))
        X = np.empty(uniform.shape, dtype=np.intp)
        for j, d in np.ndindex(cumulative.shape[:2]):
            rows, steps = k == j, cumulative[j, d]
            X[rows, d] = np.searchsorted(steps, uniform[rows, d] * steps[-1], side="right")
        return X

    @property
    def n_parameters(self):
        K, D, F = self.probability.shape
        return K * D * (F - 1)

    @cached_property
    def _log_table(self):
        """log θ as (D, F + 1, K); the last row, of the symbol -1, is 0."""
        K, D, _ = self.probability.shape
        with np.errstate(divide="ignore"):
            table = np.log(self.probability).transpose(1, 2, 0)
        return np.concatenate([table, np.zeros((D, 1, K))], axis=1)

    def _checked(self, X):
        """X as integers, -1 ... F - 1, where NaN is -1 as well."""
        X = np.asarray(X)
        if X.dtype.kind == "f":
            X = np.where(np.isnan(X), -1, X)
        symbols = X.astype(np.intp, copy=False)
        if (symbols != X).any() or symbols.min() < -1 or symbols.max() >= self.n_symbols:
            raise ValueError(
                f"symbols are integers from 0 to {self.n_symbols - 1}, or -1 for one not seen"
            )
        return symbols


@kernel
def _count(X, weight, counts):
    """``counts[d, X[:, d]] += weight``, row by row; -1 is the last."""
    for n in range(len(X)):
        for d in range(X.shape[1]):
            for k in range(weight.shape[1]):
                counts[d, X[n, d], k] += weight[n, k]
