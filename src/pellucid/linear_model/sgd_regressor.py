"""Linear regression by stochastic gradient descent."""

from typing import ClassVar

import numpy as np
from sklearn.metrics import r2_score
from sklearn.model_selection import ShuffleSplit
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import StrOptions
from sklearn.utils.validation import _check_sample_weight, validate_data

from pellucid.base import validate_parameters
from pellucid.linear_model._descent import (
    RESIDUAL_LOSSES,
    SEEDS,
    SGD_CONSTRAINTS,
    Descent,
    StochasticGradient,
)
from pellucid.linear_model._linear import LinearRegressorMixin
from pellucid.losses import Loss

__all__ = ["SGDRegressor"]


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
