"""What both discriminants share: priors, and classes from the scores of ``decision_function``."""

import warnings
from functools import partial

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from pellucid._math import log_softmax, softmax
from pellucid.base import Estimator
from pellucid.discriminant_analysis._covariance import class_means
from pellucid.reduction.validation import classes_of, validate_rows

__all__ = ["DiscriminantAnalysis"]


class DiscriminantAnalysis(ClassifierMixin, Estimator):
    """Scores log p(x, k) up to what all classes share; with two classes, their difference.

    A subclass says ``_scores``, the (N, K) or, with two classes, (N,) scores of checked rows.
    """

    def decision_function(self, X):
        """The score of each class, (N, K); with two classes log p(x, 1) - log p(x, 0), (N,)."""
        check_is_fitted(self, "means_")  # set last: a fit that failed is none
        X = validate_data(self, X, dtype=[np.float64, np.float32], reset=False)
        return self._scores(X)

    def predict(self, X):
        """The most probable class of each row, (N,)."""
        scores = self.decision_function(X)
        return self.classes_[
            scores.argmax(axis=1) if scores.ndim == 2 else (scores > 0).astype(int)
        ]

    def predict_proba(self, X):
        """p(k | x_n), (N, K)."""
        return softmax(self._of_both_classes(self.decision_function(X)))

    def predict_log_proba(self, X):
        """log p(k | x_n), (N, K)."""
        return log_softmax(self._of_both_classes(self.decision_function(X)))

    @staticmethod
    def _of_both_classes(scores):
        return scores if scores.ndim == 2 else np.stack([np.zeros_like(scores), scores], axis=1)

    def _learn_classes(self, X, y):
        """Check the data; the rows (x, number of the class), and the classes' counts and means."""
        rows = validate_rows(self, X, y, dtype=[np.float64, np.float32], ensure_min_samples=2)
        self.classes_ = classes_of(rows)
        if len(self.classes_) < 2:
            raise ValueError("The number of classes has to be greater than one. Got 1 class.")
        priors = None if self.priors is None else self._checked_priors()
        rows = rows.then(partial(_labelled, self.classes_))
        counts, means = class_means(rows, len(self.classes_))
        self.priors_ = counts / counts.sum() if priors is None else priors
        return rows, counts, means

    def _checked_priors(self):
        priors = np.array(self.priors, dtype=np.float64)
        if priors.shape != self.classes_.shape:
            raise ValueError(
                f"priors must hold one number for each of the {len(self.classes_)} classes, "
                f"got an array of shape {priors.shape}"
            )
        if (priors < 0).any():
            raise ValueError("priors must be non-negative")
        if abs(priors.sum() - 1) > 1e-5:
            warnings.warn("The priors do not sum to 1. Renormalizing")
            priors /= priors.sum()
        return priors

    def _check_covariance_choice(self):
        if self.solver == "svd" and self.shrinkage is not None:
            raise NotImplementedError("shrinkage not supported with 'svd' solver.")
        if self.solver == "svd" and self.covariance_estimator is not None:
            raise ValueError(self._no_estimator_with_svd)
        if self.shrinkage is not None and self.covariance_estimator is not None:
            raise ValueError(
                "covariance_estimator and shrinkage parameters are not None. "
                "Only one of the two can be set."
            )


def _labelled(classes, X, y, weight):
    return X, np.searchsorted(classes, y)
