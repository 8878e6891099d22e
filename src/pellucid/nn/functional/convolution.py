"""Convolution of signals and images, with PyTorch's arguments."""

import math

import numpy as np

from pellucid.nn.functional import convolution_kernels as _  # registers the compiled bodies
from pellucid.nn.functional.padding_modes import pad
from pellucid.nn.functional.trilinear import convolve, output_size

__all__ = ["conv1d", "conv2d"]


def conv1d(input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    """y[n, o, i] = b[o] + Σ_cu w[o, c, u] x[n, c, s i + d u - p]: convolution of signals.

    A causal one, in which y[i] depends on no x after i, is that of ``pad(x, (d (k - 1), 0))``.

    Parameters
    ----------
    input : (N, C, L) or (C, L)
        x.
    weight : (O, C / groups, k)
        w.  Output channels are parted into ``groups``, each of which sees C / groups of the input's.
    bias : (O,) or None
        b.
    stride, padding, dilation : int or tuple of one int
        s, p and d.
    padding : also "valid" (none) or "same" (y is as long as x; with an even k the last is added).

    Returns
    -------
    (N, O, M) or (O, M), with M = ⌊(L + 2p - d (k - 1) - 1) / s⌋ + 1.

    Raises
    ------
    RuntimeError
        For shapes or dtypes that do not fit, both named.
    """
    return _convolution(1, input, weight, bias, stride, padding, dilation, groups)


def conv2d(input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    """y[n, o, i, j] = b[o] + Σ_cuv w[o, c, u, v] x[n, c, s i + d u - p, s j + d v - p].

    Parameters
    ----------
    input : (N, C, H, W) or (C, H, W)
        x.
    weight : (O, C / groups, k, l)
        w.  Output channels are parted into ``groups``, each of which sees C / groups of the input's.
    bias : (O,) or None
        b.
    stride, padding, dilation : int or pair of ints, for height and width
        s, p and d.
    padding : also "valid" (none) or "same" (y is as large as x; with an even k the last is added).

    Returns
    -------
    (N, O, I, J) or (O, I, J), with I = ⌊(H + 2p - d (k - 1) - 1) / s⌋ + 1 and J likewise; its
    memory is channels-last.

    Raises
    ------
    RuntimeError
        For shapes or dtypes that do not fit, both named.
    """
    return _convolution(2, input, weight, bias, stride, padding, dilation, groups)


def _convolution(axes, x, weight, bias, stride, padding, dilation, groups):
    name = f"conv{axes}d"
    batched = _check(name, axes, x, weight, bias, groups)
    stride, dilation = several(name, "stride", stride, axes), several(name, "dilation", dilation, axes)
    _positive(stride=stride, dilation=dilation)
    channels = x.shape[-axes - 1]
    if channels != weight.shape[1] * groups:
        raise RuntimeError(
            f"Given groups={groups}, weight of size {list(weight.shape)}, expected "
            f"input{list(x.shape)} to have {weight.shape[1] * groups} channels, but got {channels} "
            "channels instead"
        )
    if isinstance(padding, str):
        x, padding = _padded(x, weight.shape[2:], stride, padding, dilation)
    padding = several(name, "padding", padding, axes)
    if min(padding) < 0:
        raise RuntimeError("negative padding is not supported")
    size = x.shape[-axes:]
    if min(output_size(size, weight.shape[2:], stride, padding, dilation)) < 1:
        around = tuple(h + 2 * p for h, p in zip(size, padding, strict=True))
        span = tuple(d * (k - 1) + 1 for k, d in zip(weight.shape[2:], dilation, strict=True))
        raise RuntimeError(
            f"Calculated padded input size per channel: {around}. Kernel size: {span}. "
            "Kernel size can't be greater than actual input size"
        )
    x = x if batched else x[None]
    if axes == 2:
        y = convolve(x, weight, bias, stride, padding, dilation, groups)
    else:  # a signal is an image of one row
        x, weight = x[:, :, None], weight[:, :, None]
        y = convolve(x, weight, bias, (1, *stride), (0, *padding), (1, *dilation), groups)[:, :, 0]
    return y if batched else y[0]
