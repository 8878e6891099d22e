"""A sweep of collapsed Gibbs sampling for topics, word by word (Griffiths & Steyvers 2004).

    p(z = k | all other z) ∝ (α + n_dk) q_k,     q_k = (β + n_kw) / (Vβ + n_k),    without z itself

is drawn in two parts, α q and n_d q.  The first is kept in a binary tree of partial sums: a token
changes two leaves and so 2 log₂ K of its nodes, and a draw goes down it in log₂ K steps (Yu et al.
2015).  The second has no more terms than the document has topics.  So a token costs log K and the
few topics of its document, not K.  Between two words the leaves of the first word's topics alone
change.

Large corpora are cut into PARTS by documents and by words.  The blocks (i, i + r mod PARTS) of a
round r share no document and no word, and go on at once; each has its own copy of n_k, and the
copies are made one after the round (Yan, Xu & Qi 2009).  So n_k is up to a round old, the only
approximation, and the same for any number of threads.
"""

from typing import NamedTuple

import numpy as np

from pellucid._compile import kernel
from pellucid.reduction import map_blocks

__all__ = ["Chain"]

PARTS = 4
SMALL = 20_000  # tokens: a smaller corpus is one part, and its chain exact


class Tokens(NamedTuple):
    """Every token of the corpus, those of a word together and in the order of their documents."""

    document: np.ndarray  # (T,)
    topic: np.ndarray  # (T,) z
    starts: np.ndarray  # (V, parts + 1) where each part of a word's documents begins


class Mixtures(NamedTuple):
    """The topics that each document has, and how many of its tokens."""

    starts: np.ndarray  # (N,) where its list begins
    used: np.ndarray  # (N,) how long the list is
    topic: np.ndarray  # lists, one after the other
    count: np.ndarray


class Chain:
    """The state of the sampler: z, and the counts that follow from it."""

    def __init__(self, X, n_topics, alpha, beta, random_state):
        counts = X.tocsc()
        self.shape, self.n_topics = X.shape, n_topics
        self.alpha, self.beta, self.random_state = alpha, beta, random_state
        each = counts.data.astype(np.int64)
        document = np.repeat(counts.indices, each).astype(np.int32)
        ends = np.concatenate([[0], np.cumsum(each)])[counts.indptr]  # (V + 1,)
        parts = PARTS if len(document) > SMALL else 1
        lengths = np.bincount(document, minlength=X.shape[0])
        self.documents = _even(lengths, parts)
        self.words = _even(np.diff(ends), parts)
        keys = np.repeat(np.arange(X.shape[1]), np.diff(ends)) * X.shape[0] + document
        firsts = np.arange(X.shape[1])[:, None] * X.shape[0] + self.documents
        topic = random_state.randint(n_topics, size=len(document)).astype(np.int32)
        self.tokens = Tokens(document, topic, np.searchsorted(keys, firsts))
        room = np.concatenate([[0], np.cumsum(np.minimum(lengths, n_topics))])
        self.mixtures = Mixtures(
            room[:-1],
            np.zeros(X.shape[0], np.int32),
            np.empty(room[-1], np.int32),
            np.empty(room[-1], np.int32),
        )
        _count_mixtures(document, topic, self.mixtures)
        self.topic_sizes = np.bincount(topic, minlength=n_topics)  # (K,) n_k

    def sweep(self):
        """Draw every z once."""
        parts = len(self.words) - 1
        draws = self.random_state.random_sample(len(self.tokens.topic))
        for r in range(parts):
            pairs = [(i, (i + r) % parts) for i in range(parts)]
            changes = map_blocks(lambda pair: self._block(*pair, draws), pairs)
            self.topic_sizes = self.topic_sizes + sum(changes)

    def _block(self, i, j, draws):
        """The tokens of documents i and words j; how the sizes of the topics change."""
        sizes = self.topic_sizes.copy()
        _sweep(
            *self.tokens,
            *self.mixtures,
            sizes,
            self.words[j],
            self.words[j + 1],
            i,
            draws,
            self.alpha,
            self.beta,
        )
        return sizes - self.topic_sizes

    def word_counts(self):
        """n_kw                                                                         (K, V)"""
        ends = self.tokens.starts[:, -1]
        word = np.repeat(np.arange(self.shape[1]), np.diff(ends, prepend=0))
        cells = self.tokens.topic * np.int64(self.shape[1]) + word
        return np.bincount(cells, minlength=self.n_topics * self.shape[1]).reshape(
            self.n_topics, -1
        )

    def document_counts(self):
        """n_dk                                                                         (N, K)"""
        cells = self.tokens.document * np.int64(self.n_topics) + self.tokens.topic
        return np.bincount(cells, minlength=self.shape[0] * self.n_topics).reshape(
            -1, self.n_topics
        )


