"""The compiled bodies of layer norm and of batch norm.

Layer norm takes rows, each while it is in the cache; batch norm adds up the sums of blocks of rows.
"""

import math

import numpy as np

from pellucid._compile import kernel
from pellucid.nn.functional._blocks import as_rows, is_single
from pellucid.nn.functional._exponential import ONE, ZERO
from pellucid.nn.functional.normalization import layer_norm, standardized
from pellucid.reduction import blocks, map_blocks, reduce_blocks

in_any_order = kernel(borrows=True, fastmath={"contract", "reassoc", "nsz"})


@in_any_order
def _layer_norm(x, weight, bias, eps, y, means, scales):
    n = np.float32(x.shape[1])
    for i in range(len(x)):
        mean = ZERO
        for j in range(x.shape[1]):
            mean += x[i, j]
        mean /= n
        variance = ZERO
        for j in range(x.shape[1]):
            variance += (x[i, j] - mean) * (x[i, j] - mean)
        scale = ONE / np.sqrt(variance / n + eps)
        for j in range(x.shape[1]):
            y[i, j] = (x[i, j] - mean) * scale * weight[j] + bias[j]
        means[i], scales[i] = mean, scale


@in_any_order
def _layer_norm_back(x, dy, weight, means, scales, dx, dweight, dbias):
    n = np.float32(x.shape[1])
    for i in range(len(x)):
        mean, along = ZERO, ZERO
        for j in range(x.shape[1]):
            x_hat = (x[i, j] - means[i]) * scales[i]
            g = dy[i, j] * weight[j]
            mean += g
            along += g * x_hat
            dweight[j] += dy[i, j] * x_hat
            dbias[j] += dy[i, j]
        mean, along = mean / n, along / n
        for j in range(x.shape[1]):
            x_hat = (x[i, j] - means[i]) * scales[i]
            dx[i, j] = scales[i] * (dy[i, j] * weight[j] - mean - x_hat * along)


@layer_norm.kernel
def _(input, normalized_shape, weight=None, bias=None, eps=1e-5):
    D, width = len(normalized_shape), math.prod(normalized_shape)
    fits = D > 0 and tuple(input.shape[-D:]) == tuple(normalized_shape)
    if not fits or not is_single(input, weight, bias):
        return layer_norm.body(input, normalized_shape, weight, bias, eps)
    x, eps = as_rows(input, width), np.float32(eps)
    w = np.ones(width, x.dtype) if weight is None else as_rows(weight, width)[0]
    b = np.zeros(width, x.dtype) if bias is None else as_rows(bias, width)[0]
    y, (means, scales) = np.empty_like(x), np.empty((2, len(x)), x.dtype)
    parts = blocks(len(x), 3 * x.itemsize * width)
    map_blocks(lambda s: _layer_norm(x[s], w, b, eps, y[s], means[s], scales[s]), parts)

    def vjp(dy):
        g, dx = as_rows(dy, width), np.empty_like(x)

        def part(s):
            dw, db = np.zeros((2, width), x.dtype)
            _layer_norm_back(x[s], g[s], w, means[s], scales[s], dx[s], dw, db)
            return dw, db

        dw, db = reduce_blocks(part, parts)
        return (
            np.reshape(dx, input.shape),
            np.reshape(dw, normalized_shape),
            np.reshape(db, normalized_shape),
        )

    return np.reshape(y, input.shape), vjp


@in_any_order
def _channel_sums(a, b, mean, totals):
    """Σ a, and Σ (a - mean) (b - mean), of each column."""
    for i in range(len(a)):
        for c in range(a.shape[1]):
            totals[0, c] += a[i, c]
            totals[1, c] += (a[i, c] - mean[c]) * (b[i, c] - mean[c])


@in_any_order
def _standardized(x, mean, scale, y):
    for i in range(len(x)):
        for c in range(x.shape[1]):
            y[i, c] = (x[i, c] - mean[c]) * scale[c]


@in_any_order
def _standardized_back(y, dy, mean, along, scale, dx):
    for i in range(len(y)):
        for c in range(y.shape[1]):
            dx[i, c] = (dy[i, c] - mean[c] - y[i, c] * along[c]) * scale[c]


@standardized.kernel
def _(x, axes, eps):
    """Of channels that lie last in memory: those of rows, and of images as convolution has them."""
    last = np.moveaxis(x, 1, -1) if x.ndim > 1 else x
    of_channels = axes == (0, *range(2, x.ndim)) and last.flags.c_contiguous
    if not of_channels or not is_single(x):
        return standardized.body(x, axes, eps)
    C, n = x.shape[1], np.float32(x.size // x.shape[1])
    rows, none = as_rows(last, C), np.zeros(C, x.dtype)
    parts = blocks(len(rows), 3 * x.itemsize * C)

    def means(a, b, about):
        def part(s):
            totals = np.zeros((2, C), x.dtype)
            _channel_sums(a[s], b[s], about, totals)
            return totals

        return reduce_blocks(part, parts) / n

    def as_input(a):
        return np.moveaxis(np.reshape(a, last.shape), -1, 1)

    mean = means(rows, rows, none)[0]
    scale = 1 / np.sqrt(means(rows, rows, mean)[1] + np.float32(eps))
    y = np.empty_like(rows)
    map_blocks(lambda s: _standardized(rows[s], mean, scale, y[s]), parts)

    def vjp(dy):
        g, dx = as_rows(np.moveaxis(dy, 1, -1), C), np.empty_like(y)
        mean, along = means(g, y, none)
        map_blocks(lambda s: _standardized_back(y[s], g[s], mean, along, scale, dx[s]), parts)
        return as_input(dx)

    return as_input(y), vjp
