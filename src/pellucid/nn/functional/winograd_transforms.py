"""The transforms of Winograd's convolution: tiles and filters to 36 frequencies, and back.

A polynomial of degree 5 is given by its values at the points 0, ±1, ±2 and ∞.  A and G have the
points' powers in their rows, those of G divided by what Lagrange's formula divides by, and B brings
a product of polynomials back.  Each matrix is applied to the rows of a tile and then to its
columns, to so many channels at once as there are LANES; images and frequencies come with their
channels in packs of so many.
"""

import numpy as np

from pellucid._compile import kernel

__all__ = ["LANES", "adjoint", "filters_of", "inverse", "transform", "weight_of"]

ZERO, ONE = map(np.float32, (0, 1))
TWO, FOUR, FIVE, EIGHT, SIXTEEN = map(np.float32, (2, 4, 5, 8, 16))  # 2 * a float32 is a float64
QUARTER, SIXTH, LEAST = np.float32(1 / 4), np.float32(1 / 6), np.float32(1 / 24)
LANES = 16
GROUP = 8  # tiles whose pixels stay in the core's first cache while all packs are taken


@kernel(fastmath={"contract"})
def transform(x, above, left, height, width, m, first, number, out, at):
    """out[f, c, t] = (Bᵀ d B)_f of the 6x6 pixels d under each of ``number`` tiles from first."""
    _, h, w, packs, lanes = x.shape
    rows, columns = -(-height // m), -(-width // m)
    six = len(out) // 6  # a number that the compiler does not know: no loop is written out
    d = np.zeros((6, 6 * LANES), np.float32)
    e = np.zeros((6, LANES), np.float32)
    for g in range(0, number, GROUP):
        for c in range(packs):
            for t in range(g, min(g + GROUP, number)):
                n, place = divmod(first + t, rows * columns)
                top, start = place // columns * m - above, place % columns * m - left
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
                            out[6 * i + j, c, at + t, k] = e[j, k]


@kernel(fastmath={"contract"})
def inverse(products, bias, first, number, m, y, start, stop):
    """y = Aᵀ p A + b on each of ``number`` tiles from ``first``, for packs from start to stop."""
    _, height, width, _, lanes = y.shape
    rows, columns = -(-height // m), -(-width // m)
    six, two = len(products) // 6, ONE if m == 2 else ZERO
    p = np.zeros((6, 6 * LANES), np.float32)
    e = np.zeros((4, LANES), np.float32)
    for g in range(0, number, GROUP):
        for c in range(start, stop):
            for t in range(g, min(g + GROUP, number)):
                n, place = divmod(first + t, rows * columns)
                top, left = place // columns * m, place % columns * m
                for i in range(six):
                    for j in range(six):
                        for k in range(lanes):
                            p[i, j * LANES + k] = products[6 * i + j, c - start, t, k]
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
                    for j in range(min(m, width - left)):
                        for k in range(lanes):
                            y[n, top + i, left + j, c, k] = e[j, k] + bias[c, k]


@kernel(fastmath={"contract"})
def adjoint(y, first, number, m, out, at):
    """out[f, t] = (A y Aᵀ)_f on each of ``number`` tiles from ``first``."""
    _, height, width, packs, lanes = y.shape
    rows, columns = -(-height // m), -(-width // m)
    six, two = len(out) // 6, ONE if m == 2 else ZERO
    d = np.zeros((6, 4 * LANES), np.float32)
    e = np.zeros((6, LANES), np.float32)
    for g in range(0, number, GROUP):
        for c in range(packs):
            for t in range(g, min(g + GROUP, number)):
                n, place = divmod(first + t, rows * columns)
                top, start = place // columns * m, place % columns * m
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
                for i in range(six):
                    for k in range(LANES):
                        e[0, k], e[1, k], e[2, k], e[3, k], e[4, k], e[5, k] = _a(
                            d[i, k], d[i, LANES + k], d[i, 2 * LANES + k], d[i, 3 * LANES + k], two
                        )
                    for j in range(six):
                        for k in range(lanes):
                            out[6 * i + j, c, at + t, k] = e[j, k]


@kernel(fastmath={"contract"})
def filters_of(weight, first, last, start, stop, out, at):
    """out[f, (a, b)] = (G w Gᵀ)_f of w = weight[a, b] (k, k), for the rows a from first to last."""
    k, lanes, six = weight.shape[2], out.shape[3], len(out) // 6
    three = ONE if k == 3 else ZERO
    w = np.zeros((5, 5 * LANES), np.float32)
    g = np.zeros((6, 5 * LANES), np.float32)
    e = np.zeros((6, LANES), np.float32)
    for b in range(start, stop):
        for a in range(
            first, last
        ):  # side by side in memory, or b is: so few lines are read at once
            for lane in range(lanes):
                for u in range(k):
                    for v in range(k):
                        w[u, v * LANES + lane] = weight[a, b * LANES + lane, u, v]
            for i in range(k * LANES):
                g[0, i], g[1, i], g[2, i], g[3, i], g[4, i], g[5, i] = _g(
                    w[0, i], w[1, i], w[2, i], w[3, i], w[4, i], three
                )
            for i in range(six):
                for n in range(LANES):
                    e[0, n], e[1, n], e[2, n], e[3, n], e[4, n], e[5, n] = _g(
                        g[i, n],
                        g[i, LANES + n],
                        g[i, 2 * LANES + n],
                        g[i, 3 * LANES + n],
                        g[i, 4 * LANES + n],
                        three,
                    )
                for j in range(six):
                    for n in range(lanes):
                        out[6 * i + j, b - start, at + a - first, n] = e[j, n]


@kernel(fastmath={"contract"})
def weight_of(frequencies, at, first, last, start, stop, weight):
    """weight[a, b] = Gᵀ t G of t_f = frequencies[f, (a, b)], for the rows a from first to last."""
    k, lanes, six = weight.shape[2], frequencies.shape[3], len(frequencies) // 6
    three = ONE if k == 3 else ZERO
    t = np.zeros((6, 6 * LANES), np.float32)
    g = np.zeros((5, 6 * LANES), np.float32)
    e = np.zeros((5, LANES), np.float32)
    for b in range(start, stop):
        for a in range(first, last):
            for i in range(six):
                for j in range(six):
                    for n in range(lanes):
                        t[i, j * LANES + n] = frequencies[6 * i + j, b - start, at + a - first, n]
            for i in range(6 * LANES):
                g[0, i], g[1, i], g[2, i], g[3, i], g[4, i] = _gt(
                    t[0, i], t[1, i], t[2, i], t[3, i], t[4, i], t[5, i], three
                )
            for u in range(k):
                for n in range(LANES):
                    e[0, n], e[1, n], e[2, n], e[3, n], e[4, n] = _gt(
                        g[u, n],
                        g[u, LANES + n],
                        g[u, 2 * LANES + n],
                        g[u, 3 * LANES + n],
                        g[u, 4 * LANES + n],
                        g[u, 5 * LANES + n],
                        three,
                    )
                for v in range(k):
                    for n in range(lanes):
                        weight[a, b * LANES + n, u, v] = e[v, n]


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


@kernel(fastmath={"contract"})
def _g(a, b, c, d, e, three):
    """G (a b c d e); of three columns, if d and e are 0 and ``three`` is 1 instead of 0."""
    p, q, r, s = a + c + e, b + d, a + FOUR * c + SIXTEEN * e, TWO * b + EIGHT * d
    one, two = (p + q) * SIXTH, (p - q) * SIXTH
    return QUARTER * a, -one, -two, (r + s) * LEAST, (r - s) * LEAST, e + three * c


@kernel(fastmath={"contract"})
def _gt(a, b, c, d, e, f, three):
    """Gᵀ (a b c d e f); of three rows, where ``three`` is 1 instead of 0, the first are right."""
    p, q, r, s = (b + c) * SIXTH, (b - c) * SIXTH, (d + e) * LEAST, (d - e) * LEAST
    third = FOUR * r - p
    return QUARTER * a - p + r, TWO * s - q, third + three * f, EIGHT * s - q, SIXTEEN * r - p + f
