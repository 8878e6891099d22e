"""When and how far: the step sizes of stochastic gradient descent, the order of its examples."""

from typing import NamedTuple

import numpy as np

from pellucid._compile import kernel
from pellucid.losses.compiled import compiled

__all__ = ["Rate", "shuffle"]


class Rate(NamedTuple):
    """η_t = top / (t + delay)^power at step t = 1, 2, ..; or a passive-aggressive step.

    Of kind 1, η = min(top, ℓ / ‖x‖²); of kind 2, η = ℓ / (‖x‖² + 1/(2 top)) (Crammer et al. 2006).
    """

    top: float
    delay: float = 0.0
    power: float = 0.0
    aggressive: int = 0

    @classmethod
    def named(cls, name, loss, alpha, eta0, power_t):
        """scikit-learn's schedules.

        *optimal* is 1 / (α (t₀ + t - 1)), with t₀ such that the first step would undo a weight as
        large as is likely under the penalty, α^(-1/4) (Bottou's heuristic).
        """
        if name == "optimal":
            typical = alpha**-0.25
            first = typical / max(1.0, compiled(loss, "gradient").ctypes(1.0, -typical))
            return cls(1 / alpha, 1 / (first * alpha) - 1, 1.0)
        if name == "invscaling":
            return cls(eta0, 0.0, power_t)
        return cls(eta0, aggressive={"pa1": 1, "pa2": 2}.get(name, 0))


@kernel
def shuffle(order, seed):
    """Fisher & Yates from the front, drawing from Marsaglia's (2003) 32-bit xorshift in place.

    It is the generator of scikit-learn, so that the same seed gives the same order of examples.
    """
    mask = np.uint64(0xFFFFFFFF)
    state = np.uint64(seed if seed else 1)
    for k in range(len(order) - 1):
        state ^= (state << np.uint64(13)) & mask
        state ^= state >> np.uint64(17)
        state ^= (state << np.uint64(5)) & mask
        other = k + np.int64((state & np.uint64(0x7FFFFFFF)) % np.uint64(len(order) - k))
        order[k], order[other] = order[other], order[k]
