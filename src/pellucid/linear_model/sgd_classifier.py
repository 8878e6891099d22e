"""Linear classification by stochastic gradient descent."""

from typing import ClassVar

import numpy as np
from sklearn.utils._param_validation import StrOptions
from sklearn.utils.metaestimators import available_if

from pellucid.linear_model._descent import LABEL_LOSSES, RESIDUAL_LOSSES, SGD_CONSTRAINTS
from pellucid.linear_model._label_descent import CLASS_CONSTRAINTS, LabelDescent
from pellucid.losses import Loss, ModifiedHuberLoss

__all__ = ["SGDClassifier"]


def _has_probabilities(self):
    loss = self._loss()
    if isinstance(loss, ModifiedHuberLoss) or type(loss.link) is not type(Loss.link):
        return True
    raise AttributeError(f"probability estimates are not available for loss={self.loss!r}")


class SGDClassifier(LabelDescent):
    """Linear classification by stochastic gradient descent.

        min_{w, b}  Σ_n c_n ℓ(y_n, s_n) / N + α R(w),    s_n = w·x_n + b
        w ← w - η (c_n ∂ℓ(y_n, s_n)/∂s x_n + α R'(w))          for one example n after another

    Three classes or more are learned each against the rest.  Any ``pellucid.losses.Loss`` serves,
    one's own included.

    Parameters
    ----------
    loss : str or Loss, default="hinge"
        *hinge* is a linear support vector machine, *log_loss* logistic regression; *perceptron*,
        *squared_hinge*, *modified_huber*; and of the residual from ±1, *squared_error*, *huber*,
        *epsilon_insensitive*, *squared_epsilon_insensitive*.
    penalty : {"l2", "l1", "elasticnet", None}, default="l2"
        R(w) = ‖w‖²/2, ‖w‖₁, their mixture, or nothing.
    alpha : float, default=0.0001
        How much of the penalty; the *optimal* steps depend on it too.
    l1_ratio : float or None, default=0.15
        ρ, the part of ‖w‖₁ in the elastic net.
    fit_intercept : bool, default=True
        Whether b is learned, or zero.
    max_iter : int, default=1000
        Epochs at most, of ``fit``; ``partial_fit`` makes one.
    tol : float or None, default=1e-3
        Stop after ``n_iter_no_change`` epochs in which the mean objective was not better than the
        best by this much; None: never.
    shuffle : bool, default=True
        Visit the examples in a new order each epoch.
    verbose : int, default=0
        Draw a bar of the epochs.
    epsilon : float, default=0.1
        Half the width of what *epsilon_insensitive* ignores; where *huber* becomes straight.
    n_jobs : int, default=None
        Any number gives the same answer.
    random_state : int, RandomState or None, default=None
        For the order of the examples: the same as scikit-learn's for the same seed.
    learning_rate : str, default="optimal"
        The step η at the t-th example: *constant* η₀; *invscaling* η₀/t^p; *optimal*
        1/(α(t₀ + t - 1)) with Bottou's t₀; *adaptive* η₀, and a fifth of it whenever it would
        otherwise stop; *pa1* min(η₀, ℓ/‖x‖²) and *pa2* ℓ/(‖x‖² + 1/(2η₀)), the passive-aggressive
        steps, with the *hinge* loss.
    eta0 : float, default=0.01
        η₀.
    power_t : float, default=0.5
        p.
    early_stopping : bool, default=False
        Judge an epoch by the accuracy on examples held out, instead of by the objective.
    validation_fraction : float, default=0.1
        How many are held out.
    n_iter_no_change : int, default=5
        Epochs to wait for a better one.
    class_weight : dict, "balanced" or None, default=None
        Weights of the classes' examples, times their own.
    warm_start : bool, default=False
        Begin ``fit`` where the last one ended.
    average : bool or int, default=False
        Learn the mean of the weights from this example on (True: from the first), which forgives
        large steps (Polyak & Juditsky 1992).

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
    Bottou, L. (2012). Stochastic gradient descent tricks. Neural Networks: Tricks of the Trade.
    Tsuruoka, Y., Tsujii, J. & Ananiadou, S. (2009). Stochastic gradient descent training for
    L1-regularized log-linear models with cumulative penalty. ACL.
    Crammer, K. et al. (2006). Online passive-aggressive algorithms. JMLR 7, 551-585.
    """

    _parameter_constraints: ClassVar[dict] = {
        **SGD_CONSTRAINTS,
        **CLASS_CONSTRAINTS,
        "loss": [StrOptions(set(LABEL_LOSSES | RESIDUAL_LOSSES)), Loss],
    }

    def __init__(
        self,
        loss="hinge",
        *,
        penalty="l2",
        alpha=0.0001,
        l1_ratio=0.15,
        fit_intercept=True,
        max_iter=1000,
        tol=1e-3,
        shuffle=True,
        verbose=0,
        epsilon=0.1,
        n_jobs=None,
        random_state=None,
        learning_rate="optimal",
        eta0=0.01,
        power_t=0.5,
        early_stopping=False,
        validation_fraction=0.1,
        n_iter_no_change=5,
        class_weight=None,
        warm_start=False,
        average=False,
    ):
        self.loss = loss
        self.penalty = penalty
        self.alpha = alpha
        self.l1_ratio = l1_ratio
        self.fit_intercept = fit_intercept
        self.max_iter = max_iter
        self.tol = tol
        self.shuffle = shuffle
        self.verbose = verbose
        self.epsilon = epsilon
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.learning_rate = learning_rate
        self.eta0 = eta0
        self.power_t = power_t
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.class_weight = class_weight
        self.warm_start = warm_start
        self.average = average

    @available_if(_has_probabilities)
    def predict_proba(self, X):
        """The probability of each class (N, K): of each against the rest, made to sum to one.

        The loss's link turns a score into a probability; for *modified_huber* it is
        (1 + s)/2 cut off at 0 and 1 (Zadrozny & Elkan 2002), and 1/K where all of those are 0.
        """
        scores = self.decision_function(X)
        loss = self._loss()
        if isinstance(loss, ModifiedHuberLoss):
            p = (np.clip(scores, -1, 1) + 1) / 2
        else:
            p = loss.link.inverse(scores)
        if p.ndim == 1:
            return np.column_stack([1 - p, p])
        total = p.sum(axis=1, keepdims=True)
        p[total[:, 0] == 0] = 1
        return p / np.where(total == 0, p.shape[1], total)

    @available_if(_has_probabilities)
    def predict_log_proba(self, X):
        """The logarithm of ``predict_proba``."""
        with np.errstate(divide="ignore"):
            return np.log(self.predict_proba(X))
