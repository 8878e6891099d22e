"""What every naive Bayes classifier shares: Bayes' rule, and the classes of batches.

A model is the sums that it has counted, so that ``fit`` is the first batch and ``partial_fit`` is
one more.
"""

from functools import partial
from typing import ClassVar

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.utils.multiclass import _check_partial_fit_first_call
from sklearn.utils.validation import check_is_fitted, validate_data

from pellucid._math import log_sum_exp, softmax
from pellucid.base import Estimator, validate_parameters
from pellucid.reduction import blocks
from pellucid.reduction.validation import classes_of, validate_rows

__all__ = ["NaiveBayes", "row_blocks"]


class NaiveBayes(ClassifierMixin, Estimator):
    """p(k | x) = p(x, k) / Σ_j p(x, j).

    A subclass starts its sums (``_start``), adds the rows (x, label, weight) of a batch to them
    (``_add``), and says
    ``_joint_log_likelihood``, log p(x, k) of each row and class.
    """

    _input: ClassVar[dict] = {}  # what ``validate_data`` is to accept

    @validate_parameters
    def fit(self, X, y=None, sample_weight=None):
        """Learn from the rows of X (N, D) and their classes y (N,), or of all ``rows_of`` takes.

        The classes are found in a first pass over the labels.
        """
        rows = self._rows(X, y, sample_weight)
        self.classes_ = classes_of(rows)
        self._start(self.n_features_in_)
        return self._add(rows.then(partial(_labelled, self.classes_)))

    @validate_parameters
    def partial_fit(self, X, y=None, classes=None, sample_weight=None):
        """Learn from one more batch; the first names all the ``classes`` there will be."""
        first = _check_partial_fit_first_call(self, classes)
        rows = self._rows(X, y, sample_weight, reset=first)
        if first:
            self._start(self.n_features_in_)
        return self._add(rows.then(partial(_labelled, self.classes_)))

    def predict_joint_log_proba(self, X):
        """log p(x_n, k), (N, K)."""
        check_is_fitted(self)
        return self._joint_log_likelihood(self._check(X))

    def predict(self, X):
        """The most probable class of each row, (N,)."""
        joint = self.predict_joint_log_proba(X)
        return self.classes_[np.argmax(joint, axis=1)]

    def predict_log_proba(self, X):
        """log p(k | x_n), (N, K)."""
        joint = self.predict_joint_log_proba(X)
        return joint - log_sum_exp(joint, keepdims=True)

    def predict_proba(self, X):
        """p(k | x_n), (N, K)."""
        return softmax(self.predict_joint_log_proba(X))

    def _rows(self, X, y, sample_weight, reset=True):
        return validate_rows(self, X, y, sample_weight, reset=reset, **self._input)

    def _check(self, X):
        return validate_data(self, X, reset=False, **self._input)


def _labelled(classes, X, y, weight):
    """The rows, the number of each one's class (N,), and its weight (N,)."""
    labels = np.minimum(np.searchsorted(classes, y), len(classes) - 1)
    unknown = classes[labels] != y
    if unknown.any():
        raise ValueError(
            f"The target label(s) {np.unique(y[unknown])} in y do not exist in the initial "
            f"classes {classes}"
        )
    return X, labels, np.ones(len(y)) if weight is None else weight


def row_blocks(X):
    return blocks(len(X), X[:1].nbytes)
