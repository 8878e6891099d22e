"""The largest pixel of each window, and the two linear ops that its derivatives are made of.

A window is a set of rows and a set of columns of the image: row i of the table ``rows`` (I, k)
lists those of all windows (i, ·), and what lies outside of the image is in no window.  So one op
serves strides, dilation, padding, and the bins of different size of adaptive pooling.
"""

import functools

import numpy as np

from pellucid._compile import kernel
from pellucid.autograd import op, unrecorded
from pellucid.nn.functional.layout import channels_last, empty_images, parts
from pellucid.reduction import map_blocks

__all__ = ["max_of_windows", "spread_pixels", "take_pixels"]


@op
def max_of_windows(x, rows: np.ndarray, columns: np.ndarray):
    """y[n, c, i, j] = max x[n, c, r, s] over r in rows[i], s in columns[j], and where it is.

    The first of equal ones is taken, and NaN before all.  The place r W + s is an int32; that of
    a window without a pixel is some place of the image.
    """
    index = _place_of_max(x, rows, columns)
    return (take_pixels(x, index), index), _max_vjp(x, index)


def _max_vjp(x, index):
    size = x.shape[2:]
    return lambda dy, _: spread_pixels(dy, index, size)


@op
def take_pixels(x, index):
    """y[n, c, i, j] = x[n, c, index[n, c, i, j]], with pixels counted along the rows."""
    return _take(x, index), _take_vjp(x, index)


def _take_vjp(x, index):
    size = x.shape[2:]
    return lambda dy: (lambda: spread_pixels(dy, index, size), None)


@op
def spread_pixels(y, index, size: tuple):
    """x[n, c, index[n, c, i, j]] += y[n, c, i, j], for x of height and width ``size``."""
    return _spread(y, index, size), _spread_vjp(index)


def _spread_vjp(index):
    return lambda dx: (lambda: take_pixels(dx, index), None)


@unrecorded
def _place_of_max(x, rows, columns):
    height, width = x.shape[2:]
    rows, columns = (np.asarray(table, like=x) for table in (rows, columns))
    r, s = rows[:, None, :, None], columns[None, :, None, :]  # (I, 1, k, 1), (1, J, 1, l)
    inside = (r >= 0) & (r < height) & (s >= 0) & (s < width)
    r, s = np.clip(r, 0, height - 1), np.clip(s, 0, width - 1)
    pixels = _flat(np.where(inside, x[:, :, r, s], -np.inf))  # (N, C, I, J, k l)
    inside, places = _flat(inside), _flat(r * width + s)  # (I, J, k l)
    nothing = np.max(pixels, -1) == -np.inf  # all are -∞: take the first that is inside
    best = np.where(nothing, np.argmax(inside, -1), np.argmax(pixels, -1))
    index = np.take_along_axis(places[None, None], best[..., None], -1)[..., 0]
    return np.astype(index, np.int32)


@unrecorded
def _take(x, index):
    return np.reshape(np.take_along_axis(_flat(x), _flat(index), -1), index.shape)


@unrecorded
def _spread(y, index, size):
    x = np.zeros_like(y, shape=(*y.shape[:2], size[0] * size[1]))
    n, c = np.ogrid[: y.shape[0], : y.shape[1]]
    np.add.at(x, (n[..., None, None], c[..., None, None], index), y)
    return np.reshape(x, (*y.shape[:2], *size))


def _flat(x):
    """The last two axes as one."""
    return np.reshape(x, (*x.shape[:-2], x.shape[-2] * x.shape[-1]))


@max_of_windows.kernel
def _max_of_windows(x, rows, columns):
    shape = *x.shape[:2], len(rows), len(columns)
    y, index = empty_images(*shape, x.dtype), empty_images(*shape, np.int32)
    tables = map(np.ascontiguousarray, (rows, columns))
    _each_image(functools.partial(_max_kernel, *tables), x, y, index)
    return (y, index), _max_vjp(x, index)


@take_pixels.kernel
def _take_pixels(x, index):
    y = empty_images(*index.shape, x.dtype)
    _each_image(_take_kernel, x, index, y)
    return y, _take_vjp(x, index)


@spread_pixels.kernel
def _spread_pixels(y, index, size):
    x = empty_images(*y.shape[:2], *size, y.dtype)
    _each_image(_spread_kernel, y, index, x)
    return x, _spread_vjp(index)


def _each_image(compiled, *batches):
    batches = [channels_last(batch) for batch in batches]
    map_blocks(lambda images: compiled(*[batch[images] for batch in batches]), parts(batches[0]))


@kernel(borrows=True)
def _max_kernel(rows, columns, x, y, index):
    _, height, width, _ = x.shape
    for n, i, j in np.ndindex(y.shape[:3]):
        best, at, first = y[n, i, j], index[n, i, j], True
        for r in rows[i]:
            for s in columns[j]:
                if r < 0 or r >= height or s < 0 or s >= width:
                    continue
                pixel, place = x[n, r, s], np.int32(r * width + s)
                if first:
                    for c in range(len(best)):
                        best[c] = pixel[c]
                        at[c] = place
                    first = False
                else:
                    _keep_larger(pixel, place, best, at)
        if first:
            for c in range(len(best)):
                best[c], at[c] = x[n, 0, 0, c], 0


@kernel(borrows=True)
def _keep_larger(pixel, place, best, at):
    """By itself, and each number fetched but once: so the compiler takes sixteen at a time."""
    for c in range(len(best)):
        p, b, a = pixel[c], best[c], at[c]
        larger = (p > b) | ((p != p) & (b == b))
        at[c] = place if larger else a
        best[c] = p if larger else b


@kernel
def _take_kernel(x, index, y):
    pixels = x.reshape((x.shape[0], -1, x.shape[3]))
    for n, i, j in np.ndindex(index.shape[:3]):
        taken, at = y[n, i, j], index[n, i, j]
        for c in range(len(at)):
            taken[c] = pixels[n, at[c], c]


@kernel
def _spread_kernel(y, index, x):
    pixels = x.reshape((x.shape[0], -1, x.shape[3]))
    pixels[:] = 0
    for n, i, j in np.ndindex(index.shape[:3]):
        given, at = y[n, i, j], index[n, i, j]
        for c in range(len(at)):
            pixels[n, at[c], c] += given[c]
