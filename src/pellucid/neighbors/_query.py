"""Search a tree of points: nearest first, and no node that cannot hold anything near enough.

A node bounds the reduced distances to all its points from below, by its box or by its ball.  Of
points that are equally far the one with the lower index is nearer, so that the answer is the same
for every tree and every order of search.
"""

from collections import namedtuple

import numpy as np

from pellucid._compile import kernel
from pellucid.neighbors._build import Points
from pellucid.neighbors._metrics import distances, length, reduced, restored

__all__ = ["Search", "nearest", "push", "within"]

# The ``Points`` of a tree; the lowest and highest corner of each node's box (M, 2, D), the centre of
# its ball (M, 1, D), or nothing (M, 0, D); and the ball's radius (M,).
Search = namedtuple("Search", (*Points._fields, "bounds", "radii", "metric"))


@kernel(error_model="numpy")
def floor_of(search, node, x, point, one):
    """A bound from below on the reduced distances of x (D,) to the points of a node."""
    bounds, metric = search.bounds[node], search.metric
    if len(bounds) == 2:
        for d in range(len(x)):
            point[d] = max(bounds[0, d] - x[d], x[d] - bounds[1, d], 0.0)
        return length(metric, point)
    if len(bounds) == 1:
        distances(metric, x, bounds[0], point, one)
        far = restored(metric, one[0])
        return reduced(metric, max(far * (1 - metric.slack) - search.radii[node], 0.0))
    return 0.0


@kernel
def push(far, who, d, i):
    """Put (d, i) in the place of the farthest of a heap, if it is nearer."""
    k = len(far)
    if d > far[0] or (d == far[0] and i > who[0]):
        return
    at = 0
    while True:
        child = 2 * at + 1
        if child >= k:
            break
        if child + 1 < k and farther(far, who, child + 1, child):
            child += 1
        if d > far[child] or (d == far[child] and i > who[child]):
            break
        far[at], who[at] = far[child], who[child]
        at = child
    far[at], who[at] = d, i


@kernel
def farther(far, who, a, b):
    return far[a] > far[b] or (far[a] == far[b] and who[a] > who[b])


@kernel
def sort(far, who):
    """Sort a heap, the nearest first."""
    for last in range(len(far) - 1, 0, -1):
        d, i = far[last], who[last]
        far[last], who[last] = far[0], who[0]
        far[0], who[0] = np.inf, np.iinfo(np.int64).max
        push(far[:last], who[:last], d, i)


@kernel(error_model="numpy")
def nearest(search, X, own, far, who):
    """Fill in the distances and indices of the k nearest points to the rows of X (N, k).

    Row n does not find point ``own[n]``.
    """
    D, first_leaf = X.shape[1], len(search.starts) // 2
    x, point, one, room = np.empty(D), np.empty(D), np.empty(1), np.empty(largest(search))
    nodes, floors = np.empty(64, np.int64), np.empty(64)
    for n in range(len(X)):
        x[:] = X[n]
        far[n], who[n] = np.inf, np.iinfo(np.int64).max
        nodes[0], floors[0], top = 0, floor_of(search, 0, x, point, one), 1
        while top:
            top -= 1
            node, floor = nodes[top], floors[top]
            while True:
                worst = far[n, 0]
                if floor > worst or (floor == worst and search.lowest[node] > who[n, 0]):
                    break
                if node >= first_leaf:
                    start, end = search.starts[node], search.ends[node]
                    out = room[: end - start]
                    distances(search.metric, x, search.columns[start * D : end * D], point, out)
                    for i in range(end - start):
                        if out[i] <= far[n, 0] and search.index[start + i] != own[n]:
                            push(far[n], who[n], out[i], search.index[start + i])
                    break
                near, other = 2 * node + 1, 2 * node + 2
                floor = floor_of(search, near, x, point, one)
                beyond = floor_of(search, other, x, point, one)
                if beyond < floor:
                    near, other, floor, beyond = other, near, beyond, floor
                nodes[top], floors[top] = other, beyond
                top += 1
                node = near
        sort(far[n], who[n])
        for j in range(far.shape[1]):
            far[n, j] = restored(search.metric, far[n, j])


@kernel
def largest(search):
    most = 0
    for node in range(len(search.starts) // 2, len(search.starts)):
        most = max(most, search.ends[node] - search.starts[node])
    return most


@kernel(error_model="numpy")
def within(search, X, radii, own, counts, keep):
    """The points no farther than ``radii`` (N,) from the rows of X: how many each, which, how far.

    The second and third lie row after row, and are empty unless ``keep``.
    """
    D, first_leaf = X.shape[1], len(search.starts) // 2
    x, point, one, room = np.empty(D), np.empty(D), np.empty(1), np.empty(largest(search))
    nodes = np.empty(64, np.int64)
    who, far, total = np.empty(64, np.int64), np.empty(64), 0
    for n in range(len(X)):
        x[:] = X[n]
        limit = reduced(search.metric, radii[n])
        counts[n], nodes[0], top = 0, 0, 1
        while top and radii[n] >= 0:
            top -= 1
            node = nodes[top]
            if floor_of(search, node, x, point, one) > limit:
                continue
            if node < first_leaf:
                nodes[top], nodes[top + 1] = 2 * node + 2, 2 * node + 1
                top += 2
                continue
            start, end = search.starts[node], search.ends[node]
            out = room[: end - start]
            distances(search.metric, x, search.columns[start * D : end * D], point, out)
            if keep and total + len(out) > len(far):
                size = 2 * (total + len(out))
                who, far = longer(who, total, size), longer(far, total, size)
            for i in range(len(out)):
                if out[i] <= limit and search.index[start + i] != own[n]:
                    counts[n] += 1
                    if keep:
                        who[total], far[total] = search.index[start + i], out[i]
                        total += 1
    for j in range(total):
        far[j] = restored(search.metric, far[j])
    return who[:total].copy(), far[:total].copy()


@kernel
def longer(a, used, size):
    out = np.empty(size, a.dtype)
    out[:used] = a[:used]
    return out
