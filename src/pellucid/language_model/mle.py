"""Relative frequencies, with a constant added or not."""

import numbers
from typing import ClassVar

import numpy as np
from sklearn.utils._param_validation import Interval

from pellucid.language_model._model import LanguageModel
from pellucid.language_model._smoothing import share

__all__ = ["MLE", "Laplace", "Lidstone"]


class _Additive(LanguageModel):
    """p(w | h) = (c(hw) + γ) / (c(h·) + γV), which asks no shorter context."""

    _chain = False

    def _smooth(self, trie):
        V = trie.ends[0]
        prob, weight = np.empty(len(trie.word)), np.empty(trie.n_contexts)
        total = trie.count[:V].sum() + self.gamma * V
        prob[:V] = share(trie.count[:V] + self.gamma, total)
        for k in range(2, trie.order + 1):
            nodes, context = trie.level(k), trie.parents(k)
            C = trie.ends[k - 2] - trie.level(k - 1).start
            total_h = np.bincount(context, trie.count[nodes], C) + self.gamma * V  # (C,)
            weight[trie.level(k - 1)] = share(np.full(C, float(self.gamma)), total_h)
            prob[nodes] = share(trie.count[nodes] + self.gamma, total_h[context])
        return prob, weight, (float(self.gamma / total), 1 / V if self.gamma else 0.0)


class MLE(_Additive):
    """Relative frequencies of words after words: the model of maximum likelihood.

        p(w | h) = c(hw) / Σ_v c(hv)

    What was never seen has probability zero, and so has every word after a context that was never
    seen: there the probabilities sum to zero, as nltk's do, for there is nothing to divide by.

    Parameters
    ----------
    order : int, default=3
        The most words of an n-gram: the context, and the word after it.
    vocabulary : Vocabulary, default=None
        The words to be known; None: those of the text.

    Attributes
    ----------
    vocab : Vocabulary
    counts : NgramCounter
    """

    gamma = 0


class Lidstone(_Additive):
    """Relative frequencies after γ has been added to every count.

        p(w | h) = (c(hw) + γ) / (Σ_v c(hv) + γV)

    for a vocabulary of V words, the unknown one included; 1/V after a context that was never seen.

    Parameters
    ----------
    gamma : float, default=1.0
        γ > 0.
    order : int, default=3
        The most words of an n-gram: the context, and the word after it.
    vocabulary : Vocabulary, default=None
        The words to be known; None: those of the text.

    Attributes
    ----------
    vocab : Vocabulary
    counts : NgramCounter

    References
    ----------
    Lidstone, G. J. (1920). Note on the general case of the Bayes-Laplace formula for inductive or a
    posteriori probabilities. Transactions of the Faculty of Actuaries 8, 182-192.
    """

    _parameter_constraints: ClassVar[dict] = {
        **LanguageModel._parameter_constraints,
        "gamma": [Interval(numbers.Real, 0, None, closed="neither")],
    }

    def __init__(self, gamma=1.0, order=3, vocabulary=None):
        super().__init__(order, vocabulary)
        self.gamma = gamma


class Laplace(_Additive):
    """Relative frequencies after one has been added to every count.

        p(w | h) = (c(hw) + 1) / (Σ_v c(hv) + V)

    for a vocabulary of V words, the unknown one included.

    Parameters
    ----------
    order : int, default=3
        The most words of an n-gram: the context, and the word after it.
    vocabulary : Vocabulary, default=None
        The words to be known; None: those of the text.

    Attributes
    ----------
    vocab : Vocabulary
    counts : NgramCounter
    """

    gamma = 1
