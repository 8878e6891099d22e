"""Absolute discounting: the same is taken from every count."""

import numbers
from typing import ClassVar

import numpy as np
from sklearn.utils._param_validation import Interval

from pellucid.language_model._smoothing import InterpolatedModel, share

__all__ = ["AbsoluteDiscountingInterpolated"]


class AbsoluteDiscountingInterpolated(InterpolatedModel):
    """The same discount is taken from every count, and what that gives goes to the shorter context.

        p(w | h) = (max(c(hw) - d, 0) + d t(h) p(w | h')) / c(h·)

    where t(h) is how many different words were seen after h, c(h·) how many in all, and h' is h
    without its first word; p(w) is the relative frequency of the word.

    Parameters
    ----------
    order : int, default=3
        The most words of an n-gram: the context, and the word after it.
    discount : float, default=0.75
        0 ≤ d ≤ 1.
    vocabulary : Vocabulary, default=None
        The words to be known; None: those of the text.

    Attributes
    ----------
    vocab : Vocabulary
    counts : NgramCounter

    References
    ----------
    Ney, H., Essen, U. & Kneser, R. (1994). On structuring probabilistic dependences in stochastic
    language modelling. Computer Speech and Language 8, 1-38.
    """

    _parameter_constraints: ClassVar[dict] = {
        **InterpolatedModel._parameter_constraints,
        "discount": [Interval(numbers.Real, 0, 1, closed="both")],
    }

    def __init__(self, order=3, discount=0.75, vocabulary=None):
        super().__init__(order, vocabulary)
        self.discount = discount

    def _discount(self, counts, context, C, k):
        total, different = np.bincount(context, counts, C), np.bincount(context, counts > 0, C)
        alpha = share(np.maximum(counts - self.discount, 0), total[context])
        return alpha, np.where(total > 0, share(self.discount * different, total), 1)
