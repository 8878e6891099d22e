"""The scan of absolute errors, whose sums over prefixes want the median of each prefix.

A Fenwick tree (1994) over the targets in order holds the weight below each of them, and their
weighted sum: a new example goes in, and the median comes out, in log n steps.
"""

import numpy as np

from pellucid._compile import kernel
from pellucid.tree._order import place, rank
from pellucid.tree._scan import TIE

__all__ = ["deviation", "scan_deviations"]


@kernel(error_model="numpy")
def scan_deviations(keys, first, target, weight, whole, limits, direction, bounds):
    """As ``scan``, for cost(cut) = Σ_left w |y - median_left| + Σ_right w |y - median_right|."""
    n, (least, lightest) = len(keys), limits
    order = np.empty(n, np.int64)
    for p in range(n):
        order[p] = place(keys[p])
    ahead, low = prefixes(order, target, weight)
    backwards = np.empty(n, np.int64)
    for p in range(n):
        backwards[p] = order[n - 1 - p]
    behind, high = prefixes(backwards, target, weight)
    best, cut, gone = np.inf, 0, 0.0
    for p in range(1, n):
        gone += weight[order[p - 1]]
        if rank(keys[p]) == rank(keys[p - 1]) or p < first or p < least or n - p < least:
            continue
        if gone < lightest or whole - gone < lightest:
            continue
        a, b = low[p], high[n - p]
        if direction and (
            direction * (b - a) < 0 or min(a, b) < bounds[0] or max(a, b) > bounds[1]
        ):
            continue
        if ahead[p] + behind[n - p] + TIE * ahead[n] < best:
            best, cut = ahead[p] + behind[n - p], p
    return best, cut


@kernel(error_model="numpy")
def deviation(target, weight, n, medians):
    """Σ w |y - median| of the first n, the sum over outputs; fills the medians (O,)."""
    order, total = np.arange(n), 0.0
    for o in range(target.shape[1]):
        sums, middle = prefixes(order, target[:, o : o + 1], weight)
        total += sums[n]
        medians[o] = middle[n]
    return total


@kernel(error_model="numpy")
def prefixes(order, target, weight):
    """Σ w |y - median| over each prefix of ``order``, outputs added; the first output's medians."""
    n = len(order)
    sums, medians = np.zeros(n + 1), np.zeros(n + 1)
    for o in range(target.shape[1]):
        y = target[:, o, 0]
        ascending, ranks = np.argsort(y[:n]), np.empty(n, np.int64)
        for r in range(n):
            ranks[ascending[r]] = r
        weights, moments = np.zeros(n + 1), np.zeros(n + 1)
        W = S = 0.0
        for p in range(n):
            i = order[p]
            w = weight[i]
            W += w
            S += w * y[i]
            r = ranks[i] + 1
            while r <= n:
                weights[r] += w
                moments[r] += w * y[i]
                r += r & -r
            # the last rank below which lies less than half the weight
            step, r, below, moment = 1, 0, 0.0, 0.0
            while 2 * step <= n:
                step *= 2
            while step:
                if r + step <= n and below + weights[r + step] < W / 2:
                    r += step
                    below += weights[r]
                    moment += moments[r]
                step //= 2
            m = y[ascending[min(r, n - 1)]]
            sums[p + 1] += m * below - moment + (S - moment) - m * (W - below)
            if o == 0:
                medians[p + 1] = m
                if below + weight[ascending[min(r, n - 1)]] == W / 2:
                    # anything up to the next is as near to all
                    medians[p + 1] = (m + y[ascending[min(rank_above(weights, W / 2), n - 1)]]) / 2
    return sums, medians


@kernel(borrows=True)
def rank_above(weights, half):
    """The first rank up to which lies more than half the weight."""
    n = len(weights) - 1
    step, r, below = 1, 0, 0.0
    while 2 * step <= n:
        step *= 2
    while step:
        if r + step <= n and below + weights[r + step] <= half:
            r += step
            below += weights[r]
        step //= 2
    return r
