"""*Order*: sort the examples of a node by one column, whose values are known by their ranks.

A key holds a rank in its upper half and an example's place in the node in its lower half, so that
a sort of the keys is a stable sort of the examples.  Ranks are small whole numbers: a few passes
of a counting sort order them, whatever the values are.
"""

import numpy as np

from pellucid._compile import kernel

__all__ = [
    "MISSING",
    "ZERO",
    "gather",
    "key",
    "place",
    "rank",
    "ranks",
    "ranks_beside_zero",
    "sort",
]

MISSING = np.uint32(0xFFFFFFFF)  # the rank of a missing value: after all others
ZERO = np.uint32(0x80000000)  # the rank of what a sparse column does not hold
PLACE = np.uint64(0xFFFFFFFF)
HALF = np.uint64(32)
FEW = 40  # keys, which insertion sorts faster than counting


def ranks(x):
    """For the values x (N,): the place of each among the distinct ones; NaN comes after all."""
    order = np.argsort(x)
    x = x[order]
    place = np.cumsum(np.concatenate([[False], x[1:] != x[:-1]]), dtype=np.uint32)
    out = np.empty(len(x), np.uint32)
    out[order] = np.where(np.isnan(x), MISSING, place)
    return out


def ranks_beside_zero(x, starts):
    """The order of the values x (E,) within each feature of a sparse table, and their ranks in it.

    Feature d has those from ``starts[d]`` on; ranks are counted from that of zero, ZERO.
    """
    sizes = np.diff(starts)
    feature = np.repeat(np.arange(len(sizes)), sizes)
    order = np.lexsort((x, feature))
    x = x[order]
    new = np.ones(len(x), bool)
    new[1:] = (x[1:] != x[:-1]) | (feature[1:] != feature[:-1])
    count = np.cumsum(np.concatenate([[0], new]))  # of distinct values before each
    negative = np.cumsum(np.concatenate([[0], x < 0]))
    zero = count[starts[:-1] + negative[starts[1:]] - negative[starts[:-1]]]  # (D,)
    place = count[1:] - np.repeat(zero, sizes) - (x < 0)
    return order, (place + np.int64(ZERO)).astype(np.uint32)


@kernel(borrows=True, forceinline=True)
def key(rank, place):
    return (np.uint64(rank) << HALF) | np.uint64(place)


@kernel(borrows=True, forceinline=True)
def rank(key):
    return np.uint32(key >> HALF)


@kernel(borrows=True, forceinline=True)
def place(key):
    return np.int64(key & PLACE)


@kernel(borrows=True)
def gather(column, samples, keys):
    """Fill ``keys``, the missing last; how many are not missing, the least rank and the largest."""
    low, high = MISSING, np.uint32(0)
    first, last = 0, len(samples)
    for i in range(len(samples)):
        r = column[samples[i]]
        if r == MISSING:
            last -= 1
            keys[last] = key(r, i)
        else:
            keys[first] = key(r, i)
            first += 1
            low, high = min(low, r), max(high, r)
    return first, low, high


@kernel(borrows=True)
def sort(keys, spare, n, counts, low, high):
    """Sort the first n keys, of ranks from ``low`` to ``high``; ``spare`` is overwritten."""
    if n <= FEW:
        for i in range(1, n):
            this, j = keys[i], i
            while j > 0 and keys[j - 1] > this:
                keys[j] = keys[j - 1]
                j -= 1
            keys[j] = this
        return
    bits = _bit_length(high - low)
    passes = -(-bits // min(_bit_length(n), 11))  # the counts of a digit fit the first cache
    digit = -(-bits // max(passes, 1))
    for p in range(0, passes, 2):
        _sort_by_digit(keys, spare, n, counts, low, p * digit, digit)
        if p + 1 < passes:
            _sort_by_digit(spare, keys, n, counts, low, (p + 1) * digit, digit)
        else:
            for i in range(n):
                keys[i] = spare[i]


@kernel(borrows=True)
def _sort_by_digit(source, destination, n, counts, low, first, width):
    """Copy keys in the stable order of ``width`` bits of their rank, from bit ``first``."""
    shift, base = HALF + np.uint64(first), np.uint64(low) << HALF
    mask = np.uint64((1 << width) - 1)
    counts[: mask + 1] = 0
    for i in range(n):
        counts[((source[i] - base) >> shift) & mask] += 1
    start = 0
    for d in range(mask + 1):
        start, counts[d] = start + counts[d], start
    for i in range(n):
        d = ((source[i] - base) >> shift) & mask
        destination[counts[d]] = source[i]
        counts[d] += 1


@kernel(borrows=True)
def _bit_length(n):
    bits = 0
    while n >> bits:
        bits += 1
    return bits
