"""Gradient boosting: rounds of residuals, a tree, and a step along it."""

from dataclasses import replace
from numbers import Integral, Real
from typing import ClassVar

import numpy as np
from sklearn.base import clone, is_classifier
from sklearn.model_selection import train_test_split
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval
from sklearn.utils.validation import _check_sample_weight, has_fit_parameter, validate_data

from pellucid.base import validate_parameters_only
from pellucid.callbacks import steps
from pellucid.ensemble._additive import AdditiveTrees, add_rounds
from pellucid.ensemble._growing import columns_of, grow_tree
from pellucid.ensemble._line_search import line_search, weighted_quantile
from pellucid.ensemble._sampling import choose
from pellucid.losses import LogLoss, SquaredLoss
from pellucid.tree import DecisionTreeRegressor
from pellucid.tree._base import DecisionTree, of_order_one
from pellucid.tree._table import summed
from pellucid.tree._tree import LEAF

__all__ = ["GradientBoosting"]

SHAPE = (
    *("max_depth", "min_samples_split", "min_samples_leaf", "min_weight_fraction_leaf"),
    *("max_features", "max_leaf_nodes", "min_impurity_decrease", "ccp_alpha"),
)
OUT_OF_BAG = ("oob_improvement_", "oob_scores_")


class GradientBoosting(AdditiveTrees):
    """Base of the boosters: the fit.  A subclass has the loss, the start, and reads the targets."""

    _parameter_constraints: ClassVar[dict] = {
        **{name: DecisionTree._parameter_constraints[name] for name in SHAPE},
        "learning_rate": [Interval(Real, 0.0, None, closed="left")],
        "n_estimators": [Interval(Integral, 1, None, closed="left")],
        "subsample": [Interval(Real, 0.0, 1.0, closed="right")],
        "random_state": ["random_state"],
        "verbose": ["verbose"],
        "warm_start": ["boolean"],
        "validation_fraction": [Interval(Real, 0.0, 1.0, closed="neither")],
        "n_iter_no_change": [Interval(Integral, 1, None, closed="left"), None],
        "tol": [Interval(Real, 0.0, None, closed="left")],
    }

    @validate_parameters_only
    def fit(self, X, y, sample_weight=None, monitor=None):
        """Boost on the rows of X (N, D) and their targets (N,), weighted by ``sample_weight``.

        ``monitor(i, self, locals())`` is called after round i, and ends the fit by a true answer.
        """
        if not self._goes_on():
            self._forget()
        X, y, weight = self._read(X, y, sample_weight)
        X, y, weight, held_out = self._hold_out(X, y, weight)
        if not self._goes_on():
            self._begin(X, y, None if sample_weight is None else weight)
        elif self.n_estimators < self.n_estimators_:
            raise ValueError(
                f"n_estimators={self.n_estimators} must be larger or equal to "
                f"estimators_.shape[0]={self.n_estimators_} when warm_start==True"
            )
        self._resize(self.n_estimators)
        try:
            self._boost(X, self._target(y), weight, held_out, monitor)
        finally:  # a fit that is interrupted is a model of the rounds that are done
            self._resize(self.n_estimators_)
        return self

    def _boost(self, X, y, weight, held_out, monitor):
        begin, N = self.n_estimators_, len(y)
        weight, _ = of_order_one(weight)
        raw = self._raw(X, begin)  # (N, R)
        columns = columns_of(self._tree(), X)
        bag = weight
        stalled = self._stalled(held_out)
        for i in steps(self, self.n_estimators - begin, "tree"):
            i += begin
            if self.loss == "huber":  # δ is where the largest 1 - α of the residuals begin
                delta = weighted_quantile(np.abs(y - raw)[:, 0], weight, self.alpha)
                self._loss = replace(self._loss, delta=delta)
            if self.subsample < 1:
                inside = choose(self._rng, N, max(1, int(self.subsample * N)))
                bag, rest = weight * inside, weight * ~inside
                before = self.oob_scores_[i - 1] if i else self._score(y, raw, rest)
            self.estimators_[i] = self._stage(X, columns, y, raw, bag)
            self.train_score_[i] = self._score(y, raw, bag)
            if self.subsample < 1:
                self.oob_score_ = self.oob_scores_[i] = self._score(y, raw, rest)
                self.oob_improvement_[i] = before - self.oob_score_
            self.n_estimators_ = i + 1
            if (monitor is not None and monitor(i, self, locals())) or stalled(i):
                return

    def _stage(self, X, columns, y, raw, weight):
        """A tree for each raw score, grown on -g; then s ← s + η γ_j for the examples of leaf j."""
        gradient = self._loss.gradient(y, raw)  # (N, R)
        trees = [self._tree() for _ in range(raw.shape[1])]
        for r, tree in enumerate(trees):
            grow_tree(tree, X, columns, -gradient[:, r], weight)
            grown = tree.tree_
            leaf = grown.apply(X)
            gamma = line_search(self._loss, y, raw, gradient[:, r], weight, leaf, grown.node_count)
            at_leaf = grown.children_left == LEAF
            grown.value[at_leaf, 0, 0] = gamma[at_leaf]
            raw[:, r] += self.learning_rate * gamma[leaf]
        return trees

    def _score(self, y, raw, weight):
        """The mean loss; the deviance, which is twice that, for squares and two classes."""
        if not weight.any():
            return np.nan
        value = np.average(self._loss.value(y, raw).reshape(-1), weights=weight)
        return 2 * value if isinstance(self._loss, (SquaredLoss, LogLoss)) else value

    def _stalled(self, held_out):
        """Whether, after round i, the rows held out are no better than in all the last rounds."""
        if held_out is None:
            return lambda i: False
        X, y, weight = held_out
        raw, y = self._raw(X, self.n_estimators_), self._target(y)
        recent = np.full(self.n_iter_no_change, np.inf)

        def stalled(i):
            add_rounds(X, self.estimators_[i : i + 1], self.learning_rate, raw)
            score = self._score(y, raw, weight)
            better = np.any(score + self.tol < recent)
            recent[i % len(recent)] = score
            return not better

        return stalled

    def _hold_out(self, X, y, weight):
        """The rows to learn from, and those that tell when to stop, or None."""
        if self.n_iter_no_change is None:
            return X, y, weight, None
        X, X_held, y, y_held, weight, weight_held = train_test_split(
            X, y, weight, random_state=self.random_state, test_size=self.validation_fraction,
            stratify=y if is_classifier(self) else None,
        )  # fmt: skip
        return X, y, weight, (X_held, y_held, weight_held)

    def _goes_on(self):
        return self.warm_start and hasattr(self, "estimators_")

    def _forget(self):
        for name in ("estimators_", "train_score_", "oob_score_", *OUT_OF_BAG):
            vars(self).pop(name, None)

    def _begin(self, X, y, weight):
        """No rounds yet; learn s₀."""
        self.n_estimators_ = 0
        self._rng = check_random_state(self.random_state)
        self.max_features_ = self._tree()._max_features(X.shape[1])
        if isinstance(self.init, str):
            self.init_ = self.init
            return
        self.init_ = self._default_init() if self.init is None else clone(self.init)
        if weight is None:
            self.init_.fit(X, y)
        elif has_fit_parameter(self.init_, "sample_weight"):
            self.init_.fit(X, y, sample_weight=weight)
        else:
            raise ValueError(
                f"The initial estimator {type(self.init_).__name__} does not support sample "
                "weights."
            )

    def _start(self, X):
        shape = X.shape[0], self.n_trees_per_iteration_
        if isinstance(self.init_, str):
            return np.zeros(shape)
        raw = self._start_of(self.init_, X)
        if raw.shape != shape:
            raise ValueError(f"init gives scores of shape {raw.shape}, where {shape} are needed")
        return raw

    def _resize(self, n):
        """Room for n rounds: those that there are, then zeros."""
        for name in ("train_score_", *(OUT_OF_BAG if self.subsample < 1 else ())):
            kept = getattr(self, name, np.zeros(0))[:n]
            setattr(self, name, np.append(kept, np.zeros(n - len(kept))))
        trees = np.empty((n, self.n_trees_per_iteration_), object)
        kept = getattr(self, "estimators_", trees[:0])[:n]
        trees[: len(kept)] = kept
        self.estimators_ = trees

    def _tree(self):
        shape = {name: getattr(self, name) for name in SHAPE}
        return DecisionTreeRegressor(random_state=self._rng, **shape)

    def _read(self, X, y, sample_weight):
        X, y = validate_data(
            self, X, y, accept_sparse="csr", dtype=[np.float64, np.float32], order="C",
            multi_output=True, reset=not self._goes_on(),
        )  # fmt: skip
        weight = _check_sample_weight(sample_weight, X, dtype=np.float64, ensure_non_negative=True)
        return summed(X), y, weight
