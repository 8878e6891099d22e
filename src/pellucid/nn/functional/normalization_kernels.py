"""The compiled bodies of layer norm and of batch norm.

Layer norm takes rows, each twice while it is in the cache.
"""

import math

import numpy as np

from pellucid._compile import kernel
from pellucid.nn.functional._blocks import as_rows, is_single
from pellucid.nn.functional._exponential import ONE, ZERO
from pellucid.nn.functional.normalization import layer_norm
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
