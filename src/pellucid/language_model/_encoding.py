"""Words as numbers: sentences, padded, in one array of word numbers; n-grams end to end in another.

A dictionary numbers the words, a thousand sentences at a time, without a loop in Python.
"""

from array import array
from collections import defaultdict
from itertools import chain, islice, repeat

import numpy as np

from pellucid._compile import kernel
from pellucid.language_model.preprocessing import LEFT_PAD, RIGHT_PAD

__all__ = [
    "batches",
    "encode",
    "first_item",
    "growing",
    "joined",
    "known",
    "lengths",
    "ngram_lists",
    "pad",
    "sentence_lists",
]

AT_ONCE = 1024  # sentences


def growing(numbers=()):
    """A dictionary that goes on to number words as it first sees them; its look-up of words."""
    numbers = defaultdict(None, numbers)
    numbers.default_factory = numbers.__len__
    return numbers, lambda words: map(numbers.__getitem__, words)


def known(numbers, unknown):
    """The look-up of words that numbers ``unknown`` what the dictionary does not have."""
    return lambda words: map(numbers.get, words, repeat(unknown))


def first_item(text):
    """The first item of the first list in ``text`` that has one, and the text with it put back."""
    lists, seen = iter(text), []
    for items in lists:
        seen.append(_sized(items))
        if len(seen[-1]):
            return seen[-1][0], chain(seen, lists)
    return None, seen


def sentence_lists(sentences, split=True):
    """The sentences as lists of words, a thousand at a time.

    A sentence is a list of words, or a string, which is ``split`` at white space (or is taken
    character by character).
    """
    for some in batches(sentences, AT_ONCE):
        types = set(map(type, some))
        if types <= {list, tuple}:
            yield some
        elif split and types == {str}:
            yield list(map(str.split, some))
        else:
            yield [s.split() if split and isinstance(s, str) else _sized(s) for s in some]


def ngram_lists(ngrams):
    """The n-grams, tuples of words, some at a time; none of them is empty."""
    for some in batches(ngrams, 16 * AT_ONCE):
        if others := [kind for kind in set(map(type, some)) if not issubclass(kind, tuple)]:
            raise TypeError(f"an n-gram is a tuple of words, not a {others[0].__name__}")
        if not all(some):
            raise ValueError("an n-gram of no words is none")
        yield some


def encode(lists, look_up, pads=0):
    """Word numbers (T,), with ``pads`` paddings at both ends of a list, and its length (S,)."""
    sizes = lengths(lists)
    words = np.fromiter(look_up(chain.from_iterable(lists)), np.int32, sizes.sum())
    if pads:
        words = pad(words, sizes, pads, *look_up([LEFT_PAD, RIGHT_PAD]))
    return words, sizes + 2 * pads


def lengths(lists):
    """How many words each list has (S,)."""
    return np.fromiter(map(len, lists), np.int64, len(lists))


def joined(encoded):
    """All word numbers (T,) and all lengths (S,)."""
    ids, sizes = array("i"), array("q")
    for words, some in encoded:
        ids.frombytes(words.view(np.uint8))
        sizes.frombytes(some.view(np.uint8))
    return np.frombuffer(ids, np.int32), np.frombuffer(sizes, np.int64)


def batches(items, n):
    """Lists of n items, and of what is left."""
    items = iter(items)
    while some := list(islice(items, n)):
        yield some


def _sized(items):
    if isinstance(items, np.ndarray):
        return items.tolist()  # of Python's own numbers
    return items if hasattr(items, "__len__") else list(items)


@kernel
def pad(words, sizes, pads, left, right):
    """Sentences of these sizes, end to end, with so many paddings at both ends of each."""
    out = np.empty(len(words) + 2 * pads * len(sizes), np.int32)
    at = taken = 0
    for size in sizes:
        out[at : at + pads] = left
        out[at + pads : at + pads + size] = words[taken : taken + size]
        out[at + pads + size : at + size + 2 * pads] = right
        taken, at = taken + size, at + size + 2 * pads
    return out
