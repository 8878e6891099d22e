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


@kernel(fastmath={"contract"})
def _to_y(x, w, y, stride, padding, dilation):
    for n, i, j in np.ndindex(y.shape[:3]):
        for u, v in np.ndindex(w.shape[:2]):
            r = i * stride[0] - padding[0] + u * dilation[0]
            s = j * stride[1] - padding[1] + v * dilation[1]
            if 0 <= r < x.shape[1] and 0 <= s < x.shape[2]:
                for c in range(x.shape[3]):
                    y[n, i, j, c] += w[u, v, c] * x[n, r, s, c]


@kernel(fastmath={"contract"})
def _to_x(x, w, y, stride, padding, dilation):
    for n, i, j in np.ndindex(y.shape[:3]):
        for u, v in np.ndindex(w.shape[:2]):
            r = i * stride[0] - padding[0] + u * dilation[0]
            s = j * stride[1] - padding[1] + v * dilation[1]
            if 0 <= r < x.shape[1] and 0 <= s < x.shape[2]:
                for c in range(x.shape[3]):
                    x[n, r, s, c] += w[u, v, c] * y[n, i, j, c]


@kernel(fastmath={"contract"})
def _to_w(x, w, y, stride, padding, dilation):
    for n, i, j in np.ndindex(y.shape[:3]):
        for u, v in np.ndindex(w.shape[:2]):
            r = i * stride[0] - padding[0] + u * dilation[0]
            s = j * stride[1] - padding[1] + v * dilation[1]
            if 0 <= r < x.shape[1] and 0 <= s < x.shape[2]:
                for c in range(x.shape[3]):
                    w[u, v, c] += y[n, i, j, c] * x[n, r, s, c]
