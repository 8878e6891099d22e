"""Complement naive Bayes: what a class is not, for classes of unequal size."""

from typing import ClassVar

import numpy as np

from pellucid.naive_bayes._discrete import DiscreteNaiveBayes, finite
from pellucid.naive_bayes.multinomial_nb import MultinomialNB

__all__ = ["ComplementNB"]


class ComplementNB(MultinomialNB):
    """A document belongs where the words of all other classes fit it worst.

        score_k = Σ_d x_d w_kd,    w_kd = -log θ̃_kd,    θ̃_kd = Σ_{j≠k} N_jd + α_d, normalised over d

    The other classes together have more, and more even, counts than class k alone.  The prior does
    not enter, save where there is one class.

    Parameters
    ----------
    alpha : float or array (D,)
    force_alpha : bool
        False: α is at least 1e-10.
    fit_prior, class_prior : as of ``MultinomialNB``
        For one class alone.
    norm : bool
        Divide each w_k by its sum.

    Attributes
    ----------
    classes_, class_count_, class_log_prior_ : arrays (K,)
    feature_count_ : array (K, D), N
    feature_all_ : array (D,), Σ_k N_k
    feature_log_prob_ : array (K, D), w

    References
    ----------
    Rennie, Shih, Teevan & Karger, Tackling the poor assumptions of naive Bayes text classifiers,
    ICML 2003, table 4 (without its steps 1-3, which are tf-idf).
    """

    _parameter_constraints: ClassVar[dict] = {
        **DiscreteNaiveBayes._parameter_constraints,
        "norm": ["boolean"],
    }

    def __init__(
        self, *, alpha=1.0, force_alpha=True, fit_prior=True, class_prior=None, norm=False
    ):
        super().__init__(
            alpha=alpha, force_alpha=force_alpha, fit_prior=fit_prior, class_prior=class_prior
        )
        self.norm = norm

    def _smooth(self, alpha):
        self.feature_all_ = self.feature_count_.sum(axis=0)
        others = self.feature_all_ - self.feature_count_ + alpha
        log = np.log(others / others.sum(axis=1, keepdims=True))
        self.feature_log_prob_ = log / log.sum(axis=1, keepdims=True) if self.norm else -log

    def _joint_log_likelihood(self, X):
        only = len(self.classes_) == 1
        return self._scores(
            X, finite(self.feature_log_prob_), self.class_log_prior_ if only else 0.0
        )
