"""Isolation forests (Liu, Ting & Zhou 2008)."""

import warnings
from math import ceil, log2
from numbers import Integral, Real
from typing import ClassVar

import numpy as np
from sklearn.base import OutlierMixin, clone
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval, RealNotInt, StrOptions
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from pellucid.base import Estimator, validate_parameters
from pellucid.callbacks import steps
from pellucid.ensemble._growing import columns_of, grow_tree
from pellucid.ensemble._sampling import draw, new_seeds
from pellucid.reduction import iterate_blocks
from pellucid.tree import ExtraTreeRegressor
from pellucid.tree._base import SEEDS, part_of
from pellucid.tree._tree import Tree
from pellucid.tree._walk import add_trees

__all__ = ["IsolationForest"]


class IsolationForest(OutlierMixin, Estimator):
    """Outliers are what a few random cuts set apart: a short mean path h(x) through random trees.

        s(x) = 2^(-E[h(x)] / c(ψ)),    c(n) = 2 (H(n - 1) - (n - 1)/n),    H(n) ≈ ln n + γ

    Each tree cuts ψ examples by a random feature at a random value until they are alone, or until
    depth log₂ ψ; c(n) is the mean path of an unsuccessful search in a binary tree of n, which is
    added for the n examples left in a leaf.  s near 1 is an outlier; 0.5 says nothing.

    Parameters
    ----------
    n_estimators : int, default=100
    max_samples : 'auto', int or float, default='auto'
        ψ, or its share of the N examples; 'auto' is min(256, N).
    contamination : 'auto' or float, default='auto'
        The share of outliers, which sets ``offset_``; 'auto' is the paper's s = 0.5.
    max_features : int or float, default=1.0
        How many features each tree is given, or their share.
    bootstrap : bool, default=False
        Draw the ψ examples with replacement.
    n_jobs : int or None
        Any number gives the same answer, and all cores are used.
    random_state : int, RandomState or None
        For all draws: scikit-learn's, tree for tree.
    verbose : int, default=0
        1 draws a bar.
    warm_start : bool, default=False
        Keep the trees of the last ``fit`` and add to them.

    Attributes
    ----------
    estimators_ : list of ExtraTreeRegressor
    estimators_features_, estimators_samples_ : list of ndarray
        The features and the rows of each tree.
    max_samples_ : int
    offset_ : float
        ``decision_function`` is -s less this, and an outlier's is below zero.

    References
    ----------
    Liu, F. T., Ting, K. M., & Zhou, Z.-H. (2008). Isolation forest. ICDM, 413-422.
    """

    _parameter_constraints: ClassVar[dict] = {
        "n_estimators": [Interval(Integral, 1, None, closed="left")],
        "max_samples": [
            StrOptions({"auto"}),
            Interval(Integral, 1, None, closed="left"),
            Interval(RealNotInt, 0, 1, closed="right"),
        ],
        "contamination": [StrOptions({"auto"}), Interval(Real, 0, 0.5, closed="right")],
        "max_features": [Integral, Interval(Real, 0, 1, closed="right")],
        "bootstrap": ["boolean"],
        "n_jobs": [Integral, None],
        "random_state": ["random_state"],
        "verbose": ["verbose"],
        "warm_start": ["boolean"],
    }

    def __init__(
        self,
        *,
        n_estimators=100,
        max_samples="auto",
        contamination="auto",
        max_features=1.0,
        bootstrap=False,
        n_jobs=None,
        random_state=None,
        verbose=0,
        warm_start=False,
    ):
        self.n_estimators = n_estimators
        self.max_samples = max_samples
        self.contamination = contamination
        self.max_features = max_features
        self.bootstrap = bootstrap
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose
        self.warm_start = warm_start

    @property
    def estimator_(self):
        """The tree, as yet ungrown, of which all are copies."""
        check_is_fitted(self)
        return clone(self.estimators_[0]).set_params(random_state=None)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.input_tags.allow_nan = True
        return tags

    @validate_parameters
    def fit(self, X, y=None, sample_weight=None):
        """Grow the trees on the rows of X (N, D); a row of larger weight is drawn more often."""
        X = self._read(X, reset=True)
        if sample_weight is not None:
            sample_weight = _check_sample_weight(sample_weight, X, ensure_non_negative=True)
        N, D = X.shape
        self.max_samples_ = self._sample_size(N)
        noise = check_random_state(self.random_state).uniform(size=N)
        depth = ceil(log2(max(self.max_samples_, 2)))

        def plant(seed):
            features, rows = self._draw(seed, N, D, sample_weight)
            seed = check_random_state(seed).randint(SEEDS)
            tree = ExtraTreeRegressor(max_features=1, max_depth=depth, random_state=seed)
            seen, counts = np.unique(rows, return_counts=True)
            part = _part(X, seen, features)
            grow_tree(tree, part, columns_of(tree, part), noise[seen], counts.astype(np.float64))
            return tree, features, rows

        if not self.warm_start or not hasattr(self, "estimators_"):
            self.estimators_, self.estimators_features_, self.estimators_samples_ = [], [], []
        seeds = new_seeds(self, len(self.estimators_))
        grown = zip(steps(self, len(seeds), "tree"), iterate_blocks(plant, seeds))  # noqa: B905
        for _, (tree, features, rows) in grown:
            self.estimators_.append(tree)
            self.estimators_features_.append(features)
            self.estimators_samples_.append(rows)
        self.offset_ = -0.5
        if self.contamination != "auto":
            self.offset_ = np.percentile(self._scores(X), 100 * self.contamination)
        return self

    def predict(self, X):
        """-1 for outliers among the rows of X, 1 for others."""
        return np.where(self.decision_function(X) < 0, -1, 1)

    def decision_function(self, X):
        """-s(x) less the offset, (N,): below zero for outliers."""
        return self.score_samples(X) - self.offset_

    def score_samples(self, X):
        """-s(x) for the rows of X, (N,): the lower, the more of an outlier."""
        check_is_fitted(self)
        return self._scores(self._read(X, reset=False))

    def _scores(self, X):
        trees, scale, _ = self._sum_of_trees()
        path = scale * add_trees(trees, X, np.zeros((X.shape[0], 1)))[:, 0]
        usual = mean_path(np.array([self.max_samples_]))[0]
        return -(2.0 ** -(path / usual if usual > 0 else np.ones_like(path)))

    def _sum_of_trees(self):
        """The trees with the lengths of their paths for values, whose mean is E[h]."""
        trees = [
            path_lengths(tree.tree_, features, self.n_features_in_)
            for tree, features in zip(self.estimators_, self.estimators_features_, strict=True)
        ]
        return trees, 1 / len(trees), np.zeros(1)

    def _read(self, X, reset):
        return validate_data(
            self,
            X,
            reset=reset,
            accept_sparse="csr",
            dtype=[np.float64, np.float32],
            ensure_all_finite="allow-nan",
        )

    def _sample_size(self, N):
        wanted = self.max_samples
        if wanted == "auto":
            return min(256, N)
        if isinstance(wanted, Integral) and wanted > N:
            warnings.warn(
                f"max_samples ({wanted}) is greater than the total number of samples ({N}). "
                "max_samples will be set to n_samples for estimation."
            )
        return min(part_of(N, wanted), N)

    def _check_state(self):
        """Each tree asks for its own features, which are columns of X."""
        if not hasattr(self, "estimators_"):
            return
        for tree, features in zip(self.estimators_, self.estimators_features_, strict=True):
            if len(features) != tree.n_features_in_ or not np.all(
                (features >= 0) & (features < self.n_features_in_)
            ):
                raise ValueError("a tree of the forest was given features that X does not have")

    def _draw(self, seed, N, D, weight):
        """The features and the rows of one tree."""
        random = check_random_state(seed)
        features = draw(random, D, part_of(D, self.max_features), replace=False)
        return features, draw(random, N, self.max_samples_, self.bootstrap, weight)


def mean_path(n):
    """c(n), the mean path of an unsuccessful search in a binary tree of n: 0, 0, 1, ... (.,)."""
    large = np.maximum(n, 3).astype(np.float64)
    c = 2 * (np.log(large - 1) + np.euler_gamma) - 2 * (large - 1) / large
    return np.where(n <= 1, 0.0, np.where(n == 2, 1.0, c))


def path_lengths(tree, features, D):
    """The tree, asking for columns of all D, that answers with the length of the path to a leaf."""
    state = vars(tree) | {
        "feature": np.where(tree.feature >= 0, features[np.maximum(tree.feature, 0)], tree.feature),
        "categories": np.zeros(D, np.int64),
        "value": (tree.depths + mean_path(tree.n_node_samples))[:, None, None],
    }
    return Tree(**state)


def _part(X, rows, features):
    part = X[rows][:, features]
    return part if isinstance(part, np.ndarray) else part.toarray()
