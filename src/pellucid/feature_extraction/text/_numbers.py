"""Number things by their first appearance: tokens by a dictionary, and in compiled passes the words
of many texts, whole numbers, and pairs of them.
"""

from array import array
from collections import defaultdict
from functools import cache

import numpy as np

from pellucid._compile import kernel

__all__ = ["count_pairs", "growing_vocabulary", "number_keys", "number_tokens", "number_words"]

FNV_BASIS, FNV_PRIME = np.uint64(0xCBF29CE484222325), np.uint64(0x100000001B3)


def growing_vocabulary():
    """A dictionary that gives each new token the next number."""
    vocabulary = defaultdict()
    vocabulary.default_factory = vocabulary.__len__
    return vocabulary


def number_tokens(token_lists, look_up):
    """How many lists there are; number of the list (T,) and of the token (T,) of each token."""
    numbers, ends = array("i"), [0]
    for tokens in token_lists:
        numbers.extend(look_up(tokens))
        ends.append(len(numbers))
    rows = np.repeat(np.arange(len(ends) - 1, dtype=np.int32), np.diff(ends))
    return len(ends) - 1, rows, np.frombuffer(numbers, np.int32)


def number_words(texts):
    """The distinct words of some texts; number of text (T,) and of word (T,) of each word.

    A word is a run of at least two word characters (letters, digits and _, by Unicode): what the
    default ``token_pattern`` finds.
    """
    encoded = [text.encode(errors="surrogatepass") for text in texts]
    joined = b"\n".join([*encoded, b""])
    most = len(joined) // 3 + 1  # of words: two characters, and what parts them
    slots = np.full(1 << (2 * most).bit_length(), -1, np.int32)
    spans = np.empty((most, 2), np.int64)
    numbers = np.empty(most, np.int32)
    words_in = np.zeros(len(texts), np.int64)
    distinct = _number_words(
        np.frombuffer(joined, np.uint8),
        np.cumsum([len(e) + 1 for e in encoded]),
        _word_characters(),
        slots,
        spans,
        numbers,
        words_in,
    )
    begins, ends = spans[:distinct].T.tolist()
    words = [joined[a:b].decode(errors="surrogatepass") for a, b in zip(begins, ends, strict=True)]
    rows = np.repeat(np.arange(len(texts), dtype=np.int32), words_in)
    return words, rows, numbers[: len(rows)]


def number_keys(keys):
    """The distinct keys (V,), as they come, and the number of each key (T,)."""
    slots = np.full(1 << (2 * len(keys)).bit_length(), -1, np.int32)
    distinct, numbers = np.empty_like(keys), np.empty(len(keys), np.int32)
    return distinct[: _number_keys(keys, slots, distinct, numbers)], numbers


def count_pairs(rows, numbers, n_numbers):
    """Each distinct pair once, and how many times it was there; equal rows stand together."""
    rows, numbers, times = rows.copy(), numbers.copy(), np.empty(len(rows), np.int32)
    size = _count_pairs(rows, numbers, times, np.full(n_numbers, -1, np.int64))
    return rows[:size].copy(), numbers[:size].copy(), times[:size].copy()


@cache
def _word_characters():
    """Whether each code point is a word character, (0x110000,)."""
    table = np.char.isalnum(np.arange(0x110000, dtype=np.uint32).view("U1"))
    table[ord("_")] = True
    return table


@kernel
def _number_words(text, ends, word_characters, slots, spans, numbers, words_in):
    """Number each word by its first appearance, at ``spans``; the number of distinct words.

    ``slots`` is a hash table with open addressing, of a power of two and at most half full.
    """
    distinct = total = at = 0
    for row in range(len(ends)):
        begin, characters, key = at, 0, FNV_BASIS
        while at < ends[row]:
            point, size = _character(text, at)
            if word_characters[point]:
                for byte in range(at, at + size):
                    key = (key ^ text[byte]) * FNV_PRIME
                characters += 1
                at += size
                continue
            if characters >= 2:
                slot = _slot(key, slots)
                while slots[slot] >= 0 and not _same(text, begin, at, spans[slots[slot]]):
                    slot = (slot + 1) & (len(slots) - 1)
                if slots[slot] < 0:
                    slots[slot] = distinct
                    spans[distinct, 0], spans[distinct, 1] = begin, at
                    distinct += 1
                numbers[total] = slots[slot]
                total += 1
                words_in[row] += 1
            at += size
            begin, characters, key = at, 0, FNV_BASIS
    return distinct


@kernel
def _same(text, begin, end, span):
    if end - begin != span[1] - span[0]:
        return False
    at = 0
    while at < end - begin and text[begin + at] == text[span[0] + at]:
        at += 1
    return at == end - begin


@kernel
def _character(text, at):
    """The code point of the character that begins here, and its bytes in UTF-8."""
    lead = np.int64(text[at])
    if lead < 0x80:
        return lead, 1
    size = 2 if lead < 0xE0 else 3 if lead < 0xF0 else 4
    point = lead & (0x7F >> size)
    for byte in range(at + 1, at + size):
        point = point << 6 | (text[byte] & 0x3F)
    return point, size


@kernel
def _slot(key, slots):
    """Where to look first for a key: the high bits of its product with 2⁶⁴ / golden ratio."""
    mixed = np.uint64(key) * np.uint64(0x9E3779B97F4A7C15)
    return np.int64(mixed >> np.uint64(32)) & (len(slots) - 1)


@kernel
def _number_keys(keys, slots, distinct, numbers):
    """``np.unique(keys, return_inverse=True)``, in order of first appearance; how many."""
    size = 0
    for i in range(len(keys)):
        slot = _slot(keys[i], slots)
        while slots[slot] >= 0 and distinct[slots[slot]] != keys[i]:
            slot = (slot + 1) & (len(slots) - 1)
        if slots[slot] < 0:
            slots[slot] = size
            distinct[size] = keys[i]
            size += 1
        numbers[i] = slots[slot]
    return size


@kernel
def _count_pairs(rows, numbers, times, place):
    """Count equal pairs where the first stands; how many are left, at the front of the arrays."""
    size = 0
    for i in range(len(rows)):
        row, number = rows[i], numbers[i]
        at = place[number]
        if at >= 0 and rows[at] == row:
            times[at] += 1
        else:
            rows[size], numbers[size], times[size] = row, number, 1
            place[number] = size
            size += 1
    return size
