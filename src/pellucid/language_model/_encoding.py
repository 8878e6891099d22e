"""Words as numbers: sentences, padded, in one array of word numbers; n-grams end to end in another.

A dictionary numbers the words, a few thousand sentences at a time, without a loop in Python.
"""

from array import array
from collections import defaultdict
from itertools import chain, islice, repeat

import numpy as np

from pellucid.language_model.preprocessing import LEFT_PAD, RIGHT_PAD

__all__ = ["encode_ngrams", "encode_sentences", "first_item", "growing", "known"]

AT_ONCE = 4096  # sentences


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
    character by character).
    """
    ids, lengths = array("i"), array("q")
    sentences = iter(sentences)
    while some := list(islice(sentences, AT_ONCE)):
        some = _word_lists(some, split)
        sizes = np.fromiter(map(len, some), np.int64, len(some))
        words = np.fromiter(look_up(chain.from_iterable(some)), np.int32, sizes.sum())
        if pads:
            words = _pad(words, sizes, pads, *look_up([LEFT_PAD, RIGHT_PAD]))
        lengths.frombytes((sizes + 2 * pads).view(np.uint8))
        ids.frombytes(words.view(np.uint8))
    return np.frombuffer(ids, np.int32), np.frombuffer(lengths, np.int64)


def encode_ngrams(ngrams, look_up):
    """The word numbers of n-grams (T,), end to end, and the length of each (N,)."""
    ngrams = list(ngrams)
    lengths = np.fromiter(map(len, ngrams), np.int64, len(ngrams))
    if not lengths.all():
        raise ValueError("an n-gram of no words is none")
    words = look_up(chain.from_iterable(ngrams))
    return np.fromiter(words, np.int32, lengths.sum()), lengths


def _pad(words, sizes, pads, left, right):
    stops = np.cumsum(sizes + 2 * pads)
    out = np.full(stops[-1], left, np.int32)
    out[(stops[:, None] - np.arange(1, pads + 1)).ravel()] = right
    sentence = np.repeat(np.arange(len(sizes)), sizes)
    out[np.arange(len(words)) + pads * (2 * sentence + 1)] = words
    return out


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
