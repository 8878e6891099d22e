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

from pellucid._compile import kernel
from pellucid.reduction import blocks, map_blocks


def _of_filters(k):
    """G w Gᵀ as a matrix (36, k k) that a flat w is multiplied by."""
    points, weights = np.array([0, 1, -1, 2, -2]), np.array([6, -4, -4, 1, 1]) / 24
    G = np.vstack([weights[:, None] * points[:, None] ** np.arange(k), np.arange(k) == k - 1])
    return np.kron(G, G).astype(np.float32)


_GG = {k: _of_filters(k) for k in (3, 5)}
ZERO, ONE = map(np.float32, (0, 1))
TWO, FOUR, FIVE, EIGHT = map(np.float32, (2, 4, 5, 8))  # to Numba, 2 * a float32 is a float64
LANES = 16  # channels that a transform takes at once
_STEPS = 4  # that a thread makes in the same buffers, if there are parts enough for others
_WORTH_SHARING = 64  # tiles: their transform takes longer than to hand them over
_CHUNK_BYTES = 1 << 22  # of frequencies, when the weight's gradient is summed


def suits_winograd(weight, images, size, stride, dilation, groups):
    """Whether so many images of y, of height and width ``size``, are better convolved so."""
    return (
        weight.dtype == np.float32
        and weight.shape[2:] in ((3, 3), (5, 5))
        and (*stride, *dilation, groups) == (1, 1, 1, 1, 1)
        and weight.shape[0] % LANES == weight.shape[1] % LANES == 0
        and min(size) >= 4
        and images * size[0] * size[1] >= 1024  # else the filters cost more than the products
    )


def winograd(x, weight, bias, padding, y):
    """Fill y (N, I, J, O) with the convolution of x (N, H, W, C) and weight (O, C, k, k)."""
    k = weight.shape[2]
    _convolve(x, np.swapaxes(_filters(weight, _GG[k]), 1, 2), bias, padding, 7 - k, y)


def winograd_input(y, weight, bias, around, x):
    """Fill x (N, H, W, C) with that of y (N, I, J, O) and weight (O, C, k, k) turned round."""
    k = weight.shape[2]
    _convolve(y, _filters(weight, _GG[k][:, ::-1]), bias, around, 7 - k, x)


