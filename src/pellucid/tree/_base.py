"""What classification and regression trees share: how one is grown, and what it can be asked."""

from math import ceil, log2
from numbers import Integral, Real
from typing import ClassVar

import numpy as np
import scipy.sparse as sp
from sklearn.base import clone
from sklearn.utils import Bunch, check_random_state
from sklearn.utils._param_validation import Interval, RealNotInt, StrOptions
from sklearn.utils.validation import check_is_fitted

from pellucid.base import validate_parameters
from pellucid.tree._criteria import Criterion, named
from pellucid.tree._grow import NODE, grow
from pellucid.tree._prune import pruned, pruning_path
from pellucid.tree._search import Limits, workspace
from pellucid.tree._table import Table
from pellucid.tree._tree import LEAF, Tree

__all__ = ["SEEDS", "DecisionTree", "check_reads", "of_order_one", "part_of"]

SEEDS = np.iinfo(np.int32).max  # from below this every seed is drawn


class DecisionTree(Table):
    """Base of the trees."""

    _parameter_constraints: ClassVar[dict] = {
        **Table._parameter_constraints,
        "splitter": [StrOptions({"best", "random"})],
        "max_depth": [Interval(Integral, 1, None, closed="left"), None],
        "min_samples_split": [
            Interval(Integral, 2, None, closed="left"),
            Interval(RealNotInt, 0, 1, closed="right"),
        ],
        "min_samples_leaf": [
            Interval(Integral, 1, None, closed="left"),
            Interval(RealNotInt, 0, 1, closed="neither"),
        ],
        "min_weight_fraction_leaf": [Interval(Real, 0, 0.5, closed="both")],
        "max_features": [
            Interval(Integral, 1, None, closed="left"),
            Interval(RealNotInt, 0, 1, closed="right"),
            StrOptions({"sqrt", "log2"}),
            None,
        ],
        "random_state": ["random_state"],
        "max_leaf_nodes": [Interval(Integral, 2, None, closed="left"), None],
        "min_impurity_decrease": [Interval(Real, 0, None, closed="left")],
        "ccp_alpha": [Interval(Real, 0, None, closed="left")],
    }

    @validate_parameters
    def fit(self, X, y, sample_weight=None):
        """Grow the tree on the rows of X (N, D) and their targets, (N,) or (N, O)."""
        if sp.issparse(y):
            raise TypeError("Sparse data was passed for y, but dense data is required.")
        X, y, sample_weight = self._read(X, y, sample_weight)
        target, weight, K = self._learn_targets(y, sample_weight)
        return self._grow(X, self._columns(X), target, weight, K)

    def apply(self, X):
        """The leaf of each row of X (N,)."""
        X = self._table(X)
        return self.tree_.apply(X)

    def decision_path(self, X):
        """The nodes through which each row of X goes, as indicators: CSR (N, M)."""
        X = self._table(X)
        return self.tree_.decision_path(X)

    def get_depth(self):
        """How far the deepest leaf lies below the root."""
        check_is_fitted(self)
        return self.tree_.max_depth

    def get_n_leaves(self):
        """The number of leaves."""
        check_is_fitted(self)
        return self.tree_.n_leaves

    @property
    def feature_importances_(self):
        """The share of each feature in what the splits took off the impurity (D,)."""
        check_is_fitted(self)
        return self.tree_.compute_feature_importances()

    def cost_complexity_pruning_path(self, X, y, sample_weight=None):
        """``ccp_alphas`` at which branches go, and the ``impurities`` of what is left then."""
        whole = clone(self).set_params(ccp_alpha=0.0).fit(X, y, sample_weight)
        alphas, risks = pruning_path(whole.tree_)
        return Bunch(ccp_alphas=alphas, impurities=risks)

    def _leaf_values(self, X):  # (N, O, K)
        X = self._table(X)
        return self.tree_.predict(X)

    def _grow(self, X, columns, target, weight, K):
        """Grow ``tree_`` on X (N, D) for the target, the sums of which are K an output."""
        N, D = X.shape
        weight, unit = (np.ones(N), 1.0) if weight is None else of_order_one(weight)
        samples = np.flatnonzero(weight > 0).astype(np.uint32)
        if not len(samples):
            raise ValueError("Every sample_weight is zero: there is nothing to learn from")
        self.max_features_ = self._max_features(D)
        seed = check_random_state(self.random_state).randint(0, SEEDS)
        words = -(-int(columns.categories.max(initial=0)) // 64)
        sums, room = K * target.shape[1], 2 * len(samples)
        deviation, depth_first = self.criterion == "absolute_error", self.max_leaf_nodes is None
        work = workspace(
            columns, samples, sums, target.shape[1], words, deviation, depth_first, seed
        )
        nodes, totals = np.empty(room, NODE), np.empty((room, sums))
        bits = np.empty((room, words), np.uint64)
        given = self.criterion
        score = (given if isinstance(given, Criterion) else named(given)).compiled
        limits = self._limits(N, weight.sum())
        count = grow(columns, samples, target, weight, score, K, limits, work, nodes, totals, bits)
        categories = columns.categories
        del work, samples, weight, columns  # as much memory as the tree will take
        nodes, totals = nodes[:count], totals[:count]  # of the rest no page was touched
        inner = nodes["left"] != LEAF
        self.tree_ = Tree(
            children_left=nodes["left"].astype(np.int64),
            children_right=nodes["right"].astype(np.int64),
            feature=np.where(inner, nodes["feature"], np.int64(-2)),
            threshold=np.where(inner, _thresholds(X, nodes), -2.0),
            missing_go_to_left=np.where(inner, nodes["missing_left"], 0).astype(np.uint8),
            category_bits=bits[:count].copy(),
            categories=categories,
            impurity=nodes["impurity"].copy(),
            n_node_samples=nodes["samples"].astype(np.int64),
            weighted_n_node_samples=nodes["weight"] * unit,
            value=self._values(totals.reshape(count, -1, K), nodes["low"], nodes["high"]),
        )
        if self.ccp_alpha > 0:
            self.tree_ = pruned(self.tree_, self.ccp_alpha)
        return self

    def _check_state(self):
        """The tree asks for columns of X as this model reads it."""
        if hasattr(self, "tree_"):
            check_reads(self, [self.tree_])

    def _max_features(self, D):
        chosen = self.max_features
        if chosen is None:
            return D
        if isinstance(chosen, str):
            return max(1, int(np.sqrt(D) if chosen == "sqrt" else log2(D)))
        return part_of(D, chosen)

    def _limits(self, N, whole):
        leaf = self.min_samples_leaf
        leaf = leaf if isinstance(leaf, Integral) else ceil(leaf * N)
        split = self.min_samples_split
        split = split if isinstance(split, Integral) else max(2, ceil(split * N))
        return Limits(
            depth=np.int64(self.max_depth or np.iinfo(np.int64).max),
            split=np.int64(split),
            leaf=np.int64(leaf),
            weight=float(self.min_weight_fraction_leaf * whole),
            features=np.int64(self.max_features_),
            leaves=np.int64(self.max_leaf_nodes or 0),
            decrease=float(self.min_impurity_decrease),
        )


def part_of(whole, share):
    """How many a ``share`` of the whole is; a whole number is as many."""
    return share if isinstance(share, Integral) else max(1, int(share * whole))


def check_reads(model, trees):
    """Prove that trees from a file ask for the columns, and the categories, that a model reads."""
    categories = np.zeros(model.n_features_in_, np.int64)
    for d, known in model._categories.items():
        categories[d] = len(known)
    for tree in trees:
        if not np.array_equal(tree.categories, categories):
            raise ValueError("a tree asks for columns or categories that its model does not read")
        if tree.value.shape != (tree.node_count, *trees[0].value.shape[1:]):
            raise ValueError("the trees of a model do not answer in one form")


def of_order_one(weight):
    """Weights as shares of a power of two, so that no square of a sum over- or underflows."""
    unit = np.ldexp(1.0, np.frexp(weight.max(initial=0))[1] - 1) or 1.0
    return weight / unit, unit


def _thresholds(X, nodes):
    """As drawn, or halfway between the values on either side of each cut.

    ∞ where only missing values are right.
    """
    out = nodes["threshold"].copy()
    between = np.isnan(out) & (nodes["feature"] >= 0)
    if not between.any():
        return out
    f = nodes["feature"][between]
    low, high = (_values(X, nodes[side][between], f) for side in ("below", "above"))
    middle = low / 2 + high / 2
    middle = np.where((middle == high) | np.isinf(middle), low, middle)
    out[between] = np.where(np.isnan(high), np.inf, middle)
    return out


def _values(X, rows, columns):
    """What stands in those places of X; zero where there is no row."""
    found = np.asarray(X[rows, columns], np.float64).ravel()
    return np.where(rows < 0, 0.0, found)
