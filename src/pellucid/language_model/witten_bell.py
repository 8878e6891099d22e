"""Witten & Bell: the chance of a word that is new to a context, by how many words were."""

import numpy as np

from pellucid.language_model._smoothing import InterpolatedModel, share

__all__ = ["WittenBellInterpolated"]


class WittenBellInterpolated(InterpolatedModel):
    """A context leaves to the shorter one as much as there were different words after it.

        p(w | h) = (c(hw) + t(h) p(w | h')) / (c(h·) + t(h))

    where t(h) is how many different words were seen after h, c(h·) how many in all, and h' is h
    without its first word; p(w) is the relative frequency of the word.

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

    References
    ----------
    Witten, I. H. & Bell, T. C. (1991). The zero-frequency problem. IEEE Transactions on Information
    Theory 37, 1085-1094.
    """

    def _discount(self, counts, context, C, k):
        total, different = np.bincount(context, counts, C), np.bincount(context, counts > 0, C)
        seen = total > 0
        gamma = np.where(seen, share(different, total + different), 1)
        return share(counts, (total + different)[context]), gamma
