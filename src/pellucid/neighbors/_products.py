"""Search without a tree by large matrix products, where a distance has many terms.

    ‖x - y‖² = ‖x‖² - 2 xᵀy + ‖y‖²

The product is taken in single precision, of points that are centred and scaled, and only says who
may be near: whoever it cannot rule out, by all that rounding can have done to it, is measured again
by differences.  So the answer is exact, though the data lie far from zero or far apart.
"""

import numpy as np

from pellucid._compile import kernel
from pellucid.neighbors._query import NOBODY, children, push, sort
from pellucid.reduction import blocks, map_blocks

__all__ = ["Products"]

ROWS, POINTS = 256, 2048  # of a product, whose 2 MB stay in a core's cache
AT_ONCE = 64  # distances that are ruled out together
TWO = np.float32(2)  # a double would make doubles of all


class Products:
    """The points X (N, D), whose nearest are found by products."""

    def __init__(self, X):
        self.X = X
        self.centre = X.mean(axis=0, dtype=np.float64)
        self.scale = max(np.max(X - self.centre), np.max(self.centre - X)) or 1.0
        with np.errstate(over="ignore"):
            self.unit = self.scale**-2
        self.Z = self._scaled(X)
        self.squares = np.einsum("nd,nd->n", self.Z, self.Z)

    def nearest(self, Y, k, own):
        """Distances to the k nearest points and their indices; row m does not find ``own[m]``."""
        far, who = np.full((len(Y), k), np.inf), np.full((len(Y), k), NOBODY)
        longest = np.sqrt(self.squares.max(initial=0), dtype=np.float64)
        slack = (self.X.shape[1] + 16) * np.finfo(np.float32).eps

        def search(b):
            y, z = np.ascontiguousarray(Y[b], dtype=np.float64), self._scaled(Y[b])
            length = np.sqrt(np.einsum("md,md->m", z, z, dtype=np.float64))  # (B,)
            spare = slack * (length + longest) ** 2 - length**2
            for p in blocks(len(self.X), 1, POINTS):
                products = z @ self.Z[p].T  # (B, points)
                points = products, self.squares[p], self.X[p], p.start
                sift(*points, y, own[b], spare, self.unit, far[b], who[b])
            finish(far[b], who[b])

        map_blocks(search, blocks(len(Y), 1, ROWS))
        return far, who

    def _scaled(self, X):
        with np.errstate(over="ignore", invalid="ignore"):
            return ((X - self.centre) / self.scale).astype(np.float32)


@kernel(error_model="numpy")
def sift(products, squares, X, start, Y, own, spare, unit, far, who):
    """Push the points X that may be nearer than the k found so far, each measured by differences.

    Row m rules out point i if ‖x_i‖² - 2 x_iᵀy_m > (the farthest of the k)² · unit + spare_m; what
    is not a number rules out nothing.
    """
    k, N = far.shape[1], len(X)
    arity = children(k)
    for m in range(len(Y)):
        row, best, names = products[m], far[m], who[m]
        limit = np.float32(best[0] * unit + spare[m])
        for first in range(0, N, AT_ONCE):
            part, lengths, near = row[first : first + AT_ONCE], squares[first:], 0
            for i in range(len(part)):
                near += not (lengths[i] - TWO * part[i] > limit)
            if near == 0:
                continue
            for i in range(first, first + len(part)):
                if not (squares[i] - TWO * row[i] > limit) and start + i != own[m]:
                    distance = 0.0
                    for d in range(X.shape[1]):
                        gap = X[i, d] - Y[m, d]
                        distance += gap * gap
                    push(best, names, k, arity, distance, start + i)
                    limit = np.float32(best[0] * unit + spare[m])


@kernel
def finish(far, who):
    """Sort what was found, and take the roots."""
    arity = children(far.shape[1])
    for m in range(len(far)):
        sort(far[m], who[m], arity)
        for j in range(far.shape[1]):
            far[m, j] = np.sqrt(far[m, j])
