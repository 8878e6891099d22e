"""The compiled bodies of convolution's three ops, on images whose memory is (N, H, W, C).

Of each op there are several ways: Winograd's for 3x3 and 5x5 kernels, sums in place where an image
or a group has few channels, and for all else matrix products with *columns* of pixels: one product
where the windows are few, else one for some lines of windows at a time, whose columns stay in the
cache, and are made again when they are needed again.
"""

import numpy as np

from pellucid.nn.functional.columns import Columns
from pellucid.nn.functional.depthwise import depthwise, depthwise_input, depthwise_weight
from pellucid.nn.functional.direct import (
    direct,
    direct_weight,
    suits_direct,
    suits_direct_weight,
)
from pellucid.nn.functional.few_windows import are_few, fill_input, fill_output, fill_weight
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
from pellucid.nn.functional.winograd import (
    suits_winograd,
    winograd,
    winograd_input,
    winograd_weight,
)
from pellucid.reduction import blocks, map_blocks, one_blas_thread, reduce_blocks

_SUMS = 4  # parts in which the weight's gradient is summed


@convolve.kernel
def _convolve(x, weight, bias, stride, padding, dilation, groups):
    size = output_size(x.shape[2:], weight.shape[2:], stride, padding, dilation)
    y = empty_images(len(x), len(weight), *size, x.dtype)
    with one_blas_thread:  # of its own threads one would wait awake, and hold a core, afterwards
        _fill_y(channels_last(x), weight, bias, stride, padding, dilation, groups, channels_last(y))
    return y, _summed(convolve_vjp(x, weight, bias, stride, padding, dilation, groups))


def _fill_y(x, weight, bias, stride, padding, dilation, groups, y):
    size, many = y.shape[1:3], len(weight) // groups
    if suits_winograd(weight, len(x), size, stride, dilation, groups):
        winograd(x, weight, bias, padding, y)
    elif suits_direct(weight, len(x), size, dilation, groups):
        direct(x, weight, bias, stride, padding, y)
    elif _is_depthwise(weight, groups):
        x = np.repeat(x, many, axis=-1) if many > 1 else x
        b = 0 if bias is None else bias
        depthwise(x, _pixels_first(weight), b, (stride, padding, dilation), y)
    else:
        columns = Columns(x.shape[1:], weight.shape[2:], size, stride, padding, dilation, groups)
        if are_few(y, weight, groups):
            fill_output(x, weight, bias, columns, y)
            return
        by_line = np.reshape(y, (-1, size[1], groups, many))
        matrices = _matrices(weight, groups)

        def fill(part):
            buffer = columns.buffer(x.dtype)
            for lines in columns.steps(part):
                rows = np.reshape(by_line[lines], (-1, groups, many))
                for g, matrix in enumerate(matrices):
                    np.matmul(columns.gather(x, lines, g, buffer), matrix, out=rows[:, g])
                if bias is not None:
                    rows += np.reshape(bias, (groups, many))

        map_blocks(fill, columns.parts(len(by_line)))


@convolve_input.kernel
def _convolve_input(y, weight, bias, size, stride, padding, dilation, groups):
    x = empty_images(len(y), weight.shape[1] * groups, *size, y.dtype)
    with one_blas_thread:
        _fill_x(channels_last(y), weight, bias, stride, padding, dilation, groups, channels_last(x))
    return x, _summed(convolve_input_vjp(y, weight, bias, stride, padding, dilation, groups))


