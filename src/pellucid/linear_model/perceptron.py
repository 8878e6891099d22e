"""Rosenblatt's perceptron: learn from mistakes alone."""

import numbers
from typing import ClassVar

from sklearn.utils._param_validation import Interval

from pellucid.linear_model._descent import CONSTRAINTS
from pellucid.linear_model._label_descent import CLASS_CONSTRAINTS, LabelDescent

__all__ = ["Perceptron"]


class Perceptron(LabelDescent):
    """Perceptron: add to the weights each example that is on the wrong side.

        s_i = w·x_i + b;   if y_i s_i ≤ 0:   w ← w + η y_i x_i,  b ← b + η y_i      (y_i = ±1)

    which is stochastic gradient descent on max(0, -y s) with a constant step (Rosenblatt 1958).  It
    ends where the classes can be separated, after at most (R/γ)² mistakes for a margin γ and
    ‖x_i‖ ≤ R (Novikoff 1962), and else goes on for ever.  Three classes or more are learned each
    against the rest.

    Parameters
    ----------
    penalty : {"l2", "l1", "elasticnet", None}, default=None
        Shrink the weights as in ``SGDClassifier``.
    alpha : float, default=0.0001
        How much of the penalty.
    l1_ratio : float, default=0.15
        The part of l1 in the elastic net.
    fit_intercept : bool, default=True
        Whether b is learned, or zero.
    max_iter : int, default=1000
        Epochs at most.
    tol : float or None, default=1e-3
        Stop after ``n_iter_no_change`` epochs in which the mean loss was not better than the best
        by this much; None: never.
    shuffle : bool, default=True
        Visit the examples in a new order each epoch.
    verbose : int, default=0
        Draw a bar of the epochs.
    eta0 : float, default=1.0
        The step η.
    n_jobs : int, default=None
        Any number gives the same answer.
    random_state : int, RandomState or None, default=0
        For the order of the examples.
    early_stopping : bool, default=False
        Judge an epoch by the accuracy on examples held out, instead of by the loss.
    validation_fraction : float, default=0.1
        How many are held out.
    n_iter_no_change : int, default=5
        Epochs to wait for a better one.
    class_weight : dict, "balanced" or None, default=None
        Weights of the classes' examples.
    warm_start : bool, default=False
        Begin ``fit`` where the last one ended.

    Attributes
    ----------
    classes_ : ndarray of shape (K,)
    coef_ : ndarray of shape (1, D) for two classes, else (K, D)
    intercept_ : ndarray of shape (1,) or (K,)
    n_iter_ : int
        Epochs until all classes had stopped.
    t_ : float
        1 + the examples visited.
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (D,)

    References
    ----------
    Rosenblatt, F. (1958). The perceptron: a probabilistic model for information storage and
    organization in the brain. Psychological Review 65, 386-408.
    Novikoff, A. (1962). On convergence proofs for perceptrons.
    """

    _parameter_constraints: ClassVar[dict] = {
        **CONSTRAINTS,
        **CLASS_CONSTRAINTS,
        "l1_ratio": [Interval(numbers.Real, 0, 1, closed="both")],
    }
    # What SGDClassifier leaves to its user
    loss = "perceptron"
    learning_rate = "constant"
    power_t = 0.0
    average = False

    def __init__(
        self,
        *,
        penalty=None,
        alpha=0.0001,
        l1_ratio=0.15,
        fit_intercept=True,
        max_iter=1000,
        tol=1e-3,
        shuffle=True,
        verbose=0,
        eta0=1.0,
        n_jobs=None,
        random_state=0,
        early_stopping=False,
        validation_fraction=0.1,
        n_iter_no_change=5,
        class_weight=None,
        warm_start=False,
    ):
        self.penalty = penalty
        self.alpha = alpha
        self.l1_ratio = l1_ratio
        self.fit_intercept = fit_intercept
        self.max_iter = max_iter
        self.tol = tol
        self.shuffle = shuffle
        self.verbose = verbose
        self.eta0 = eta0
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.class_weight = class_weight
        self.warm_start = warm_start
