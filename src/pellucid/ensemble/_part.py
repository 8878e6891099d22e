"""*Part*: put the examples of a node that go left first, each side in its old order.

Blocks of rows can do it at once: each first sorts its own to the two ends of its stretch of the
spare memory (``scatter``), and when all have said how many go left, brings them home
(``collect``).
"""

import numpy as np

from pellucid._compile import kernel
from pellucid.ensemble._histogram import TOGETHER
from pellucid.ensemble._prefetch import prefetch

__all__ = ["collect", "gather", "scatter", "take_sides"]

BYTE = np.uint32(255)


@kernel(borrows=True, inner=True)
def take_sides(node, table, work):
    """Fill in which bins of the node's feature go left."""
    split, d = work.nodes[node].split, work.nodes[node].feature
    values = table.starts[d + 1] - table.starts[d] - table.missing[d]
    for b in range(values):
        if table.categories[d]:
            work.sides[b] = (work.bits[node, b >> 6] >> np.uint64(b & 63)) & np.uint64(1) != 0
        else:
            work.sides[b] = b <= split.bin
    if table.missing[d]:
        work.sides[values] = split.missing_left


@kernel(borrows=True, inner=True)
def scatter(node, start, stop, table, work):
    """Rows that go left from ``start`` on, those that go right from ``stop`` back; how many left.

    Both places are written and one of them is kept, which is faster than a branch.
    """
    d, left, right = work.nodes[node].feature, start, stop - 1
    words, shift = table.bins[d // TOGETHER], np.uint32(8 * (d % TOGETHER))
    for i in range(start, stop):
        prefetch(words, work.rows, i)
        row = work.rows[i]
        side = work.sides[(words[row] >> shift) & BYTE]
        work.spare[left], work.spare[right] = row, row
        left += side
        right -= not side
    return left - start


@kernel(borrows=True, inner=True)
def collect(start, stop, lefts, to_left, to_right, work):
    """Bring a block's rows to their places among those of the node."""
    for i in range(lefts):
        work.rows[to_left + i] = work.spare[start + i]
    for i in range(stop - start - lefts):
        work.rows[to_right + i] = work.spare[stop - 1 - i]


@kernel(borrows=True, inner=True)
def gather(start, stop, work):
    """Lay the slopes of the rows from ``start`` to ``stop`` side by side, as those are."""
    for i in range(start, stop):
        prefetch(work.slopes, work.rows, i)
        row = work.rows[i]
        work.near[i, 0], work.near[i, 1] = work.slopes[row, 0], work.slopes[row, 1]
