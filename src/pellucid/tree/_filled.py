"""A sparse table, for one tree: the entries of a node lie in one run, feature after feature.

Within a feature they lie in order, so that nothing is sorted again: to part a node is to part its
run, stably.  The zeros are nowhere written down.  They are one key among those of a feature, and
their sums are what the entries leave of the node's.  So a search costs what is filled.
"""

from collections import namedtuple

import numpy as np

from pellucid._compile import kernel
from pellucid.tree._order import ZERO, key, place, rank
from pellucid.tree._scan import add

__all__ = ["count_of", "divide_run", "fill", "find", "lay_out", "lay_out_all", "lay_out_sides",
           "sides", "span", "sum_entries_left"]  # fmt: skip

# A key holds an entry's rank (if splits are random, where its value stands in the table) and which
# of the node's examples it belongs to; its feature stands beside it, and ``first`` says where the
# entries of each feature begin.  ``gap`` are the sums over the zeros, ``zeros`` are their number
# and weight.  The others are room to work in: the side of an example, and its place there.
Filled = namedtuple("Filled", "keys features spare_keys spare_features first gap zeros goes places")


def fill(columns, samples, rows, sums):
    """The run of a root that holds these samples."""
    places = np.full(rows, -1, np.int64)
    places[samples] = np.arange(len(samples))
    counts = np.diff(columns.starts)
    here = places[columns.rows]
    inside = np.flatnonzero(here >= 0)
    keys = (columns.entries[inside].astype(np.uint64) << np.uint64(32)) | here[inside].astype("u8")
    features = np.repeat(np.arange(len(counts), dtype=np.int32), counts)[inside]
    return Filled(
        keys=keys,
        features=features,
        spare_keys=np.empty_like(keys),
        spare_features=np.empty_like(features),
        first=np.zeros(len(counts), np.int64),
        gap=np.empty(sums),
        zeros=np.empty(2),
        goes=np.empty(len(samples), np.bool_),
        places=np.empty(len(samples), np.int64),
    )


@kernel(borrows=True, forceinline=True)
def count_of(filled):
    """The number of entries in all; none where the table is not sparse."""
    if filled is not None:
        return len(filled.keys)
    return 0


@kernel(borrows=True)
def find(filled, run):
    """Note where each feature of a node's run begins."""
    for e in range(run[0], run[1]):
        f = filled.features[e]
        if e == run[0] or filled.features[e - 1] != f:
            filled.first[f] = e


@kernel(borrows=True, forceinline=True)
def entries_of(filled, run, f):
    """From where to where the entries of f lie in the run: what ``first`` says may be of old."""
    first, (start, stop) = filled.first[f], run
    if not (start <= first < stop) or filled.features[first] != f:
        return start, start
    last = first
    while last < stop and filled.features[last] == f:
        last += 1
    return first, last


@kernel(borrows=True, forceinline=True)
def lay_out(filled, run, f, n, target, weight, whole, K, total, keys):
    """Put what the n examples have of f in ``keys``, in order, all zeros as one; how many."""
    first, last = entries_of(filled, run, f)
    below, held = first, 0.0
    filled.gap[:] = 0
    for e in range(first, last):
        i = place(filled.keys[e])
        add(filled.gap, K, target, i, weight[i])
        held += weight[i]
        below += rank(filled.keys[e]) < ZERO
    for k in range(len(total)):
        filled.gap[k] = total[k] - filled.gap[k]
    zeros = n - (last - first)
    filled.zeros[0], filled.zeros[1] = zeros, whole - held
    count = 0
    for e in range(first, below):
        keys[count] = filled.keys[e]
        count += 1
    if zeros:
        keys[count] = key(ZERO, 0)
        count += 1
    for e in range(below, last):
        keys[count] = filled.keys[e]
        count += 1
    return count


