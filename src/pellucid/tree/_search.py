"""The split search: *order* the examples of a node by a feature, *scan* their prefixes, *score*.

Every split of every tree is found here.  A missing value goes right in a first scan and left in a
second; a feature of categories is ordered by what the target is among them, which makes the best
of all subsets a prefix (Fisher 1958); a monotone constraint is a mask on the score; a random split
(Geurts, Ernst & Wehenkel 2006) draws its threshold, and scores that one cut.
"""

from collections import namedtuple

import numpy as np

from pellucid._compile import kernel
from pellucid.tree._categories import by_mean, prefix_bits
from pellucid.tree._deviation import scan_deviations
from pellucid.tree._order import gather, key, place, rank, sort
from pellucid.tree._scan import add, batch, cheapest, is_narrow, moves, parts, put, scan

__all__ = ["UNSEEN", "Columns", "Limits", "goes_left", "place_of", "search", "workspace"]

UNSEEN = 2  # for ``missing_left``: no value was missing here
RANDOM_BITS = 0x7FFFFFFF
ONE = np.int64(1)  # no literal, for which all would be compiled once more

# What is known of the features: the ranks of their values (D, N), or, if splits are random, the
# values themselves (D, N), those of an example side by side, for they stay in the cache from a node
# to its children.  Of a sparse table only its entries, one feature's after another's: where each
# feature starts (D + 1,), the rows, and what the others are, zero.  The number of distinct values
# of features that are categories, else 0 (D,); and the directions (-1, 0, 1) in which values may go
# (D,).
Columns = namedtuple("Columns", "entries starts rows zero categories monotonic")

# When to stop.
Limits = namedtuple("Limits", "depth split leaf weight features leaves decrease")

# The threshold of a random split is drawn; of others it lies between two examples.
Split = namedtuple("Split", "cost feature cut missing_left below above threshold")

# What a tree has no use for is None, and the code for it is not compiled: an order of categories,
# medians of absolute errors, values to draw thresholds among.
Workspace = namedtuple(
    "Workspace",
    "keys spare ranks values here counts features constants order bits trial medians random batch",
)


def workspace(columns, rows, N, sums, outputs, words, deviation, random, seed):
    """All that the growth of one tree on N of the rows needs beside its data."""
    D, table = len(columns.categories), columns.entries
    if columns.rows is not None:
        table = np.empty((1, rows), table.dtype)  # for one column of a sparse table at a time
    return Workspace(
        keys=np.empty(N, np.uint64),
        spare=np.empty(N, np.uint64),
        ranks=None if random else table,
        values=table if random else None,
        here=np.empty(N, table.dtype) if random else None,
        counts=np.empty(2048, np.int64),
        features=np.arange(D),
        constants=np.empty(D, np.int64),
        order=np.empty(64 * words, np.int64) if words else None,
        bits=np.zeros(words, np.uint64),
        trial=np.zeros(words, np.uint64),
        medians=np.empty(outputs) if deviation else None,
        random=np.array([seed], np.uint32),
        batch=batch(sums, outputs),
    )


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
def search(
    columns, ranks, values, samples, target, weight, whole, criterion, K, total, limits, bounds,
    known, work,
):  # fmt: skip
    """The best split of a node, and how many features are constant in it.

    Features are drawn without repeats until ``limits.features`` have been looked at; those that
    are constant do not count, and are remembered: the first ``known`` of ``work.features`` are.
    """
    features, constants = work.features, work.constants
    best = nothing()
    end, drawn, found, visited = len(features), 0, 0, 0
    while end > known + found and (visited < limits.features or visited <= found + drawn):
        visited += 1
        j = drawn + draw(work.random) % (end - found - drawn)
        if j < known:
            features[drawn], features[j] = features[j], features[drawn]
            drawn += 1
            continue
        j += found
        f = features[j]
        split = nothing()
        if ranks is not None:
            at = place_of(f, columns, columns.rows, samples, ranks)
            split = split_at_best(
                f, ranks[at], columns, samples, target, weight, whole, criterion, K, total, limits,
                bounds, work, work.order,
            )  # fmt: skip
        if values is not None:
            at = place_of(f, columns, columns.rows, samples, values)
            split = split_at_random(
                f, values[at], columns, samples, target, weight, whole, criterion, K, total,
                limits, bounds, work, work.order, work.medians,
            )  # fmt: skip
        if split.feature < 0:
            features[j], features[known + found] = features[known + found], f
            found += 1
            continue
        end -= 1
        features[end], features[j] = f, features[end]
        if split.cost < best.cost:
            best = split
            if work.order is not None and columns.categories[f]:
                for word in range(len(work.bits)):
                    work.bits[word] = work.trial[word]
    for k in range(known):
        features[k] = constants[k]
    for k in range(known, known + found):
        constants[k] = features[k]
    return best, known + found


