"""Rows that come as blocks from whatever can be walked again and again."""

import itertools

import numpy as np
import scipy.sparse as sp

from pellucid.reduction.rows import EVERY, Rows, joined

__all__ = ["Stream", "as_array"]


class Stream(Rows):
    """Blocks X, or tuples (X, y), (X, y, weight), from a source whose ``iter()`` starts afresh.

    What a block lacks of ``width`` parts is ``None``.  Large blocks are cut as an array would be.
    """

    def __init__(self, source, width=None):
        super().__init__()
        if iter(source) is source:
            raise ValueError(
                f"a {type(source).__name__} can be walked once, and a fit may read its rows "
                "several times: give a list of blocks, or an object whose __iter__ starts afresh"
            )
        self.source, self.width = source, width
        self.counted: list[int] = []  # the rows of the first walk; all copies of this share it

    def companions(self):
        return self.then(lambda X, *rest: rest)

    def longer_than(self, n_rows):
        seen = itertools.accumulate(piece[0].shape[0] for piece in self._pieces())
        return any(so_far > n_rows for so_far in seen)

    @property
    def n_rows(self):
        if not self.counted:
            for _ in self._pieces():
                pass
        return self.counted[0]

    @property
    def names(self):
        X = next(iter(self.source))
        X = X[0] if isinstance(X, tuple) else X
        return list(X.columns) if hasattr(X, "columns") else None

    @property
    def in_memory(self):
        return False

    @property
    def lengths(self):
        return [piece[0].shape[0] for piece in self._pieces()]

    def _blocks(self, wanted=EVERY):
        pieces = (self._like(*piece)._blocks() for piece in self._pieces())
        whole = itertools.chain.from_iterable(pieces)
        return itertools.compress(whole if self.ends is None else self._recut(), wanted)

    def _recut(self):
        """Blocks that end where they should, whatever pieces they come in."""
        pieces, held, n_held = self._pieces(), [], 0
        for n_rows in np.diff(self.ends, prepend=0):
            while n_held < n_rows:
                held.append(next(pieces))
                n_held += held[-1][0].shape[0]
            some = Rows(*map(joined, zip(*held, strict=True)))
            yield some._cut(slice(0, n_rows, self.every))
            held, n_held = [some._cut(slice(n_rows, n_held))], n_held - n_rows
        for _ in pieces:  # to the end, where their number is checked
            pass

    def _read_first(self):
        return self._like(*next(self._pieces()))._read_first()

    def _pieces(self):
        """The blocks that have rows, as tuples of arrays."""
        n_rows = 0
        for given in self.source:
            given = given if isinstance(given, tuple) else (given,)
            width = self.width or len(given)
            if len(given) > width:
                raise ValueError(f"a block has {len(given)} parts, where {width} are wanted")
            piece = [None if a is None else as_array(a) for a in given]
            lengths = {a.shape[0] for a in piece if a is not None}
            if len(lengths) != 1:
                raise ValueError(f"the parts of a block have {sorted(lengths)} rows")
            n_rows += piece[0].shape[0]
            if piece[0].shape[0]:
                yield (*piece, *[None] * (width - len(piece)))
        if n_rows == 0:
            raise ValueError("there is no block with rows in it")
        if self.counted and self.counted[0] != n_rows:
            raise ValueError(
                f"the blocks had {self.counted[0]} rows in all at first and {n_rows} now: they "
                "must be the same each time they are walked through"
            )
        self.counted[:] = [n_rows]


def as_array(a):
    """An array of a frame or list; CSR of what is sparse."""
    return a.tocsr() if sp.issparse(a) else np.asarray(a)
