"""Sequences of different lengths, packed: the rows of time 0, then those of time 1, and so on.

The longest sequence comes first, so that the n_t that still run at time t are the first ones.
Backward in time it is the same: those that do not yet run are the last, and wait with the state
that they start from.
"""

import numpy as np

from pellucid._compile import kernel
from pellucid.reduction import blocks, map_blocks

__all__ = [
    "affine",
    "gradients",
    "here",
    "in_time",
    "map_sequences",
    "sizes_of",
    "squash",
    "steps",
    "table",
]

TOGETHER = 8  # sequences that a core takes through time; a multiple of four


def sizes_of(x, batch_sizes):
    """How many sequences run at each time: all N of x (T, N, I), or as said of x (M, I)."""
    sizes = batch_sizes if x.ndim == 2 else (x.shape[1],) * x.shape[0]
    if len(sizes) == 0:
        raise RuntimeError("Expected sequence length to be larger than 0 in RNN")
    return sizes


def steps(sizes, reverse):
    """The rows of each time and their number, in the order in which they are gone through."""
    ends = np.cumsum(sizes).tolist()
    forward = [(slice(end - n, end), n) for end, n in zip(ends, sizes, strict=True)]
    return forward[::-1] if reverse else forward


def in_time(pieces, reverse):
    """One array of what was made at each step."""
    return np.concatenate(pieces[::-1] if reverse else pieces)


def affine(x, w, *biases):
    """W x + the biases that there are."""
    return sum((b for b in biases if b is not None), x @ w.T)


def gradients(x, w_ih, before, d_input, d_state):
    """Of x, W_ih, W_hh, b_ih and b_hh, given those of W_ih x + b_ih and W_hh h + b_hh, (M, G)."""
    return (
        lambda: np.reshape(d_input @ w_ih, x.shape),
        lambda: d_input.T @ np.reshape(x, (-1, x.shape[-1])),
        lambda: d_state.T @ before,
        lambda: np.sum(d_input, 0),
        lambda: np.sum(d_state, 0),
    )


def squash(a):
    """σ(a), by tanh, which neither overflows nor needs a case."""
    return (1 + np.tanh(a / 2)) / 2


def table(sizes, reverse):
    """As ``steps``, for a kernel: the first row of each time and how many there are.  (T, 2)"""
    return np.array([(rows.start, n) for rows, n in steps(sizes, reverse)])


@kernel(borrows=True)
def here(order, t, first, last):
    """Of sequences first ... last at step t: the first one's row, and how many of them run."""
    return order[t, 0] + first, max(0, min(order[t, 1], last) - first)


def map_sequences(function, n_sequences):
    """``function(first, last)`` of a few sequences at a time, which share the cores."""
    map_blocks(lambda s: function(s.start, s.stop), blocks(n_sequences, 1, TOGETHER))
