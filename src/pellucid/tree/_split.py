"""A split of a node: by which feature, and who goes left."""

from collections import namedtuple

import numpy as np

from pellucid._compile import kernel

__all__ = ["UNSEEN", "Split", "goes_left", "nothing"]

UNSEEN = 2  # for ``missing_left``: no value was missing here

# The threshold of a random split is drawn; of others it lies between two examples.
Split = namedtuple("Split", "cost feature cut missing_left below above threshold")


@kernel(borrows=True, forceinline=True)
def nothing():
    """The split of a feature that is constant."""
    return Split(np.inf, -1, np.uint32(0), UNSEEN, -1, -1, np.nan)


@kernel(borrows=True, forceinline=True)
def goes_left(x, threshold, missing_left, categories, bits):
    """Whether x lies left of a cut; no branch is taken on it, for none could be foreseen."""
    if categories and x == x:
        c = np.uint64(x)
        return (bits[c >> np.uint64(6)] >> (c & np.uint64(63))) & np.uint64(1) != 0
    return (x <= threshold) | ((missing_left == 1) & (x != x))
