"""A classifier that knows how often each class occurs, and nothing else."""

from typing import ClassVar

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import StrOptions
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import (
    _check_sample_weight,
    _num_samples,
    check_array,
    check_consistent_length,
    check_is_fitted,
    validate_data,
)

from pellucid.base import Estimator, validate_parameters

__all__ = ["DummyClassifier"]


class DummyClassifier(ClassifierMixin, Estimator):
    """Predict from the class frequencies π_k = Σ_n s_n [y_n = k] / Σ_n s_n alone.

    Parameters
    ----------
    strategy : {'prior', 'most_frequent', 'stratified', 'uniform', 'constant'}, default='prior'
        'prior' and 'most_frequent' predict the class with the largest π, with probabilities π and
        1; 'stratified' draws a class with probabilities π, 'uniform' with equal ones; 'constant'
        predicts ``constant``.
    random_state : int, RandomState or None
        For the two that draw.
    constant : int, str or None
        The class of 'constant'.

    Attributes
    ----------
    classes_ : ndarray of shape (K,)
    n_classes_ : int
    class_prior_ : ndarray of shape (K,)
        π.
    """

    _parameter_constraints: ClassVar[dict] = {
        "strategy": [StrOptions({"prior", "most_frequent", "stratified", "uniform", "constant"})],
        "random_state": ["random_state"],
        "constant": [object],
    }

    def __init__(self, *, strategy="prior", random_state=None, constant=None):
        self.strategy = strategy
        self.random_state = random_state
        self.constant = constant

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.classifier_tags.poor_score = True
        tags.no_validation = True
        return tags

    @validate_parameters
    def fit(self, X, y, sample_weight=None):
        """Count the classes of y (N,)."""
        validate_data(self, X, skip_check_array=True)
        y = check_array(y, ensure_2d=False, dtype=None)
        check_consistent_length(X, y)
        check_classification_targets(y)
        if y.ndim == 2 and y.shape[1] == 1:
            y = y[:, 0]
        if y.ndim != 1:
            raise ValueError(f"y must be one label a row, got shape {y.shape}")
        self.classes_, codes = np.unique(y, return_inverse=True)
        self.n_classes_ = len(self.classes_)
        weight = None if sample_weight is None else _check_sample_weight(sample_weight, X)
        counts = np.bincount(codes, weight, self.n_classes_)
        self.class_prior_ = counts / counts.sum()
        if self.strategy == "constant" and self.constant not in self.classes_:
            raise ValueError(
                f"The constant target value must be present in the training data. You provided "
                f"constant={self.constant}. Possible values are: {self.classes_.tolist()}."
            )
        return self

    def predict(self, X):
        """A class for each row of X (N,)."""
        check_is_fitted(self)
        if self.strategy == "uniform":  # equal probabilities, a class drawn
            rng = check_random_state(self.random_state)
            return self.classes_[rng.randint(self.n_classes_, size=_num_samples(X))]
        return self.classes_[np.argmax(self.predict_proba(X), axis=1)]

    def predict_proba(self, X):
        """π, or a 1 where the strategy decides, for each row of X (N, K)."""
        check_is_fitted(self)
        rows, K = _num_samples(X), self.n_classes_
        if self.strategy == "prior":
            return np.tile(self.class_prior_, (rows, 1))
        if self.strategy == "uniform":
            return np.full((rows, K), 1 / K)
        if self.strategy == "stratified":
            rng = check_random_state(self.random_state)
            return rng.multinomial(1, self.class_prior_, size=rows).astype(np.float64)
        if self.strategy == "constant":
            chosen = np.flatnonzero(self.classes_ == self.constant)[0]
        else:
            chosen = np.argmax(self.class_prior_)
        return np.tile(np.eye(K)[chosen], (rows, 1))

    def predict_log_proba(self, X):
        """The logarithm of ``predict_proba`` (N, K)."""
        with np.errstate(divide="ignore"):
            return np.log(self.predict_proba(X))

    def score(self, X, y, sample_weight=None):
        """The accuracy; X may be None."""
        return super().score(np.zeros((len(y), 1)) if X is None else X, y, sample_weight)
