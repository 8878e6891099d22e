"""Lloyd's two steps: rows go to the nearest centre, centres to the mean of their rows."""

import numpy as np

from pellucid.cluster._bounds import steps_of

__all__ = ["Partition"]

BOUNDS_PAY = 256  # products of a row and all centres, see ``Partition``


class Partition:
    """N points in K parts, each about a centre.

    ``sums`` (K, D + 2) holds of each part Σ_n s_n x_n, Σ_n s_n and how many s_n are positive; they
    change by the rows that change sides alone.
    """

    def __init__(self, points, weight, n_parts, bounded=True):
        N, D = points.X.shape
        self.points, self.weight = points, weight
        self.labels = np.full(N, -1, np.int32)
        self.sums = np.zeros((n_parts, D + 2))
        size = N if bounded and n_parts * D >= BOUNDS_PAY else 0
        self.upper, self.lower = np.empty(size, points.X.dtype), np.empty(size, points.X.dtype)

    def assign(self, centres, moved):
        """Give each row to the nearest of ``centres`` (K, D), which ``moved``; how many left."""
        left = 0
        for found, change in self._reassigned(centres, self._steps(centres, moved), self.sums):
            left += found
            self.sums += change
        self.sums[self.sums[:, -1] == 0] = 0  # and nothing that rounding has left of them
        return left

    def label(self, centres):
        """As ``assign`` for the first time, where nobody wants the sums."""
        none = np.empty(0, centres.dtype)
        self.upper = self.lower = none
        for _ in self._reassigned(centres, np.empty((3, 0), centres.dtype), np.empty((0, 0))):
            pass

    def _reassigned(self, centres, steps, like):
        kernels = self.points.kernels
        near = kernels.prepared(centres)

        def reassign(*block):
            change = np.zeros(like.shape)
            return kernels.reassign(*block, centres, *near, steps, change), change

        arrays = self.weight, self.labels, self.upper, self.lower
        return self.points.each(reassign, centres.size, *arrays)

    def _steps(self, centres, moved):
        if len(self.upper) == 0:
            return np.empty((3, 0), centres.dtype)
        return steps_of(centres, moved, compare=len(self.points) >= 8 * len(centres))

    def means(self, centres):
        """The mean of each part; an empty one starts anew from a row that is far from its own."""
        sums = self.sums if self.sums[:, -1].all() else self._refilled(centres)
        biggest = sums[np.argmax(sums[:, -2])]
        sums = np.where(sums[:, -2, None] > 0, sums, biggest)
        return (sums[:, :-2] / sums[:, -2, None]).astype(centres.dtype)

    def squares(self, centres):
        """‖x_n - c‖² of each row and its own centre (N,)."""
        out = np.empty(len(self.points), centres.dtype)

        def write(*block):
            self.points.kernels.own_squares(*block[:-1], centres, block[-1])

        self.points.each(write, centres.shape[1], self.labels, out)
        return out

    def inertia(self, centres):
        """Σ_n s_n ‖x_n - c‖²"""

        def add(*block):
            *rows, weight = block
            out = np.empty(len(weight), centres.dtype)
            self.points.kernels.own_squares(*rows, centres, out)
            return np.dot(weight, out)

        return float(sum(self.points.each(add, centres.shape[1], self.labels, self.weight)))

    def _refilled(self, centres):
        """The sums, with each empty part given one of the rows farthest from their own centres."""
        sums, far = self.sums.copy(), self.squares(centres)
        if far.max() == 0:
            return sums
        empty = np.flatnonzero(sums[:, -1] == 0)
        chosen = np.argpartition(far, -len(empty))[: -len(empty) - 1 : -1]
        ones = np.ones(len(chosen))
        rows = np.column_stack([self.points.take(chosen), ones, 0 * ones])
        rows *= self.weight[chosen, None]
        np.subtract.at(sums, self.labels[chosen], rows)
        sums[empty] = rows
        return sums
