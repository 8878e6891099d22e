"""The chain of collapsed Gibbs sampling for topics (Griffiths & Steyvers 2004).

Large corpora are cut into PARTS by documents and by words.  The blocks (i, i + r mod PARTS) of a
round r share no document and no word, and go on at once; each has its own copy of n_k, and the
copies are made one after the round (Yan, Xu & Qi 2009).  So n_k is up to a round old, the only
approximation, and the same for any number of threads.
"""

from typing import NamedTuple

import numpy as np

from pellucid._compile import kernel
from pellucid.decomposition._sweeps import put, sweep_by_lists, sweep_by_table
from pellucid.reduction import map_blocks

__all__ = ["Chain"]

PARTS = 4
SMALL = 20_000  # tokens: a smaller corpus is one part, and its chain exact
# Up to so many topics the documents' are a table, and beyond lists.  ns a token, 200 to a document,
# of 2,000 documents with some 40 topics each at K = 100, 80 at 500:
#     K       10   20   50  100  200  500
#     table   40   49   77   89  116  204
#     lists   70   94  127  160  198  261
TABLE = 512


class Tokens(NamedTuple):
    """Every token of the corpus, those of a word together and in the order of their documents."""

    document: np.ndarray  # (T,)
    topic: np.ndarray  # (T,) z
    starts: np.ndarray  # (V, parts + 1) where each part of a word's documents begins


class Mixtures(NamedTuple):
    """The topics that each document has, and how many of its tokens."""

    starts: np.ndarray  # (N,) where its list begins
    used: np.ndarray  # (N,) how long the list is
    topics: np.ndarray  # lists, one after the other
    counts: np.ndarray

    @classmethod
    def of(cls, document, topic, room):
        """Lists with as much ``room`` as each document may need."""
        ends = np.cumsum(room)
        lists = np.empty((2, ends[-1]), np.int32)
        own = cls(ends - room, np.zeros(len(room), np.int32), *lists)
        _fill(document, topic, *own)
        return own


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
        if n_topics <= TABLE:
            self.mixtures = (self.document_counts().astype(np.int32),)
        else:
            self.mixtures = Mixtures.of(document, topic, np.minimum(lengths, n_topics))
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
        sweep = sweep_by_lists if isinstance(self.mixtures, Mixtures) else sweep_by_table
        words = self.words[j], self.words[j + 1]
        priors = self.alpha, self.beta
        sweep(*self.tokens, *self.mixtures, sizes, *words, i, draws, *priors)
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
def _fill(document, topic, starts, used, topics, counts):
    for t in range(len(topic)):
        d = document[t]
        put(topics, counts, starts[d], used, d, topic[t])
