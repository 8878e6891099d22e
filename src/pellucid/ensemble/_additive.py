"""A model that is a sum of trees: what it says of new rows, after every round, and why."""

import copy

import numpy as np
from sklearn.utils.validation import check_is_fitted, validate_data

from pellucid.base import Estimator
from pellucid.tree import DecisionTreeRegressor
from pellucid.tree._walk import add_trees

__all__ = ["AdditiveTrees", "add_rounds"]


class AdditiveTrees(Estimator):
    """s(x) = s₀(x) + η Σ_t γ_t(leaf_t(x)): R raw scores, a tree for each in every round t.

    A subclass says what s₀ (N, R) is: ``_start(X)``.
    """

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags

    @property
    def feature_importances_(self):
        """The share of each feature in what all splits took off the squared error (D,)."""
        check_is_fitted(self, "estimators_")
        total = np.zeros(self.n_features_in_)
        for tree in self.estimators_.flat:
            if tree.tree_.node_count > 1:
                total += tree.tree_.compute_feature_importances(normalize=False)
        return total / total.sum() if total.any() else total

    def _leaves(self, X):
        """The leaf of each row in each tree (N, T, R)."""
        X = self._table(X)
        leaves = [tree.tree_.apply(X) for tree in self.estimators_.flat]
        return (
            np.stack(leaves, axis=1).reshape(X.shape[0], *self.estimators_.shape).astype(np.float64)
        )

    def _raw(self, X, rounds=None):
        """The raw scores of the rows of X (N, R), after all rounds or the first few."""
        return add_rounds(X, self.estimators_[:rounds], self.learning_rate, self._start(X))

    def _staged(self, X):
        """The raw scores after each round."""
        X = self._table(X)
        raw = self._start(X)
        for stage in self.estimators_:
            yield add_rounds(X, stage[None], self.learning_rate, raw).copy()

    def _table(self, X):
        check_is_fitted(self, "estimators_")
        return validate_data(
            self, X, reset=False, accept_sparse="csr", dtype=[np.float64, np.float32], order="C"
        )

    def _sum_of_trees(self):
        """``trees, scale, offset``: s(x) = offset (R,) + scale Σ_t trees[t].value[leaf_t(x)]."""
        if self.init not in (None, "zero"):
            raise ValueError(
                f"With init={self.init} the model is more than a sum of trees; leave init out"
            )
        R = self.estimators_.shape[1]
        trees = []
        for stage in self.estimators_:
            for r, tree in enumerate(stage):
                grown = copy.copy(tree.tree_)
                grown.value = np.zeros((grown.node_count, R, 1))
                grown.value[:, r] = tree.tree_.value[:, 0]
                trees.append(grown)
        return trees, self.learning_rate, self._start(np.zeros((1, self.n_features_in_)))[0]

    def _check_state(self):
        """The walk through all trees reads features of X and one value a node."""
        trees = getattr(self, "estimators_", np.empty((0, 0), object))
        if (
            type(trees) is not np.ndarray
            or trees.ndim != 2
            or (trees.size and trees.shape[1] != self.n_trees_per_iteration_)
        ):
            raise ValueError("estimators_ is no array of rounds and scores")
        for tree in trees.flat:
            grown = tree.tree_ if isinstance(tree, DecisionTreeRegressor) else None
            if (
                grown is None
                or grown.n_features != self.n_features_in_
                or grown.value.shape[1:] != (1, 1)
                or np.any((grown.feature < 0) != (grown.children_left < 0))
            ):
                raise ValueError("estimators_ holds a tree that is not of this model's form")


def add_rounds(X, trees, scale, out):
    """Add to ``out`` (N, R) the values, ``scale`` times, of ``trees`` (T, R) for the rows of X."""
    grown = [tree.tree_ for tree in trees.flat]
    return add_trees(grown, X, out, scale, np.arange(trees.size) % out.shape[1])
