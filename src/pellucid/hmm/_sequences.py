"""Rows that are cut into sequences, and learned from in chunks of whole sequences."""

import functools

import numpy as np

from pellucid.reduction import BLOCK_BYTES, add, map_blocks

__all__ = ["Sequences", "joined", "whole"]


class Sequences:
    """T rows, and where their sequences begin and end: ``offsets`` (S + 1,).

    The chunks depend on the lengths alone.  Small ones are worked on several at a time; a sequence
    longer than a chunk comes alone, and the cores share its rows.
    """

    def __init__(self, n_rows, lengths=None, row_bytes=64):
        self.offsets = _offsets(n_rows, lengths)
        self.chunk_rows = max(1, BLOCK_BYTES // row_bytes)

    def reduce(self, statistics):
        """The sum of ``statistics(rows, offsets)`` over the chunks, from the first to the last."""
        return functools.reduce(add, self.map(statistics))

    def map(self, function):
        """``[function(rows, offsets) for each chunk]``, in order; its offsets begin at 0."""
        answers, small = {}, []

        def answer(chunk):
            offsets = self.offsets[chunk[0] : chunk[1] + 1]
            answers[chunk] = function(slice(offsets[0], offsets[-1]), offsets - offsets[0])

        for chunk in (chunks := list(self._chunks())):
            long = self.offsets[chunk[1]] - self.offsets[chunk[0]] > self.chunk_rows
            answer(chunk) if long else small.append(chunk)
        map_blocks(answer, small)
        return [answers[chunk] for chunk in chunks]

    def _chunks(self):
        """(first sequence, the one after the last) of each."""
        first, n_sequences = 0, len(self.offsets) - 1
        while first < n_sequences:
            end = self.offsets[first] + self.chunk_rows
            last = max(first + 1, int(np.searchsorted(self.offsets, end, side="right")) - 1)
            yield first, last
            first = last


def _offsets(n_rows, lengths):
    """0 and the sums of the first lengths; one sequence of all rows where there are none."""
    if lengths is None:
        return np.array([0, n_rows])
    lengths = np.asarray(lengths)
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
