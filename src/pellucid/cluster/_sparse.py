"""The kernels of k-means for a sparse table: the entries of its rows, by CSR's three arrays.

‖x - c‖² = ‖x‖² - 2 xᵀc + ‖c‖², in which a row that is mostly zeros has few products.
"""

import numpy as np

from pellucid._compile import kernel
from pellucid.cluster._bounds import bounds_of, spare_of, stays
from pellucid.cluster._digits import put

__all__ = ["distances", "ends", "moments", "offer", "own_squares", "prepared", "reassign"]


def prepared(centres):
    """-2c as columns (D, K), and ‖c‖² (K,)."""
    return np.ascontiguousarray(-2 * centres.T), np.einsum("kd,kd->k", centres, centres)


@kernel(fastmath={"contract"})
def reassign(
    data,
    indices,
    starts,
    weight,
    labels,
    upper,
    lower,
    centres,
    twice,
    squares,
    steps,
    grid,
    change,
):
    """Give each row to the nearest centre, and add what that changes of the totals."""
    K, D = centres.shape
    top, products = squares.max(), np.empty(K, data.dtype)
    spare = spare_of(data, D)
    for i in range(len(labels)):
        row, old = slice(starts[i], starts[i + 1]), labels[i]
        x, where = data[row], indices[row]
        if old >= 0 and len(upper) and stays(upper, lower, i, old, steps):
            continue
        products[:] = squares
        for j in range(len(x)):
            v, column = x[j], twice[where[j]]
            for k in range(K):
                products[k] += v * column[k]
        best, second, new = products[0], data.dtype.type(np.inf), 0
        for k in range(1, K):
            if products[k] < best:
                best, second, new = products[k], best, k
            elif products[k] < second:
                second = products[k]
        if len(upper):
            size = data.dtype.type(norm(x))
            upper[i], lower[i] = bounds_of(best, second, size, top, spare)
        if new != old:
            labels[i] = new
            if len(change):
                move(x, where, weight[i], grid, change[new], 1)
                if old >= 0:
                    move(x, where, weight[i], grid, change[old], -1)


@kernel(borrows=True)
def move(x, where, weight, grid, change, sign):
    """Let a row come to the totals of a part (2D + 3,), or go from them."""
    D, s = grid.shape[1] - 1, np.float64(weight)
    for j in range(len(x)):
        put(s * np.float64(x[j]), sign, grid, where[j], change)
    put(s, sign, grid, D, change)
    if weight > 0:
        change[2 * D + 2] += sign


@kernel
def ends(data, indices, starts, low, high):
    """Widen the range of each column to its values."""
    for j in range(len(data)):
        d, x = indices[j], np.float64(data[j])
        low[d], high[d] = min(low[d], x), max(high[d], x)


@kernel
def moments(data, indices, starts, grid, sums):
    """Add Σ_n x_n, in digits; Σ_n ‖x_n‖²."""
    for j in range(len(data)):
        put(np.float64(data[j]), 1.0, grid, indices[j], sums)
    return norm(data)


@kernel(borrows=True, fastmath={"contract", "reassoc", "nsz"})
def norm(x):
    """‖x‖², in doubles, as all sums here that may cancel."""
    out = 0.0
    for d in range(len(x)):
        out += np.float64(x[d]) * np.float64(x[d])
    return out


@kernel(borrows=True)
def square(x, where, centre, centre_norm):
    """‖x - c‖², for ‖c‖² at hand."""
    out = centre_norm
    for j in range(len(x)):
        v = np.float64(x[j])
        out += v * (v - 2 * np.float64(centre[where[j]]))
    return max(out, 0.0)


@kernel
def norms(centres):
    """‖c‖² (K,)"""
    out = np.empty(len(centres))
    for k in range(len(centres)):
        out[k] = norm(centres[k])
    return out


@kernel
def own_squares(data, indices, starts, labels, centres, out):
    """‖x_n - c‖² of each row and its own centre."""
    squares = norms(centres)
    for i in range(len(out)):
        row, own = slice(starts[i], starts[i + 1]), labels[i]
        out[i] = square(data[row], indices[row], centres[own], squares[own])


@kernel
def distances(data, indices, starts, centres, columns, out):
    """‖x_n - c_k‖ (N, K)."""
    squares = norms(centres)
    for i in range(len(out)):
        row = slice(starts[i], starts[i + 1])
        for k in range(len(centres)):
            out[i, k] = np.sqrt(square(data[row], indices[row], centres[k], squares[k]))


@kernel
def offer(data, indices, starts, weight, minima, owner, seed, k, candidates, reach, out):
    """Let the seed k take the rows it is the nearest to; what would be left by each candidate.

    A row is read only if it may be nearer to the seed, or a candidate, than to its own: as of
    numbers.
    """
    size, squares = norm(seed), norms(candidates)
    for i in range(len(minima)):
        row = slice(starts[i], starts[i + 1])
        if 4 * minima[i] <= reach[owner[i]]:
            out += weight[i] * minima[i]
            continue
        near = square(data[row], indices[row], seed, size)
        if near < minima[i]:
            minima[i], owner[i] = near, k
        for c in range(len(candidates)):
            near = square(data[row], indices[row], candidates[c], squares[c])
            out[c] += weight[i] * min(minima[i], near)
