"""Runs of n tokens or of n characters, all positions for the first n, then for the next."""

import re
from itertools import chain

__all__ = ["WordBoundaryNgrams", "char_ngrams", "word_ngrams"]


def word_ngrams(ngram_range, stop_words, tokens):
    """The tokens that are no stop words, and runs of n of these joined by a space."""
    if stop_words is not None:
        tokens = [token for token in tokens if token not in stop_words]
    low, high = ngram_range
    if high == 1:
        return tokens
    runs = [tokens] if low <= 1 else []
    for n in range(max(low, 2), high + 1):
        shifted = (tokens[start:] for start in range(n))
        runs.append(map(" ".join, zip(*shifted, strict=False)))  # as long as the shortest
    return list(chain.from_iterable(runs))


def char_ngrams(ngram_range, text):
    """Every run of n characters, white space of any length as one space."""
    text = re.sub(r"\s\s+", " ", text)
    low, high = ngram_range
    return [
        text[start : start + n] for n in range(low, high + 1) for start in range(len(text) - n + 1)
    ]


class WordBoundaryNgrams(dict):
    """Runs of n characters inside each word with a space on both sides; each word once worked out.

    A word shorter than n counts once, whole, and not again for the next n.
    """

    def __init__(self, ngram_range=(1, 1)):
        self.low, self.high = ngram_range

    def __missing__(self, word):
        padded = f" {word} "
        self[word] = grams = []
        for n in range(self.low, self.high + 1):
            grams += [padded[i : i + n] for i in range(max(len(padded) - n, 0) + 1)]
            if len(padded) <= n:
                break
        return grams

    def __call__(self, text):
        return list(chain.from_iterable(map(self.__getitem__, text.split())))
