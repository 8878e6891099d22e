"""Winograd's F(4x4, 3x3) and F(2x2, 5x5): 36 products where 144 or 100 are the rule.

On tiles of 6x6 pixels of x and m x m of y, m = 7 - k for a k x k kernel, the trilinear form of
convolution becomes a sum over 36 frequencies, each of which is one matrix product over channels:

    T(x, w, y) = Σ_f (Bᵀ x B)_f (G w Gᵀ)_f (A y Aᵀ)_f

so y = Aᵀ [(G w Gᵀ) (Bᵀ x B)] A and ∂T/∂w = Gᵀ [(Bᵀ x B) (A y Aᵀ)] G.  Polynomials of degree 5 are
multiplied by their values at the points 0, ±1, ±2 and ∞: A and G hold the points' powers, B brings
the product back, and does not depend on k.  The transforms mix numbers of different size, which
costs a digit or two: float32 alone is worth it, and it has a tolerance of its own in the tests.
Images are (N, H, W, C), in memory too.

References
----------
Lavin, Gray, "Fast algorithms for convolutional neural networks", CVPR 2016.
"""

import numpy as np

from pellucid.nn.functional.winograd_transforms import (
    LANES,
    adjoint,
    filters_of,
    inverse,
    transform,
    weight_of,
)
from pellucid.reduction import blocks, map_blocks

_STEPS = 4  # that a thread makes in the same buffers, if there are parts enough for others
_WORTH_SHARING = 64  # tiles: their transform takes longer than to hand them over
_CHANNELS = 1024  # in all packs of filters that are taken at a time, if all tiles are
_PAIRS = 1 << 12  # of channels, whose filters one block transforms
_CHUNK_BYTES = 1 << 22  # of frequencies, when the weight's gradient is summed


def suits_winograd(weight, images, size, stride, dilation, groups):
    """Whether so many images of y, of height and width ``size``, are better convolved so."""
    return (
        weight.dtype == np.float32
        and weight.shape[2:] in ((3, 3), (5, 5))
        and (*stride, *dilation, groups) == (1, 1, 1, 1, 1)
        and weight.shape[0] % LANES == weight.shape[1] % LANES == 0
        and min(size) >= 4
        and images * size[0] * size[1] >= 256  # else the filters cost more than the products
    )


def winograd(x, weight, bias, padding, y):
    """Fill y (N, I, J, O) with the convolution of x (N, H, W, C) and weight (O, C, k, k)."""
    _convolve(x, np.swapaxes(weight, 0, 1), bias, padding, y)


def winograd_input(y, weight, bias, around, x):
    """Fill x (N, H, W, C) with that of y (N, I, J, O) and weight (O, C, k, k) turned round."""
    _convolve(y, weight[:, :, ::-1, ::-1], bias, around, x)


