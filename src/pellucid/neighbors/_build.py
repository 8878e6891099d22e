"""Build a tree of points: halve them at the median of their widest coordinate, and halve again.

The tree is complete, and lies in arrays as a heap does: node i has the children 2i + 1 and 2i + 2,
and the last level are leaves.  Rows change places until a node's lie side by side.  Then each leaf
is written column by column, the form in which distances to all its points are found at once.
"""

from collections import namedtuple

import numpy as np

from pellucid._compile import kernel
from pellucid.reduction import map_blocks

__all__ = ["Points", "arrange", "levels_up", "nodes_of", "whole"]

# The coordinates, leaf by leaf and column by column (N D,); the row of the data that each point was
# (N,); where the points of each node begin and end, and the lowest of those rows (M,).
Points = namedtuple("Points", "columns index starts ends lowest")

ABREAST = 4  # levels after which the subtrees are grown side by side, at most: 16 of them
ALONE = 1 << 13  # numbers of a subtree, at least, for which another thread is called


def arrange(X, leaf_size):
    """The ``Points`` of X (N, D) in a tree whose leaves hold ``leaf_size`` to twice as many."""
    levels, starts, ends = nodes_of(len(X), leaf_size)
    rows, index, keys = X.copy(), np.arange(len(X)), np.empty(len(X))
    abreast = depth_of_subtrees(X.size)
    for level in range(min(levels - 1, abreast)):
        row = range(2**level - 1, 2 ** (level + 1) - 1)
        map_blocks(lambda i: halve(rows, index, keys, starts, ends, i, 1), row)
    if levels - 1 > abreast:
        row, deep = range(2**abreast - 1, 2 ** (abreast + 1) - 1), levels - 1 - abreast
        map_blocks(lambda i: halve(rows, index, keys, starts, ends, i, deep), row)
    columns = in_columns(rows, starts, ends)
    return Points(columns, index, starts, ends, lowest_of(index, starts))


def depth_of_subtrees(size):
    """How many levels of a tree of so many numbers lie above the subtrees grown side by side."""
    return min(ABREAST, max(0, int(np.log2(size / ALONE))))


def whole(X, leaf_size):
    """The ``Points`` of X as they come: a tree that has nothing to say of where its points are."""
    _, starts, ends = nodes_of(len(X), leaf_size)
    return Points(in_columns(X.copy(), starts, ends), np.arange(len(X)), starts, ends, starts)


def nodes_of(N, leaf_size):
    """The number of levels, and where the points of each node begin and end."""
    levels = int(np.log2(max(1, (N - 1) / leaf_size))) + 1
    starts, ends = np.zeros(2**levels - 1, np.int64), np.full(2**levels - 1, N)
    for level, left, right in reversed([*levels_up(len(starts))]):
        middle = (starts[level] + ends[level]) // 2
        starts[left], ends[left] = starts[level], middle
        starts[right], ends[right] = middle, ends[level]
    return levels, starts, ends


def levels_up(M):
    """The nodes of each level, with their left and right children, from the lowest to the root."""
    first, end = M // 2, M  # the leaves
    while first:
        yield slice(first // 2, first), slice(first, end, 2), slice(first + 1, end, 2)
        first, end = first // 2, first


def lowest_of(index, starts):
    """The lowest row among the points of each node (M,)."""
    out, leaf = np.empty(len(starts), np.int64), len(starts) // 2
    out[leaf:] = np.minimum.reduceat(index, starts[leaf:])
    for level, left, right in levels_up(len(starts)):
        out[level] = np.minimum(out[left], out[right])
    return out


def in_columns(rows, starts, ends):
    """The rows (N, D), overwritten leaf by leaf with their columns (N D,)."""
    flat, D = rows.reshape(-1), rows.shape[1]
    leaves = range(len(starts) // 2, len(starts))
    step = -(-len(leaves) // 2 ** depth_of_subtrees(rows.size / 8))  # quicker work by far
    parts = [slice(i, i + step) for i in leaves[::step]]
    map_blocks(lambda part: turn(flat, D, starts[part], ends[part]), parts)
    return flat


@kernel
def turn(flat, D, starts, ends):
    """Write the rows of each leaf column by column, in their own place."""
    for i in range(len(starts)):
        place = flat[starts[i] * D : ends[i] * D]
        place[:] = place.copy().reshape(-1, D).T.copy().reshape(-1)


@kernel
def halve(rows, index, keys, starts, ends, root, levels):
    """Halve the points of ``root``, and of the nodes below it, ``levels`` deep."""
    first, count = root, 1
    low, high = rows[0].copy(), rows[0].copy()
    for _ in range(levels):
        for node in range(first, first + count):
            start, end = starts[node], ends[node]
            part, middle = rows[start:end], (end - start) // 2
            d = widest(part, low, high)
            column = keys[start:end]
            for i in range(end - start):
                column[i] = part[i, d]
            cut = select(column, middle)
            part_at(part, index[start:end], d, cut, middle)
        first, count = 2 * first + 1, 2 * count


@kernel(borrows=True)
def widest(rows, low, high):
    """The coordinate in which the rows lie farthest apart; ``low`` and ``high`` (D,) are room."""
    best, spread, D = 0, -1.0, np.uintp(rows.shape[1])
    for d in range(D):
        low[d] = high[d] = rows[0, d]
    for i in range(np.uintp(len(rows))):
        for d in range(D):
            x = rows[i, d]
            low[d] = x if x < low[d] else low[d]
            high[d] = x if x > high[d] else high[d]
    for d in range(rows.shape[1]):
        if high[d] - low[d] > spread:
            best, spread = d, high[d] - low[d]
    return best


@kernel(borrows=True)
def select(a, k):
    """The k-th smallest number of a, which changes places (Hoare 1961).

    Numbers go to the front by no branch, which nobody could foresee (Lomuto's partition).
    """
    low, high = 0, len(a) - 1
    while low < high:
        pivot = median(a[low], a[(low + high) // 2], a[high])
        end = gather(a, low, high, pivot, False)
        if k < end:
            high = end - 1
            continue
        end = gather(a, end, high, pivot, True)  # those equal to it
        if k < end:
            return pivot
        low = end
    return a[k]


@kernel(borrows=True, forceinline=True)
def gather(a, low, high, pivot, equal):
    """Bring what is below the pivot, or ``equal`` to it, to the front; where the rest begins."""
    end = np.uintp(low)
    for i in range(np.uintp(low), np.uintp(high + 1)):
        x = a[i]
        a[i], a[end] = a[end], x
        end += np.uintp(x <= pivot if equal else x < pivot)
    return np.intp(end)


@kernel(borrows=True, forceinline=True)
def median(a, b, c):
    return max(min(a, b), min(max(a, b), c))


@kernel(borrows=True)
def part_at(rows, index, d, cut, middle):
    """Bring ``middle`` rows with x_d ≤ cut to the front: those below it, then of those equal."""
    below = 0
    for i in range(len(rows)):
        below += rows[i, d] < cut
    j = below
    for i in range(below):
        if rows[i, d] >= cut:
            while rows[j, d] >= cut:
                j += 1
            swap(rows, index, i, j)
    j = middle
    for i in range(below, middle):
        if rows[i, d] > cut:
            while rows[j, d] != cut:
                j += 1
            swap(rows, index, i, j)


@kernel(borrows=True, forceinline=True)
def swap(rows, index, i, j):
    index[i], index[j] = index[j], index[i]
    for d in range(rows.shape[1]):
        rows[i, d], rows[j, d] = rows[j, d], rows[i, d]
