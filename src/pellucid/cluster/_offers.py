"""What seeding by k-means++ asks of a table of numbers: how near each row is to rows on offer."""

import numpy as np

from pellucid._compile import kernel
from pellucid.cluster._tile import TILE, gather, measure

__all__ = ["offer"]

SKIPPING_PAYS = 32  # from so many columns on it pays to ask whether a row need be read


def offer(X, origin, weight, minima, owner, seed, k, candidates, reach, out):
    """Let the seed k take the rows it is the nearest to; what would be left by each candidate.

    Of the seed and the candidates, the nearest to each seed is ``reach`` away, squared.  Nearer
    than its own seed, from which a row is ``minima`` away, one of them can be only if that is more
    than a quarter of the reach: else the row need not be read, which pays where there are many
    columns.
    """
    given = X, origin, weight, minima, owner, seed, k, candidates
    if X.shape[1] < SKIPPING_PAYS:
        offer_to_all(*given, out)
    else:
        offer_to_far(*given, reach, out)


@kernel
def offer_to_all(X, origin, weight, minima, owner, seed, k, candidates, out):
    """``offer``, every row being read."""
    L, D = candidates.shape
    tile, near = np.empty(D * TILE, X.dtype), np.empty(TILE, X.dtype)
    minimum, share, who = np.zeros(TILE), np.zeros(TILE), np.empty(TILE, np.int64)
    for start in range(0, len(X), TILE):
        rows = slice(start, min(start + TILE, len(X)))
        for j in range(TILE):
            who[j] = min(start + j, len(X) - 1)
        gather(X, origin, who, tile)
        measure(tile, seed, near)
        own, mine, mass = owner[rows], minima[rows], weight[rows]
        share[:] = 0  # of what the tile has after the last row
        for j in range(len(mine)):
            own[j] = k if near[j] < mine[j] else own[j]
            mine[j] = min(mine[j], near[j])
            minimum[j], share[j] = mine[j], mass[j]
        for c in range(L):
            measure(tile, candidates[c], near)
            out[c] += left(near, minimum, share)


@kernel
def offer_to_far(X, origin, weight, minima, owner, seed, k, candidates, reach, out):
    """``offer``, rows that are near enough to their own seed being passed over."""
    L, D = candidates.shape
    tile, near = np.empty(D * TILE, X.dtype), np.empty(TILE, X.dtype)
    minimum, share = np.zeros(TILE), np.zeros(TILE)
    who, held, rest = np.zeros(TILE, np.int64), 0, 0.0
    for i in range(len(X)):
        far = 4 * minima[i] > reach[owner[i]]
        rest += 0.0 if far else weight[i] * minima[i]
        who[held] = i
        held += far
        if held == TILE or (held and i == len(X) - 1):
            gather(X, origin, who, tile)
            measure(tile, seed, near)
            share[:] = 0
            for j in range(held):
                n = who[j]
                if near[j] < minima[n]:
                    minima[n], owner[n] = near[j], k
                minimum[j], share[j] = minima[n], weight[n]
            for c in range(L):
                measure(tile, candidates[c], near)
                out[c] += left(near, minimum, share)
            held = 0
    out += rest


@kernel(borrows=True, fastmath={"contract", "reassoc", "nsz"})
def left(near, minimum, share):
    """Σ_n s_n min(m_n, d_n)"""
    total = 0.0
    for i in range(TILE):
        total += share[i] * min(minimum[i], near[i])
    return total
