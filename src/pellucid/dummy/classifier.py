"""A classifier that knows how often each class occurs, and nothing else."""

import warnings
from typing import ClassVar

import numpy as np
import scipy.sparse as sp
from sklearn.base import ClassifierMixin
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import StrOptions
from sklearn.utils.validation import (
    _check_sample_weight,
    _num_samples,
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
    constant : int, str, array-like of shape (O,) or None
        The class of 'constant'.

    Attributes
    ----------
    classes_ : ndarray of shape (K,), or a list of them for O > 1 outputs
    n_classes_ : int or list of int
    class_prior_ : ndarray of shape (K,) or list of ndarray
        π.
    n_outputs_ : int
    sparse_output_ : bool
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
        tags.target_tags.multi_output = True
        tags.no_validation = True
        return tags

    @validate_parameters
    def fit(self, X, y, sample_weight=None):
        """Count the classes of y, (N,) or (N, O), dense or sparse."""
        validate_data(self, X, skip_check_array=True)
        y = self._target(y)
        self.n_outputs_ = 1 if y.ndim == 1 else y.shape[1]
        weight = None if sample_weight is None else _check_sample_weight(sample_weight, y)
        counted = [_frequencies(column, weight) for column in self._columns(y)]
        self.classes_, self.class_prior_ = map(list, zip(*counted, strict=True))
        self.n_classes_ = [len(classes) for classes in self.classes_]
        if self.strategy == "constant":
            self._check_constant()
        if self.n_outputs_ == 1:
            (self.classes_,), (self.class_prior_,) = self.classes_, self.class_prior_
            (self.n_classes_,) = self.n_classes_
        return self

    def predict(self, X):
        """A class for each row of X, (N,) or (N, O); sparse where y was."""
        check_is_fitted(self)
        N, rng = _num_samples(X), check_random_state(self.random_state)
        columns = []
        for classes, prior, constant in self._outputs():
            if self.strategy == "uniform":
                columns.append(classes[rng.randint(len(classes), size=N)])
            else:
                chosen = self._indicators(N, classes, prior, constant, rng).argmax(axis=1)
                columns.append(classes[chosen])
        if self.sparse_output_:
            return sp.hstack([sp.csc_matrix(column[:, None]) for column in columns], format="csc")
        return columns[0] if self.n_outputs_ == 1 else np.stack(columns, axis=1)

    def predict_proba(self, X):
        """π, or a 1 where the strategy decides, for each row of X (N, K); a list for O outputs."""
        check_is_fitted(self)
        N, rng = _num_samples(X), check_random_state(self.random_state)
        each = [self._indicators(N, *output, rng) for output in self._outputs()]
        return each[0] if self.n_outputs_ == 1 else each

    def predict_log_proba(self, X):
        """The logarithm of ``predict_proba``."""
        proba = self.predict_proba(X)
        with np.errstate(divide="ignore"):
            return np.log(proba) if self.n_outputs_ == 1 else [np.log(p) for p in proba]

    def score(self, X, y, sample_weight=None):
        """The accuracy; X may be None."""
        return super().score(np.zeros((len(y), 1)) if X is None else X, y, sample_weight)

    def _target(self, y):
        self.sparse_output_ = sp.issparse(y)
        if self.sparse_output_ and self.strategy == "uniform":
            warnings.warn(
                "A local copy of the target data has been converted to a numpy array. Predicting "
                "on sparse target data with the uniform strategy would not save memory and would "
                "be slower."
            )
            self.sparse_output_, y = False, y.toarray()
        if self.sparse_output_:
            return y.tocsc()
        y = np.asarray(y)
        return y[:, 0] if y.ndim == 2 and y.shape[1] == 1 else y

    @staticmethod
    def _columns(y):
        if y.ndim == 1:
            return [y]
        columns = (y[:, [o]] for o in range(y.shape[1]))
        return (c.toarray()[:, 0] if sp.issparse(c) else c[:, 0] for c in columns)

    def _check_constant(self):
        if self.constant is None:
            raise ValueError(
                "Constant target value has to be specified when the constant strategy is used."
            )
        given = np.atleast_1d(np.asarray(self.constant, dtype=object)).ravel()
        if len(given) != self.n_outputs_:
            raise ValueError(f"Constant target value should have shape ({self.n_outputs_}, 1).")
        for constant, classes in zip(given, self.classes_, strict=True):
            if constant not in classes.tolist():
                raise ValueError(
                    "The constant target value must be present in the training data. You provided "
                    f"constant={self.constant}. Possible values are: {classes.tolist()}."
                )

    def _outputs(self):
        """(classes, π, constant) of each output."""
        constants = np.atleast_1d(np.asarray(self.constant, dtype=object)).ravel()
        if self.strategy != "constant":
            constants = [None] * self.n_outputs_
        if self.n_outputs_ == 1:
            return [(self.classes_, self.class_prior_, constants[0])]
        return list(zip(self.classes_, self.class_prior_, constants, strict=True))

    def _indicators(self, N, classes, prior, constant, rng):
        """The probabilities of one output's classes (N, K)."""
        K = len(classes)
        if self.strategy == "prior":
            return np.tile(prior, (N, 1))
        if self.strategy == "uniform":
            return np.full((N, K), 1 / K)
        if self.strategy == "stratified":
            return rng.multinomial(1, prior, size=N).astype(np.float64)
        if self.strategy == "constant":
            chosen = np.flatnonzero(classes == constant)[0]
        else:
            chosen = np.argmax(prior)
        return np.tile(np.eye(K)[chosen], (N, 1))


def _frequencies(y, weight):
    """The classes of y, sorted, and π."""
    classes, codes = np.unique(y, return_inverse=True)
    counts = np.bincount(codes, weight, len(classes))
    return classes, counts / counts.sum()