@kernel(borrows=True, forceinline=True)
def place_of(f, columns, rows, samples, table):
    """Where in ``table`` feature f is; a sparse one is put there, as far as the samples ask for."""
    if rows is not None:
        for i in samples:
            table[0, i] = columns.zero
        for e in range(columns.starts[f], columns.starts[f + 1]):
            table[0, rows[e]] = columns.entries[e]
        return 0
    return f


@kernel(borrows=True, forceinline=True)
def nothing():
    """The split of a feature that is constant."""
    return Split(np.inf, -1, np.uint32(0), UNSEEN, -1, -1, np.nan)


@kernel(borrows=True, forceinline=True)
def split_at_best(
    f, column, columns, samples, target, weight, whole, criterion, K, total, limits, bounds, work,
    order,
):  # fmt: skip
    """The best split by feature f; none if f is constant here."""
    n, categories, direction = len(samples), columns.categories[f], columns.monotonic[f]
    keys, spare = work.keys[:n], work.spare[:n]
    present, low, high = gather(column, samples, keys)
    if present == 0 or (present == n and low == high):
        return nothing()
    sort(keys, spare, present, work.counts, low, high)
    if order is not None and categories:
        by_mean(keys, spare, present, target, weight, K, order)
    cost, cut = cheapest_cut(
        keys, ONE, target, weight, criterion, K, total, limits, direction, bounds, whole,
        work.batch, work.medians,
    )  # fmt: skip
    missing_left, last, after = UNSEEN if present == n else 0, keys[cut - 1], keys[cut]
    if present < n:  # once more, with the missing on the left
        missing = n - present
        for p in range(n):
            spare[p] = keys[present + p] if p < missing else keys[p - missing]
        other, at = cheapest_cut(
            spare, missing + ONE, target, weight, criterion, K, total, limits, direction, bounds,
            whole, work.batch, work.medians,
        )  # fmt: skip
        if other < cost:
            cost, missing_left, last, after = other, 1, spare[at - 1], spare[at]
    if order is not None and categories and cost < np.inf:
        prefix_bits(order, rank(last) + 1, work.trial)
    below, above = np.int64(samples[place(last)]), np.int64(samples[place(after)])
    return Split(cost, f, rank(last), missing_left, below, above, np.nan)


@kernel(borrows=True, forceinline=True)
def cheapest_cut(
    keys, first, target, weight, criterion, K, total, limits, direction, bounds, whole, batch,
    medians,
):  # fmt: skip
    least = limits.leaf, limits.weight
    if medians is not None:
        return scan_deviations(keys, first, target, weight, whole, least, direction, bounds)
    return scan(
        keys, first, target, weight, criterion, K, total, least, direction, bounds, whole, batch
    )


@kernel(borrows=True, forceinline=True)
def split_at_random(
    f, column, columns, samples, target, weight, whole, criterion, K, total, limits, bounds, work,
    order, medians,
):  # fmt: skip
    """Part the values of feature f by one that is drawn between the least and the largest.

    Of categories the first goes left, the last right, and each of the others as a coin falls.
    """
    n, here = len(samples), work.here
    low, high, missing = np.inf, -np.inf, 0
    for i in range(n):
        x = column[samples[i]]
        here[i] = x
        missing += x != x
        low = x if x < low else low  # never nan
        high = x if x > high else high
    if missing == n or (missing == 0 and low == high):
        return nothing()
    threshold = (high - low) * draw(work.random) / RANDOM_BITS + low
    if threshold >= high:
        threshold = low
    categories = order is not None and columns.categories[f] > 0
    if categories:
        draw_bits(work.trial, work.random, np.int64(low), np.int64(high))
    missing_left = UNSEEN if missing == 0 else draw(work.random) % 2
    left, right, count = work.batch.sums[0, 0], work.batch.sums[0, 1], 0
    narrow, gone, first_sum, second_sum = is_narrow(target, K), 0.0, 0.0, 0.0
    left[:] = 0
    for i in range(n):
        side = goes_left(here[i], threshold, missing_left, categories, work.trial)
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
            work.keys[at] = key(np.uint32(0 if side else 1), i)
    if narrow:
        put(left, target, gone, first_sum, second_sum)
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
        cost, cut = cheapest(sums, costs, cuts, 1, criterion, K, cost, cut)
    return Split(cost, f, np.uint32(0), missing_left, -1, -1, threshold)


@kernel(borrows=True, forceinline=True)
def goes_left(x, threshold, missing_left, categories, bits):
    """Whether x lies left of a cut; no branch is taken on it, for none could be foreseen."""
    if categories and x == x:
        c = np.uint64(x)
        return (bits[c >> np.uint64(6)] >> (c & np.uint64(63))) & np.uint64(1) != 0
    return (x <= threshold) | ((missing_left == 1) & (x != x))


@kernel(borrows=True)
def draw_bits(bits, random, first, last):
    bits[:] = 0
    for c in range(first, last):
        if c == first or draw(random) % 2:
            bits[c >> 6] |= np.uint64(1) << np.uint64(c & 63)
