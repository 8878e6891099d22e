"""Gradient boosting of numbers."""

from numbers import Real
from typing import ClassVar

import numpy as np
from sklearn.base import RegressorMixin
from sklearn.utils._param_validation import HasMethods, Interval, StrOptions
from sklearn.utils.validation import column_or_1d

from pellucid.dummy import DummyRegressor
from pellucid.ensemble._boosting import GradientBoosting
from pellucid.losses import AbsoluteLoss, HuberLoss, Loss, QuantileLoss, SquaredLoss

__all__ = ["GradientBoostingRegressor"]

LOSSES = ("squared_error", "absolute_error", "huber", "quantile")


class GradientBoostingRegressor(RegressorMixin, GradientBoosting):
    """Add small trees one by one, each a step down the loss that those before it have left.

        s₀ = argmin_c Σ w ℓ(y, c),    g_n = ∂ℓ(y_n, s_n)/∂s_n,    tree: -g ≈ f(x) with leaves j,
        γ_j = argmin_γ Σ_{n in j} w_n ℓ(y_n, s_n + γ),    s_n ← s_n + η γ_j,    ŷ = s

    in each round anew (Friedman 2001): a descent in the space of functions, whose steps are trees.
    γ_j is the mean residual of the leaf for the squared error, its median or quantile for the
    absolute and the quantile loss; for Huber's, from the median, the mean of residuals cut at δ.
    With ``subsample`` each tree sees a part of the examples only (Friedman 2002).  Sparse X is made
    dense.

    Parameters
    ----------
    loss : {'squared_error', 'absolute_error', 'huber', 'quantile'} or Loss, default='squared_error'
        Or one of your own, written as those of ``pellucid.losses``: γ_j is a Newton step then, and
        s₀ the mean of y through its link.
    learning_rate : float, default=0.1
        η; smaller steps want more of them, and find better minima.
    n_estimators : int, default=100
        Rounds.
    subsample : float, default=1.0
        The share of the examples, drawn anew in each round, that a tree is grown on.
    min_samples_split, min_samples_leaf : int or float, default=2 and 1
    min_weight_fraction_leaf : float, default=0.0
    max_depth : int, default=3
        So many features can act together.  This, and what is not said here, are those of
        DecisionTreeRegressor.
    min_impurity_decrease : float, default=0.0
    init : estimator or 'zero', default=None
        What predicts s₀: a constant, if None.
    random_state : int, RandomState or None
        For ``subsample``, the order of features, and the rows held out.
    max_features : int, float, {'sqrt', 'log2'} or None, default=None
    alpha : float, default=0.9
        The quantile of 'quantile'; for 'huber', that of the residuals which is δ, in every round.
    verbose : int, default=0
        Draw a bar while fitting.
    max_leaf_nodes : int, default=None
    warm_start : bool, default=False
        Go on with the rounds of the last fit.
    validation_fraction : float, default=0.1
        The share of the rows that is held out to stop early.
    n_iter_no_change : int, default=None
        Stop when in so many rounds the rows held out have got better by no more than ``tol``.
    tol : float, default=1e-4
    ccp_alpha : float, default=0.0

    Attributes
    ----------
    estimators_ : ndarray of DecisionTreeRegressor of shape (T, 1)
        Their leaves hold γ.
    n_estimators_ : int
        T, the rounds that were done.
    n_trees_per_iteration_ : int
    init_ : estimator or 'zero'
    train_score_ : ndarray of shape (T,)
        The mean loss of the examples that were used, after each round.
    oob_scores_, oob_improvement_ : ndarray of shape (T,)
        The mean loss of those that were not, and what it has fallen by, if ``subsample`` < 1.
    oob_score_ : float
        The last of them.
    feature_importances_ : ndarray of shape (D,)
    max_features_ : int

    References
    ----------
    Friedman, J. H. (2001). Greedy function approximation: a gradient boosting machine. Annals of
    Statistics 29, 1189-1232.
    Friedman, J. H. (2002). Stochastic gradient boosting. Computational Statistics & Data Analysis
    38, 367-378.
    """

    _parameter_constraints: ClassVar[dict] = {
        **GradientBoosting._parameter_constraints,
        "loss": [StrOptions(set(LOSSES)), Loss],
        "init": [StrOptions({"zero"}), None, HasMethods(["fit", "predict"])],
        "alpha": [Interval(Real, 0.0, 1.0, closed="neither")],
    }

    def __init__(
        self,
        *,
        loss="squared_error",
        learning_rate=0.1,
        n_estimators=100,
        subsample=1.0,
        min_samples_split=2,
        min_samples_leaf=1,
        min_weight_fraction_leaf=0.0,
        max_depth=3,
        min_impurity_decrease=0.0,
        init=None,
        random_state=None,
        max_features=None,
        alpha=0.9,
        verbose=0,
        max_leaf_nodes=None,
        warm_start=False,
        validation_fraction=0.1,
        n_iter_no_change=None,
        tol=1e-4,
        ccp_alpha=0.0,
    ):
        self.loss = loss
        self.learning_rate = learning_rate
        self.n_estimators = n_estimators
        self.subsample = subsample
        self.min_samples_split = min_samples_split
        self.min_samples_leaf = min_samples_leaf
        self.min_weight_fraction_leaf = min_weight_fraction_leaf
        self.max_depth = max_depth
        self.min_impurity_decrease = min_impurity_decrease
        self.init = init
        self.random_state = random_state
        self.max_features = max_features
        self.alpha = alpha
        self.verbose = verbose
        self.max_leaf_nodes = max_leaf_nodes
        self.warm_start = warm_start
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.tol = tol
        self.ccp_alpha = ccp_alpha

    def predict(self, X):
        """ŷ for the rows of X (N,)."""
        return self._prediction(self._raw(self._table(X)))

    def staged_predict(self, X):
        """ŷ after each round."""
        return map(self._prediction, self._staged(X))

    def apply(self, X):
        """The leaf of each row of X in each tree (N, T)."""
        return self._leaves(X)[:, :, 0]

    def _prediction(self, raw):
        return self._loss.link.inverse(raw[:, 0])

    def _read(self, X, y, sample_weight):
        X, y, weight = super()._read(X, y, sample_weight)
        self.n_trees_per_iteration_ = 1
        self._loss = {
            "squared_error": SquaredLoss(),
            "absolute_error": AbsoluteLoss(),
            "huber": HuberLoss(),
            "quantile": QuantileLoss(self.alpha),
        }.get(self.loss, self.loss)
        return X, column_or_1d(y, warn=True).astype(np.float64), weight

    def _target(self, y):
        return y[:, None]

    def _default_init(self):
        if self.loss in LOSSES[1:]:
            quantile = self.alpha if self.loss == "quantile" else 0.5
            return DummyRegressor(strategy="quantile", quantile=quantile)
        return DummyRegressor(strategy="mean")

    def _start_of(self, init, X):
        return self._loss.link.link(np.asarray(init.predict(X), dtype=np.float64)[:, None])
