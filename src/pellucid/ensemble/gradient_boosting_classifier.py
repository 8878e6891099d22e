"""Gradient boosting of classes."""

from typing import ClassVar

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.utils._param_validation import HasMethods, StrOptions
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import column_or_1d

from pellucid._math import softmax
from pellucid.dummy import DummyClassifier
from pellucid.ensemble._boosting import GradientBoosting
from pellucid.losses import CrossEntropy, ExponentialLoss, IdentityLink, LogLoss, Loss

__all__ = ["GradientBoostingClassifier"]


class GradientBoostingClassifier(ClassifierMixin, GradientBoosting):
    """Add small trees one by one, each grown on the errors of the probabilities so far.

        y - p ≈ f(x) with leaves j,    γ_j = Σ_j w (y - p) / Σ_j w p (1 - p),    s ← s + η γ_j,
        p = σ(s)

    for two classes and the log loss: a round is a tree on the residuals y - p, and a Newton step in
    each of its leaves (Friedman 2001).  K > 2 classes have K scores, p = softmax(s), and K trees in
    a round, whose γ is (K-1)/K times that.  The exponential loss is AdaBoost's: p = σ(2s),
    γ_j = Σ_j w m' e^{-m} / Σ_j w e^{-m} for m' = 2y - 1 and the margin m = m' s.  s₀ is what gives
    the shares of the classes.  Otherwise as GradientBoostingRegressor.

    Parameters
    ----------
    loss : {'log_loss', 'exponential'} or Loss, default='log_loss'
        'exponential', or a loss of your own whose link gives a probability, is for two classes.
        The other parameters are those of GradientBoostingRegressor.
    init : estimator or 'zero', default=None
        What gives the probabilities to start from: the shares of the classes, if None.

    Attributes
    ----------
    classes_ : ndarray of shape (K,)
    n_classes_ : int
    estimators_ : ndarray of DecisionTreeRegressor of shape (T, 1), or (T, K) for K > 2
    n_trees_per_iteration_ : int
        1, or K for K > 2.  The other attributes are those of GradientBoostingRegressor.

    References
    ----------
    Friedman, J. H. (2001). Greedy function approximation: a gradient boosting machine. Annals of
    Statistics 29, 1189-1232.
    Friedman, J., Hastie, T. & Tibshirani, R. (2000). Additive logistic regression: a statistical
    view of boosting. Annals of Statistics 28, 337-407.
    """

    _parameter_constraints: ClassVar[dict] = {
        **GradientBoosting._parameter_constraints,
        "loss": [StrOptions({"log_loss", "exponential"}), Loss],
        "init": [StrOptions({"zero"}), None, HasMethods(["fit", "predict_proba"])],
    }

    def __init__(
        self,
        *,
        loss="log_loss",
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
        self.verbose = verbose
        self.max_leaf_nodes = max_leaf_nodes
        self.warm_start = warm_start
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.tol = tol
        self.ccp_alpha = ccp_alpha

    def decision_function(self, X):
        """s for the rows of X: (N,) for two classes, else (N, K)."""
        return self._scores(self._raw(self._table(X)))

    def predict_proba(self, X):
        """p(k | x) for the rows of X (N, K)."""
        return self._shares(self._raw(self._table(X)))

    def predict_log_proba(self, X):
        """log p(k | x)."""
        with np.errstate(divide="ignore"):
            return np.log(self.predict_proba(X))

    def predict(self, X):
        """The class with the largest score for the rows of X (N,)."""
        return self._decision(self._raw(self._table(X)))

    def staged_decision_function(self, X):
        """s after each round; (N, 1) for two classes."""
        return self._staged(X)

    def staged_predict_proba(self, X):
        """p(k | x) after each round."""
        return map(self._shares, self._staged(X))

    def staged_predict(self, X):
        """The class after each round."""
        return map(self._decision, self._staged(X))

    def apply(self, X):
        """The leaf of each row of X in each tree (N, T, 1), or (N, T, K)."""
        return self._leaves(X)

    def _scores(self, raw):
        return raw[:, 0] if self.n_classes_ == 2 else raw

    def _shares(self, raw):
        if self.n_classes_ > 2:
            return softmax(raw)
        p = self._loss.link.inverse(raw)  # (N, 1)
        return np.hstack([1 - p, p])

    def _decision(self, raw):
        chosen = raw[:, 0] >= 0 if self.n_classes_ == 2 else raw.argmax(axis=1)
        return self.classes_[chosen.astype(int)]

    def _read(self, X, y, sample_weight):
        X, y, weight = super()._read(X, y, sample_weight)
        check_classification_targets(y)
        y = column_or_1d(y, warn=True)
        classes, codes = np.unique(y, return_inverse=True)
        if self._goes_on() and not np.array_equal(classes, self.classes_):
            raise ValueError(
                f"The last fit had the classes {self.classes_.tolist()}, this one has "
                f"{classes.tolist()}; warm_start can only go on with the same"
            )
        self.classes_, self.n_classes_ = classes, (K := len(classes))
        weighted = np.count_nonzero(np.bincount(codes, weight))
        if weighted < 2:
            raise ValueError(
                f"y contains {weighted} class after sample_weight trimmed classes with zero "
                "weights, while a minimum of 2 classes are required."
            )
        if K > 2 and self.loss != "log_loss":
            raise ValueError(
                f"loss={self.loss!r} is only suitable for a binary classification problem, "
                f"y contains {K} classes. Use loss='log_loss'."
            )
        if isinstance(getattr(self.loss, "link", None), IdentityLink):
            raise ValueError(f"loss={self.loss!r} has no link to a probability")
        self.n_trees_per_iteration_ = K if K > 2 else 1
        self._loss = {
            "log_loss": CrossEntropy() if K > 2 else LogLoss(),
            "exponential": ExponentialLoss(),
        }.get(self.loss, self.loss)
        return X, codes.astype(np.float64), weight

    def _hold_out(self, X, y, weight):
        parts = super()._hold_out(X, y, weight)
        if len(np.unique(parts[1])) < self.n_classes_:
            raise ValueError(
                "The training data after the early stopping split is missing some classes. "
                "Try using another random seed."
            )
        return parts

    def _target(self, y):
        return y.astype(int) if self.n_classes_ > 2 else y[:, None]

    def _default_init(self):
        return DummyClassifier(strategy="prior")

    def _start_of(self, init, X):
        """The scores that give the probabilities of ``init``, none of them quite 0 or 1."""
        eps = np.finfo(np.float32).eps
        p = np.clip(np.asarray(init.predict_proba(X), dtype=np.float64), eps, 1 - eps)
        if self.n_classes_ > 2:
            log_p = np.log(p)
            return log_p - log_p.mean(axis=1, keepdims=True)
        return self._loss.link.link(p[:, 1:])
