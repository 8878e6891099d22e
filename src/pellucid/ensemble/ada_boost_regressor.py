"""AdaBoost.R2: boosting of numbers, by resampling."""

from typing import ClassVar

import numpy as np
from sklearn import config_context
from sklearn.base import RegressorMixin
from sklearn.metrics import r2_score
from sklearn.utils import _safe_indexing
from sklearn.utils._param_validation import StrOptions
from sklearn.utils.validation import _num_samples

from pellucid.base import validate_parameters_only
from pellucid.ensemble._boosting_rounds import AdaBoost
from pellucid.reduction import blocks, map_blocks
from pellucid.tree import DecisionTreeRegressor

__all__ = ["AdaBoostRegressor"]

LOSSES = {"linear": lambda e: e, "square": np.square, "exponential": lambda e: -np.expm1(-e)}


class AdaBoostRegressor(RegressorMixin, AdaBoost):
    """Fit regressors in turn, each to examples drawn by how wrong the last was; predict the median.

        L_n = e_n, e_n² or 1 - exp(-e_n)    for e_n = |h(x_n) - y_n| / max_m |h(x_m) - y_m|
        ε = Σ_n w_n L_n,    α = log((1 - ε) / ε),    w_n ← w_n exp(α L_n) / Σ_m w_m exp(α L_m)
        H(x) = the least h_t(x) with Σ_{s: h_s(x) ≤ h_t(x)} α_s ≥ 1/2 Σ_s α_s

    A member h is fitted to N examples, drawn with replacement with probabilities w.  Drucker
    writes β = ε / (1 - ε) and w_n ← w_n β^(1 - L_n), which is the same once w sums to one.  A round
    ends the fit if its member is perfect, or ε ≥ 1/2.

    Parameters
    ----------
    estimator : regressor, default=None
        What the members are copies of; None is a DecisionTreeRegressor with max_depth=3.
    n_estimators : int, default=50
        Most rounds.
    learning_rate : float, default=1.0
        A factor of α.
    loss : {'linear', 'square', 'exponential'}, default='linear'
        L, in the order of the first equation.
    random_state : int, RandomState or None
        For the draws, and the ``random_state`` of the members.

    Attributes
    ----------
    estimator_ : regressor
    estimators_ : list of regressors
    estimator_weights_, estimator_errors_ : ndarray of shape (n_estimators,)
        α and ε; 0 and 1 for rounds that were not reached.
    feature_importances_ : ndarray of shape (D,)

    References
    ----------
    Drucker, H. (1997). Improving regressors using boosting techniques. ICML.
    """

    _parameter_constraints: ClassVar[dict] = {
        **AdaBoost._parameter_constraints,
        "loss": [StrOptions(set(LOSSES))],
    }

    def __init__(
        self,
        estimator=None,
        *,
        n_estimators=50,
        learning_rate=1.0,
        loss="linear",
        random_state=None,
    ):
        self.estimator = estimator
        self.n_estimators = n_estimators
        self.learning_rate = learning_rate
        self.loss = loss
        self.random_state = random_state

    @validate_parameters_only
    def fit(self, X, y, sample_weight=None):
        """Boost on the rows of X (N, D) and their targets (N,)."""
        X, y = self._checked(X, y=y, y_numeric=True)
        return self._boost(X, y, sample_weight)

    def predict(self, X):
        """The median of the members' answers, weighted by α (N,)."""
        X = self._table(X)
        return self._median(self._answers(X))

    def staged_predict(self, X):
        """The same after each round."""
        answers = self._answers(self._table(X))
        return (self._median(answers[:, :t]) for t in range(1, answers.shape[1] + 1))

    def staged_score(self, X, y, sample_weight=None):
        """R² after each round."""
        return (r2_score(y, said, sample_weight=sample_weight) for said in self.staged_predict(X))

    def _default(self):
        return DecisionTreeRegressor(max_depth=3)

    def _fitter(self, X, y, random):
        def fit(member, w):
            drawn = random.choice(len(y), size=len(y), replace=True, p=w / w.sum())
            member.fit(_safe_indexing(X, drawn), y[drawn])

        return fit

    def _losses(self, member, X, y, w):
        off = np.abs(member.predict(X) - y)
        worst = off[w > 0].max()
        return LOSSES[self.loss](off / worst if worst > 0 else off)

    def _chance(self):
        return 0.5

    def _stop(self, member):
        if not self.estimators_:  # the only one there is, whatever it is worth
            self.estimators_.append(member)

    def _step(self, member, X, y, losses, error):
        """α, and the growth of log w (N,)."""
        alpha = self.learning_rate * np.log((1 - error) / error)
        return alpha, alpha * losses

    def _answers(self, X):
        """What each member says (N, T)."""
        answers = np.empty((_num_samples(X), len(self.estimators_)))
        trees = self._has_trees()
        with config_context(assume_finite=True):
            for t, member in enumerate(self.estimators_):
                answers[:, t] = member.tree_.predict(X)[:, 0, 0] if trees else member.predict(X)
        return answers

    def _median(self, answers):
        N, T = answers.shape
        median, weights = np.empty(N), self._alphas()[:T]

        def fill(s):
            order = np.argsort(answers[s], axis=1, kind="stable")
            below = np.cumsum(weights[order], axis=1)  # Σ α of the answers up to each
            first = np.argmax(below >= 0.5 * below[:, -1:], axis=1)
            places = np.take_along_axis(order, first[:, None], axis=1)
            median[s] = np.take_along_axis(answers[s], places, axis=1)[:, 0]

        map_blocks(fill, blocks(N, 32 * T))
        return median
