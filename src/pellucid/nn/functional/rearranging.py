"""Images as columns of windows and back, and channels as pixels: nothing is computed but sums."""

import numpy as np

from pellucid.autograd import shapes
from pellucid.nn.functional.geometry import batch, positive, several, unbatch
from pellucid.nn.functional.padding import pad
from pellucid.nn.functional.trilinear import output_size

__all__ = ["channel_shuffle", "fold", "pixel_shuffle", "pixel_unshuffle", "unfold"]


def _windows(size, kernel_size, dilation, padding, stride):
    """Rows and columns (k, l, I, J) of the pixels in each window, and p and (k, l, I, J)."""
    kernel, d, p, s = (
        several(name, value, 2)
        for name, value in (
            ("kernel_size", kernel_size),
            ("dilation", dilation),
            ("padding", padding),
            ("stride", stride),
        )
    )
    positive(kernel_size=kernel, dilation=d, stride=s)
    windows = output_size(size, kernel, s, p, d)
    if min(windows) < 1:
        raise RuntimeError(
            f"an image of {tuple(size)} padded by {p} has no window of {kernel} spread by {d}"
        )
    of_axes = [
        d[a] * np.arange(kernel[a])[:, None] + s[a] * np.arange(windows[a]) for a in range(2)
    ]  # (k, I) and (l, J)
    return of_axes[0][:, None, :, None], of_axes[1][None, :, None, :], p, (*kernel, *windows)


def unfold(input, kernel_size, dilation=1, padding=0, stride=1):
    """y[n, (c, u, v), (i, j)] = x[n, c, s i + d u - p, s j + d v - p]: each window is a column.

    ``input`` is (N, C, H, W) or (C, H, W); numpy-ml calls it im2col.
    """
    x, batched = batch("unfold", input, 2)
    rows, columns, (p, q), (k, l, height, width) = _windows(
        x.shape[2:], kernel_size, dilation, padding, stride
    )
    pixels = shapes.getitem(pad(x, (q, q, p, p)), (slice(None), slice(None), rows, columns))
    return unbatch(pixels.reshape(len(x), x.shape[1] * k * l, height * width), batched)


def fold(input, output_size, kernel_size, dilation=1, padding=0, stride=1):
    """x[n, c, s i + d u - p, s j + d v - p] += y[n, (c, u, v), (i, j)]: the transpose of unfold.

    ``input`` is (N, C k l, I J) or (C k l, I J); numpy-ml calls it col2im.
    """
    y, batched = (input, True) if input.ndim == 3 else (input.unsqueeze(0), False)
    size = several("output_size", output_size, 2)
    rows, columns, (p, q), (k, l, height, width) = _windows(
        size, kernel_size, dilation, padding, stride
    )
    N, channels = len(y), y.shape[1] // (k * l)
    if tuple(y.shape[1:]) != (channels * k * l, height * width):
        raise RuntimeError(
            f"fold: columns of {k * l} pixels and {height * width} windows are expected, not an "
            f"input of {tuple(input.shape)}"
        )
    pixels = y.reshape(N, channels, k, l, height, width)
    x = shapes.put(
        pixels,
        (N, channels, size[0] + 2 * p, size[1] + 2 * q),
        (slice(None), slice(None), rows, columns),
    )
    return unbatch(x[:, :, p : p + size[0], q : q + size[1]], batched)


def _check_pixels(input, **factor):
    ((name, r),) = factor.items()
    if input.ndim < 3:
        raise RuntimeError(
            f"expects input to have at least 3 dimensions, but got input with {input.ndim}"
        )
    if r <= 0:
        raise RuntimeError(f"expects a positive {name}, but got {r}")


def pixel_shuffle(input, upscale_factor):
    """y[..., c, r i + u, r j + v] = x[..., (c, u, v), i, j]: channels become r x r pixels."""
    r = upscale_factor
    _check_pixels(input, upscale_factor=r)
    *rest, channels, height, width = input.shape
    if channels % (r * r):
        raise RuntimeError(f"pixel_shuffle: {channels} channels are no multiple of {r}²")
    x = input.reshape(*rest, channels // (r * r), r, r, height, width)
    n = len(rest)
    x = x.permute(*range(n + 1), n + 3, n + 1, n + 4, n + 2)
    return x.reshape(*rest, channels // (r * r), height * r, width * r)


def pixel_unshuffle(input, downscale_factor):
    """y[..., (c, u, v), i, j] = x[..., c, r i + u, r j + v]: r x r pixels become channels."""
    r = downscale_factor
    _check_pixels(input, downscale_factor=r)
    *rest, channels, height, width = input.shape
    if height % r or width % r:
        raise RuntimeError(f"pixel_unshuffle: {height} x {width} pixels are no multiples of {r}")
    x = input.reshape(*rest, channels, height // r, r, width // r, r)
    n = len(rest)
    x = x.permute(*range(n + 1), n + 2, n + 4, n + 1, n + 3)
    return x.reshape(*rest, channels * r * r, height // r, width // r)


def channel_shuffle(input, groups):
    """y[n, (k, g)] = x[n, (g, k)]: the channels of all groups in turn."""
    if input.ndim < 3 or groups <= 0:
        raise RuntimeError(
            f"channel_shuffle expects input with > 2 dims and groups > 0, but got input with sizes "
            f"{list(input.shape)} and {groups} groups"
        )
    N, channels = input.shape[:2]
    if channels % groups:
        raise RuntimeError(f"channel_shuffle: {channels} channels in {groups} groups")
    x = input.reshape(N, groups, channels // groups, *input.shape[2:])
    return x.transpose(1, 2).reshape(*input.shape)
