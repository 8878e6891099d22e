"""Convolution of images of few channels, such as colours: the first layer of a net.

A window's row of pixels is a run of l C numbers, for the window beside it the run begins s C
numbers later, and each line of windows reads k such rows.  So the windows are a view of the image
with zeros around it, and nothing is copied to columns, which would take longer than the products:

    y[n, i, j, o] = b[o] + Σ_ur windows[n, i, j, u, r] w[u, r, o]
    w[u, r, o] = Σ_nij windows[n, i, j, u, r] y[n, i, j, o]

Images are (N, H, W, C) in memory.
"""

import numpy as np
from numpy.lib.stride_tricks import as_strided

from pellucid._compile import kernel
from pellucid.nn.functional._tile import NARROW, ROWS, add_four_narrow, add_narrow
from pellucid.reduction import blocks, map_blocks, reduce_blocks

__all__ = ["are_thin", "fill_thin_output", "thin_weight"]

_FEW = 4  # channels
_SUMS = 4  # parts in which the weight's gradient is summed


def are_thin(weight, dilation, groups):
    """Whether images have few channels, and the filters are of a number that fits the tiles."""
    few = weight.shape[1] <= _FEW and len(weight) % NARROW == 0
    return few and weight.dtype == np.float32 and groups == dilation[0] == dilation[1] == 1


def fill_thin_output(x, weight, bias, stride, padding, y):
    """Fill y (N, I, J, O) from x (N, H, W, C) and weight (O, C, k, l)."""
    o, c, k, l = weight.shape
    w = np.ascontiguousarray(np.transpose(weight, (2, 3, 1, 0))).reshape(k, l * c, o)

    def fill(n):
        y[n] = 0 if bias is None else bias
        _add_products(_windows(x[n], (k, l), stride, padding, y.shape[1:3]), w, y[n])

    map_blocks(fill, range(len(x)))


def thin_weight(x, y, kernel_size, stride, padding):
    """The sum over all windows of x (N, H, W, C) and pixels of y (N, I, J, O): (O, C, k, l)."""
    (k, l), c, o = kernel_size, x.shape[3], y.shape[3]

    def add(images):
        w = np.zeros((k, l * c, o), x.dtype)
        for n in range(images.start, images.stop):
            windows = _windows(x[n], kernel_size, stride, padding, y.shape[1:3])
            _add_products(np.transpose(windows, (2, 3, 0, 1)), y[n], w)
        return w

    parts = blocks(len(x), 1, max(1, -(-len(x) // _SUMS)))
    w = reduce_blocks(add, parts) if parts else add(slice(0, 0))
    return np.ascontiguousarray(np.transpose(w.reshape(k, l, c, o), (3, 2, 0, 1)))


def _windows(image, kernel_size, stride, padding, size):
    """A view of an image with zeros around it: (I, J, k, l C)."""
    (k, l), (p, q), (h, w, c) = kernel_size, padding, image.shape
    around = np.zeros((h + 2 * p, w + 2 * q, c), image.dtype)
    around[p : p + h, q : q + w] = image
    row, pixel, number = around.strides
    strides = stride[0] * row, stride[1] * pixel, row, number
    return as_strided(around, (*size, k, l * c), strides)


@kernel(borrows=True)
def _add_products(a, w, out):
    """out (S, R, O) += Σ a (S, R, P, Q) w (P, Q, O) over P and Q."""
    whole = out.shape[1] // ROWS * ROWS
    for s in range(len(out)):
        for o in range(0, out.shape[2], NARROW):
            some = slice(o, o + NARROW)
            for r in range(0, whole, ROWS):
                rows = slice(r, r + ROWS)
                add_four_narrow(a[s, rows], w[:, :, some], out[s, rows, some])
            for r in range(whole, out.shape[1]):
                add_narrow(a[s, r : r + 1], w[:, :, some], out[s, r : r + 1, some])
