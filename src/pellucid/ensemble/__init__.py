"""Forests, boosting, bagging and votes: many models that answer as one."""

from pellucid.ensemble.gradient_boosting_classifier import GradientBoostingClassifier
from pellucid.ensemble.gradient_boosting_regressor import GradientBoostingRegressor

__all__ = ["GradientBoostingClassifier", "GradientBoostingRegressor"]
