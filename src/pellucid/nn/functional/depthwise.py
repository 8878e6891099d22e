"""Depthwise convolution: each channel by itself, summed in place over the kernel.

With one channel a group the trilinear form has no matrix product in it,

    T(x, w, y) = Σ y[n, i, j, c] · w[u, v, c] · x[n, s i + d u - p, s j + d v - p, c],

and its gradients are the same walk over pixels and kernel, adding to y, to x or to w.  Images are
(N, H, W, C) in memory, so that the innermost step is over channels side by side.
"""

import numpy as np

from pellucid._compile import kernel
from pellucid.reduction import map_blocks, reduce_blocks

__all__ = ["depthwise", "depthwise_input", "depthwise_weight"]


def depthwise(x, w, bias, geometry, y):
    """Fill y (N, I, J, C) from x (N, H, W, C), w (k, l, C) and bias (C,)."""

    def fill(part):
        y[part] = bias
        _to_y(x[part], w, y[part], *geometry)

    map_blocks(fill, _images(x))


def depthwise_input(y, w, bias, geometry, x):
    """Fill x (N, H, W, C) from y (N, I, J, C), w (k, l, C) and bias (C,)."""

    def fill(part):
        x[part] = bias
        _to_x(x[part], w, y[part], *geometry)

    map_blocks(fill, _images(y))


def depthwise_weight(x, y, kernel_size, geometry):
    """w (k, l, C) from x (N, H, W, C) and y (N, I, J, C)."""

    def add(part):
        w = np.zeros((*kernel_size, x.shape[3]), x.dtype)
        _to_w(x[part], w, y[part], *geometry)
        return w

    return reduce_blocks(add, _images(x)) if len(x) else add(slice(0, 0))


def _images(x):
    return [slice(n, n + 1) for n in range(len(x))]


@kernel(borrows=True, fastmath={"contract"})
def _to_y(x, w, y, stride, padding, dilation):
    (k, l), (height, width) = w.shape[:2], x.shape[1:3]
    for n, i, j in np.ndindex(y.shape[:3]):
        top, left = i * stride[0] - padding[0], j * stride[1] - padding[1]
        bottom, right = top + (k - 1) * dilation[0], left + (l - 1) * dilation[1]
        if k == l == 3 and min(top, left) >= 0 and bottom < height and right < width:
            _add_nine(x[n], w, top, left, dilation, y[n, i, j])
            continue
        for u, v in np.ndindex(w.shape[:2]):
            r, s = top + u * dilation[0], left + v * dilation[1]
            if 0 <= r < height and 0 <= s < width:
                for c in range(x.shape[3]):
                    y[n, i, j, c] += w[u, v, c] * x[n, r, s, c]


@kernel(borrows=True, fastmath={"contract"})
def _add_nine(x, w, r, s, dilation, total):
    """The products of a 3x3 kernel with what is under it, all at once: y is fetched but once."""
    d, e = dilation
    a, b, c = x[r, s], x[r, s + e], x[r, s + 2 * e]
    f, g, h = x[r + d, s], x[r + d, s + e], x[r + d, s + 2 * e]
    o, p, q = x[r + 2 * d, s], x[r + 2 * d, s + e], x[r + 2 * d, s + 2 * e]
    for i in range(len(total)):
        above = w[0, 0, i] * a[i] + w[0, 1, i] * b[i] + w[0, 2, i] * c[i]
        beside = w[1, 0, i] * f[i] + w[1, 1, i] * g[i] + w[1, 2, i] * h[i]
        below = w[2, 0, i] * o[i] + w[2, 1, i] * p[i] + w[2, 2, i] * q[i]
        total[i] += above + beside + below


@kernel(borrows=True, fastmath={"contract"})
def _to_x(x, w, y, stride, padding, dilation):
    for n, i, j in np.ndindex(y.shape[:3]):
        for u, v in np.ndindex(w.shape[:2]):
            r = i * stride[0] - padding[0] + u * dilation[0]
            s = j * stride[1] - padding[1] + v * dilation[1]
            if 0 <= r < x.shape[1] and 0 <= s < x.shape[2]:
                for c in range(x.shape[3]):
                    x[n, r, s, c] += w[u, v, c] * y[n, i, j, c]


@kernel(borrows=True, fastmath={"contract"})
def _to_w(x, w, y, stride, padding, dilation):
    for n, i, j in np.ndindex(y.shape[:3]):
        for u, v in np.ndindex(w.shape[:2]):
            r = i * stride[0] - padding[0] + u * dilation[0]
            s = j * stride[1] - padding[1] + v * dilation[1]
            if 0 <= r < x.shape[1] and 0 <= s < x.shape[2]:
                for c in range(x.shape[3]):
                    w[u, v, c] += y[n, i, j, c] * x[n, r, s, c]
