"""Kneser & Ney: a shorter context counts in how many places a word appears, not how often."""

import numpy as np

from pellucid.language_model.absolute_discounting import AbsoluteDiscountingInterpolated

__all__ = ["KneserNeyInterpolated", "continuations"]


class KneserNeyInterpolated(AbsoluteDiscountingInterpolated):
    """Absolute discounting, in which a shorter n-gram counts the words that were seen before it.

        p(w | h) = (max(a(hw) - d, 0) + d t(h) p(w | h')) / a(h·)

    where a is the count for n-grams of the highest order, and for shorter ones how many different
    words were seen before them: a(g) = #{v : c(vg) > 0}; t(h) is how many words w have a(hw) > 0,
    and h' is h without its first word.  "San" is frequent, but "Francisco" follows nothing else.

    The probabilities sum to one in every context.  nltk's t counts words w with c(hw) > 0 instead,
    one too many after the padding that begins a sentence (no word comes before it), so that its
    probabilities sum to more than one there; everywhere else the two agree.

    Parameters
    ----------
    order : int, default=3
        The most words of an n-gram: the context, and the word after it.
    discount : float, default=0.1
        0 ≤ d ≤ 1.
    vocabulary : Vocabulary, default=None
        The words to be known; None: those of the text.

    Attributes
    ----------
    vocab : Vocabulary
    counts : NgramCounter

    References
    ----------
    Kneser, R. & Ney, H. (1995). Improved backing-off for m-gram language modeling. ICASSP.
    """

    def __init__(self, order=3, discount=0.1, vocabulary=None):
        super().__init__(order, discount, vocabulary)

    def _adjust(self, trie, suffix):
        return continuations(trie, suffix)


def continuations(trie, suffix):
    """How many words were seen before each n-gram; of the highest order, how often it was (M,)."""
    longer = slice(trie.ends[0], None)
    seen = suffix[longer][trie.count[longer] > 0]
    counts = np.bincount(seen, minlength=len(trie.word))
    counts[trie.level(trie.order)] = trie.count[trie.level(trie.order)]
    return counts
