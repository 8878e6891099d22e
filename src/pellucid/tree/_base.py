"""What classification and regression trees share: from a table to a grown tree, and back."""

from math import ceil, log2
from numbers import Integral, Real
from typing import ClassVar

import numpy as np
import scipy.sparse as sp
from sklearn.base import MultiOutputMixin, clone
from sklearn.utils import Bunch, check_random_state
from sklearn.utils._param_validation import Interval, RealNotInt, StrOptions
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from pellucid.base import Estimator
from pellucid.reduction import map_blocks
from pellucid.tree._criteria import Criterion, named
from pellucid.tree._grow import NODE, grow
from pellucid.tree._order import ranks
from pellucid.tree._prune import pruned, pruning_path
from pellucid.tree._search import Columns, Limits, workspace
from pellucid.tree._tree import LEAF, Tree

__all__ = ["DecisionTree"]

SEEDS = np.iinfo(np.int32).max


class DecisionTree(MultiOutputMixin, Estimator):
    """Base of the trees; a subclass says what the sums of its criterion are made of."""

    _parameter_constraints: ClassVar[dict] = {
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
        "monotonic_cst": ["array-like", None],
        "categorical_features": ["array-like", None],
    }

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.input_tags.allow_nan = True
        return tags

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

    def _grow(self, X, target, weight, K):
        """Grow ``tree_`` on X (N, D) for the target, the sums of which are K an output."""
        N, D = X.shape
        weight = np.ones(N) if weight is None else weight
        samples = np.flatnonzero(weight > 0)
        if not len(samples):
            raise ValueError("Every sample_weight is zero: there is nothing to learn from")
        columns = self._columns(X)
        limits = self._limits(N, weight.sum())
        seed = check_random_state(self.random_state).randint(0, SEEDS)
        words = -(-int(columns.categories.max(initial=0)) // 64)
        sums = K * target.shape[1]
        deviation = self.criterion == "absolute_error"
        work = workspace(len(samples), D, sums, target.shape[1], words, deviation, seed)
        room = 2 * len(samples)
        nodes, totals = np.empty(room, NODE), np.empty((room, sums))
        bits = np.empty((room, words), np.uint64)
        given = self.criterion
        score = (given if isinstance(given, Criterion) else named(given)).compiled
        count = grow(columns, samples, target, weight, score, K, limits, work, nodes, totals, bits)
        nodes, totals, bits = nodes[:count], totals[:count].copy(), bits[:count].copy()
        inner = nodes["left"] != LEAF
        self.tree_ = Tree(
            children_left=nodes["left"].copy(),
            children_right=nodes["right"].copy(),
            feature=np.where(inner, nodes["feature"], -2),
            threshold=np.where(inner, _thresholds(X, nodes), -2.0),
            missing_go_to_left=np.where(inner, nodes["missing_left"], 0).astype(np.uint8),
            category_bits=bits,
            categories=columns.categories,
            impurity=nodes["impurity"].copy(),
            n_node_samples=nodes["samples"].copy(),
            weighted_n_node_samples=nodes["weight"].copy(),
            value=self._values(totals.reshape(count, -1, K), nodes["low"], nodes["high"]),
        )
        if self.ccp_alpha > 0:
            self.tree_ = pruned(self.tree_, self.ccp_alpha)
        return self

    def _read(self, X, y, sample_weight):
        """X as an array in which categories are codes; y; and the weights, or None."""
        X, y = validate_data(
            self,
            X,
            y,
            accept_sparse="csr",
            dtype=[np.float64, np.float32],
            multi_output=True,
            ensure_all_finite=_finite(X),
        )
        if sample_weight is not None:
            sample_weight = _check_sample_weight(
                sample_weight, X, dtype=np.float64, ensure_non_negative=True
            )
        X = X.toarray() if sp.issparse(X) else X
        self._learn_categories(X)
        self.max_features_ = self._max_features(X.shape[1])
        return self._coded(X), y, sample_weight

    def _table(self, X):
        check_is_fitted(self)
        X = validate_data(
            self,
            X,
            reset=False,
            accept_sparse="csr",
            dtype=[np.float64, np.float32],
            ensure_all_finite=_finite(X),
        )
        return self._coded(X.toarray() if sp.issparse(X) else X)

    def _learn_categories(self, X):
        wanted = np.asarray([] if self.categorical_features is None else self.categorical_features)
        if wanted.dtype == bool:
            wanted = np.flatnonzero(wanted)
        elif wanted.dtype.kind in "UO" and len(wanted):
            names = getattr(self, "feature_names_in_", np.array([]))
            if not np.isin(wanted, names).all():
                raise ValueError(f"categorical_features {wanted.tolist()} are not all columns of X")
            wanted = np.flatnonzero(np.isin(names, wanted))
        if len(wanted) and not (wanted.min() >= 0 and wanted.max() < X.shape[1]):
            raise ValueError(f"categorical_features must be columns of X, got {wanted.tolist()}")
        self._categories = {}
        for d in wanted.astype(int).tolist():
            values = np.unique(X[:, d])
            self._categories[d] = values[~np.isnan(values)]

    def _coded(self, X):
        """X with categories as their places among those of ``fit``; nan for others."""
        if not self._categories:
            return X
        X = X.copy()
        for d, known in self._categories.items():
            codes = np.searchsorted(known, X[:, d]) if len(known) else np.zeros(len(X), int)
            seen = known[np.minimum(codes, len(known) - 1)] == X[:, d] if len(known) else False
            X[:, d] = np.where(seen, codes, np.nan)
        return X

    def _columns(self, X):
        D = X.shape[1]
        table = np.empty((D, len(X)), np.uint32)

        def fill(d):
            table[d] = ranks(X[:, d])

        map_blocks(fill, range(D))
        categories = np.zeros(D, np.int64)
        for d, known in self._categories.items():
            categories[d] = len(known)
        values, starts = None, None
        if self.splitter == "random":
            distinct = [np.unique(x[~np.isnan(x)]) for x in X.T]
            values, starts = np.concatenate(distinct), np.cumsum([0, *map(len, distinct)])
        return Columns(table, categories, self._monotonic(D), values, starts)

    def _monotonic(self, D):
        if self.monotonic_cst is None:
            return np.zeros(D, np.int8)
        directions = np.asarray(self.monotonic_cst)
        if directions.shape != (D,):
            raise ValueError(
                f"monotonic_cst has shape {directions.shape[0] if directions.ndim else ()} but "
                f"the input data X has {D} features."
            )
        if not np.isin(directions, (-1, 0, 1)).all():
            raise ValueError("monotonic_cst must be None or an array-like of -1, 0 or 1.")
        if any(directions[d] for d in self._categories):
            raise ValueError("Categories have no order for monotonic_cst to keep")
        return directions.astype(np.int8)

    def _max_features(self, D):
        chosen = self.max_features
        if chosen is None:
            return D
        if isinstance(chosen, str):
            return max(1, int(np.sqrt(D) if chosen == "sqrt" else log2(D)))
        return chosen if isinstance(chosen, Integral) else max(1, int(chosen * D))

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


def _finite(X):
    """Values may be missing from a dense table; what a sparse one lacks is zero."""
    return True if sp.issparse(X) else "allow-nan"


def _thresholds(X, nodes):
    """As drawn, or halfway between the values on either side of each cut.

    ∞ where only missing values are right.
    """
    inner = nodes["feature"] >= 0
    f = nodes["feature"][inner]
    low, high = (X[nodes[side][inner], f].astype(np.float64) for side in ("below", "above"))
    middle = low / 2 + high / 2
    middle = np.where((middle == high) | np.isinf(middle), low, middle)
    middle = np.where(np.isnan(high), np.inf, middle)
    drawn = nodes["threshold"]
    out = drawn.copy()
    out[inner] = np.where(np.isnan(drawn[inner]), middle, drawn[inner])
    return out
