"""Regression trees."""

from typing import ClassVar

from pellucid.tree._base import DecisionTree
from pellucid.tree._targets import Numbers

__all__ = ["DecisionTreeRegressor"]


class DecisionTreeRegressor(Numbers, DecisionTree):
    """A tree of questions x_f ≤ θ, each the one that leaves the targets least spread.

        (f, θ) = argmin  W_L I(L) + W_R I(R),    ŷ(x) = mean of y in the leaf of x

    for the weights W and impurities I of the examples on either side; see DecisionTreeClassifier.

    Parameters
    ----------
    criterion : {'squared_error', 'absolute_error', 'poisson'} or Criterion, default='squared_error'
        I is the variance; the mean distance from the median, which is ŷ then; or half the Poisson
        deviance from the mean, for y ≥ 0; or one of your own: see ``criterion``.
    monotonic_cst : array-like of int of shape (D,), default=None
        1, -1: ŷ must not fall, or rise, with the feature.
    categorical_features : array-like of bool, int or str, default=None
        The features whose values have no order: a split takes the best subset of them, which is a
        prefix in the order of their means (Fisher 1958; for the absolute error no more than a good
        one).  The other parameters are those of DecisionTreeClassifier.

    Attributes
    ----------
    n_outputs_ : int
    max_features_ : int
    tree_ : Tree
    feature_importances_ : ndarray of shape (D,)

    References
    ----------
    Breiman, L., Friedman, J., Olshen, R., & Stone, C. (1984). Classification and Regression Trees.
    Fisher, W. D. (1958). On grouping for maximum homogeneity. JASA 53, 789-798.
    """

    _parameter_constraints: ClassVar[dict] = {
        **DecisionTree._parameter_constraints,
        **Numbers._parameter_constraints,
    }

    def __init__(
        self,
        *,
        criterion="squared_error",
        splitter="best",
        max_depth=None,
        min_samples_split=2,
        min_samples_leaf=1,
        min_weight_fraction_leaf=0.0,
        max_features=None,
        random_state=None,
        max_leaf_nodes=None,
        min_impurity_decrease=0.0,
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
        self.ccp_alpha = ccp_alpha
        self.monotonic_cst = monotonic_cst
        self.categorical_features = categorical_features
