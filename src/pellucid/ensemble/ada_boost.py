"""AdaBoost: each classifier is fitted to what those before it got wrong."""

from collections import deque
from copy import copy
from typing import ClassVar

import numpy as np
from sklearn import config_context
from sklearn.base import ClassifierMixin
from sklearn.metrics import accuracy_score
from sklearn.utils._param_validation import StrOptions
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, has_fit_parameter

from pellucid._math import softmax
from pellucid.base import validate_parameters_only
from pellucid.ensemble._boosting_rounds import SMALL, AdaBoost
from pellucid.ensemble._members import fitter
from pellucid.tree import DecisionTreeClassifier
from pellucid.tree._walk import add_trees

__all__ = ["AdaBoostClassifier"]


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
        X, y = self._checked(X, y=y)
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
        return self._labels(self._scores(X))

    def staged_predict(self, X):
        """The same after each round."""
        return map(self._labels, self._staged_scores(X))

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

    def _fitter(self, X, y, random):
        return fitter(self.estimator_, X, y)

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
        log_p = _log(member.predict_proba(X))
        return 1.0, -rate * (K - 1) / K * (codes * log_p).sum(axis=1)

    def _votes(self, p):
        """What shares of the classes (N, K) add to their scores (N, R), before α."""
        K = self.n_classes_
        if self.algorithm == "SAMME":
            votes = np.where(np.arange(K) == p.argmax(axis=1)[:, None], 1, -1 / max(K - 1, 1))
        else:
            log_p = _log(p)
            votes = (K - 1) * (log_p - log_p.mean(axis=1, keepdims=True))
        return votes[:, 1:] - votes[:, :1] if K == 2 else votes

    def _answers(self, X):
        """The votes of each member, times its α: (N, R), with R = 1 for two classes, else K."""
        if self._has_trees():
            yield from (tree.predict(X)[:, :, 0] for tree in self._sum_of_trees()[0])
            return
        for member, alpha in zip(self.estimators_, self._alphas(), strict=True):
            if self.algorithm == "SAMME":
                yield alpha * self._votes(member.predict(X)[:, None] == self.classes_)
            else:
                yield alpha * self._votes(member.predict_proba(X))

    def _staged_scores(self, X):
        """The mean of the votes, weighted by α, after each round: (N, R)."""
        X, total = self._table(X), 0.0
        answers = self._answers(X)
        for weight in np.cumsum(self._alphas()):
            with config_context(assume_finite=True):
                total = total + next(answers)
            yield total / weight

    def _scores(self, X):
        check_is_fitted(self)
        if self._has_trees():
            trees, scale, _ = self._sum_of_trees()
            X = self._table(X)
            return scale * add_trees(trees, X, np.zeros((X.shape[0], trees[0].n_outputs)))
        (last,) = deque(self._staged_scores(X), maxlen=1)
        return last

    def _decision(self, scores):
        return scores[:, 0] * (self.n_classes_ > 1) if scores.shape[1] == 1 else scores

    def _probabilities(self, scores):
        if self.n_classes_ == 2:
            return softmax(np.hstack([-scores, scores]) / 2)
        return softmax(scores / max(self.n_classes_ - 1, 1))

    def _labels(self, scores):
        two = self.n_classes_ == 2
        return self.classes_[(scores[:, 0] > 0).astype(int) if two else scores.argmax(axis=1)]

    def _sum_of_trees(self):
        """``trees, scale, offset``: the scores are offset (R,) + scale Σ_t value_t(leaf of x)."""
        check_is_fitted(self)
        if not self._has_trees():
            raise TypeError(
                f"the members of this {type(self).__name__} are not trees over ordered columns"
            )
        trees = []
        for member, alpha in zip(self.estimators_, self._alphas(), strict=True):
            tree = copy(member.tree_)
            tree.value = alpha * self._votes(tree.value[:, 0, : self.n_classes_])[:, :, None]
            trees.append(tree)
        return trees, 1 / self._alphas().sum(), np.zeros(trees[0].value.shape[1])


def _log(p):
    return np.log(np.maximum(p, SMALL))
