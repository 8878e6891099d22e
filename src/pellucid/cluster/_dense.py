"""The kernels of k-means for a table of numbers: its rows X (N, D), less the ``origin`` (D,).

The nearest of K centres is found for a tile of rows at a time.  Four centres and four coordinates
are taken at once: each number that is read then serves four products.
"""

import numpy as np

from pellucid._compile import kernel
from pellucid.cluster._bounds import bounds_of, spare_of, stays, tightened
from pellucid.cluster._digits import put
from pellucid.cluster._offers import offer
from pellucid.cluster._tile import TILE, gather

__all__ = ["distances", "ends", "moments", "offer", "own_squares", "prepared", "reassign"]

AT_ONCE = 4  # centres


def prepared(centres):
    """-2c (K', D) and ‖c‖² (K',), with centres at infinity so that K' is a multiple of four."""
    K, D = centres.shape
    more = -K % AT_ONCE
    squares = np.einsum("kd,kd->k", centres, centres)
    return (
        np.concatenate([-2 * centres, np.zeros((more, D), centres.dtype)]),
        np.concatenate([squares, np.full(more, np.inf, centres.dtype)]),
    )


def reassign(X, origin, weight, labels, upper, lower, centres, twice, squares, steps, *sums):
    """Give each row to the nearest centre, and add what that changes of the totals."""
    given = X, origin, weight, labels
    if len(upper):
        reassign_some(*given, upper, lower, centres, twice, squares, steps, *sums)
    else:
        reassign_all(*given, twice, squares, *sums)


@kernel(fastmath={"contract"})
def reassign_all(X, origin, weight, labels, twice, squares, grid, change):
    """``reassign``, every row being read."""
    tile, products = np.empty(len(origin) * TILE, X.dtype), np.empty(AT_ONCE * TILE, X.dtype)
    best, second = np.empty(TILE, X.dtype), np.empty(0, X.dtype)
    who, name = np.empty(TILE, np.int64), np.empty(TILE, np.int32)
    for start in range(0, len(X), TILE):
        for j in range(TILE):
            who[j] = min(start + j, len(X) - 1)
        gather(X, origin, who, tile)
        nearest(tile, twice, squares, products, best, second, name)
        own, moved = labels[start : start + TILE], 0
        for j in range(len(own)):
            moved |= own[j] ^ name[j]
        if moved and len(change):
            for j in range(len(own)):
                if own[j] != name[j]:
                    n = start + j
                    move_over(X[n], origin, weight[n], grid, own[j], name[j], change)
        own[:] = name[: len(own)]


@kernel(fastmath={"contract"})
def reassign_some(
    X, origin, weight, labels, upper, lower, centres, twice, squares, steps, grid, change
):
    """``reassign``, rows that are known to stay being passed over."""
    N, D = X.shape
    top = squares[: len(centres)].max()
    tile, products = np.empty(D * TILE, X.dtype), np.empty(AT_ONCE * TILE, X.dtype)
    best, second, norms = np.empty(TILE, X.dtype), np.empty(TILE, X.dtype), np.empty(TILE, X.dtype)
    who, name = np.zeros(TILE, np.int64), np.empty(TILE, np.int32)
    held = 0
    for i in range(N):
        own = labels[i]
        known = own >= 0 and stays(upper, lower, i, own, steps)
        if own >= 0 and not known:
            gap = square(X[i], origin, centres[own])
            known = tightened(upper, lower, i, own, steps, gap, D)
        if not known:
            who[held] = i
            held += 1
        if held == TILE or (held and i == N - 1):
            gather(X, origin, who, tile)
            nearest(tile, twice, squares, products, best, second, name)
            bound(tile, norms, top, best, second)
            for j in range(held):
                n = who[j]
                upper[n], lower[n] = best[j], second[j]
                if labels[n] != name[j]:
                    move_over(X[n], origin, weight[n], grid, labels[n], name[j], change)
                    labels[n] = name[j]
            held = 0


@kernel(borrows=True, fastmath={"contract"})
def nearest(tile, twice, squares, products, best, second, name):
    """‖c‖² - 2 xᵀc of the nearest centre, and of the next if there is room for it; and which it is,
    the first of equals."""
    D = twice.shape[1]
    best[:], second[:], name[:] = np.inf, np.inf, 0
    for k in range(0, len(twice), AT_ONCE):
        a, b, c, e = twice[k], twice[k + 1], twice[k + 2], twice[k + 3]
        for j in range(AT_ONCE):
            products[j * TILE : (j + 1) * TILE] = squares[k + j]
        for d in range(0, D - 3, 4):
            part = tile[d * TILE : (d + 4) * TILE]
            a0, a1, a2, a3 = a[d], a[d + 1], a[d + 2], a[d + 3]
            b0, b1, b2, b3 = b[d], b[d + 1], b[d + 2], b[d + 3]
            c0, c1, c2, c3 = c[d], c[d + 1], c[d + 2], c[d + 3]
            e0, e1, e2, e3 = e[d], e[d + 1], e[d + 2], e[d + 3]
            for i in range(TILE):
                u, v, w, x = part[i], part[TILE + i], part[2 * TILE + i], part[3 * TILE + i]
                products[i] += a0 * u + a1 * v + a2 * w + a3 * x
                products[TILE + i] += b0 * u + b1 * v + b2 * w + b3 * x
                products[2 * TILE + i] += c0 * u + c1 * v + c2 * w + c3 * x
                products[3 * TILE + i] += e0 * u + e1 * v + e2 * w + e3 * x
        for d in range(D - D % 4, D):
            part = tile[d * TILE : (d + 1) * TILE]
            a0, b0, c0, e0 = a[d], b[d], c[d], e[d]
            for i in range(TILE):
                u = part[i]
                products[i] += a0 * u
                products[TILE + i] += b0 * u
                products[2 * TILE + i] += c0 * u
                products[3 * TILE + i] += e0 * u
        if len(second):
            two_nearest(products, k, best, second, name)
        else:
            one_nearest(products, k, best, name)


