"""Linear models learned one example at a time: the targets, the weights and the predictions.

``_descent`` has the descent from start to stop, ``_sgd`` its step.
"""

import numbers
from typing import ClassVar

import numpy as np
from sklearn.metrics import r2_score
from sklearn.model_selection import ShuffleSplit, StratifiedShuffleSplit
from sklearn.utils import check_random_state, compute_class_weight
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import _check_partial_fit_first_call, check_classification_targets
from sklearn.utils.validation import _check_sample_weight, validate_data

from pellucid.base import validate_parameters
from pellucid.linear_model._descent import (
    LABEL_LOSSES,
    RESIDUAL_LOSSES,
    SEEDS,
    Descent,
    StochasticGradient,
)
from pellucid.linear_model._linear import LinearClassifierMixin, LinearRegressorMixin
from pellucid.losses import Loss, ModifiedHuberLoss

__all__ = ["SGDClassifier", "SGDRegressor"]

CONSTRAINTS: dict = {
    "penalty": [StrOptions({"l2", "l1", "elasticnet"}), None],
    "alpha": [Interval(numbers.Real, 0, None, closed="left")],
    "l1_ratio": [Interval(numbers.Real, 0, 1, closed="both"), None],
    "fit_intercept": ["boolean"],
    "max_iter": [Interval(numbers.Integral, 1, None, closed="left")],
    "tol": [Interval(numbers.Real, 0, None, closed="left"), None],
    "shuffle": ["boolean"],
    "verbose": ["verbose"],
    "eta0": [Interval(numbers.Real, 0, None, closed="neither")],
    "random_state": ["random_state"],
    "early_stopping": ["boolean"],
    "validation_fraction": [Interval(numbers.Real, 0, 1, closed="neither")],
    "n_iter_no_change": [Interval(numbers.Integral, 1, None, closed="left")],
    "warm_start": ["boolean"],
}
SGD_CONSTRAINTS: dict = CONSTRAINTS | {
    "learning_rate": [StrOptions({"constant", "optimal", "invscaling", "adaptive", "pa1", "pa2"})],
    "power_t": [Interval(numbers.Real, 0, None, closed="left")],
    "epsilon": [Interval(numbers.Real, 0, None, closed="left")],
    "average": [Interval(numbers.Integral, 0, None, closed="neither"), "boolean"],
}
CLASS_CONSTRAINTS: dict = {
    "n_jobs": [None, numbers.Integral],
    "class_weight": [StrOptions({"balanced"}), dict, None],
}


class LabelDescent(LinearClassifierMixin, StochasticGradient):
    """Classes by stochastic gradient descent: for more than two, each against the rest."""

    _aggressive_loss = "hinge"

    @validate_parameters
    def fit(self, X, y, coef_init=None, intercept_init=None, sample_weight=None):
        """Learn from X (N, D) and labels y (N,), starting at the given weights or at zero."""
        self._check_arguments()
        X, y = self._validate(X, y, reset=True)
        self.classes_, codes = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(
                f"The number of classes has to be greater than one; got {len(self.classes_)} class"
            )
        walks = self._start(X.shape[1], self._n_targets(), coef_init, intercept_init)
        self._learn(X, codes, sample_weight, walks, self.max_iter, self.class_weight)
        self._warn_if_stopped_short()
        return self

    @validate_parameters
    def partial_fit(self, X, y, classes=None, sample_weight=None):
        """Learn for one epoch more; the first call is told all ``classes`` there will be."""
        self._check_partial_fit()
        if self.class_weight == "balanced":
            raise ValueError(
                "class_weight 'balanced' is not supported for partial_fit. In order to use "
                "'balanced' weights, use compute_class_weight('balanced', classes=classes, y=y). "
                "In place of y you can use a large enough sample of the full training set target "
                "to properly estimate the class frequency distributions. Pass the resulting "
                "weights as the class_weight parameter."
            )
        first = not hasattr(self, "coef_")
        _check_partial_fit_first_call(self, classes)
        X, y = self._validate(X, y, reset=first)
        codes = np.searchsorted(self.classes_, y)
        unseen = ~np.isin(y, self.classes_)
        if unseen.any():
            raise ValueError(f"y has labels {np.unique(y[unseen])} that are not in classes")
        walks = self._resume(X.shape[1], self._n_targets())
        self._learn(X, codes, sample_weight, walks, 1, self.class_weight)
        return self

    def _validate(self, X, y, reset):
        X, y = validate_data(
            self, X, y, accept_sparse="csr", dtype=[np.float64, np.float32], order="C", reset=reset
        )
        check_classification_targets(y)
        return X, y

    def _n_targets(self):
        return 1 if len(self.classes_) == 2 else len(self.classes_)

    def _learn(self, X, codes, sample_weight, walks, max_iter, class_weight):
        sample_weight = _check_sample_weight(sample_weight, X, dtype=np.float64)
        by_class = compute_class_weight(class_weight, classes=self.classes_, y=self.classes_[codes])
        train = None
        if self.early_stopping:
            train = self._hold_out(StratifiedShuffleSplit, codes, sample_weight)
        descents = []
        for k, (walk, seed) in enumerate(zip(walks, self._seeds(len(walks)), strict=True)):
            positive = codes == (1 if len(walks) == 1 else k)  # (N,)
            high = by_class[1 if len(walks) == 1 else k]
            low = by_class[0] if len(walks) == 1 else 1.0
            y = np.where(positive, 1.0, self._negative_label())
            weight = sample_weight * np.where(positive, high, low)
            order = np.arange(len(y))
            descents.append(Descent(y, weight, walk, self._rate(), order, seed))

        def wrong(descent):  # the part of the examples held out that is on the wrong side
            held_out = ~train
            right = (descent.raw(X[held_out]) > 0) == (descent.y[held_out] > 0)
            return -np.average(right, weights=sample_weight[held_out])

        self._descend(X, descents, max_iter, train, wrong if self.early_stopping else None)

    def _negative_label(self):
        """A loss of residuals is told ±1, a loss of labels 1 and 0."""
        return -1.0 if isinstance(self._loss(), tuple(RESIDUAL_LOSSES.values())) else 0.0

    def _seeds(self, n_targets):
        """As scikit-learn draws them: each target's shuffling has the second draw of its stream."""
        random_state = check_random_state(self.random_state)
        if n_targets == 1:
            return [random_state.randint(SEEDS, size=2)[1]]
        seeds = random_state.randint(SEEDS, size=n_targets)
        return [np.random.RandomState(seed).randint(SEEDS, size=2)[1] for seed in seeds]


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


