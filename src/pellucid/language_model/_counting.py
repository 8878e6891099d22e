"""Count the n-grams of every order by dealing them out, a block of text at a time; add the blocks.

The n-grams of order k that begin at the positions t of a block are numbered in the order of their
words, r_k(t).  Take the positions by their word k - 1 places on, and deal them out by r_{k-1}: so
they lie by r_{k-1}, and within it by that last word, which is the order of r_k.  Nothing is ever
compared, and an order costs three walks (the doubling of Karp, Miller & Rosenberg 1972, by ones).

**A level**, the n-grams of k words: the last ``word`` of each (n,), its ``count`` (n,), and
``first`` (C + 1,), those of context c being first[c] ... first[c + 1] - 1.  The context of a single
word is the empty one; any other is numbered within its own level.
"""

import numpy as np

from pellucid._compile import kernel
from pellucid.callbacks import steps
from pellucid.reduction import map_blocks

__all__ = ["count_ngrams", "deepen", "union"]

BLOCK = 1 << 20  # positions of a block; at work they take some 50 MB
AT_ONCE = 4  # blocks on the threads, and so in memory, at one time
NONE = np.iinfo(np.int32).max  # no word


def count_ngrams(model, ids, lengths, V, order, whole=False):
    """The levels of orders 1 ... ``order`` of sentences of word numbers below V.

    The sentences stand end to end in ``ids`` (T,), each of its length (S,).  If ``whole``, a
    sentence is one n-gram to be counted; what it is made of is there with a count of zero.
    """
    stops = np.cumsum(lengths)
    starts = range(0, max(1, len(ids)), BLOCK)

    def count_block(start):
        left = np.empty(min(BLOCK, len(ids) - start), np.int32)
        begins = np.empty(len(left) if whole else 0, np.bool_)
        _look_ahead(lengths, stops, start, left, begins)
        return _count_block(ids[start : start + BLOCK + order - 1], left, begins, V, order)

    done = []  # (blocks, their sum): equals are added to equals, as a binary number is counted up
    for batch in steps(model, -(-len(starts) // AT_ONCE), "block of text"):
        for levels in map_blocks(count_block, starts[batch * AT_ONCE : (batch + 1) * AT_ONCE]):
            done.append((1, levels))
            while len(done) > 1 and done[-1][0] == done[-2][0]:
                _add_last_two(done)
    while len(done) > 1:
        _add_last_two(done)
    return done[0][1]


def _add_last_two(done):
    (n, b), (m, a) = done.pop(), done.pop()
    done.append((m + n, union(a, b)))


def _count_block(ids, left, begins, V, order):
    """Of the n-grams that begin at the first positions, after which ``left`` words are left."""
    number = ids[: len(left)].copy()
    by_word = _deal(ids, np.arange(len(ids), dtype=np.int32), V)
    counted = number if not len(begins) else number[begins & (left == 1)]
    words = np.arange(V, dtype=np.int32)
    levels = [(words, np.bincount(counted, minlength=V).astype(np.int32), np.array([0, V]))]
    for k in range(2, order + 1):
        levels.append(_next_level(ids, by_word, left, begins, k, number, len(levels[-1][0])))
    return levels


def deepen(levels, order):
    """With empty levels up to this order."""
    for _ in range(len(levels), order):
        nothing, n_contexts = np.zeros(0, np.int32), len(levels[-1][0]) if levels else 1
        levels.append((nothing, nothing, np.zeros(n_contexts + 1, np.int64)))
    return levels


def union(a, b):
    """The levels of two texts as one; empties both lists, to keep no more than it needs.

    Counts that may not fit 32 bits are given 64.
    """
    order, merged = max(len(a), len(b)), []
    a, b = deepen(a, order), deepen(b, order)
    from_a = from_b = np.zeros(1, np.int32)  # of each context, its number in either text, or -1
    for k in range(order):
        (word_a, count_a, first_a), (word_b, count_b, first_b) = a[k], b[k]
        a[k] = b[k] = None
        if k == 0:
            large = count_a.sum(dtype=np.int64) + count_b.sum(dtype=np.int64) > np.iinfo("i4").max
            large |= count_a.dtype == np.int64 or count_b.dtype == np.int64
        dtype = np.int64 if large else np.int32
        count_a, count_b = (c.astype(dtype, copy=False) for c in (count_a, count_b))
        n = len(word_a) + len(word_b)
        word, count = np.empty(n, np.int32), np.empty(n, dtype)  # what is not used, is not resident
        first = np.empty(len(from_a) + 1, np.int64)
        new = np.empty((2, n if k + 1 < order else 0), np.int32)
        text_a, text_b = (from_a, word_a, count_a, first_a), (from_b, word_b, count_b, first_b)
        n = _merge(*text_a, *text_b, word, count, first, *new)
        merged.append((word[:n], count[:n], first))
        from_a, from_b = new[:, : n if k + 1 < order else 0]
    return merged


@kernel(borrows=True)
def _look_ahead(lengths, stops, start, left, begins):
    """How many words of its sentence are left at each position; whether the sentence begins."""
    s = np.searchsorted(stops, start, "right")
    for i in range(len(left)):
        while stops[s] <= start + i:
            s += 1
        left[i] = stops[s] - start - i
        if len(begins):
            begins[i] = left[i] == lengths[s]


@kernel
def _deal(number, listed, n):
    """The positions, as ``listed``, by their number below n: a counting sort."""
    place = np.zeros(n + 1, np.int64)
    for i in range(len(number)):
        place[number[i] + 1] += 1
    for c in range(n):
        place[c + 1] += place[c]
    out = np.empty_like(listed)
    for t in listed:
        out[place[number[t]]] = t
        place[number[t]] += 1
    return out


@kernel
def _next_level(ids, by_word, left, begins, k, number, n_contexts):
    """The n-grams of k words; ``number`` (N,), that of their contexts, becomes their own."""
    place = np.zeros(n_contexts + 1, np.int32)
    for t in range(len(left)):
        if left[t] >= k:
            place[number[t] + 1] += 1
    for c in range(n_contexts):
        place[c + 1] += place[c]
    dealt = np.empty(place[n_contexts], np.int32)
    for later in by_word:
        t = later - (k - 1)
        if 0 <= t < len(left) and left[t] >= k:
            dealt[place[number[t]]] = t
            place[number[t]] += 1
    # Each context's positions now end where its place is.
    word, count = np.empty_like(dealt), np.zeros_like(dealt)
    first = np.zeros(n_contexts + 1, np.int64)
    i = n = 0
    for c in range(n_contexts):
        first[c] = n
        while i < place[c]:
            t = dealt[i]
            w = ids[t + k - 1]
            if n == first[c] or word[n - 1] != w:
                word[n] = w
                n += 1
            count[n - 1] += len(begins) == 0 or (begins[t] and left[t] == k)
            number[t] = n - 1
            i += 1
    first[n_contexts] = n
    return word[:n].copy(), count[:n].copy(), first


@kernel(borrows=True)
def _merge(
    from_a,
    word_a,
    count_a,
    first_a,
    from_b,
    word_b,
    count_b,
    first_b,
    word,
    count,
    first,
    new_a,
    new_b,
):
    """Merge the children of each context; of what comes of it, the numbers in either text."""
    n = 0
    for c in range(len(from_a)):
        first[c] = n
        i, stop_a = _children(first_a, from_a[c])
        j, stop_b = _children(first_b, from_b[c])
        while i < stop_a or j < stop_b:
            a = word_a[i] if i < stop_a else NONE
            b = word_b[j] if j < stop_b else NONE
            word[n], count[n] = min(a, b), 0
            if len(new_a):
                new_a[n] = i if a <= b else -1
                new_b[n] = j if b <= a else -1
            if a <= b:
                count[n] += count_a[i]
                i += 1
            if b <= a:
                count[n] += count_b[j]
                j += 1
            n += 1
    first[len(from_a)] = n
    return n


@kernel(borrows=True)
def _children(first, context):
    """Where those of a context begin and end; of one that is not there (-1), nowhere."""
    if context < 0:
        return 0, 0
    return first[context], first[context + 1]
