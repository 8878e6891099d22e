"""*Part*: put the examples of a node that go left first, each side in its old order.

Blocks of rows can do it at once: each first sorts its own to the two ends of its stretch of the
spare memory (``scatter``), and when all have said how many go left, brings them home
(``collect``).
"""

import numpy as np

from pellucid._compile import kernel

__all__ = ["collect", "scatter", "take_sides"]


@kernel
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


@kernel
def scatter(node, start, stop, table, work):
    """Rows that go left from ``start`` on, those that go right from ``stop`` back; how many left.

    Both places are written and one of them is kept, which is faster than a branch.
    """
    column, left, right = table.bins[work.nodes[node].feature], start, stop - 1
    for i in range(start, stop):
        row, g, h = work.rows[i], work.slopes[i, 0], work.slopes[i, 1]
        side = work.sides[column[row]]
        work.spare_rows[left], work.spare_rows[right] = row, row
        work.spare_slopes[left, 0], work.spare_slopes[left, 1] = g, h
        work.spare_slopes[right, 0], work.spare_slopes[right, 1] = g, h
        left += side
        right -= not side
    return left - start


@kernel
def collect(start, stop, lefts, to_left, to_right, work):
    """Bring a block's rows to their places among those of the node."""
    for i in range(lefts):
        copy(work, start + i, to_left + i)
    for i in range(stop - start - lefts):
        copy(work, stop - 1 - i, to_right + i)


@kernel
def copy(work, i, j):
    work.rows[j] = work.spare_rows[i]
    work.slopes[j, 0], work.slopes[j, 1] = work.spare_slopes[i, 0], work.spare_slopes[i, 1]
