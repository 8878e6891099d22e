"""The kernels of k-means for a sparse table: the entries of its rows, by CSR's three arrays.

‖x - c‖² = ‖x‖² - 2 xᵀc + ‖c‖², in which a row that is mostly zeros has few products.
"""

import numpy as np

from pellucid._compile import kernel
from pellucid.cluster._bounds import bounds_of, spare_of, stays

__all__ = ["claim", "distances", "gain", "own_squares", "prepared", "reassign"]


def prepared(centres):
    """-2c as columns (D, K), and ‖c‖² (K,)."""
    return np.ascontiguousarray(-2 * centres.T), np.einsum("kd,kd->k", centres, centres)


@kernel(fastmath={"contract"})
def reassign(
    data, indices, starts, weight, labels, upper, lower, centres, twice, squares, steps, change
):
    """Give each row to the nearest centre, and add what that changes of the sums; how many left."""
    K, D = centres.shape
    top, left, products = squares.max(), 0, np.empty(K, data.dtype)
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
            left += 1
            labels[i] = new
            if len(change):
                move(x, where, weight[i], change[new], 1)
                if old >= 0:
                    move(x, where, weight[i], change[old], -1)
    return left


@kernel(borrows=True)
def move(x, where, weight, change, sign):
    """Let a row come to the sums of a part (D + 2,), or go from them."""
    w = sign * weight
    for j in range(len(x)):
        change[where[j]] += w * x[j]
    change[-2] += w
    if weight > 0:
        change[-1] += sign


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
def claim(data, indices, starts, weight, minima, owner, seed, gaps, k):
    """Let the seed k take the rows that it is the nearest to."""
    size = norm(seed)
    for i in range(len(minima)):
        if 4 * minima[i] > gaps[owner[i]]:
            row = slice(starts[i], starts[i + 1])
            near = square(data[row], indices[row], seed, size)
            if near < minima[i]:
                minima[i], owner[i] = near, k


@kernel
def gain(data, indices, starts, weight, minima, owner, candidates, gaps, out):
    """Add how much each candidate would lower Σ_n s_n m_n; some may, if 4 m_n > their ``gaps``."""
    squares = norms(candidates)
    for i in range(len(minima)):
        if 4 * minima[i] > gaps[owner[i]]:
            row = slice(starts[i], starts[i + 1])
            for k in range(len(candidates)):
                near = square(data[row], indices[row], candidates[k], squares[k])
                out[k] += weight[i] * max(minima[i] - near, 0.0)
