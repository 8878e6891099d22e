"""The compiled bodies of layer norm and of batch norm.

Layer norm takes rows, each while it is in the cache; batch norm adds up the sums of blocks of rows.
"""

import math

import numpy as np

from pellucid._compile import kernel
from pellucid.nn.functional._blocks import as_rows, is_single
from pellucid.nn.functional._exponential import ONE, ZERO
from pellucid.nn.functional.normalization import layer_norm, of_batch
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
        g, dx = as_rows(dy, width), np.empty(input.shape, x.dtype)
        to = dx.reshape(x.shape)

        def part(s):
            dw, db = np.zeros((2, width), x.dtype)
            _layer_norm_back(x[s], g[s], w, means[s], scales[s], to[s], dw, db)
            return dw, db

        dw, db = reduce_blocks(part, parts)
        return (
            dx,
            np.reshape(dw, normalized_shape),
            np.reshape(db, normalized_shape),
        )

    return np.reshape(y, input.shape), vjp


@in_any_order
def _sums_of_columns(a, b, about, totals):
    """Σ a, and Σ (a - about₀) (b - about₁), of each column of (M, C)."""
    low, high, first, second = about[0], about[1], totals[0], totals[1]
    for i in range(len(a)):
        p, q = a[i], b[i]
        for c in range(len(p)):
            first[c] += p[c]
            second[c] += (p[c] - low[c]) * (q[c] - high[c])


@in_any_order
def _sums_of_planes(a, b, about, totals):
    """The same, of each channel of (N, C, P)."""
    for i in range(len(a)):
        for c in range(a.shape[1]):
            p, q, low, high = a[i, c], b[i, c], about[0, c], about[1, c]
            first, second = ZERO, ZERO
            for j in range(len(p)):
                first += p[j]
                second += (p[j] - low) * (q[j] - high)
            totals[0, c] += first
            totals[1, c] += second


@in_any_order
def _mixed_columns(a, b, rates, out):
    """α a + β b + γ, with rates (α, β, γ) for each column of (M, C)."""
    alpha, beta, gamma = rates[0], rates[1], rates[2]
    for i in range(len(a)):
        p, q, to = a[i], b[i], out[i]
        for c in range(len(p)):
            to[c] = p[c] * alpha[c] + q[c] * beta[c] + gamma[c]


@in_any_order
def _mixed_planes(a, b, rates, out):
    """The same, for each channel of (N, C, P)."""
    for i in range(len(a)):
        for c in range(a.shape[1]):
            p, q, to = a[i, c], b[i, c], out[i, c]
            alpha, beta, gamma = rates[0, c], rates[1, c], rates[2, c]
            for j in range(len(p)):
                to[j] = p[j] * alpha + q[j] * beta + gamma


@of_batch.kernel
def _(x, eps, weight=None, bias=None):
    """Of channels that lie last in memory, as convolution has them and rows do, or as planes.

    With κ = γ/σ: y = κ x + β - κ μ, and x̄ = κ ȳ - λ x + λ μ - κ mean ȳ, λ = κ/σ² mean ȳ (x - μ).
    """
    last = np.moveaxis(x, 1, -1)
    by_columns = last.flags.c_contiguous
    if not is_single(x, weight, bias) or not (by_columns or x.flags.c_contiguous):
        return of_batch.body(x, eps, weight, bias)
    C, n = x.shape[1], np.float32(x.size // x.shape[1])
    add_up, mix = (
        (_sums_of_columns, _mixed_columns) if by_columns else (_sums_of_planes, _mixed_planes)
    )

    def laid(a):
        if by_columns:
            return as_rows(np.moveaxis(a, 1, -1), C)
        return as_rows(a, x.size // len(x) // C).reshape(len(x), C, -1)

    def as_input(a):
        return np.moveaxis(a.reshape(last.shape), -1, 1) if by_columns else a.reshape(x.shape)

    rows = laid(x)
    parts = blocks(len(rows), 3 * rows[0].nbytes)

    def means(a, b, *about):
        def part(s):
            totals = np.zeros((2, C), x.dtype)
            add_up(a[s], b[s], np.stack(about), totals)
            return totals

        return reduce_blocks(part, parts) / n

    def mixed(a, b, *rates):
        out = np.empty_like(rows)
        map_blocks(lambda s: mix(a[s], b[s], np.stack(rates), out[s]), parts)
        return as_input(out)

    none = np.zeros(C, x.dtype)
    mean = means(rows, rows, none, none)[0]
    variance = means(rows, rows, mean, mean)[1]
    scale = 1 / np.sqrt(variance + np.float32(eps))
    factor = scale if weight is None else scale * weight
    y = mixed(rows, rows, factor, none, -factor * mean + (none if bias is None else bias))

    def vjp(dy, *_):
        g = laid(dy)
        total, along = means(g, rows, none, mean)
        pull = factor * along * scale * scale
        dx = mixed(g, rows, factor, -pull, pull * mean - factor * total)
        return dx, n * along * scale, n * total

    return (y, mean, variance), vjp
