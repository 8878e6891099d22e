"""Classification trees."""

from typing import ClassVar

from pellucid.tree._base import DecisionTree
from pellucid.tree._targets import Classes

__all__ = ["DecisionTreeClassifier"]


class DecisionTreeClassifier(Classes, DecisionTree):
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
    splitter : {'best', 'random'}, default='best'
        'random' draws one threshold for a feature, between its least and its largest value.
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
        **Classes._parameter_constraints,
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
