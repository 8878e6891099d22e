"""*Cut*: of all ways to part a node by one column, the one that gains most.

    gain = ½ [G_L² / (H_L + λ) + G_R² / (H_R + λ) - G² / (H + λ)],    leaf = -G / (H + λ)

for the sums G and H of gradients and Hessians in the node and on its left and right (Chen &
Guestrin 2016, equations 5 and 7).  Where a leaf is held within bounds, as monotone features ask,
-G leaf stands for G² / (H + λ).  The ½ and the node's own part do not change which is largest.
"""

import numpy as np

from pellucid._compile import kernel

__all__ = ["FOUND", "cut_categories", "cut_values", "leaf_value"]

LEAST_HESSIAN = 1e-3  # on either side of a cut
SUPPORT = 10.0  # examples that a category needs to be sent left, and that its order is shrunk by

# What the search says of one column; a gain of 0 where no cut is allowed.
FOUND = np.dtype(
    [
        ("gain", np.float64),
        ("bin", np.int64),  # the last one that goes left
        ("missing_left", np.bool_),
        ("gradient", np.float64),  # sums of the left side
        ("hessian", np.float64),
        ("samples", np.int64),
    ]
)


@kernel(borrows=True, inner=True, error_model="numpy")
def leaf_value(g, h, l2, low, high):
    return min(max(-g / (h + l2 + 1e-15), low), high)


@kernel(borrows=True, inner=True, error_model="numpy")
def cut_values(sums, missing, node, least, l2, direction, found, cuts):
    """The best cut of the bins ``sums`` in their order; the last holds the ``missing``, if any.

    ``direction`` is 1 or -1 where the leaf may not fall, or rise, from the left to the right.  Of
    missing values on the left the cuts are summed from the right.  ``cuts`` (5, 256) is
    overwritten.
    """
    found.gain, last = 0.0, len(sums) - missing
    some_missing = missing and sums[last, sums.shape[1] // 2] != 0
    for missing_left in range(1 + some_missing):
        bins = last - 1 + missing * (1 - missing_left)
        count = sum_cuts(sums, missing_left, bins, node, least, cuts)
        weigh_cuts(count, node, l2, direction, cuts)
        own, best = -node.gradient * node.value, -1
        for k in range(count):
            if cuts[4, k] - own > found.gain:
                found.gain, best = cuts[4, k] - own, k
        if best >= 0:
            g, h, n, b = cuts[0, best], cuts[1, best], cuts[2, best], cuts[3, best]
            keep(found, found.gain, np.int64(b), missing_left == 1, g, h, np.int64(n))


@kernel(borrows=True, inner=True)
def sum_cuts(sums, from_right, bins, node, least, cuts):
    """Put down what lies left of every cut that is allowed, without a branch; how many they are."""
    G, H, N, c, count = node.gradient, node.hessian, node.samples, sums.shape[1] // 2, 0
    g, h, n, sign = (G, H, np.float64(N), -1.0) if from_right else (0.0, 0.0, 0.0, 1.0)
    for i in range(bins):
        b = bins - 1 - i if from_right else i
        row = np.uint64(b + from_right)
        g, h, n = g + sign * sums[row, 0], h + sign * sums[row, 1], n + sign * sums[row, c]
        cuts[0, count], cuts[1, count], cuts[2, count], cuts[3, count] = g, h, n, b
        enough = (n >= least) & (h >= LEAST_HESSIAN) & (N - n >= least) & (H - h >= LEAST_HESSIAN)
        count += (sums[row, c] != 0) & enough
    return count


@kernel(borrows=True, inner=True, error_model="numpy")
def weigh_cuts(count, node, l2, direction, cuts):
    """The gain of each, several at a time: there are two divisions in it."""
    G, H, bounds = node.gradient, node.hessian, (node.low, node.high)
    gradient, hessian, gain = cuts[0], cuts[1], cuts[4]
    for k in range(count):
        g, h = gradient[k], hessian[k]
        gain[k] = gain_of(g, h, G - g, H - h, l2, direction, bounds)


@kernel(borrows=True, inner=True)
def keep(found, gain, b, missing_left, g, h, n):
    found.gain, found.bin, found.missing_left = gain, b, missing_left
    found.gradient, found.hessian, found.samples = g, h, n


@kernel(borrows=True, inner=True, error_model="numpy")
def gain_of(g, h, G, H, l2, direction, bounds):
    """-G_L leaf_L - G_R leaf_R, of left and right; -∞ where these do not go in the direction."""
    left, right = leaf_value(g, h, l2, *bounds), leaf_value(G, H, l2, *bounds)
    return -np.inf if direction * (right - left) < 0 else -g * left - G * right


@kernel(borrows=True, inner=True, error_model="numpy")
def cut_categories(sums, missing, node, least, l2, found, bits, order):
    """The best subset of categories to send left: a run from either end of their order by G / H.

    Some subset of that form is best (Fisher 1958); each is reached from the nearer end.  Rare
    categories go right, and the missing are one more category, the last.  ``order`` is overwritten.
    """
    found.gain, c = 0.0, sums.shape[1] // 2
    own, support = -node.gradient * node.value, node.samples / node.hessian
    bounds = node.low, node.high
    used = put_in_order(sums, support, order)
    if used < 2:
        return
    length, from_end = 0, False
    for end in range(2):
        g, h, n = 0.0, 0.0, 0
        for k in range((used + 1) // 2 - end):
            b = order[used - 1 - k] if end else order[k]
            g, h, n = g + sums[b, 0], h + sums[b, 1], n + np.int64(sums[b, c])
            if n < least or h < LEAST_HESSIAN:
                continue
            if node.samples - n < least or node.hessian - h < LEAST_HESSIAN:
                break
            gain = gain_of(g, h, node.gradient - g, node.hessian - h, l2, 0, bounds) - own
            if gain > found.gain:
                length, from_end = k + 1, end == 1
                keep(found, gain, b, False, g, h, n)
    found.missing_left = False
    for word in range(len(bits)):
        bits[word] = 0
    for k in range(length):
        b = order[used - 1 - k] if from_end else order[k]
        if missing and b == len(sums) - 1:
            found.missing_left = True
        else:
            bits[b >> 6] |= np.uint64(1) << np.uint64(b & 63)


@kernel(borrows=True, inner=True, error_model="numpy")
def put_in_order(sums, support, order):
    """Sort the categories with examples enough by G / (H + 10), ties as they come; how many."""
    used = 0
    for b in range(len(sums)):
        if sums[b, 1] * support < SUPPORT:
            continue
        ratio, k = sums[b, 0] / (sums[b, 1] + SUPPORT), used
        while k and sums[order[k - 1], 0] / (sums[order[k - 1], 1] + SUPPORT) > ratio:
            order[k] = order[k - 1]
            k -= 1
        order[k] = b
        used += 1
    return used
