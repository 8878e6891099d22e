"""Search without a tree: every distance, block by block.

Each class here answers ``nearest`` and ``within`` as the trees do.
"""

import numpy as np

from pellucid._compile import kernel
from pellucid.neighbors._build import whole
from pellucid.neighbors._point_tree import PointTree
from pellucid.neighbors._query import children, push, sort
from pellucid.reduction import blocks, map_blocks

__all__ = ["Graph", "Matrix", "Scan"]

LEAF = 1024  # points whose distances are found at once


class Scan(PointTree):
    """All points in the order in which they come: a tree whose nodes bound nothing."""

    def __init__(self, X, metric, **kwargs):
        self.X, self.leaf_size = X, LEAF
        self.metric, self.metric_params = metric, kwargs
        points = whole(X, LEAF)
        self._points = points._asdict()
        self._bounds = np.empty((len(points.starts), 0, X.shape[1]))
        self._radii = np.zeros(len(points.starts))


class Matrix:
    """Distances of any kind: ``rows(X)`` gives those of some rows to all N points (B, N)."""

    def __init__(self, rows, n_points):
        self.rows, self.n_points = rows, n_points

    def nearest(self, X, k, own):
        far, who = np.empty((X.shape[0], k)), np.empty((X.shape[0], k), np.int64)

        def search(b):
            smallest(self._distances(X[b]), own[b], far[b], who[b])

        if k:
            map_blocks(search, self._blocks(X))
        return far, who

    def within(self, X, r, own, keep=True):
        radii = np.broadcast_to(r, X.shape[0])

        def search(b):
            found = self._distances(X[b])  # (B, N)
            near = found <= radii[b, None]
            points = np.flatnonzero(own[b] >= 0)
            near[points, own[b][points]] = False
            row, who = np.nonzero(near)
            return np.bincount(row, minlength=len(near)), who, found[row, who]

        found = map_blocks(search, self._blocks(X))
        return tuple(np.concatenate(part) for part in zip(*found, strict=True))

    def _distances(self, X):
        return np.ascontiguousarray(self.rows(X), dtype=np.float64)

    def _blocks(self, X):
        return blocks(X.shape[0], 8 * self.n_points)


class Graph:
    """Distances that are known to some points alone: the rows asked about are those of a graph."""

    def nearest(self, X, k, own):
        counts, who, far = self._entries(X, own)
        wanted = k + bool(len(own) and own[0] >= 0)
        if len(counts) and (least := np.diff(X.indptr).min()) < wanted:
            raise ValueError(
                f"{wanted} neighbors per samples are required, but some samples have only {least} "
                "neighbors in precomputed graph matrix. Decrease number of neighbors or recompute "
                "the graph with more neighbors."
            )
        first = np.cumsum(counts) - counts
        taken = first[:, None] + np.arange(k)  # (N, k)
        return far[taken], who[taken]

    def within(self, X, r, own, keep=True):
        counts, who, far = self._entries(X, own)
        row = np.repeat(np.arange(len(counts)), counts)
        near = far <= np.broadcast_to(r, len(counts))[row]
        return np.bincount(row[near], minlength=len(counts)), who[near], far[near]

    def _entries(self, X, own):
        """The entries of each row, the nearest first, less its own."""
        row = np.repeat(np.arange(X.shape[0]), np.diff(X.indptr))
        others = X.indices != own[row]
        row, who, far = row[others], X.indices[others].astype(np.int64), X.data[others]
        order = np.lexsort((who, far, row))
        return np.bincount(row, minlength=X.shape[0]), who[order], far[order].astype(np.float64)


@kernel
def smallest(matrix, own, far, who):
    """The k smallest entries of each row (B, N) and where they stand (B, k), but for ``own``."""
    arity = children(far.shape[1])
    for n in range(len(matrix)):
        far[n], who[n] = np.inf, np.iinfo(np.int64).max
        for i in range(matrix.shape[1]):
            if matrix[n, i] <= far[n, 0] and i != own[n]:
                push(far[n], who[n], far.shape[1], arity, matrix[n, i], i)
        sort(far[n], who[n], arity)
