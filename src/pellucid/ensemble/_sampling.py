"""Draw what each member of an ensemble is given: its seed, its examples and its features."""

import warnings

import numpy as np
from sklearn.utils import check_random_state
from sklearn.utils.random import sample_without_replacement

from pellucid._compile import kernel
from pellucid.tree._base import SEEDS

__all__ = ["choose", "draw", "new_seeds"]


def new_seeds(ensemble, done):
    """The seeds of the members that are wanted beyond those that are ``done``."""
    wanted = ensemble.n_estimators
    if wanted < done:
        raise ValueError(
            f"n_estimators={wanted} must be larger or equal to len(estimators_)={done} when "
            "warm_start==True"
        )
    if wanted == done:
        warnings.warn("Warm-start fitting without increasing n_estimators does not fit new trees.")
        return np.empty(0, np.int64)
    return check_random_state(ensemble.random_state).randint(SEEDS, size=wanted)[done:]


def draw(random, population, count, replace, weight=None):
    """``count`` of the numbers below ``population``, in proportion to the weights."""
    if weight is not None:
        return random.choice(population, count, replace=replace, p=weight / weight.sum())
    if replace:
        return random.randint(0, population, count)
    return sample_without_replacement(population, count, random_state=random)


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
