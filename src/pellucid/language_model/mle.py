"""Relative frequencies, with a constant added or not."""

import numbers
from typing import ClassVar

import numpy as np
from sklearn.utils._param_validation import Interval

from pellucid.language_model._model import LanguageModel

__all__ = ["MLE", "Laplace", "Lidstone"]


class _Additive(LanguageModel):
    """p(w | h) = (c(hw) + γ) / (c(h·) + γV), which asks no shorter context."""

    _chain = False

    def _smooth(self, trie):
        gamma, V = float(self.gamma), trie.ends[0]
        prob, weight = trie.count + gamma, np.empty(trie.n_contexts)
        for k in range(1, trie.order + 1):
            total = trie.totals(k) + gamma * V  # (C,)
            total[total == 0] = np.inf  # of nothing, every share is 0
            prob[trie.level(k)] /= np.repeat(total, np.diff(trie.children(k)))
            if k == 1:
                unseen = gamma / total[0]
            else:
                weight[trie.level(k - 1)] = gamma / total
        return prob, weight, (float(unseen), 1 / V if gamma else 0.0)


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
