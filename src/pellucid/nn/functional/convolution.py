"""Convolution of signals and images, with PyTorch's arguments."""

from pellucid.nn.functional.geometry import (
    as_image,
    batch,
    check_weight,
    positive,
    several,
    unbatch,
)
from pellucid.nn.functional.padding import pad
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
        w.  The output's channels are parted into groups; each sees C / groups of the input's.
    bias : (O,) or None
        b.
    stride, padding, dilation : int or tuple of one int
        s, p and d.  Padding is also "valid" (none) or "same" (y is as long as x; of an odd number
        the last zero is at the end).
    groups : int

    Returns
    -------
    (N, O, M) or (O, M), with M = ⌊(L + 2p - d (k - 1) - 1) / s⌋ + 1.

    Raises
    ------
    RuntimeError
        For shapes or dtypes that do not belong together; both are named.
    """
    return _convolution(1, input, weight, bias, stride, padding, dilation, groups)


def conv2d(input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    """y[n, o, i, j] = b[o] + Σ_cuv w[o, c, u, v] x[n, c, s i + d u - p, s j + d v - p].

    Parameters
    ----------
    input : (N, C, H, W) or (C, H, W)
        x.
    weight : (O, C / groups, k, l)
        w.  The output's channels are parted into groups; each sees C / groups of the input's.
    bias : (O,) or None
        b.
    stride, padding, dilation : int or pair of ints, for height and width
        s, p and d.  Padding is also "valid" (none) or "same" (y is as large as x; of an odd number
        the last zeros are below and to the right).
    groups : int

    Returns
    -------
    (N, O, I, J) or (O, I, J), with I = ⌊(H + 2p - d (k - 1) - 1) / s⌋ + 1, J likewise; in memory
    its channels are last.

    Raises
    ------
    RuntimeError
        For shapes or dtypes that do not belong together; both are named.
    """
    return _convolution(2, input, weight, bias, stride, padding, dilation, groups)


def _convolution(axes, x, weight, bias, stride, padding, dilation, groups):
    x, batched = batch(f"conv{axes}d", x, axes)
    check_weight(x, weight, bias, axes, groups, transposed=False)
    stride, dilation = several("stride", stride, axes), several("dilation", dilation, axes)
    positive(stride=stride, dilation=dilation)
    kernel = weight.shape[2:]
    if isinstance(padding, str):
        x, padding = _named_padding(x, kernel, stride, padding, dilation)
    padding = several("padding", padding, axes)
    if min(padding) < 0:
        raise RuntimeError("negative padding is not supported")
    if min(output_size(x.shape[2:], kernel, stride, padding, dilation)) < 1:
        around = [h + 2 * p for h, p in zip(x.shape[2:], padding, strict=True)]
        span = [d * (k - 1) + 1 for k, d in zip(kernel, dilation, strict=True)]
        raise RuntimeError(
            f"Calculated padded input size per channel: {around}. Kernel size: {span}. "
            "Kernel size can't be greater than actual input size"
        )
    geometry = (stride, padding, dilation)
    if axes == 1:
        geometry = tuple((one, *v) for one, v in zip((1, 0, 1), geometry, strict=True))
    y = convolve(as_image(x, axes), as_image(weight, axes), bias, *geometry, groups)
    return unbatch(y[:, :, 0] if axes == 1 else y, batched)


def _named_padding(x, kernel, stride, padding, dilation):
    """x and the ints that "valid" and "same" stand for; what is not even is added to x."""
    if padding == "valid":
        return x, 0
    if padding != "same":
        raise RuntimeError(f"Invalid padding string: {padding!r}")
    if max(stride) > 1:
        raise RuntimeError("padding='same' is not supported for strided convolutions")
    total = [d * (k - 1) for k, d in zip(kernel, dilation, strict=True)]
    if any(t % 2 for t in total):
        x = pad(x, [side for t in reversed(total) for side in (0, t % 2)])
    return x, tuple(t // 2 for t in total)
