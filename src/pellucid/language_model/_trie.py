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


def probabilities(trie, prob, weight, unseen, chain, ids, lengths, order):
    """p(word | those before it, ``order`` at most with it) of each word of sentences (T,).

    The sentences stand end to end in ``ids`` (T,), each of its length (S,).
    """
    if chain:  # to a context longer than any that was counted there is no backing off
        order = min(order, trie.order)
    return _probabilities(ids, lengths, order, trie.word, trie.first, prob, weight, *unseen, chain)


@kernel(borrows=True)
def child(word, first, node, w):
    """The node of one word more, or -1."""
    if node < 0 or node >= len(first) - 1:
        return -1
    low, stop = first[node], first[node + 1]
    n = stop - low
    while n > 1:  # without a branch: one that cannot be foretold costs more than all else here
        half = n // 2
        low = low + half if word[low + half - 1] < w else low
        n -= half
    return low if low < stop and word[low] == w else -1


@kernel(borrows=True)
def _suffixes(word, first, start, stop, out):
    """The suffix of a child is the same child of the suffix; for the contexts start ... stop."""
    for context in range(start, stop):
        for node in range(first[context], first[context + 1]):
            out[node] = child(word, first, out[context], word[node])


@kernel
def _probabilities(
    ids, lengths, order, word, first, prob, weight, unseen_word, unseen_context, chain
):
    """p(w | h) of the longest h, from that of no context, by a word more at a time.

    Where hw was seen, it is the n-gram's own; else the weight of h, times p(w | h without its first
    word) if they ``chain``.
    """
    p, node = np.empty(len(ids)), np.empty(len(ids), np.int64)  # of the last words at each place
    reach = np.empty(len(ids), np.int32)  # how many words hw has at most
    t = 0
    for length in lengths:
        for place in range(length):
            node[t], reach[t] = ids[t], min(place + 1, order)
            p[t] = prob[ids[t]] if ids[t] >= 0 else unseen_word
            t += 1
    for k in range(2, min(lengths.max(), order) + 1):
        for t in range(len(ids) - 1, 0, -1):  # the last first: before it stands still what was
            if reach[t] >= k:
                context = node[t - 1]
                node[t] = child(word, first, context, ids[t])
                if node[t] >= 0:
                    p[t] = prob[node[t]]
                else:
                    seen = 0 <= context < len(weight)
                    p[t] = (weight[context] if seen else unseen_context) * (p[t] if chain else 1.0)
    return p
