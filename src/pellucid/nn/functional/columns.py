"""Columns: the pixels of each window of an image side by side, a window a row of a matrix.

    column[(n, i, j), (u, v, c)] = x[n, s i + d u - p, s j + d v - p, c]

Images are (N, H, W, C) in memory, so a window's row of pixels is one run of numbers wherever the
kernel is not dilated.  ``gather`` makes columns of some lines (n, i) of windows; ``scatter`` is its
transpose and adds columns to the pixels they came from.

References
----------
Chellapilla, Puri, Simard, "High performance convolutional neural networks for document
processing", IWFHR 2006.
"""

import math

import numpy as np

from pellucid._compile import kernel
from pellucid.reduction import blocks

__all__ = ["Columns"]

_BYTES = 1 << 19  # of columns at a time: half a core's cache
_ROWS = 256  # of columns, at least, for which it is worth reading the weights again
_STEPS = 4  # that a thread makes in the same buffer, if there are parts enough for others


class Columns:
    """The windows of an image (H, W, C) under a kernel (k, l), ``size`` (I, J) of them."""

    def __init__(self, image, kernel, size, stride, padding, dilation, groups):
        self.image, self.size = image, size
        self.geometry = (*stride, *padding, *dilation, *kernel)
        self.channels = image[2] // groups
        self.places = math.prod(kernel)
        self.width = self.places * self.channels
        row_bytes = 4 * self.size[1] * self.width
        self.step = max(_BYTES // max(row_bytes, 1), -(-_ROWS // self.size[1]))  # lines at a time
        self.is_image = self.geometry == (1, 1, 0, 0, 1, 1, 1, 1)

    def parts(self, lines: int) -> list[slice]:
        """Cut so many lines of windows into parts, each for one thread at a time."""
        return blocks(lines, 1, max(1, min(_STEPS * self.step, -(-lines // 4))))

    def steps(self, lines: slice) -> list[slice]:
        """Cut a part into slices of ``step`` lines, at most."""
        starts = range(lines.start, lines.stop, self.step)
        return [slice(start, min(start + self.step, lines.stop)) for start in starts]

    def buffer(self, dtype):
        """Room for the columns of a step."""
        return np.empty((0 if self.is_image else self.step * self.size[1], self.width), dtype)

    def gather(self, x, lines: slice, group, buffer):
        """The columns of ``group``'s channels at these lines of windows: (lines J, k l C/G)."""
        start = group * self.channels
        if self.is_image:  # one pixel a window: the image is its own columns
            rows = np.reshape(x, (-1, x.shape[3]))[
                lines.start * x.shape[2] : lines.stop * x.shape[2]
            ]
            return rows[:, start : start + self.channels]
        number = lines.stop - lines.start
        out = buffer[: number * self.size[1]]
        _gather(x, lines.start, number, *self.size, start, self.channels, self.geometry, out)
        return out

    def scatter(self, columns, lines: slice, group, x):
        """Add such columns to the pixels of x (N, H, W, C)."""
        start, number = group * self.channels, lines.stop - lines.start
        _scatter(columns, lines.start, number, *self.size, start, self.channels, self.geometry, x)


@kernel
def _gather(x, first, lines, height, width, start, channels, geometry, out):
    si, sj, pi, pj, di, dj, k, l = geometry
    image = x.reshape((x.shape[0], x.shape[1], x.shape[2] * x.shape[3]))
    together = l if dj == 1 and channels == x.shape[3] else 1  # pixels that are one run
    run = together * channels
    for line in range(lines):
        n, i = divmod(first + line, height)
        for j in range(width):
            row, at = line * width + j, 0
            for u in range(k):
                r = i * si - pi + u * di
                for v in range(0, l, together):
                    s = (j * sj - pj + v * dj) * x.shape[3] + start
                    low, high = _inside(r, s, run, image.shape[1], image.shape[2])
                    out[row, at : at + low] = 0
                    target, source = out[row, at + low : at + high], image[n, r, s + low : s + high]
                    for m in range(len(target)):
                        target[m] = source[m]
                    out[row, at + high : at + run] = 0
                    at += run


@kernel
def _scatter(columns, first, lines, height, width, start, channels, geometry, x):
    si, sj, pi, pj, di, dj, k, l = geometry
    image = x.reshape((x.shape[0], x.shape[1], x.shape[2] * x.shape[3]))
    together = l if dj == 1 and channels == x.shape[3] else 1
    run = together * channels
    for line in range(lines):
        n, i = divmod(first + line, height)
        for j in range(width):
            row, at = line * width + j, 0
            for u in range(k):
                r = i * si - pi + u * di
                for v in range(0, l, together):
                    s = (j * sj - pj + v * dj) * x.shape[3] + start
                    low, high = _inside(r, s, run, image.shape[1], image.shape[2])
                    target = image[n, r, s + low : s + high]
                    source = columns[row, at + low : at + high]
                    for m in range(len(target)):
                        target[m] += source[m]
                    at += run


@kernel
def _inside(r, s, run, rows, end):
    """Which part of the run from s, in row r, lies in the image."""
    if r < 0 or r >= rows:
        return run, run
    low = min(max(-s, 0), run)
    return low, max(low, min(run, end - s))
