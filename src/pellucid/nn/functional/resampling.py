"""Weighted means along the height and the width of an image: y = R x Cᵀ."""

import numpy as np

from pellucid._compile import kernel
from pellucid.autograd import op
from pellucid.nn.functional.layout import channels_last, empty_images
from pellucid.reduction import map_blocks

__all__ = ["resample"]


@op
def resample(x, rows: np.ndarray, columns: np.ndarray):
    """y[n, c] = R x[n, c] Cᵀ, for R = ``rows`` (h, H) and C = ``columns`` (w, W)."""
    r, c = (np.asarray(matrix, np.dtype(x.dtype), like=x) for matrix in (rows, columns))
    return r @ x @ c.T, lambda dy: resample(dy, rows.T, columns.T)


@resample.kernel
def _resample(x, rows, columns):
    y = empty_images(*x.shape[:2], len(rows), len(columns), x.dtype)
    pixels, out = channels_last(x), channels_last(y)
    matrices = [np.ascontiguousarray(m, x.dtype) for m in (rows, columns)]
    bands = [_bands(m) for m in matrices]
    map_blocks(lambda n: _resample_kernel(pixels[n], *matrices, *bands, out[n]), range(len(x)))
    return y, lambda dy: resample(dy, rows.T, columns.T)


def _bands(matrix):
    """Of each row, the first column that is not zero, and the one after the last such."""
    bands = np.zeros((len(matrix), 2), np.int64)
    for band, row in zip(bands, matrix, strict=True):
        used = np.flatnonzero(row)
        band[:] = (used[0], used[-1] + 1) if len(used) else (0, 0)
    return bands


@kernel(fastmath={"contract"})
def _resample_kernel(x, rows, columns, row_bands, column_bands, y):
    _, width, channels = x.shape
    line = np.empty((width, channels), x.dtype)
    y[:] = 0
    for i in range(len(rows)):
        line[:] = 0
        for r in range(row_bands[i, 0], row_bands[i, 1]):
            weight = rows[i, r]
            for s in range(width):
                for c in range(channels):
                    line[s, c] += weight * x[r, s, c]
        for j in range(len(columns)):
            for s in range(column_bands[j, 0], column_bands[j, 1]):
                weight = columns[j, s]
                for c in range(channels):
                    y[i, j, c] += weight * line[s, c]
