"""Bounds on distances, by which most rows are known to stay where they are, unread.

For each row u is at least the distance to its own centre, and l at most that to any other (Hamerly
2010).  When centres move, the bounds move by as much: u by its own centre's step, l by the longest
step of another.  A row stays if u < l, or if u is less than half the distance from its own centre
to the next.  All are kept wider than rounding can make them narrow: the parts are those that
measuring every distance would give.

The kernels here serve tables of numbers and sparse ones.
"""

import numpy as np

from pellucid._compile import kernel

__all__ = ["bounds_of", "spare_of", "stays", "steps_of", "tightened"]

MOVED, DROPPED, APART = 0, 1, 2  # what the rows of ``steps`` (3, K) hold


def steps_of(centres, moved, compare):
    """By how much u and l move, and half the distances between centres, if to ``compare`` pays."""
    K, D = centres.shape
    margin = 1 + (D + 8) * np.finfo(centres.dtype).eps
    out = np.zeros((3, K))
    out[MOVED] = moved * margin
    top = np.argmax(moved)
    out[DROPPED] = out[MOVED, top]
    out[DROPPED, top] = np.max(np.delete(out[MOVED], top), initial=0)
    if compare:
        half_gaps(centres, out[APART])
        out[APART] /= margin
    return out.astype(centres.dtype)


@kernel(borrows=True)
def half_gaps(centres, out):
    """Half the distance from each centre to the nearest other."""
    for k in range(len(centres)):
        out[k] = np.inf
        for j in range(k):
            gap = 0.0
            for d in range(centres.shape[1]):
                gap += (centres[k, d] - centres[j, d]) ** 2
            gap = np.sqrt(gap) / 2
            out[k], out[j] = min(out[k], gap), min(out[j], gap)


@kernel(borrows=True)
def stays(upper, lower, i, own, steps):
    """Move the bounds of row i, and say whether they show that it stays."""
    one = upper.dtype.type(1)
    eps = 2 * upper.dtype.type(np.finfo(upper.dtype).eps)
    upper[i] = (upper[i] + steps[MOVED, own]) * (one + eps)
    lower[i] = (lower[i] - steps[DROPPED, own]) * (one - eps)
    return upper[i] < max(lower[i], steps[APART, own])


@kernel(borrows=True)
def tightened(upper, lower, i, own, steps, square, D):
    """Whether ‖x_i - c‖² shows that row i stays; it then is the bound."""
    one = upper.dtype.type(1)
    margin = one + upper.dtype.type((D + 8) * np.finfo(upper.dtype).eps)
    limit = max(lower[i], steps[APART, own])
    if square * margin * margin < limit * abs(limit):
        upper[i] = np.sqrt(square) * margin
        return True
    return False


@kernel(borrows=True)
def bounds_of(best, second, norm, top, spare):
    """u and l from ‖c‖² - 2 xᵀc of the two nearest centres, ‖x‖² = ``norm`` and ‖c‖² ≤ ``top``."""
    zero, spare = norm * 0, spare * (norm + top)
    return np.sqrt(max(best + norm, zero) + spare), np.sqrt(max(second + norm - spare, zero))


@kernel(borrows=True)
def spare_of(upper, D):
    """What rounding can do to ‖x - c‖², in units of ‖x‖² + ‖c‖²."""
    return upper.dtype.type(2 * (D + 8) * np.finfo(upper.dtype).eps)
