"""Forests, boosting, bagging and votes: many models that answer as one."""

from pellucid.ensemble.ada_boost import AdaBoostClassifier
from pellucid.ensemble.ada_boost_regressor import AdaBoostRegressor
from pellucid.ensemble.bagging import BaggingClassifier, BaggingRegressor
from pellucid.ensemble.stacking import StackingClassifier, StackingRegressor
from pellucid.ensemble.voting import VotingClassifier, VotingRegressor

__all__ = [
    "AdaBoostClassifier",
    "AdaBoostRegressor",
    "BaggingClassifier",
    "BaggingRegressor",
    "StackingClassifier",
    "StackingRegressor",
    "VotingClassifier",
    "VotingRegressor",
]
