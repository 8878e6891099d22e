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
from pellucid.tree._filled import fill, lay_out, lay_out_all
from pellucid.tree._order import ZERO, gather, place, rank, sort
from pellucid.tree._random import draw, split_at_random
from pellucid.tree._scan import batch, scan, tie_of
from pellucid.tree._split import UNSEEN, Split, nothing

__all__ = ["Columns", "Limits", "search", "workspace"]

ONE = np.int64(1)  # no literal, for which all would be compiled once more

# What is known of the features: the ranks of their values (D, N), or, if splits are random, the
# values themselves (D, N), those of an example side by side, for they stay in the cache from a node
# to its children.  Of a sparse table only those of its entries (1, E), and where these are.  The
# number of distinct values of features that are categories, else 0 (D,); and the directions
# (-1, 0, 1) in which values may go (D,).
Columns = namedtuple("Columns", "ranks values entries categories monotonic")

# When to stop.
Limits = namedtuple("Limits", "depth split leaf weight features leaves decrease")

# What a tree has no use for is None, and the code for it is not compiled: an order of categories,
# medians of absolute errors, values to draw thresholds among, the entries of a sparse table.
Workspace = namedtuple(
    "Workspace",
    "keys spare ranks values filled here counts features constants order bits trial medians random "
    "batch",
)


def workspace(columns, samples, sums, outputs, words, deviation, depth_first, seed):
    """All that the growth of one tree on some of the rows needs beside its data."""
    N, D, values = len(samples), len(columns.categories), columns.values
    sparse = columns.entries is not None
    return Workspace(
        keys=np.empty(N, np.uint64),
        spare=np.empty(N, np.uint64),
        ranks=columns.ranks,
        values=values,
        filled=fill(columns.entries, samples, sums, depth_first) if sparse else None,
        here=None if values is None else np.empty(N, values.dtype),
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
def search(
    columns, ranks, values, filled, run, samples, target, weight, whole, criterion, K, total,
    limits, bounds, known, work,
):  # fmt: skip
    """The best split of a node, and how many features are constant in it.

    Features are drawn without repeats until ``limits.features`` have been looked at; those that
    are constant do not count, and are remembered: the first ``known`` of ``work.features`` are.
    """
    features, constants = work.features, work.constants
    best = nothing()
    end, drawn, found, visited = len(features), 0, 0, 0
    tie = tie_of(total, target, whole)
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
        if values is not None:
            split = split_at_random(
                f, values, filled, run, columns, samples, target, weight, whole, criterion, K,
                total, limits, bounds, work, work.order, work.medians,
            )  # fmt: skip
        if ranks is not None:
            split = split_at_best(
                f, ranks, filled, run, columns, samples, target, weight, whole, criterion, K, total,
                limits, bounds, work, work.order, work.medians,
            )  # fmt: skip
        if split.feature < 0:
            features[j], features[known + found] = features[known + found], f
            found += 1
            continue
        end -= 1
        features[end], features[j] = f, features[end]
        if split.cost + tie < best.cost:
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
def split_at_best(
    f, ranks, filled, run, columns, samples, target, weight, whole, criterion, K, total, limits,
    bounds, work, order, medians,
):  # fmt: skip
    """The best split by feature f; none if f is constant here."""
    n, categories, direction = len(samples), columns.categories[f], columns.monotonic[f]
    in_order = False
    if filled is not None:  # and none is missing
        in_order = True
        if medians is not None:
            n = lay_out_all(filled, run, f, ranks, work.keys)
        else:
            n = lay_out(filled, run, f, ranks, target, weight, whole, K, total, work.keys)
        present, low, high = n, rank(work.keys[0]), rank(work.keys[n - 1])
    else:
        present, low, high = gather(ranks[f], samples, work.keys[:n])
    if present == 0 or (present == n and low == high):
        return nothing()
    keys, spare = work.keys[:n], work.spare[:n]
    if not in_order:
        sort(keys, spare, present, work.counts, low, high)
    if order is not None and categories:
        by_mean(keys, spare, present, target, weight, K, order)
    cost, cut = cheapest_cut(
        keys, ONE, filled, target, weight, criterion, K, total, limits, direction, bounds, whole,
        work.batch, medians,
    )  # fmt: skip
    missing_left, last, after = UNSEEN if present == n else 0, keys[cut - 1], keys[cut]
    if present < n:  # once more, with the missing on the left
        missing = n - present
        for p in range(n):
            spare[p] = keys[present + p] if p < missing else keys[p - missing]
        other, at = cheapest_cut(
            spare, missing + ONE, filled, target, weight, criterion, K, total, limits, direction,
            bounds, whole, work.batch, medians,
        )  # fmt: skip
        if other + tie_of(total, target, whole) < cost:
            cost, missing_left, last, after = other, 1, spare[at - 1], spare[at]
    if order is not None and categories and cost < np.inf:
        prefix_bits(order, rank(last) + 1, work.trial)
    below, above = example(last, samples), example(after, samples)
    return Split(cost, f, rank(last), missing_left, below, above, np.nan)


@kernel(borrows=True, forceinline=True)
def example(key, samples):
    """Whose value a key stands for; -1 for the zeros of a sparse table."""
    return -1 if rank(key) == ZERO else np.int64(samples[place(key)])


@kernel(borrows=True, forceinline=True)
def cheapest_cut(
    keys, first, filled, target, weight, criterion, K, total, limits, direction, bounds, whole,
    batch, medians,
):  # fmt: skip
    least = limits.leaf, limits.weight
    if medians is not None:
        return scan_deviations(keys, first, target, weight, whole, least, direction, bounds)
    return scan(
        keys, first, filled, target, weight, criterion, K, total, least, direction, bounds, whole,
        batch,
    )  # fmt: skip
