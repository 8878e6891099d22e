"""Transposed convolution: the gradient of a convolution by its input, as a layer that enlarges."""

from pellucid.nn.functional.geometry import (
    as_image,
    batch,
    check_weight,
    positive,
    several,
    unbatch,
)
from pellucid.nn.functional.trilinear import convolve_input

__all__ = ["conv_transpose1d", "conv_transpose2d"]


def conv_transpose1d(
    input, weight, bias=None, stride=1, padding=0, output_padding=0, groups=1, dilation=1
):
    """y[n, o, s i + d u - p] += Σ_c w[c, o, u] x[n, c, i], over all i and u; then + b[o].

    Parameters
    ----------
    input : (N, C, L) or (C, L)
        x.
    weight : (C, O / groups, k)
        w.
    bias : (O,) or None
        b.
    stride, padding, dilation : int or tuple of one int
        s, p and d.  Padding takes away from y.
    output_padding : int or tuple of one int
        How much longer y is: lengths that differ by less than s have the same convolution.
    groups : int

    Returns
    -------
    (N, O, M) or (O, M), with M = (L - 1) s - 2p + d (k - 1) + output_padding + 1.

    Raises
    ------
    RuntimeError
        For shapes or dtypes that do not belong together; both are named.
    """
    options = stride, padding, output_padding, groups, dilation
    return _transposed(1, input, weight, bias, *options)


def conv_transpose2d(
    input, weight, bias=None, stride=1, padding=0, output_padding=0, groups=1, dilation=1
):
    """y[n, o, s i + d u - p, s j + d v - p] += Σ_c w[c, o, u, v] x[n, c, i, j]; then + b[o].

    Parameters
    ----------
    input : (N, C, H, W) or (C, H, W)
        x.
    weight : (C, O / groups, k, l)
        w.
    bias : (O,) or None
        b.
    stride, padding, dilation : int or pair of ints, for height and width
        s, p and d.  Padding takes away from y.
    output_padding : int or pair of ints
        How much larger y is: sizes that differ by less than s have the same convolution.
    groups : int

    Returns
    -------
    (N, O, I, J) or (O, I, J), with I = (H - 1) s - 2p + d (k - 1) + output_padding + 1, J
    likewise; in memory its channels are last.

    Raises
    ------
    RuntimeError
        For shapes or dtypes that do not belong together; both are named.
    """
    options = stride, padding, output_padding, groups, dilation
    return _transposed(2, input, weight, bias, *options)


def _transposed(axes, x, weight, bias, stride, padding, output_padding, groups, dilation):
    x, batched = batch(f"conv_transpose{axes}d", x, axes)
    check_weight(x, weight, bias, axes, groups, transposed=True)
    stride, dilation = several("stride", stride, axes), several("dilation", dilation, axes)
    padding = several("padding", padding, axes)
    more = several("output_padding", output_padding, axes)
    positive(stride=stride, dilation=dilation)
    if min(padding) < 0 or min(more) < 0:
        raise RuntimeError("negative padding or output_padding is not supported")
    if any(m >= max(s, d) for m, s, d in zip(more, stride, dilation, strict=True)):
        raise RuntimeError(
            "output padding must be smaller than either stride or dilation, but got "
            f"output_padding: {list(more)}, stride: {list(stride)}, dilation: {list(dilation)}"
        )
    every = zip(x.shape[2:], weight.shape[2:], stride, padding, dilation, more, strict=True)
    size = tuple((h - 1) * s - 2 * p + d * (k - 1) + m + 1 for h, k, s, p, d, m in every)
    if min(size) < 1:
        raise RuntimeError(
            f"Given input size per channel: {list(x.shape[2:])}. Calculated output size per "
            f"channel: {list(size)}. Output size is too small"
        )
    geometry = (size, stride, padding, dilation)
    if axes == 1:
        geometry = tuple((one, *v) for one, v in zip((1, 1, 0, 1), geometry, strict=True))
    y = convolve_input(as_image(x, axes), as_image(weight, axes), bias, *geometry, groups)
    return unbatch(y[:, :, 0] if axes == 1 else y, batched)
