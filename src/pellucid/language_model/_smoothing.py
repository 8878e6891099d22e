"""Interpolation: what is taken from the words that were seen goes to the shorter context."""

import numpy as np

from pellucid.language_model._model import LanguageModel

__all__ = ["InterpolatedModel", "share"]


class InterpolatedModel(LanguageModel):
    """Base of the models with p(w | h) = α(hw) + γ(h) p(w | h without its first word).

    A model says in ``_unigrams`` what p(w) is, and in ``_discount`` what α and γ are.
    """

    def _smooth(self, trie):
        suffix = trie.suffixes()
        counts = self._adjust(trie, suffix)
        prob, weight = np.empty(len(trie.word)), np.ones(trie.n_contexts)
        prob[trie.level(1)] = self._unigrams(trie, counts[trie.level(1)])
        for k in range(2, trie.order + 1):
            nodes, context = trie.level(k), trie.parents(k)  # (n,) n-grams, in C contexts
            C = trie.ends[k - 2] - trie.level(k - 1).start
            alpha, gamma = self._discount(counts[nodes], context, C, k)  # (n,), (C,)
            weight[trie.level(k - 1)] = gamma
            prob[nodes] = alpha + gamma[context] * prob[suffix[nodes]]
        return prob, weight, (0.0, 1.0)

    def _adjust(self, trie, suffix):
        """The counts that are smoothed (M,)."""
        return trie.count

    def _unigrams(self, trie, counts):
        return share(counts, counts.sum())


def share(part, whole):
    """part / whole, and 0 where there is nothing to share."""
    return np.divide(part, whole, out=np.zeros(np.shape(part)), where=np.asarray(whole) > 0)
