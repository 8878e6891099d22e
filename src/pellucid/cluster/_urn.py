"""Rows drawn in proportion to a mass of theirs, wherever they are."""

import itertools

import numpy as np

__all__ = ["Urn"]

NONE = np.empty(0, np.int64)


class Urn:
    """Rows (x, weight, ...), of which one is drawn with probability mass / Σ mass: at first s_n.

    It knows the mass of each block alone.  Only blocks that were hit are read, for the row within.
    """

    def __init__(self, rows, view):
        self.rows, self.view = rows, view
        sizes, masses, some = zip(*rows.map(_weigh), strict=True)
        self.starts = np.array([0, *itertools.accumulate(sizes)])
        self.n_positive = sum(some)
        self.fill(masses, _weight)

    def fill(self, masses, mass, *params):
        """From now on the mass of a block's rows is ``mass(*block, view, *params)``."""
        self.masses = np.array(masses, np.float64)
        self.mass = mass, self.view, *params

    def draw(self, shares):
        """The rows at these shares (m,) of all the mass: their indices (m,), and they (m, D)."""
        indices, rows, _ = self._draw(shares, NONE)
        return indices, rows

    def draw_distinct(self, n, random_state):
        """Different rows (n, D), drawn as ``RandomState.choice`` does, and their indices (n,)."""
        if self.n_positive < n:
            raise ValueError(f"{n} rows are to be drawn, and {self.n_positive} have any weight")
        taken, found = NONE, []
        while len(taken) < n:
            shares = random_state.random_sample(n - len(taken))
            indices, rows, masses = self._draw(shares, taken)
            first = np.sort(np.unique(indices, return_index=True)[1])
            taken = np.append(taken, indices[first])
            found.append(rows[first])
            np.subtract.at(self.masses, self._block(indices[first]), masses[first])
        return np.concatenate(found), taken

    def _draw(self, shares, taken):
        ends = np.cumsum(self.masses)
        at = shares * ends[-1]
        block = np.minimum(np.searchsorted(ends, at), len(ends) - 1)
        rest, sought = at - (ends - self.masses)[block], [None] * len(ends)
        for b in np.unique(block):
            sought[b] = rest[block == b], taken[self._block(taken) == b] - self.starts[b]
        found = self.rows.iterate(_pick, *self.mass, beside=sought)
        places, rows, masses = (np.concatenate(parts) for parts in zip(*found, strict=True))
        back = np.argsort(np.argsort(block, kind="stable"))  # they are in the blocks' order
        return self.starts[block] + places[back], rows[back], masses[back]

    def _block(self, indices):
        return np.searchsorted(self.starts, indices, side="right") - 1


def _weigh(x, weight, *state):
    return len(weight), weight.sum(dtype=np.float64), np.count_nonzero(weight)


def _weight(x, weight, *given):
    return weight


def _pick(x, weight, minima, owner, sought, mass, view, *params):
    """The rows of a block at which the mass so far reaches what is sought: places, rows, masses."""
    rest, taken = sought
    masses = mass(x, weight, minima, owner, view, *params).astype(np.float64)
    masses[taken] = 0
    so_far = np.cumsum(masses)
    places = np.searchsorted(so_far, np.minimum(rest, so_far[-1]))
    return places, view.table(x[places]), masses[places]
