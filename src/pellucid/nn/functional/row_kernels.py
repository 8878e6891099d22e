"""The compiled bodies of softmax and of cross-entropy: one row at a time, which stays in the cache.

y = e^(x - top) / Σ e^(x - top),  top = max x
"""

import numpy as np

from pellucid._compile import kernel
from pellucid.nn.functional._blocks import as_rows, each_block, is_single
from pellucid.nn.functional._exponential import exp
from pellucid.nn.functional._rows import exponentials, largest, product, sum_exponentials, sum_of
from pellucid.nn.functional.cross_entropy_loss import surprise
from pellucid.nn.functional.shares import log_softmax_along, softmax_along


@kernel(borrows=True)
def _softmax(x, y):
    for i in range(len(x)):
        for j in range(x.shape[1]):
            y[i, j] = x[i, j]
        share = 1 / exponentials(y[i], largest(y[i]))
        for j in range(x.shape[1]):
            y[i, j] *= share


@kernel(borrows=True)
def _softmax_back(y, dy, dx):
    for i in range(len(y)):
        along = product(dy[i], y[i])
        for j in range(y.shape[1]):
            dx[i, j] = y[i, j] * (dy[i, j] - along)


@kernel(borrows=True)
def _log_softmax(x, y):
    for i in range(len(x)):
        top = largest(x[i])
        log_sum = np.log(sum_exponentials(x[i], top))
        for j in range(x.shape[1]):
            y[i, j] = x[i, j] - top - log_sum


@kernel(borrows=True, error_model="numpy", fastmath={"contract", "nsz"})
def _log_softmax_back(y, dy, dx):
    for i in range(len(y)):
        total = sum_of(dy[i])
        for j in range(y.shape[1]):
            dx[i, j] = dy[i, j] - exp(y[i, j]) * total


@kernel(borrows=True)
def _surprise(x, target, y, tops, log_sums):
    for i in range(len(x)):
        tops[i] = largest(x[i])
        log_sums[i] = np.log(sum_exponentials(x[i], tops[i]))
        y[i] = log_sums[i] - (x[i, target[i]] - tops[i])


@kernel(borrows=True, error_model="numpy", fastmath={"contract", "nsz"})
def _surprise_back(x, target, tops, log_sums, dy, dx):
    for i in range(len(x)):
        for j in range(x.shape[1]):
            dx[i, j] = exp(x[i, j] - tops[i] - log_sums[i]) * dy[i]
        dx[i, target[i]] -= dy[i]


def _along_last(x, dim, forward, backward):
    """y and the vjp, from rows along ``dim``."""
    shape = np.swapaxes(x, dim, -1).shape
    width = shape[-1]

    def back(a):
        return a if dim in (-1, x.ndim - 1) else np.swapaxes(a, dim, -1)

    y = np.empty(shape, x.dtype)
    by_rows = y.reshape(-1, width)
    each_block(forward, as_rows(back(x), width), by_rows)

    def vjp(dy):
        dx = np.empty(shape, x.dtype)
        each_block(backward, by_rows, as_rows(back(dy), width), dx.reshape(-1, width))
        return back(dx)

    return back(y), vjp


@softmax_along.kernel
def _(x, dim):
    if not is_single(x) or x.ndim == 0:
        return softmax_along.body(x, dim)
    return _along_last(x, dim, _softmax, _softmax_back)


@log_softmax_along.kernel
def _(x, dim):
    if not is_single(x) or x.ndim == 0:
        return log_softmax_along.body(x, dim)
    return _along_last(x, dim, _log_softmax, _log_softmax_back)


@surprise.kernel
def _(logits, target, shares=None):
    """Of the exponentials none is kept: they are as large as the logits."""
    if not is_single(logits, shares):
        return surprise.body(logits, target, shares)
    x, t = as_rows(logits, logits.shape[1]), np.array(target, np.int64)
    y, tops, log_sums = np.empty((3, len(x)), x.dtype)
    each_block(_surprise, x, t, y, tops, log_sums)

    def vjp(dy):
        dx = np.empty_like(x)
        by_row = np.array(dy) if shares is None else dy * shares
        each_block(_surprise_back, x, t, tops, log_sums, by_row, dx)
        return dx, None, None

    return (y if shares is None else np.dot(y, shares)), vjp
