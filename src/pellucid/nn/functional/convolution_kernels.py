"""The compiled bodies of convolution's three ops, on images whose memory is (N, H, W, C).

Of each op there are three ways: Winograd's for 3x3 kernels, sums in place where a group is one
channel, and for all else one matrix product with *columns* of pixels, made for a few lines of
windows at a time, so that they stay in the cache, and made again when they are needed again.
"""

import numpy as np

from pellucid.nn.functional.columns import Columns
from pellucid.nn.functional.depthwise import depthwise, depthwise_input, depthwise_weight
from pellucid.nn.functional.layout import channels_last, empty_images
from pellucid.nn.functional.trilinear import (
    convolve,
    convolve_input,
    convolve_input_vjp,
    convolve_vjp,
    convolve_weight,
    convolve_weight_vjp,
    output_size,
)
from pellucid.nn.functional.winograd import suits_winograd, winograd, winograd_weight
from pellucid.reduction import blocks, map_blocks, reduce_blocks

_SUMS = 4  # parts in which the weight's gradient is summed


@convolve.kernel
def _convolve(x, weight, bias, stride, padding, dilation, groups):
    size = output_size(x.shape[2:], weight.shape[2:], stride, padding, dilation)
    y = empty_images(len(x), len(weight), *size, x.dtype)
    _fill_y(channels_last(x), weight, bias, stride, padding, dilation, groups, channels_last(y))
    return y, convolve_vjp(x, weight, bias, stride, padding, dilation, groups)


def _fill_y(x, weight, bias, stride, padding, dilation, groups, y):
    size, many = y.shape[1:3], len(weight) // groups
    if suits_winograd(weight, len(x), size, stride, dilation, groups):
        winograd(x, weight, bias, padding, y)
    elif _is_depthwise(weight, groups):
        x = np.repeat(x, many, axis=-1) if many > 1 else x
        b = 0 if bias is None else bias
        depthwise(x, _pixels_first(weight), b, (stride, padding, dilation), y)
    else:
        columns = Columns(x.shape[1:], weight.shape[2:], size, stride, padding, dilation, groups)
        by_line = np.reshape(y, (-1, size[1], groups, many))
        matrices = _matrices(weight, groups)

        def fill(lines):
            rows = np.reshape(by_line[lines], (-1, groups, many))
            for g, matrix in enumerate(matrices):
                np.matmul(columns.gather(x, lines, g), matrix, out=rows[:, g])
            if bias is not None:
                rows += np.reshape(bias, (groups, many))

        map_blocks(fill, columns.blocks(slice(0, len(by_line)), x.itemsize))


@convolve_input.kernel
def _convolve_input(y, weight, bias, size, stride, padding, dilation, groups):
    x = empty_images(len(y), weight.shape[1] * groups, *size, y.dtype)
    _fill_x(channels_last(y), weight, bias, stride, padding, dilation, groups, channels_last(x))
    return x, convolve_input_vjp(y, weight, bias, stride, padding, dilation, groups)


def _fill_x(y, weight, bias, stride, padding, dilation, groups, x):
    size, many = x.shape[1:3], len(weight) // groups
    every = zip(weight.shape[2:], padding, dilation, strict=True)
    around = tuple(d * (k - 1) - p for k, p, d in every)
    backward = np.swapaxes(weight[:, :, ::-1, ::-1], 0, 1)
    if min(around) >= 0 and suits_winograd(backward, len(y), size, stride, dilation, groups):
        winograd(y, backward, bias, around, x)
        return
    bias = 0 if bias is None else bias
    if _is_depthwise(weight, groups) and many == 1:
        depthwise_input(y, _pixels_first(weight), bias, (stride, padding, dilation), x)
        return
    columns = Columns(
        x.shape[1:], weight.shape[2:], y.shape[1:3], stride, padding, dilation, groups
    )
    by_line = np.reshape(y, (-1, y.shape[2], groups, many))
    matrices = _matrices(weight, groups)

    def spread(images):
        x[images] = bias
        lines = slice(images.start * y.shape[1], images.stop * y.shape[1])
        for part in columns.blocks(lines, x.itemsize):
            rows = np.reshape(by_line[part], (-1, groups, many))
            for g, matrix in enumerate(matrices):
                columns.scatter(rows[:, g] @ matrix.T, part, g, x)

    map_blocks(spread, blocks(len(y), 1, 1))


@convolve_weight.kernel
def _convolve_weight(x, y, kernel, stride, padding, dilation, groups):
    vjp = convolve_weight_vjp(x, y, stride, padding, dilation, groups)
    x, y = channels_last(x), channels_last(y)
    shape = y.shape[3], x.shape[3] // groups, *kernel
    if suits_winograd(np.empty(shape, x.dtype), len(x), y.shape[1:3], stride, dilation, groups):
        return winograd_weight(x, y, padding), vjp
    many = shape[0] // groups
    if shape[1] == 1 and groups > 1:
        x = np.repeat(x, many, axis=-1) if many > 1 else x
        w = depthwise_weight(x, y, kernel, (stride, padding, dilation))
        return np.ascontiguousarray(np.transpose(w, (2, 0, 1)))[:, None], vjp
    columns = Columns(x.shape[1:], kernel, y.shape[1:3], stride, padding, dilation, groups)
    by_line = np.reshape(y, (-1, y.shape[2], groups, many))

    def add(lines):
        total = np.zeros((groups, columns.width, many), x.dtype)
        for part in columns.blocks(lines, x.itemsize):
            rows = np.reshape(by_line[part], (-1, groups, many))
            for g in range(groups):
                total[g] += columns.gather(x, part, g).T @ rows[:, g]
        return total

    parts = blocks(len(by_line), 1, max(1, -(-len(by_line) // _SUMS)))
    total = reduce_blocks(add, parts) if parts else add(slice(0, 0))
    w = np.reshape(total, (groups, *kernel, shape[1], many))  # (G, k, l, C/G, O/G)
    return np.reshape(np.transpose(w, (0, 4, 3, 1, 2)), shape), vjp


def _is_depthwise(weight, groups):
    return weight.shape[1] == 1 and groups > 1


def _pixels_first(weight):
    """(C, 1, k, l) as (k, l, C)."""
    return np.ascontiguousarray(np.transpose(weight[:, 0], (1, 2, 0)))


def _matrices(weight, groups):
    """What each group's columns are multiplied by: (G, k l C/G, O/G)."""
    w = np.reshape(weight, (groups, -1, *weight.shape[1:]))
    w = np.transpose(w, (0, 3, 4, 2, 1))  # (G, k, l, C/G, O/G)
    return np.reshape(w, (groups, -1, w.shape[-1]))
