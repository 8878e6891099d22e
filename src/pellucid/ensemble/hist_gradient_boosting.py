"""Gradient boosting on histograms: XGBoost's equations at LightGBM's speed."""

from numbers import Real
from typing import ClassVar

import numpy as np
from sklearn.base import ClassifierMixin, RegressorMixin
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _check_y, check_consistent_length

from pellucid._math import expit, softmax
from pellucid.ensemble._hist import HistGradientBoosting
from pellucid.losses import (
    AbsoluteLoss,
    CrossEntropy,
    GammaLoss,
    LogitLink,
    LogLoss,
    Loss,
    PoissonLoss,
    QuantileLoss,
    SquaredLoss,
)

__all__ = ["HistGradientBoostingClassifier", "HistGradientBoostingRegressor"]


class HistGradientBoostingRegressor(RegressorMixin, HistGradientBoosting):
    """TODO"""

    _parameter_constraints: ClassVar[dict] = {
        **HistGradientBoosting._parameter_constraints,
        "loss": [
            StrOptions({"squared_error", "absolute_error", "quantile", "poisson", "gamma"}),
            Loss,
        ],
        "quantile": [Interval(Real, 0, 1, closed="both"), None],
    }

    def __init__(
        self,
        loss="squared_error",
        *,
        quantile=None,
        learning_rate=0.1,
        max_iter=100,
        max_leaf_nodes=31,
        max_depth=None,
        min_samples_leaf=20,
        l2_regularization=0.0,
        max_features=1.0,
        max_bins=255,
        categorical_features="from_dtype",
        monotonic_cst=None,
        interaction_cst=None,
        warm_start=False,
        early_stopping="auto",
        scoring="loss",
        validation_fraction=0.1,
        n_iter_no_change=10,
        tol=1e-7,
        verbose=0,
        random_state=None,
    ):
        self.loss = loss
        self.quantile = quantile
        self.learning_rate = learning_rate
        self.max_iter = max_iter
        self.max_leaf_nodes = max_leaf_nodes
        self.max_depth = max_depth
        self.min_samples_leaf = min_samples_leaf
        self.l2_regularization = l2_regularization
        self.max_features = max_features
        self.max_bins = max_bins
        self.categorical_features = categorical_features
        self.monotonic_cst = monotonic_cst
        self.interaction_cst = interaction_cst
        self.warm_start = warm_start
        self.early_stopping = early_stopping
        self.scoring = scoring
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.tol = tol
        self.verbose = verbose
        self.random_state = random_state

    def predict(self, X):
        """The predicted target of each row of X (N,)."""
        raw = self._raw_predict(X)[:, 0]
        return self._loss.link.inverse(raw)

    def staged_predict(self, X):
        """The prediction after each iteration."""
        for raw in self._staged_raw_predict(X):
            yield self._loss.link.inverse(raw[:, 0])

    def _read_target(self, X, y, sample_weight, *, reset):
        y = _check_y(y, y_numeric=True, estimator=self).astype(np.float64)
        check_consistent_length(X, y)
        if reset:
            self.n_trees_per_iteration_ = 1
            self._loss = self._get_loss()
        if self.loss == "gamma" and np.any(y <= 0):
            raise ValueError("loss='gamma' requires strictly positive y.")
        if self.loss == "poisson" and (np.any(y < 0) or y.sum() <= 0):
            raise ValueError("loss='poisson' requires non-negative y and sum(y) > 0.")
        return y, self._read_weight(sample_weight, X)

    def _get_loss(self):
        if self.loss == "quantile":
            if self.quantile is None:
                raise ValueError("loss='quantile' requires a quantile")
            return QuantileLoss(float(self.quantile))
        named = {
            "squared_error": SquaredLoss,
            "absolute_error": AbsoluteLoss,
            "poisson": PoissonLoss,
            "gamma": GammaLoss,
        }
        return named[self.loss]() if isinstance(self.loss, str) else self.loss

    def _labels(self, y):
        return None


