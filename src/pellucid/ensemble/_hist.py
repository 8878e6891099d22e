"""Second-order boosting on binned columns: what the classifier and the regressor share."""

from numbers import Integral, Real
from typing import ClassVar

import numpy as np
from sklearn.model_selection import train_test_split
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval, RealNotInt, StrOptions
from sklearn.utils.validation import _check_monotonic_cst, _check_sample_weight, check_is_fitted

from pellucid.base import Estimator, validate_parameters
from pellucid.callbacks import steps
from pellucid.ensemble._bins import learn_bins
from pellucid.ensemble._columns import interaction_groups, read_table
from pellucid.ensemble._judge import SMALL, Judge
from pellucid.ensemble._leafwise import Grower
from pellucid.ensemble._leaves import add_leaves, quantiles_of_leaves, tree_of
from pellucid.ensemble._nodes import Limits, Table
from pellucid.ensemble._steps import Slopes, best_constant, has_constant_hessian, is_quantile
from pellucid.losses import Loss
from pellucid.reduction import blocks, map_blocks
from pellucid.tree._tree import Tree
from pellucid.tree._walk import add_trees

__all__ = ["HistGradientBoosting"]

SEEDS = np.iinfo(np.uint32).max


class HistGradientBoosting(Estimator):
    """Base of the boosters; a subclass says what its target is, and which loss it has."""

    _parameter_constraints: ClassVar[dict] = {
        "loss": [Loss],
        "learning_rate": [Interval(Real, 0, None, closed="neither")],
        "max_iter": [Interval(Integral, 1, None, closed="left")],
        "max_leaf_nodes": [Interval(Integral, 2, None, closed="left"), None],
        "max_depth": [Interval(Integral, 1, None, closed="left"), None],
        "min_samples_leaf": [Interval(Integral, 1, None, closed="left")],
        "l2_regularization": [Interval(Real, 0, None, closed="left")],
        "max_features": [Interval(RealNotInt, 0, 1, closed="right")],
        "max_bins": [Interval(Integral, 2, 255, closed="both")],
        "categorical_features": ["array-like", StrOptions({"from_dtype"}), None],
        "monotonic_cst": ["array-like", dict, None],
        "interaction_cst": [list, tuple, StrOptions({"pairwise", "no_interactions"}), None],
        "warm_start": ["boolean"],
        "early_stopping": [StrOptions({"auto"}), "boolean"],
        "scoring": [str, callable, None],
        "validation_fraction": [
            Interval(RealNotInt, 0, 1, closed="neither"),
            Interval(Integral, 1, None, closed="left"),
            None,
        ],
        "n_iter_no_change": [Interval(Integral, 1, None, closed="left")],
        "tol": [Interval(Real, 0, None, closed="left")],
        "verbose": ["verbose"],
        "random_state": ["random_state"],
    }

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags

    @property
    def n_iter_(self):
        """How many iterations there were."""
        check_is_fitted(self)
        return len(self._predictors)

    @validate_parameters
    def fit(self, X, y, sample_weight=None, *, X_val=None, y_val=None, sample_weight_val=None):
        """Fit to X (N, D) and y (N,), weighted by ``sample_weight``.

        Early stopping is decided on ``X_val`` and ``y_val`` where they are given.
        """
        again = self.warm_start and hasattr(self, "_predictors")
        if y is None:
            raise ValueError(
                f"{type(self).__name__} requires y to be passed, but the target y is None"
            )
        X = read_table(self, X, reset=True)
        y, weight = self._read_target(X, y, sample_weight, reset=True)
        if again and self.max_iter < self.n_iter_:
            raise ValueError(
                f"max_iter={self.max_iter} must be larger than or equal to n_iter_={self.n_iter_} "
                "when warm_start==True"
            )
        if not again:
            rng = check_random_state(self.random_state)
            self._random_seed = rng.randint(SEEDS, dtype="u8")
            self._feature_seed = rng.randint(SEEDS, dtype="u8")
        held = self._held_out(len(X), X_val, y_val, sample_weight_val)
        if self.do_early_stopping_ and held is None and self.validation_fraction is not None:
            X, y, weight, *held = self._split(X, y, weight)
        if weight is not None and not weight.any():
            raise ValueError("Every sample_weight is zero: there is nothing to learn from")
        self._boost(X, y, weight, held, again)
        return self

    def _boost(self, X, y, weight, held, again):
        """s ← s + η f(x), where f is a tree grown to the slopes of the loss at s."""
        K, loss = self.n_trees_per_iteration_, self._loss
        if not again:
            self._predictors = []  # [iteration][class]
            self._baseline = best_constant(loss, y, weight, K)
            self.train_score_, self.validation_score_ = np.empty(0), np.empty(0)
        bins = self._learn_bins(X, weight)
        constant_hessian = has_constant_hessian(loss) and weight is None
        grower = Grower(self._as_table(bins, X), self._limits(), constant_hessian)
        raw, slopes = self._sum(X).T.copy(), Slopes(loss, y, weight, K)  # (K, N)
        judge = Judge(self, X, y, weight, held) if self.do_early_stopping_ else None
        if judge and not again:
            judge(raw)
        done = len(self._predictors)
        for iteration in steps(self, self.max_iter - done, "iteration"):
            trees = []
            for k, g in enumerate(slopes(raw)):
                nodes, bits, rows = grower.grow(g, self._seed_of_tree(K * (done + iteration) + k))
                values = nodes["value"] / slopes.unit
                if is_quantile(loss):
                    residual, directions = y - raw[k], grower.table.directions
                    values = quantiles_of_leaves(loss, nodes, rows, residual, weight, directions)
                values = self.learning_rate * values
                add_leaves(nodes, values, rows, raw[k])
                trees.append(tree_of(nodes, bits, values, slopes.unit, rows, weight, bins))
            self._predictors.append(trees)
            if judge:
                judge(raw)
                if judge.says_stop():
                    break

    def _raw_predict(self, X):
        """The raw scores (N, K)."""
        check_is_fitted(self)
        if X is getattr(self, "_known", (None,))[0]:
            return self._known[1]
        return self._sum(read_table(self, X, reset=False))

    def _staged_raw_predict(self, X):
        """The raw scores (N, K) after each iteration."""
        check_is_fitted(self)
        X = read_table(self, X, reset=False)
        raw = np.tile(self._baseline, (len(X), 1))
        for trees in self._predictors:
            yield add_trees(trees, X, raw, columns=range(len(trees))).copy()

    def _sum(self, X):
        """s = s₀ + Σ_m η f_m(x), one class after the other (N, K)."""
        raw = np.tile(self._baseline, (len(X), 1))
        trees = [tree for trees in self._predictors for tree in trees]
        return add_trees(trees, X, raw, columns=np.arange(len(trees)) % len(self._baseline))

    def _sum_of_trees(self):
        """The trees, with a value for every raw score; the scale 1; and the scores without any."""
        K = len(self._baseline)

        def spread(tree, k):
            value = np.zeros((tree.node_count, K, 1))
            value[:, k] = tree.value[:, 0]
            return Tree(**{**tree.get_params(deep=False), "value": value})

        trees = [spread(tree, k) for trees in self._predictors for k, tree in enumerate(trees)]
        return trees, 1.0, self._baseline

    def _seed_of_tree(self, k):
        return (int(self._feature_seed) << 31) + k

    def _learn_bins(self, X, weight):
        categories = np.array([len(known) for known in self._categories])
        return learn_bins(X, categories, self.max_bins, weight, self._random_seed)

    def _as_table(self, bins, X):
        D = X.shape[1]
        missing = np.any(map_blocks(lambda s: np.isnan(X[s]).any(0), blocks(len(X), 8 * D)), axis=0)
        groups = self._check_interaction_cst(D) or []
        held_by = np.array([np.isin(np.arange(D), list(group)) for group in groups], bool)
        return Table(
            bins=bins.of(X),
            missing=missing,
            categories=bins.categories,
            starts=np.concatenate([[0], np.cumsum(bins.counts + missing)]),
            directions=self._directions(),
            groups=held_by.reshape(-1, D),
        )

    def _limits(self):
        return Limits(
            leaves=self.max_leaf_nodes or 0,
            depth=self.max_depth or np.iinfo(np.int64).max,
            samples=self.min_samples_leaf,
            l2=float(self.l2_regularization),
            share=float(self.max_features),
        )

    def _directions(self):
        directions = _check_monotonic_cst(self, self.monotonic_cst)
        if directions.any() and self.n_trees_per_iteration_ > 1:
            raise ValueError(
                "monotonic constraints are not supported for multiclass classification"
            )
        if self.is_categorical_ is not None and directions[self.is_categorical_].any():
            raise ValueError("Categorical features cannot have monotonic constraints.")
        return directions

    def _check_interaction_cst(self, n_features):
        return interaction_groups(self.interaction_cst, n_features)

    def _held_out(self, N, X_val, y_val, sample_weight_val):
        """The given data for early stopping, or None; and whether there is to be any."""
        for one, other in (("X_val", "y_val"), ("y_val", "X_val")):
            given = {"X_val": X_val, "y_val": y_val}
            if given[one] is not None and given[other] is None:
                raise ValueError(f"{one} is provided, but {other} was not provided")
        if X_val is not None and self.early_stopping is False:
            raise ValueError(
                "X_val and y_val are passed to fit while at the same time early_stopping is False."
            )
        auto = self.early_stopping == "auto"
        self.do_early_stopping_ = N > SMALL or X_val is not None if auto else self.early_stopping
        if X_val is None:
            return None
        X_val = read_table(self, X_val, reset=False)
        return X_val, *self._read_target(X_val, y_val, sample_weight_val, reset=False)

    def _split(self, X, y, weight):
        """Training rows, and those that are held out."""
        arrays = [X, y] if weight is None else [X, y, weight]
        parts = train_test_split(
            *arrays,
            test_size=self.validation_fraction,
            stratify=self._labels(y),
            random_state=self._random_seed,
        )
        parts += [None, None] if weight is None else []
        return *parts[::2], *parts[1::2]

    def _should_stop(self, scores):
        """Whether none of the last ``n_iter_no_change`` scores is above the one before by tol."""
        if len(scores) <= self.n_iter_no_change:
            return False
        before, *last = scores[-self.n_iter_no_change - 1 :]
        return not any(score > before + self.tol for score in last)

    def _read_weight(self, sample_weight, X):
        if sample_weight is None:
            return None
        return _check_sample_weight(sample_weight, X, dtype=np.float64, ensure_non_negative=True)

    def _check_state(self):
        """Every tree is one of this table, and says one number; unfitted, there are none."""
        if not hasattr(self, "_predictors"):
            return
        K = len(self._baseline)
        known = [len(categories) for categories in self._categories]
        if len(known) != self.n_features_in_:
            raise ValueError("a booster's categories are not those of its columns")
        for trees in self._predictors:
            if len(trees) != K:
                raise ValueError("a booster lacks trees")
            for tree in trees:
                if tree.categories.tolist() != known or tree.value.shape[1:] != (1, 1):
                    raise ValueError("a booster's tree is not one of its table")
