"""What forests share: many trees, each grown on its own draw of the examples, asked together."""

import warnings
from numbers import Integral
from typing import ClassVar

import numpy as np
import scipy.sparse as sp
from sklearn.metrics import accuracy_score, r2_score
from sklearn.utils import check_random_state, compute_sample_weight
from sklearn.utils._param_validation import Interval, RealNotInt, StrOptions
from sklearn.utils.multiclass import type_of_target
from sklearn.utils.validation import check_is_fitted

from pellucid.base import validate_parameters
from pellucid.callbacks import steps
from pellucid.ensemble._sampling import draw, new_seeds
from pellucid.reduction import iterate_blocks
from pellucid.tree._base import DecisionTree, check_reads, part_of
from pellucid.tree._table import Table
from pellucid.tree._targets import Classes, Numbers
from pellucid.tree._walk import add_trees

__all__ = ["Forest", "ForestClassifier", "ForestRegressor"]

GROWTH = (
    "criterion",
    "max_depth",
    "min_samples_split",
    "min_samples_leaf",
    "min_weight_fraction_leaf",
    "max_features",
    "max_leaf_nodes",
    "min_impurity_decrease",
    "ccp_alpha",
    "monotonic_cst",
    "categorical_features",
)
LEARNED = ("n_features_in_", "n_outputs_", "classes_", "n_classes_", "_centre", "_categories")


class Forest(Table):
    """Base of the forests.  The columns are ranked once for all trees."""

    splitter: ClassVar[str]
    _tree_class: ClassVar[type[DecisionTree]]
    _parameter_constraints: ClassVar[dict] = {
        **{k: v for k, v in DecisionTree._parameter_constraints.items() if k != "splitter"},
        "n_estimators": [Interval(Integral, 1, None, closed="left")],
        "bootstrap": ["boolean"],
        "oob_score": ["boolean", callable],
        "n_jobs": [Integral, None],
        "verbose": ["verbose"],
        "warm_start": ["boolean"],
        "max_samples": [
            Interval(Integral, 1, None, closed="left"),
            Interval(RealNotInt, 0, None, closed="neither"),
            None,
        ],
    }

    @validate_parameters
    def fit(self, X, y, sample_weight=None):
        """Grow the trees on the rows of X (N, D) and their targets, (N,) or (N, O)."""
        if sp.issparse(y):
            raise ValueError("sparse multilabel-indicator for y is not supported.")
        X, y, sample_weight = self._read(X, y, sample_weight)
        target, weight, K = self._learn_targets(y, sample_weight)
        self._plan_draws(X.shape[0], weight)
        columns = self._columns(X)
        new = self._seedlings()

        def plant(tree):
            return tree._grow(X, columns, target, self._tree_weights(tree, target), K)

        grown = zip(steps(self, len(new), "tree"), iterate_blocks(plant, new))  # noqa: B905
        self.estimators_ = self.estimators_ + [tree for _, tree in grown]
        if self.oob_score and (new or not hasattr(self, "oob_score_")):
            self._score_out_of_bag(X, y)
        return self

    def __len__(self):
        return len(self.estimators_)

    def __getitem__(self, t):
        return self.estimators_[t]

    def __iter__(self):
        return iter(self.estimators_)

    def apply(self, X):
        """The leaf of each row of X in each tree (N, T)."""
        X = self._table(X)
        return np.stack([tree.tree_.apply(X) for tree in self.estimators_], axis=1)

    def decision_path(self, X):
        """The nodes through which each row of X goes, as indicators: CSR (N, Σ M_t).

        And where the nodes of each tree start, (T + 1,).
        """
        X = self._table(X)
        paths = [tree.tree_.decision_path(X) for tree in self.estimators_]
        starts = np.cumsum([0] + [path.shape[1] for path in paths])
        return sp.hstack(paths).tocsr(), starts

    @property
    def estimator_(self):
        """The tree, as yet ungrown, of which all are copies."""
        check_is_fitted(self)
        return self._tree_class(**{name: getattr(self, name) for name in GROWTH})

    @property
    def feature_importances_(self):
        """The share of each feature in what the splits took off the impurity: the trees' mean."""
        check_is_fitted(self)
        trees = [tree.tree_ for tree in self.estimators_ if tree.tree_.node_count > 1]
        if not trees:
            return np.zeros(self.n_features_in_)
        mean = np.mean([tree.compute_feature_importances() for tree in trees], axis=0)
        return mean / mean.sum()

    @property
    def estimators_samples_(self):
        """The rows that each tree has seen, as often as it was given them."""
        check_is_fitted(self)
        return [self._drawn(tree) for tree in self.estimators_]

    def _seedlings(self):
        """The trees that are yet to be grown; with ``warm_start``, only those that are new."""
        if not self.warm_start or not hasattr(self, "estimators_"):
            self.estimators_ = []
        growth = {name: getattr(self, name) for name in GROWTH}
        learned = {name: vars(self)[name] for name in LEARNED if name in vars(self)}
        new = []
        for seed in new_seeds(self, len(self.estimators_)):
            tree = self._tree_class(random_state=int(seed), **growth)
            vars(tree).update(learned)
            new.append(tree)
        return new

    def _plan_draws(self, N, weight):
        """How many rows a tree draws, and with which weights."""
        if not self.bootstrap and self.max_samples is not None:
            raise ValueError(
                "`max_sample` cannot be set if `bootstrap=False`. Either switch to "
                "`bootstrap=True` or set `max_sample=None`."
            )
        if not self.bootstrap and self.oob_score:
            raise ValueError("Out of bag estimation only available if bootstrap=True")
        self._n_samples, self._sample_weight = N, weight
        share, whole = self.max_samples, N if weight is None else weight.sum()
        self._n_samples_bootstrap = N if share is None else part_of(whole, share)

    def _drawn(self, tree):
        """The rows drawn for a tree, with replacement, a heavier row more often."""
        N, n, weight = self._n_samples, self._n_samples_bootstrap, self._sample_weight
        if not self.bootstrap:
            return np.arange(N, dtype=np.int32)
        random = check_random_state(tree.random_state)
        return draw(random, N, n, True, weight).astype(np.int32)

    def _tree_weights(self, tree, target):
        if not self.bootstrap:
            return self._sample_weight
        return np.bincount(self._drawn(tree), minlength=self._n_samples).astype(np.float64)

    def _leaf_values(self, X):  # (N, O, K)
        X, trees = self._table(X), [tree.tree_ for tree in self.estimators_]
        shape = trees[0].value.shape[1:]
        total = add_trees(trees, X, np.zeros((X.shape[0], shape[0] * shape[1])))
        return (total / len(trees)).reshape(-1, *shape)

    def _sum_of_trees(self):
        trees = [tree.tree_ for tree in self.estimators_]
        return trees, 1 / len(trees), np.zeros(trees[0].value[0].size)

    def _check_state(self):
        """All trees walk through X as the forest reads it."""
        if hasattr(self, "estimators_"):
            check_reads(self, [tree.tree_ for tree in self.estimators_])

    def _score_out_of_bag(self, X, y):
        """What trees say of examples that they have not seen, as a mean (N, O, K)."""

        def ask(tree):
            unseen = np.flatnonzero(np.bincount(self._drawn(tree), minlength=len(y)) == 0)
            return unseen, tree.tree_.predict(X[unseen])

        total = np.zeros((len(y), *self.estimators_[0].tree_.value.shape[1:]))
        count = np.zeros((len(y), 1, 1))
        for unseen, values in iterate_blocks(ask, self.estimators_):
            total[unseen] += values
            count[unseen] += 1
        if not count.all():
            warnings.warn(
                "Some inputs do not have OOB scores. This probably means too few trees were used "
                "to compute any reliable OOB estimates."
            )
        self._set_out_of_bag(total / np.maximum(count, 1), y)


