"""A stochastic gradient descent from start to stop: what the classifiers and regressors share."""

import numbers
import warnings
from dataclasses import dataclass, fields

import numpy as np
from scipy.sparse import csr_array, issparse
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_is_fitted

from pellucid import losses
from pellucid.base import Estimator
from pellucid.callbacks import steps
from pellucid.linear_model._sgd import Penalty, Rows, Walk, epoch
from pellucid.linear_model._sgd_order import Rate, shuffle
from pellucid.reduction import map_blocks

__all__ = [
    "CONSTRAINTS",
    "LABEL_LOSSES",
    "RESIDUAL_LOSSES",
    "SEEDS",
    "SGD_CONSTRAINTS",
    "Descent",
    "StochasticGradient",
]

SEEDS = np.iinfo(np.int32).max

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

LABEL_LOSSES = {
    "hinge": losses.HingeLoss,
    "log_loss": losses.LogLoss,
    "modified_huber": losses.ModifiedHuberLoss,
    "squared_hinge": losses.SquaredHingeLoss,
    "perceptron": losses.PerceptronLoss,
}
RESIDUAL_LOSSES = {
    "squared_error": losses.SquaredLoss,
    "huber": losses.HuberLoss,
    "epsilon_insensitive": losses.EpsilonInsensitiveLoss,
    "squared_epsilon_insensitive": losses.SquaredEpsilonInsensitiveLoss,
}


@dataclass
class Descent:
    """One target's descent: where it is, the order of its examples, when it was last better."""

    y: np.ndarray  # (N,)
    weight: np.ndarray  # (N,)
    walk: Walk
    rate: Rate
    order: np.ndarray  # (N,) the examples as they are visited
    seed: int
    best: float = np.inf
    idle: int = 0  # epochs since
    epochs: int = 0
    finished: bool = False

    def run(self, estimator, rows, train, cost):
        """One epoch, and the judgement on it; ``train`` masks the examples that may be seen."""
        if estimator.shuffle:
            shuffle(self.order, self.seed)
        order = self.order if train is None else self.order[train[self.order]]
        watch = estimator.tol is not None and cost is None
        self.walk, total = epoch(
            self.walk,
            rows,
            self.y,
            self.weight,
            order,
            estimator._loss(),
            self.rate,
            estimator._penalty(),
            int(estimator.average),
            estimator.fit_intercept,
            watch,
        )
        self.epochs += 1
        if not (np.isfinite(self.walk.weights).all() and np.isfinite(self.walk.intercept)):
            raise ValueError(
                f"Floating-point under-/overflow occurred at epoch #{self.epochs}. Scaling input "
                "data with StandardScaler or MinMaxScaler might help."
            )
        if estimator.tol is not None:
            self._judge(estimator, total / len(order) if cost is None else cost(self))

    def raw(self, X):
        """The scores of the rows of X, as of now."""
        return X @ self.walk.weights + self.walk.intercept

    def _judge(self, estimator, cost):
        self.idle = self.idle + 1 if cost > self.best - estimator.tol else 0
        self.best = min(self.best, cost)
        if self.idle < estimator.n_iter_no_change:
            return
        if estimator.learning_rate == "adaptive" and self.rate.top > 1e-6:
            self.rate, self.idle = self.rate._replace(top=self.rate.top / 5), 0
        else:
            self.finished = True