def _convolve(x, filters, bias, padding, m, y):
    """y from x (N, H, W, C) and filters (36, C, O), y's tiles in steps that stay in the cache."""
    c, o = filters.shape[1:]
    bias = np.zeros(o, x.dtype) if bias is None else bias
    tiles = _tiles(y, m)
    step = max((1 << 20) // (36 * 4 * (c + o)), (c + o) // 4)  # or worth reading the filters for
    if tiles <= 2 * step:
        _convolve_at_once(x, filters, bias, padding, m, y)
        return

    def convolve_tiles(many):
        x_frequencies, v = _buffer(step, c)
        y_frequencies, products = _buffer(step, o)
        for first in range(many.start, many.stop, step):
            number = min(step, many.stop - first)
            _transform(_lanes(x), *padding, *y.shape[1:3], m, first, number, x_frequencies, 0)
            np.matmul(v[:, :number], filters, out=products[:, :number])
            _inverse(y_frequencies, _lanes(bias), first, number, m, _lanes(y), 0)

    map_blocks(convolve_tiles, blocks(tiles, 1, min(_STEPS * step, -(-tiles // 4))))


def _convolve_at_once(x, filters, bias, padding, m, y):
    """The same in three passes, the second by frequency: each filter is read but once."""
    x_frequencies, v = _buffer(_tiles(y, m), filters.shape[1])
    y_frequencies, products = _buffer(_tiles(y, m), filters.shape[2])

    def transform(part):
        number, at = part.stop - part.start, part.start
        _transform(_lanes(x), *padding, *y.shape[1:3], m, at, number, x_frequencies, at)

    def multiply(part):
        np.matmul(v[part], filters[part], out=products[part])

    def inverse(part):
        number, at = part.stop - part.start, part.start
        _inverse(y_frequencies, _lanes(bias), at, number, m, _lanes(y), at)

    some = _shares(_tiles(y, m), _WORTH_SHARING)
    map_blocks(transform, some)
    map_blocks(multiply, _shares(36, 6))
    map_blocks(inverse, some)


def winograd_weight(x, y, k, padding):
    """The sum over all windows of x (N, H, W, C) and pixels of y (N, I, J, O): (O, C, k, k)."""
    c, o = x.shape[-1], y.shape[-1]
    total = np.empty((36, o, c), x.dtype)
    chunk = max(_CHUNK_BYTES, total.nbytes)  # the sums are read again with each
    for tiles in blocks(_tiles(y, 7 - k), 36 * (c + o) * x.itemsize, chunk):
        _add_weight(x, y, padding, 7 - k, tiles, total)
    by_frequency, w = np.reshape(total, (36, o * c)), np.empty((o * c, k * k), x.dtype)

    def back(part):
        np.matmul(by_frequency[:, part].T, _GG[k], out=w[part])

    map_blocks(back, blocks(o * c, 1, 1 << 14))
    return np.reshape(w, (o, c, k, k))


def _add_weight(x, y, padding, m, tiles, total):
    """Add (A y Aᵀ)_f (Bᵀ x B)_f over ``tiles`` to total[f]: first by tile, then by frequency."""
    number = tiles.stop - tiles.start
    x_frequencies, v = _buffer(number, x.shape[-1])
    y_frequencies, d = _buffer(number, y.shape[-1])

    def transform(part):
        first, many, at = tiles.start + part.start, part.stop - part.start, part.start
        _transform(_lanes(x), *padding, *y.shape[1:3], m, first, many, x_frequencies, at)
        _adjoint(_lanes(y), first, many, m, y_frequencies, at)

    def multiply(part):
        of_filters = np.swapaxes(d[part], 1, 2)
        if tiles.start == 0:
            np.matmul(of_filters, v[part], out=total[part])
        else:
            total[part] += np.matmul(of_filters, v[part])

    map_blocks(transform, _shares(number, _WORTH_SHARING))
    map_blocks(multiply, _shares(36, 6))


def _filters(weight, transform):
    """G w Gᵀ of weight (O, C, k, k), by frequency: (36, O, C)."""
    o, c = weight.shape[:2]
    flat = np.reshape(weight, (o * c, -1))
    filters = np.empty((36, o * c), weight.dtype)

    def fill(part):
        np.matmul(transform, flat[part].T, out=filters[:, part])

    map_blocks(fill, blocks(o * c, 1, 1 << 14))
    return np.reshape(filters, (36, o, c))


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


@kernel(fastmath={"contract"})
def _transform(x, above, left, height, width, m, first, number, out, at):
    """out[f, t] = (Bᵀ d B)_f of the 6x6 pixels d under each of ``number`` tiles from ``first``."""
    _, h, w, packs, lanes = x.shape
    rows, columns = -(-height // m), -(-width // m)
    six = len(out) // 6  # a number that the compiler does not know: no loop is written out
    d = np.zeros((6, 6 * LANES), np.float32)
    e = np.zeros((6, LANES), np.float32)
    for t in range(number):
        n, place = divmod(first + t, rows * columns)
        top, start = place // columns * m - above, place % columns * m - left
        for c in range(packs):
            for i in range(six):
                for j in range(six):
                    if 0 <= top + i < h and 0 <= start + j < w:
                        for k in range(lanes):
                            d[i, j * LANES + k] = x[n, top + i, start + j, c, k]
                    else:
                        for k in range(lanes):
                            d[i, j * LANES + k] = 0
            for k in range(6 * LANES):
                d[0, k], d[1, k], d[2, k], d[3, k], d[4, k], d[5, k] = _bt(
                    d[0, k], d[1, k], d[2, k], d[3, k], d[4, k], d[5, k]
                )
            slot = (at + t) * packs + c
            for i in range(six):
                for k in range(LANES):
                    e[0, k], e[1, k], e[2, k], e[3, k], e[4, k], e[5, k] = _bt(
                        d[i, k],
                        d[i, LANES + k],
                        d[i, 2 * LANES + k],
                        d[i, 3 * LANES + k],
                        d[i, 4 * LANES + k],
                        d[i, 5 * LANES + k],
                    )
                for j in range(six):
                    for k in range(lanes):
                        out[6 * i + j, slot, k] = e[j, k]


@kernel(fastmath={"contract"})
def _inverse(products, bias, first, number, m, y, at):
    """y = Aᵀ p A + b on each of ``number`` tiles from ``first``."""
    _, height, width, packs, lanes = y.shape
    rows, columns = -(-height // m), -(-width // m)
    six, two = len(products) // 6, ONE if m == 2 else ZERO
    p = np.zeros((6, 6 * LANES), np.float32)
    e = np.zeros((4, LANES), np.float32)
    for t in range(number):
        n, place = divmod(first + t, rows * columns)
        top, start = place // columns * m, place % columns * m
        for c in range(packs):
            slot = (at + t) * packs + c
            for i in range(six):
                for j in range(six):
                    for k in range(lanes):
                        p[i, j * LANES + k] = products[6 * i + j, slot, k]
            for k in range(6 * LANES):
                p[0, k], p[1, k], p[2, k], p[3, k] = _at(
                    p[0, k], p[1, k], p[2, k], p[3, k], p[4, k], p[5, k], two
                )
            for i in range(min(m, height - top)):
                for k in range(LANES):
                    e[0, k], e[1, k], e[2, k], e[3, k] = _at(
                        p[i, k],
                        p[i, LANES + k],
                        p[i, 2 * LANES + k],
                        p[i, 3 * LANES + k],
                        p[i, 4 * LANES + k],
                        p[i, 5 * LANES + k],
                        two,
                    )
                for j in range(min(m, width - start)):
                    for k in range(lanes):
                        y[n, top + i, start + j, c, k] = e[j, k] + bias[c, k]


@kernel(fastmath={"contract"})
def _adjoint(y, first, number, m, out, at):
    """out[f, t] = (A y Aᵀ)_f on each of ``number`` tiles from ``first``."""
    _, height, width, packs, lanes = y.shape
    rows, columns = -(-height // m), -(-width // m)
    six, two = len(out) // 6, ONE if m == 2 else ZERO
    d = np.zeros((6, 4 * LANES), np.float32)
    e = np.zeros((6, LANES), np.float32)
    for t in range(number):
        n, place = divmod(first + t, rows * columns)
        top, start = place // columns * m, place % columns * m
        for c in range(packs):
            for i in range(six - 2):
                for j in range(six - 2):
                    if i < m and j < m and top + i < height and start + j < width:
                        for k in range(lanes):
                            d[i, j * LANES + k] = y[n, top + i, start + j, c, k]
                    else:
                        for k in range(lanes):
                            d[i, j * LANES + k] = 0
            for k in range(4 * LANES):
                d[0, k], d[1, k], d[2, k], d[3, k], d[4, k], d[5, k] = _a(
                    d[0, k], d[1, k], d[2, k], d[3, k], two
                )
            slot = (at + t) * packs + c
            for i in range(six):
                for k in range(LANES):
                    e[0, k], e[1, k], e[2, k], e[3, k], e[4, k], e[5, k] = _a(
                        d[i, k], d[i, LANES + k], d[i, 2 * LANES + k], d[i, 3 * LANES + k], two
                    )
                for j in range(six):
                    for k in range(lanes):
                        out[6 * i + j, slot, k] = e[j, k]


@kernel(fastmath={"contract"})
def _bt(a, b, c, d, e, f):
    """Bᵀ (a b c d e f)."""
    p, q, r, s = e - FOUR * c, d - FOUR * b, e - c, TWO * (d - b)
    return FOUR * a - FIVE * c + e, p + q, p - q, r + s, r - s, FOUR * b - FIVE * d + f


@kernel(fastmath={"contract"})
def _at(a, b, c, d, e, f, two):
    """Aᵀ (a b c d e f); of two rows, where ``two`` is 1 instead of 0, the first are right."""
    p, q, r, s = b + c, b - c, d + e, d - e
    return a + p + r, q + TWO * s + two * f, p + FOUR * r, q + EIGHT * s + f


@kernel(fastmath={"contract"})
def _a(a, b, c, d, two):
    """A (a b c d); of two columns, if c and d are 0 and ``two`` is 1 instead of 0."""
    p, q, r, s = a + c, b + d, a + FOUR * c, TWO * b + EIGHT * d
    return a, p + q, p - q, r + s, r - s, d + two * b
