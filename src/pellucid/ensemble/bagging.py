"""Bagging: the mean of models that were each fitted to a sample of the examples and features."""

from functools import reduce
from math import log

import numpy as np
from sklearn.base import ClassifierMixin, MultiOutputMixin, RegressorMixin
from sklearn.metrics import accuracy_score, r2_score
from sklearn.utils import column_or_1d
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted

from pellucid.ensemble._bagging import Bagging
from pellucid.ensemble._routing import routed
from pellucid.tree import DecisionTreeClassifier, DecisionTreeRegressor

__all__ = ["BaggingClassifier", "BaggingRegressor"]


class BaggingClassifier(ClassifierMixin, Bagging):
    """Fit classifiers to samples of the examples, and average what they say of the classes.

        p(k | x) = 1/T Σ_t p_t(k | x_{F_t}),    p_t fitted to the examples S_t and features F_t

    Drawn with replacement the S_t are bootstrap samples: bagging (Breiman 1996); without, pasting.
    The less stable a classifier, the more its mean is better than one.  The examples outside S_t
    are a test set for member t: ``oob_score``.

    Parameters
    ----------
    estimator : classifier, default=None
        What the members are copies of; None is a DecisionTreeClassifier.  One that takes sample
        weights gets how often each example was drawn; another, the examples drawn.
    n_estimators : int, default=10
        T.
    max_samples : int or float, default=None
        How many examples to draw: all N, so many, or this share of N (of the sum of the weights).
    max_features : int or float, default=1.0
        How many features to draw, or which share of them.
    bootstrap, bootstrap_features : bool, default=True and False
        Whether examples, and features, are drawn with replacement.
    oob_score : bool, default=False
        Judge each example by the members that were not fitted to it.
    warm_start : bool, default=False
        Keep the members there are, and add to them.
    n_jobs : int, default=None
        Members to fit, or ask, at a time, by joblib; any number gives the same answer.
    random_state : int, RandomState or None
        For the draws, and the ``random_state`` of the members.
    verbose : int, default=0
        Whether to draw a progress bar.

    Attributes
    ----------
    estimator_ : classifier
    estimators_ : list of T classifiers
        They know the classes by their places in ``classes_``.
    estimators_samples_, estimators_features_ : list of T ndarray of int
        S and F.
    classes_ : ndarray of shape (K,)
    n_classes_ : int
    oob_score_ : float
        The accuracy of the members that were not fitted to an example.
    oob_decision_function_ : ndarray of shape (N, K)
        The mean of their p; nan where there are none.

    References
    ----------
    Breiman, L. (1996). Bagging predictors. Machine Learning 24, 123-140.
    Breiman, L. (1999). Pasting small votes for classification. Machine Learning 36, 85-103.
    Ho, T. (1998). The random subspace method. IEEE Trans. Pattern Analysis 20, 832-844.
    Louppe, G., & Geurts, P. (2012). Ensembles on random patches. ECML.
    """

    def predict_proba(self, X, **params):
        """The mean of p (N, K); where members have none, the share of their votes."""
        return self._mean_shares(X, "predict_proba", params)

    def predict_log_proba(self, X, **params):
        """log p(k | x)."""
        check_is_fitted(self)
        method = self._calls()["predict_log_proba"]
        if method != "predict_log_proba" or self._has_trees():
            with np.errstate(divide="ignore"):
                return np.log(self._mean_shares(X, "predict_log_proba", params))
        params = routed(self, method, params).estimator[method]
        pairs = zip(self.estimators_, self._answers(self._table(X), method, params), strict=True)
        logs = (self._shares(*pair, none=-np.inf) for pair in pairs)
        return reduce(np.logaddexp, logs) - log(len(self))

    def predict(self, X, **params):
        """The class of the largest p (N,)."""
        shares = self._mean_shares(X, "predict", params)
        return self.classes_[shares.argmax(axis=1)]

    @available_if(lambda self: _member_has(self, "decision_function"))
    def decision_function(self, X, **params):
        """The mean of the members' decision functions, (N,) or (N, K)."""
        method, X = "decision_function", self._table(X)
        params = routed(self, method, params).estimator[method]
        return sum(self._answers(X, method, params)) / len(self)

    def _mean_shares(self, X, caller, params):
        method = self._calls()[caller]
        params = routed(self, caller, params).estimator[method]
        X = self._table(X)
        if self._has_trees():
            return self._leaf_values(X)[:, 0, : self.n_classes_]
        pairs = zip(self.estimators_, self._answers(X, method, params), strict=True)
        return sum(self._shares(*pair) for pair in pairs) / len(self)

    def _default(self):
        return DecisionTreeClassifier()

    def _learn_target(self, y):
        check_classification_targets(y)
        self.classes_, codes = np.unique(column_or_1d(y, warn=True), return_inverse=True)
        self.n_classes_ = len(self.classes_)
        return codes

    def _calls(self):
        """Which method of the members each of ours asks."""
        member = _first(self)
        shares = "predict_proba" if hasattr(member, "predict_proba") else "predict"
        logs = "predict_log_proba" if hasattr(member, "predict_log_proba") else shares
        return {
            "fit": "fit",
            "predict": shares,
            "predict_proba": shares,
            "predict_log_proba": logs,
            "decision_function": "decision_function",
        }

    def _shares(self, member, answer, none=0.0):
        """The shares of the classes (N, K) in an answer, whose sample may have lacked some."""
        K = self.n_classes_
        if answer.ndim == 1:
            return np.eye(K)[answer]
        if answer.shape[1] == K:
            return answer
        shares = np.full((len(answer), K), none)
        shares[:, member.classes_] = answer
        return shares

    def _score_out_of_bag(self, X, y):
        total, count = np.zeros((len(y), self.n_classes_)), np.zeros((len(y), 1))
        for member, unseen, answer in self._answers_out_of_bag(X, self._calls()["predict"]):
            total[unseen] += self._shares(member, answer)
            count[unseen] += 1
        with np.errstate(invalid="ignore"):
            self.oob_decision_function_ = total / count
        self.oob_score_ = accuracy_score(y, total.argmax(axis=1))


