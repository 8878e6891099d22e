"""Forests, boosting, bagging and votes: many models that answer as one."""

from pellucid.ensemble.ada_boost import AdaBoostClassifier
from pellucid.ensemble.ada_boost_regressor import AdaBoostRegressor
from pellucid.ensemble.bagging import BaggingClassifier, BaggingRegressor
from pellucid.ensemble.extra_trees import ExtraTreesClassifier, ExtraTreesRegressor
from pellucid.ensemble.gradient_boosting_classifier import GradientBoostingClassifier
from pellucid.ensemble.gradient_boosting_regressor import GradientBoostingRegressor
from pellucid.ensemble.hist_gradient_boosting_classifier import HistGradientBoostingClassifier
from pellucid.ensemble.hist_gradient_boosting_regressor import HistGradientBoostingRegressor
from pellucid.ensemble.isolation_forest import IsolationForest
from pellucid.ensemble.random_forest import RandomForestClassifier, RandomForestRegressor
from pellucid.ensemble.stacking import StackingClassifier, StackingRegressor
from pellucid.ensemble.voting import VotingClassifier, VotingRegressor

__all__ = [
    "AdaBoostClassifier",
    "AdaBoostRegressor",
    "BaggingClassifier",
    "BaggingRegressor",
    "ExtraTreesClassifier",
    "ExtraTreesRegressor",
    "GradientBoostingClassifier",
    "GradientBoostingRegressor",
    "HistGradientBoostingClassifier",
    "HistGradientBoostingRegressor",
    "IsolationForest",
    "RandomForestClassifier",
    "RandomForestRegressor",
    "StackingClassifier",
    "StackingRegressor",
    "VotingClassifier",
    "VotingRegressor",
]