def _fill_x(y, weight, bias, stride, padding, dilation, groups, x):
    size, many = y.shape[1:3], len(weight) // groups
    every = zip(weight.shape[2:], padding, dilation, strict=True)
    around = tuple(d * (k - 1) - p for k, p, d in every)
    whole = output_size(size, weight.shape[2:], (1, 1), around, dilation) == x.shape[1:3]
    fewer = len(weight) <= 2 * x.shape[3]  # numbers in the columns of y than in those of x
    few = are_few(y, weight, groups)
    if groups == 1 and stride == (1, 1) and min(around) >= 0 and whole and fewer:
        backward = np.swapaxes(weight[:, :, ::-1, ::-1], 0, 1)  # the convolution of y with this
        if suits_winograd(backward, len(y), x.shape[1:3], stride, dilation, groups):
            winograd_input(y, weight, bias, around, x)
            return
        if not few:
            _fill_y(y, backward, bias, stride, around, dilation, 1, x)
            return
    columns = Columns(x.shape[1:], weight.shape[2:], size, stride, padding, dilation, groups)
    if few:
        fill_input(y, weight, bias, columns, x)
        return
    bias = 0 if bias is None else bias
    if _is_depthwise(weight, groups) and many == 1:
        if stride == (1, 1) and min(around) >= 0 and whole:
            depthwise(
                y, _pixels_first(weight[:, :, ::-1, ::-1]), bias, (stride, around, dilation), x
            )
            return
        depthwise_input(y, _pixels_first(weight), bias, (stride, padding, dilation), x)
        return
    by_line = np.reshape(y, (-1, size[1], groups, many))
    matrices = _matrices(weight, groups)

    def spread(images):
        x[images] = bias
        for lines in columns.steps(slice(images.start * size[0], images.stop * size[0])):
            rows = np.reshape(by_line[lines], (-1, groups, many))
            for g, matrix in enumerate(matrices):
                columns.scatter(rows[:, g] @ matrix.T, lines, g, x)

    map_blocks(spread, blocks(len(y), 1, 1))


@convolve_weight.kernel
def _convolve_weight(x, y, kernel, stride, padding, dilation, groups):
    with one_blas_thread:
        last = channels_last(x), channels_last(y)
        w = _w_of(*last, kernel, stride, padding, dilation, groups)
    return w, convolve_weight_vjp(x, y, stride, padding, dilation, groups)


def _w_of(x, y, kernel, stride, padding, dilation, groups):
    shape = y.shape[3], x.shape[3] // groups, *kernel
    w = np.empty(shape, x.dtype)
    if suits_winograd(w, len(x), y.shape[1:3], stride, dilation, groups):
        return winograd_weight(x, y, kernel[0], padding)
    if suits_direct_weight(w, len(x), y.shape[1:3], dilation, groups):
        return direct_weight(x, y, kernel, stride, padding)
    many = shape[0] // groups
    if shape[1] == 1 and groups > 1:
        x = np.repeat(x, many, axis=-1) if many > 1 else x
        w = depthwise_weight(x, y, kernel, (stride, padding, dilation))
        return np.ascontiguousarray(np.transpose(w, (2, 0, 1)))[:, None]
    columns = Columns(x.shape[1:], kernel, y.shape[1:3], stride, padding, dilation, groups)
    if are_few(y, w, groups):
        fill_weight(x, y, columns, w)
        return w
    by_line = np.reshape(y, (-1, y.shape[2], groups, many))

    def add(part):
        total = np.zeros((groups, many, columns.width), x.dtype)
        buffer = columns.buffer(x.dtype)
        for lines in columns.steps(part):
            rows = np.reshape(by_line[lines], (-1, groups, many))
            for g in range(groups):
                total[g] += rows[:, g].T @ columns.gather(x, lines, g, buffer)
        return total

    parts = blocks(len(by_line), 1, max(1, -(-len(by_line) // _SUMS)))
    total = reduce_blocks(add, parts) if parts else add(slice(0, 0))
    total = np.reshape(total, (shape[0], -1, shape[1]))
    np.reshape(w, (*shape[:2], -1))[...] = np.swapaxes(total, 1, 2)  # (k l, C/G) to (C/G, k l)
    return w


def _summed(vjp):
    """``vjp``, with the bias's sum over pixels as a product: in a tenth of NumPy's time."""

    def back(dy):
        *others, by_bias = vjp(dy)
        return *others, by_bias and (lambda: _sum_of_pixels(dy))

    return back


def _sum_of_pixels(y):
    rows = np.reshape(channels_last(y), (-1, y.shape[1]))
    with one_blas_thread:
        return np.ones(len(rows), rows.dtype) @ rows


def _is_depthwise(weight, groups):
    return weight.shape[1] == 1 and groups > 1


def _pixels_first(weight):
    """(C, 1, k, l) as (k, l, C)."""
    return np.ascontiguousarray(np.transpose(weight[:, 0], (1, 2, 0)))


def _matrices(weight, groups):
    """What each group's columns are multiplied by: (G, k l C/G, O/G)."""
    rows = np.ascontiguousarray(np.transpose(weight, (0, 2, 3, 1)))  # each filter (k, l, C/G)
    return np.swapaxes(np.reshape(rows, (groups, len(weight) // groups, -1)), 1, 2)
