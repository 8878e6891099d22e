"""Sums that are the same in any order: of each number two digits, whose sums are exact.

    v ≈ h + l,    h = (v + C₁) - C₁,    l = ((v - h) + C₂) - C₂

By way of C₁ a number loses what is smaller than the last bit of C₁; C₂ does the same to what was
lost (Rump, Ogita & Oishi 2008; Demmel & Nguyen 2015).  Of digits that are multiples of one unit, so
few that their sum has no more than 53 bits, a sum has no rounding.  So the sums of a part do not
depend on the order of its rows, on how they were cut into blocks, nor on which rows came and went
before; and they are at least as near to the truth as sums in doubles are.
"""

import numpy as np

from pellucid._compile import kernel

__all__ = ["grid_of", "put", "values"]

ROOM = 1.5  # times a power of two: a number of either sign leaves it within its binade


def grid_of(most, n_rows):
    """C₁ and C₂ (2, D) for sums over ``n_rows`` rows, each at most ``most`` (D,) in size."""
    bits = int(n_rows).bit_length() + 1  # as a part's rows may come and go in any order
    first = np.frexp(most)[1] + bits
    return np.ldexp(ROOM, np.stack([first, first - 53 + bits]))


def values(sums):
    """What the two digits, side by side in the last axis, are together."""
    half = sums.shape[-1] // 2
    return sums[..., :half] + sums[..., half:]


@kernel(borrows=True)
def put(v, sign, grid, d, sums):
    """Add ±v to the column d of the sums (2D,)."""
    h = (v + grid[0, d]) - grid[0, d]
    rest = v - h
    sums[d] += sign * h
    sums[grid.shape[1] + d] += sign * ((rest + grid[1, d]) - grid[1, d])
