"""Sequences of different lengths, packed: the rows of time 0, then those of time 1, and so on.

The longest sequence comes first, so that the n_t that still run at time t are the first ones.
Backward in time it is the same: those that do not yet run are the last, and wait with the state
that they start from.
"""

import numpy as np

from pellucid._compile import kernel
from pellucid.autograd import is_grad_enabled
from pellucid.nn.functional._panels import add_product, panels_of
from pellucid.reduction import blocks, map_blocks

__all__ = [
    "affine",
    "few",
    "gradients",
    "here",
    "in_time",
    "kept",
    "laid_out",
    "look_ahead",
    "map_sequences",
    "put",
    "scratch",
    "shared_product",
    "sizes_of",
    "squash",
    "steps",
    "table",
]

TOGETHER = 8  # sequences that a core takes through time, at most; a multiple of a tile's rows
AHEAD = 16  # steps for which W x is made at once: what comes out stays in the core's cache
SHARES, WORTH_SHARING = 4, 1 << 22  # blocks of a large product, and from how many terms on
FEW = 4  # steps; for fewer, weights are not laid out anew


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


def gradients(x, w_ih, before, d_input, d_state, product=np.matmul):
    """Of x, W_ih, W_hh, b_ih and b_hh, given those of W_ih x + b_ih and W_hh h + b_hh, (M, G)."""
    d_bias = np.sum(d_input, 0)
    return (
        lambda: np.reshape(product(d_input, w_ih), x.shape),
        lambda: product(d_input.T, np.reshape(x, (-1, x.shape[-1]))),
        lambda: product(d_state.T, before),
        d_bias,
        # an array of its own, so that what is added to one is not added to the other
        np.copy(d_bias) if d_state is d_input else np.sum(d_state, 0),
    )


def shared_product(a, b):
    """a b, a part of its rows on each core: BLAS's own threads would be in the way of ours."""
    out = np.empty((len(a), b.shape[1]), a.dtype)
    parts = SHARES if len(a) * b.size > WORTH_SHARING else 1
    map_blocks(lambda s: np.matmul(a[s], b, out=out[s]), blocks(len(a), 1, -(-len(a) // parts)))
    return out


def before(y, h, order):
    """The state from which each row of y was made: that of the step before, at first h."""
    states, (last, m) = np.empty_like(y), (0, 0)
    for row, n in order.tolist():
        k = min(m, n)
        states[row : row + k] = y[last : last + k]
        states[row + k : row + n] = h[k:n]
        last, m = row, n
    return states


def squash(a):
    """σ(a), by tanh, which neither overflows nor needs a case."""
    return (1 + np.tanh(a / 2)) / 2


def table(sizes, reverse):
    """As ``steps``, for a kernel: the first row of each time and how many there are.  (T, 2)"""
    return np.array([(rows.start, n) for rows, n in steps(sizes, reverse)])


def few(x, batch_sizes):
    """Whether a compiled layer would take more time to begin than it saves, or x is not float32."""
    return x.dtype != np.float32 or len(sizes_of(x, batch_sizes)) < FEW


def laid_out(w_ih, w_hh, n_sequences):
    """W_ih for products with x at some times at once, and W_hh for those with h."""
    return panels_of(w_ih.T, AHEAD * n_sequences), panels_of(w_hh.T, n_sequences)


def kept(n_rows, width):
    """Where a layer puts what only its gradient needs; nothing, where none is recorded."""
    return np.empty((n_rows if is_grad_enabled() else 0, width), np.float32)


@kernel(borrows=True)
def here(order, t, first, last):
    """Of sequences first ... last at step t: the first one's row, and how many of them run."""
    return order[t, 0] + first, max(0, min(order[t, 1], last) - first)


@kernel(borrows=True)
def put(x, y):
    """y = x, which as an assignment of slices takes three times as long."""
    for j in range(len(x)):
        y[j] = x[j]


@kernel
def scratch(n_rows, w_ih, w_hh):
    """Room for ``look_ahead``: so many rows of x for each time, and of W x + b."""
    width = max(w_ih.shape[0] * w_ih.shape[2], w_hh.shape[0] * w_hh.shape[2])
    inputs = np.zeros((AHEAD * n_rows, w_ih.shape[1]), w_ih.dtype)
    return inputs, np.zeros((AHEAD * n_rows, width), w_ih.dtype)


@kernel
def look_ahead(t, order, first, last, x, panels, bias, inputs, products):
    """W x + b of step t, as rows of ``products``, and with it that of the next few steps."""
    together = len(products) // AHEAD
    now = t % AHEAD * together
    if now == 0:
        n_steps = min(AHEAD, len(order) - t)
        for k in range(n_steps):
            row, n = here(order, t + k, first, last)
            for b in range(n):
                put(x[row + b], inputs[k * together + b])
                put(bias, products[k * together + b])
        add_product(inputs, panels, products, n_steps * together)
    return products[now : now + together]


def map_sequences(function, n_sequences):
    """``[function(first, last)]`` of a few sequences at a time, which share the cores."""
    together = min(TOGETHER, max(1, 4 * -(-n_sequences // 8)))  # two blocks or more, of fours
    parts = blocks(n_sequences, 1, together)
    return map_blocks(lambda s: function(s.start, s.stop), parts)