class HistGradientBoostingClassifier(ClassifierMixin, HistGradientBoosting):
    """TODO"""

    _parameter_constraints: ClassVar[dict] = {
        **HistGradientBoosting._parameter_constraints,
        "loss": [StrOptions({"log_loss"}), Loss],
        "class_weight": [dict, StrOptions({"balanced"}), None],
    }

    def __init__(
        self,
        loss="log_loss",
        *,
        learning_rate=0.1,
        max_iter=100,
        max_leaf_nodes=31,
        max_depth=None,
        min_samples_leaf=20,
        l2_regularization=0.0,
        max_features=1.0,
        max_bins=255,
        categorical_features="from_dtype",
        monotonic_cst=None,
        interaction_cst=None,
        warm_start=False,
        early_stopping="auto",
        scoring="loss",
        validation_fraction=0.1,
        n_iter_no_change=10,
        tol=1e-7,
        verbose=0,
        random_state=None,
        class_weight=None,
    ):
        self.loss = loss
        self.learning_rate = learning_rate
        self.max_iter = max_iter
        self.max_leaf_nodes = max_leaf_nodes
        self.max_depth = max_depth
        self.min_samples_leaf = min_samples_leaf
        self.l2_regularization = l2_regularization
        self.max_features = max_features
        self.max_bins = max_bins
        self.categorical_features = categorical_features
        self.monotonic_cst = monotonic_cst
        self.interaction_cst = interaction_cst
        self.warm_start = warm_start
        self.early_stopping = early_stopping
        self.scoring = scoring
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.tol = tol
        self.verbose = verbose
        self.random_state = random_state
        self.class_weight = class_weight

    def decision_function(self, X):
        """The raw scores: (N,) for two classes, else (N, K)."""
        return _squeeze(self._raw_predict(X))

    def predict_proba(self, X):
        """The probabilities of the classes (N, K)."""
        return self._probabilities(self._raw_predict(X))

    def predict(self, X):
        """The most probable class of each row of X (N,)."""
        return self._decide(self._raw_predict(X))

    def staged_decision_function(self, X):
        """The raw scores after each iteration."""
        yield from map(_squeeze, self._staged_raw_predict(X))

    def staged_predict_proba(self, X):
        """The probabilities after each iteration."""
        yield from map(self._probabilities, self._staged_raw_predict(X))

    def staged_predict(self, X):
        """The predicted classes after each iteration."""
        yield from map(self._decide, self._staged_raw_predict(X))

    def _decide(self, raw):
        if raw.shape[1] == 1:
            return self.classes_[(raw[:, 0] > 0).astype(int)]
        return self.classes_[np.argmax(raw, axis=1)]

    def _probabilities(self, raw):
        if raw.shape[1] > 1:
            return softmax(raw)
        return np.column_stack([expit(-raw[:, 0]), expit(raw[:, 0])])

    def _read_target(self, X, y, sample_weight, *, reset):
        check_classification_targets(y)
        y = _check_y(y, estimator=self)
        check_consistent_length(X, y)
        weight = self._read_weight(sample_weight, X)
        if reset and self.class_weight is not None:
            own = compute_sample_weight(self.class_weight, y)
            weight = own if weight is None else weight * own
        if reset:
            self.classes_ = np.unique(y)
            self.n_trees_per_iteration_ = 1 if len(self.classes_) <= 2 else len(self.classes_)
            self._loss = self._get_loss()
        elif not np.isin(y, self.classes_).all():
            raise ValueError("y_val holds classes that are not in y")
        return np.searchsorted(self.classes_, y).astype(np.float64), weight

    def _get_loss(self):
        several = self.n_trees_per_iteration_ > 1
        if self.loss == "log_loss":
            return CrossEntropy() if several else LogLoss()
        if several or not isinstance(self.loss.link, LogitLink):
            raise ValueError("A loss of your own is for two classes, and needs a LogitLink")
        return self.loss

    def _labels(self, y):
        return y


def _squeeze(raw):
    return raw[:, 0] if raw.shape[1] == 1 else raw
