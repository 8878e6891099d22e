"""Convolution where the windows are fewer than the filters: the last layers of a deep net.

There the weights are what takes long to read.  So they stay as they lie in memory, a row (C, k, l)
for each filter, and the columns are turned round to fit: from (k, l, C) to (C, k, l).  Each of the
three ops is then one product, cut into parts by filters: no core reads what another does.
"""

import math

import numpy as np

from pellucid.reduction import blocks, map_blocks

__all__ = ["are_few", "fill_input", "fill_output", "fill_weight"]

_FILTERS = 128  # of a part
_TERMS = 1024  # of a part, where the filters are summed over


def are_few(y, weight, groups):
    """Whether y (N, I, J, O) has fewer pixels than weight (O, C, k, l) has filters."""
    return groups == 1 and 0 < math.prod(y.shape[:3]) <= len(weight)


def fill_output(x, weight, bias, columns, y):
    """y[r, o] = b[o] + Σ_q column[r, q] w[o, q], with q through (c, u, v)."""
    column, filters, rows = _turned(x, columns), _flat(weight), np.reshape(y, (-1, y.shape[3]))

    def multiply(part):
        np.matmul(column, filters[part].T, out=rows[:, part])
        if bias is not None:
            rows[:, part] += bias[part]

    map_blocks(multiply, blocks(len(filters), 1, _FILTERS))


def fill_weight(x, y, columns, weight):
    """w[o, q] = Σ_r y[r, o] column[r, q]."""
    column, filters, rows = _turned(x, columns), _flat(weight), np.reshape(y, (-1, y.shape[3]))

    def multiply(part):
        np.matmul(rows[:, part].T, column, out=filters[part])

    map_blocks(multiply, blocks(len(filters), 1, _FILTERS))


def fill_input(y, weight, bias, columns, x):
    """column[r, q] = Σ_o y[r, o] w[o, q], and each is added to the pixel of x it stands for."""
    filters, rows = _flat(weight), np.reshape(y, (-1, y.shape[3]))
    column = np.empty((len(rows), filters.shape[1]), x.dtype)

    def multiply(part):
        np.matmul(rows, filters[:, part], out=column[:, part])

    map_blocks(multiply, blocks(filters.shape[1], 1, _TERMS))
    height = y.shape[1]

    def scatter(images):
        x[images] = 0 if bias is None else bias
        lines = slice(images.start * height, images.stop * height)
        some = slice(lines.start * y.shape[2], lines.stop * y.shape[2])
        back = np.reshape(column[some], (-1, columns.channels, columns.places))
        back = np.ascontiguousarray(np.swapaxes(back, 1, 2))
        columns.scatter(np.reshape(back, (-1, columns.width)), lines, 0, x)

    map_blocks(scatter, blocks(len(y), 1, -(-len(y) // 4)))


def _turned(x, columns):
    """The columns of all windows of x, each (C, k, l)."""
    width, lines = columns.size[1], len(x) * columns.size[0]
    column = np.empty((lines * width, columns.channels, columns.places), x.dtype)

    def gather(some):
        buffer = np.empty(((some.stop - some.start) * width, columns.width), x.dtype)
        found = columns.gather(x, some, 0, buffer)
        by_place = np.reshape(found, (-1, columns.places, columns.channels))
        column[some.start * width : some.stop * width] = np.swapaxes(by_place, 1, 2)

    map_blocks(gather, blocks(lines, 1, -(-lines // 2)))
    return np.reshape(column, (-1, columns.width))


def _flat(weight):
    return np.reshape(weight, (len(weight), -1))
