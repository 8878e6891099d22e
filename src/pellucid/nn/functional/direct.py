"""Convolution of images where they lie, without columns: the windows are a view of the image.

A window's row of pixels is a run of l C numbers, for the window beside it the run begins s C
numbers later, and each line of windows reads k such rows of an image with zeros around it.  A tile
of a product of matrices takes its rows from anywhere, so nothing is copied:

    y[n, i, j, o] = b[o] + Σ_ur windows[n, i, j, u, r] w[u, r, o]
    w[u, r, o] = Σ_nij windows[n, i, j, u, r] y[n, i, j, o]

The second is worth it for images of few channels alone, for which columns take longer than the
products.  Images are (N, H, W, C) in memory; filters lie in panels, as many in each as a tile is
wide.
"""

import numpy as np
from numpy.lib.stride_tricks import as_strided

from pellucid._compile import kernel
from pellucid.nn.functional._tile import (
    NARROW,
    ROWS,
    add_eight,
    add_four,
    add_one,
    add_three,
    add_two,
)
from pellucid.nn.functional.layout import parts
from pellucid.reduction import blocks, map_blocks, reduce_blocks

__all__ = ["direct", "direct_weight", "suits_direct", "suits_direct_weight"]

_FEW = 4  # channels
_TERMS = 256  # of a panel at a time, about: it stays in the core's first cache
_IMAGES = 4  # of a batch, at least: they are shared among threads


def suits_direct(weight, images, size, dilation, groups):
    """Whether so many images of y, of height and width ``size``, are better convolved so."""
    whole = len(weight) % NARROW == 0 and size[1] >= ROWS and images >= _IMAGES
    return whole and weight.dtype == np.float32 and groups == dilation[0] == dilation[1] == 1


def suits_direct_weight(weight, *options):
    return weight.shape[1] <= _FEW and suits_direct(weight, *options)


def direct(x, weight, bias, stride, padding, y):
    """Fill y (N, I, J, O) from x (N, H, W, C) and weight (O, C, k, l)."""
    o, c, k, l = weight.shape
    panels = np.empty((o // NARROW, k, l, c, NARROW), weight.dtype)

    by_panel = np.reshape(weight, (len(panels), NARROW, c, k, l))

    def lay(some):
        panels[some] = np.transpose(by_panel[some], (0, 3, 4, 2, 1))

    map_blocks(lay, blocks(len(panels), panels[0].nbytes))
    panels = np.reshape(panels, (len(panels), k, l * c, NARROW))
    bias = np.zeros(o, y.dtype) if bias is None else bias
    step = max(1, _TERMS // (l * c))

    def fill(images):
        windows = _windows(x[images], (k, l), stride, padding, y.shape[1:3])
        for u in range(0, k, step):
            some = slice(u, u + step)
            _add_products(windows[:, :, some], panels[:, some], bias, u == 0, y[images])

    map_blocks(fill, parts(x))


def direct_weight(x, y, kernel_size, stride, padding):
    """The sum over all windows of x (N, H, W, C) and pixels of y (N, I, J, O): (O, C, k, l)."""
    (k, l), c, o = kernel_size, x.shape[3], y.shape[3]
    panels = np.moveaxis(np.reshape(y, (*y.shape[:3], -1, NARROW)), 3, 1)  # (N, P, I, J, ·)

    def add(images):
        w = np.zeros((1, k, l * c, o), x.dtype)
        windows = _windows(x[images], kernel_size, stride, padding, y.shape[1:3])
        for window, panel in zip(windows, panels[images], strict=True):
            _add_products(np.transpose(window, (1, 0, 3, 2))[None], panel, w[0, 0, 0], False, w)
        return w

    w = reduce_blocks(add, parts(x))
    return np.ascontiguousarray(np.transpose(np.reshape(w, (k, l, c, o)), (3, 2, 0, 1)))


def _windows(x, kernel_size, stride, padding, size):
    """A view of images with zeros around them: (N, I, k, J, l C)."""
    (k, l), (p, q), (n, h, w, c) = kernel_size, padding, x.shape
    if p or q:
        inside, x = x, np.zeros((n, h + 2 * p, w + 2 * q, c), x.dtype)
        x[:, p : p + h, q : q + w] = inside
    image, row, pixel, number = x.strides
    strides = image, stride[0] * row, row, stride[1] * pixel, number
    return as_strided(x, (n, size[0], k, size[1], l * c), strides)


@kernel(borrows=True)
def _add_products(a, panels, bias, starts, out):
    """out (N, S, R, O) += Σ a (N, S, P, R, Q) w (P, Q, O) over P and Q, with w in panels.

    Where it ``starts``, to the bias (O,): a line is set while it is in the cache.
    """
    size = out.shape[2]
    eights, fours, left = size // 8 * 8, size // ROWS * ROWS, size % ROWS
    four, rest = slice(eights, fours), slice(fours, size)
    for n, panel in np.ndindex(len(out), len(panels)):  # an image stays in the core's cache
        w, some = panels[panel], slice(panel * NARROW, (panel + 1) * NARROW)
        for s in range(out.shape[1]):
            for r in range(size if starts else 0):
                pixel = out[n, s, r, some]
                for o in range(NARROW):
                    pixel[o] = bias[some.start + o]
            for r in range(0, eights, 8):
                add_eight(a[n, s, :, r : r + 8], w, out[n, s, r : r + 8, some])
            if eights < fours:
                add_four(a[n, s, :, four], w, out[n, s, four, some])
            if left == 1:
                add_one(a[n, s, :, rest], w, out[n, s, rest, some])
            elif left == 2:
                add_two(a[n, s, :, rest], w, out[n, s, rest, some])
            elif left == 3:
                add_three(a[n, s, :, rest], w, out[n, s, rest, some])
