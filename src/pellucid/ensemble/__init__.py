"""Forests, boosting, bagging and votes: many models that answer as one."""

from pellucid.ensemble.extra_trees import ExtraTreesClassifier, ExtraTreesRegressor
from pellucid.ensemble.gradient_boosting_classifier import GradientBoostingClassifier
from pellucid.ensemble.gradient_boosting_regressor import GradientBoostingRegressor
from pellucid.ensemble.isolation_forest import IsolationForest
from pellucid.ensemble.random_forest import RandomForestClassifier, RandomForestRegressor

__all__ = [
    "ExtraTreesClassifier",
    "ExtraTreesRegressor",
    "GradientBoostingClassifier",
    "GradientBoostingRegressor",
    "IsolationForest",
    "RandomForestClassifier",
    "RandomForestRegressor",
]
