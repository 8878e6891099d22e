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

import itertools

import numpy as np

from pellucid.nn.functional.winograd_products import (
    add_by_tiles,
    convolve_by_filters,
    convolve_by_tiles,
    correlate_by_tiles,
)
from pellucid.nn.functional.winograd_transforms import (
    LANES,
    adjoint,
    filters_of,
    transform,
    weight_of,
)
from pellucid.reduction import blocks, map_blocks, reduce_blocks

_STEPS = 4  # that a thread makes in the same buffer, if there are parts enough for others
_WORTH_SHARING = 64  # tiles: their transform takes longer than to hand them over
_PAIRS = 1 << 12  # of channels, whose 36 frequencies stay in the cache
_SIDE = 64  # channels on either side of so many pairs
_STEP_BYTES = 1 << 19  # of frequencies that one thread computes and uses: half its cache
_CHUNK_BYTES = 1 << 22  # of those that all threads use
_SUMS = 4  # parts in which the weight's gradient is summed


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
    step = max(_STEP_BYTES // (36 * 4 * (c + o)), (c + o) // 4)  # worth reading the filters for
    if tiles <= 2 * step:
        _convolve_by_filters(x, weight, bias, padding, m, y)
        return
    filters, packs = _room(c, o), o // LANES

    def fill(some):
        filters_of(weight, some.start, some.stop, 0, packs, filters, some.start)

    map_blocks(fill, _shares(c, LANES))
    parts = _shares(tiles, min(_STEPS * step, tiles // 4))
    many = parts[0].stop
    step = -(-many // max(1, round(many / step)))  # or a few would be left to the last

    def convolve_tiles(some):
        options = *padding, m, some.start, some.stop
        rooms = _room(step, c), _room(step, o)
        convolve_by_tiles(_lanes(x), *options, filters, _lanes(bias), _lanes(y), *rooms)

    map_blocks(convolve_tiles, parts)


def _convolve_by_filters(x, weight, bias, padding, m, y):
    """The same, all tiles at once and some filters at a time: each filter is read but once."""
    (c, o), tiles = weight.shape[:2], _tiles(y, m)
    v = _room(tiles, c)

    def spread(part):
        number, at = part.stop - part.start, part.start
        transform(_lanes(x), *padding, *y.shape[1:3], m, at, number, v, at)

    def convolve_filters(some):
        channels, options = (some.stop - some.start) * LANES, (tiles, m, some.start, some.stop)
        rooms = _room(min(c, _SIDE), channels), _room(tiles, channels)
        convolve_by_filters(v, weight, _lanes(bias), *options, _lanes(y), *rooms)

    map_blocks(spread, _shares(tiles, _WORTH_SHARING))
    map_blocks(convolve_filters, _packs(o))


def winograd_weight(x, y, k, padding):
    """The sum over all windows of x (N, H, W, C) and pixels of y (N, I, J, O): (O, C, k, k)."""
    weight = np.empty((y.shape[-1], x.shape[-1], k, k), x.dtype)
    if x.shape[-1] * y.shape[-1] <= _PAIRS:
        _weight_by_tiles(x, y, padding, weight)
    else:
        _weight_by_filters(x, y, padding, weight)
    return weight


def _weight_by_tiles(x, y, padding, weight):
    """Each thread adds up some tiles, in steps that stay in the cache with their sums."""
    (o, c), m = weight.shape[:2], 7 - weight.shape[2]
    tiles, step = _tiles(y, m), _STEP_BYTES // (36 * 4 * (c + o))

    def add(some):
        v, d, total = _room(step, c), _room(step, o), _room(o, c)
        total[...] = 0
        correlate_by_tiles(_lanes(x), _lanes(y), *padding, m, some.start, some.stop, v, d, total)
        return total

    total = reduce_blocks(add, blocks(tiles, 1, -(-tiles // _SUMS)))

    def back(rows):
        weight_of(total, rows.start, rows.start, rows.stop, 0, c // LANES, weight)

    map_blocks(back, _shares(o, LANES))


def _weight_by_filters(x, y, padding, weight):
    """All threads take the same tiles, and each its own pairs of channels."""
    (o, c), m, totals = weight.shape[:2], 7 - weight.shape[2], {}
    pairs = list(itertools.product(blocks(o, 1, _SIDE), _packs(c)))

    def take(tiles, last):
        number = tiles.stop - tiles.start
        v, d = _room(number, c), _room(number, o)

        def spread(part):
            first, many, at = tiles.start + part.start, part.stop - part.start, part.start
            transform(_lanes(x), *padding, *y.shape[1:3], m, first, many, v, at)
            adjoint(_lanes(y), first, many, m, d, at)

        def add(pair):
            rows, packs = pairs[pair]
            total = totals.pop(pair, None)
            if total is None:
                total = _room(rows.stop - rows.start, LANES * (packs.stop - packs.start))
                total[...] = 0
            add_by_tiles(d, v, rows.start, packs.start, number, total)
            if last:  # the sums are in the cache
                weight_of(total, 0, rows.start, rows.stop, packs.start, packs.stop, weight)
            else:
                totals[pair] = total

        map_blocks(spread, _shares(number, _WORTH_SHARING))
        map_blocks(add, range(len(pairs)))

    chunk = max(_CHUNK_BYTES, 36 * x.itemsize * o * c)  # the sums are read again with each
    chunks = blocks(_tiles(y, m), 36 * x.itemsize * (o + c), chunk)
    for tiles in chunks:
        take(tiles, tiles == chunks[-1])


def _lanes(x):
    """x with its channels in packs of so many that a transform takes at once."""
    return np.reshape(x, (*x.shape[:-1], x.shape[-1] // LANES, LANES))


def _room(rows, channels):
    """Room for the frequencies of so many rows: (36, packs of channels, rows, LANES)."""
    return np.empty((36, channels // LANES, -(-rows // 8) * 8 + 1, LANES), np.float32)


def _packs(channels):
    """Packs of channels, some at a time: SIDE of them, or half."""
    packs = channels // LANES
    return blocks(packs, 1, min(_SIDE // LANES, -(-packs // 2)))


def _shares(n, least):
    """An even number of equal parts of n things, which are so many or more if that is two parts."""
    pairs = max(1, n // (2 * least))
    return blocks(n, 1, -(-n // (2 * pairs)))


def _tiles(y, m):
    n, h, w, _ = y.shape
    return n * -(-h // m) * -(-w // m)
