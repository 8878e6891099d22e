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
    "encode_ngrams",
    "encode_sentences",
    "first_item",
    "growing",
    "joined",
    "known",
    "pad",
    "places",
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


def encode_sentences(sentences, look_up, pads, split=True):
    """Word numbers (T,), with ``pads`` paddings at both ends of a sentence, and its length (S,).

    A sentence is a list of words, or a string, which is ``split`` at white space (or is taken
    character by character).  Some sentences at a time; ``joined`` has them all.
    """
    for some in _batches(sentences, AT_ONCE):
        some = _word_lists(some, split)
        words, sizes = _encode(some, look_up)
        if pads:
            words = pad(words, sizes, pads, *look_up([LEFT_PAD, RIGHT_PAD]))
        yield words, sizes + 2 * pads


def encode_ngrams(ngrams, look_up):
    """The word numbers of n-grams (T,), end to end, and the length of each (N,), some at a time."""
    for some in _batches(ngrams, 16 * AT_ONCE):
        if others := [kind for kind in set(map(type, some)) if not issubclass(kind, tuple)]:
            raise TypeError(f"an n-gram is a tuple of words, not a {others[0].__name__}")
        words, lengths = _encode(some, look_up)
        if not lengths.all():
            raise ValueError("an n-gram of no words is none")
        yield words, lengths


def joined(encoded):
    """All word numbers (T,) and all lengths (S,)."""
    ids, lengths = array("i"), array("q")
    for words, sizes in encoded:
        ids.frombytes(words.view(np.uint8))
        lengths.frombytes(sizes.view(np.uint8))
    return np.frombuffer(ids, np.int32), np.frombuffer(lengths, np.int64)


def _batches(items, n):
    items = iter(items)
    while some := list(islice(items, n)):
        yield some


def _encode(lists, look_up):
    sizes = np.fromiter(map(len, lists), np.int64, len(lists))
    return np.fromiter(look_up(chain.from_iterable(lists)), np.int32, sizes.sum()), sizes


def _word_lists(sentences, split):
    types = set(map(type, sentences))
    if types <= {list, tuple}:
        return sentences
    if split and types == {str}:
        return list(map(str.split, sentences))
    return [s.split() if split and isinstance(s, str) else _sized(s) for s in sentences]


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


@kernel
def places(sizes, pads, order):
    """Where the n-grams at the words and right paddings of padded sentences begin and end."""
    begin, end = np.empty((2, sizes.sum() + pads * len(sizes)), np.int64)
    first = i = 0
    for size in sizes:
        stop = first + size + 2 * pads
        for at in range(first + pads, stop):
            begin[i], end[i] = max(at - order + 1, first), at + 1
            i += 1
        first = stop
    return begin, end
