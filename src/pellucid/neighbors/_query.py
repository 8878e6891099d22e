"""Search a tree of points: nearest first, and no node that cannot hold anything near enough.

A node bounds the reduced distances to all its points from below, by its box or by its ball.  Of
points that are equally far the one with the lower index is nearer, so that the answer is the same
for every tree and every order of search.
"""

from collections import namedtuple

import numpy as np

from pellucid._compile import kernel
from pellucid.neighbors._build import Points
from pellucid.neighbors._metrics import EUCLIDEAN, add, distances, reduced, restored

__all__ = ["Search", "children", "floor_of", "largest", "nearest", "push", "sort", "within"]

# The ``Points`` of a tree, and what bounds its nodes: the lowest and highest corner of their boxes
# (M, 2, D), the centre of their balls (M, 1, D), or nothing (M, 0, D); the same in one row, for
# ``distances``; and the radii of balls (M,).
Search = namedtuple("Search", (*Points._fields, "bounds", "centres", "radii", "metric"))
BOXES, BALLS = 2, 1
NOBODY = np.iinfo(np.int64).max


@kernel(error_model="numpy")
def floor_of(search, node, x, point, one):
    """A bound from below on the reduced distances of x (D,) to the points of a node."""
    if search.bounds.shape[1] == BOXES:
        return to_box(search.metric, search.bounds, node, x)
    if search.bounds.shape[1] == BALLS:
        return to_ball(search.metric, search.centres, search.radii[node], node, x, point, one)
    return 0.0


@kernel(error_model="numpy")
def to_box(metric, bounds, node, x):
    if metric.kind != EUCLIDEAN:
        return to_box_by(metric, bounds, node, x)
    total = 0.0
    for d in range(len(x)):
        gap = outside(bounds, node, x, d)
        total += gap * gap
    return total


@kernel(error_model="numpy")
def to_box_by(metric, bounds, node, x):
    total = 0.0
    for d in range(len(x)):
        total = add(metric, total, d, outside(bounds, node, x, d))
    return total


@kernel
def outside(bounds, node, x, d):
    """max(low - x, x - high, 0), without the branches of Numba's max."""
    below, above = bounds[node, 0, d] - x[d], x[d] - bounds[node, 1, d]
    gap = below if below > above else above
    return gap if gap > 0 else 0.0


@kernel(error_model="numpy")
def to_ball(metric, centres, radius, node, x, point, one):
    distances(metric, x, centres, node * len(x), 1, point, one)
    beyond = restored(metric, one[0]) * (1 - metric.slack) - radius
    return reduced(metric, max(beyond, 0.0))


@kernel
def children(k):
    """How many children an entry has in a heap of k: few entries stand in one falling row."""
    return 1 if k <= 64 else 2


@kernel
def push(far, who, k, arity, d, i):
    """Put (d, i) in the place of the farthest of a heap, which stands first, if it is nearer."""
    if d > far[0] or (d == far[0] and i > who[0]):
        return
    at, child = 0, 1
    while child < k:
        if arity == 2 and child + 1 < k and farther(far, who, child + 1, child):
            child += 1
        if d > far[child] or (d == far[child] and i > who[child]):
            break
        far[at], who[at] = far[child], who[child]
        at, child = child, arity * child + 1
    far[at], who[at] = d, i


@kernel
def farther(far, who, a, b):
    return far[a] > far[b] or (far[a] == far[b] and who[a] > who[b])


@kernel
def sort(far, who, arity):
    """Sort a heap, the nearest first."""
    if arity == 1:
        far[:], who[:] = far[::-1].copy(), who[::-1].copy()
        return
    for last in range(len(far) - 1, 0, -1):
        d, i = far[last], who[last]
        far[last], who[last] = far[0], who[0]
        far[0], who[0] = np.inf, NOBODY
        push(far, who, last, arity, d, i)


