"""RANSAC: fit to a few rows drawn at random, and keep the fit that most rows agree with."""

import contextlib
import math
import numbers
import warnings
from typing import ClassVar

import numpy as np
from sklearn.base import MetaEstimatorMixin, MultiOutputMixin, RegressorMixin, clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state, get_tags
from sklearn.utils._param_validation import (
    HasMethods,
    Interval,
    Options,
    RealNotInt,
    StrOptions,
)
from sklearn.utils.random import sample_without_replacement
from sklearn.utils.validation import (
    _check_sample_weight,
    check_is_fitted,
    has_fit_parameter,
    validate_data,
)

from pellucid.base import Estimator, validate_parameters_only
from pellucid.linear_model.linear_regression import LinearRegression

__all__ = ["RANSACRegressor"]

NO_CONSENSUS = (
    "RANSAC {what} Iterations were skipped because each randomly chosen sub-sample failed the "
    "passing criteria. See estimator attributes for diagnostics (n_skips*)."
)


class RANSACRegressor(MetaEstimatorMixin, RegressorMixin, MultiOutputMixin, Estimator):
    """Random sample consensus: a regression that does not look at the outliers at all.

        repeat: draw m rows and fit;  inliers = {n : loss(y_n, ŷ_n) ≤ threshold};
        keep the most inliers, then fit to them;   P(a draw is clean) = (inliers / N)ᵐ

    Drawing stops once a clean draw has been seen with probability p, that is, after
    log(1 - p) / log(1 - (inliers / N)ᵐ) trials (Fischler & Bolles 1981).

    Parameters
    ----------
    estimator : estimator, default=None
        What is fitted; ``LinearRegression()`` if None.
    min_samples : int or float, default=None
        m, or m / N; one more than the columns of X if None.
    residual_threshold : float, default=None
        The largest loss of an inlier; the median absolute deviation of y if None.
    is_data_valid : callable, default=None
        ``is_data_valid(X_subset, y_subset)``; a draw that is not is skipped.
    is_model_valid : callable, default=None
        ``is_model_valid(model, X_subset, y_subset)``; a fit that is not is skipped.
    max_trials : int, default=100
        Most draws.
    max_skips : int, default=inf
        Most draws that may be skipped.
    stop_n_inliers : int, default=inf
        Stop at so many inliers.
    stop_score : float, default=inf
        Stop at so good a score on the inliers.
    stop_probability : float, default=0.99
        p
    loss : 'absolute_error', 'squared_error' or callable, default='absolute_error'
        ``loss(y, y_pred)`` gives one number a row; several targets are summed.
    random_state : int, RandomState or None, default=None
        Which rows are drawn.

    Attributes
    ----------
    estimator_ : estimator
        Fitted to all inliers.
    inlier_mask_ : ndarray of shape (N,)
    n_trials_ : int
    n_skips_no_inliers_, n_skips_invalid_data_, n_skips_invalid_model_ : int
        Draws skipped: fewer inliers than the best so far, or none; invalid draws; invalid fits.
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (D,)

    References
    ----------
    Fischler, M. A. & Bolles, R. C. (1981). Random Sample Consensus. CACM 24, 381-395.
    """

    _parameter_constraints: ClassVar[dict] = {
        "estimator": [HasMethods(["fit", "score", "predict"]), None],
        "min_samples": [
            Interval(numbers.Integral, 1, None, closed="left"),
            Interval(RealNotInt, 0, 1, closed="both"),
            None,
        ],
        "residual_threshold": [Interval(numbers.Real, 0, None, closed="left"), None],
        "is_data_valid": [callable, None],
        "is_model_valid": [callable, None],
        "max_trials": [
            Interval(numbers.Integral, 0, None, closed="left"),
            Options(numbers.Real, {np.inf}),
        ],
        "max_skips": [
            Interval(numbers.Integral, 0, None, closed="left"),
            Options(numbers.Real, {np.inf}),
        ],
        "stop_n_inliers": [
            Interval(numbers.Integral, 0, None, closed="left"),
            Options(numbers.Real, {np.inf}),
        ],
        "stop_score": [Interval(numbers.Real, None, None, closed="both")],
        "stop_probability": [Interval(numbers.Real, 0, 1, closed="both")],
        "loss": [StrOptions({"absolute_error", "squared_error"}), callable],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        estimator=None,
        *,
        min_samples=None,
        residual_threshold=None,
        is_data_valid=None,
        is_model_valid=None,
        max_trials=100,
        max_skips=np.inf,
        stop_n_inliers=np.inf,
        stop_score=np.inf,
        stop_probability=0.99,
        loss="absolute_error",
        random_state=None,
    ):
        self.estimator = estimator
        self.min_samples = min_samples
        self.residual_threshold = residual_threshold
        self.is_data_valid = is_data_valid
        self.is_model_valid = is_model_valid
        self.max_trials = max_trials
        self.max_skips = max_skips
        self.stop_n_inliers = stop_n_inliers
        self.stop_score = stop_score
        self.stop_probability = stop_probability
        self.loss = loss
        self.random_state = random_state

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        inner = LinearRegression() if self.estimator is None else self.estimator
        tags.input_tags.sparse = get_tags(inner).input_tags.sparse
        return tags

    @validate_parameters_only
    def fit(self, X, y, sample_weight=None):
        """Fit to the rows of X (N, D) and y (N,) or (N, K) that agree with one another.

        ``sample_weight`` goes to the fits; the count of inliers does not see it.
        """
        # what may be missing or infinite is for the inner estimator to say
        X, y = validate_data(
            self, X, y, accept_sparse="csr", ensure_all_finite=False, multi_output=True
        )
        estimator = LinearRegression() if self.estimator is None else clone(self.estimator)
        rng = check_random_state(self.random_state)
        with contextlib.suppress(ValueError):
            estimator.set_params(random_state=rng)
        if sample_weight is not None:
            if not has_fit_parameter(estimator, "sample_weight"):
                raise ValueError(
                    f"{type(estimator).__name__} does not support sample_weight. Sample weights "
                    "are only used for the calibration itself."
                )
            sample_weight = _check_sample_weight(sample_weight, X)
        N, m = X.shape[0], self._rows_to_draw(estimator, X)
        threshold = self.residual_threshold
        if threshold is None:
            threshold = np.median(np.abs(y - np.median(y)))
        self.n_skips_no_inliers_ = self.n_skips_invalid_data_ = self.n_skips_invalid_model_ = 0
        best, most, best_score, needed = None, 1, -np.inf, self.max_trials
        self.n_trials_ = 0
        while self.n_trials_ < needed and self._skipped() <= self.max_skips:
            self.n_trials_ += 1
            drawn = sample_without_replacement(N, m, random_state=rng)
            if not self._fit_drawn(estimator, X, y, sample_weight, drawn):
                continue
            inliers = self._losses(y, estimator.predict(X)) <= threshold
            count = np.count_nonzero(inliers)
            if count < most:
                self.n_skips_no_inliers_ += 1
                continue
            score = estimator.score(X[inliers], y[inliers])
            if count == most and score < best_score:
                continue
            best, most, best_score = inliers, count, score
            needed = min(needed, self._trials_needed(count / N, m))
            if count >= self.stop_n_inliers or score >= self.stop_score:
                break
        self._report(best)
        _fit(estimator, X, y, sample_weight, best)
        self.estimator_, self.inlier_mask_ = estimator, best
        return self

    def predict(self, X):
        """What the fit to the inliers predicts for the rows of X."""
        X = self._checked(X)
        return self.estimator_.predict(X)

    def score(self, X, y):
        """The score of the fit to the inliers, on the rows of X and y."""
        X = self._checked(X)
        return self.estimator_.score(X, y)

    def _checked(self, X):
        check_is_fitted(self)
        return validate_data(self, X, accept_sparse="csr", ensure_all_finite=False, reset=False)

    def _rows_to_draw(self, estimator, X):
        N = X.shape[0]
        if self.min_samples is None:
            if not isinstance(estimator, LinearRegression):
                raise ValueError(
                    "`min_samples` needs to be explicitly set when estimator is not a "
                    "LinearRegression."
                )
            m = X.shape[1] + 1
        elif self.min_samples < 1:
            m = max(1, math.ceil(self.min_samples * N))
        else:
            m = int(self.min_samples)
        if m > N:
            raise ValueError(
                f"`min_samples` may not be larger than number of samples: n_samples = {N}."
            )
        return m

    def _fit_drawn(self, estimator, X, y, sample_weight, drawn):
        """Fit to the drawn rows; whether they and the fit were valid."""
        if self.is_data_valid is not None and not self.is_data_valid(X[drawn], y[drawn]):
            self.n_skips_invalid_data_ += 1
            return False
        _fit(estimator, X, y, sample_weight, drawn)
        if self.is_model_valid is not None and not self.is_model_valid(
            estimator, X[drawn], y[drawn]
        ):
            self.n_skips_invalid_model_ += 1
            return False
        return True

    def _losses(self, y, predicted):
        """One loss a row, (N,)."""
        if callable(self.loss):
            return self.loss(y, predicted)
        errors = np.abs(y - predicted)
        if self.loss == "squared_error":
            errors = errors**2
        return errors if errors.ndim == 1 else errors.sum(axis=1)

    def _trials_needed(self, inlier_ratio, m):
        """Draws until one has been clean with probability p; p = 1 means all but impossible."""
        tiny = np.finfo(np.float64).eps
        missed, spoilt = max(tiny, 1 - self.stop_probability), max(tiny, 1 - inlier_ratio**m)
        if missed == 1:
            return 0
        return np.inf if spoilt == 1 else math.ceil(math.log(missed) / math.log(spoilt))

    def _skipped(self):
        return self.n_skips_no_inliers_ + self.n_skips_invalid_data_ + self.n_skips_invalid_model_

    def _report(self, best):
        """An error if no consensus was found, a warning if it was cut short."""
        too_many = self._skipped() > self.max_skips
        if best is None and too_many:
            what = "skipped more iterations than `max_skips` without finding a valid consensus set."
            raise ValueError(NO_CONSENSUS.format(what=what))
        if best is None:
            what = "could not find a valid consensus set. All `max_trials` iterations were skipped."
            raise ValueError(NO_CONSENSUS.format(what=what))
        if too_many:
            warnings.warn(
                "RANSAC found a valid consensus set but exited early due to skipping more "
                "iterations than `max_skips`. See estimator attributes for diagnostics (n_skips*).",
                ConvergenceWarning,
            )


def _fit(estimator, X, y, sample_weight, rows):
    weights = {} if sample_weight is None else {"sample_weight": sample_weight[rows]}
    estimator.fit(X[rows], y[rows], **weights)
