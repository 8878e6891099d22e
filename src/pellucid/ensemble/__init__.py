"""Forests, boosting, bagging and votes: many models that answer as one."""

from pellucid.ensemble.hist_gradient_boosting_classifier import HistGradientBoostingClassifier
from pellucid.ensemble.hist_gradient_boosting_regressor import HistGradientBoostingRegressor

__all__ = ["HistGradientBoostingClassifier", "HistGradientBoostingRegressor"]