@kernel(error_model="numpy")
def nearest(search, X, own, far, who):
    """Fill in the distances and indices of the k nearest points to the rows of X (N, k).

    Row n does not find point ``own[n]``.
    """
    columns, index, starts, ends, lowest, bounds, centres, radii, metric = search
    D, k, first_leaf = X.shape[1], far.shape[1], len(starts) // 2
    x, point, one, room = np.empty(D), np.empty(D), np.empty(1), np.empty(largest(search))
    nodes, floors = np.empty(64, np.int64), np.empty(64)
    best, names, arity = np.empty(k), np.empty(k, np.int64), children(k)
    for n in range(len(X)):
        for d in range(D):
            x[d] = X[n, d]
        for j in range(k):
            best[j], names[j] = np.inf, NOBODY
        nodes[0], floors[0], top = 0, 0.0, 1
        while top:
            top -= 1
            node, floor = nodes[top], floors[top]
            while floor < best[0] or (floor == best[0] and lowest[node] < names[0]):
                if node >= first_leaf:
                    start, size = starts[node], ends[node] - starts[node]
                    distances(metric, x, columns, start * D, size, point, room)
                    for i in range(size):
                        if room[i] <= best[0] and index[start + i] != own[n]:
                            push(best, names, k, arity, room[i], index[start + i])
                    break
                node = 2 * node + 1
                floor = beyond = 0.0  # as ``floor_of``, which takes long to be handed a search
                if bounds.shape[1] == BOXES:
                    floor = to_box(metric, bounds, node, x)
                    beyond = to_box(metric, bounds, node + 1, x)
                elif bounds.shape[1] == BALLS:
                    floor = to_ball(metric, centres, radii[node], node, x, point, one)
                    beyond = to_ball(metric, centres, radii[node + 1], node + 1, x, point, one)
                swap = np.int64(beyond < floor)  # no branch: nobody could foresee it
                nodes[top], node = node + 1 - swap, node + swap
                floors[top] = beyond if beyond > floor else floor
                floor = beyond if beyond < floor else floor
                top += 1
        sort(best, names, arity)
        for j in range(k):
            far[n, j], who[n, j] = restored(metric, best[j]), names[j]


@kernel
def largest(search):
    """The size of the largest leaf."""
    most = 0
    for node in range(len(search.starts) // 2, len(search.starts)):
        most = max(most, search.ends[node] - search.starts[node])
    return most


@kernel(error_model="numpy")
def within(search, X, limits, own, counts, keep):
    """The points no farther than ``limits`` (N,) from the rows of X: how many each, which, how far.

    The second and third lie row after row, and are empty unless ``keep``.
    """
    columns, index, starts, ends, _, bounds, centres, radii, metric = search
    D, first_leaf = X.shape[1], len(starts) // 2
    x, point, one, room = np.empty(D), np.empty(D), np.empty(1), np.empty(largest(search))
    nodes = np.empty(64, np.int64)
    who, far, total = np.empty(64, np.int64), np.empty(64), 0
    for n in range(len(X)):
        for d in range(D):
            x[d] = X[n, d]
        limit = reduced(metric, limits[n])
        counts[n], nodes[0], top = 0, 0, 1
        while top and limits[n] >= 0:
            top -= 1
            node = nodes[top]
            floor = 0.0
            if bounds.shape[1] == BOXES:
                floor = to_box(metric, bounds, node, x)
            elif bounds.shape[1] == BALLS:
                floor = to_ball(metric, centres, radii[node], node, x, point, one)
            if floor > limit:
                continue
            if node < first_leaf:
                nodes[top], nodes[top + 1] = 2 * node + 2, 2 * node + 1
                top += 2
                continue
            start, size = starts[node], ends[node] - starts[node]
            distances(metric, x, columns, start * D, size, point, room)
            if keep and total + size > len(far):
                who, far = longer(who, 2 * (total + size)), longer(far, 2 * (total + size))
            for i in range(size):
                if room[i] <= limit and index[start + i] != own[n]:
                    counts[n] += 1
                    if keep:
                        who[total], far[total] = index[start + i], room[i]
                        total += 1
    for j in range(total):
        far[j] = restored(metric, far[j])
    return who[:total].copy(), far[:total].copy()


@kernel
def longer(a, size):
    out = np.empty(size, a.dtype)
    out[: len(a)] = a
    return out
