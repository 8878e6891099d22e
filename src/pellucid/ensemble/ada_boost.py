"""AdaBoost: each model is fitted to what those before it got wrong."""

import warnings
from collections import deque
from numbers import Integral, Real
from typing import ClassVar

import numpy as np
from sklearn import config_context
from sklearn.base import ClassifierMixin
from sklearn.metrics import accuracy_score
from sklearn.utils import check_random_state, get_tags
from sklearn.utils._param_validation import HasMethods, Interval, StrOptions
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import (
    _check_sample_weight,
    check_is_fitted,
    has_fit_parameter,
    validate_data,
)

from pellucid._math import softmax
from pellucid.base import validate_parameters_only
from pellucid.callbacks import steps
from pellucid.ensemble._members import Copies, seeded
from pellucid.tree import DecisionTreeClassifier

__all__ = ["AdaBoost", "AdaBoostClassifier"]

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
        for t in steps(self, T, "round"):
            w = np.where(w > 0, np.maximum(w, SMALL), 0)
            with config_context(assume_finite=True):  # X has been looked through already
                member = seeded(self.estimator_, random)
                self._fit_member(member, X, y, w, random)
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

    def _table(self, X, **given):
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


class AdaBoostClassifier(ClassifierMixin, AdaBoost):
    """Fit classifiers in turn, each to what those before it got wrong, and let them all vote.

        ε = Σ_n w_n [h(x_n) ≠ y_n] / Σ_n w_n
        α = log((1 - ε) / ε) + log(K - 1),      w_n ← w_n exp(α [h(x_n) ≠ y_n])
        H(x) = argmax_k Σ_t α_t [h_t(x) = k]

    for members h, weights w of the examples and K classes: SAMME, which for K = 2 is AdaBoost
    itself.  SAMME.R asks the members for probabilities, and has α = 1:

        w_n ← w_n exp(-(K - 1)/K Σ_k c_nk log p_k(x_n)),    c_nk = 1 if y_n = k, else -1/(K - 1)
        H(x) = argmax_k Σ_t (K - 1) (log p_tk(x) - 1/K Σ_j log p_tj(x))

    A round ends the fit if its member is perfect, or no better than chance.

    Parameters
    ----------
    estimator : classifier, default=None
        What the members are copies of; it must take sample weights.  None is a
        DecisionTreeClassifier with max_depth=1, a stump.
    n_estimators : int, default=50
        Most rounds.
    learning_rate : float, default=1.0
        A factor of α, and for SAMME.R of the logarithm of the growth of w.
    algorithm : {'SAMME', 'SAMME.R'}, default='SAMME'
        scikit-learn's default was SAMME.R until its version 1.6, which has none but SAMME.
    random_state : int, RandomState or None
        For the ``random_state`` of the members.

    Attributes
    ----------
    estimator_ : classifier
    estimators_ : list of classifiers
    classes_ : ndarray of shape (K,)
    n_classes_ : int
    estimator_weights_, estimator_errors_ : ndarray of shape (n_estimators,)
        α and ε; 0 and 1 for rounds that were not reached.
    feature_importances_ : ndarray of shape (D,)

    References
    ----------
    Freund, Y., & Schapire, R. (1997). A decision-theoretic generalization of on-line learning and
    an application to boosting. J. Computer and System Sciences 55, 119-139.
    Zhu, J., Zou, H., Rosset, S., & Hastie, T. (2009). Multi-class AdaBoost. Statistics and Its
    Interface 2, 349-360.
    """

    _parameter_constraints: ClassVar[dict] = {
        **AdaBoost._parameter_constraints,
        "algorithm": [StrOptions({"SAMME", "SAMME.R"})],
    }

    def __init__(
        self,
        estimator=None,
        *,
        n_estimators=50,
        learning_rate=1.0,
        algorithm="SAMME",
        random_state=None,
    ):
        self.estimator = estimator
        self.n_estimators = n_estimators
        self.learning_rate = learning_rate
        self.algorithm = algorithm
        self.random_state = random_state

    @validate_parameters_only
    def fit(self, X, y, sample_weight=None):
        """Boost on the rows of X (N, D) and their classes (N,)."""
        X, y = self._table(X, y=y)
        check_classification_targets(y)
        self._check_template()
        self.classes_ = np.unique(y)
        self.n_classes_ = len(self.classes_)
        return self._boost(X, y, sample_weight)

    def decision_function(self, X):
        """The mean of the votes, weighted by α: (N, K), or the second less the first, (N,)."""
        return self._decision(self._scores(X))

    def staged_decision_function(self, X):
        """The same after each round."""
        return map(self._decision, self._staged_scores(X))

    def predict_proba(self, X):
        """p(k | x) = softmax_k of the mean of the votes over K - 1, (N, K)."""
        return self._probabilities(self._scores(X))

    def staged_predict_proba(self, X):
        """The same after each round."""
        return map(self._probabilities, self._staged_scores(X))

    def predict_log_proba(self, X):
        """log p(k | x)."""
        return np.log(self.predict_proba(X))

    def predict(self, X):
        """The class of the most votes (N,)."""
        scores = self._scores(X)
        return self.classes_[scores.argmax(axis=1)]

    def staged_predict(self, X):
        """The same after each round."""
        return (self.classes_[scores.argmax(axis=1)] for scores in self._staged_scores(X))

    def staged_score(self, X, y, sample_weight=None):
        """The accuracy after each round."""
        return (
            accuracy_score(y, said, sample_weight=sample_weight) for said in self.staged_predict(X)
        )

    def _default(self):
        return DecisionTreeClassifier(max_depth=1)

    def _check_template(self):
        template = self._template()
        if self.algorithm == "SAMME.R" and not hasattr(template, "predict_proba"):
            raise TypeError(
                "AdaBoostClassifier with algorithm='SAMME.R' requires that the weak learner "
                "supports the calculation of class probabilities with a predict_proba method. "
                "Please change the base estimator or set algorithm='SAMME' instead."
            )
        if not has_fit_parameter(template, "sample_weight"):
            raise ValueError(f"{type(template).__name__} doesn't support sample_weight.")

    def _fit_member(self, member, X, y, w, random):
        member.fit(X, y, sample_weight=w)

    def _losses(self, member, X, y, w):
        return (member.predict(X) != y).astype(np.float64)

    def _chance(self):
        """The error that ends the fit; none ends SAMME.R, whose members say how sure they are."""
        K = self.n_classes_
        return 1 - 1 / K if self.algorithm == "SAMME" and K > 1 else np.inf

    def _stop(self, member):
        if not self.estimators_:
            raise ValueError(
                "BaseClassifier in AdaBoostClassifier ensemble is worse than random, ensemble can "
                "not be fit."
            )

    def _step(self, member, X, y, losses, error):
        """α, and the growth of log w (N,)."""
        K, rate = self.n_classes_, self.learning_rate
        if self.algorithm == "SAMME":
            alpha = rate * (np.log((1 - error) / error) + np.log(K - 1))
            return alpha, alpha * losses
        codes = np.where(y[:, None] == self.classes_, 1, -1 / (K - 1))  # (N, K)
        return 1.0, -rate * (K - 1) / K * (codes * self._log_shares(member, X)).sum(axis=1)

    def _votes(self, member, X):
        """What a member adds to the scores of the classes (N, K)."""
        K = self.n_classes_
        if self.algorithm == "SAMME":
            return np.where(member.predict(X)[:, None] == self.classes_, 1, -1 / max(K - 1, 1))
        log_p = self._log_shares(member, X)
        return (K - 1) * (log_p - log_p.mean(axis=1, keepdims=True))

    def _log_shares(self, member, X):
        return np.log(np.maximum(member.predict_proba(X), SMALL))

    def _staged_scores(self, X):
        """The mean of the votes, weighted by α, after each round: (N, K)."""
        X = self._table(X)
        total, weight = 0.0, 0.0
        for member, alpha in zip(self.estimators_, self._alphas(), strict=True):
            with config_context(assume_finite=True):
                total = total + alpha * self._votes(member, X)
            weight += alpha
            yield total / weight

    def _scores(self, X):
        (last,) = deque(self._staged_scores(X), maxlen=1)
        return last

    def _decision(self, scores):
        if self.n_classes_ == 1:
            return np.zeros(len(scores))
        return scores[:, 1] - scores[:, 0] if self.n_classes_ == 2 else scores

    def _probabilities(self, scores):
        return softmax(scores / max(self.n_classes_ - 1, 1))
