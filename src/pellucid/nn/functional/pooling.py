"""Pooling: the largest or the mean of the pixels in each window, with PyTorch's arguments."""

import functools
import math

import numpy as np

from pellucid.autograd import Tensor
from pellucid.nn.functional.geometry import as_image, batch, several, unbatch
from pellucid.nn.functional.padding import pad
from pellucid.nn.functional.trilinear import convolve
from pellucid.nn.functional.windows import max_of_windows

__all__ = ["avg_pool1d", "avg_pool2d", "lp_pool1d", "lp_pool2d", "max_pool1d", "max_pool2d"]


def max_pool1d(
    input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False
):
    """y[n, c, i] = max_u x[n, c, s i + d u - p], u < ``kernel_size``.

    As ``max_pool2d``, of signals: ``input`` is (N, C, L) or (C, L).
    """
    return _max_pool(1, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


def max_pool2d(
    input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False
):
    """y[n, c, i, j] = max_uv x[n, c, s i + d u - p, s j + d v - p], (u, v) < ``kernel_size``.

    What lies outside of x is in no window; a window without a pixel has -∞.  The gradient goes to
    the first of equal ones.

    Parameters
    ----------
    input : (N, C, H, W) or (C, H, W)
        x.
    kernel_size, stride, padding, dilation : int or pair of ints, for height and width
        k, s (None: k), p and d.
    ceil_mode : bool
        Whether what the last whole window leaves over has a window too.
    return_indices : bool
        Whether to return (y, places), with places r W + s of the pixels taken.

    Raises
    ------
    RuntimeError
        For windows larger than the padded input, or padding of more than half a window.
    """
    return _max_pool(2, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


def avg_pool1d(input, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True):
    """y[n, c, i] = mean_u x[n, c, s i + u - p], u < ``kernel_size``.

    As ``avg_pool2d``, of signals: ``input`` is (N, C, L) or (C, L).
    """
    options = kernel_size, stride, padding, ceil_mode, count_include_pad, None
    return _avg_pool(1, input, *options)


def avg_pool2d(
    input,
    kernel_size,
    stride=None,
    padding=0,
    ceil_mode=False,
    count_include_pad=True,
    divisor_override=None,
):
    """y[n, c, i, j] = mean_uv x[n, c, s i + u - p, s j + v - p], (u, v) < ``kernel_size``.

    It is the convolution of each channel with equal weights.

    Parameters
    ----------
    input : (N, C, H, W) or (C, H, W)
        x.
    kernel_size, stride, padding : int or pair of ints, for height and width
        k, s (None: k) and p, zeros.
    ceil_mode : bool
        Whether what the last whole window leaves over has a window too.
    count_include_pad : bool
        Whether the zeros of the padding count as pixels.
    divisor_override : int or None
        What to divide sums by, instead of the number of pixels.

    Raises
    ------
    RuntimeError
        For windows larger than the padded input, or padding of more than half a window.
    """
    options = kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override
    return _avg_pool(2, input, *options)


def lp_pool1d(input, norm_type, kernel_size, stride=None, ceil_mode=False):
    """y[n, c, i] = (Σ_u x[n, c, s i + u]^p)^(1/p), u < ``kernel_size``, p the ``norm_type``."""
    means = avg_pool1d(input**norm_type, kernel_size, stride, 0, ceil_mode)
    return _root(means * kernel_size, norm_type)


def lp_pool2d(input, norm_type, kernel_size, stride=None, ceil_mode=False):
    """y[n, c, i, j] = (Σ_uv x[n, c, s i + u, s j + v]^p)^(1/p), as ``lp_pool1d`` of images."""
    means = avg_pool2d(input**norm_type, kernel_size, stride, 0, ceil_mode)
    return _root(means * math.prod(several("kernel_size", kernel_size, 2)), norm_type)


def _root(x, p):
    """x^(1/p), whose slope at zero is taken to be zero."""
    nothing = x.detach() == 0
    return (x.masked_fill(nothing, 1) ** (1 / p)).masked_fill(nothing, 0)


def _max_pool(axes, x, kernel_size, stride, padding, dilation, ceil_mode, return_indices):
    x, batched = _batch(f"max_pool{axes}d", x, axes)
    geometry = _geometry(axes, kernel_size, stride, padding, dilation)
    starts = _starts(x.shape[2:], *geometry, ceil_mode)
    tables = [
        start[:, None] + d * np.arange(k)
        for start, k, d in zip(starts, geometry[0], geometry[3], strict=True)
    ]
    y, index = max_of_windows(as_image(x, axes), *([np.zeros((1, 1), int)] * (2 - axes)), *tables)
    if axes == 1:
        y, index = y[:, :, 0], index[:, :, 0]
    bare = [np.all((t < 0) | (t >= n), 1) for t, n in zip(tables, x.shape[2:], strict=True)]
    if any(map(np.any, bare)):
        bare = Tensor._of(functools.reduce(np.logical_or.outer, bare)).to(y.device)
        y = y.masked_fill(
            bare, -math.inf if y.is_floating_point() else np.iinfo(y.numpy().dtype).min
        )
    y = unbatch(y, batched)
    return (y, np.astype(unbatch(index, batched), np.int64)) if return_indices else y


def _avg_pool(axes, x, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor):
    if np.dtype(x.dtype).kind in "iu":  # of whole numbers, what is whole of their mean
        means = x.double(), kernel_size, stride, padding, ceil_mode, count_include_pad, divisor
        return (_avg_pool(axes, *means) * (1 + 1e-12)).to(x.dtype)  # 5.9999999999 being 6
    x, batched = _batch(f"avg_pool{axes}d", x, axes)
    kernel, stride, padding, ones = _geometry(axes, kernel_size, stride, padding, 1)
    if divisor == 0:
        raise RuntimeError("divisor must be not zero")
    starts = _starts(x.shape[2:], kernel, stride, padding, ones, ceil_mode)
    counts = np.ones(())
    for n, start, k, p in zip(x.shape[2:], starts, kernel, padding, strict=True):
        low, high = (-p, n + p) if count_include_pad else (0, n)
        count = np.minimum(start + k, high) - np.maximum(start, low)
        counts = counts[..., None] * count  # pixels in each window: their product over the axes
    counts = counts if divisor is None else np.full_like(counts, divisor)
    beyond = [
        max(0, start[-1] + k - n - p)
        for n, start, k, p in zip(x.shape[2:], starts, kernel, padding, strict=True)
    ]
    if any(beyond):
        x = pad(x, [side for more in reversed(beyond) for side in (0, int(more))])
    equal = counts.size and counts.min() == counts.max()
    weight = np.full_like(x, 1 / counts.flat[0] if equal else 1, shape=(x.shape[1], 1, *kernel))
    geometry = stride, padding
    if axes == 1:
        geometry = tuple((one, *v) for one, v in zip((1, 0), geometry, strict=True))
    y = convolve(as_image(x, axes), as_image(weight, axes), None, *geometry, (1, 1), x.shape[1])
    y = y[:, :, 0] if axes == 1 else y
    if not equal:
        y = y / np.asarray(counts, y._array.dtype, like=y)
    return unbatch(y, batched)


def _batch(name, x, axes):
    x, batched = batch(name, x, axes)
    if 0 in x.shape[1:]:
        raise RuntimeError(
            f"{name}: expected input with at least one channel and pixel, but got {list(x.shape)}"
        )
    return x, batched


def _geometry(axes, kernel_size, stride, padding, dilation):
    """The four of them for each axis, if they go together."""
    kernel = several("kernel_size", kernel_size, axes)
    stride = kernel if stride is None or stride == () else several("stride", stride, axes)
    padding, dilation = several("padding", padding, axes), several("dilation", dilation, axes)
    if min(*kernel, *stride, *dilation) <= 0:
        raise RuntimeError(
            "kernel_size, stride and dilation should be greater than zero, but got "
            f"kernel_size={kernel}, stride={stride}, dilation={dilation}"
        )
    if min(padding) < 0:
        raise RuntimeError(f"pad must be non-negative, but got pad: {min(padding)}")
    if any(p > (d * (k - 1) + 1) // 2 for k, p, d in zip(kernel, padding, dilation, strict=True)):
        raise RuntimeError(
            "pad should be at most half of effective kernel size, but got "
            f"pad={padding}, kernel_size={kernel} and dilation={dilation}"
        )
    return kernel, stride, padding, dilation


def _starts(size, kernel, stride, padding, dilation, ceil_mode):
    """Where the windows start, along each axis."""
    starts = []
    for n, k, s, p, d in zip(size, kernel, stride, padding, dilation, strict=True):
        room = n + 2 * p - d * (k - 1) - 1
        number = room // s + 1
        if ceil_mode and -(-room // s) * s < n + p:  # a window must start in x, or left of it
            number = -(-room // s) + 1
        if number < 1:
            raise RuntimeError(
                f"Given input size: {list(size)}. Windows of {d * (k - 1) + 1} with padding {p} "
                "do not fit in. Output size is too small"
            )
        starts.append(s * np.arange(number) - p)
    return starts
