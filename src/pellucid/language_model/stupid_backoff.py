"""Stupid backoff: relative frequencies, of shorter contexts at a fixed price."""

import numbers
from typing import ClassVar

import numpy as np
from sklearn.utils._param_validation import Interval

from pellucid.language_model._model import LanguageModel
from pellucid.language_model._smoothing import share

__all__ = ["StupidBackoff"]


class StupidBackoff(LanguageModel):
    """The relative frequency where there is one, else α times the score after a shorter context.

        s(w | h) = c(hw) / c(h·) if c(hw) > 0, else α s(w | h')

    where h' is h without its first word, and s(w) is the relative frequency of the word.  These are
    scores: they sum to more than one.

    Parameters
    ----------
    alpha : float, default=0.4
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
    Brants, T. et al. (2007). Large language models in machine translation. EMNLP-CoNLL.
    """

    _parameter_constraints: ClassVar[dict] = {
        **LanguageModel._parameter_constraints,
        "alpha": [Interval(numbers.Real, 0, None, closed="left")],
    }

    def __init__(self, alpha=0.4, order=3, vocabulary=None):
        super().__init__(order, vocabulary)
        self.alpha = alpha

    def _smooth(self, trie):
        V, suffix = trie.ends[0], trie.suffixes()
        score = np.empty(len(trie.word))
        score[:V] = share(trie.count[:V], trie.count[:V].sum())
        for k in range(2, trie.order + 1):
            nodes, context = trie.level(k), trie.parents(k)
            count = trie.count[nodes]
            seen = share(count, np.bincount(context, count)[context])
            score[nodes] = np.where(count > 0, seen, self.alpha * score[suffix[nodes]])
        return score, np.full(trie.n_contexts, float(self.alpha)), (0.0, float(self.alpha))
