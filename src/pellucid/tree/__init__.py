"""Decision trees for classes and numbers, and how to show them."""

from pellucid.tree._criteria import Criterion, criterion
from pellucid.tree.decision_tree_classifier import DecisionTreeClassifier
from pellucid.tree.decision_tree_regressor import DecisionTreeRegressor
from pellucid.tree.extra_tree import ExtraTreeClassifier, ExtraTreeRegressor
from pellucid.tree.picture import plot_tree
from pellucid.tree.tree_explainer import TreeExplainer, sum_of_trees
from pellucid.tree.words import export_text

__all__ = [
    "Criterion",
    "DecisionTreeClassifier",
    "DecisionTreeRegressor",
    "ExtraTreeClassifier",
    "ExtraTreeRegressor",
    "TreeExplainer",
    "criterion",
    "export_text",
    "plot_tree",
    "sum_of_trees",
]
