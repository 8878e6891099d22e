"""What every naive Bayes classifier shares: Bayes' rule, and the classes of batches.

A model is the sums that it has counted, so that ``fit`` is the first batch and ``partial_fit`` is
one more.
"""

from typing import ClassVar

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.utils.multiclass import _check_partial_fit_first_call, check_classification_targets
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from pellucid._math import log_sum_exp, softmax
from pellucid.base import Estimator, validate_parameters
from pellucid.reduction import blocks

__all__ = ["NaiveBayes", "row_blocks"]


class NaiveBayes(ClassifierMixin, Estimator):
    """p(k | x) = p(x, k) / Σ_j p(x, j).

    A subclass starts its sums (``_start``), adds a batch to them (``_add``), and says
    ``_joint_log_likelihood``, log p(x, k) of each row and class.
    """

    _input: ClassVar[dict] = {}  # what ``validate_data`` is to accept

    @validate_parameters
    def fit(self, X, y, sample_weight=None):
        """Learn from the rows of X (N, D) and their classes y (N,)."""
        X, y = self._check(X, y)
        self.classes_ = np.unique(y)
        self._start(*X.shape[1:])
        return self._add(X, self._labels(y), self._weights(sample_weight, X))

    @validate_parameters
    def partial_fit(self, X, y, classes=None, sample_weight=None):
        """Learn from one more batch; the first names all the ``classes`` there will be."""
        first = _check_partial_fit_first_call(self, classes)
        X, y = self._check(X, y, reset=first)
        if first:
            self._start(*X.shape[1:])
        return self._add(X, self._labels(y), self._weights(sample_weight, X))

    def predict_joint_log_proba(self, X):
        """log p(x_n, k), (N, K)."""
        check_is_fitted(self)
        return self._joint_log_likelihood(self._check(X, reset=False))

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

    def _check(self, X, y="no_validation", reset=True):
        checked = validate_data(self, X, y, reset=reset, **self._input)
        if isinstance(checked, tuple):
            check_classification_targets(checked[1])
        return checked

    def _labels(self, y):
        """The number of each row's class, (N,)."""
        labels = np.minimum(np.searchsorted(self.classes_, y), len(self.classes_) - 1)
        unknown = self.classes_[labels] != y
        if unknown.any():
            raise ValueError(
                f"The target label(s) {np.unique(y[unknown])} in y do not exist in the initial "
                f"classes {self.classes_}"
            )
        return labels

    def _weights(self, sample_weight, X):
        return _check_sample_weight(sample_weight, X, dtype=np.float64, ensure_non_negative=True)


def row_blocks(X, out_bytes=0):
    """Blocks of rows, each at least four times as large as what comes out of it."""
    return blocks(len(X), X[:1].nbytes, max(1 << 21, 4 * out_bytes))
