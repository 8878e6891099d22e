"""Count the n-grams of every order by sorting, a block of text at a time, and add the blocks up.

The n-grams of order k that begin at position t are numbered by the pair (number of the n-gram of
order k - 1 that begins there, word k - 1 places on): one number, context · V + word, a key.
Sorting the keys, each with its position in its lowest bits, counts them and numbers them for k + 1.
"""

import numpy as np

from pellucid._compile import kernel
from pellucid.callbacks import steps
from pellucid.reduction import map_blocks

__all__ = ["count_ngrams", "union"]

BLOCK_BITS = 21  # positions of a block; its keys then take some 100 MB at work
AT_ONCE = 4  # blocks on the threads, and so in memory, at one time


def count_ngrams(model, ids, lengths, V, order, whole=False):
    """The keys and counts of the n-grams of each order 1 ... ``order`` in sentences of numbers.

    The sentences stand end to end in ``ids`` (T,), each of its length (S,).  If ``whole``, a
    sentence is one n-gram to be counted; what it is made of is there with a count of zero.
    """
    stops = np.cumsum(lengths)
    bits = min(BLOCK_BITS, (64 - int(V).bit_length()) // 2)
    starts = range(0, max(1, len(ids)), 1 << bits)

    def count_block(start):
        at = np.arange(start, min(start + (1 << bits), len(ids)))
        sentence = _sentences(stops, at)
        begin = stops[sentence] - lengths[sentence] if whole else None
        return _count_block(ids, at, begin, stops[sentence], V, order, bits)

    done = []  # (blocks, their sum): equals are added to equals, as a binary number is counted up
    for batch in steps(model, -(-len(starts) // AT_ONCE), "block of text"):
        for levels in map_blocks(count_block, starts[batch * AT_ONCE : (batch + 1) * AT_ONCE]):
            done.append((1, levels))
            while len(done) > 1 and done[-1][0] == done[-2][0]:
                _add_last_two(done, V)
    while len(done) > 1:
        _add_last_two(done, V)
    return done[0][1]


def _add_last_two(done, V):
    (n, b), (m, a) = done.pop(), done.pop()
    done.append((m + n, union(a, b, V)))


def _sentences(stops, at):
    """The sentence that each of these successive positions is in."""
    if not len(at):
        return at
    first, last = np.searchsorted(stops, at[[0, -1]], "right")
    here = np.arange(first, last + 1)
    return np.repeat(here, np.diff(np.minimum(stops[here], at[-1] + 1), prepend=at[0]))


def _count_block(ids, at, begin, stop, V, order, bits):
    """Of the n-grams that begin ``at`` these positions; only whole sentences, given ``begin``."""
    number = ids[at]
    levels = [(np.arange(V), _times(number, at, begin, stop, 1, V))]
    for k in range(2, order + 1):
        fits = at + k <= stop
        at, stop, number = at[fits], stop[fits], number[fits]
        begin = None if begin is None else begin[fits]
        key = number.astype(np.uint64) * np.uint64(V) + ids[at + (k - 1)].astype(np.uint64)
        if k == order and begin is None:  # nobody asks for the numbers of the longest
            levels.append(_distinct(key))
            break
        keys, number = _number(key, bits)
        levels.append((keys, _times(number, at, begin, stop, k, len(keys))))
    return levels


def _times(number, at, begin, stop, k, n):
    """How often each number is there, among whole sentences alone if their ``begin`` is given."""
    if begin is not None:
        number = number[(at == begin) & (at + k == stop)]
    return np.bincount(number, minlength=n)


def _distinct(key):
    """The distinct keys (n,), sorted, and how many there are of each."""
    key.sort()
    starts = _starts(key)
    return key[starts].astype(np.int64), np.diff(starts, append=len(key))


def _number(key, bits):
    """The distinct keys (n,), sorted, and the number among them of each key (N,)."""
    tagged = (key << np.uint64(bits)) | np.arange(len(key), dtype=np.uint64)
    tagged.sort()
    place = (tagged & np.uint64((1 << bits) - 1)).astype(np.int64)
    tagged >>= np.uint64(bits)
    starts = _starts(tagged)
    number = np.empty(len(key), np.int64)
    number[place] = np.repeat(np.arange(len(starts)), np.diff(starts, append=len(key)))
    return tagged[starts].astype(np.int64), number


def _starts(sorted_keys):
    return np.flatnonzero(np.append(True, sorted_keys[1:] != sorted_keys[:-1])[: len(sorted_keys)])


def union(a, b, V):
    """The keys and counts of two texts as one; empties both lists, to keep no more than it needs.

    The contexts of both are numbered anew, which keeps their order: so two sorted lists of keys
    are merged into one, order by order.
    """
    place_a = place_b = np.zeros(1, np.int64)
    merged = []
    for k in range(len(a)):
        (keys_a, count_a), (keys_b, count_b) = a[k], b[k]
        a[k] = b[k] = None
        keys = np.empty(len(keys_a) + len(keys_b), np.int64)  # what is not used is not resident
        count = np.empty_like(keys)
        new_a, new_b = np.empty_like(keys_a), np.empty_like(keys_b)
        n = _merge(keys_a, count_a, place_a, new_a, keys_b, count_b, place_b, new_b, V, keys, count)
        place_a, place_b = new_a, new_b
        merged.append((keys[:n], count[:n]))
    return merged


@kernel(borrows=True)
def _merge(keys_a, count_a, place_a, new_a, keys_b, count_b, place_b, new_b, V, keys, count):
    """Merge two sorted lists of keys; ``new_a[i]`` is where the i-th of a went."""
    i = j = n = 0
    while i < len(keys_a) or j < len(keys_b):
        a = b = np.iinfo(np.int64).max
        if i < len(keys_a):
            a = place_a[keys_a[i] // V] * V + keys_a[i] % V
        if j < len(keys_b):
            b = place_b[keys_b[j] // V] * V + keys_b[j] % V
        keys[n] = min(a, b)
        count[n] = 0
        if a <= b:
            count[n] += count_a[i]
            new_a[i] = n
            i += 1
        if b <= a:
            count[n] += count_b[j]
            new_b[j] = n
            j += 1
        n += 1
    return n
