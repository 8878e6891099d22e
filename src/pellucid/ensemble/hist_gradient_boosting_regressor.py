"""Gradient boosting of numbers on histograms: XGBoost's equations on LightGBM's bins."""

from numbers import Real
from typing import ClassVar

import numpy as np
from sklearn.base import RegressorMixin
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import _check_y, check_consistent_length

from pellucid.base import finite_targets
from pellucid.ensemble._hist import HistGradientBoosting
from pellucid.losses import (
    AbsoluteLoss,
    GammaLoss,
    Loss,
    PoissonLoss,
    QuantileLoss,
    SquaredLoss,
)

__all__ = ["HistGradientBoostingRegressor"]


class HistGradientBoostingRegressor(RegressorMixin, HistGradientBoosting):
    """Regression by many small trees, each a Newton step down the loss on binned columns.

        gain = ½ [G_L² / (H_L + λ) + G_R² / (H_R + λ) - G² / (H + λ)],    leaf = -η G / (H + λ)

    for the sums G and H, over the examples of a node, of the first and second derivatives of the
    loss at the prediction so far.  Columns are cut into at most 255 bins, so that the search for
    the best split looks at sums in bins and not at values; missing values go to the side that gains
    more.  Where the loss is made of straight lines (absolute_error, quantile), H counts examples,
    and a leaf is the median or the quantile of what is left there.  Results do not depend on the
    number of threads.

    Parameters
    ----------
    loss : {'squared_error', 'absolute_error', 'quantile', 'poisson', 'gamma'} or Loss
        poisson and gamma predict e to the sum of the trees.  One of your own is a class like those
        of ``pellucid.losses``, compiled when it is first used.
    quantile : float or None, default=None
        The quantile for loss='quantile'.
    learning_rate : float, default=0.1
        The share η of each tree that is taken.
    max_iter : int, default=100
        Iterations: as many trees.
    max_leaf_nodes : int or None, default=31
        The leaf that gains most is split next, until there are so many.
    max_depth : int or None, default=None
    min_samples_leaf : int, default=20
    l2_regularization : float, default=0.0
        The price λ of large leaves.
    max_features : float, default=1.0
        The share of the columns that a node looks at, drawn anew for each.
    max_bins : int, default=255
        Bins of a column, besides that of missing values: its distinct values, or its quantiles (of
        200,000 rows, drawn where there are more).
    categorical_features : 'from_dtype', array-like of bool, int or str, or None
        The columns whose values have no order; 'from_dtype' takes a frame's categorical ones.  Any
        subset of their values may go left; the best one is a run in their order by G / (H + 10)
        (Fisher 1958).  Categories with fewer than ten examples in a node go right there, those that
        ``fit`` has not seen are missing.
    monotonic_cst : array-like of int of shape (D,), dict or None
        1, -1: the prediction may not fall, or rise, with the column.
    interaction_cst : 'pairwise', 'no_interactions', or sequence of collections of int, or None
        The groups of columns that may follow each other on a path.
    warm_start : bool, default=False
        Go on from the trees of the last ``fit``.
    early_stopping : 'auto' or bool, default='auto'
        Stop when the score has not risen by ``tol`` in ``n_iter_no_change`` iterations; 'auto' does
        so for more than 10,000 rows.
    scoring : 'loss', str, callable or None, default='loss'
        The score: minus the loss, or a scorer's; None is that of ``score``.
    validation_fraction : float, int or None, default=0.1
        Rows held out to score on; None scores on the training data.
    n_iter_no_change : int, default=10
    tol : float, default=1e-7
    verbose : int, default=0
        Whether to draw a progress bar.
    random_state : int, RandomState or None, default=None
        For the rows that are held out, those that bins are learned from, and ``max_features``.

    Attributes
    ----------
    n_iter_ : int
    n_trees_per_iteration_ : int
    do_early_stopping_ : bool
    train_score_, validation_score_ : ndarray of shape (n_iter_ + 1,)
        The scores before and after each iteration; empty without early stopping.
    is_categorical_ : ndarray of bool of shape (D,) or None
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (D,)

    References
    ----------
    Friedman, J. H. (2001). Greedy Function Approximation: A Gradient Boosting Machine. Annals of
    Statistics 29, 1189-1232.
    Chen, T. & Guestrin, C. (2016). XGBoost: A Scalable Tree Boosting System. KDD.
    Ke, G. et al. (2017). LightGBM: A Highly Efficient Gradient Boosting Decision Tree. NeurIPS.
    """

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
        y = finite_targets(_check_y(y, y_numeric=True, estimator=self))
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
