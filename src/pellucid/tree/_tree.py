"""A binary tree as arrays: the one form in which every tree is kept, asked, drawn and saved."""

import numpy as np
import scipy.sparse as sp

from pellucid.base import Estimator
from pellucid.tree._walk import LEAF, leaves_of

__all__ = ["LEAF", "Tree"]


class Tree(Estimator):
    """Nodes in order of their opening; node 0 is the root, and a child comes after its parent.

    An example at an inner node goes left where x_feature ≤ threshold; where the feature is a
    category, if its bit is set; where the value is missing, if ``missing_go_to_left``.

    Parameters
    ----------
    children_left, children_right : ndarray of shape (M,)
        LEAF, -1, for leaves.
    feature : ndarray of shape (M,)
        -2 for leaves.
    threshold : ndarray of shape (M,)
    missing_go_to_left : ndarray of shape (M,)
    category_bits : ndarray of shape (M, words)
        The categories (0, 1, ...) that go left, 64 in a word.
    categories : ndarray of shape (D,)
        How many categories a feature has; 0 if its values are ordered.
    impurity, n_node_samples, weighted_n_node_samples : ndarray of shape (M,)
    value : ndarray of shape (M, O, K)
        The shares of the classes, or the mean (or median) of the target, K = 1.
    """

    def __init__(
        self,
        children_left,
        children_right,
        feature,
        threshold,
        missing_go_to_left,
        category_bits,
        categories,
        impurity,
        n_node_samples,
        weighted_n_node_samples,
        value,
    ):
        self.children_left = children_left
        self.children_right = children_right
        self.feature = feature
        self.threshold = threshold
        self.missing_go_to_left = missing_go_to_left
        self.category_bits = category_bits
        self.categories = categories
        self.impurity = impurity
        self.n_node_samples = n_node_samples
        self.weighted_n_node_samples = weighted_n_node_samples
        self.value = value

    @property
    def node_count(self):
        return len(self.feature)

    @property
    def n_features(self):
        return len(self.categories)

    @property
    def n_outputs(self):
        return self.value.shape[1]

    @property
    def max_n_classes(self):
        return self.value.shape[2]

    @property
    def n_classes(self):
        """How many values each output has in a leaf (O,): its classes, or one."""
        return np.full(self.n_outputs, self.max_n_classes)

    @property
    def n_leaves(self):
        return int(np.sum(self.children_left == LEAF))

    @property
    def depths(self):
        """How far below the root each node lies (M,)."""
        depth, here = np.zeros(self.node_count, np.int64), np.array([0])
        while len(here):  # a level at a time
            here = here[self.children_left[here] != LEAF]
            level = depth[here[:1]] + 1
            here = np.concatenate([self.children_left[here], self.children_right[here]])
            depth[here] = level
        return depth

    @property
    def max_depth(self):
        return int(self.depths.max())

    def apply(self, X):
        """The leaf of each row of X (N, D), dense or sparse, whose categories are codes."""
        return leaves_of(self, X)

    def predict(self, X):
        """The value of the leaf of each row of X (N, O, K)."""
        return self.value[self.apply(X)]

    def decision_path(self, X):
        """The nodes through which each row of X goes, as indicators: CSR (N, M)."""
        parent = np.full(self.node_count, LEAF)
        inner = np.flatnonzero(self.children_left != LEAF)
        parent[self.children_left[inner]] = parent[self.children_right[inner]] = inner
        ends = np.cumsum(self.depths[leaves := self.apply(X)] + 1)
        columns = np.empty(ends[-1] if len(ends) else 0, np.int64)
        node, at = leaves, ends - 1
        while len(node):
            columns[at] = node
            node, at = parent[node], at - 1
            node, at = node[node != LEAF], at[node != LEAF]
        starts = np.concatenate([[0], ends])
        ones = np.ones(len(columns), np.int64)
        return sp.csr_matrix((ones, columns, starts), shape=(len(leaves), self.node_count))

    def compute_feature_importances(self, normalize=True):
        """What each feature took off the impurity (D,): of all, in shares where ``normalize``."""
        inner = np.flatnonzero(self.children_left != LEAF)
        risk = self.impurity * self.weighted_n_node_samples
        gain = risk[inner] - risk[self.children_left[inner]] - risk[self.children_right[inner]]
        total = np.bincount(self.feature[inner], gain, self.n_features).astype(np.float64)
        total /= self.weighted_n_node_samples[0]
        return total / total.sum() if normalize and total.sum() > 0 else total

    def _check_state(self):
        """Children come after their parents, so that every path ends; features and bits exist."""
        M, D = len(self.feature), len(self.categories)
        kinds = {"children_left": "i8", "children_right": "i8", "feature": "i8", "threshold": "f8",
                 "missing_go_to_left": "u1", "impurity": "f8", "n_node_samples": "i8",
                 "weighted_n_node_samples": "f8"}  # fmt: skip
        if M == 0 or any(
            getattr(self, name).shape != (M,) or getattr(self, name).dtype != kind
            for name, kind in kinds.items()
        ):
            raise ValueError("the arrays of a tree are not of one length, or not of their kinds")
        bits, value = self.category_bits, self.value
        if (
            (bits.ndim, bits.dtype, len(bits)) != (2, np.uint64, M)
            or (value.ndim, len(value)) != (3, M)
            or (self.categories.ndim, self.categories.dtype) != (1, np.int64)
        ):
            raise ValueError("the categories or the values of a tree are not of its form")
        here = np.arange(M)
        inner = self.children_left != LEAF
        for child in (self.children_left, self.children_right):
            if np.any(child[~inner] != LEAF) or np.any(
                (child <= here)[inner] | (child >= M)[inner]
            ):
                raise ValueError("a child of a tree's node does not come after it")
        if np.any((self.feature[inner] < 0) | (self.feature[inner] >= D)):
            raise ValueError("a node of a tree asks for a feature that is not there")
        if self.categories.max(initial=0) > 64 * self.category_bits.shape[1]:
            raise ValueError("a tree has fewer bits than categories")
