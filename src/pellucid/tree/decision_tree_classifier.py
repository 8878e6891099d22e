"""Classification trees."""

from typing import ClassVar

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.utils._param_validation import StrOptions
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.multiclass import check_classification_targets

from pellucid.base import validate_parameters
from pellucid.tree._base import DecisionTree
from pellucid.tree._criteria import CLASSES, Criterion

__all__ = ["DecisionTreeClassifier"]


class DecisionTreeClassifier(ClassifierMixin, DecisionTree):
    """A tree of questions x_f ≤ θ, each the one that leaves the classes least mixed.

        (f, θ) = argmin  W_L I(L) + W_R I(R),    p(k | x) = n_k / Σ_j n_j in the leaf of x

    for the weights W and impurities I of the examples on either side.  Features are looked at in
    random order, the first of equals is taken, and a value halfway between two examples is θ.
    Examples whose value is missing go to the side where they leave less impurity; if there were
    none in ``fit``, to the larger.  Sparse X is made dense.

    Parameters
    ----------
    criterion : {'gini', 'entropy', 'log_loss'} or Criterion, default='gini'
        I = 1 - Σ p_k², or -Σ p_k log p_k (both others), or one of your own: see ``criterion``.
    splitter : {'best'}, default='best'
    max_depth : int, default=None
        None grows until leaves are pure, or too small.
    min_samples_split, min_samples_leaf : int or float, default=2 and 1
        The fewest examples of a node that is split, and of a leaf; as a share of all, if a float.
    min_weight_fraction_leaf : float, default=0.0
        The least share of the total weight in a leaf.
    max_features : int, float, {'sqrt', 'log2'} or None, default=None
        How many features to look at for a split, drawn anew each time; None is all.
    random_state : int, RandomState or None
        For the order of the features.
    max_leaf_nodes : int, default=None
        Grow by the largest gain first, to so many leaves.
    min_impurity_decrease : float, default=0.0
        The least W/N (I - W_L/W I_L - W_R/W I_R) for which a node is split.
    class_weight : dict, list of dict, 'balanced' or None, default=None
        Factors for the sample weights, by class.
    ccp_alpha : float, default=0.0
        Prune branches that save less risk than this for each of their leaves.
    monotonic_cst : array-like of int of shape (D,), default=None
        1, -1: the probability of the second of two classes must not fall, or rise, with the
        feature.
    categorical_features : array-like of bool, int or str, default=None
        The features whose values have no order.  A split takes any subset of them: the best one for
        two classes (Fisher 1958); for more, the best along the first principal axis of their class
        shares (Coppersmith, Hong & Hosking 1999).

    Attributes
    ----------
    classes_ : ndarray of shape (K,), or a list of them for O > 1 outputs
    n_classes_ : int or list of int
    n_outputs_ : int
    max_features_ : int
    tree_ : Tree
    feature_importances_ : ndarray of shape (D,)

    References
    ----------
    Breiman, L., Friedman, J., Olshen, R., & Stone, C. (1984). Classification and Regression Trees.
    Fisher, W. D. (1958). On grouping for maximum homogeneity. JASA 53, 789-798.
    Coppersmith, D., Hong, S. J., & Hosking, J. R. M. (1999). Partitioning nominal attributes in
    decision trees. Data Mining and Knowledge Discovery 3, 197-217.
    """

    _parameter_constraints: ClassVar[dict] = {
        **DecisionTree._parameter_constraints,
        "criterion": [StrOptions(set(CLASSES)), Criterion],
        "class_weight": [dict, list, StrOptions({"balanced"}), None],
    }

    def __init__(
        self,
        *,
        criterion="gini",
        splitter="best",
        max_depth=None,
        min_samples_split=2,
        min_samples_leaf=1,
        min_weight_fraction_leaf=0.0,
        max_features=None,
        random_state=None,
        max_leaf_nodes=None,
        min_impurity_decrease=0.0,
        class_weight=None,
        ccp_alpha=0.0,
        monotonic_cst=None,
        categorical_features=None,
    ):
        self.criterion = criterion
        self.splitter = splitter
        self.max_depth = max_depth
        self.min_samples_split = min_samples_split
        self.min_samples_leaf = min_samples_leaf
        self.min_weight_fraction_leaf = min_weight_fraction_leaf
        self.max_features = max_features
        self.random_state = random_state
        self.max_leaf_nodes = max_leaf_nodes
        self.min_impurity_decrease = min_impurity_decrease
        self.class_weight = class_weight
        self.ccp_alpha = ccp_alpha
        self.monotonic_cst = monotonic_cst
        self.categorical_features = categorical_features

    @validate_parameters
    def fit(self, X, y, sample_weight=None):
        """Grow the tree on the rows of X (N, D) and their classes, (N,) or (N, O)."""
        X, y, sample_weight = self._read(X, y, sample_weight)
        check_classification_targets(y)
        labels = y.reshape(len(y), -1)
        self.n_outputs_ = labels.shape[1]
        found = [np.unique(column, return_inverse=True) for column in labels.T]
        self.classes_ = [classes for classes, _ in found]
        self.n_classes_ = [len(classes) for classes in self.classes_]
        if self.class_weight is not None:
            factors = compute_sample_weight(self.class_weight, y)
            sample_weight = factors if sample_weight is None else sample_weight * factors
        K = max(self.n_classes_)
        if self.monotonic_cst is not None and (K > 2 or self.n_outputs_ > 1):
            raise ValueError(
                "Monotonicity constraints are not supported with "
                + ("multiclass classification" if K > 2 else "multiple output")
            )
        codes = np.stack([codes for _, codes in found], axis=1)
        self._grow(X, codes, sample_weight, max(K, 2))
        if self.n_outputs_ == 1:
            (self.classes_,), (self.n_classes_,) = self.classes_, self.n_classes_
        return self

    def predict_proba(self, X):
        """p(k | x) for the rows of X, (N, K), or a list of such for O > 1 outputs."""
        X = self._table(X)
        shares = self.tree_.predict(X)  # (N, O, K)
        if self.n_outputs_ == 1:
            return shares[:, 0, : self.n_classes_]
        return [shares[:, o, :K] for o, K in enumerate(self.n_classes_)]

    def predict_log_proba(self, X):
        """log p(k | x)."""
        p = self.predict_proba(X)
        with np.errstate(divide="ignore"):
            return np.log(p) if self.n_outputs_ == 1 else [np.log(each) for each in p]

    def predict(self, X):
        """The most frequent class in the leaf of each row of X, (N,) or (N, O)."""
        p = self.predict_proba(X)
        if self.n_outputs_ == 1:
            return self.classes_[p.argmax(axis=1)]
        pairs = zip(self.classes_, p, strict=True)
        return np.stack([classes[each.argmax(axis=1)] for classes, each in pairs], axis=1)

    def _values(self, sums, low, high):
        shares = sums / sums.sum(axis=2, keepdims=True)
        if self.monotonic_cst is not None:
            second = np.clip(shares[:, 0, 1], low, high)
            shares[:, 0] = np.stack([1 - second, second], axis=1)
        return shares
