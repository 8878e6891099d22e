"""A regressor that knows the distribution of the target, and nothing else."""

from numbers import Real
from typing import ClassVar

import numpy as np
from sklearn.base import RegressorMixin
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.stats import _weighted_percentile
from sklearn.utils.validation import (
    _check_sample_weight,
    _num_samples,
    check_array,
    check_consistent_length,
    check_is_fitted,
    validate_data,
)

from pellucid.base import Estimator, validate_parameters

__all__ = ["DummyRegressor"]


class DummyRegressor(RegressorMixin, Estimator):
    """Predict one number for every row: the mean of y, its median, a quantile or a constant.

    Parameters
    ----------
    strategy : {'mean', 'median', 'quantile', 'constant'}, default='mean'
    constant : float, array-like of shape (O,) or None
        The prediction of 'constant'.
    quantile : float in [0, 1] or None
        Which quantile 'quantile' predicts.

    Attributes
    ----------
    constant_ : ndarray of shape (1, O)
        The prediction.
    n_outputs_ : int
    """

    _parameter_constraints: ClassVar[dict] = {
        "strategy": [StrOptions({"mean", "median", "quantile", "constant"})],
        "constant": [Interval(Real, None, None, closed="neither"), "array-like", None],
        "quantile": [Interval(Real, 0.0, 1.0, closed="both"), None],
    }

    def __init__(self, *, strategy="mean", constant=None, quantile=None):
        self.strategy = strategy
        self.constant = constant
        self.quantile = quantile

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.regressor_tags.poor_score = True
        tags.target_tags.multi_output = True
        tags.no_validation = True
        return tags

    @validate_parameters
    def fit(self, X, y, sample_weight=None):
        """Summarise y (N,) or (N, O)."""
        validate_data(self, X, skip_check_array=True)
        y = check_array(y, ensure_2d=False, input_name="y", dtype=np.float64)
        check_consistent_length(X, y)
        self._single = y.ndim == 1
        y = y.reshape(len(y), -1)
        self.n_outputs_ = y.shape[1]
        weight = None if sample_weight is None else _check_sample_weight(sample_weight, X)
        self.constant_ = np.reshape(self._summary(y, weight), (1, -1))
        return self

    def _summary(self, y, weight):
        if self.strategy == "mean":
            return np.average(y, axis=0, weights=weight)
        if self.strategy == "constant":
            if self.constant is None:
                raise TypeError(
                    "Constant target value has to be specified when the constant strategy is used."
                )
            constant = check_array(self.constant, ensure_2d=False, ensure_min_samples=0)
            if constant.size != self.n_outputs_:
                raise ValueError(f"Constant target value should have shape ({self.n_outputs_}, 1).")
            return constant
        quantile = 0.5 if self.strategy == "median" else self.quantile
        if quantile is None:
            raise ValueError(
                "When using `strategy='quantile', you have to specify the desired quantile in the "
                "range [0, 1]."
            )
        if weight is None:
            return np.percentile(y, 100 * quantile, axis=0)
        return _weighted_percentile(y, weight, 100 * quantile)

    def predict(self, X, return_std=False):
        """The same for each row of X: (N,) or (N, O); with ``return_std``, and its deviation 0."""
        check_is_fitted(self)
        prediction = np.tile(self.constant_, (_num_samples(X), 1))
        prediction = prediction[:, 0] if self._single else prediction
        return (prediction, np.zeros_like(prediction)) if return_std else prediction

    def score(self, X, y, sample_weight=None):
        """R²; X may be None."""
        return super().score(np.zeros((len(y), 1)) if X is None else X, y, sample_weight)
