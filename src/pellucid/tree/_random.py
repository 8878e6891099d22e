"""A split drawn by chance (Geurts, Ernst & Wehenkel 2006): no values are put in order for it."""

import numpy as np

from pellucid._compile import kernel
from pellucid.tree._deviation import scan_deviations
from pellucid.tree._filled import lay_out_sides, span, sum_entries_left
from pellucid.tree._order import key
from pellucid.tree._scan import add, cheapest, is_narrow, moves, parts, put
from pellucid.tree._split import UNSEEN, Split, goes_left, nothing

__all__ = ["draw", "split_at_random"]

RANDOM_BITS = 0x7FFFFFFF
ONE = np.int64(1)  # no literal, for which all would be compiled once more


@kernel(borrows=True, forceinline=True)
def draw(random):
    """A whole number of [0, 2³¹), by xorshift (Marsaglia 2003)."""
    x = np.uint32(max(random[0], 1))
    x = np.uint32(x ^ (x << 13))  # the casts keep it to 32 bits
    x = np.uint32(x ^ (x >> 17))
    x = np.uint32(x ^ (x << 5))
    random[0] = x
    return np.int64(x & RANDOM_BITS)


@kernel(borrows=True, forceinline=True)
def split_at_random(
    f, values, filled, run, columns, samples, target, weight, whole, criterion, K, total, limits,
    bounds, work, order, medians,
):  # fmt: skip
    """Part the values of feature f by one that is drawn between the least and the largest.

    Of categories the first goes left, the last right, and each of the others as a coin falls.
    """
    n, here, missing = len(samples), work.here, 0
    if filled is not None:
        low, high = span(filled, run, f, values)
    else:
        missing, low, high = look(values[f], samples, here)
    if missing == n or (missing == 0 and low == high):
        return nothing()
    threshold = (high - low) * draw(work.random) / RANDOM_BITS + low
    if threshold >= high:
        threshold = low
    categories = order is not None and columns.categories[f] > 0
    if categories:
        draw_bits(work.trial, work.random, np.int64(low), np.int64(high))
    missing_left = UNSEEN if missing == 0 else draw(work.random) % 2
    left, right = work.batch.sums[0, 0], work.batch.sums[0, 1]
    if filled is not None:
        count, gone = sum_entries_left(
            filled, run, f, values, threshold, target, weight, whole, K, total, left
        )
        if medians is not None:
            lay_out_sides(filled, run, work.keys, f, values, threshold)
    else:
        count, gone = sum_left(
            here[:n], threshold, missing_left, categories, work.trial, target, weight, K, left,
            work.keys, medians,
        )  # fmt: skip
    cost, cut, direction = np.inf, 0, columns.monotonic[f]
    for k in range(len(total)):
        right[k] = total[k] - left[k]
    if medians is not None:
        cost, cut = scan_deviations(
            work.keys[:n], ONE, target, weight, whole, (limits.leaf, limits.weight), direction,
            bounds,
        )  # fmt: skip
    elif (
        min(count, n - count) >= max(limits.leaf, 1)
        and min(gone, whole - gone) >= limits.weight
        and (direction == 0 or moves(work.batch.sums[0], target, direction, bounds))
    ):
        sums, costs, cuts, _ = work.batch
        cost, cut = cheapest(sums, costs, cuts, 1, criterion, K, cost, cut, 0.0)
    return Split(cost, f, np.uint32(0), missing_left, -1, -1, threshold)


@kernel(borrows=True, forceinline=True)
def look(column, samples, here):
    """Bring the values of a node together; how many are missing, the least one and the largest."""
    low, high, missing = np.inf, -np.inf, 0
    for i in range(len(samples)):
        x = column[samples[i]]
        here[i] = x
        missing += x != x
        low = x if x < low else low  # never nan
        high = x if x > high else high
    return missing, low, high


@kernel(borrows=True, forceinline=True)
def sum_left(
    here, threshold, missing_left, categories, bits, target, weight, K, left, keys, medians
):  # fmt: skip
    """Fill the sums of what goes left; how many examples that is, and their weight.

    Where medians are wanted, fill the keys too: those of the left come first.
    """
    n, count, gone, first_sum, second_sum = len(here), 0, 0.0, 0.0, 0.0
    narrow = is_narrow(target, K)
    left[:] = 0
    for i in range(n):
        side = goes_left(here[i], threshold, missing_left, categories, bits)
        w = weight[i] * side  # no branch
        gone += w
        count += side
        if narrow:
            a, b = parts(target, i)
            first_sum += w * a
            second_sum += w * b
        else:
            add(left, K, target, i, w)
        if medians is not None:
            at = count - 1 if side else n - 1 - (i - count)
            keys[at] = key(np.uint32(0 if side else 1), i)
    if narrow:
        put(left, target, gone, first_sum, second_sum)
    return count, gone


@kernel(borrows=True)
def draw_bits(bits, random, first, last):
    bits[:] = 0
    for c in range(first, last):
        if c == first or draw(random) % 2:
            bits[c >> 6] |= np.uint64(1) << np.uint64(c & 63)
