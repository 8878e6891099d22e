"""The examples as a model that learns from sums sees them."""

import copy
import functools
import itertools

import numpy as np
import scipy.sparse as sp

from pellucid.reduction.threads import BLOCK_BYTES, add, blocks, iterate_blocks

__all__ = ["EVERY", "Rows", "csr_rows", "joined"]

EVERY = itertools.repeat(True)  # block is wanted
SAMPLE_BYTES = 1 << 26  # of rows that are elsewhere, to learn from what wants them in memory


class Rows:
    """X and what goes with its rows, in blocks.

    A model is written as ``statistics(*block, *params)``, a pure function whose results add, and
    an update of the params; where the rows are, and on how many cores, is this class's alone.

    Parameters
    ----------
    *arrays : arrays with the same number of rows
        X (N, D) and, as a model needs them, targets or weights; ``None`` stays ``None``.
    row_bytes : int, optional
        What a row costs at work, where that is more than the arrays' own bytes.
    block_bytes : int
        About what a block of rows may cost: more where much comes out of each.
    """

    def __init__(self, *arrays, row_bytes=None, block_bytes=BLOCK_BYTES):
        self.arrays = arrays
        self.row_bytes, self.block_bytes = row_bytes, block_bytes
        self.every = 1
        self.ends = None  # the rows that blocks end before, where that is asked
        self.steps = ()  # functions that each block passes through
        self._first = None

    def map(self, function, *params, **options) -> list:
        """``[function(*block, *params) for each block]``, in order."""
        return list(self.iterate(function, *params, **options))

    def iterate(self, function, *params, beside=None, alone=None):
        """As ``map``, a result at a time; of rows on disk only a few blocks are in memory.

        ``beside`` holds one thing for each block, and ``function`` takes it after the block; a
        block beside which lies None is left out, unread.  A block with ``alone(that)`` has all
        cores to itself, for blocks that ``function`` cuts.
        """

        def work(given):
            place, *own = given
            block = self._cut(place) if self.in_memory else place
            return function(*self._ready(block), *own, *params)

        wanted = EVERY if beside is None else [own is not None for own in beside]
        places = itertools.compress(self.slices, wanted) if self.in_memory else self._blocks(wanted)
        things = [] if beside is None else [itertools.compress(beside, wanted)]
        given = zip(places, *things)  # noqa: B905
        if alone is not None:
            return iterate_blocks(work, given, lambda given: alone(given[1]))
        return iterate_blocks(work, list(given) if self.in_memory else given)

    def reduce(self, statistics, *params, combine=add, beside=None):
        """Combine ``statistics(*block, *params)`` over the blocks, from the first to the last."""
        return functools.reduce(combine, self.iterate(statistics, *params, beside=beside))

    def fold(self, before, work, after, state, total):
        """What goes from block to block, so that it does not matter where they are cut.

            own, state = before(state, *block);  total = after(total, work(own, *block))

        in the blocks' order; returns (state, total), which may be changed on the way.
        """
        for block in self.iterate(lambda *block: block):
            own, state = before(state, *block)
            total = after(total, work(own, *block))
        return state, total

    def then(self, function):
        """These rows, passed through ``function(*block) -> block``: at once if they are in memory,
        else block by block, whenever they are read."""
        if self.in_memory:
            return self._like(*function(*self.arrays))
        return self._but(steps=(*self.steps, function))

    def in_blocks(self, row_bytes=None, block_bytes=BLOCK_BYTES):
        """The same rows in blocks of another size."""
        return self._but(row_bytes=row_bytes, block_bytes=block_bytes)

    def thinned(self, every):
        """Every so many-th row, in blocks as large."""
        return self._but(every=every)

    def cut_at(self, ends):
        """The same rows in blocks, the first of which ends before row ``ends[0]``, and so on."""
        return self._but(ends=ends)

    def sampled(self):
        """All rows, where they are in memory; else every so many-th, that they may come there."""
        if self.in_memory:
            return self
        return self.thinned(-(-self.n_rows * self.n_features * 8 // SAMPLE_BYTES))

    def head(self):
        """The first rows, a block as the model sees it: to learn types and widths from."""
        if self._first is None:
            self._first = self._read_first()
        return self._ready(self._first)

    def companions(self):
        """What goes with X, for a pass over that alone: X is not read where it is apart."""
        return Rows(*self.arrays[1:])

    def gather(self):
        """The same rows in memory: for what needs all of them at once."""
        if self.in_memory:
            return self
        return Rows(*map(joined, zip(*self.map(lambda *block: block), strict=True)))

    def longer_than(self, n_rows) -> bool:
        """Whether there are more rows than that, without reading more than need be."""
        return self.n_rows > n_rows

    @property
    def lengths(self) -> list[int]:
        """How many rows came together: all of them, or each of an iterable's blocks."""
        return [self.n_rows]

    @property
    def n_rows(self) -> int:
        return _given(self.arrays)[0].shape[0]

    @property
    def n_features(self) -> int:
        return self.head()[0].shape[1]

    @property
    def dtype(self):
        return self.head()[0].dtype

    @property
    def names(self):
        """The names of X's columns, or None."""
        return getattr(self.arrays[0], "names", None)

    @property
    def in_memory(self) -> bool:
        """Whether ``arrays`` are arrays, and not files or maps of them."""
        return all(type(a) is np.ndarray or sp.issparse(a) for a in _given(self.arrays))

    @property
    def slices(self) -> list[slice]:
        """Where the blocks are."""
        if self.ends is not None:
            return [slice(a, b, self.every) for a, b in itertools.pairwise([0, *self.ends])]
        sample = self.arrays if self.in_memory else self.head()
        row_bytes = self.row_bytes or sum(map(_row_bytes, _given(sample)))
        places = blocks(-(-self.n_rows // self.every), row_bytes, self.block_bytes)
        return [
            slice(s.start * self.every, min(s.stop * self.every, self.n_rows), self.every)
            for s in places
        ]

    def _blocks(self, wanted=EVERY):
        return (self._cut(s) for s in itertools.compress(self.slices, wanted))

    def _read_first(self):
        return self._cut(slice(0, 1))

    def _cut(self, s):
        return tuple(None if a is None else _rows(a, s) for a in self.arrays)

    def _ready(self, block):
        for step in self.steps:
            block = step(*block)
        return block

    def _but(self, **changes):
        rows = copy.copy(self)
        vars(rows).update(changes)
        return rows

    def _like(self, *arrays):
        """Other arrays, cut and passed on as these."""
        return Rows(*arrays)._but(
            row_bytes=self.row_bytes,
            block_bytes=self.block_bytes,
            every=self.every,
            ends=self.ends,
            steps=self.steps,
        )


def csr_rows(X, block):
    """A slice of the rows of a CSR matrix, of whose numbers it makes no copy."""
    start, stop = X.indptr[[block.start, block.stop]]
    rows = sp.csr_array((block.stop - block.start, X.shape[1]), dtype=X.dtype)
    rows.data, rows.indices = X.data[start:stop], X.indices[start:stop]  # SciPy's own way copies
    rows.indptr = X.indptr[block.start : block.stop + 1] - start
    return rows


def joined(parts):
    """One array of the parts of it, or None of None."""
    if len(parts) == 1 or parts[0] is None:
        return parts[0]
    return sp.vstack(parts, "csr") if sp.issparse(parts[0]) else np.concatenate(parts)


def _given(arrays):
    return [a for a in arrays if a is not None]


def _rows(a, s):
    if sp.issparse(a):
        return csr_rows(a, s) if a.format == "csr" and s.step in (None, 1) else a[s]
    if s.step in (None, 1):
        return np.asarray(a[s])
    return np.ascontiguousarray(a[s])  # a view would keep what is left out in memory


def _row_bytes(a):
    size = 12 * a.nnz if sp.issparse(a) else a.nbytes
    return size // max(1, a.shape[0])
