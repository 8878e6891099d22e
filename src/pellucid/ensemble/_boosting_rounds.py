"""The rounds of AdaBoost: the weights of the examples grow with the losses of the last member."""

import warnings
from numbers import Integral, Real
from typing import ClassVar

import numpy as np
from sklearn import config_context
from sklearn.utils import check_random_state, get_tags
from sklearn.utils._param_validation import HasMethods, Interval
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from pellucid.callbacks import steps
from pellucid.ensemble._members import Copies, seeded

__all__ = ["SMALL", "AdaBoost"]

SMALL = np.finfo(np.float64).eps  # weights and probabilities do not fall below this


class AdaBoost(Copies):
    """Base of both: members with their weights α, and the loop in which w grows with the losses."""

    _parameter_constraints: ClassVar[dict] = {
        "estimator": [HasMethods(["fit", "predict"]), None],
        "n_estimators": [Interval(Integral, 1, None, closed="left")],
        "learning_rate": [Interval(Real, 0, None, closed="neither")],
        "random_state": ["random_state"],
    }

    @property
    def feature_importances_(self):
        """Those of the members (D,), averaged with the weights α."""
        check_is_fitted(self)
        try:
            each = [member.feature_importances_ for member in self.estimators_]
        except AttributeError as error:
            raise AttributeError(
                "Unable to compute feature importances since estimator does not have a "
                "feature_importances_ attribute"
            ) from error
        alphas = self._alphas()
        return np.average(each, axis=0, weights=alphas if alphas.any() else None)

    def _boost(self, X, y, sample_weight):
        w = _check_sample_weight(
            sample_weight, X, dtype=np.float64, copy=True, ensure_non_negative=True
        )
        w /= w.sum()
        random, T = check_random_state(self.random_state), self.n_estimators
        self.estimator_, self.estimators_ = self._template(), []
        self.estimator_weights_, self.estimator_errors_ = np.zeros(T), np.ones(T)
        fit = self._fitter(X, y, random)
        for t in steps(self, T, "round"):
            w = np.where(w > 0, np.maximum(w, SMALL), 0)
            with config_context(assume_finite=True):  # X has been looked through already
                member = seeded(self.estimator_, random)
                fit(member, w)
                losses = self._losses(member, X, y, w)  # in [0, 1]  (N,)
            error = np.average(losses, weights=w)
            if error >= self._chance():
                self._stop(member)
                break
            self.estimators_.append(member)
            self.estimator_errors_[t] = error
            if error <= 0:
                self.estimator_weights_[t] = 1.0
                break
            alpha, growth = self._step(member, X, y, losses, error)
            self.estimator_weights_[t] = alpha
            with np.errstate(divide="ignore", over="ignore"):
                w = np.exp(np.log(w) + growth)
            if not np.isfinite(w.sum()):
                warnings.warn(
                    f"Sample weights have reached infinite values, at iteration {t}, causing "
                    "overflow. Iterations stopped. Try lowering the learning rate."
                )
                break
            w /= w.sum()
        return self

    def _alphas(self):
        return self.estimator_weights_[: len(self.estimators_)]

    def _checked(self, X, **given):
        """X checked, and ``y=``; values may be missing where the members allow it."""
        if not given:
            check_is_fitted(self)
        return validate_data(
            self,
            X,
            reset=bool(given),
            accept_sparse=["csr", "csc"],
            allow_nd=True,
            dtype=None,
            ensure_all_finite="allow-nan" if get_tags(self).input_tags.allow_nan else True,
            **given,
        )
