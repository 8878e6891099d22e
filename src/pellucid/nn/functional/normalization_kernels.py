"""The compiled bodies of layer norm and of batch norm.

Layer norm takes rows, each while it is in the cache; batch norm adds up the sums of blocks of rows.
"""

import math

import numpy as np

from pellucid._compile import kernel
from pellucid.nn.functional._blocks import as_rows, is_single
from pellucid.nn.functional._exponential import ONE, ZERO
from pellucid.nn.functional.normalization import (
    batch_normalized,
    layer_norm,
    normalized_by,
)
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
    """Σ a, and Σ a (b - mean), of each column."""
    for i in range(len(a)):
        for c in range(a.shape[1]):
            totals[0, c] += a[i, c]
            totals[1, c] += a[i, c] * (b[i, c] - mean[c])


@in_any_order
def _square_sums(x, mean, totals):
    """Σ (x - mean)² of each column."""
    for i in range(len(x)):
        for c in range(x.shape[1]):
            totals[c] += (x[i, c] - mean[c]) * (x[i, c] - mean[c])


@in_any_order
def _along_channels(x, mean, scale, bias, y):
    for i in range(len(x)):
        for c in range(x.shape[1]):
            y[i, c] = (x[i, c] - mean[c]) * scale[c] + bias[c]


@in_any_order
def _batch_back(x, dy, mean, level, slope, scale, dx):
    for i in range(len(x)):
        for c in range(x.shape[1]):
            dx[i, c] = dy[i, c] * scale[c] - level[c] - (x[i, c] - mean[c]) * slope[c]


def _by_channel(x):
    """x as rows (n, C), if that is how it lies in memory: as convolution has it; and its blocks."""
    last = np.moveaxis(x, 1, -1)
    if not last.flags.c_contiguous or not is_single(x):
        return None, None
    rows = as_rows(last, last.shape[-1])
    return rows, blocks(len(rows), 3 * rows.itemsize * rows.shape[1])


def _as_input(rows, x):
    """Rows (n, C) in the shape of x."""
    return np.moveaxis(np.reshape(rows, (len(x), *x.shape[2:], x.shape[1])), -1, 1)


def _or(number, weight, like):
    return np.full_like(like, number) if weight is None else weight


def _sums(sum_up, shape, arrays, parts, *others):
    """The totals that ``sum_up`` has of each block, added up."""

    def part(s):
        totals = np.zeros(shape, np.float32)
        sum_up(*[a[s] for a in arrays], *others, totals)
        return totals

    return reduce_blocks(part, parts)


@batch_normalized.kernel
def _(x, weight=None, bias=None, eps=1e-5):
    rows, parts = _by_channel(x)
    if rows is None or not is_single(x, weight, bias):
        return batch_normalized.body(x, weight, bias, eps)
    n, none = np.float32(len(rows)), np.zeros(x.shape[1], x.dtype)
    mean = _sums(_channel_sums, (2, *none.shape), (rows, rows), parts, none)[0] / n
    variance = _sums(_square_sums, none.shape, (rows,), parts, mean) / n
    rstd = 1 / np.sqrt(variance + np.float32(eps))
    scale, shift, y = rstd * _or(1, weight, rstd), _or(0, bias, rstd), np.empty_like(rows)
    map_blocks(lambda s: _along_channels(rows[s], mean, scale, shift, y[s]), parts)

    def vjp(dy, dmean, dvariance):
        g, dx = as_rows(np.moveaxis(dy, 1, -1), len(mean)), np.empty_like(rows)
        total, along = _sums(_channel_sums, (2, *none.shape), (g, rows), parts, mean)
        level = (total * scale - dmean) / n
        slope = (along * rstd * rstd * scale - 2 * dvariance) / n
        map_blocks(lambda s: _batch_back(rows[s], g[s], mean, level, slope, scale, dx[s]), parts)
        return _as_input(dx, x), along * rstd, total

    return (_as_input(y, x), mean, variance), vjp


@normalized_by.kernel
def _(x, mean, variance, weight=None, bias=None, eps=1e-5):
    rows, parts = _by_channel(x)
    if rows is None or not is_single(x, mean, variance, weight, bias):
        return normalized_by.body(x, mean, variance, weight, bias, eps)
    rstd = 1 / np.sqrt(variance + np.float32(eps))
    scale, shift, y = rstd * _or(1, weight, rstd), _or(0, bias, rstd), np.empty_like(rows)
    map_blocks(lambda s: _along_channels(rows[s], mean, scale, shift, y[s]), parts)

    def vjp(dy):
        g, dx = as_rows(np.moveaxis(dy, 1, -1), len(mean)), np.empty_like(rows)
        none = np.zeros_like(rstd)
        total, along = _sums(_channel_sums, (2, len(mean)), (g, rows), parts, mean)
        map_blocks(lambda s: _along_channels(g[s], none, scale, none, dx[s]), parts)
        by_variance = -along * rstd * rstd * scale / 2
        return _as_input(dx, x), -scale * total, by_variance, along * rstd, total

    return _as_input(y, x), vjp