def _even(sizes, parts):
    """Cut a list of sizes into parts of about the same sum: where each begins, and the end."""
    reached = np.cumsum(sizes)
    goals = reached[-1] * np.arange(1, parts) / parts if len(reached) else np.zeros(parts - 1)
    return np.concatenate([[0], np.searchsorted(reached, goals), [len(sizes)]]).astype(np.int64)


@kernel
def _count_mixtures(document, topic, mixtures):
    starts, used, topics, counts = mixtures
    for t in range(len(topic)):
        d = document[t]
        _put(topics, counts, starts[d], used, d, topic[t])


@kernel(borrows=True)
def _put(topics, counts, start, used, d, k):
    """One token more of topic k in document d."""
    for j in range(start, start + used[d]):
        if topics[j] == k:
            counts[j] += 1
            return
    topics[start + used[d]], counts[start + used[d]] = k, 1
    used[d] += 1


@kernel(fastmath={"reassoc", "contract"})
def _sweep(
    document,
    topic,
    starts,
    lists,
    used,
    topics,
    counts,
    sizes,
    first_word,
    last_word,
    part,
    draws,
    alpha,
    beta,
):
    K, smooth = len(sizes), beta * len(starts)
    leaves = 1
    while leaves < K:
        leaves *= 2
    tree = np.zeros(2 * leaves)
    for k in range(K):
        tree[leaves + k] = beta / (smooth + sizes[k])
    for node in range(leaves - 1, 0, -1):
        tree[node] = tree[2 * node] + tree[2 * node + 1]
    of_word = np.zeros(K, np.int32)  # n_kw
    met = np.empty(K, np.int32)  # the topics that the word has, or had
    is_met = np.zeros(K, np.bool_)
    for w in range(first_word, last_word):
        n_met = 0
        for t in range(starts[w, 0], starts[w, -1]):
            n_met = _meet(met, n_met, is_met, topic[t])
            of_word[topic[t]] += 1
        for k in met[:n_met]:
            _set(tree, leaves + k, (beta + of_word[k]) / (smooth + sizes[k]))
        for t in range(starts[w, part], starts[w, part + 1]):
            d, k = document[t], topic[t]
            of_word[k] -= 1
            sizes[k] -= 1
            _set(tree, leaves + k, (beta + of_word[k]) / (smooth + sizes[k]))
            start, end = lists[d], lists[d] + used[d]
            own = 0.0  # Σ_k n_dk q_k
            place = start
            for j in range(start, end):
                if topics[j] == k:
                    counts[j] -= 1
                    place = j
                own += counts[j] * tree[leaves + topics[j]]
            u = draws[t] * (own + alpha * tree[1])
            new = start
            if u < own:
                u -= counts[new] * tree[leaves + topics[new]]
                while u >= 0 and new < end - 1:
                    new += 1
                    u -= counts[new] * tree[leaves + topics[new]]
                k = topics[new]
            else:
                k = _find(tree, leaves, (u - own) / alpha)
                while new < end and topics[new] != k:
                    new += 1
            if new == end:  # new to the document: it takes the place that came free, or one more
                if counts[place] == 0:
                    new = place
                else:
                    used[d] += 1
                topics[new], counts[new] = k, 0
            counts[new] += 1
            if counts[place] == 0:  # the last of the list takes an empty place
                used[d] -= 1
                topics[place], counts[place] = (
                    topics[lists[d] + used[d]],
                    counts[lists[d] + used[d]],
                )
            topic[t] = k
            n_met = _meet(met, n_met, is_met, k)
            of_word[k] += 1
            sizes[k] += 1
            _set(tree, leaves + k, (beta + of_word[k]) / (smooth + sizes[k]))
        for k in met[:n_met]:
            of_word[k], is_met[k] = 0, False
            _set(tree, leaves + k, beta / (smooth + sizes[k]))


@kernel(borrows=True)
def _meet(met, n_met, is_met, k):
    """Put k into the list unless it is there; how long the list is then."""
    if is_met[k]:
        return n_met
    is_met[k], met[n_met] = True, k
    return n_met + 1


@kernel(borrows=True)
def _set(tree, node, value):
    tree[node] = value
    while node > 1:
        value += tree[node ^ 1]  # the other child of the same parent
        node >>= 1
        tree[node] = value


@kernel(borrows=True)
def _find(tree, leaves, u):
    """The leaf at which the sum of the leaves from the left passes u."""
    node = 1
    while node < leaves:
        node *= 2
        if u >= tree[node] and tree[node + 1] > 0:
            u -= tree[node]
            node += 1
    return node - leaves
