"""What is known of the hidden state now, from the rows so far."""

from dataclasses import dataclass

import numpy as np

from pellucid._math import log_sum_exp

__all__ = ["Belief"]


@dataclass(frozen=True, eq=False)
class Belief:
    """log P(z_t = k | x_1 ... x_t), and log p(x_1 ... x_t): a filter that takes a row at a time.

        P(z_t = k | x_1 ... x_t) ∝ p(x_t | k) Σ_i P(z_{t-1} = i | x_1 ... x_{t-1}) A_ik

    ``model.step(x, belief)`` makes the next of it; it costs K² however many rows there were.
    """

    log_posterior: np.ndarray | None = None  # (K,), once there was a row
    log_prob: float = 0.0

    @property
    def probability(self):
        """P(z_t = k | x_1 ... x_t)                                                        (K,)"""
        return np.exp(self.log_posterior)

    def step(self, chain, log_density):
        """The belief after one more row, of log densities (K,)."""
        with np.errstate(divide="ignore"):
            if self.log_posterior is None:
                arrived = np.log(chain.start)
            else:
                ways = self.log_posterior[:, None] + np.log(chain.transitions)  # (K, K)
                arrived = log_sum_exp(ways, axis=0)
        joint = arrived + log_density
        total = log_sum_exp(joint)
        if not np.isfinite(total):
            raise ValueError("this row has probability zero after those before it")
        return Belief(joint - total, self.log_prob + float(total))