class ForestClassifier(Classes, Forest):
    """Base of the forests for classes, which answer with the mean of their trees' shares."""

    _parameter_constraints: ClassVar[dict] = {
        **Forest._parameter_constraints,
        **Classes._parameter_constraints,
        "class_weight": [dict, list, StrOptions({"balanced", "balanced_subsample"}), None],
    }

    def _class_factors(self, y):
        if self.class_weight != "balanced_subsample":
            return super()._class_factors(y)
        return None if self.bootstrap else compute_sample_weight("balanced", y)

    def _tree_weights(self, tree, target):
        weight = super()._tree_weights(tree, target)
        if self.bootstrap and self.class_weight == "balanced_subsample":
            weight *= compute_sample_weight("balanced", target, indices=self._drawn(tree))
        return weight

    def _set_out_of_bag(self, shares, y):
        if (kind := type_of_target(y)) == "multiclass-multioutput":
            raise ValueError(
                f"The type of target cannot be used to compute OOB estimates. Got {kind}; one of "
                "several outputs must be of two classes"
            )
        labels = self._labels(self._by_output(shares))
        score = self.oob_score if callable(self.oob_score) else accuracy_score
        self.oob_decision_function_ = (
            shares[:, 0] if self.n_outputs_ == 1 else np.moveaxis(shares, 1, 2)
        )
        self.oob_score_ = score(y, labels)


class ForestRegressor(Numbers, Forest):
    """Base of the forests for numbers, which answer with the mean of their trees."""

    _parameter_constraints: ClassVar[dict] = {
        **Forest._parameter_constraints,
        **Numbers._parameter_constraints,
    }

    def _set_out_of_bag(self, means, y):
        score = self.oob_score if callable(self.oob_score) else r2_score
        self.oob_prediction_ = means[:, 0, 0] if self.n_outputs_ == 1 else means[:, :, 0]
        self.oob_score_ = score(y, self.oob_prediction_)
