"""Lloyd's two steps: rows go to the nearest centre, centres to the mean of their rows."""

import functools

import numpy as np

from pellucid.cluster._bounds import steps_of
from pellucid.cluster._digits import values

__all__ = ["Partition"]

# CPU nanoseconds a row and step, of 50000 rows in K overlapping clouds, to the end or 50 steps:
#
#     D    K    every distance   bounds
#     2    8          16           20
#     8    8          26           38
#     16   8          38           40
#     2    64         44           29
#     8    32         42           38
#     16   16         53           36
#     32   32         93           39
#     64   64        271           71
BOUNDS_PAY = 128  # from so many products K·D on


class Partition:
    """N points in K parts, each about a centre.

    ``totals`` (K, 2D + 3) holds of each part the two digits of Σ_n s_n x_n and Σ_n s_n, and how
    many s_n are positive.  Of rows in memory the part of each is kept, and bounds on its distances:
    the totals change by the rows that change sides alone.  Of others nothing is kept: each pass
    begins afresh.  The sums are exact, so that both find the same.
    """

    def __init__(self, points, n_parts, bounded=True):
        self.points, D = points, len(points.origin)
        self.kept = points.rows.in_memory
        self.bounded = bounded and self.kept and n_parts * D >= BOUNDS_PAY
        self.rows = points.rows.then(functools.partial(_begun, self.bounded))
        self.totals = np.zeros((n_parts, 2 * D + 3))

    def assign(self, centres, moved):
        """Give each row to the nearest of ``centres`` (K, D), which ``moved`` (K,)."""
        steps = self._steps(centres, moved)
        change = self.rows.reduce(_change, *self._place(centres), steps, self.points.grid)
        self.totals = self.totals + change if self.kept else change

    def means(self, centres):
        """The mean of each part; an empty one starts anew from a row that is far from its own."""
        sums = self.sums
        if not self.totals[:, -1].all():
            sums = self._refilled(centres)
            biggest = sums[np.argmax(sums[:, -1])]
            sums = np.where(sums[:, -1, None] > 0, sums, biggest)
        return (sums[:, :-1] / sums[:, -1, None]).astype(centres.dtype)

    def labels(self, centres):
        """The part of each row in memory (N,)."""
        self.rows.map(_labels, *self._place(centres))
        return self.rows.arrays[2]

    def end(self, centres, moved=None):
        """The part of each row (N,), and Σ_n s_n ‖x_n - c‖²."""
        if self.kept and moved is not None and moved.any():
            self.assign(centres, moved)
        whole = self.rows.arrays[2] if self.kept else np.empty(self.rows.n_rows, np.int32)
        start, inertia = 0, 0.0
        for labels, value in self.rows.iterate(_inertia, *self._place(centres)):
            whole[start : start + len(labels)] = labels  # at once: pieces would scatter in memory
            start, inertia = start + len(labels), inertia + value
        return whole, float(inertia)

    @property
    def sums(self):
        """Σ_n s_n x_n and, in the last column, Σ_n s_n of each part (K, D + 1)."""
        return values(self.totals[:, :-1])

    def _place(self, centres):
        return self.points.view, (centres, *self.points.view.kernels.prepared(centres))

    def _steps(self, centres, moved):
        if not self.bounded:
            return np.empty((3, 0), centres.dtype)
        return steps_of(centres, moved, compare=self.rows.n_rows >= 8 * len(centres))

    def _refilled(self, centres):
        """The sums, with each empty part given one of the rows farthest from their own centres."""
        sums, empty = self.sums, np.flatnonzero(self.totals[:, -1] == 0)
        farther = functools.partial(_farther, len(empty))
        far, rows, labels = self.rows.reduce(
            _farthest, *self._place(centres), len(empty), combine=farther
        )
        if far[0] > 0:
            np.subtract.at(sums, labels, rows)
            sums[empty] = rows
        return sums


def _begun(bounded, x, weight):
    """A block, for whose rows no part is known as yet."""
    N = x.shape[0]
    bounds = np.empty((2, N if bounded else 0), x.dtype)
    return x, weight, np.full(N, -1, np.int32), *bounds


def _change(x, weight, labels, upper, lower, view, near, steps, grid):
    """What the rows of a block that change sides change of the totals."""
    change = np.zeros((len(near[0]), grid.size + 1))
    view.kernels.reassign(*view(x), weight, labels, upper, lower, *near, steps, grid, change)
    return change


def _labels(x, weight, labels, upper, lower, view, near):
    """The parts of a block's rows, found if they are not known."""
    if labels[0] < 0:
        centres = near[0]
        bounds, steps = np.empty((2, 0), centres.dtype), np.empty((3, 0), centres.dtype)
        none = np.empty((2, 0)), np.empty((0, 0))
        view.kernels.reassign(*view(x), weight, labels, *bounds, *near, steps, *none)
    return labels


def _squares(x, weight, labels, upper, lower, view, near):
    """The parts of a block's rows, and ‖x_n - c‖² of each and its own centre (N,)."""
    labels = _labels(x, weight, labels, upper, lower, view, near)
    out = np.empty(len(labels), x.dtype)
    view.kernels.own_squares(*view(x), labels, near[0], out)
    return labels, out


def _inertia(x, weight, *given):
    labels, squares = _squares(x, weight, *given)
    return labels, np.einsum("n,n->", weight, squares, dtype=np.float64)


def _farthest(x, weight, labels, upper, lower, view, near, n):
    """Of the n rows of a block that are farthest from their own centres: how far they are squared,
    what they add to the sums (n, D + 1), and their parts."""
    labels, squares = _squares(x, weight, labels, upper, lower, view, near)
    top = np.argsort(-squares, kind="stable")[:n]
    rows = np.column_stack([view.table(x[top]), np.ones(len(top))])
    return squares[top], rows * weight[top, None], labels[top]


def _farther(n, a, b):
    """The n that are farthest of both."""
    far, rows, labels = (np.concatenate(pair) for pair in zip(a, b, strict=True))
    top = np.argsort(-far, kind="stable")[:n]
    return far[top], rows[top], labels[top]
