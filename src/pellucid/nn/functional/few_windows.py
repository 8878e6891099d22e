"""Convolution where the windows are fewer than the filters: the last layers of a deep net.

There the weights are what takes long to read.  So they stay as they lie in memory, a row (C, k, l)
for each filter, and the columns are made to fit, (C, k, l) each.  Each of the three ops is then one
product, cut into parts by filters: no core reads what another does.
"""

import math

import numpy as np

from pellucid._compile import kernel
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

    def scatter(images):
        x[images] = 0 if bias is None else bias
        _scatter(column, images.start, images.stop, *columns.size, columns.geometry, x)

    map_blocks(scatter, blocks(len(y), 1, -(-len(y) // 4)))


def _turned(x, columns):
    """The columns of all windows of x, each (C, k, l)."""
    lines = len(x) * columns.size[0]
    column = np.empty((lines * columns.size[1], columns.width), x.dtype)

    def gather(some):
        _gather(x, some.start, some.stop, *columns.size, columns.geometry, column)

    map_blocks(gather, blocks(lines, 1, -(-lines // 2)))
    return column


def _flat(weight):
    return np.reshape(weight, (len(weight), -1))


@kernel
def _gather(x, first, last, height, width, geometry, column):
    """The columns of the lines (n, i) of windows from first to last."""
    si, sj, pi, pj, di, dj, k, l = geometry
    for line in range(first, last):
        n, i = divmod(line, height)
        for j in range(width):
            by_channel = column[line * width + j].reshape((x.shape[3], k * l))
            for u in range(k):
                for v in range(l):
                    r, s, place = i * si - pi + u * di, j * sj - pj + v * dj, u * l + v
                    if 0 <= r < x.shape[1] and 0 <= s < x.shape[2]:
                        for c in range(x.shape[3]):
                            by_channel[c, place] = x[n, r, s, c]
                    else:
                        for c in range(x.shape[3]):
                            by_channel[c, place] = 0


@kernel
def _scatter(column, first, last, height, width, geometry, x):
    """Add the columns of the images from first to last to the pixels they stand for."""
    si, sj, pi, pj, di, dj, k, l = geometry
    for n in range(first, last):
        for i in range(height):
            for j in range(width):
                by_channel = column[(n * height + i) * width + j].reshape((x.shape[3], k * l))
                for u in range(k):
                    for v in range(l):
                        r, s, place = i * si - pi + u * di, j * sj - pj + v * dj, u * l + v
                        if 0 <= r < x.shape[1] and 0 <= s < x.shape[2]:
                            for c in range(x.shape[3]):
                                x[n, r, s, c] += by_channel[c, place]
