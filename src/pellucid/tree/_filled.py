"""A sparse table, for one tree: a node looks at its own entries alone, and its zeros are one group.

The table is kept feature after feature, the values of each in order; an entry is known by its place
there, and a *run*, the places of a node's entries, ascending, has them in the order of a search:
nothing is sorted again.  When a node is parted, the child with more entries goes on with its run,
and passes over what is no longer its own until that is half of it; the other gathers its own from
its rows.  So to part all nodes takes no more than E log E steps for E entries, however lopsided
the tree is.  Zeros are nowhere written down: they are one key among those of a feature, and their
sums are what the entries leave of the node's.
"""

from collections import namedtuple

import numpy as np

from pellucid._compile import kernel
from pellucid.tree._order import ZERO, key, rank, sort
from pellucid.tree._scan import add

__all__ = ["Entries", "divide_filled", "entries_of", "fill", "lay_out", "lay_out_all",
           "lay_out_sides", "run_of", "sides", "span", "sum_entries_left"]  # fmt: skip

# Where each feature's entries start (D + 1,) and their rows; where in ``of_row`` each row starts
# (N + 1,), and its entries.
Entries = namedtuple("Entries", "starts rows row_starts of_row")

# ``places`` holds the runs, up to ``free``; ``runs`` says of both children of each node from where
# to where theirs is, and what was free then; ``keys`` and ``spare`` are to sort one.  ``where`` is
# the place of each row among the samples, ``goes`` the side of each example of a node; ``gap`` are
# the sums over its zeros, and ``zeros`` their number and weight.
Filled = namedtuple(
    "Filled",
    "starts rows row_starts of_row places runs free keys spare where goes gap zeros depth_first",
)
TO_GATHER = -1  # for the end of a run that is yet to be made


def entries_of(X):
    """The entries of a table in CSC; those of a feature may be put in another order later."""
    rows = X.indices.astype(np.int32)
    by_row = np.argsort(rows, kind="stable").astype(np.uint32)
    row_starts = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=X.shape[0]))])
    return Entries(X.indptr.astype(np.int64), rows, row_starts, by_row)


def fill(entries, samples, sums, depth_first):
    """The run of a root that holds these samples, and room for those of all other nodes.

    Depth first, the runs in use lie on one path, and each is at most half of that before.
    """
    N = len(samples)
    where = np.full(len(entries.row_starts) - 1, -1, np.int32)
    where[samples] = np.arange(N)
    run = np.flatnonzero(where[entries.rows] >= 0)
    E = len(run)
    places = np.empty(E * (2 if depth_first else 1 + E.bit_length()), np.uint32)
    places[:E] = run
    runs = np.empty((2 * N + 1, 2, 3), np.int64)  # most of it is never touched
    runs[0] = 0, E, E
    half = E // 2 + 1
    return Filled(
        *entries,
        places=places,
        runs=runs,
        free=np.array([E]),
        keys=np.empty(half, np.uint64),
        spare=np.empty(half, np.uint64),
        where=where,
        goes=np.empty(N, np.bool_),
        gap=np.empty(sums),
        zeros=np.empty(2),
        depth_first=depth_first,
    )


@kernel(borrows=True)
def run_of(filled, parent, on_left, samples, start, counts):
    """A node's run: from where to where; and from where on its samples are, and how many."""
    first, last, free = filled.runs[parent + 1, np.int64(on_left)]
    if filled.depth_first:
        filled.free[0] = free  # what was put there since is of no more use
    if last == TO_GATHER:
        first = filled.free[0]
        last = first + gather_run(filled, samples, first, counts)
        filled.free[0] = last
    return first, last, start, len(samples)


@kernel(borrows=True)
def gather_run(filled, samples, at, counts):
    """Put the entries of the samples, in order, where there is room for them; how many they are."""
    count, low, high = 0, np.uint32(0xFFFFFFFF), np.uint32(0)
    for row in samples:
        for k in range(filled.row_starts[row], filled.row_starts[row + 1]):
            e = filled.of_row[k]
            low, high = min(low, e), max(high, e)
            filled.keys[count] = key(e, 0)
            count += 1
    sort(filled.keys, filled.spare, count, counts, low, high)
    for k in range(count):
        filled.places[at + k] = rank(filled.keys[k])
    return count


@kernel(borrows=True, forceinline=True)
def first_of(filled, run, f):
    """Where in a run the entries of feature f begin, by bisection."""
    low, high = run[0], run[1]
    while low < high:
        middle = (low + high) >> 1
        if filled.places[middle] < filled.starts[f]:
            low = middle + 1
        else:
            high = middle
    return low


@kernel(borrows=True, forceinline=True)
def example_of(filled, run, e):
    """Which of a node's examples an entry belongs to; -1 if to none."""
    i = filled.where[filled.rows[e]] - run[2]
    return i if 0 <= i < run[3] else -1


