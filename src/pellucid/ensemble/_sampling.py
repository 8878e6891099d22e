"""Draw without replacement, in one pass."""

import numpy as np

from pellucid._compile import kernel

__all__ = ["choose"]


def choose(rng, N, count):
    """``count`` of N examples, as a mask (N,)."""
    return select(rng.uniform(size=N), count)


@kernel
def select(uniform, count):
    """Take the next example with probability (still wanted) / (still to come).

    Knuth, D. E. (1969). The Art of Computer Programming 2, section 3.4.2, algorithm S.
    """
    chosen, wanted = np.zeros(len(uniform), np.bool_), count
    for n in range(len(uniform)):
        chosen[n] = uniform[n] * (len(uniform) - n) < wanted
        wanted -= chosen[n]
    return chosen