def _convolve(x, weight, bias, padding, y):
    """y from x (N, H, W, C) and weight (C, O, k, k), y's tiles in steps that stay in the cache."""
    (c, o), m = weight.shape[:2], 7 - weight.shape[2]
    bias = np.zeros(o, x.dtype) if bias is None else bias
    tiles = _tiles(y, m)
    step = max((1 << 20) // (36 * 4 * (c + o)), (c + o) // 4)  # or worth reading the filters for
    if tiles <= 2 * step:
        _convolve_by_filters(x, weight, bias, padding, m, y)
        return
    filters, packs = _filters(weight), o // LANES
    many = min(_STEPS * step, -(-tiles // 4))
    step = -(-many // max(1, round(many / step)))  # or a few would be left to the last

    def convolve_tiles(some):
        x_frequencies, v = _buffer(step, c)
        y_frequencies, products = _buffer(step, o)
        for first in range(some.start, some.stop, step):
            number = min(step, some.stop - first)
            transform(_lanes(x), *padding, *y.shape[1:3], m, first, number, x_frequencies, 0)
            np.matmul(v[:, :number], filters, out=products[:, :number])
            inverse(y_frequencies, _lanes(bias), first, number, m, _lanes(y), 0, packs)

    map_blocks(convolve_tiles, blocks(tiles, 1, many))


def _convolve_by_filters(x, weight, bias, padding, m, y):
    """The same, all tiles at once and some filters at a time: each filter is read but once."""
    tiles, packs = _tiles(y, m), weight.shape[1] // LANES
    x_frequencies, v = _buffer(tiles, len(weight))

    def spread(part):
        number, at = part.stop - part.start, part.start
        transform(_lanes(x), *padding, *y.shape[1:3], m, at, number, x_frequencies, at)

    def convolve_filters(some):
        filters = _filters(weight[:, some.start * LANES : some.stop * LANES])
        y_frequencies, products = _buffer(tiles, filters.shape[2])
        np.matmul(v, filters, out=products)
        inverse(y_frequencies, _lanes(bias), 0, tiles, m, _lanes(y), some.start, some.stop)

    map_blocks(spread, _shares(tiles, _WORTH_SHARING))
    map_blocks(convolve_filters, _shares(packs, max(1, _CHANNELS // len(weight))))


def winograd_weight(x, y, k, padding):
    """The sum over all windows of x (N, H, W, C) and pixels of y (N, I, J, O): (O, C, k, k)."""
    c, o = x.shape[-1], y.shape[-1]
    frequencies, total = _buffer(o, c)
    chunk = max(_CHUNK_BYTES, total.nbytes)  # the sums are read again with each
    for tiles in blocks(_tiles(y, 7 - k), 36 * (c + o) * x.itemsize, chunk):
        _add_weight(x, y, padding, 7 - k, tiles, total)
    w = np.empty((o, c, k, k), x.dtype)

    def back(rows):
        weight_of(frequencies, rows.start, rows.stop, w)

    map_blocks(back, blocks(o, c, _PAIRS))
    return w


def _add_weight(x, y, padding, m, tiles, total):
    """Add (A y Aᵀ)_f (Bᵀ x B)_f over ``tiles`` to total[f]: first by tile, then by frequency."""
    number = tiles.stop - tiles.start
    x_frequencies, v = _buffer(number, x.shape[-1])
    y_frequencies, d = _buffer(number, y.shape[-1])

    def spread(part):
        first, many, at = tiles.start + part.start, part.stop - part.start, part.start
        transform(_lanes(x), *padding, *y.shape[1:3], m, first, many, x_frequencies, at)
        adjoint(_lanes(y), first, many, m, y_frequencies, at)

    def multiply(part):
        of_filters = np.swapaxes(d[part], 1, 2)
        if tiles.start == 0:
            np.matmul(of_filters, v[part], out=total[part])
        else:
            total[part] += np.matmul(of_filters, v[part])

    map_blocks(spread, _shares(number, _WORTH_SHARING))
    map_blocks(multiply, _shares(36, 6))


def _filters(weight):
    """G w Gᵀ of weight (A, B, k, k), by frequency: (36, A, B)."""
    a, b = weight.shape[:2]
    frequencies, filters = _buffer(a, b)

    def fill(rows):
        filters_of(weight, rows.start, rows.stop, frequencies)

    map_blocks(fill, blocks(a, b, _PAIRS))
    return filters


def _lanes(x):
    """x with its channels in packs of so many that a transform takes at once."""
    return np.reshape(x, (*x.shape[:-1], x.shape[-1] // LANES, LANES))


def _buffer(tiles, channels):
    """Room for the frequencies of so many tiles, as the kernels and as matmul see it.

    A line of the cache is added to each frequency: without it all 36 would share one set of lines.
    """
    flat = np.empty((36, tiles * channels + LANES), np.float32)
    return _lanes(flat), np.reshape(flat[:, : tiles * channels], (36, tiles, channels))


def _shares(n, least):
    """An even number of equal parts of n things, which are so many or more if that is two parts."""
    pairs = max(1, n // (2 * least))
    return blocks(n, 1, -(-n // (2 * pairs)))


def _tiles(y, m):
    n, h, w, _ = y.shape
    return n * -(-h // m) * -(-w // m)
