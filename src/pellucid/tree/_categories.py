"""Categories in the order that makes the best of their subsets a prefix.

For one number, or two classes, that is the order of the means (Fisher 1958); for more, the order
along the first principal axis of the means is nearly as good (Coppersmith, Hong & Hosking 1999).
"""

import numpy as np

from pellucid._compile import kernel
from pellucid.tree._order import key, place, rank

__all__ = ["by_mean", "prefix_bits"]

ITERATIONS = 30  # of the power method, which has an order to find and no digits


@kernel(error_model="numpy")
def by_mean(keys, spare, n, target, weight, K, order):
    """Reorder the first n of the sorted keys, category by category, with new ranks.

    ``order`` becomes the categories in their new order.
    """
    count = 1
    for p in range(1, n):
        count += rank(keys[p]) != rank(keys[p - 1])
    starts, run = np.empty(count + 1, np.int64), 0
    starts[0], starts[count] = 0, n
    for p in range(1, n):
        if rank(keys[p]) != rank(keys[p - 1]):
            run += 1
            starts[run] = p
    scores = means(keys, starts, target, weight, K)
    at = 0
    for new, run in enumerate(np.argsort(scores)):
        order[new] = rank(keys[starts[run]])
        for p in range(starts[run], starts[run + 1]):
            spare[at] = key(new, place(keys[p]))
            at += 1
    for p in range(n):
        keys[p] = spare[p]


@kernel(error_model="numpy")
def means(keys, starts, target, weight, K):
    """A number for each run of keys: the mean target there, or where that lies on their axis."""
    O = target.shape[1]
    S = O * K if target.ndim == 2 else O
    M, mass = np.zeros((len(starts) - 1, S)), np.zeros(len(starts) - 1)
    for run in range(len(mass)):
        for p in range(starts[run], starts[run + 1]):
            i = place(keys[p])
            mass[run] += weight[i]
            for o in range(O):
                if target.ndim == 2:
                    M[run, o * K + target[i, o]] += weight[i]
                else:
                    M[run, o] += weight[i] * target[i, o, 0]
        for s in range(S):
            M[run, s] /= mass[run]
    if S == 1:
        return M[:, 0].copy()
    if target.ndim == 2 and S == 2:
        return M[:, 1].copy()
    axis, turned, scores = np.arange(1.0, S + 1), np.empty(S), np.zeros(len(mass))
    for s in range(S):
        centre = whole = 0.0
        for run in range(len(mass)):
            centre, whole = centre + mass[run] * M[run, s], whole + mass[run]
        for run in range(len(mass)):
            M[run, s] -= centre / whole
    for _ in range(ITERATIONS):
        turned[:] = 0
        for run in range(len(mass)):
            scores[run] = 0
            for s in range(S):
                scores[run] += M[run, s] * axis[s]
            for s in range(S):
                turned[s] += mass[run] * scores[run] * M[run, s]
        length = 0.0
        for s in range(S):
            length += turned[s] * turned[s]
        if length == 0:
            break
        for s in range(S):
            axis[s] = turned[s] / np.sqrt(length)
    return scores


@kernel
def prefix_bits(order, n, bits):
    """Set the bits of the first n categories in ``order``, and no others."""
    bits[:] = 0
    for k in range(n):
        bits[order[k] >> 6] |= np.uint64(1) << np.uint64(order[k] & 63)
