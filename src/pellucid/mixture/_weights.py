"""How the weights of a mixture are learned: by their shares of the rows."""

from dataclasses import dataclass

import numpy as np

__all__ = ["Shares"]


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
