"""Rows that are cut into sequences, and learned from in chunks of whole sequences."""

import functools
from functools import cached_property

import numpy as np

from pellucid.reduction import BLOCK_BYTES, add

__all__ = ["Sequences", "joined", "whole"]

MANY = 8  # so many blocks of one sequence are worth handing out, for each of its passes


class Sequences:
    """Rows, wherever they are, and where their sequences begin and end: ``offsets`` (S + 1,).

    The chunks depend on the lengths alone.  They are worked on several at a time; but a sequence
    of the length of many comes alone, and the cores share its rows.
    """

    def __init__(self, rows, lengths=None, row_bytes=64):
        self.offsets = _offsets(rows, lengths)
        self.chunk_rows = max(1, BLOCK_BYTES // row_bytes)
        chunks = list(self._chunks())
        self.chunks = [self.offsets[a : b + 1] - self.offsets[a] for a, b in chunks]
        self.rows = rows.cut_at([int(self.offsets[b]) for _, b in chunks])

    @property
    def n_rows(self):
        return int(self.offsets[-1])

    def reduce(self, statistics, combine=add):
        """``statistics(X, offsets)`` of the chunks combined, from the first to the last."""
        return functools.reduce(combine, self._iterate(statistics))

    def map(self, function):
        """``[function(X, offsets) for each chunk]``, in order; its offsets begin at 0."""
        return list(self._iterate(function))

    def parts(self, n_parts):
        """Which of so many equal parts of its sequence each row of ``sample`` is in."""
        of_chunks = [
            np.concatenate([np.arange(n) * n_parts // n for n in np.diff(offsets)])
            for offsets in self.chunks
        ]
        return np.concatenate([part[:: self._sampled.every] for part in of_chunks])

    @cached_property
    def sample(self):
        """The rows to start from, in memory: all, or every so many-th of each chunk."""
        return self._sampled.gather().arrays[0]

    @cached_property
    def _sampled(self):
        return self.rows.sampled()

    def _iterate(self, function):
        most = MANY * self.chunk_rows  # no closure over self, which does not go to a cluster
        return self.rows.iterate(
            lambda X, _, offsets: function(X, offsets),
            beside=self.chunks,
            alone=lambda offsets: offsets[-1] > most,
        )

    def _chunks(self):
        """(first sequence, the one after the last) of each."""
        first, n_sequences = 0, len(self.offsets) - 1
        while first < n_sequences:
            end = self.offsets[first] + self.chunk_rows
            last = max(first + 1, int(np.searchsorted(self.offsets, end, side="right")) - 1)
            yield first, last
            first = last


def _offsets(rows, lengths):
    """0 and the sums of the first lengths; without any, rows that came together are a sequence."""
    if lengths is None:
        return np.concatenate([[0], np.cumsum(rows.lengths)])
    lengths, n_rows = np.asarray(lengths), rows.n_rows
    if lengths.ndim != 1 or lengths.dtype.kind not in "iu":
        raise ValueError("lengths are integers, one for each sequence")
    if (lengths < 1).any():
        raise ValueError("every sequence has at least one row; lengths has one below 1")
    if lengths.sum() != n_rows:
        raise ValueError(f"lengths sum to {lengths.sum()}, but there are {n_rows} rows")
    return np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)])


def joined(answers):
    """Of (a number, an array) of each chunk, the sum and the whole array."""
    numbers, arrays = zip(*answers, strict=True)
    return float(sum(numbers)), whole(arrays)


def whole(arrays):
    """The arrays of all chunks as one."""
    return arrays[0] if len(arrays) == 1 else np.concatenate(arrays)
