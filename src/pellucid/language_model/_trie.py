"""The n-grams of a text as a trie in arrays: breadth first, children sorted, found by bisection."""

import numpy as np

from pellucid._compile import kernel
from pellucid.base import Estimator

__all__ = ["Trie", "find", "probabilities"]


class Trie(Estimator):
    """A node is an n-gram: its last word, how often it was seen, where its children stand.

    Nodes 0 ... V - 1 are the words; then come the bigrams, by first and second word; then the
    trigrams.  The children of node i, its n-gram and one word more, are first[i] ... first[i + 1]
    - 1.  With every n-gram go its beginnings and its endings, if only with a count of zero.

    Parameters
    ----------
    word : ndarray of shape (M,), int32
    count : ndarray of shape (M,), int32 or, where the sum may not fit, int64
    first : ndarray of shape (I + 1,), int64
        For the I nodes of all orders but the highest, the contexts.
    ends : tuple of int
        Where the nodes of each order end.
    """

    def __init__(self, word, count, first, ends):
        self.word = word
        self.count = count
        self.first = first
        self.ends = ends

    @classmethod
    def from_levels(cls, levels):
        """Of the ``levels`` that ``_counting`` makes, which are taken out of the list."""
        sizes = [len(word) for word, _, _ in levels]
        ends = tuple(int(end) for end in np.cumsum(sizes))
        word, count = np.empty(ends[-1], np.int32), np.empty(ends[-1], levels[0][1].dtype)
        first = np.full((0, *ends)[-2] + 1, ends[-1])
        for k, (start, end) in enumerate(zip((0, *ends), ends, strict=False)):
            word[start:end], count[start:end], children = levels[k]
            levels[k] = None
            if k:
                first[start - sizes[k - 1] : start] = start + children[:-1]
        return cls(word, count, first, ends)

    def levels(self):
        """The levels again."""
        nodes = [self.level(k) for k in range(1, self.order + 1)]
        return [(self.word[s], self.count[s], self.children(k)) for k, s in enumerate(nodes, 1)]

    @property
    def order(self):
        return len(self.ends)

    @property
    def n_contexts(self):
        return len(self.first) - 1

    def level(self, k):
        """Where the n-grams of k words stand."""
        return slice(self.ends[k - 2] if k > 1 else 0, self.ends[k - 1])

    def children(self, k):
        """Where those of each context of k - 1 words begin, among n-grams of k words (C + 1,)."""
        if k == 1:
            return np.array([0, self.ends[0]])
        contexts = self.level(k - 1)
        return self.first[contexts.start : contexts.stop + 1] - contexts.stop

    def parents(self, k):
        """The context of each n-gram of k words, numbered among those of k - 1 words."""
        n_children = np.diff(self.children(k))
        return np.repeat(np.arange(len(n_children)), n_children)

    def totals(self, k):
        """How often each context of k - 1 words was followed by a word (C,)."""
        counted = self.count[self.level(k)]
        up_to = np.zeros(len(counted) + 1, np.int64)
        np.cumsum(counted, out=up_to[1:])
        return np.diff(up_to[self.children(k)])

    def suffixes(self):
        """The node of each n-gram without its first word (M,); -1 for a single word."""
        out = np.full(len(self.word), -1)
        for k in range(2, self.order + 1):
            nodes, contexts = self.level(k), self.level(k - 1)
            if k == 2:
                out[nodes] = self.word[nodes]
            else:
                _suffixes(self.word, self.first, contexts.start, contexts.stop, out)
        return out

    def _check_state(self):
        ends, word, first = self.ends, self.word, self.first
        sizes = np.diff((0, *ends))
        sound = (
            len(ends) > 0
            and all(type(end) is int for end in ends)
            and np.all(sizes >= 0)
            and word.dtype == np.int32
            and self.count.dtype in (np.int32, np.int64)
            and first.dtype == np.int64
            and word.shape == self.count.shape == (ends[-1],)
            and first.shape == ((0, *ends)[-2] + 1,)
            and np.array_equal(word[: ends[0]], np.arange(ends[0]))
            and np.all(word >= 0)
            and np.all(word < max(ends[0], 1))
            and first[0] == ends[0]
            and first[-1] == ends[-1]
            and np.all(np.diff(first) >= 0)
            and all(first[end] == ends[k + 1] for k, end in enumerate(ends[:-1]))
        )
        if not sound:
            raise ValueError("the trie of the n-grams is not sound")


def find(trie, context):
    """The nodes of the n-grams that are a context (a list of word numbers) and one word more."""
    if not context:
        return np.arange(trie.ends[0])
    node = context[0]
    for w in context[1:]:
        node = child(trie.word, trie.first, node, w)
    if not 0 <= node < trie.n_contexts:
        return np.zeros(0, np.int64)
    return np.arange(trie.first[node], trie.first[node + 1])


def probabilities(trie, prob, weight, unseen, chain, ids, begin, end):
    """p(last word | words before it) of each n-gram ids[begin:end]; see ``_probabilities``."""
    out = np.empty(len(begin))
    if chain:  # to a context longer than any that was counted there is no backing off
        begin = np.maximum(begin, end - trie.order)
    _probabilities(ids, begin, end, trie.word, trie.first, prob, weight, *unseen, chain, out)
    return out


@kernel(borrows=True)
def child(word, first, node, w):
    """The node of one word more, or -1."""
    if node < 0 or node >= len(first) - 1:
        return -1
    low, stop = first[node], first[node + 1]
    high = stop
    while low < high:
        middle = (low + high) // 2
        if word[middle] < w:
            low = middle + 1
        else:
            high = middle
    return low if low < stop and word[low] == w else -1


@kernel(borrows=True)
def _suffixes(word, first, start, stop, out):
    """The suffix of a child is the same child of the suffix; for the contexts start ... stop."""
    for context in range(start, stop):
        for node in range(first[context], first[context + 1]):
            out[node] = child(word, first, out[context], word[node])


@kernel(borrows=True)
def _probabilities(
    ids, begin, end, word, first, prob, weight, unseen_word, unseen_context, chain, out
):
    """Where hw was seen, its probability; else the weight of h, times that without h's first word.

    Without ``chain`` it is the weight of h alone.  An unknown word has the number -1.
    """
    for i in range(len(out)):
        start, last = begin[i], end[i] - 1
        w, p = ids[last], 1.0
        while start < last:
            context = ids[start]
            for at in range(start + 1, last):
                context = child(word, first, context, ids[at])
            node = child(word, first, context, w)
            if node >= 0:
                p *= prob[node]
                break
            p *= weight[context] if 0 <= context < len(weight) else unseen_context
            if not chain:
                break
            start += 1
        if start == last:
            p *= prob[w] if w >= 0 else unseen_word
        out[i] = p
