"""The compiled bodies of layer norm and of batch norm.

Layer norm takes rows, each while it is in the cache; batch norm adds up the sums of blocks of rows.
"""

import math

import numpy as np

from pellucid._compile import kernel
from pellucid.nn.functional._blocks import as_rows, is_single
from pellucid.nn.functional._exponential import ONE, ZERO
from pellucid.nn.functional.normalization import layer_norm, normalized_by, of_batch
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


@in_any_order
def _scaled_columns(x, rates, out):
    """α x + β, with rates (α, β) for each column of (M, C)."""
    alpha, beta = rates[0], rates[1]
    for i in range(len(x)):
        source, to = x[i], out[i]
        for c in range(len(source)):
            to[c] = source[c] * alpha[c] + beta[c]


@in_any_order
def _scaled_planes(x, rates, out):
    """The same, for each channel of (N, C, P)."""
    for i in range(len(x)):
        for c in range(x.shape[1]):
            source, to, alpha, beta = x[i, c], out[i, c], rates[0, c], rates[1, c]
            for j in range(len(source)):
                to[j] = source[j] * alpha + beta


class _Channels:
    """x (N, C, ...) channel by channel: in rows (M, C), where channels lie last in memory, as
    convolution has them, or in planes (N, C, P), where they lie second."""

    @staticmethod
    def take(*arrays):
        """Whether x, the first, lies in one of these ways, and all are of float32."""
        x = arrays[0]
        dense = x.flags.c_contiguous or _channels_last(x).flags.c_contiguous
        return dense and is_single(*arrays)

    def __init__(self, x):
        self.x, self.last = x, _channels_last(x)
        self.in_rows, self.count = self.last.flags.c_contiguous, np.float32(x.size // x.shape[1])
        self.none = np.zeros(x.shape[1], x.dtype)
        self.numbers = self.laid(x)
        self.parts = blocks(len(self.numbers), 3 * self.numbers[0].nbytes)

    def laid(self, a):
        """An array like x, as rows or planes."""
        N, C = self.x.shape[:2]
        if self.in_rows:
            return as_rows(_channels_last(a), C)
        return as_rows(a, self.x.size // N // C).reshape(N, C, -1)

    def mixed(self, a, b, alpha, beta, gamma):
        """α a + β b + γ in the shape of x, with a rate for each channel."""
        mix = _mixed_columns if self.in_rows else _mixed_planes
        rates, out = np.array([alpha, beta, gamma]), np.empty_like(self.numbers)
        map_blocks(lambda s: mix(a[s], b[s], rates, out[s]), self.parts)
        return self.shaped(out)

    def scaled(self, a, alpha, beta):
        """α a + β, likewise."""
        scale = _scaled_columns if self.in_rows else _scaled_planes
        rates, out = np.array([alpha, beta]), np.empty_like(self.numbers)
        map_blocks(lambda s: scale(a[s], rates, out[s]), self.parts)
        return self.shaped(out)

    def shaped(self, out):
        """Rows or planes in the shape of x."""
        if not self.in_rows:
            return out.reshape(self.x.shape)
        return np.transpose(out.reshape(self.last.shape), (0, -1, *range(1, self.x.ndim - 1)))

    def sums(self, a, b, *about):
        """Σ a and Σ (a - about₀) (b - about₁) of each channel."""
        add_up = _sums_of_columns if self.in_rows else _sums_of_planes
        centres = np.array(about)

        def part(s):
            totals = np.zeros_like(centres)
            add_up(a[s], b[s], centres, totals)
            return totals

        return reduce_blocks(part, self.parts)


def _channels_last(x):
    """x (N, C, ...) as (N, ..., C): what ``np.moveaxis`` does, in a fifth of the time."""
    return np.transpose(x, (0, *range(2, x.ndim), 1))


@of_batch.kernel
def _(x, weight=None, bias=None, eps=1e-5):
    """y = κ x + β - κ μ, with κ = γ/σ; x̄ = κ ȳ - λ x + λ μ - κ mean ȳ, λ = κ/σ² mean ȳ (x - μ)."""
    if not _Channels.take(x, weight, bias):
        return of_batch.body(x, weight, bias, eps)
    by = _Channels(x)
    rows, n, none = by.numbers, by.count, by.none
    mean = by.sums(rows, rows, none, none)[0] / n
    variance = by.sums(rows, rows, mean, mean)[1] / n
    scale = 1 / np.sqrt(variance + np.float32(eps))
    factor = scale if weight is None else scale * weight
    y = by.scaled(rows, factor, (none if bias is None else bias) - factor * mean)

    def vjp(dy, *_):
        g = by.laid(dy)
        total, along = by.sums(g, rows, none, mean)
        pull = factor * along * scale * scale / n
        dx = by.mixed(g, rows, factor, -pull, pull * mean - factor * total / n)
        return dx, along * scale, total

    return (y, mean, variance), vjp


@normalized_by.kernel
def _(x, mean, variance, weight=None, bias=None, eps=1e-5):
    if not _Channels.take(x, mean, variance, weight, bias):
        return normalized_by.body(x, mean, variance, weight, bias, eps)
    by = _Channels(x)
    rows, none = by.numbers, by.none
    scale = 1 / np.sqrt(variance + np.float32(eps))
    factor = scale if weight is None else scale * weight
    y = by.scaled(rows, factor, (none if bias is None else bias) - factor * mean)

    def vjp(dy):
        g = by.laid(dy)
        total, along = by.sums(g, rows, none, mean)
        return (
            lambda: by.scaled(g, factor, none),
            -factor * total,
            -factor * along * scale * scale / 2,
            along * scale,
            total,
        )

    return y, vjp