@kernel(borrows=True)
def one_nearest(products, k, best, name):
    """The smallest so far, after the centres from k on."""
    first = name.dtype.type(k)
    for i in range(TILE):
        near, who = best[i], name[i]
        for j in range(AT_ONCE):
            x = products[j * TILE + i]
            who = name.dtype.type(first + j) if x < near else who
            near = x if x < near else near
        best[i], name[i] = near, who


@kernel(borrows=True)
def two_nearest(products, k, best, second, name):
    """The two smallest so far, after the centres from k on."""
    first = name.dtype.type(k)
    for i in range(TILE):
        near, then, who = best[i], second[i], name[i]
        for j in range(AT_ONCE):
            x = products[j * TILE + i]
            nearer = x < near
            then = near if nearer else (x if x < then else then)
            who = name.dtype.type(first + j) if nearer else who
            near = x if nearer else near
        best[i], second[i], name[i] = near, then, who


@kernel(borrows=True, fastmath={"contract"})
def bound(tile, norms, top, best, second):
    """Make bounds of what ``nearest`` found."""
    D = len(tile) // TILE
    spare = spare_of(tile, D)
    norms[:] = 0
    for d in range(D):
        part = tile[d * TILE : (d + 1) * TILE]
        for i in range(TILE):
            norms[i] += part[i] * part[i]
    for i in range(TILE):
        best[i], second[i] = bounds_of(best[i], second[i], norms[i], top, spare)


@kernel(borrows=True)
def move_over(x, origin, weight, grid, old, new, change):
    """Let a row go from its old part, if it had one, to the new one."""
    move(x, origin, weight, grid, change[new], 1)
    if old >= 0:
        move(x, origin, weight, grid, change[old], -1)


@kernel(borrows=True)
def move(x, origin, weight, grid, change, sign):
    """Let a row come to the totals of a part (2D + 3,), or go from them."""
    D, s = len(x), np.float64(weight)
    for d in range(D):
        put(s * (np.float64(x[d]) - np.float64(origin[d])), sign, grid, d, change)
    put(s, sign, grid, D, change)
    if weight > 0:
        change[2 * D + 2] += sign


@kernel
def ends(X, origin, low, high):
    """Widen the range of each column to its values."""
    for i in range(len(X)):
        for d in range(len(low)):
            x = np.float64(X[i, d])
            low[d], high[d] = min(low[d], x), max(high[d], x)


@kernel
def moments(X, origin, grid, sums):
    """Add Σ_n x_n about the origin, in digits; Σ_n ‖x_n‖²."""
    squares = 0.0
    for i in range(len(X)):
        for d in range(len(origin)):
            x = np.float64(X[i, d]) - origin[d]
            put(x, 1.0, grid, d, sums)
            squares += x * x
    return squares


@kernel(borrows=True, fastmath={"contract", "reassoc", "nsz"})
def square(x, origin, centre):
    """‖x - centre‖², about the origin."""
    out = origin.dtype.type(0)
    for d in range(len(x)):
        gap = x[d] - origin[d] - centre[d]
        out += gap * gap
    return out


@kernel(borrows=True)
def own_squares(X, origin, labels, centres, out):
    """‖x_n - c‖² of each row and its own centre."""
    for i in range(len(X)):
        out[i] = square(X[i], origin, centres[labels[i]])


@kernel(borrows=True, fastmath={"contract"})
def distances(X, origin, centres, columns, out):
    """‖x_n - c_k‖ (N, K), the centres being columns (D, K)."""
    D, K = columns.shape
    whole = D - D % 4
    for i in range(len(X)):
        row = out[i]
        row[:] = 0
        for d in range(0, whole, 4):
            w, x = X[i, d] - origin[d], X[i, d + 1] - origin[d + 1]
            y, z = X[i, d + 2] - origin[d + 2], X[i, d + 3] - origin[d + 3]
            a, b, c, e = columns[d], columns[d + 1], columns[d + 2], columns[d + 3]
            for k in range(K):
                row[k] += (
                    (w - a[k]) * (w - a[k])
                    + (x - b[k]) * (x - b[k])
                    + (y - c[k]) * (y - c[k])
                    + (z - e[k]) * (z - e[k])
                )
        for d in range(whole, D):
            x, c = X[i, d] - origin[d], columns[d]
            for k in range(K):
                row[k] += (x - c[k]) * (x - c[k])
        for k in range(K):
            row[k] = np.sqrt(row[k])
