"""Multinomial naive Bayes: documents as bags of words, each word drawn by itself."""

from functools import partial

import numpy as np

from pellucid.naive_bayes._discrete import DiscreteNaiveBayes, finite, not_below_zero

__all__ = ["MultinomialNB"]


class MultinomialNB(DiscreteNaiveBayes):
    """Each class draws words by its own probabilities, as many as the document has.

        log p(x, k) = log π_k + Σ_d x_d log θ_kd + const,    θ_kd = (N_kd + α_d) / Σ_j (N_kj + α_j)

    where N_kd is the count of feature d in class k.  α is the pseudo-count of a Dirichlet prior:
    1 is Laplace's rule of succession, less is Lidstone's.

    Parameters
    ----------
    alpha : float or array (D,)
    force_alpha : bool
        False: α is at least 1e-10.
    fit_prior : bool
        False: all classes are as probable.
    class_prior : array (K,) or None
        π; None takes the shares of the classes.

    Attributes
    ----------
    classes_, class_count_, class_log_prior_ : arrays (K,)
    feature_count_ : array (K, D), N
    feature_log_prob_ : array (K, D), log θ

    References
    ----------
    McCallum & Nigam, A comparison of event models for naive Bayes text classification, AAAI 1998.
    Manning, Raghavan & Schütze, Introduction to Information Retrieval (2008), section 13.2.
    """

    def _rows(self, X, y, sample_weight, reset=True):
        rows = super()._rows(X, y, sample_weight, reset)
        return rows.then(partial(not_below_zero, type(self).__name__))

    def _smooth(self, alpha):
        smoothed = self.feature_count_ + alpha
        self.feature_log_prob_ = np.log(smoothed) - np.log(smoothed.sum(axis=1, keepdims=True))

    def _joint_log_likelihood(self, X):
        return self._scores(X, finite(self.feature_log_prob_), self.class_log_prior_)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.positive_only = True
        return tags
