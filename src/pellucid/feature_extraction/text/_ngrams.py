"""n-grams of words and of characters: of one text as strings, of many texts as numbers.

``tokens`` gives the n-grams of one text.  ``of_batch`` finds those of many texts at once: it yields
distinct n-grams, and arrays (M,): number of the text, of the n-gram, and how many times.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain

import numpy as np
import scipy.sparse as sp

from pellucid.feature_extraction.text._numbers import (
    count_pairs,
    growing_vocabulary,
    number_keys,
    number_tokens,
    number_words,
)

__all__ = ["WORDS", "CharNgrams", "WordBoundaryNgrams", "WordNgrams"]

# What (?u)\b\w\w+\b finds: a search that goes from left to right and takes all of each run of
# word characters always stands at the edge of one.  Without \b, re skips to the next by table.
WORDS = re.compile(r"\w\w+")


@dataclass(frozen=True)
class WordNgrams:
    """Runs of n words, joined by a space, after the stop words are gone."""

    ngram_range: tuple
    tokenize: Callable
    stop_words: frozenset | None

    @property
    def in_batches(self):
        return self.tokenize == WORDS.findall

    def tokens(self, text):
        tokens = self.tokenize(text)
        if self.stop_words is not None:
            tokens = [token for token in tokens if token not in self.stop_words]
        low, high = self.ngram_range
        if high == 1:
            return tokens
        runs = [tokens] if low <= 1 else []
        for n in range(max(low, 2), high + 1):
            shifted = (tokens[start:] for start in range(n))
            runs.append(map(" ".join, zip(*shifted, strict=False)))  # as long as the shortest
        return list(chain.from_iterable(runs))

    def of_batch(self, texts):
        words, rows, numbers = number_words(texts)
        if self.stop_words is not None:
            kept = np.array([word not in self.stop_words for word in words], bool)[numbers]
            rows, numbers = rows[kept], numbers[kept]
        yield from _runs(words, rows, numbers, self.ngram_range, " ")


@dataclass(frozen=True)
class CharNgrams:
    """Runs of n characters, where white space of any length is one space."""

    ngram_range: tuple
    in_batches = True

    def tokens(self, text):
        text = re.sub(r"\s\s+", " ", text)
        low, high = self.ngram_range
        return [
            text[start : start + n]
            for n in range(max(low, 1), high + 1)
            for start in range(len(text) - n + 1)
        ]

    def of_batch(self, texts):
        texts = [re.sub(r"\s\s+", " ", text) for text in texts]
        rows = np.repeat(np.arange(len(texts), dtype=np.int32), list(map(len, texts)))
        points = np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), np.uint32)
        distinct, numbers = number_keys(points.astype(np.int64))
        yield from _runs(list(map(chr, distinct)), rows, numbers, self.ngram_range, "")


@dataclass(frozen=True)
class WordBoundaryNgrams:
    """Runs of n characters of each word with a space on both sides.

    A word shorter than n counts once, whole, and not again for the next n.
    """

    ngram_range: tuple
    in_batches = True

    def tokens(self, text):
        return list(chain.from_iterable(map(self._of_word, text.split())))

    def _of_word(self, word):
        padded = f" {word} "
        low, high = self.ngram_range
        grams = []
        for n in range(max(low, 1), high + 1):
            grams += [padded[i : i + n] for i in range(max(len(padded) - n, 0) + 1)]
            if len(padded) <= n:
                break
        return grams

    def of_batch(self, texts):
        """(n-grams of texts) = (words of texts) (n-grams of words), a product of counts."""
        words, ngrams = growing_vocabulary(), growing_vocabulary()
        words_of_texts = _counts(map(str.split, texts), words)
        counts = (words_of_texts @ _counts(map(self._of_word, words), ngrams)).tocoo()
        yield list(ngrams), counts.row, counts.col, counts.data


def _counts(token_lists, vocabulary):
    look_up = vocabulary.__getitem__
    n_lists, rows, numbers = number_tokens(token_lists, lambda tokens: map(look_up, tokens))
    ones = np.ones(len(rows), np.int32)
    return sp.csr_array((ones, (rows, numbers)), shape=(n_lists, len(vocabulary)))


def _runs(names, rows, numbers, ngram_range, joint):
    """An n-gram as a pair: the (n - 1)-gram that begins in the same place, and the token after."""
    low, high = ngram_range
    if low <= 1:
        yield names, *count_pairs(rows, numbers, len(names))
    tokens, grams = names, numbers  # grams[i] begins at token i, if the text does not end before
    for n in range(2, high + 1):
        last = numbers[n - 1 :]
        inside = rows[n - 1 :] == rows[: len(last)]
        pairs = (grams[: len(last)].astype(np.int64) * len(tokens) + last)[inside]
        distinct, found = number_keys(pairs)
        heads, tails = (part.tolist() for part in np.divmod(distinct, max(len(tokens), 1)))
        names = [f"{names[h]}{joint}{tokens[t]}" for h, t in zip(heads, tails, strict=True)]
        grams = np.zeros(len(last), np.int32)
        grams[inside] = found
        if n >= low:
            yield names, *count_pairs(rows[: len(last)][inside], found, len(names))
