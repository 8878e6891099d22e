"""Random forests (Breiman 2001)."""

from pellucid.ensemble._forest import ForestClassifier, ForestRegressor
from pellucid.tree import DecisionTreeClassifier, DecisionTreeRegressor

__all__ = ["RandomForestClassifier", "RandomForestRegressor"]


class RandomForestClassifier(ForestClassifier):
    """Trees on examples drawn with replacement, each split by the best of a few features drawn.

        p(k | x) = 1/T Σ_t p_t(k | x)

    A tree sees N draws from the N examples and, at each split, a random part of the features, so
    that the trees differ and their mean varies less than any of them.

    Parameters
    ----------
    n_estimators : int, default=100
        T, the number of trees.
    criterion, max_depth, min_samples_split, min_samples_leaf, min_weight_fraction_leaf,
    max_features, max_leaf_nodes, min_impurity_decrease, ccp_alpha, monotonic_cst,
    categorical_features
        As for DecisionTreeClassifier; ``max_features`` is 'sqrt' here.
    bootstrap : bool, default=True
        Draw examples, in proportion to the sample and class weights; False gives all to each tree.
    oob_score : bool or callable, default=False
        Ask for each example the trees that have not seen it; a callable scores (y, answer).
    n_jobs : int or None
        Any number gives the same answer, and all cores are used.
    random_state : int, RandomState or None
        For the draws of examples and features: scikit-learn's, tree for tree.
    verbose : int, default=0
        1 draws a bar.
    warm_start : bool, default=False
        Keep the trees of the last ``fit`` and add to them.
    class_weight : dict, list of dict, 'balanced', 'balanced_subsample' or None, default=None
        'balanced_subsample' weighs the classes by what each tree has drawn.
    max_samples : int or float, default=None
        The number of draws, or as a share of N (of the sum of weights, where there are any).

    Attributes
    ----------
    estimators_ : list of DecisionTreeClassifier
    classes_, n_classes_, n_outputs_
    feature_importances_ : ndarray of shape (D,)
    oob_score_ : float
    oob_decision_function_ : ndarray of shape (N, K) or (N, K, O)

    References
    ----------
    Breiman, L. (2001). Random forests. Machine Learning 45, 5-32.
    """

    splitter = "best"
    _tree_class = DecisionTreeClassifier

    def __init__(
        self,
        n_estimators=100,
        *,
        criterion="gini",
        max_depth=None,
        min_samples_split=2,
        min_samples_leaf=1,
        min_weight_fraction_leaf=0.0,
        max_features="sqrt",
        max_leaf_nodes=None,
        min_impurity_decrease=0.0,
        bootstrap=True,
        oob_score=False,
        n_jobs=None,
        random_state=None,
        verbose=0,
        warm_start=False,
        class_weight=None,
        ccp_alpha=0.0,
        max_samples=None,
        monotonic_cst=None,
        categorical_features=None,
    ):
        self.n_estimators = n_estimators
        self.criterion = criterion
        self.max_depth = max_depth
        self.min_samples_split = min_samples_split
        self.min_samples_leaf = min_samples_leaf
        self.min_weight_fraction_leaf = min_weight_fraction_leaf
        self.max_features = max_features
        self.max_leaf_nodes = max_leaf_nodes
        self.min_impurity_decrease = min_impurity_decrease
        self.bootstrap = bootstrap
        self.oob_score = oob_score
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose
        self.warm_start = warm_start
        self.class_weight = class_weight
        self.ccp_alpha = ccp_alpha
        self.max_samples = max_samples
        self.monotonic_cst = monotonic_cst
        self.categorical_features = categorical_features


class RandomForestRegressor(ForestRegressor):
    """Trees on examples drawn with replacement, and the mean of what they say.

        ŷ(x) = 1/T Σ_t ŷ_t(x)

    See RandomForestClassifier; ``criterion`` is as for DecisionTreeRegressor, and ``max_features``
    is 1.0: every split looks at all.

    Attributes
    ----------
    estimators_ : list of DecisionTreeRegressor
    feature_importances_ : ndarray of shape (D,)
    oob_score_ : float
    oob_prediction_ : ndarray of shape (N,) or (N, O)

    References
    ----------
    Breiman, L. (2001). Random forests. Machine Learning 45, 5-32.
    """

    splitter = "best"
    _tree_class = DecisionTreeRegressor

    def __init__(
        self,
        n_estimators=100,
        *,
        criterion="squared_error",
        max_depth=None,
        min_samples_split=2,
        min_samples_leaf=1,
        min_weight_fraction_leaf=0.0,
        max_features=1.0,
        max_leaf_nodes=None,
        min_impurity_decrease=0.0,
        bootstrap=True,
        oob_score=False,
        n_jobs=None,
        random_state=None,
        verbose=0,
        warm_start=False,
        ccp_alpha=0.0,
        max_samples=None,
        monotonic_cst=None,
        categorical_features=None,
    ):
        self.n_estimators = n_estimators
        self.criterion = criterion
        self.max_depth = max_depth
        self.min_samples_split = min_samples_split
        self.min_samples_leaf = min_samples_leaf
        self.min_weight_fraction_leaf = min_weight_fraction_leaf
        self.max_features = max_features
        self.max_leaf_nodes = max_leaf_nodes
        self.min_impurity_decrease = min_impurity_decrease
        self.bootstrap = bootstrap
        self.oob_score = oob_score
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose
        self.warm_start = warm_start
        self.ccp_alpha = ccp_alpha
        self.max_samples = max_samples
        self.monotonic_cst = monotonic_cst
        self.categorical_features = categorical_features