@kernel(borrows=True, forceinline=True)
def lay_out(filled, run, f, ranks, target, weight, whole, K, total, keys):
    """Put what a node's examples have of f in ``keys``, in order, all zeros as one; how many."""
    count, below, held = 0, 0, 0.0
    for k in range(len(total)):
        filled.gap[k] = 0
    for at in range(first_of(filled, run, f), run[1]):
        e = filled.places[at]
        if e >= filled.starts[f + 1]:
            break
        i = example_of(filled, run, e)
        if i >= 0:
            keys[count] = key(ranks[0, e], i)
            add(filled.gap, K, target, i, weight[i])
            held += weight[i]
            below += ranks[0, e] < ZERO
            count += 1
    filled.zeros[0], filled.zeros[1] = run[3] - count, whole - held
    for k in range(len(total)):
        filled.gap[k] = total[k] - filled.gap[k]
    if count == run[3]:
        return count
    for p in range(count, below, -1):
        keys[p] = keys[p - 1]
    keys[below] = key(ZERO, 0)
    return count + 1


@kernel(borrows=True, forceinline=True)
def lay_out_all(filled, run, f, ranks, keys):
    """The same with every zero by itself, for a scan that knows no sums."""
    filled.goes[: run[3]] = False
    n = 0
    for sign in range(2):
        for at in range(first_of(filled, run, f), run[1]):
            e = filled.places[at]
            if e >= filled.starts[f + 1]:
                break
            i = example_of(filled, run, e)
            if i >= 0 and (ranks[0, e] > ZERO) == sign:
                keys[n] = key(ranks[0, e], i)
                n += 1
            if i >= 0:
                filled.goes[i] = True
        if sign == 0:
            for i in range(run[3]):
                if not filled.goes[i]:
                    keys[n] = key(ZERO, i)
                    n += 1
    return n


@kernel(borrows=True, forceinline=True)
def span(filled, run, f, values):
    """The least value of f among a node's examples, and the largest."""
    low, high, count = np.inf, -np.inf, 0
    for at in range(first_of(filled, run, f), run[1]):
        e = filled.places[at]
        if e >= filled.starts[f + 1]:
            break
        if example_of(filled, run, e) >= 0:
            x = values[0, e]
            low, high, count = min(low, x), max(high, x), count + 1
    if count < run[3]:
        low, high = min(low, 0.0), max(high, 0.0)
    return low, high


@kernel(borrows=True, forceinline=True)
def sum_entries_left(
    filled, run, f, values, threshold, target, weight, whole, K, total, left
):  # fmt: skip
    """Fill the sums of what lies left of a threshold; how many examples that is, and their weight.

    Those are summed that lie on the side without the zeros.
    """
    zeros_left = threshold >= 0
    count, held = 0, 0.0
    left[:] = 0
    for at in range(first_of(filled, run, f), run[1]):
        e = filled.places[at]
        if e >= filled.starts[f + 1]:
            break
        i = example_of(filled, run, e)
        if i >= 0 and (values[0, e] <= threshold) != zeros_left:
            add(left, K, target, i, weight[i])
            held += weight[i]
            count += 1
    if not zeros_left:
        return count, held
    for k in range(len(total)):
        left[k] = total[k] - left[k]
    return run[3] - count, whole - held


@kernel(borrows=True, forceinline=True)
def sides(filled, run, f, ranks, cut, values, threshold):
    """Note in ``goes`` which of a node's examples lie left of a cut, or of a threshold."""
    filled.goes[: run[3]] = cut >= ZERO
    if values is not None:
        filled.goes[: run[3]] = threshold >= 0
    for at in range(first_of(filled, run, f), run[1]):
        e = filled.places[at]
        if e >= filled.starts[f + 1]:
            break
        i = example_of(filled, run, e)
        if i >= 0:
            if values is not None:
                filled.goes[i] = values[0, e] <= threshold
            if ranks is not None:
                filled.goes[i] = ranks[0, e] <= cut


@kernel(borrows=True, forceinline=True)
def lay_out_sides(filled, run, keys, f, values, threshold):
    """Put a node's examples in ``keys``, those on the left of a threshold before the others."""
    sides(filled, run, f, None, ZERO, values, threshold)
    left, right = 0, run[3]
    for i in range(run[3]):
        if filled.goes[i]:
            keys[left] = key(0, i)
            left += 1
        else:
            right -= 1
            keys[right] = key(1, i)


@kernel(borrows=True)
def divide_filled(filled, run, node, samples, spare):
    """Put those first that go left, each side in its old order; how many they are.

    And note the runs of both sides.
    """
    first, last, start, n = run
    left = right = 0
    held, held_left = 0, 0
    for i in range(n):
        goes, row = filled.goes[i], samples[i]
        samples[left] = spare[right] = row
        left += goes
        right += not goes
        entries = filled.row_starts[row + 1] - filled.row_starts[row]
        held += entries
        held_left += entries * goes
    for k in range(right):
        samples[left + k] = spare[k]
    for i in range(n):
        filled.where[samples[i]] = start + i
    larger_left = 2 * held_left > held
    more = held_left if larger_left else held - held_left
    begin, end = (start, start + left) if larger_left else (start + left, start + n)
    if 2 * more < last - first:
        kept = first
        for at in range(first, last):
            e = filled.places[at]
            filled.places[kept] = e
            kept += begin <= filled.where[filled.rows[e]] < end
        last = kept
    for side in range(2):
        child = filled.runs[node + 1, side]
        child[0], child[2] = first, filled.free[0]
        child[1] = last if side == larger_left else TO_GATHER
    return left