class SGDRegressor(LinearRegressorMixin, StochasticGradient):
    """Linear regression by stochastic gradient descent.

        min_{w, b}  Σ_n c_n ℓ(y_n, s_n) / N + α R(w),    s_n = w·x_n + b
        w ← w - η (c_n ∂ℓ(y_n, s_n)/∂s x_n + α R'(w))          for one example n after another

    Any ``pellucid.losses.Loss`` serves, one's own included.

    Parameters
    ----------
    loss : str or Loss, default="squared_error"
        *squared_error*, *huber*, *epsilon_insensitive* or *squared_epsilon_insensitive*.
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
    random_state : int, RandomState or None, default=None
        For the order of the examples: the same as scikit-learn's for the same seed.
    learning_rate : str, default="invscaling"
        The step η at the t-th example: *constant* η₀; *invscaling* η₀/t^p; *optimal*
        1/(α(t₀ + t - 1)) with Bottou's t₀; *adaptive* η₀, and a fifth of it whenever it would
        otherwise stop; *pa1* min(η₀, ℓ/‖x‖²) and *pa2* ℓ/(‖x‖² + 1/(2η₀)), the passive-aggressive
        steps, with the *epsilon_insensitive* loss.
    eta0 : float, default=0.01
        η₀.
    power_t : float, default=0.25
        p.
    early_stopping : bool, default=False
        Judge an epoch by R² on examples held out, instead of by the objective.
    validation_fraction : float, default=0.1
        How many are held out.
    n_iter_no_change : int, default=5
        Epochs to wait for a better one.
    warm_start : bool, default=False
        Begin ``fit`` where the last one ended.
    average : bool or int, default=False
        Learn the mean of the weights from this example on (True: from the first), which forgives
        large steps (Polyak & Juditsky 1992).

    Attributes
    ----------
    coef_ : ndarray of shape (D,)
    intercept_ : ndarray of shape (1,)
    n_iter_ : int
        Epochs made.
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

    _aggressive_loss = "epsilon_insensitive"
    _parameter_constraints: ClassVar[dict] = {
        **SGD_CONSTRAINTS,
        "loss": [StrOptions(set(RESIDUAL_LOSSES)), Loss],
    }

    def __init__(
        self,
        loss="squared_error",
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
        random_state=None,
        learning_rate="invscaling",
        eta0=0.01,
        power_t=0.25,
        early_stopping=False,
        validation_fraction=0.1,
        n_iter_no_change=5,
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
        self.random_state = random_state
        self.learning_rate = learning_rate
        self.eta0 = eta0
        self.power_t = power_t
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.warm_start = warm_start
        self.average = average

    @validate_parameters
    def fit(self, X, y, coef_init=None, intercept_init=None, sample_weight=None):
        """Learn from X (N, D) and targets y (N,), starting at the given weights or at zero."""
        self._check_arguments()
        X, y = self._validate(X, y, reset=True)
        walks = self._start(X.shape[1], 1, coef_init, intercept_init)
        self._learn(X, y, sample_weight, walks, self.max_iter)
        self._warn_if_stopped_short()
        return self

    @validate_parameters
    def partial_fit(self, X, y, sample_weight=None):
        """Learn for one epoch more."""
        self._check_partial_fit()
        X, y = self._validate(X, y, reset=not hasattr(self, "coef_"))
        self._learn(X, y, sample_weight, self._resume(X.shape[1], 1), 1)
        return self

    def _validate(self, X, y, reset):
        return validate_data(
            self,
            X,
            y,
            accept_sparse="csr",
            dtype=[np.float64, np.float32],
            order="C",
            y_numeric=True,
            reset=reset,
        )

    def _learn(self, X, y, sample_weight, walks, max_iter):
        y = np.ascontiguousarray(y, dtype=np.float64)
        sample_weight = _check_sample_weight(sample_weight, X, dtype=np.float64)
        train = None
        if self.early_stopping:
            train = self._hold_out(ShuffleSplit, y, sample_weight)
        seed = check_random_state(self.random_state).randint(SEEDS)
        order = np.arange(len(y))
        descent = Descent(y, sample_weight, walks[0], self._rate(), order, seed)

        def unexplained(descent):  # 1 - R² of the examples held out, but for the one
            held_out = ~train
            raw = descent.raw(X[held_out])
            return -r2_score(y[held_out], raw, sample_weight=sample_weight[held_out])

        self._descend(X, [descent], max_iter, train, unexplained if self.early_stopping else None)
        self.coef_ = self.coef_[0]
