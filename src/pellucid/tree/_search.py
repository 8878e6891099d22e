"""The split search: *order* the examples of a node by a feature, *scan* their prefixes, *score*.

Every split of every tree is found here.  A missing value goes right in a first scan and left in a
second; a feature of categories is ordered by what the target is among them, which makes the best
of all subsets a prefix (Fisher 1958); a monotone constraint is a mask on the score.
"""

from collections import namedtuple

import numpy as np

from pellucid._compile import kernel
from pellucid.tree._categories import by_mean, prefix_bits
from pellucid.tree._deviation import scan_deviations
from pellucid.tree._order import gather, place, rank, sort
from pellucid.tree._scan import scan

__all__ = ["UNSEEN", "Columns", "Limits", "Split", "Workspace", "draw", "search", "workspace"]

UNSEEN = 2  # for ``missing_left``: no value was missing here

# What is known of the features: the ranks of their values (D, N), the number of distinct values of
# those that are categories, else 0 (D,), and the directions (-1, 0, 1) in which values may go (D,).
Columns = namedtuple("Columns", "ranks categories monotonic")

# When to stop.
Limits = namedtuple("Limits", "depth split leaf weight features leaves decrease deviation")

Split = namedtuple("Split", "cost feature cut missing_left below above")

Workspace = namedtuple(
    "Workspace", "keys spare counts left right features constants order bits trial random"
)


def workspace(N, D, sums, words, seed):
    """All that the growth of one tree needs beside its data."""
    return Workspace(
        keys=np.empty(N, np.uint64),
        spare=np.empty(N, np.uint64),
        counts=np.empty(2048, np.int64),
        left=np.empty(sums),
        right=np.empty(sums),
        features=np.arange(D),
        constants=np.empty(D, np.int64),
        order=np.empty(64 * words, np.int64),
        bits=np.zeros(words, np.uint64),
        trial=np.zeros(words, np.uint64),
        random=np.array([seed], np.uint32),
    )


@kernel
def draw(random, low, high):
    """A whole number of [low, high), by xorshift (Marsaglia 2003)."""
    x = np.uint32(max(random[0], 1))
    x = np.uint32(x ^ (x << 13))  # the casts keep it to 32 bits
    x = np.uint32(x ^ (x >> 17))
    x = np.uint32(x ^ (x << 5))
    random[0] = x
    return low + np.int64(x & 0x7FFFFFFF) % (high - low)


@kernel
def search(
    columns, samples, target, weight, whole, criterion, K, total, limits, bounds, known, work
):
    """The best split of a node, and how many features are constant in it.

    Features are drawn without repeats until ``limits.features`` have been looked at; those that
    are constant do not count, and are remembered: the first ``known`` of ``work.features`` are.
    """
    features, constants, random = work.features, work.constants, work.random
    keys, spare, counts = work.keys[: len(samples)], work.spare[: len(samples)], work.counts
    left, right, order, trial = work.left, work.right, work.order, work.trial
    ranks, categories, monotonic = columns
    best = Split(np.inf, -1, np.uint32(0), UNSEEN, -1, -1)
    end, drawn, found, visited = len(features), 0, 0, 0
    while end > known + found and (visited < limits.features or visited <= found + drawn):
        visited += 1
        j = draw(random, drawn, end - found)
        if j < known:
            features[drawn], features[j] = features[j], features[drawn]
            drawn += 1
            continue
        j += found
        f = features[j]
        split = split_by(
            f, ranks[f], categories[f], monotonic[f], samples, target, weight, whole, criterion, K,
            total, limits, bounds, keys, spare, counts, left, right, order, trial,
        )  # fmt: skip
        if split.feature < 0:
            features[j], features[known + found] = features[known + found], f
            found += 1
            continue
        end -= 1
        features[end], features[j] = f, features[end]
        if split.cost < best.cost:
            best = split
            if categories[f]:
                work.bits[:] = trial
    for k in range(known):
        features[k] = constants[k]
    for k in range(known, known + found):
        constants[k] = features[k]
    return best, known + found


@kernel
def split_by(
    f, column, categories, direction, samples, target, weight, whole, criterion, K,
    total, limits, bounds, keys, spare, counts, left, right, order, trial,
):  # fmt: skip
    """The best split by feature f; none (its feature is -1) if f is constant here."""
    n = len(samples)
    present, low, high = gather(column, samples, keys)
    if present == 0 or (present == n and low == high):
        return Split(np.inf, -1, np.uint32(0), UNSEEN, -1, -1)
    sort(keys, spare, present, counts, low, high)
    if categories:
        by_mean(keys, spare, present, target, weight, K, order)
    for k in range(len(total)):
        left[k], right[k] = 0, total[k]
    cost, cut = cheapest(
        keys, 1, target, weight, whole, criterion, K, left, right, limits, direction, bounds
    )
    missing_left, last, after = UNSEEN if present == n else 0, keys[cut - 1], keys[cut]
    if present < n:  # once more, with the missing on the left
        missing = n - present
        for p in range(n):
            spare[p] = keys[present + p] if p < missing else keys[p - missing]
        for k in range(len(total)):
            left[k], right[k] = 0, total[k]
        other, at = cheapest(
            spare, missing + 1, target, weight, whole, criterion, K, left, right, limits,
            direction, bounds,
        )  # fmt: skip
        if other < cost:
            cost, missing_left, last, after = other, 1, spare[at - 1], spare[at]
    if cost < np.inf and categories:
        prefix_bits(order, rank(last) + 1, trial)
    return Split(cost, f, rank(last), missing_left, samples[place(last)], samples[place(after)])


@kernel
def cheapest(
    keys, first, target, weight, whole, criterion, K, left, right, limits, direction, bounds
):
    if target.ndim == 3 and limits.deviation:
        return scan_deviations(keys, first, target, weight, whole, limits, direction, bounds)
    least = limits.leaf, limits.weight
    return scan(
        keys, first, target, weight, whole, criterion, K, left, right, least, direction, bounds
    )
