"""The nearest of K centres to many points, a tile of points at a time.

A tile holds its points as columns (D, TILE), so that one instruction serves eight or sixteen of
them and the smallest distance is found without looking across.  Four centres and four coordinates
are taken at once: each number that is read then serves four products.
"""

import numpy as np

from pellucid._compile import kernel

__all__ = ["AT_ONCE", "TILE", "nearest", "padded"]

TILE = 112  # points; times 4 or 8 bytes it is no power of two, which the cache would not like
AT_ONCE = 4  # centres


def padded(centres):
    """Centres (K', D), with as many at infinity as make K' a multiple of AT_ONCE; ‖c‖² (K',)."""
    K, D = centres.shape
    more = -K % AT_ONCE
    squares = np.einsum("kd,kd->k", centres, centres)
    return (
        np.concatenate([centres, np.zeros((more, D), centres.dtype)]),
        np.concatenate([squares, np.full(more, np.inf, centres.dtype)]),
    )


@kernel(borrows=True, fastmath={"contract"})
def nearest(tile, centres, squares, products, best, second, label):
    """‖c‖² - 2 xᵀc of the nearest centre and of the next; and which it is, the first of equals."""
    D = centres.shape[1]
    two = best.dtype.type(-2)
    best[:], second[:], label[:] = np.inf, np.inf, 0
    whole = D - D % 4
    for k in range(0, len(centres), AT_ONCE):
        for j in range(AT_ONCE):
            products[j * TILE : (j + 1) * TILE] = squares[k + j]
        for d in range(0, whole, 4):
            t = tile[d * TILE : (d + 4) * TILE]
            a0, a1, a2, a3 = (
                two * centres[k, d],
                two * centres[k, d + 1],
                two * centres[k, d + 2],
                two * centres[k, d + 3],
            )
            b0, b1, b2, b3 = (
                two * centres[k + 1, d],
                two * centres[k + 1, d + 1],
                two * centres[k + 1, d + 2],
                two * centres[k + 1, d + 3],
            )
            c0, c1, c2, c3 = (
                two * centres[k + 2, d],
                two * centres[k + 2, d + 1],
                two * centres[k + 2, d + 2],
                two * centres[k + 2, d + 3],
            )
            e0, e1, e2, e3 = (
                two * centres[k + 3, d],
                two * centres[k + 3, d + 1],
                two * centres[k + 3, d + 2],
                two * centres[k + 3, d + 3],
            )
            for i in range(TILE):
                u, v, w, x = t[i], t[TILE + i], t[2 * TILE + i], t[3 * TILE + i]
                products[i] += a0 * u + a1 * v + a2 * w + a3 * x
                products[TILE + i] += b0 * u + b1 * v + b2 * w + b3 * x
                products[2 * TILE + i] += c0 * u + c1 * v + c2 * w + c3 * x
                products[3 * TILE + i] += e0 * u + e1 * v + e2 * w + e3 * x
        for d in range(whole, D):
            t = tile[d * TILE : (d + 1) * TILE]
            a0, b0, c0, e0 = (
                two * centres[k, d],
                two * centres[k + 1, d],
                two * centres[k + 2, d],
                two * centres[k + 3, d],
            )
            for i in range(TILE):
                u = t[i]
                products[i] += a0 * u
                products[TILE + i] += b0 * u
                products[2 * TILE + i] += c0 * u
                products[3 * TILE + i] += e0 * u
        name = label.dtype.type(k)
        for i in range(TILE):
            near, next_, who = best[i], second[i], label[i]
            for j in range(AT_ONCE):
                x = products[j * TILE + i]
                nearer = x < near
                next_ = near if nearer else (x if x < next_ else next_)
                who = label.dtype.type(name + j) if nearer else who
                near = x if nearer else near
            best[i], second[i], label[i] = near, next_, who