@kernel(borrows=True, forceinline=True)
def lay_out_all(filled, run, f, n, keys):
    """The same with every zero by itself, for a scan that knows no sums."""
    first, last = entries_of(filled, run, f)
    filled.goes[:n] = False
    for e in range(first, last):
        filled.goes[place(filled.keys[e])] = True
    count, e = 0, first
    while e < last and rank(filled.keys[e]) < ZERO:
        keys[count] = filled.keys[e]
        count, e = count + 1, e + 1
    for i in range(n):
        if not filled.goes[i]:
            keys[count] = key(ZERO, i)
            count += 1
    for above in range(e, last):
        keys[count] = filled.keys[above]
        count += 1
    return count


@kernel(borrows=True, forceinline=True)
def span(filled, run, f, n, values):
    """The least value of f among the n examples, and the largest."""
    first, last = entries_of(filled, run, f)
    low, high = np.inf, -np.inf
    if last - first < n:
        low = high = 0.0
    for e in range(first, last):
        x = values[0, rank(filled.keys[e])]
        low, high = min(low, x), max(high, x)
    return low, high


@kernel(borrows=True, forceinline=True)
def sum_entries_left(
    filled, run, f, n, values, threshold, target, weight, whole, K, total, left
):  # fmt: skip
    """Fill the sums of what lies left of a threshold; how many examples that is, and their weight.

    Those are summed that lie on the side without the zeros.
    """
    first, last = entries_of(filled, run, f)
    zeros_left = threshold >= 0
    count, held = 0, 0.0
    left[:] = 0
    for e in range(first, last):
        if (values[0, rank(filled.keys[e])] <= threshold) != zeros_left:
            i = place(filled.keys[e])
            add(left, K, target, i, weight[i])
            held += weight[i]
            count += 1
    if not zeros_left:
        return count, held
    for k in range(len(total)):
        left[k] = total[k] - left[k]
    return n - count, whole - held


@kernel(borrows=True, forceinline=True)
def sides(filled, run, f, n, values, cut, threshold):
    """Note in ``goes`` which of the n examples of a node lie left of a cut, or of a threshold."""
    first, last = entries_of(filled, run, f)
    if values is not None:
        filled.goes[:n] = threshold >= 0
        for e in range(first, last):
            filled.goes[place(filled.keys[e])] = values[0, rank(filled.keys[e])] <= threshold
    else:
        filled.goes[:n] = cut >= ZERO
        for e in range(first, last):
            filled.goes[place(filled.keys[e])] = rank(filled.keys[e]) <= cut


@kernel(borrows=True, forceinline=True)
def lay_out_sides(filled, run, f, n, values, threshold, keys):
    """Put the n examples in ``keys``, those on the left of a threshold before the others."""
    sides(filled, run, f, n, values, ZERO, threshold)
    left, right = 0, n
    for i in range(n):
        if filled.goes[i]:
            keys[left] = key(0, i)
            left += 1
        else:
            right -= 1
            keys[right] = key(1, i)


@kernel(borrows=True, forceinline=True)
def divide_run(filled, run, samples, spare):
    """Put first what ``goes`` left, each side in its old order; how many samples, and entries."""
    left, right = 0, 0
    for i in range(len(samples)):
        goes, sample = filled.goes[i], samples[i]
        filled.places[i] = left if goes else right
        samples[left] = spare[right] = sample
        left += goes
        right += not goes
    for k in range(right):
        samples[left + k] = spare[k]
    middle, behind = run[0], 0
    for e in range(run[0], run[1]):
        this, f = filled.keys[e], filled.features[e]
        i = place(this)
        filled.keys[middle] = filled.spare_keys[behind] = key(rank(this), filled.places[i])
        filled.features[middle] = filled.spare_features[behind] = f
        middle += filled.goes[i]
        behind += not filled.goes[i]
    for k in range(behind):
        filled.keys[middle + k] = filled.spare_keys[k]
        filled.features[middle + k] = filled.spare_features[k]
    return left, middle
