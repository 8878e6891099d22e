"""The numbers of known words, found by their bytes: by any thread, for no lock is held.

A dictionary of Python's is asked by one thread alone, for a word at a time, and follows five
pointers for each.  That was more than half of the time that a text took to be scored.
"""

from functools import partial
from itertools import chain, repeat
from weakref import WeakKeyDictionary

import numpy as np

from pellucid._compile import kernel
from pellucid.language_model._encoding import lengths

__all__ = ["Lexicon", "looked_up"]

END = "\0"  # of a word
_lexicons: WeakKeyDictionary = WeakKeyDictionary()  # of tries; in a file, words would stand twice


def looked_up(batches, ids, unknown, trie):
    """Of each batch of lists, what makes the numbers of its words (T,), and their sizes (S,).

    The dictionary is asked until that took as long as to make a lexicon of it, and later for words
    that are no strings.
    """
    n_words = 0
    for lists in batches:
        sizes = lengths(lists)
        n = sizes.sum()
        if n_words >= len(ids) and trie not in _lexicons:
            _lexicons[trie] = Lexicon.of(ids)
        lexicon = _lexicons.get(trie)
        text = None if lexicon is None else as_bytes(lists, n)
        if text is None:
            words = map(ids.get, chain.from_iterable(lists), repeat(unknown))
            yield np.fromiter(words, np.int32, n).view, sizes
        else:
            yield partial(lexicon.numbers, text, n, unknown), sizes
        n_words += n


class Lexicon:
    """A hash table in arrays (open addressing, linear probing; Knuth 1973, section 6.4).

    names : ndarray of uint8
        V words end to end, as ``as_bytes`` has them.
    starts : ndarray of shape (V,)
        Where word v begins.
    slots : ndarray of int32, a power of two and 2V at least
        The number of the word that lies there, or -1.
    """

    def __init__(self, names, V):
        self.names = names
        self.starts = np.empty(V, np.int64)
        self.slots = np.full(2 << V.bit_length(), -1, np.int32)
        _lay_out(self.names, self.starts, self.slots)

    @classmethod
    def of(cls, words):
        """Numbers the words in their order; None where some are no strings."""
        names = as_bytes([list(words)], len(words))
        return None if names is None else cls(names, len(words))

    def numbers(self, text, n, unknown):
        """The numbers (n,) of the words of a text; of those that are not here, ``unknown``."""
        out = np.empty(n, np.int32)
        _look_up(text, self.names, self.starts, self.slots, unknown, out)
        return out


def as_bytes(lists, n):
    """The n words of the lists, an end after each; None if some are no strings, or have ends."""
    try:
        text = END.join(map(END.join, filter(None, lists))) + END
    except TypeError:
        return None
    text = np.frombuffer(text.encode(errors="surrogatepass"), np.uint8)
    return text if len(text) - np.count_nonzero(text) == n else None


@kernel(borrows=True)
def _lay_out(names, starts, slots):
    at = 0
    for v in range(len(starts)):
        starts[v] = at
        place, at = _hash(names, at)
        while slots[place & (len(slots) - 1)] >= 0:
            place += 1
        slots[place & (len(slots) - 1)] = v


@kernel(borrows=True)
def _look_up(text, names, starts, slots, unknown, out):
    at = 0
    for i in range(len(out)):
        begin = at
        place, at = _hash(text, begin)
        out[i] = unknown
        while slots[place & (len(slots) - 1)] >= 0:
            v = slots[place & (len(slots) - 1)]
            if _same(text, begin, names, starts[v]):
                out[i] = v
                break
            place += 1


@kernel(borrows=True)
def _hash(text, at):
    """A number below 2³¹ made of the bytes of the word at ``at`` (Fowler, Noll & Vo); its end."""
    h = 0xCBF29CE4
    while text[at]:
        h = (h ^ text[at]) * 0x100000001B3
        at += 1
    return (h ^ h >> 32) & 0x7FFFFFFF, at + 1


@kernel(borrows=True)
def _same(a, i, b, j):
    """Whether the word at a[i] is that at b[j]."""
    while a[i] == b[j]:
        if not a[i]:
            return True
        i, j = i + 1, j + 1
    return False
