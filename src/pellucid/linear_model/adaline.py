"""The adaptive linear neuron, by the gradient of all examples and by one example at a time."""

import numbers
from typing import ClassVar

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from pellucid.base import Estimator, validate_parameters
from pellucid.callbacks import steps
from pellucid.linear_model._sgd import Penalty, Rows, Walk, epoch
from pellucid.linear_model._sgd_order import Rate
from pellucid.losses import SquaredLoss

__all__ = ["AdalineGD", "AdalineSGD"]


class Adaline(ClassifierMixin, Estimator):
    """Two classes by a linear output s = w·x + b, taught to be 0 for the first and 1 for the other.

    The second class is predicted where s ≥ 1/2.
    """

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        return tags

    def _check_state(self):
        """A descent that goes on from a file indexes its weights by the columns of X."""
        if hasattr(self, "w_") and self.w_.shape != (self.n_features_in_,):
            raise ValueError("w_ and n_features_in_ do not agree")

    def net_input(self, X):
        """s = X w + b  (N,)"""
        check_is_fitted(self)
        return validate_data(self, X, reset=False) @ self.w_ + self.b_

    def decision_function(self, X):
        """s - 1/2  (N,)"""
        return self.net_input(X) - 0.5

    def predict(self, X):
        """The class of each row of X."""
        above = self.net_input(X) >= 0.5  # (N,)
        return self.classes_[above.astype(np.intp)]

    def _validate(self, X, y, classes=None, reset=True):
        """X (N, D) and y as 0 and 1 (N,)."""
        X, y = validate_data(self, X, y, dtype=[np.float64, np.float32], order="C", reset=reset)
        check_classification_targets(y)
        if reset:
            self.classes_ = np.unique(y if classes is None else classes)
        if len(self.classes_) > 2:
            raise ValueError(
                "Only binary classification is supported. The type of the target is multiclass."
            )
        if len(self.classes_) < 2:
            raise ValueError("Classifier can't train when only one class is present.")
        codes = np.searchsorted(self.classes_, y)
        if not np.array_equal(self.classes_[np.minimum(codes, 1)], y):
            raise ValueError(f"y has labels that are not among the classes {self.classes_}")
        return X, codes.astype(np.float64)

    def _start(self, n_features):
        """Small random weights and no bias; the stream that they came from."""
        random_state = check_random_state(self.random_state)
        self.w_, self.b_ = random_state.normal(scale=0.01, size=n_features), 0.0
        return random_state


class AdalineGD(Adaline):
    """Adaptive linear neuron, learned by full-batch gradient descent.

        L(w, b) = Σ_n (y_n - s_n)² / N,   s_n = w·x_n + b,   y_n in {0, 1}
        w ← w + 2η/N Σ_n (y_n - s_n) x_n,   b ← b + 2η/N Σ_n (y_n - s_n)

    Every step looks at all examples (Widrow & Hoff 1960).  It diverges where η is larger than
    one over the largest eigenvalue of [X 1]ᵀ[X 1]/N: standardise X, or take a smaller step.

    Parameters
    ----------
    eta : float, default=0.01
        The step η.
    n_iter : int, default=50
        Steps.
    random_state : int, RandomState or None, default=1
        For the first weights, normal with a standard deviation of 0.01.

    Attributes
    ----------
    w_ : ndarray of shape (D,)
    b_ : float
    losses_ : list of float
        The mean squared error before each step.
    classes_ : ndarray of shape (2,)
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (D,)

    References
    ----------
    Widrow, B. & Hoff, M. E. (1960). Adaptive switching circuits. IRE WESCON 4, 96-104.
    """

    _parameter_constraints: ClassVar[dict] = {
        "eta": [Interval(numbers.Real, 0, None, closed="neither")],
        "n_iter": [Interval(numbers.Integral, 1, None, closed="left")],
        "random_state": ["random_state"],
    }

    def __init__(self, eta=0.01, n_iter=50, random_state=1):
        self.eta = eta
        self.n_iter = n_iter
        self.random_state = random_state

    @validate_parameters
    def fit(self, X, y):
        """Learn from X (N, D) and labels y (N,)."""
        X, y = self._validate(X, y)
        self._start(X.shape[1])
        self.losses_ = []
        for _ in steps(self, self.n_iter, "step"):
            error = y - (X @ self.w_ + self.b_)  # (N,)
            self.w_ += self.eta * 2.0 * (X.T @ error) / len(y)
            self.b_ += self.eta * 2.0 * error.mean()
            self.losses_.append(float((error**2).mean()))
        return self


class AdalineSGD(Adaline):
    """Adaptive linear neuron, learned by stochastic gradient descent.

        w ← w + 2η (y_n - s_n) x_n,   b ← b + 2η (y_n - s_n)       for one example after another

    the least-mean-squares rule of Widrow & Hoff (1960); ``partial_fit`` goes on from where it is.

    Parameters
    ----------
    eta : float, default=0.01
        The step η.
    n_iter : int, default=10
        Epochs.
    shuffle : bool, default=True
        Visit the examples in a new order each epoch.
    random_state : int, RandomState or None, default=None
        For the first weights, normal with a standard deviation of 0.01, and then the orders.

    Attributes
    ----------
    w_ : ndarray of shape (D,)
    b_ : float
    losses_ : list of float
        The mean squared error of each epoch, each example's before it was learned from.
    classes_ : ndarray of shape (2,)
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (D,)

    References
    ----------
    Widrow, B. & Hoff, M. E. (1960). Adaptive switching circuits. IRE WESCON 4, 96-104.
    """

    _parameter_constraints: ClassVar[dict] = {
        **AdalineGD._parameter_constraints,
        "shuffle": ["boolean"],
    }

    def __init__(self, eta=0.01, n_iter=10, shuffle=True, random_state=None):
        self.eta = eta
        self.n_iter = n_iter
        self.shuffle = shuffle
        self.random_state = random_state

    @validate_parameters
    def fit(self, X, y):
        """Learn from X (N, D) and labels y (N,) in ``n_iter`` epochs."""
        X, y = self._validate(X, y)
        random_state = self._start(X.shape[1])
        self.losses_ = []
        order = np.arange(len(y))
        for _ in steps(self, self.n_iter, "epoch"):
            if self.shuffle:
                order = order[random_state.permutation(len(y))]  # anew, as one shuffles cards
            self._learn(X, y, order)
        return self

    @validate_parameters
    def partial_fit(self, X, y, classes=None):
        """Learn from these examples once, in their order.

        The first call is told both ``classes`` or shown them.
        """
        first = not hasattr(self, "w_")
        X, y = self._validate(X, y, classes, reset=first)
        if first:
            self._start(X.shape[1])
            self.losses_ = []
        self._learn(X, y, np.arange(len(y)))
        return self

    def _learn(self, X, y, order):
        """One pass: a step of 2η on r²/2 is one of η on r²."""
        nothing = np.zeros_like(self.w_)
        walk = Walk(self.w_, self.b_, 1.0, nothing, 0.0, nothing, 0.0, 0.0)
        rate, penalty = Rate(2 * self.eta), Penalty(0.0, 0.0)
        weight = np.ones(len(y))
        walk, total = epoch(
            walk, Rows.of(X), y, weight, order, SquaredLoss(), rate, penalty, 0, True, True
        )
        self.w_, self.b_ = walk.weights, walk.intercept
        self.losses_.append(2 * total / len(y))
