"""Gradient boosting of classes on histograms: XGBoost's equations on LightGBM's bins."""

from typing import ClassVar

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.utils._param_validation import StrOptions
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _check_y, check_consistent_length

from pellucid._math import expit, softmax
from pellucid.ensemble._hist import HistGradientBoosting
from pellucid.losses import CrossEntropy, LogitLink, LogLoss, Loss

__all__ = ["HistGradientBoostingClassifier"]


class HistGradientBoostingClassifier(ClassifierMixin, HistGradientBoosting):
    """Classification by many small trees, each a Newton step down the log-loss on binned columns.

        gain = ½ [G_L² / (H_L + λ) + G_R² / (H_R + λ) - G² / (H + λ)],    leaf = -η G / (H + λ)

    for the sums G and H, over the examples of a node, of p - y and p (1 - p): the first and second
    derivatives of the log-loss at the score so far, where p = σ(score), or the softmax of one
    score for each of more than two classes.  Columns are cut into at most 255 bins, so that the
    search for the best split looks at sums in bins and not at values; missing values go to the side
    that gains more.  Results do not depend on the number of threads.

    Parameters
    ----------
    loss : 'log_loss' or Loss, default='log_loss'
        One of your own, for two classes, is a class like those of ``pellucid.losses`` with a
        ``LogitLink``, compiled when it is first used.
    learning_rate : float, default=0.1
        The share η of each tree that is taken.
    max_iter : int, default=100
        Iterations: each a tree, or one for each of more than two classes.
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
        1, -1: the score, of two classes, may not fall, or rise, with the column.
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
    class_weight : dict, 'balanced' or None, default=None
        Factors for the sample weights, by class.

    Attributes
    ----------
    classes_ : ndarray of shape (K,)
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
        y = _check_y(y, estimator=self)
        check_classification_targets(y)
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