class BaggingRegressor(MultiOutputMixin, RegressorMixin, Bagging):
    """Fit regressors to samples of the examples, and average what they predict.

        ŷ(x) = 1/T Σ_t h_t(x_{F_t}),    h_t fitted to the examples S_t and features F_t

    The variance of the mean is that of one member times ρ + (1 - ρ) / T, if any two are correlated
    by ρ, and its bias is theirs (Breiman 1996).  The examples outside S_t are a test set for member
    t: ``oob_score``.

    Parameters
    ----------
    estimator : regressor, default=None
        What the members are copies of; None is a DecisionTreeRegressor.  The other parameters are
        those of BaggingClassifier.
    n_estimators : int, default=10
    max_samples : int or float, default=None
    max_features : int or float, default=1.0
    bootstrap, bootstrap_features : bool, default=True and False
    oob_score, warm_start : bool, default=False
    n_jobs : int, default=None
        Any number gives the same answer.
    random_state : int, RandomState or None
    verbose : int, default=0

    Attributes
    ----------
    estimator_ : regressor
    estimators_ : list of T regressors
    estimators_samples_, estimators_features_ : list of T ndarray of int
        S and F.
    oob_score_ : float
        R² of the predictions by the members that were not fitted to an example.
    oob_prediction_ : ndarray of shape (N,) or (N, O)
        These predictions; 0 where there are none.

    References
    ----------
    Breiman, L. (1996). Bagging predictors. Machine Learning 24, 123-140.
    """

    def predict(self, X, **params):
        """The mean of the members' predictions, (N,) or (N, O)."""
        params = routed(self, "predict", params).estimator.predict
        X = self._table(X)
        if self._has_trees():
            means = self._leaf_values(X)[:, :, 0]  # (N, O)
            return means if means.shape[1] > 1 else means[:, 0]
        return sum(self._answers(X, "predict", params)) / len(self)

    def _default(self):
        return DecisionTreeRegressor()

    def _calls(self):
        return {"fit": "fit", "predict": "predict"}

    def _learn_target(self, y):
        return column_or_1d(y, warn=True) if y.ndim == 1 or y.shape[1] == 1 else y

    def _score_out_of_bag(self, X, y):
        total, count = np.zeros(y.shape), np.zeros((len(y),) + (1,) * (y.ndim - 1))
        for _, unseen, answer in self._answers_out_of_bag(X, "predict"):
            total[unseen] += answer
            count[unseen] += 1
        self.oob_prediction_ = total / np.maximum(count, 1)
        self.oob_score_ = r2_score(y, self.oob_prediction_)


def _first(ensemble):
    """The first member, or what it would be a copy of."""
    fitted = getattr(ensemble, "estimators_", None)
    return fitted[0] if fitted else ensemble._template()


def _member_has(ensemble, method):
    getattr(_first(ensemble), method)  # or its AttributeError
    return True