class StochasticGradient(Estimator):
    """Linear estimators that learn by stochastic gradient descent, one for each row of coef_."""

    def _descend(self, X, descents, max_iter, train=None, cost=None):
        """Run the descents side by side, an epoch at a time; store where they arrive."""
        rows, running = Rows.of(X), descents
        for _ in steps(self, max_iter, "epoch"):
            map_blocks(lambda d: d.run(self, rows, train, cost), running)
            running = [d for d in running if not d.finished]
            if not running:
                break
        self.n_iter_ = max(d.epochs for d in descents)
        self.t_ += self.n_iter_ * X.shape[0]
        self._store(descents, X.dtype)

    def _check_state(self):
        """A descent that goes on from a file indexes its weights by the columns of X."""
        arrays = [self.coef_] if hasattr(self, "coef_") else []
        arrays += [a for a in getattr(self, "_average", {}).values() if np.ndim(a) == 2]
        if any(a.shape[-1] != self.n_features_in_ for a in arrays):
            raise ValueError("weights and n_features_in_ do not agree")

    def _check_arguments(self):
        """What no single parameter's constraint can say."""
        if self.learning_rate == "optimal" and self.alpha == 0:
            raise ValueError(
                "alpha must be > 0 since learning_rate is 'optimal'. alpha is used to compute the "
                "optimal learning rate."
            )
        if self.penalty == "elasticnet" and self.l1_ratio is None:
            raise ValueError("l1_ratio must be set when penalty is 'elasticnet'")
        if self.learning_rate in ("pa1", "pa2") and self.loss != self._aggressive_loss:
            raise ValueError(
                f"Learning rate '{self.learning_rate}' only works with loss "
                f"'{self._aggressive_loss}'."
            )

    def _check_partial_fit(self):
        if self.early_stopping:
            raise ValueError("early_stopping should be False with partial_fit")
        self._check_arguments()

    def _hold_out(self, splitter, y, sample_weight):
        """A mask of the examples to learn from; the others are for early stopping."""
        split = splitter(test_size=self.validation_fraction, random_state=self.random_state)
        _, held_out = next(split.split(np.zeros((len(y), 1)), y))
        if not sample_weight[held_out].any():
            raise ValueError(
                "The sample weights for validation set are all zero, consider using a different "
                "random state."
            )
        train = np.ones(len(y), dtype=bool)
        train[held_out] = False
        return train

    def _warn_if_stopped_short(self):
        if self.tol is not None and self.n_iter_ == self.max_iter:
            warnings.warn(
                "Maximum number of iteration reached before convergence. Consider increasing "
                "max_iter to improve the fit.",
                ConvergenceWarning,
            )

    def _start(self, n_features, n_targets, coef_init=None, intercept_init=None):
        """The first step of ``fit``, from these weights, those of the last fit, or zero."""
        if self.warm_start and hasattr(self, "coef_"):
            coef_init = self._dense_coef() if coef_init is None else coef_init
            intercept_init = self.intercept_ if intercept_init is None else intercept_init
        self.t_ = 1.0
        weights = _shaped("coef_init", coef_init, (n_targets, n_features))
        return self._walks(weights, _shaped("intercept_init", intercept_init, (n_targets,)))

    def _resume(self, n_features, n_targets):
        """The next step of ``partial_fit``."""
        if not hasattr(self, "coef_"):
            return self._start(n_features, n_targets)
        if self.average:
            return self._walks(**self._average)
        return self._walks(self._dense_coef().reshape(n_targets, -1), self.intercept_)

    def _walks(self, weights, intercepts, summed=None, summed_intercepts=None, averaged=None):
        K, D = weights.shape
        summed = np.zeros((K, D)) if summed is None else summed
        summed_intercepts = np.zeros(K) if summed_intercepts is None else summed_intercepts
        averaged = np.zeros(K) if averaged is None else averaged
        return [
            Walk(
                weights=weights[k].astype(float),
                intercept=float(intercepts[k]),
                step=self.t_,
                pulled=np.zeros(D),
                pull=0.0,
                summed=summed[k].copy(),
                summed_intercept=float(summed_intercepts[k]),
                averaged=float(averaged[k]),
            )
            for k in range(K)
        ]

    def _store(self, descents, dtype):
        walks = [d.walk for d in descents]
        weights = np.stack([w.weights for w in walks])  # (K, D)
        intercepts = np.array([w.intercept for w in walks])  # (K,)
        if self.average:
            summed = np.stack([w.summed for w in walks])
            summed_intercepts = np.array([w.summed_intercept for w in walks])
            averaged = np.array([w.averaged for w in walks])
            self._average = {
                "weights": weights,
                "intercepts": intercepts,
                "summed": summed,
                "summed_intercepts": summed_intercepts,
                "averaged": averaged,
            }
            if averaged.all():
                weights, intercepts = summed / averaged[:, None], summed_intercepts / averaged
        self.coef_, self.intercept_ = weights.astype(dtype), intercepts

    def _loss(self):
        if isinstance(self.loss, losses.Loss):
            return self.loss
        named = (LABEL_LOSSES | RESIDUAL_LOSSES)[self.loss]
        return named(float(self.epsilon)) if fields(named) else named()

    def _penalty(self):
        if self.penalty is None:
            return Penalty(0.0, 0.0)
        ratio = {"l2": 0.0, "l1": 1.0}.get(self.penalty, self.l1_ratio)
        return Penalty((1 - ratio) * self.alpha, ratio * self.alpha)

    def _rate(self):
        return Rate.named(self.learning_rate, self._loss(), self.alpha, self.eta0, self.power_t)

    def sparsify(self):
        """Hold ``coef_`` as a sparse array, which pays where most of it is zero; returns self."""
        check_is_fitted(self)
        self.coef_ = csr_array(self.coef_)
        return self

    def densify(self):
        """Hold ``coef_`` as an ordinary array again; returns self."""
        check_is_fitted(self)
        self.coef_ = self._dense_coef()
        return self

    def _dense_coef(self):
        return self.coef_.toarray() if issparse(self.coef_) else self.coef_


def _shaped(name, init, shape):
    """The initial weights or intercepts in this shape; zero, if there are none."""
    if init is None:
        return np.zeros(shape)
    init = np.asarray(init, float)
    if init.size != np.prod(shape):
        raise ValueError(f"Provided {name} does not match dataset.")
    return init.reshape(shape)
