"""Search a tree of points: nearest first, and no node that cannot hold anything near enough.

A node bounds the reduced distances to all its points from below, by its box or by its ball.  Of
points that are equally far the one with the lower index is nearer, so that the answer is the same
for every tree and every order of search.
"""

import numpy as np

from pellucid._compile import kernel
from pellucid.neighbors._metrics import add, distances, reduced, restored, slack

__all__ = ["children", "nearest", "push", "sort", "within"]

# A tree is the ``Points`` of one and what bounds its nodes: the lowest and highest corner of their
# boxes (M, 2, D), the centre of their balls (M, 1, D), or nothing (M, 0, D); the same in one row,
# for ``distances``; and the radii of balls (M,).
BOXES, BALLS = 2, 1
NOBODY = np.iinfo(np.int64).max
ZERO, ONE, TWO = np.uintp(0), np.uintp(1), np.uintp(2)  # no index below zero to allow for


@kernel(error_model="numpy", borrows=True, forceinline=True)
def floor_of(metric, bounds, centres, radii, node, x, room):
    """A bound from below on the reduced distances of x (D,) to the points of a node."""
    if bounds.shape[1] == BOXES:
        return to_box(metric, bounds, node, x)
    if bounds.shape[1] == BALLS:
        distances(metric, x, centres, node * np.uintp(len(x)), ONE, room[1], room[0])
        beyond = restored(metric, room[0, 0]) * (1 - slack(metric, len(x))) - radii[node]
        return reduced(metric, beyond if beyond > 0 else 0.0)
    return 0.0


@kernel(error_model="numpy", borrows=True, forceinline=True)
def to_box(metric, bounds, node, x):
    total = 0.0
    for d in range(np.uintp(len(x))):
        below, above = bounds[node, ZERO, d] - x[d], x[d] - bounds[node, ONE, d]
        gap = below if below > above else above  # without the branches of Numba's max
        total = add(metric, total, d, gap if gap > 0 else 0.0)
    return total


@kernel(borrows=True, forceinline=True)
def children(k):
    """How many children an entry has in a heap of k: few entries stand in one falling row."""
    return 1 if k <= 64 else 2


@kernel(borrows=True, forceinline=True)
def push(far, who, k, arity, d, i):
    """Put (d, i) in the place of the farthest of a heap, which stands first, if it is nearer."""
    if d > far[ZERO] or (d == far[ZERO] and i > who[ZERO]):
        return
    at, child, size = ZERO, ONE, np.uintp(k)
    while child < size:
        if arity == 2 and child + ONE < size and farther(far, who, child + ONE, child):
            child += ONE
        if d > far[child] or (d == far[child] and i > who[child]):
            break
        far[at], who[at] = far[child], who[child]
        at, child = child, np.uintp(arity) * child + ONE
    far[at], who[at] = d, i


@kernel(borrows=True, forceinline=True)
def farther(far, who, a, b):
    return far[a] > far[b] or (far[a] == far[b] and who[a] > who[b])


@kernel(borrows=True)
def sort(far, who, arity):
    """Sort a heap, the nearest first."""
    k = len(far)
    if arity == 1:
        for j in range(k // 2):
            far[j], far[k - 1 - j] = far[k - 1 - j], far[j]
            who[j], who[k - 1 - j] = who[k - 1 - j], who[j]
        return
    for last in range(k - 1, 0, -1):
        d, i = far[last], who[last]
        far[last], who[last] = far[0], who[0]
        far[0], who[0] = np.inf, NOBODY
        push(far, who, last, arity, d, i)


@kernel(error_model="numpy", borrows=True)
def nearest(tree, metric, X, own, far, who, room, nodes, floors):
    """Fill in the distances and indices of the k nearest points to the rows of X (N, k).

    Row n does not find point ``own[n]``.  ``room`` holds what is found in a leaf, and one point;
    ``nodes`` and ``floors`` those nodes that wait.
    """
    columns, index, starts, ends, lowest, bounds, centres, radii = tree
    D, k, first_leaf = np.uintp(X.shape[1]), far.shape[1], np.uintp(len(starts) // 2)
    arity, found = children(k), room[0]
    for n in range(np.uintp(len(X))):
        x, best, names = X[n], far[n], who[n]
        for j in range(k):
            best[j], names[j] = np.inf, NOBODY
        nodes[0], floors[0], top = 0, 0.0, ONE
        while top > ZERO:
            top -= ONE
            node, floor = np.uintp(nodes[top]), floors[top]
            while floor < best[0] or (floor == best[0] and lowest[node] < names[0]):
                if node >= first_leaf:
                    start = np.uintp(starts[node])
                    size = np.uintp(ends[node]) - start
                    distances(metric, x, columns, start * D, size, room[1], found)
                    for i in range(size):
                        if found[i] <= best[0] and index[start + i] != own[n]:
                            push(best, names, k, arity, found[i], index[start + i])
                    break
                node = TWO * node + ONE
                floor = floor_of(metric, bounds, centres, radii, node, x, room)
                beyond = floor_of(metric, bounds, centres, radii, node + ONE, x, room)
                swap = np.uintp(beyond < floor)  # no branch: nobody could foresee it
                nodes[top], node = node + ONE - swap, node + swap
                floors[top] = beyond if beyond > floor else floor
                floor = beyond if beyond < floor else floor
                top += ONE
        sort(best, names, arity)
        for j in range(k):
            best[j] = restored(metric, best[j])


@kernel(error_model="numpy")
def within(tree, metric, X, limits, own, counts, room, keep):
    """The points no farther than ``limits`` (N,) from the rows of X: how many each, which, how far.

    The second and third lie row after row, and are empty unless ``keep``.
    """
    columns, index, starts, ends, _, bounds, centres, radii = tree
    D, first_leaf, found = np.uintp(X.shape[1]), np.uintp(len(starts) // 2), room[0]
    nodes = np.empty(64, np.uintp)
    who, far, total = np.empty(64, np.int64), np.empty(64), 0
    for n in range(len(X)):
        x, limit = X[n], reduced(metric, limits[n])
        counts[n], nodes[0], top = 0, ZERO, ONE
        while top > ZERO and limits[n] >= 0:
            top -= ONE
            node = nodes[top]
            if floor_of(metric, bounds, centres, radii, node, x, room) > limit:
                continue
            if node < first_leaf:
                nodes[top], nodes[top + ONE] = TWO * node + TWO, TWO * node + ONE
                top += TWO
                continue
            start = np.uintp(starts[node])
            size = np.uintp(ends[node]) - start
            distances(metric, x, columns, start * D, size, room[1], found)
            if keep and total + np.intp(size) > len(far):
                longer_by = 2 * (total + np.intp(size))
                who, far = longer(who, longer_by), longer(far, longer_by)
            for i in range(size):
                if found[i] <= limit and index[start + i] != own[n]:
                    counts[n] += 1
                    if keep:
                        who[total], far[total] = index[start + i], found[i]
                        total += 1
    for j in range(total):
        far[j] = restored(metric, far[j])
    return who[:total].copy(), far[:total].copy()


@kernel
def longer(a, size):
    out = np.empty(size, a.dtype)
    out[: len(a)] = a
    return out
