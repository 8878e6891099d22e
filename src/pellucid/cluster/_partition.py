"""The rows of a table parted among centres: Lloyd's two steps, and bounds that spare most of both.

For each row an upper bound on the distance to its own centre is kept, and a lower bound on that to
any other (Hamerly 2010).  When the centres move, the bounds move by as much; a row whose bounds do
not meet cannot have changed sides, and is not even read.  The bounds allow for all that rounding
can do, so the parts are those that measuring every distance would give.  The sums of the parts
change by the rows that changed sides alone.
"""

import numpy as np

from pellucid._compile import kernel
from pellucid.cluster._nearest import AT_ONCE, TILE, nearest, padded
from pellucid.reduction import BLOCK_BYTES, Rows

__all__ = ["Partition"]

PRODUCTS = 1 << 20  # of rows, columns and centres: at least so many to a block
MOST_BLOCKS = 64


class Partition:
    """The rows of X (N, D) in K parts, about the ``origin`` (D,) of their coordinates.

    ``sums`` (K, D + 2) holds of each part Σ_n s_n x_n, Σ_n s_n and how many s_n are positive.
    """

    def __init__(self, X, weight, origin, n_parts):
        N, D = X.shape
        self.labels = np.full(N, -1, np.int32)
        self.sums = np.zeros((n_parts, D + 2))
        self.origin = origin
        bounds = np.full(N, np.inf, X.dtype), np.zeros(N, X.dtype)
        products = max(1, n_parts * D)
        self.rows = Rows(
            X, weight, self.labels, *bounds, row_bytes=row_bytes(N, PRODUCTS // products)
        )

    def assign(self, centres, moved):
        """Give each row to the nearest of ``centres`` (K, D), which have ``moved``; how many left."""
        margin = 1 + (centres.shape[1] + 8) * np.finfo(centres.dtype).eps
        steps = np.stack(
            [moved * margin, _farthest_other(moved) * margin, _half_gaps(centres) / margin]
        )
        near, squares = padded(centres)
        left, change = self.rows.reduce(
            _reassign, self.origin, centres, near, squares, steps.astype(centres.dtype)
        )
        self.sums += change
        self.sums[self.sums[:, -1] == 0] = 0  # and nothing that rounding has left of them
        return left

    def means(self, centres):
        """The means of the parts; an empty one starts anew from a row that is far from its own."""
        sums = self._refilled(centres) if (self.sums[:, -1] == 0).any() else self.sums
        weight = sums[:, -2, None]  # (K, 1)
        biggest = np.argmax(weight)
        sums = np.where(weight > 0, sums, sums[biggest])
        return (sums[:, :-2] / sums[:, -2, None]).astype(centres.dtype)

    def _refilled(self, centres):
        """The sums, with each empty part given one of the rows farthest from their own centres."""
        sums, far = self.sums.copy(), self.squares(centres)
        if far.max() == 0:
            return sums
        X, weight = self.rows.arrays[:2]
        empty = np.flatnonzero(sums[:, -1] == 0)
        rows = np.argpartition(far, -len(empty))[: -len(empty) - 1 : -1]
        for k, n in zip(empty, rows, strict=True):
            row = weight[n] * np.append(X[n] - self.origin, (1.0, 0))
            sums[self.labels[n]] -= row
            sums[k] = row
        return sums

    def squares(self, centres):
        """‖x_n - c‖² of each row and its own centre (N,)."""
        return np.concatenate(self.rows.map(_squares, self.origin, centres))

    def inertia(self, centres):
        """Σ_n s_n ‖x_n - c‖²"""
        return float(self.rows.reduce(_inertia, self.origin, centres))


def row_bytes(N, least):
    """What a row must be said to cost for blocks of ``least`` rows, or of a 64th of N if more."""
    return max(1, BLOCK_BYTES // max(N // MOST_BLOCKS, least, 1))


def _farthest_other(moved):
    """How far any centre but this one has moved, for each."""
    top = np.argmax(moved)
    out = np.full(len(moved), moved[top])
    out[top] = np.max(np.delete(moved, top), initial=0)
    return out


def _half_gaps(centres):
    """Half the distance to the nearest other centre, for each."""
    gaps = np.full(len(centres), np.inf)
    for k, centre in enumerate(centres):
        squares = np.sum((centres - centre) ** 2, axis=1, dtype=np.float64)
        gaps[k] = np.sqrt(np.min(np.delete(squares, k), initial=np.inf)) / 2
    return gaps


def _reassign(X, weight, labels, upper, lower, origin, *centres):
    change = np.zeros((len(centres[0]), X.shape[1] + 2))
    return reassign(X, weight, labels, upper, lower, origin, *centres, change), change


def _squares(X, weight, labels, upper, lower, origin, centres):
    out = np.empty(len(X), X.dtype)
    own_squares(X, labels, origin, centres, out)
    return out


def _inertia(X, weight, labels, upper, lower, origin, centres):
    return np.dot(weight, _squares(X, weight, labels, upper, lower, origin, centres))


@kernel(fastmath={"contract"})
def reassign(X, weight, labels, upper, lower, origin, centres, near, squares, steps, change):
    """Give each row to the nearest centre and add what that changes of the sums; how many left."""
    N, D = X.shape
    moved, dropped, apart = steps[0], steps[1], steps[2]
    one = X.dtype.type(1)
    eps = X.dtype.type(np.finfo(X.dtype).eps)
    grow, shrink, margin = one + 2 * eps, one - 2 * eps, one + (D + 8) * eps
    tile = np.zeros(D * TILE, X.dtype)
    norms = np.zeros(TILE, X.dtype)
    who = np.empty(TILE, np.int64)
    products = np.empty(AT_ONCE * TILE, X.dtype)
    best, second, label = np.empty(TILE, X.dtype), np.empty(TILE, X.dtype), np.empty(TILE, np.int64)
    top = X.dtype.type(0)
    for k in range(len(centres)):
        top = max(top, squares[k])
    held, left = 0, 0
    for i in range(N):
        own = labels[i]
        if own >= 0:
            upper[i] = (upper[i] + moved[own]) * grow
            lower[i] = (lower[i] - dropped[own]) * shrink
            bound = max(lower[i], apart[own])
            if upper[i] < bound:
                continue
            upper[i] = np.sqrt(square(X[i], origin, centres[own])) * margin
            if upper[i] < bound:
                continue
        norm = X.dtype.type(0)
        for d in range(D):
            x = X[i, d] - origin[d]
            tile[d * TILE + held] = x
            norm += x * x
        who[held], norms[held] = i, norm
        held += 1
        if held == TILE:
            nearest(tile, near, squares, products, best, second, label)
            left += settle(
                X,
                weight,
                labels,
                upper,
                lower,
                origin,
                held,
                who,
                norms,
                best,
                second,
                label,
                top,
                change,
            )
            held = 0
    if held:
        nearest(tile, near, squares, products, best, second, label)
        left += settle(
            X,
            weight,
            labels,
            upper,
            lower,
            origin,
            held,
            who,
            norms,
            best,
            second,
            label,
            top,
            change,
        )
    return left


@kernel(borrows=True)
def settle(
    X, weight, labels, upper, lower, origin, held, who, norms, best, second, label, top, change
):
    """Write down what was found of the rows ``who``; how many left their parts."""
    D, left = X.shape[1], 0
    slack = X.dtype.type(2 * (D + 8) * np.finfo(X.dtype).eps)
    zero = X.dtype.type(0)
    for j in range(held):
        i = who[j]
        spare = slack * (norms[j] + top)
        upper[i] = np.sqrt(max(best[j] + norms[j], zero) + spare)
        lower[i] = np.sqrt(max(second[j] + norms[j] - spare, zero))
        old, new = labels[i], label[j]
        if new != old:
            left += 1
            labels[i] = new
            move(X[i], weight[i], origin, change[new], 1)
            if old >= 0:
                move(X[i], weight[i], origin, change[old], -1)
    return left


@kernel(borrows=True)
def move(x, weight, origin, change, sign):
    D, w = len(x), sign * weight
    for d in range(D):
        change[d] += w * (x[d] - origin[d])
    change[D] += w
    if weight > 0:
        change[D + 1] += sign


@kernel(borrows=True, fastmath={"contract", "reassoc", "nsz"})
def square(x, origin, centre):
    """‖x - centre‖², about the origin."""
    out = x.dtype.type(0)
    for d in range(len(x)):
        gap = x[d] - origin[d] - centre[d]
        out += gap * gap
    return out


@kernel
def own_squares(X, labels, origin, centres, out):
    for i in range(len(X)):
        out[i] = square(X[i], origin, centres[labels[i]])
