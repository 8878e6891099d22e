"""The counts of n-grams, to look at, under nltk's names."""

from collections import Counter
from collections.abc import Mapping

import numpy as np

from pellucid.language_model._counting import count_ngrams, deepen, union
from pellucid.language_model._encoding import encode, growing, joined, known, ngram_lists
from pellucid.language_model._trie import Trie, find
from pellucid.language_model.preprocessing import flatten

__all__ = ["NgramCounter"]


class NgramCounter:
    """How often each n-gram was seen; of a model, or of a text of n-grams that are tuples.

        counts["a"]              how often a word
        counts[["a", "b"]]["c"]  how often a word after others, a ``Frequencies``
        counts[3][("a", "b")]    the same; counts[3] is a mapping from contexts
        counts.unigrams          all the words

    Parameters
    ----------
    ngram_text : iterable of iterables of tuples of words, default=None
    """

    def __init__(self, ngram_text=None):
        self._ids, self._trie = {}, Trie.from_levels(deepen([], 1))
        self._words = []
        if ngram_text is not None:
            self.update(ngram_text)

    @classmethod
    def of(cls, ids, trie):
        """The counts in a model's trie, with the numbers of its words."""
        counter = cls()
        counter._ids, counter._trie, counter._words = ids, trie, list(ids)
        return counter

    def update(self, ngram_text):
        """Count more n-grams."""
        numbers, look_up = growing(self._ids)
        lists = ngram_lists(flatten(ngram_text))
        ids, lengths = joined(encode(some, look_up) for some in lists)
        order, V = int(lengths.max(initial=1)), len(numbers)
        levels = count_ngrams(self, ids, lengths, V, order, whole=True)
        self._ids, self._words = dict(numbers), list(numbers)
        self._trie = Trie.from_levels(union(self._trie.levels(), levels))

    def N(self):
        """How many n-grams there are, of all orders."""
        return int(self._trie.count.sum())

    @property
    def unigrams(self):
        return self._after(())

    def __getitem__(self, item):
        if isinstance(item, int):
            return self.unigrams if item == 1 else _Contexts(self, item)
        return self.unigrams[item] if isinstance(item, str) else self._after(tuple(item))

    def __contains__(self, item):
        """Whether there are n-grams of so many words, or with this word or context."""
        return bool(self[item])

    def __iter__(self):
        """The orders that there are: 1, 2, ... ``len(self)``."""
        return iter(range(1, len(self) + 1))

    def __len__(self):
        return self._trie.order

    def __str__(self):
        return f"<NgramCounter with {len(self)} ngram orders and {self.N()} ngrams>"

    __repr__ = __str__

    def _after(self, context):
        nodes = find(self._trie, list(known(self._ids, -1)(context)))
        counts = zip(self._trie.word[nodes].tolist(), self._trie.count[nodes].tolist(), strict=True)
        return Frequencies({self._words[w]: n for w, n in counts if n})


class Frequencies(Counter):
    """Counts of words, and shares of their sum."""

    def N(self):
        """How many words were counted."""
        return self.total()

    def freq(self, word):
        """The share of a word; 0 where nothing was counted."""
        return self[word] / (self.N() or 1)


class _Contexts(Mapping):
    """From each context of n - 1 words that was seen to the words after it."""

    def __init__(self, counter, n):
        self._counter, self._n = counter, n

    def __getitem__(self, context):
        context = tuple(context)
        return self._counter._after(context) if len(context) == self._n - 1 else Frequencies()

    def __iter__(self):
        counter, n = self._counter, self._n
        trie, words = counter._trie, counter._words
        if not 1 < n <= trie.order:
            return
        nodes, seen = trie.level(n), np.zeros(len(trie.word[trie.level(n - 1)]), bool)
        seen[trie.parents(n)[trie.count[nodes] > 0]] = True
        context = np.flatnonzero(seen)
        columns = []
        for k in range(n - 1, 0, -1):
            columns.append(trie.word[trie.level(k)][context].tolist())
            context = trie.parents(k)[context] if k > 1 else context
        yield from (tuple(words[w] for w in row) for row in zip(*columns[::-1], strict=True))

    def __len__(self):
        return sum(1 for _ in self)

    def conditions(self):
        """The contexts that were seen, as a list, under nltk's name."""
        return list(self)
