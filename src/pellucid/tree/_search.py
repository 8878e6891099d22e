"""The split search: *order* the examples of a node by a feature, *scan* their prefixes, *score*.

Every split of every tree is found here.  A missing value goes right in a first scan and left in a
second; a feature of categories is ordered by what the target is among them, which makes the best
of all subsets a prefix (Fisher 1958); a monotone constraint is a mask on the score; a random split
(Geurts, Ernst & Wehenkel 2006) is an order in which there are two places alone.
"""

from collections import namedtuple

import numpy as np

from pellucid._compile import kernel
from pellucid.tree._categories import by_mean, prefix_bits
from pellucid.tree._deviation import scan_deviations
from pellucid.tree._order import MISSING, gather, key, place, rank, sort
from pellucid.tree._scan import batch, scan

__all__ = ["UNSEEN", "Columns", "Limits", "Split", "Workspace", "draw", "search", "workspace"]

UNSEEN = 2  # for ``missing_left``: no value was missing here
RANDOM_BITS = 0x7FFFFFFF
ONE = np.int64(1)  # no literal, for which all would be compiled once more

# What is known of the features: the ranks of their values (D, N); the number of distinct values of
# those that are categories, else 0 (D,); the directions (-1, 0, 1) in which values may go (D,);
# and, if splits are random, the distinct values of each in order, feature f's from starts[f] on.
Columns = namedtuple("Columns", "ranks categories monotonic values starts")

# When to stop.
Limits = namedtuple("Limits", "depth split leaf weight features leaves decrease")

# The threshold of a random split is drawn; of others it lies between two examples.
Split = namedtuple("Split", "cost feature cut missing_left below above threshold")

# What a tree has no use for is None, and the code for it is not compiled: an order of categories,
# medians of absolute errors.
Workspace = namedtuple(
    "Workspace", "keys spare counts features constants order bits trial medians random batch"
)


def workspace(N, D, sums, outputs, words, deviation, seed):
    """All that the growth of one tree needs beside its data."""
    return Workspace(
        keys=np.empty(N, np.uint64),
        spare=np.empty(N, np.uint64),
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


@kernel(borrows=True)
def search(
    columns, samples, target, weight, whole, criterion, K, total, limits, bounds, known, work
):
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
        split = split_by(
            f, columns, columns.values, samples, target, weight, whole, criterion, K, total,
            limits, bounds, work, work.order,
        )  # fmt: skip
        if split.feature < 0:
            features[j], features[known + found] = features[known + found], f
            found += 1
            continue
        end -= 1
        features[end], features[j] = f, features[end]
        if split.cost < best.cost:
            best = split
            for word in range(len(work.bits)):
                work.bits[word] = work.trial[word]
    for k in range(known):
        features[k] = constants[k]
    for k in range(known, known + found):
        constants[k] = features[k]
    return best, known + found


@kernel(borrows=True, forceinline=True)
def nothing():
    """The split of a feature that is constant."""
    return Split(np.inf, -1, np.uint32(0), UNSEEN, -1, -1, np.nan)


@kernel(borrows=True, forceinline=True)
def split_by(
    f, columns, values, samples, target, weight, whole, criterion, K, total, limits, bounds, work,
    order,
):  # fmt: skip
    """The best split by feature f, or a random one; none if f is constant here."""
    n, categories = len(samples), columns.categories[f]
    keys, spare = work.keys[:n], work.spare[:n]
    present, low, high = gather(columns.ranks[f], samples, keys)
    if present == 0 or (present == n and low == high):
        return nothing()
    if categories or values is None:
        sort(keys, spare, present, work.counts, low, high)
    if order is not None and categories:
        by_mean(keys, spare, present, target, weight, K, order)
        low, high = np.uint32(0), rank(keys[present - 1])
    if values is None:
        split = at_best(
            f, columns, present, keys, spare, samples, target, weight, whole, criterion, K, total,
            limits, bounds, work,
        )  # fmt: skip
    else:
        split = at_random(
            f, columns, values, present, low, high, keys, spare, samples, target, weight, whole,
            criterion, K, total, limits, bounds, work,
        )  # fmt: skip
    if order is not None and categories and split.cost < np.inf:
        prefix_bits(order, split.cut + 1, work.trial)
    return split


@kernel(borrows=True, forceinline=True)
def at_best(
    f, columns, present, keys, spare, samples, target, weight, whole, criterion, K, total, limits,
    bounds, work,
):  # fmt: skip
    n, direction = len(keys), columns.monotonic[f]
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
    below, above = samples[place(last)], samples[place(after)]
    return Split(cost, f, rank(last), missing_left, below, above, np.nan)


@kernel(borrows=True)
def at_random(
    f, columns, values, present, low, high, keys, spare, samples, target, weight, whole, criterion,
    K, total, limits, bounds, work,
):  # fmt: skip
    """Put what lies under a threshold between the least value and the largest before the rest."""
    n, start, ordered = len(keys), columns.starts[f], columns.categories[f] == 0
    least = np.float64(values[start + low] if ordered else low)
    largest = np.float64(values[start + high] if ordered else high)
    threshold = (largest - least) * draw(work.random) / RANDOM_BITS + least
    if threshold >= largest:
        threshold = least
    missing_left = draw(work.random) % 2 if present < n else UNSEEN
    left, right, cut = 0, n, low
    for p in range(n):
        r, i = rank(keys[p]), place(keys[p])
        if r == MISSING:
            goes_left = missing_left == 1
        else:
            goes_left = (values[start + r] if ordered else r) <= threshold
        if goes_left:
            spare[left] = key(np.uint32(0), i)
            left += 1
            cut = r if r != MISSING and r > cut else cut
        else:
            right -= 1
            spare[right] = key(np.uint32(1), i)
    cost, _ = cheapest_cut(
        spare, ONE, target, weight, criterion, K, total, limits, columns.monotonic[f], bounds,
        whole, work.batch, work.medians,
    )  # fmt: skip
    return Split(cost, f, cut, missing_left, samples[0], samples[0], threshold)


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
